"""The agreed contrast against brute force over all assignments, and its adjustment."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement import AgreementBook
from evaluatie.agreement.model import Margin, Question
from evaluatie.declarations import Label
from evaluatie.domain import Aim, Horizon, Population, QuestionType, Side, Weighting
from evaluatie.evaluation.combined import combine
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
        assert 2 / 70 - 1e-12 <= floor <= p + 1e-12


def test_attainable_after_adjustment_is_the_best_of_every_assignment_as_the_observed_one():
    """Brute force: relabel the areas as each assignment would have, and adjust again."""
    rng = np.random.default_rng(7)
    values = {name: rng.normal(size=8) for name in "abc"}
    floors = {name: floor for name, (_, floor) in adjust(
        {name: made(name, v) for name, v in values.items()}, [], list("abc")).items()}  # fmt: skip
    best = dict.fromkeys("abc", 1.0)
    for chosen in combinations(range(8), PILOTS):
        order = [*chosen, *(i for i in range(8) if i not in chosen)]
        relabelled = {name: made(name, v[order]) for name, v in values.items()}
        for name, (p, _) in adjust(relabelled, [], list("abc")).items():
            best[name] = min(best[name], p)
    assert floors == pytest.approx(best)
    assert max(floors.values()) > 0.05  # not every question could have been shown beside the others


def test_a_secondary_question_alone_keeps_the_floor_of_the_design():
    adjusted = adjust({"a": made("a", CHANGE)}, [], ["a"])
    assert adjusted["a"][1] == pytest.approx(2 / 70)


def test_a_downgraded_question_has_an_interval_and_takes_no_part_in_any_correction():
    kind = question(QuestionType.SUPERIORITY).model_copy(update={"id": "b"})
    silent = contrast(study(), kind, "t1", changes(CHANGE[::-1].copy()), 1, "low_power")
    assert np.isnan(silent.p_value)
    assert silent.low < silent.estimate < silent.high
    found = {"a": made("a", CHANGE), "b": silent, "c": made("c", CHANGE)}
    in_order = adjust(found, ["a", "b", "c"], [])
    assert set(in_order) == {"a", "c"}
    assert in_order["c"][0] == pytest.approx(found["c"].p_value)
    family = adjust(found, [], ["a", "b"])
    assert set(family) == {"a"}
    assert family["a"][0] == pytest.approx(found["a"].p_value)


# ------------------------------------------------------------------- combined questions


def both() -> Question:
    return Question(
        id="both", label=TEXT, aim=Aim.COST, type=QuestionType.INTERSECTION_UNION,
        combines=("a", "b"), population=Population.CURRENT_RESIDENTS, weighting=Weighting.EQUAL,
        contrast="none", test="intersection_union", verdict_wave="t1", horizon=Horizon.QUICK_WIN,
        decision=TEXT, section="cost",
    )  # fmt: skip


def book(kinds: dict[str, QuestionType]) -> AgreementBook:
    asked = {n: question(k).model_copy(update={"id": n}) for n, k in kinds.items()}
    return AgreementBook(
        questions={**asked, "both": both()}, testing_order=("a", "b"), agreements={}, projects=(),
        events=(), reports={}, deviations=(), report_from={},
    )  # fmt: skip


KINDS = {"a": QuestionType.SUPERIORITY, "b": QuestionType.NON_INFERIORITY}


def parts(first: np.ndarray, second: np.ndarray) -> list[Contrast]:
    asked = book(KINDS).questions
    found = {"a": contrast(study(), asked["a"], "t1", changes(first), 1),
             "b": contrast(study(), asked["b"], "t1", changes(second), -1)}  # fmt: skip
    adjusted = adjust(found, ["a", "b"], [])
    return [replace(found[n], p_adjusted=p, p_attainable=f) for n, (p, f) in adjusted.items()]


def test_a_combined_question_has_the_largest_p_of_its_parts():
    both_good = parts(CHANGE, -CHANGE)
    found = combine(both(), both_good, book(KINDS), {"a": 1, "b": -1})
    assert found.p_value == max(p.p_value for p in both_good)
    assert found.p_adjusted == max(p.p_adjusted for p in both_good)
    assert found.p_attainable == pytest.approx(2 / 70)
    assert found.n == both_good[0].n


def test_a_significant_worsening_is_no_evidence_for_the_combined_question():
    worse = parts(-CHANGE, -CHANGE)
    assert worse[0].p_value < 0.1
    found = combine(both(), worse, book(KINDS), {"a": 1, "b": -1})
    assert (found.p_value, found.p_adjusted) == (1.0, 1.0)


def test_a_part_without_an_estimate_leaves_the_combined_question_without_p():
    values = CHANGE.copy()
    values[0] = np.nan
    gone = [made("a", values), *parts(CHANGE, -CHANGE)[1:]]
    assert np.isnan(combine(both(), gone, book(KINDS), {"a": 1, "b": -1}).p_value)
