"""What the maker of monitor rows gets: one agreed question and everything it is answered from."""

from __future__ import annotations

from dataclasses import dataclass

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Indicator
from evaluatie.evaluation.products import Products
from evaluatie.study import Study


@dataclass(frozen=True)
class Asked:
    """One question about an indicator that no questionnaire answers."""

    study: Study
    codebook: Codebook
    book: AgreementBook
    products: Products
    question: Question
    indicator: Indicator

    @property
    def where(self) -> dict[str, str]:
        """Return the columns that every row of this question has."""
        return {"question": self.question.id, "indicator": self.indicator.id}
