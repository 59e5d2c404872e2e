"""A panel of two waves in which older and healthier people answer again more often."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit
from survey_study import AREAS, codebook, item, population, respondents, scale, study

from evaluatie.agreement.model import Margin, Question
from evaluatie.declarations import Label
from evaluatie.domain import Aim, Horizon, Population, QuestionType, Weighting
from evaluatie.evaluation.products import Products
from evaluatie.intake.data import StudyData
from evaluatie.survey import WeightedPanel, score_waves, weigh_panel

BOOK = codebook([item("x")], [scale("s", "single", ["x"])])
STUDY = study()
TEXT = Label(nl="x", en="x")
PER_AREA = 60


def baseline(seed: int = 5, per_area: int = PER_AREA) -> pd.DataFrame:
    """Persons of four areas with a score; some households answer twice."""
    rng = np.random.default_rng(seed)
    n = per_area * len(AREAS)
    rows = [
        (f"p{i}", f"h{i - i % 7 // 6}", list(AREAS)[i % 4], "mv"[rng.integers(2)],
         int(rng.integers(1930, 1980)))
        for i in range(n)
    ]  # fmt: skip
    return respondents("w0", rows, x=np.round(rng.normal(50, 10, n), 2))


def later(
    first: pd.DataFrame, stay: np.ndarray, moved: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """The wave after: who stays answers two points better; ``moved`` answer from elsewhere."""
    again = first[stay].copy()
    again["respondent_id"] = [f"w1-{i}" for i in range(len(again))]
    again["completed_on"] = pd.Timestamp(2001, 5, 20)
    again["x"] += 2.0
    again.loc[again["person_id"].isin(moved), "area_code"] = "B2"
    return again


def selective(first: pd.DataFrame, seed: int = 6) -> np.ndarray:
    """Older people and those with a high score answer again more often."""
    rng = np.random.default_rng(seed)
    logit = (1955 - first["birth_year"]) / 20 + (first["x"] - 50) / 10
    return (rng.random(len(first)) < expit(logit)).to_numpy()


def panel_of(first: pd.DataFrame, second: pd.DataFrame) -> WeightedPanel:
    waves = {"w0": first, "w1": second}
    return weigh_panel(score_waves(waves, BOOK), population(), STUDY, BOOK)


def question(who: Population) -> Question:
    return Question(
        id="q", label=TEXT, aim=Aim.QUALITY_OF_LIFE, indicator="s", type=QuestionType.SUPERIORITY,
        population=who, weighting=Weighting.EQUAL, contrast="difference_in_differences",
        test="randomisation", margin=Margin(value=1.0, reason=TEXT, source="test"),
        verdict_wave="w1", horizon=Horizon.QUICK_WIN, decision=TEXT, section="survey",
    )  # fmt: skip


def products(panel: WeightedPanel, first: pd.DataFrame, second: pd.DataFrame) -> Products:
    feeds = {"population_age_sex": population()}
    waves = {"w0": first, "w1": second}
    data = StudyData(waves, {}, feeds, pd.DataFrame(), {}, (), synthetic=True)
    return Products(data, panel, None, None, None, None, None)
