"""What every further analysis of an agreed contrast gets, and the row it gives back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook, Question
from evaluatie.dictionary import Codebook
from evaluatie.domain import Side, Weighting
from evaluatie.evaluation.agreed_tests import TREATED, collapsed_fit
from evaluatie.evaluation.contrast_rows import BETWEEN, absence, contrast_unit
from evaluatie.evaluation.products import Products
from evaluatie.methods import ClusteredFit, check_arms, cr2, interval
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]
Floats = NDArray[np.float64]
Found = tuple[float, float, float]
NOTHING: Found = (math.nan,) * 3


@dataclass(frozen=True)
class Setting:
    """One question with a verdict, its verdict wave, and the changes its contrast was made of.

    Attributes
    ----------
    changes : pandas.DataFrame
        From `changes_since_baseline`: ``area``, ``change``, ``residents``, ``n``; none missing.
    """

    study: Study
    codebook: Codebook
    book: AgreementBook
    products: Products
    question: Question
    wave: str
    changes: pd.DataFrame

    @property
    def level(self) -> float:
        """Confidence level of the study."""
        return 1 - self.study.design.alpha

    def treated(self, areas: pd.Series) -> NDArray[np.bool_]:
        """Return which of these area codes are pilot areas."""
        return np.array([self.study.area(code).side is Side.PILOT for code in areas])

    def fit(self, changes: pd.DataFrame) -> ClusteredFit:
        """Return the regression of the changes of areas on being a pilot area, weighted as agreed.

        Raises
        ------
        RefusedError
            A side has no areas left, or too few for a variance.
        """
        treated = self.treated(changes["area"])
        check_arms(treated, changes["area"], len(changes))  # one area shows no variance of its side
        resident = self.question.weighting is Weighting.RESIDENT
        weights = changes["residents"].to_numpy(float) if resident else np.ones(len(changes))
        return collapsed_fit(changes["change"].to_numpy(float), weights, treated)

    def robust(self, changes: pd.DataFrame) -> Found:
        """Return the agreed contrast of other changes, with CR2 and Bell-McCaffrey interval."""
        found = cr2(self.fit(changes), TREATED)
        return found.estimate, *interval(found.estimate, found.std_error, found.df, self.level)

    def row(self, category: str, found: Found, method: str, changes: pd.DataFrame) -> Row:
        """Return one row of table `sensitivity`; an estimate that is NaN says why there is none."""
        estimate, low, high = found
        return self.plain_row(
            category, method, estimate=estimate, ci_low=low, ci_high=high,
            n=changes["n"].sum(), n_clusters=len(changes),
        )  # fmt: skip

    def plain_row(self, category: str, method: str, reason: str = "", **numbers: Any) -> Row:
        """Return one row of table `sensitivity` with the numbers given, or a reason for none."""
        if not reason and not np.isfinite(numbers["estimate"]):
            reason = "too_few_areas_left"
        status = {"status": str(absence(reason)), "reason": reason} if reason else {}
        return estimate_row(
            Table.SENSITIVITY,
            "difference",
            category=category,
            question=self.question.id,
            indicator=self.question.indicator,
            wave=self.wave,
            area=BETWEEN,
            unit=contrast_unit(self.question, self.codebook, self.study),
            method=method,
            **(numbers | status),
        )
