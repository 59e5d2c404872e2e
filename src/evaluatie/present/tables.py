"""The tables of the reports: publishable rows in, a table or a sentence why there is none out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from evaluatie.domain import Publication, Side, VerdictWord
from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import NOT_APPLICABLE, Row
from evaluatie.present.phrase import Phrase
from evaluatie.present.rows import first, ordered, records, select
from evaluatie.results import Table

CONTRAST_AREA = f"{Side.PILOT}-{Side.COMPARISON}"
SIDES = (str(Side.PILOT), str(Side.COMPARISON))
WHOLE = ("all", "")
NOTHING = Phrase(NOT_APPLICABLE)
INSURED = "insured_cost"  # kind of indicator whose amounts are about insured people


def absent(labels: Labels, rows: pd.DataFrame, kind: str = "table") -> Text:
    """Return the sentence that stands where a table or figure cannot be made."""
    suppressed = rows["publication"] == str(Publication.SUPPRESSED)
    if rows.empty:
        reason = labels.say("unavailable.no_rows")
    elif suppressed.all():
        reason = labels.say("unavailable.all_suppressed")
    else:
        reason = labels.reason(rows[~suppressed].iloc[0].to_dict())
    return Text(labels.say(f"unavailable.{kind}", reason=reason))


def estimate(row: Row | None, labels: Labels, field: str = "estimate", bare: bool = True) -> Phrase:
    """Return a number of a row with the decimals of its indicator, or the symbol for none."""
    if row is None:
        return NOTHING
    places = decimals_of(row, labels)
    return fmt.number(row, field, language=labels.language, decimals=places, bare=bare)


def bounds(
    row: Row | None, labels: Labels, anchors: Iterable[float] = (0.0,), bare: bool = True
) -> Phrase:
    """Return the interval of a row with the decimals of its indicator, or the symbol for none."""
    if row is None:
        return NOTHING
    return fmt.interval(
        row, language=labels.language, decimals=decimals_of(row, labels), anchors=anchors, bare=bare
    )


def measured(
    row: Row | None, labels: Labels, anchors: Iterable[float] = (0.0,), bare: bool = False
) -> tuple[Phrase, Phrase]:
    """Return estimate and interval with the same decimals, no bound rounded onto an anchor.

    The estimate names the unit (unless ``bare``), the interval beside it does not repeat it.
    """
    if row is None:
        return NOTHING, NOTHING
    anchors = (1.0,) if fmt.is_ratio(row) else anchors
    places = shared_places(row, labels, anchors)
    said = fmt.number(row, language=labels.language, decimals=places, bare=bare)
    return said, fmt.interval(
        row, language=labels.language, decimals=places, anchors=anchors, bare=True
    )


def shared_places(row: Row, labels: Labels, anchors: Iterable[float] = (0.0,)) -> int | None:
    """Return the decimals that an estimate shares with its interval; None: the unit decides."""
    places = decimals_of(row, labels)
    if not fmt.is_shown(row):
        return places
    return fmt.shared_decimals(row, ("ci_low", "ci_high"), places, anchors, labels.language)


def decimals_of(row: Row, labels: Labels) -> int | None:
    """Return the decimals of the row's indicator; None (the unit decides) for shares and euros."""
    unit = str(row.get("unit", ""))
    if unit == "share" or unit.startswith("EUR") or row.get("term") == "count" or fmt.is_ratio(row):
        return None
    return labels.decimals.get(str(row.get("indicator")))


def unit_words(row: Row, labels: Labels) -> Phrase:
    """Return the unit of a row in words, for a column that holds bare numbers."""
    unit = str(row.get("unit", ""))
    if unit.startswith("EUR"):
        kind = "insured" if "insured" in unit else "resident" if "resident" in unit else "year"
        return labels.say(f"unit.eur_{kind}")
    if unit in ("share", "days", "points", "odds_ratio"):
        return labels.say(f"unit.{unit}")
    if fmt.is_ratio(row):
        return labels.say("unit.ratio")
    return Phrase(labels.units.get(str(row.get("indicator")), ""))


def verdict_of(
    verdicts: pd.DataFrame, question: str, wave: str, waves: Sequence[str]
) -> Row | None:
    """Return the verdict on a question that had been reached at ``wave``, or None."""
    reached = waves[: waves.index(wave) + 1] if wave in waves else [wave]
    mine = verdicts[(verdicts["question"] == question) & verdicts["wave"].isin([*reached, ""])]
    return None if mine.empty else mine.iloc[-1].to_dict()


