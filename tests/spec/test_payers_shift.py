"""The matrix of laws and payers adds up to the cent; its intervals come from the areas' sums."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluatie.costs.payers.care_years import CareYears
from evaluatie.costs.payers.shift import Comparison, Shift, shift
from evaluatie.domain import Side, Weighting
from evaluatie.methods.areas.randomisation import (
    Assignments,
    complete_assignments,
    difference,
    randomisation_interval,
)

TREATED = np.repeat([True, False], 4)
ALL = complete_assignments(TREATED)
PILOT, OTHER = Side.PILOT, Side.COMPARISON


def care(seed: int, law: str, payer: str, size: np.ndarray | None = None) -> CareYears:
    rng = np.random.default_rng(seed)
    cents = rng.integers(-5_000, 90_000_000, (8, 2))
    size = rng.uniform(300, 4000, (8, 2)) if size is None else size
    return CareYears(law, payer, "", cents, size, ("", ""))


HEADS = np.random.default_rng(0).uniform(2000, 5000, (8, 2))
TOWN = [care(1, "help", "town", HEADS), care(2, "youth", "town", HEADS)]
INSURER = [care(k, "health", "insurer", HEADS * 0.4 * (1 + 0.1 * np.eye(8, 2))) for k in (3, 4, 5)]
OFFICE = [care(6, "stay", "office", HEADS)]
EVERY = [*TOWN, *INSURER, *OFFICE]


def compared(**changes) -> Comparison:
    return Comparison(**({"assignments": ALL, "heads": HEADS[:, 1], "level": 0.95} | changes))


def numbers(found: Shift) -> list[float]:
    sides = [amounts[s] for amounts in (found.before, found.after) for s in Side]
    moved = [found.difference[side].estimate for side in Side]
    return [*sides, *moved, found.people, found.elsewhere, found.beyond.estimate]


def cents(found: Shift) -> list[int]:
    values = [100 * value for value in numbers(found)]
    assert all(abs(value - round(value)) < 1e-4 for value in values)
    return [round(value) for value in values]


def test_laws_and_payers_add_up_to_the_whole_to_the_cent() -> None:
    whole = cents(shift(EVERY, 0, 1, compared()))
    payers = [cents(shift(parts, 0, 1, compared())) for parts in (TOWN, INSURER, OFFICE)]
    single = [cents(shift([part], 0, 1, compared())) for part in EVERY]
    assert np.sum(payers, axis=0).tolist() == whole
    assert np.sum(single, axis=0).tolist() == whole


def test_the_difference_is_people_plus_elsewhere_plus_beyond() -> None:
    for parts in (EVERY, TOWN, [INSURER[0]]):
        found = cents(shift(parts, 0, 1, compared()))
        before, after, moved = found[0], found[2], found[4]
        assert after - before == moved == sum(found[6:])


def test_each_number_is_what_its_formula_says_by_hand() -> None:
    part = INSURER[0]
    found = shift([part], 0, 1, compared())
    pilot, other = range(4), range(4, 8)
    euros, size = part.cents / 100, part.size
    rate = [euros[g, 1] / size[g, 1] - euros[g, 0] / size[g, 0] for g in range(8)]
    own = sum(size[g, 1] for g in pilot)
    mean = {
        name: sum(size[g, 1] * rate[g] for g in areas) / sum(size[g, 1] for g in areas)
        for name, areas in (("pilot", pilot), ("other", other))
    }
    assert found.before[PILOT] == pytest.approx(sum(euros[g, 0] for g in pilot), abs=1e-6)
    assert found.after[OTHER] == pytest.approx(sum(euros[g, 1] for g in other), abs=1e-6)
    assert found.beyond.estimate == pytest.approx(own * (mean["pilot"] - mean["other"]), abs=0.006)
    assert found.elsewhere == pytest.approx(own * mean["other"], abs=0.02)
    more = sum(euros[g, 0] * (size[g, 1] / size[g, 0] - 1) for g in pilot)
    assert found.people == pytest.approx(more, abs=0.006)


def test_one_denominator_gives_contrast_and_interval_of_the_verdict_times_the_residents() -> None:
    found = shift(TOWN, 0, 1, compared())
    per_head = sum(p.cents[:, 1] / HEADS[:, 1] - p.cents[:, 0] / HEADS[:, 0] for p in TOWN) / 100
    residents = HEADS[TREATED, 1].sum()
    verdict = difference(per_head, HEADS[:, 1], ALL)[ALL.observed]
    ends = randomisation_interval(per_head, HEADS[:, 1], ALL, 0.95)
    assert found.beyond.estimate == pytest.approx(verdict * residents, abs=0.02)
    assert (found.beyond.low, found.beyond.high) == pytest.approx(
        (ends[0] * residents, ends[1] * residents), rel=1e-9
    )


def test_equal_weights_average_the_areas_and_split_nothing() -> None:
    part = TOWN[0]
    found = shift([part], 0, 1, compared(weighting=Weighting.EQUAL))
    rate = (part.cents[:, 1] / HEADS[:, 1] - part.cents[:, 0] / HEADS[:, 0]) / 100
    expected = (rate[:4].mean() - rate[4:].mean()) * HEADS[:4, 1].sum()
    assert found.beyond.estimate == pytest.approx(expected, abs=0.01)
    assert math.isnan(found.people)
    assert math.isnan(found.elsewhere)


def test_interval_of_a_difference_is_cr2_of_the_areas_of_that_side() -> None:
    found = shift(TOWN, 0, 1, compared()).difference[OTHER]
    change = sum(p.cents[4:, 1] - p.cents[4:, 0] for p in TOWN) / 100
    heads = HEADS[4:, 1]
    share = heads / heads.sum()
    left = (change - share * change.sum()) / np.sqrt(1 - share)
    reach = found.high - found.estimate
    assert found.estimate == pytest.approx(change.sum(), abs=1e-6)
    assert found.estimate - found.low == pytest.approx(reach)
    ratio = reach / math.sqrt((left**2).sum())
    assert stats.t.ppf(0.975, 3) < ratio < stats.t.ppf(0.975, 2)  # df a little below G - 1


def test_intervals_of_parts_are_not_added() -> None:
    whole = shift(EVERY, 0, 1, compared()).beyond
    parts = [shift([part], 0, 1, compared()).beyond for part in EVERY]
    assert whole.high - whole.low < sum(part.high - part.low for part in parts)


def test_without_an_effect_the_interval_of_the_whole_covers_zero() -> None:
    """Every assignment in turn is the one that took place; the areas are as they are."""
    missed, rows = 0, range(len(ALL.matrix))
    for row in rows:
        found = shift(EVERY, 0, 1, compared(assignments=Assignments(ALL.matrix, row))).beyond
        missed += not found.low <= 0 <= found.high
    assert missed <= 0.05 * len(rows) + 1  # sizes of the pilot are its own: all but exchangeable


def test_an_effect_that_is_there_is_found_with_its_sign() -> None:
    quiet = [
        CareYears("help", "town", "", np.tile((HEADS[:, :1] * 1e5).astype(int), 2), HEADS, ("", ""))
    ]
    moved = quiet[0].cents.copy()
    noise = np.arange(8) * 50_000
    moved[:, 1] = HEADS[:, 1] * 1e5 + noise
    moved[:4, 1] += 40_000_000
    found = shift([CareYears("help", "town", "", moved, HEADS, ("", ""))], 0, 1, compared())
    assert found.beyond.estimate == pytest.approx(1_600_000, rel=0.02)
    assert found.beyond.low > 0


def test_one_area_per_side_is_described_without_an_interval() -> None:
    two = Comparison(complete_assignments([True, False]), HEADS[:2, 1], 0.95)
    part = TOWN[0]
    small = CareYears("help", "town", "", part.cents[:2], HEADS[:2], ("", ""))
    found = shift([small], 0, 1, two)
    assert math.isnan(found.difference[PILOT].low)
    assert (found.beyond.low, found.beyond.high) == (-math.inf, math.inf)
