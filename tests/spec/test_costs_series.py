"""Cost per quarter and month: the same euros as the cells, and which periods are complete."""

from datetime import date

import costs_example as example
import numpy as np
import pytest
from costs_example import COMPARISON, PILOT

from evaluatie.costs import build_ledger, cost_cells, cost_series
from evaluatie.errors import RefusedError

CODEBOOK = example.codebook()
HELP = example.indicator(laws=["help"])
HOMES = example.addresses(
    ("h", PILOT, "2010-01-01", None),
    ("i", PILOT, "2010-01-01", None),
    ("j", COMPARISON, "2010-01-01", None),
)
ARRANGEMENTS = example.arrangements(
    {},
    {"person_id": "c", "household_id": "i"},
    {"person_id": "d", "household_id": "j"},
)
LINES = example.declarations(
    {"amount_eur": 300.0, "month": "2017-01-01"},
    {"amount_eur": 100.0, "month": "2017-02-01"},
    {"amount_eur": 50.0, "month": "2017-02-01", "assignment_no": "A1"},
    {"amount_eur": 80.0, "month": "2018-11-01", "assignment_no": "A2"},
)
FEEDS = {"arrangements": ARRANGEMENTS, "declarations": LINES, "addresses": HOMES}


def series(frequency="quarter", **changes):
    study = example.study(**changes)
    ledger = build_ledger(example.data(**FEEDS), CODEBOOK, study)
    return cost_series(ledger, HELP, study, CODEBOOK, frequency), study, ledger


def test_a_quarter_counts_four_times_and_a_month_twelve_times():
    quarters, months = series()[0], series("month")[0]
    factor = 103.4 / 101.7  # prices of 2018
    assert quarters.areas == (PILOT, COMPARISON)
    assert list(map(str, quarters.periods[[0, -1]])) == ["2016Q1", "2018Q4"]
    assert quarters.eur.shape == (2, 12)
    assert quarters.eur[0, 4] == pytest.approx(450 * 4 / 1000 * factor)
    assert months.eur[0, 12] == pytest.approx(300 * 12 / 1000 * factor)
    assert months.eur[0, 13] == pytest.approx(150 * 12 / 1000 * factor)
    assert quarters.eur[1, 11] == pytest.approx(80 * 4 / 1000)
    assert quarters.eur.sum() == pytest.approx(quarters.eur[0, 4] + quarters.eur[1, 11])


def test_persons_and_households_of_each_period():
    months = series("month")[0]
    assert months.persons[0, 12:15].tolist() == [1, 2, 0]
    assert months.households[0, 12:15].tolist() == [1, 2, 0]
    assert series()[0].persons[0, 4] == 2


def test_the_quarters_are_those_of_the_cost_cells():
    found, study, ledger = series()
    cells = cost_cells(ledger, study, CODEBOOK)
    cells = cells[(cells["law"] == "help") & (cells["basis"] == "declared")]
    cells = cells[cells["level"] == "area"]
    table = cells.pivot_table("eur_per_resident_year", index="area", columns="period")
    np.testing.assert_allclose(found.eur, table.loc[list(found.areas)])


def test_the_last_quarters_of_declarations_are_not_complete():
    assert series()[0].complete.all()
    assert series(runoff_quarters=2)[0].complete.tolist() == [True] * 10 + [False] * 2
    assert series("month", runoff_quarters=2)[0].complete.sum() == 30
    found, study, ledger = series(runoff_quarters=2)
    allocated = cost_series(ledger, HELP, study, CODEBOOK, "quarter", "allocated")
    assert allocated.complete.all()
    assert found.eur[1, 11] > 0  # there, and flagged


def test_periods_before_and_after_a_day():
    found = series()[0]
    start = date(2017, 9, 1)  # within the third quarter
    assert found.ended_before(start).sum() == 6
    assert found.started_from(start).sum() == 5


def test_the_mean_of_areas_is_weighted_by_residents_or_equal():
    found = series()[0]
    both = found.mean_of([PILOT, COMPARISON])
    np.testing.assert_allclose(both, found.eur.mean(axis=0))  # a thousand residents each
    np.testing.assert_allclose(found.mean_of([PILOT]), found.eur[0])
    equal = found.mean_of([PILOT, COMPARISON], resident_weighted=False)
    np.testing.assert_allclose(equal, both)


def test_annual_amounts_are_never_divided_into_quarters():
    _, study, ledger = series()
    with pytest.raises(RefusedError, match="has no amounts per month; its years are not divided"):
        cost_series(ledger, example.indicator(kind="insured_cost"), study, CODEBOOK)


def test_a_law_without_its_feed_is_refused():
    study = example.study()
    ledger = build_ledger(example.data(arrangements=ARRANGEMENTS, addresses=HOMES), CODEBOOK, study)
    with pytest.raises(RefusedError, match="there are no declared amounts of help"):
        cost_series(ledger, HELP, study, CODEBOOK)