def verdicts_table(
    rows: pd.DataFrame, verdicts: pd.DataFrame, labels: Labels, wave: str
) -> TableView | Text:
    """Return one line per agreed question: verdict, difference, interval, agreed margin."""
    lines, used = [], []
    for question in labels.order("question"):
        verdict = verdict_of(verdicts, question, wave, labels.order("wave"))
        at = str(verdict["wave"]) if verdict and verdict["wave"] else wave
        row = contrast_row(rows, question, at)
        used += [row] if row else []
        lines.append(
            Line(
                labels.name("question", question),
                (
                    verdict_word(verdict, row, labels),
                    *measured(row, labels, anchors_of(rows, question)),
                    margin_of(rows, question, row, labels),
                ),
            )
        )
    if not lines:
        return absent(labels, rows.iloc[:0])
    columns = ("verdict", "difference", "interval", "margin")
    layout = Layout(
        "verdicts", labels.say("head.question"), heads(labels, columns),
        labels.say("caption.verdicts"), left=(0,),
    )  # fmt: skip
    notes = (interval_note(rows, labels), labels.say("note.unadjusted"))
    return draw(layout, lines, notes_for(labels, lines, used, *notes))


def verdict_word(verdict: Row | None, row: Row | None, labels: Labels) -> Phrase:
    """Return the verdict in a word; *provisional* where there is an estimate and no verdict yet."""
    if verdict is not None:
        return labels.say(f"verdict.{verdict['verdict']}")
    if row is not None:
        return labels.say("verdict.provisional")
    return labels.say(f"verdict.{VerdictWord.NO_VERDICT}")


def contrast_row(
    rows: pd.DataFrame, question: str, wave: str, term: str = "difference"
) -> Row | None:
    """Return the agreed contrast of a question at a wave."""
    return first(
        rows,
        Table.CONTRAST,
        question=question,
        wave=wave,
        term=term,
        area=CONTRAST_AREA,
        category="",
    ) or first(rows, Table.CONTRAST, question=question, wave=wave, term=term)


def margin_row(rows: pd.DataFrame, question: str) -> Row | None:
    """Return the row with the agreed margin of a question."""
    return first(rows, Table.FACT, category="margin", question=question)


def anchors_of(rows: pd.DataFrame, question: str) -> tuple[float, ...]:
    """Return the values onto which no number about this question may be rounded."""
    row = margin_row(rows, question)
    if row is None or not fmt.is_shown(row):
        return (0.0,)
    return (0.0, float(row["estimate"]), -float(row["estimate"]))


def margin_of(rows: pd.DataFrame, question: str, like: Row | None, labels: Labels) -> Phrase:
    """Return the agreed margin of a question in the unit of its contrast."""
    row = margin_row(rows, question)
    if row is None:
        return NOTHING
    if like is not None:
        row = {**row, "unit": like["unit"], "term": "difference"}
    return fmt.constant(row, language=labels.language)


def interval_note(rows: pd.DataFrame, labels: Labels) -> Phrase:
    """Return what an interval means, with the confidence level of the study."""
    row = first(rows, Table.FACT, category="confidence")
    if row is None:
        return Phrase()
    return labels.say("note.interval", confidence=fmt.constant(row, language=labels.language))


def price_note(rows: pd.DataFrame, labels: Labels) -> Phrase:
    """Return the price level of the amounts."""
    row = first(rows, Table.FACT, category="price_level")
    if row is None:
        return Phrase()
    return labels.say("note.price_level", year=fmt.constant(row, language=labels.language))


def heads(labels: Labels, keys: Iterable[str]) -> tuple[Phrase, ...]:
    """Return the headers of these columns."""
    return tuple(labels.say(f"head.{key}") for key in keys)


def evidence_table(rows: pd.DataFrame, labels: Labels, wave: str) -> TableView | Text:
    """Return the contrast of every question at its verdict wave or else at ``wave``, with p values.

    ``p``, corrected p and smallest attainable p stand only where the question was tested.
    """
    contrasts = select(rows, Table.CONTRAST, term="difference")
    lines, used = [], []
    for question in ordered(contrasts["question"], labels.order("question")):
        mine = contrasts[contrasts["question"] == question]
        tested = mine[mine["p_value"].notna()]
        chosen = tested if not tested.empty else mine[mine["wave"] == wave]
        if chosen.empty:
            continue
        row = chosen.iloc[-1].to_dict()
        used.append(row)
        alpha = alpha_of(rows)
        cells = (
            *measured(row, labels, anchors_of(rows, question)),
            *(
                fmt.p_value(row, field, language=labels.language, anchors=alpha)
                for field in fmt.P_VALUES
            ),
        )
        at = labels.name("wave", str(row["wave"]))
        lines.append(Line(labels.name("indicator", str(row["indicator"])), cells, at))
    if not lines:
        return absent(labels, contrasts)
    lines.sort(key=lambda line: line.group.text != labels.name("wave", wave).text)
    columns = ("difference", "interval", "p", "p_adjusted", "p_attainable")
    layout = Layout(
        "evidence", labels.say("head.measure"), heads(labels, columns),
        labels.say("caption.evidence"),
    )  # fmt: skip
    notes = (
        interval_note(rows, labels), labels.say("note.unadjusted"), labels.say("note.attainable"),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, used, *notes))


