"""Tables for who reviews the method: how well was measured, who answered, what moved before."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import first, ordered, parts, records, select
from evaluatie.present.tables import (
    NOTHING,
    SIDES,
    absent,
    bounds,
    estimate,
    heads,
    interval_note,
    measured,
    unit_words,
)
from evaluatie.results import Table

CONSISTENCY = ("alpha", "omega_total", "item_rest_min")
EXTREMES = ("floor_share", "ceiling_share")
FOLLOWED = ("retention_share", "left_share", "r_indicator", "auc", "effective_n")
EFFECTS = ("level_change", "slope_change", "effect_at_end")
CHECKS = ("autocorrelation", "durbin_watson", "ljung_box")
RESPONDED = ("improved_share", "worsened_share")


def reliability_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per scale its consistency at ``wave``, and the shares at its ends."""
    found = select(rows, Table.RELIABILITY, wave=wave, term=[*CONSISTENCY, *EXTREMES])
    lines = []
    for indicator in ordered(found["indicator"], labels.order("indicator")):
        mine = select(found, indicator=indicator)
        cells = [_coefficient(first(mine, term=term), labels) for term in CONSISTENCY]
        cells += [_share(first(mine, term=term), labels) for term in EXTREMES]
        lines.append(Line(labels.name("indicator", indicator), tuple(cells)))
    return _drawn(
        "reliability", "measure", (*CONSISTENCY, *EXTREMES), lines, found, labels,
        labels.say("note.reliability"),
    )  # fmt: skip


def attrition_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per wave up to ``wave`` who of the first wave answered again, and how selectively."""
    waves = labels.order("wave")
    reached = waves[: waves.index(wave) + 1]
    found = select(rows, Table.ATTRITION, wave=reached, term=list(FOLLOWED))
    lines = []
    for at in ordered(found["wave"], waves):
        mine = select(found, wave=at)
        cells = tuple(
            _share(first(mine, term=term), labels)
            if term.endswith("_share")
            else _coefficient(first(mine, term=term), labels, 0 if term == "effective_n" else 2)
            for term in FOLLOWED
        )
        lines.append(Line(labels.name("wave", at), cells))
    return _drawn("attrition", "wave", FOLLOWED, lines, found, labels, labels.say("note.attrition"))


def stayers_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per scale the missing answers, and the change of who answered twice, both ways."""
    found = select(rows, Table.ATTRITION, wave=wave, term=["item_missing_share", "panel_change"])
    lines = []
    for indicator in ordered(found["indicator"], labels.order("indicator")):
        mine = select(found, indicator=indicator)
        cells = [_share(first(mine, term="item_missing_share"), labels)]
        for how in ("complete_case", "weighted"):
            row = first(mine, term="panel_change", category=f"answers={how}")
            cells.append(_with_interval(row, labels))
        lines.append(Line(labels.name("indicator", indicator), tuple(cells)))
    columns = ("item_missing", "panel_complete", "panel_weighted")
    return _drawn("stayers", "measure", columns, lines, found, labels, interval_note(rows, labels))


def responders_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return per scale and side the share that changed by a person's own important difference."""
    found = select(rows, Table.SUBGROUP, wave=wave, term=list(RESPONDED), area=SIDES)
    lines = []
    for indicator in ordered(found["indicator"], labels.order("indicator")):
        for side in SIDES:
            mine = select(found, indicator=indicator, area=side)
            cells = tuple(_share(first(mine, term=term), labels, True) for term in RESPONDED)
            lines.append(Line(labels.area(side), cells, labels.name("indicator", indicator)))
    notes = (labels.say("note.mid"), labels.say("note.within_areas"))
    return _drawn("responders", "area", RESPONDED, lines, found, labels, *notes)


