"""One agreed question with the rows that speak of it; what its sentences ask of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from evaluatie.agreement.model import Question
from evaluatie.domain import Publication, QuestionType, VerdictWord
from evaluatie.present import numbers as fmt
from evaluatie.present.labels import Labels
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase
from evaluatie.present.rows import first
from evaluatie.present.tables import (
    anchors_of,
    bounds,
    contrast_row,
    margin_of,
    margin_row,
    shared_places,
)
from evaluatie.results import Table


@dataclass(frozen=True)
class Case:
    """One question with the rows that speak of it."""

    question: Question
    verdict: Row | None
    row: Row | None
    rows: pd.DataFrame
    labels: Labels
    role: str = ""
    wave: str = ""
    parts: tuple[tuple[str, str], ...] = ()  # question -> verdict, of the questions it combines

    @property
    def favourable(self) -> int:
        """Return +1 where a higher value is better, -1 where a lower one is."""
        return self.labels.favourable(
            str(self.row["indicator"]) if self.row else self.question.indicator
        )

    @property
    def shown(self) -> bool:
        """Return whether the contrast may be printed."""
        return self.row is not None and fmt.is_shown(self.row)

    def margin(self) -> Phrase:
        """Return the agreed margin in the unit of the contrast."""
        return margin_of(self.rows, self.question.id, self.row, self.labels)

    def worst(self) -> Phrase:
        """Return the bound on the unfavourable side, with its unit, not rounded onto the margin."""
        if self.row is None:
            return Phrase(fmt.NOT_APPLICABLE)
        field = "ci_low" if self.favourable > 0 else "ci_high"
        if self.shown and math.isinf(self.row[field]):
            return Phrase(fmt.UNBOUNDED[self.labels.language])
        anchors = anchors_of(self.rows, self.question.id)
        places = shared_places(self.row, self.labels, anchors)
        return fmt.number(
            self.row, field, language=self.labels.language, decimals=places, anchors=anchors
        )

    def worst_total(self) -> Phrase:
        """Return the same bound in euros per year for the payer; empty where there is no total."""
        total = contrast_row(self.rows, self.question.id, self.at, "total_per_year")
        field = "ci_low" if self.favourable > 0 else "ci_high"
        if total is None or not fmt.is_shown(total) or not math.isfinite(total[field]):
            return Phrase()
        return fmt.number(total, field, language=self.labels.language)

    def fact(self, name: str, *, like_contrast: bool = False) -> Phrase:
        """Return a constant of the question; empty where there is none.

        ``like_contrast``: in the unit of the contrast.
        """
        row = first(self.rows, Table.FACT, category=name, question=self.question.id)
        if row is None:
            return Phrase()
        if like_contrast and self.row is not None:
            row = {**row, "unit": self.row["unit"], "term": "difference"}
        elif not like_contrast and row["unit"] != "share":
            row = {**row, "unit": ""}
        return fmt.constant(row, language=self.labels.language)

    @property
    def suppressed(self) -> bool:
        """Return whether disclosure control hides the contrast."""
        return self.row is not None and str(self.row["publication"]) == Publication.SUPPRESSED

    @property
    def word(self) -> str:
        """Return the verdict word; empty where there is no verdict yet."""
        return "" if self.verdict is None else str(self.verdict["verdict"])

    @property
    def rule(self) -> str:
        """Return the name of the rule that decided; empty where there is no verdict yet."""
        return "" if self.verdict is None else str(self.verdict.get("rule", ""))

    @property
    def at(self) -> str:
        """Return the wave the contrast is of."""
        return self.wave if self.row is None else str(self.row["wave"])

    @property
    def is_secondary(self) -> bool:
        """Return whether p is corrected for the number of questions like this one."""
        role = self.role or str((self.verdict or {}).get("role", ""))
        return role == "secondary"

    def favourable_bounds(self) -> tuple[float, float]:
        """Return the least and the most favourable value that fit the data; NaN where none do."""
        if self.row is None or not self.shown:
            return float("nan"), float("nan")
        ends = [float(self.row[field]) * self.favourable for field in ("ci_low", "ci_high")]
        return (ends[0], ends[1]) if self.favourable > 0 else (ends[1], ends[0])

    def margin_value(self) -> float:
        """Return the agreed margin in the unit of the contrast; NaN where none was agreed."""
        row = margin_row(self.rows, self.question.id)
        return float("nan") if row is None else float(row["estimate"])

    def interval(self) -> Phrase:
        """Return the interval of the contrast with its unit."""
        anchors = anchors_of(self.rows, self.question.id)
        return bounds(self.row, self.labels, anchors, bare=False)

    def is_relative(self) -> bool:
        """Return whether the verdict says that one group of areas did better than the other."""
        superiority = self.question.type is QuestionType.SUPERIORITY
        return superiority and self.word in (VerdictWord.IMPROVED, VerdictWord.WORSE)