def alpha_of(rows: pd.DataFrame) -> tuple[float, ...]:
    """Return the agreed error rate, onto which no p may be rounded."""
    row = first(rows, Table.FACT, category="alpha")
    return () if row is None else (float(row["estimate"]),)


def waves_table(
    rows: pd.DataFrame, verdicts: pd.DataFrame, labels: Labels, wave: str
) -> TableView | Text:
    """Return the contrast of every question at every wave; only the verdict wave has a verdict."""
    contrasts = select(rows, Table.CONTRAST, term="difference")
    lines = []
    for question in ordered(contrasts["question"], labels.order("question")):
        mine = contrasts[contrasts["question"] == question]
        group = labels.name("indicator", str(mine.iloc[0]["indicator"]))
        by_wave = {str(row["wave"]): row for row in records(mine)}
        for at in ordered(by_wave, labels.order("wave")):
            row = by_wave[at]
            verdict = verdict_of(verdicts, question, wave, labels.order("wave"))
            mark = _verdict_at(verdict, at, row, labels)
            cells = measured(row, labels, anchors_of(rows, question))
            lines.append(Line(labels.name("wave", at), (*cells, mark), group))
    if not lines:
        return absent(labels, contrasts)
    layout = Layout(
        "waves", labels.say("head.wave"), heads(labels, ("difference", "interval", "verdict")),
        labels.say("caption.waves"), left=(2,),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(contrasts)))


def _verdict_at(verdict: Row | None, at: str, row: Row, labels: Labels) -> Phrase:
    """Return the verdict at its own wave; before it *provisional*, after it *not tested*."""
    if verdict is None or str(verdict["wave"]) in ("", at):
        return verdict_word(verdict, row, labels)
    waves = labels.order("wave")
    decided = str(verdict["wave"])
    if decided in waves and at in waves and waves.index(at) > waves.index(decided):
        return labels.say("verdict.after")
    return verdict_word(None, row, labels)


def payers_table(
    rows: pd.DataFrame, labels: Labels, payers: dict[str, str], wave: str
) -> TableView | Text:
    """Return per payer the difference per year for the pilot side as a whole.

    ``payers`` maps a question to whose euros it is about. Whether that whole is all residents or
    all people insured stands below the table.
    """
    totals = select(rows, Table.CONTRAST, term="total_per_year", wave=wave)
    lines, notes = [], [interval_note(rows, labels), labels.say("note.whole_euros")]
    for question in ordered(totals["question"], labels.order("question")):
        row = first(totals, question=question)
        payer = labels.name("payer", payers.get(question, ""))
        name = labels.name("indicator", str(row["indicator"])) if row else Phrase()
        lines.append(Line(payer, (name, *measured(row, labels))))
        insured = row is not None and labels.kinds.get(str(row["indicator"])) == INSURED
        notes.append(labels.say(f"note.total_{'insured' if insured else 'residents'}", name=name))
    if not lines:
        return absent(labels, totals)
    layout = Layout(
        "payers", labels.say("head.payer"), heads(labels, ("measure", "per_year", "interval")),
        labels.say("caption.payers"), left=(0,),
    )  # fmt: skip
    return draw(layout, lines, notes_for(labels, lines, records(totals), *notes))


def places(areas: Iterable[str], labels: Labels) -> list[str]:
    """Return areas and sides in reading order; the whole only where there is nothing else."""
    found = [area for area in ordered(areas, area_order(labels)) if area != CONTRAST_AREA]
    return [area for area in found if area not in WHOLE] or found


def area_order(labels: Labels) -> list[str]:
    """Return the order in which areas and sides stand: areas, then sides, then their difference."""
    return [*labels.order("area"), *SIDES, CONTRAST_AREA, "all", ""]