def subgroups_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return the contrast within groups of residents, and the test that the groups differ.

    Each question at its verdict wave, if that is not after ``wave``.
    """
    waves = labels.order("wave")
    reached = waves[: waves.index(wave) + 1]
    found = select(rows, Table.SUBGROUP, wave=reached, term=["difference", "interaction"])
    lines = []
    for question in ordered(found["question"], labels.order("question")):
        mine = select(found, question=question)
        group = labels.name("indicator", str(mine.iloc[0]["indicator"]))
        for row in records(select(mine, term="difference")):
            other = first(mine, term="interaction", category=row["category"])
            tested = (
                NOTHING if other is None else fmt.p_value(other, field, language=labels.language)
                for field in ("p_adjusted", "p_attainable")
            )
            lines.append(Line(labels.category(row), (*measured(row, labels), *tested), group))
    columns = ("difference", "interval", "interaction_p", "p_attainable")
    return _drawn("subgroups", "group", columns, lines, found, labels, interval_note(rows, labels))


def trend_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return how far pilot and comparison lay apart at the start, and drifted apart before it."""
    del wave  # what was before the start is the same in every report
    terms = ("baseline_difference", "pre_trend_difference", "placebo_change")
    found = select(rows, Table.SERIES, term=list(terms))
    lines = []
    for question in ordered(found["question"], labels.order("question")):
        mine = select(found, question=question)
        group = labels.name("indicator", str(mine.iloc[0]["indicator"]))
        for row in records(mine):
            name = labels.say(f"term.{row['term']}")
            if row["period"]:
                name = join((name, labels.period(row)), ", ")
            lines.append(Line(name, measured(row, labels), group))
    columns = ("difference", "interval")
    return _drawn("trend", "what", columns, lines, found, labels, interval_note(rows, labels))


def series_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return step, change of slope and effect at the end of every interrupted time series."""
    del wave
    found = select(rows, Table.SERIES, term=list(EFFECTS))
    lines = []
    for (indicator, category), mine in found.groupby(["indicator", "category"], sort=False):
        some = mine.iloc[0].to_dict()
        group = labels.name("indicator", str(indicator))
        named = parts(str(category))
        if named.get("grain"):
            grain = labels.say(f"grain.{named['grain']}")
            group = join((group, labels.say(f"measure.{named['measure']}"), grain), " · ")
        name = labels.say(f"variant.{named['method']}") if named.get("method") else group
        unit = unit_words(some, labels)
        cells = [unit, *(_with_interval(first(mine, term=term), labels) for term in EFFECTS)]
        lines.append(Line(name, tuple(cells), group))
    return _drawn(
        "series", "variant", ("unit", *EFFECTS), lines, found, labels,
        labels.say("note.series"), interval_note(rows, labels), left=(0,),
    )  # fmt: skip


def series_checks_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return what is left of autocorrelation in every interrupted time series."""
    del wave
    found = select(rows, Table.SERIES, term=list(CHECKS))
    lines = []
    for (indicator, category), mine in found.groupby(["indicator", "category"], sort=False):
        named = parts(str(category))
        group = join(
            (
                labels.name("indicator", str(indicator)),
                labels.say(f"measure.{named['measure']}"),
                labels.say(f"grain.{named['grain']}"),
            ),
            " · ",
        )
        cells = [_coefficient(first(mine, term=term), labels) for term in CHECKS]
        test = first(mine, term="ljung_box")
        cells.append(fmt.p_value(test, language=labels.language) if test else NOTHING)
        lines.append(Line(labels.say(f"variant.{named['method']}"), tuple(cells), group))
    return _drawn("series-checks", "variant", (*CHECKS, "p"), lines, found, labels)


def _coefficient(row: Row | None, labels: Labels, decimals: int = 2) -> Phrase:
    if row is None:
        return NOTHING
    return fmt.number(row, language=labels.language, decimals=decimals, bare=True)


def _share(row: Row | None, labels: Labels, with_interval: bool = False) -> Phrase:
    if row is None:
        return NOTHING
    said = estimate(row, labels)
    return join((said, _brackets(bounds(row, labels))), " ") if with_interval else said


def _with_interval(row: Row | None, labels: Labels) -> Phrase:
    """Return estimate and interval in one cell."""
    said, spread = measured(row, labels, bare=True)
    return join((said, _brackets(spread)), " ")


def _brackets(phrase: Phrase) -> Phrase:
    known = phrase.numbers or None
    return Phrase(f"({phrase.text})", phrase.numbers) if known else Phrase()


def _drawn(
    ident: str,
    stub: str,
    columns: Sequence[str],
    lines: Sequence[Line],
    found: pd.DataFrame,
    labels: Labels,
    *notes: Phrase,
    left: tuple[int, ...] = (),
) -> TableView | Text:
    if not lines:
        return absent(labels, found)
    key = ident.replace("-", "_")
    layout = Layout(
        ident, labels.say(f"head.{stub}"), heads(labels, columns), labels.say(f"caption.{key}"),
        left=left,
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(found), *notes))
