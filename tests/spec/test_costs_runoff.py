"""Run-off of declarations: the triangle, how quarters are completed, and when they are cut."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import COMPARISON, PILOT

from evaluatie.costs import area_change, build_ledger, cost_cells, run_off, runoffs_of
from evaluatie.domain import CostBasis
from evaluatie.methods import chain_ladder, complete_amounts, lognormal_interval

STUDY = example.study(runoff_quarters=2, cost_years=[2016, 2018], report_date="2019-06-30")
SHARES = (0.60, 0.30, 0.10)  # of a quarter: in within a month of its end, three and six months on
HOMES = example.addresses(("h", PILOT, "2010-01-01", None), ("g", COMPARISON, "2010-01-01", None))


def lines_of(growth=0.0, seed=0, until="2019-01-31", shares=SHARES):
    """Lines of two arrangements in every quarter of 2016-2018, as far as booked by ``until``."""
    rng = np.random.default_rng(seed)
    rows = []
    for quarter in pd.period_range("2016Q1", "2018Q4", freq="Q"):
        for number, law in (("A0", 1.0), ("A1", 2.0)):
            whole = 1000.0 * law * (1 + growth * rng.normal())
            for k, share in enumerate(shares):
                booked = quarter.end_time.normalize() + pd.DateOffset(months=3 * k, days=25)
                noise = 1 + growth * rng.normal() / 10
                rows.append(
                    {
                        "assignment_no": number,
                        "month": quarter.start_time + pd.DateOffset(months=k),
                        "amount_eur": round(whole * share * noise, 2),
                        "delivered_volume": 1.0,
                        "booked_on": booked,
                    }
                )
    frame = example.declarations(*rows)
    return frame[frame["booked_on"] <= pd.Timestamp(until)].reset_index(drop=True)


def feeds(lines, **others):
    rows = example.arrangements(
        {"start": "2015-01-01"},
        {"start": "2015-01-01", "household_id": "g", "person_id": "c", "provider_id": "w"},
    )
    known = {"arrangements": rows, "declarations": lines, "addresses": HOMES}
    return example.data(**(known | others))


def brute_force(lines, extracted):
    """Cumulative euros by quarter and delay: count every line, date by date."""
    ends = {q: q.end_time.date() for q in pd.period_range("2016Q1", "2018Q4", freq="Q")}
    ended = [q for q, day in ends.items() if day <= extracted]
    diagonals = [(pd.Timestamp(extracted) - pd.DateOffset(months=3 * k)).date() for k in range(12)]
    table = defaultdict(float)
    for row in lines.itertuples():
        quarter = row.month.to_period("Q")
        for age in range(len(ended)):
            delay = len(ended) - 1 - ended.index(quarter) - age
            if delay >= 0 and row.booked_on.date() <= diagonals[age]:
                table[quarter, delay] += row.amount_eur
    return table


@pytest.mark.parametrize("until", ["2019-01-31", "2019-02-14", "2018-12-31", "2018-10-30"])
def test_triangle_is_that_of_a_loop_over_lines_and_days(until):
    lines = lines_of(growth=0.1, seed=4, until=until)
    found = run_off(feeds(lines), example.codebook(), STUDY)
    extracted = lines["booked_on"].max().date()
    assert found.extracted.date() == extracted
    triangle = found.laws["help"].triangle
    expected = brute_force(lines, extracted)
    for row, quarter in enumerate(found.quarters):
        for delay in range(triangle.shape[1]):
            if np.isnan(triangle[row, delay]):
                assert row + delay > len(found.quarters) - 1
            else:
                assert triangle[row, delay] == pytest.approx(expected[quarter, delay])


def test_shares_that_never_change_are_found_back_exactly():
    found = run_off(feeds(lines_of()), example.codebook(), STUDY)
    assert found.months[:3] == (1, 4, 7)
    development = found.laws["help"].development
    np.testing.assert_allclose(development.factor[:3], [0.9 / 0.6, 1 / 0.9, 1.0])
    np.testing.assert_allclose(development.variance, 0, atol=1e-12)
    assert [found.delay(q) for q in ("2018-Q4", "2018-Q3", "2016-Q1", "2019-Q1")] == [0, 1, 8, None]
    completed = found.complete("help", "2018-Q4", [600.0, 1200.0])
    np.testing.assert_allclose(completed.ultimate, [1000.0, 2000.0])


def test_lines_without_a_usable_booking_date_are_counted_and_not_in_the_triangle():
    lines = lines_of()
    whole = run_off(feeds(lines), example.codebook(), STUDY)
    more = example.declarations(
        {"booked_on": None, "amount_eur": 1e5},
        {"booked_on": None, "amount_eur": 1e5},
        {"booked_on": "2099-01-01", "amount_eur": 1e5},
        {"assignment_no": "nobody", "booked_on": None, "amount_eur": 1e5},
    )
    found = run_off(feeds(pd.concat([lines, more])), example.codebook(), STUDY)
    assert (found.undated, found.too_late) == (2, 1)
    assert found.extracted == whole.extracted
    np.testing.assert_array_equal(found.laws["help"].triangle, whole.laws["help"].triangle)


def test_a_credit_lowers_the_amount_from_the_day_it_was_booked():
    lines = lines_of()
    credit = example.declarations(
        {"month": "2017-01-01", "amount_eur": -100.0, "booked_on": "2018-01-20"}
    )
    found = run_off(feeds(pd.concat([lines, credit])), example.codebook(), STUDY)
    before = run_off(feeds(lines), example.codebook(), STUDY)
    less = (before.laws["help"].triangle - found.laws["help"].triangle)[4]
    assert less[:6].tolist() == [0, 0, 0, 100, 100, 100]


def test_without_booking_dates_or_declarations_there_is_no_run_off():
    lines = lines_of().assign(booked_on=pd.NaT)
    assert run_off(feeds(lines), example.codebook(), STUDY) is None
    assert run_off(example.data(), example.codebook(), STUDY) is None


def test_a_quarter_without_declarations_gives_no_factor_but_a_reason():
    lines = lines_of()
    lines = lines[lines["month"].dt.to_period("Q").astype(str) != "2017Q2"]
    law = run_off(feeds(lines), example.codebook(), STUDY).laws["help"]
    assert law.development is None
    assert "zero or negative" in law.refused
    whole = run_off(feeds(lines), example.codebook(), STUDY)
    assert whole.complete("help", "2018-Q4", [1.0]) is None


# ---- cells -------------------------------------------------------------------------------------


def cells_of(study, lines, **others):
    data, book = feeds(lines, **others), example.codebook()
    ledger = build_ledger(data, book, study)
    return cost_cells(ledger, study, book, runoffs_of(data, book, study)), data


def completing(**changes):
    return example.study(
        **({"runoff_quarters": 2, "runoff": "complete", "report_date": "2019-06-30"} | changes)
    )


def test_cut_is_the_default_and_leaves_no_trace_of_the_last_quarters():
    cells, data = cells_of(STUDY, lines_of())
    assert STUDY.runoff == "cut"
    assert runoffs_of(data, example.codebook(), STUDY) == {}
    assert not cells["completed"].any()
    assert cells.query("basis == 'declared'")["period"].max() == "2018-Q2"
    assert cells[["low", "high"]].isna().all(axis=None)


def test_completed_quarters_are_booked_amounts_times_the_factor_with_an_interval():
    lines = lines_of(growth=0.05, seed=1)
    cells, data = cells_of(completing(), lines)
    law = run_off(data, example.codebook(), completing()).laws["help"]
    cell = cells.query("area == @PILOT and law == 'help' and basis == 'declared'")
    cell = cell.set_index("period").loc["2018-Q4"]
    booked = lines.query("assignment_no == 'A0' and month >= '2018-10-01'")["amount_eur"].sum()
    assert cell["cents"] == round(100 * booked)  # what is booked stays what is booked
    development = chain_ladder(law.triangle)
    final = complete_amounts(development, [booked], [0])
    low, high = lognormal_interval(final.ultimate[0], final.std_error[0], 0.95)
    per_resident = 4 / 1000
    assert cell["eur_per_resident_year"] == pytest.approx(final.ultimate[0] * per_resident)
    assert (cell["low"], cell["high"]) == pytest.approx((low * per_resident, high * per_resident))
    assert bool(cell["completed"])
    earlier = cells.query("period <= '2018-Q2'")
    pd.testing.assert_frame_equal(
        earlier.reset_index(drop=True),
        cells_of(STUDY, lines)[0].query("period <= '2018-Q2'").reset_index(drop=True),
    )


def test_payers_and_sides_are_the_sums_of_their_completed_laws_and_areas():
    lines = lines_of(growth=0.05, seed=2)
    benefits = example.benefits({"end": "2018-12-31"})
    cells, _ = cells_of(completing(), lines, benefits=benefits)
    late = cells.query("completed and basis == 'declared' and period == '2018-Q4'")
    eur = late.set_index(["area", "law"])["eur"]
    for area in (PILOT, "pilot"):
        laws = eur[area].drop("payer:town")
        assert eur[area, "payer:town"] == pytest.approx(laws.sum())
    assert eur["pilot", "help"] == pytest.approx(eur[PILOT, "help"])
    income = late.query("law == 'income' and area == @PILOT").iloc[0]
    assert income["eur"] == pytest.approx(3000.0)  # paid: complete as it is
    assert income["low"] == income["high"] == income["eur_per_resident_year"]


def test_a_quarter_of_which_too_little_is_in_is_cut_all_the_same():
    cells, _ = cells_of(completing(), lines_of(shares=(0.4, 0.5, 0.1)))
    found = cells.query("basis == 'declared'")
    assert found["period"].max() == "2018-Q3"  # 90% is in; of the fourth 40%
    assert found.query("completed")["period"].unique().tolist() == ["2018-Q3"]


def test_allocated_amounts_are_never_completed():
    cells, _ = cells_of(completing(), lines_of())
    assert not cells.query("basis == 'allocated'")["completed"].any()
    assert set(runoffs_of(feeds(lines_of()), example.codebook(), completing())) == {
        str(CostBasis.DELIVERED),
        str(CostBasis.DECLARED),
    }


def test_a_contrast_never_rests_on_completed_quarters():
    study = completing(
        runoff_quarters=4,
        cost_years=[2016, 2018],
        waves=[
            {
                "id": f"t{i}", "label": example.text("T"), "start": day, "end": day,
                "report_from": day,
            }
            for i, day in enumerate((date(2017, 7, 1), date(2018, 10, 1)))
        ],
    )  # fmt: skip
    cells, _ = cells_of(study, lines_of())
    assert cells.query("basis == 'declared' and completed")["period"].nunique() == 4
    found = area_change(cells, example.indicator(laws=["help"]), "t1", study)
    assert found["change"].isna().all()
    assert "declarations are not complete" in found["reason"].iloc[0]
