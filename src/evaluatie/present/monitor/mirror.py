"""Tables of mirror information: one provider beside all others, what care costs by agreement."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evaluatie.domain import Publication
from evaluatie.present import numbers as fmt
from evaluatie.present.cost_tables import law_order
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import RANGE_WORD, Row
from evaluatie.present.phrase import NumberRef, Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select
from evaluatie.present.tables import NOTHING, absent, estimate, heads, price_note
from evaluatie.results import Table

OWN = r"^provider=[^|]+$"
NUMBERED = ("clients", "homes")
MEASURES = (*NUMBERED, "cost_per_client", "cost_ratio", "declared_ratio", "together_share",
            "goal_share", "median_days")  # fmt: skip
QUARTILES = ("median", "low", "high")
OVER = ("median", "low", "high")
CENTS = 2


def mirror_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return one line per measure: this provider, all providers, and the usual limits."""
    found = last_year(select(rows, Table.MIRROR, term=_terms()))
    own = found[found["category"].str.match(OWN)]
    if not (own["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, own)
    lines, used = [], records(own)
    for law in ordered(own["law"], law_order(labels)):
        mine, here = select(own, law=law), select(found, law=law)
        group = labels.law(law).capitalised()
        for measure in MEASURES:
            row = first(mine, term=measure)
            if row is not None:
                cells = (estimate(row, labels), *_beside(here, measure, labels))
                lines.append(Line(labels.say(f"mirror.{measure}"), cells, group))
    columns = ("mirror_own", "mirror_median", "mirror_quartiles", "mirror_limits")
    layout = Layout(
        "mirror", labels.say("head.mirror_measure"), heads(labels, columns),
        _dated("caption.mirror", own, labels),
    )  # fmt: skip
    notes = (labels.say("note.mirror_limits"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, used, *notes))


def _terms() -> list[str]:
    return [*MEASURES, *(f"{m}_{what}" for m in MEASURES for what in ("quartile", "limits"))]


def last_year(found: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last year there is."""
    return found if found.empty else found[found["period"] == found["period"].max()]


def _dated(key: str, found: pd.DataFrame, labels: Labels) -> Phrase:
    return labels.say(key, year=labels.period(found.iloc[0].to_dict()))


def _beside(here: pd.DataFrame, measure: str, labels: Labels) -> tuple[Phrase, Phrase, Phrase]:
    """Return the median, the middle half and the usual limits; nothing for numbers of people."""
    if measure in NUMBERED:
        return NOTHING, NOTHING, NOTHING
    median, low, high = (
        first(here, term=f"{measure}_quartile", category=f"peers={name}") for name in QUARTILES
    )
    if low is None or high is None:
        middle = NOTHING
    else:
        middle = join((estimate(low, labels), estimate(high, labels)), RANGE_WORD[labels.language])
    inner = here["category"].str.match(r"^provider=[^|]+\|limits=inner$")
    limits = first(here[inner], term=f"{measure}_limits")
    if limits is None:
        return estimate(median, labels), middle, NOTHING
    between = fmt.interval(limits, language=labels.language, anchors=(), bare=True)
    return estimate(median, labels), middle, between


def mirror_years_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return the same measures of this provider over the years."""
    found = select(rows, Table.MIRROR, term=list(MEASURES))
    own = found[found["category"].str.match(OWN)]
    years = sorted(set(own["period"]))
    if not (own["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, own)
    lines = []
    for law in ordered(own["law"], law_order(labels)):
        group = labels.law(law).capitalised()
        for measure in MEASURES:
            mine = select(own, law=law, term=measure)
            if not mine.empty:
                cells = tuple(estimate(first(mine, period=year), labels) for year in years)
                lines.append(Line(labels.say(f"mirror.{measure}"), cells, group))
    columns = tuple(labels.period(first(own, period=year) or {}) for year in years)
    layout = Layout(
        "mirror-years", labels.say("head.mirror_measure"), columns,
        labels.say("caption.mirror_years"),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(own), price_note(rows, labels)))


def agreed_rates_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return what a unit of each product costs: the middle, and the middle half of providers."""
    found = last_year(select(rows, Table.MIRROR, term="agreed_rate"))
    if not (found["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, found)
    counts = last_year(select(rows, Table.MIRROR, term="arrangements"))
    lines: list[Line] = []
    for law in ordered(found["law"], law_order(labels)):
        mine = select(found, law=law)
        products = dict.fromkeys(text.rpartition("|over=")[0] for text in mine["category"])
        for product in products:
            rates = [first(mine, category=f"{product}|over={over}") for over in OVER]
            number = first(counts, law=law, category=product)
            lines.append(_rate_line(product, rates, number, labels))
    columns = ("rate_unit", "rate_median", "rate_low", "rate_high", "rate_count")
    layout = Layout(
        "agreed-rates", labels.say("head.rate_product"), heads(labels, columns),
        _dated("caption.agreed_rates", found, labels), left=(0,),
    )  # fmt: skip
    notes = (labels.say("note.agreed_rates"),)
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))


def _rate_line(
    product: str, rates: Sequence[Row | None], count: Row | None, labels: Labels
) -> Line:
    named = parts(product)
    some = next(row for row in rates if row is not None)
    said = tuple(
        NOTHING
        if row is None
        else fmt.number(row, language=labels.language, decimals=CENTS, bare=True)
        for row in rates
    )
    cells = (labels.name("unit", named["unit"]), *said, estimate(count, labels))
    group = labels.law(str(some["law"])).capitalised()
    return Line(labels.name("product_code", named["product_code"]), cells, group)


def household_laws_table(rows: pd.DataFrame, labels: Labels) -> TableView | Text:
    """Return what a household costs in a year, by the number of acts that pay for it."""
    found = last_year(select(rows, Table.MIRROR, term="household_eur"))
    if not (found["publication"] == str(Publication.SHOWN)).any():
        return absent(labels, found)
    lines = []
    for row in records(found.sort_values("category")):
        number = parts(str(row["category"]))["laws"]
        name = Phrase(number, (NumberRef(number, str(row["id"]), "category"),))
        cells = (estimate(row, labels, "n_households"), estimate(row, labels))
        lines.append(Line(name, cells))
    layout = Layout(
        "household-laws", labels.say("head.household_laws"),
        heads(labels, ("household_number", "household_eur")),
        _dated("caption.household_laws", found, labels),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), price_note(rows, labels)))
