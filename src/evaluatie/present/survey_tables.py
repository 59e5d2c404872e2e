"""Tables about the survey and about care processes: levels, changes, response, weights, quality."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evaluatie.domain import Publication
from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select
from evaluatie.present.tables import (
    CONTRAST_AREA,
    NOTHING,
    SIDES,
    WHOLE,
    absent,
    area_order,
    estimate,
    heads,
    interval_note,
    measured,
    places,
    unit_words,
)
from evaluatie.present.wording import has_message
from evaluatie.results import Table

TERMS = ("median", "mean", "share", "count", "records", "censored")  # in this order


def scores_table(
    rows: pd.DataFrame,
    labels: Labels,
    wave: str,
    *,
    ident: str = "scores",
    group: str | None = None,
) -> TableView | Text:
    """Return the level of every indicator at ``wave`` per area, with interval and people."""
    found = select(rows, Table.SCORE, wave=wave, term=["mean", "share"], category="")
    if group is not None:
        found = found[found["indicator"].map(lambda name: labels.groups.get(name) == group)]
    caption = labels.say("caption.scores")
    if group:
        caption = labels.say("caption.spider_table", group=labels.name("indicator", group))
    lines = _levels(found, labels, ("estimate", "interval", "n"))
    if not lines:
        return absent(labels, found)
    layout = Layout(
        ident, labels.say("head.area"), heads(labels, ("estimate", "interval", "n")),
        caption.capitalised(),
    )  # fmt: skip
    return draw(
        layout, lines, notes_for(labels, lines, records(found), interval_note(rows, labels))
    )


def changes_table(
    rows: pd.DataFrame, labels: Labels, wave: str, *, ident: str = "changes", group: str = ""
) -> TableView | Text:
    """Return the change since the baseline per indicator and area, with interval.

    ``group`` chooses one group of scales, of both sides only.
    """
    found = select(rows, Table.CHANGE, wave=wave, term=["difference", "change"])
    caption = labels.say("caption.changes")
    if group:
        found = found[found["indicator"].map(lambda name: labels.groups.get(name) == group)]
        found = select(found, area=SIDES)
        caption = labels.say("caption.spider_changes", group=labels.name("indicator", group))
    lines = _levels(found, labels, ("estimate", "interval"))
    if not lines:
        return absent(labels, found)
    layout = Layout(
        ident, labels.say("head.area"), heads(labels, ("change", "interval")),
        caption.capitalised(),
    )  # fmt: skip
    return draw(
        layout, lines, notes_for(labels, lines, records(found), interval_note(rows, labels))
    )


def _levels(found: pd.DataFrame, labels: Labels, columns: Sequence[str]) -> list[Line]:
    lines = []
    for indicator in ordered(found["indicator"], labels.order("indicator")):
        mine = {str(row["area"]): row for row in records(found[found["indicator"] == indicator])}
        some = next(iter(mine.values()))
        group = join((labels.name("indicator", indicator), _in_brackets(unit_words(some, labels))))
        for area in [*places(mine, labels), *(a for a in mine if a == CONTRAST_AREA)]:
            row = mine[area]
            value, spread = measured(row, labels, bare=True)
            cells: dict[str, Phrase] = {
                "estimate": value,
                "interval": spread,
                "n": fmt.number(row, "n", language=labels.language),
            }
            lines.append(Line(labels.area(area), tuple(cells[c] for c in columns), group))
    return lines


def _in_brackets(words: Phrase) -> Phrase:
    return words and Phrase(f"({words.text})", words.numbers)


def descriptive_table(
    rows: pd.DataFrame, labels: Labels, wave: str, questions: Sequence[str] = ()
) -> TableView | Text:
    """Return the results of descriptive questions on both sides.

    ``questions`` are the descriptive ones: of those, survey levels at ``wave`` are shown as well as
    process results. Of a yearly result only the last complete year is shown.
    """
    found = descriptive_rows(rows, labels, wave, questions)
    gone = found[found["publication"] == str(Publication.NOT_ESTIMABLE)]
    found = found[found["area"].isin(SIDES)]
    return _described(labels, found if len(found) else gone, "descriptive", SIDES)


def counts_table(
    rows: pd.DataFrame, labels: Labels, wave: str, questions: Sequence[str] = ()
) -> TableView | Text:
    """Return the counts of descriptive questions over all areas together."""
    found = descriptive_rows(rows, labels, wave, questions)
    return _described(labels, found[found["area"].isin(WHOLE)], "counts", WHOLE[:1])


def _described(
    labels: Labels, found: pd.DataFrame, ident: str, areas: Sequence[str]
) -> TableView | Text:
    lines = []
    for indicator in ordered(found["indicator"], labels.order("indicator")):
        mine = found[found["indicator"] == indicator]
        group = _titled(labels, mine.iloc[0].to_dict())
        several = len(set(mine["term"])) > 1
        for category in ordered(mine["category"], ("",)):
            for term in ordered(select(mine, category=category)["term"], TERMS):
                here = select(mine, category=category, term=term, area=list(areas))
                if here.empty:
                    continue
                cells = tuple(
                    estimate(first(here, area=area), labels, bare=False) for area in areas
                )
                some = here.iloc[0].to_dict()
                lines.append(Line(_named(labels, some, several), cells, group))
    if not lines:
        return absent(labels, found)
    columns = heads(labels, areas if len(areas) > 1 else ("count",))
    layout = Layout(ident, labels.say("head.measure"), columns, labels.say(f"caption.{ident}"))
    return draw(layout, lines, notes_for(labels, lines, records(found)))


def descriptive_rows(
    rows: pd.DataFrame, labels: Labels, wave: str, questions: Sequence[str]
) -> pd.DataFrame:
    """Return process rows of the last year and the levels at ``wave`` of descriptive scales."""
    process = select(rows, Table.PROCESS, wave=[wave, ""])
    last = process.groupby("indicator")["period"].transform("max")
    levels = select(rows, Table.SCORE, wave=wave, question=list(questions), area=SIDES, category="")
    grouped = levels["indicator"].map(lambda name: name in labels.groups)
    return pd.concat([levels[~grouped.astype(bool)], process[process["period"] == last]])


def _titled(labels: Labels, row: Row) -> Phrase:
    name = labels.name("indicator", str(row["indicator"]))
    return join((name, labels.period(row)), ", ") if row["period"] else name


def _named(labels: Labels, row: Row, with_term: bool) -> Phrase:
    category = labels.category(row) if row["category"] else Phrase()
    key = f"term.{row['term']}"
    known = has_message(key, labels.language)
    term = labels.say(key) if known and (with_term or not category) else Phrase()
    return join((category, term), ", ") or labels.say("category.total")


def response_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return invited people, respondents and response per area and per age and sex."""
    found = select(rows, Table.RESPONSE, wave=wave)
    terms = ("invited", "respondents", "response_share")
    lines = []
    for area in ordered(found["area"], area_order(labels)):
        here = found[found["area"] == area]
        detailed = area not in SIDES  # of the sides the total only: their groups are in the whole
        for category in ordered(here["category"] if detailed else [""], ("",)):
            cells = tuple(
                estimate(first(here, category=category, term=term), labels) for term in terms
            )
            some = first(here, category=category)
            if some is not None:
                lines.append(Line(labels.category(some), cells, labels.area(area)))
    if not lines:
        return absent(labels, found)
    layout = Layout(
        "response", labels.say("head.group"), heads(labels, ("invited", "respondents", "response")),
        labels.say("caption.response_table"),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found)))


