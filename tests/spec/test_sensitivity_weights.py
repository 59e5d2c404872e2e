"""The contrast with weights made in another way, on a survey where the answer is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from survey_study import AREAS, codebook, item, population, respondents, scale, study

from evaluatie.domain import Population, Weighting
from evaluatie.evaluation.sensitivity.analysis import Setting
from evaluatie.evaluation.sensitivity.weights import by_weights
from evaluatie.survey import SurveyDesign, score_waves, weigh_panel

BOOK = codebook([item("x")], [scale("s", "single", ["x"])])
STUDY = study()
RNG = np.random.default_rng(4)
ROWS = [
    (f"p{a}{s}{y}{i}", f"h{a}{s}{y}{i}", a, s, y)
    for a in AREAS
    for s in "mv"
    for y in (1975, 1950, 1920)
    for i in range(5)
]
FIRST = RNG.normal(50, 10, len(ROWS))
SECOND = FIRST + RNG.normal(2, 5, len(ROWS))
QUESTION = SimpleNamespace(
    id="q", indicator="s", population=Population.CURRENT_RESIDENTS, weighting=Weighting.EQUAL
)


def setting(again, *, frame=True, **question):
    """Return a setting in which ``again`` of everybody invited answered the second wave."""
    later = [row for row, answered in zip(ROWS, again, strict=True) if answered]
    second = SECOND[again]
    frames = {
        "w0": respondents("w0", ROWS, x=FIRST),
        "w1": respondents("w1", later, x=second),
    }
    sample = pd.DataFrame([(w, row[0]) for w in ("w0", "w1") for row in ROWS])
    sample.columns = ["wave", "person_id"]
    people = population()
    people.loc[people["age_group"] == "65+", "persons"] *= 2
    sample = sample if frame else None
    panel = weigh_panel(score_waves(frames, BOOK), people, STUDY, BOOK, sample)
    survey = SurveyDesign.of(panel, STUDY, ["w0", "w1"])
    means = survey.area_means(survey.frame["s"].to_numpy(float))
    changes = pd.DataFrame(
        {"area": list(AREAS), "change": means[:, 1] - means[:, 0], "residents": 1.0, "n": 10}
    )
    products = SimpleNamespace(panel=panel, once=lambda _key, make: make())
    asked = SimpleNamespace(**(vars(QUESTION) | question))
    made = Setting(STUDY, BOOK, None, products, asked, "w1", changes)
    object.__setattr__(made, "plain_row", lambda category, method, reason="", **n: {
        "category": category, "method": method, "reason": reason, **n
    })  # fmt: skip
    return made


def test_when_everybody_answers_again_all_weights_give_the_agreed_contrast():
    made = setting(np.ones(len(ROWS), dtype=bool))
    agreed = made.robust(made.changes)
    rows = {row["category"]: row for row in by_weights(made)}
    assert set(rows) == {"weights=no_base", "weights=linear"}
    for row in rows.values():
        assert row["estimate"] == pytest.approx(agreed[0], abs=1e-9)
        assert row["method"] == "cr2"
        assert (row["n"], row["n_clusters"]) == (40, 4)


def test_without_base_weights_it_is_the_contrast_of_a_survey_without_sampling_frame():
    healthy = np.quantile(FIRST, 0.5) < FIRST
    again = healthy | (RNG.random(len(ROWS)) < 0.6)
    made, plain = setting(again), setting(again, frame=False)
    agreed, without = (one.robust(one.changes)[0] for one in (made, plain))
    rows = {row["category"]: row["estimate"] for row in by_weights(made)}
    assert rows["weights=no_base"] == pytest.approx(without)
    assert agreed != pytest.approx(without)
    assert rows["weights=linear"] != pytest.approx(without)


def test_a_question_about_stayers_has_other_weights_already():
    everybody = np.ones(len(ROWS), dtype=bool)
    assert list(by_weights(setting(everybody, population=Population.STAYERS))) == []


def test_a_question_about_costs_has_no_weights():
    everybody = np.ones(len(ROWS), dtype=bool)
    assert list(by_weights(setting(everybody, indicator="cost"))) == []
