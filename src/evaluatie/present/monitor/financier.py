"""The answer about money to one financier: verdict, euros, programme, who gains, and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from evaluatie.agreement.model import Agreement, Question
from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import TableView, Text
from evaluatie.present.grid import Layout, Line, draw, notes_for
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.payers import PAYER, cell_row, payer_rows_at
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, declared, join
from evaluatie.present.rows import first, ordered, records, select
from evaluatie.present.tables import (
    CONTRAST_AREA,
    anchors_of,
    contrast_row,
    interval_note,
    measured,
    price_note,
    verdict_of,
    verdict_word,
)
from evaluatie.results import Table


@dataclass(frozen=True)
class Reader:
    """One financier with everything its answer is made of.

    Attributes
    ----------
    agreement : Agreement
        Names the payer, and what happens when the funding ends.
    questions : tuple of Question
        Agreed questions of the report.
    rows, verdicts : DataFrame
        Publishable rows of the run; verdicts (words only).
    labels : Labels
    wave : str
    """

    agreement: Agreement
    questions: tuple[Question, ...]
    rows: pd.DataFrame
    verdicts: pd.DataFrame
    labels: Labels
    wave: str

    @property
    def payer(self) -> str:
        """Whose money it is about."""
        return str(self.agreement.payer)

    @property
    def asked(self) -> tuple[Question, ...]:
        """Return the questions with a verdict about the money of this payer."""
        return tuple(q for q in self.questions if q.payer == self.payer and q.test != "none")

    def verdict(self, question: Question) -> Row | None:
        """Return the verdict that had been reached at the wave of the report."""
        return verdict_of(self.verdicts, question.id, self.wave, self.labels.order("wave"))

    def at(self, question: Question) -> str:
        """Return the wave whose contrast answers the question in this report."""
        found = self.verdict(question)
        return str(found["wave"]) if found is not None and found["wave"] else self.wave


def financier_table(
    agreement: Agreement | None,
    questions: Sequence[Question],
    rows: pd.DataFrame,
    verdicts: pd.DataFrame,
    labels: Labels,
    wave: str,
) -> TableView | Text:
    """Return the answer about money to the payer of an agreement, one line per thing it asks.

    Notes
    -----
    Verdict, difference and interval are those of the agreed questions about this payer's money;
    who gains is of the calendar years of the matrix and carries no verdict. What happens when the
    funding ends is a declared text; without it the table says that nothing was agreed.
    """
    if agreement is None or agreement.payer is None:
        return Text(labels.say("financier.no_payer"))
    reader = Reader(agreement, tuple(questions), rows, verdicts, labels, wave)
    lines = [line for question in reader.asked for line in _question(reader, question)]
    if not reader.asked:
        group = labels.say("financier.question_group")
        lines.append(_said(labels, "verdict", labels.say("financier.no_question"), group))
    lines += [*_programme(reader), *_gains(reader), *_after(reader)]
    layout = Layout(
        "financier-answer", labels.say("head.what"), (labels.say("head.financier_answer"),),
        labels.say("caption.financier", payer=labels.name("payer", reader.payer)), left=(0,),
    )  # fmt: skip
    used = records(select(rows, Table.PAYER, wave=wave, law=PAYER + reader.payer))
    notes = (interval_note(rows, labels), labels.say("note.financier"), price_note(rows, labels))
    return draw(layout, lines, notes_for(labels, lines, used, *notes))


def _said(labels: Labels, key: str, answer: Phrase, group: Phrase) -> Line:
    return Line(labels.say(f"financier.{key}"), (answer,), group)


def _question(reader: Reader, question: Question) -> list[Line]:
    """Return verdict, difference, euros per year and margin of one question."""
    labels, rows = reader.labels, reader.rows
    group = labels.name("indicator", question.indicator)
    row = contrast_row(rows, question.id, reader.at(question))
    verdict = reader.verdict(question)
    total = contrast_row(rows, question.id, reader.at(question), "total_per_year")
    per = "per_insured" if row is not None and "insured" in str(row["unit"]) else "per_resident"
    return [
        _said(labels, "verdict", verdict_word(verdict, row, labels), group),
        _said(labels, per, _with_interval(row, labels, anchors_of(rows, question.id)), group),
        _said(labels, "per_year", _with_interval(total, labels), group),
        _said(labels, "margin", _margin(verdict, labels), group),
    ]


def _with_interval(row: Row | None, labels: Labels, anchors: tuple[float, ...] = (0.0,)) -> Phrase:
    """Return an estimate with its interval in brackets, or the symbol for none."""
    value, spread = measured(row, labels, anchors)
    if row is None or not fmt.is_shown(row):
        return value
    return labels.say("financier.with_interval", estimate=value, interval=spread)


def _margin(verdict: Row | None, labels: Labels) -> Phrase:
    found = None if verdict is None else verdict.get("margin_excluded")
    if found is None or pd.isna(found):
        return labels.say("financier.margin_open")
    return labels.say("financier.margin_excluded" if found else "financier.margin_possible")


def _programme(reader: Reader) -> list[Line]:
    """Return what the payer puts into the programme."""
    labels = reader.labels
    row = first(reader.rows, Table.PAYER, wave=reader.wave, law=PAYER + reader.payer,
                term="invested_so_far", category="")  # fmt: skip
    if row is None:
        row = first(reader.rows, Table.PROGRAMME, category=f"payer={reader.payer}")
    group = labels.say("financier.programme_group")
    if row is None:
        return [_said(labels, "programme", labels.say("financier.no_programme"), group)]
    return [_said(labels, "programme", fmt.number(row, language=labels.language), group)]


def _gains(reader: Reader) -> list[Line]:
    """Return per payer whether it paid less, more, or whether that was not shown."""
    labels, found = reader.labels, payer_rows_at(reader.rows, reader.wave)
    beyond = select(found, term="beyond", area=CONTRAST_AREA)
    laws = [law for law in beyond["law"] if law.startswith(PAYER)]
    lines = []
    for law in ordered(laws, (PAYER + payer for payer in labels.order("payer"))):
        row = cell_row(found, law, "beyond", CONTRAST_AREA)
        if row is None:
            continue
        answer = join((labels.say(f"financier.{_gained(row)}"), _with_interval(row, labels)))
        if not fmt.is_shown(row):
            answer = labels.say("financier.gain_unknown", reason=_why(row, labels))
        name = labels.name("payer", law.removeprefix(PAYER)).capitalised()
        lines.append(Line(name, (answer,), labels.say("financier.gain_group")))
    return lines


def _why(row: Row, labels: Labels) -> Phrase:
    if row["publication"] == "suppressed":
        return labels.say("word.suppressed")
    return labels.reason(row)


def _gained(row: Row) -> str:
    """Return which words the interval allows: never those of a gain that was not shown."""
    if row["ci_high"] < 0:
        return "gain_less"
    return "gain_more" if row["ci_low"] > 0 else "gain_not_shown"


def _after(reader: Reader) -> list[Line]:
    """Return what was agreed for when the funding ends, and what the data can say about it."""
    labels, agreement = reader.labels, reader.agreement
    group = labels.say("financier.after_group")
    told = labels.say("financier.after_not_agreed")
    if agreement.after_funding is not None:
        text = agreement.after_funding[labels.language]
        told = declared(text, f"agreements/{agreement.id}/after_funding")
    lines = [_said(labels, "after_agreed", told, group)]
    found = payer_rows_at(reader.rows, reader.wave)
    row = cell_row(found, PAYER + reader.payer, "after_funding", CONTRAST_AREA)
    until = first(found, law=PAYER + reader.payer, term="funded_until")
    if row is None:
        answer = labels.say("financier.after_unseen")
    elif fmt.is_shown(row):
        answer = _with_interval(row, labels)
    else:
        answer = labels.say("financier.after_unseen_why", reason=_why(row, labels))
    if row is not None and fmt.is_shown(row) and until is not None and fmt.is_shown(until):
        year = fmt.constant(until, language=labels.language)
        answer = join((answer, labels.say("financier.funded_until", year=year)))
    return [*lines, _said(labels, "after_data", answer, group)]