def weights_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return effective number, design effect and the range of the weights per area."""
    found = select(rows, Table.WEIGHTS, wave=wave)
    terms = ("effective_n", "deff", "weight_min", "weight_max")
    places = {"effective_n": 0, "deff": 2, "weight_min": 2, "weight_max": 2}
    lines = []
    for area in ordered(found["area"], area_order(labels)):
        cells = tuple(
            _plain(first(found, area=area, term=term), labels, places[term]) for term in terms
        )
        lines.append(Line(labels.area(area), cells))
    if not lines:
        return absent(labels, found)
    layout = Layout(
        "weights", labels.say("head.area"), heads(labels, terms), labels.say("caption.weights")
    )
    return draw(layout, lines, notes_for(labels, lines, records(found)))


def _plain(row: Row | None, labels: Labels, decimals: int) -> Phrase:
    if row is None:
        return NOTHING
    return fmt.number(row, language=labels.language, decimals=decimals, bare=True)


def quality_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return what intake set aside: file, check, count."""
    found = select(rows, Table.QUALITY, term="count")
    found = found[found["wave"].isin([wave, ""])]
    lines = []
    for row in records(found):
        named = parts(str(row["category"]))
        feed = labels.name("feed", named.get("feed", ""))
        rule = labels.category(
            {**row, "category": _without(str(row["category"]), ("feed", "severity"))}
        )
        lines.append(Line(rule, (estimate(row, labels),), feed))
    lines.sort(key=lambda line: line.group.text)  # stable: rules before answers, as they came
    if not lines:
        return absent(labels, found)
    layout = Layout(
        "quality",
        labels.say("head.rule"),
        heads(labels, ("count",)),
        labels.say("caption.quality"),
    )
    return draw(layout, lines, notes_for(labels, lines, records(found)))


def _without(category: str, keys: Sequence[str]) -> str:
    kept = (part for part in category.split("|") if part.partition("=")[0] not in keys)
    return "|".join(kept)
