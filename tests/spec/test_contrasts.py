"""The agreed contrast against brute force over all assignments, and its adjustment."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement.model import Margin, Question
from evaluatie.declarations import Label
from evaluatie.domain import Aim, Horizon, Population, QuestionType, Side, Weighting
from evaluatie.evaluation.contrasts import Contrast, adjust, contrast
from evaluatie.study import Area, Design, Study, Wave

TEXT = Label(nl="x", en="x")
PILOTS = 4
CHANGE = np.array([2.0, 1.1, 3.2, 1.5, 0.4, -0.3, 1.0, 0.2])
RESIDENTS = np.array([5200.0, 3100, 4100, 1900, 6100, 2800, 3900, 3300])


def study(design: Design | None = None, pairs: bool = False) -> Study:
    from datetime import date
    from pathlib import Path

    areas = tuple(
        Area(
            code=f"area{i}",
            name=f"Area {i}",
            side=Side.PILOT if i < PILOTS else Side.COMPARISON,
            pair=f"pair{i % PILOTS}" if pairs else None,
        )
        for i in range(len(CHANGE))
    )
    waves = tuple(
        Wave(id=f"t{n}", label=TEXT, start=date(2001 + n, 7, 1), end=date(2001 + n, 9, 30),
             report_from=date(2002 + n, 1, 1))
        for n in range(2)
    )  # fmt: skip
    return Study(
        root=Path("."), id="s", title=TEXT, municipality={"code": "m", "name": "M"}, waves=waves,
        areas=areas, pilot_start=date(2001, 9, 1), cost_years=(2000, 2002),
        cost_baseline=(date(2000, 7, 1), date(2001, 6, 30)), price_level=2002, seed=1,
        report_date=date(2003, 1, 1), feeds=(), design=design or Design(),
    )  # fmt: skip


def question(kind: QuestionType, weighting: Weighting = Weighting.EQUAL) -> Question:
    return Question(
        id="q", label=TEXT, aim=Aim.COST, indicator="i", type=kind,
        population=Population.CURRENT_RESIDENTS, weighting=weighting,
        contrast="difference_in_differences", test="randomisation",
        margin=Margin(value=1.0, reason=TEXT, source="test"), verdict_wave="t1",
        horizon=Horizon.QUICK_WIN, decision=TEXT, section="cost",
    )  # fmt: skip


def changes(values: np.ndarray = CHANGE) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "area": [f"area{i}" for i in range(len(values))],
            "change": values,
            "residents": RESIDENTS,
            "n": 100,
        }
    )


def brute_force_p(values: np.ndarray, weights: np.ndarray, null: float, upward: bool) -> float:
    """One-sided p over every choice of pilot areas, computed the long way."""
    shifted = values - null * (np.arange(len(values)) < PILOTS)

    def statistic(chosen: tuple[int, ...]) -> float:
        mask = np.isin(np.arange(len(values)), chosen)
        inside = np.average(shifted[mask], weights=weights[mask])
        return float(inside - np.average(shifted[~mask], weights=weights[~mask]))

    observed = statistic(tuple(range(PILOTS)))
    every = [statistic(chosen) for chosen in combinations(range(len(values)), PILOTS)]
    sign = 1 if upward else -1
    return float(np.mean([sign * value >= sign * observed - 1e-12 for value in every]))


@pytest.mark.parametrize("weighting", list(Weighting))
def test_superiority_is_twice_the_smaller_one_sided_p(weighting):
    found = contrast(study(), question(QuestionType.SUPERIORITY, weighting), "t1", changes(), 1)
    weights = RESIDENTS if weighting is Weighting.RESIDENT else np.ones(8)
    one_sided = [brute_force_p(CHANGE, weights, 0.0, upward) for upward in (True, False)]
    assert found.p_value == pytest.approx(min(1.0, 2 * min(one_sided)))
    assert found.estimate == pytest.approx(
        np.average(CHANGE[:4], weights=weights[:4]) - np.average(CHANGE[4:], weights=weights[4:])
    )


def test_non_inferiority_of_a_cost_tests_the_margin_from_below():
    found = contrast(study(), question(QuestionType.NON_INFERIORITY), "t1", changes(-CHANGE), -1)
    assert found.p_value == pytest.approx(
        min(1.0, 2 * brute_force_p(-CHANGE, np.ones(8), 1.0, upward=False))
    )
    assert found.p_harm == pytest.approx(
        min(1.0, 2 * brute_force_p(-CHANGE, np.ones(8), 1.0, upward=True))
    )


def test_interval_holds_exactly_the_effects_that_neither_one_sided_test_rejects():
    found = contrast(study(), question(QuestionType.SUPERIORITY), "t1", changes(), 1)
    for effect in np.linspace(-2, 4, 241):
        p = 2 * min(brute_force_p(CHANGE, np.ones(8), effect, upward) for upward in (True, False))
        if abs(effect - found.low) > 0.03 and abs(effect - found.high) > 0.03:
            assert (found.low <= effect <= found.high) == (p > 0.05)


def test_smallest_attainable_p_of_four_against_four_and_of_four_pairs():
    kind = question(QuestionType.SUPERIORITY)
    complete = contrast(study(), kind, "t1", changes(), 1)
    paired = contrast(study(Design(assignment="pairs"), pairs=True), kind, "t1", changes(), 1)
    assert complete.p_attainable == pytest.approx(2 / 70)
    assert paired.p_attainable == pytest.approx(2 / 16)


def test_other_waves_have_an_interval_but_no_p():
    kind = question(QuestionType.SUPERIORITY).model_copy(update={"verdict_wave": "t2"})
    found = contrast(study(), kind, "t1", changes(), 1)
    assert np.isnan(found.p_value)
    assert found.low < found.estimate < found.high


def test_an_area_without_a_change_makes_the_contrast_not_estimable():
    values = CHANGE.copy()
    values[2] = np.nan
    found = contrast(study(), question(QuestionType.SUPERIORITY), "t1", changes(values), 1)
    assert found.reason == "no_change_in_areas:1"
    assert np.isnan(found.estimate)


def made(name: str, values: np.ndarray) -> Contrast:
    kind = question(QuestionType.SUPERIORITY).model_copy(update={"id": name})
    return contrast(study(), kind, "t1", changes(values), 1)


def test_primary_questions_take_the_running_maximum_and_a_gap_ends_the_sequence():
    found = {"a": made("a", CHANGE), "b": made("b", CHANGE[::-1].copy()), "c": made("c", CHANGE)}
    adjusted = adjust(found, ["a", "b", "c"], [])
    assert adjusted["a"][0] == pytest.approx(found["a"].p_value)
    assert adjusted["c"][0] == pytest.approx(max(c.p_value for c in found.values()))
    missing = CHANGE.copy()
    missing[0] = np.nan
    gap = adjust({**found, "b": made("b", missing)}, ["a", "b", "c"], [])
    assert gap["c"][0] == 1.0


def test_a_significant_worsening_ends_the_sequence_but_keeps_its_own_p():
    found = {"a": made("a", CHANGE), "b": made("b", CHANGE)}
    adjusted = adjust(found, ["a", "b"], [], unfavourable=["a"])
    assert adjusted["a"][0] == pytest.approx(found["a"].p_value)
    assert adjusted["b"][0] == 1.0


def test_secondary_p_is_at_least_its_own_and_at_most_bonferroni():
    rng = np.random.default_rng(1)
    found = {name: made(name, rng.normal(size=8)) for name in "abc"}
    adjusted = adjust(found, [], list("abc"))
    for name, (p, floor) in adjusted.items():
        assert found[name].p_value <= p <= min(1.0, 3 * found[name].p_value) + 1e-12
        assert floor == pytest.approx(2 / 70)
