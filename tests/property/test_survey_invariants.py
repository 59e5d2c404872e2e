"""What must hold for scores, links, weights and levels whatever the answers."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.survey import area_changes, area_levels, score_waves, weigh_panel

TINY = SimpleNamespace(
    **runpy.run_path(str(Path(__file__).parents[1] / "spec" / "survey_study.py"))
)
RULES = {
    "total": ("sum", {"reverse": ["a"], "max_missing": 1, "minimum": 3, "maximum": 15}),
    "average": ("mean", {"reverse": ["b"], "max_missing": 2, "minimum": 1, "maximum": 5}),
    "counted": (
        "count_of_codes",
        {"item_codes": dict.fromkeys("abc", ("1", "2")), "minimum": 0, "maximum": 3},
    ),
}
BOOK = TINY.codebook(
    [TINY.item(name, "12345") for name in "abc"],
    [TINY.scale(name, rule, list("abc"), **more) for name, (rule, more) in RULES.items()]
    + [TINY.scale("good", "share_of_codes", ["a"], good_codes=["1", "2"], maximum=1)],
)
STUDY = TINY.study()
LATER = STUDY.waves[1].id
FEW = settings(max_examples=15, deadline=None)  # each example is a whole two-wave survey


@st.composite
def surveys(draw):
    """Two waves of 40 to 90 respondents in four areas, panel members among them."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    waves = {}
    for wave in STUDY.waves:
        n = draw(st.integers(40, 90))
        person = rng.choice(150, n, replace=False)
        area = np.array(list(TINY.AREAS))[person // 2 % 4]
        sex, born = np.where(person % 2, "m", "v"), 1905 + person % 75
        rows = list(
            zip(
                [f"p{i}" for i in person],
                [f"h{i // 2}" for i in person],
                area,
                sex,
                born,
                strict=True,
            )
        )
        frame = TINY.respondents(wave.id, rows)
        for name in "abc":
            answers = rng.choice(list("12345"), n).astype(object)
            answers[rng.random(n) < 0.15] = None
            frame[name] = answers
        waves[wave.id] = frame
    return waves


@FEW
@given(surveys())
def test_scores_stay_within_the_range_of_their_scale(waves):
    scored = score_waves(waves, BOOK)
    for scale in BOOK.scales.values():
        values = scored[scale.id].dropna()
        assert values.between(scale.minimum - 1e-9, scale.maximum + 1e-9).all()


@FEW
@given(surveys())
def test_more_missing_answers_never_give_more_scores(waves):
    emptied = {w: frame.assign(a=None) for w, frame in waves.items()}
    full, less = score_waves(waves, BOOK), score_waves(emptied, BOOK)
    for name in RULES:
        assert less[name].notna().sum() <= full[name].notna().sum()
    assert less["counted"].isna().all()


def weighed(waves):
    return weigh_panel(score_waves(waves, BOOK), TINY.population(), STUDY, BOOK)


@FEW
@given(surveys())
def test_weights_are_positive_and_add_up_to_the_residents_of_each_area(waves):
    frame = weighed(waves).frame
    assert (frame["weight"] > 0).all()
    sums = frame.groupby(["wave", "area_code"])["weight"].sum()
    assert sums.to_numpy() == pytest.approx(600)


@FEW
@given(surveys(), st.integers(0, 1000))
def test_the_order_of_the_respondents_does_not_matter(waves, seed):
    shuffled = {w: frame.sample(frac=1, random_state=seed) for w, frame in waves.items()}
    one, other = weighed(waves), weighed(shuffled)
    for estimate in (area_levels, area_changes):
        first = estimate(one, BOOK.scales["average"], STUDY)
        second = estimate(other, BOOK.scales["average"], STUDY)
        pd.testing.assert_frame_equal(first, second, rtol=1e-7, atol=1e-9)


@FEW
@given(surveys(), st.sampled_from(["average", "good"]))
def test_every_level_has_an_interval_around_it_or_a_reason(waves, name):
    levels = area_levels(weighed(waves), BOOK.scales[name], STUDY)
    shown = levels[levels["status"] == "estimated"]
    assert (shown["ci_low"] <= shown["estimate"] + 1e-12).all()
    assert (shown["estimate"] <= shown["ci_high"] + 1e-12).all()
    assert (shown["n_households"] <= shown["n"]).all()
    hidden = levels[levels["status"] != "estimated"]
    assert (hidden["reason"] != "").all()
    assert hidden["estimate"].isna().all()


@FEW
@given(surveys())
def test_changes_are_differences_of_levels(waves):
    panel = weighed(waves)
    levels = area_levels(panel, BOOK.scales["average"], STUDY)
    table = levels.pivot_table("estimate", index="area", columns="wave")
    changes = area_changes(panel, BOOK.scales["average"], STUDY)
    changes = changes[changes["status"] == "estimated"].set_index("area")["estimate"]
    expected = (table[LATER] - table[STUDY.baseline.id])[changes.index]
    assert changes.to_numpy() == pytest.approx(expected.to_numpy())
