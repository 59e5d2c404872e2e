"""Rows about stacking: what they say, who is behind them, when there is no number."""

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from stacking_example import AREAS, asked, care, rows, study

from evaluatie.evaluation.monitor.stacking import stacking_rows
from evaluatie.evaluation.monitor.stacking_episodes import ERAS

STACKED = example.indicator(id="piled", kind="stacking", minimum=2, basis=None)
EACH = 4
STACKED_IN = {"P1": (2, 1), "P2": (1, 1), "C1": (1, 2), "C2": (2, 2)}  # before, after the start


def town():
    """All households have help; some have youth care too, of other numbers in each year."""
    records = []
    for area in AREAS:
        for k in range(EACH):
            home = f"{area}-{k}"
            records.append(care(home, start="2016-01-01", end="2018-12-31"))
            for year, count in zip((2016, 2018), STACKED_IN[area], strict=True):
                if k < count:
                    more = {"product_code": "45", "provider_id": "w", "change_reason": "90"}
                    dates = {"start": f"{year}-02-01", "end": f"{year}-0{3 + k}-28"}
                    records.append(care(home, **dates, **more))
    benefits = example.benefits({}).iloc[:0]
    return {"arrangements": example.arrangements(*records), "benefits": benefits}


@pytest.fixture(scope="module")
def found():
    return rows(stacking_rows, asked(STACKED, EACH, **town()))


def test_process_rows_are_still_there(found):
    row = found.loc[("process", "share_of_users", "2016", "pilot", "")]
    assert row["estimate"] == pytest.approx((2 + 3 + 2) / (2 * EACH * 12))
    assert row["n_households"] == 3


def test_stacked_share_counts_days_and_has_an_interval_over_households(found):
    row = found.loc[("stacking", "stacked_share", "2016", "pilot", "what=laws|at_once=2+")]
    assert row["estimate"] == pytest.approx(7 / 96)
    assert 0 < row["ci_low"] < row["estimate"] < row["ci_high"] < 1
    assert row["n_households"] == 3
    assert row["n"] == 3


def test_difference_in_change_has_areas_as_clusters(found):
    """Changes by hand: P1 -3, P2 0, C1 +3, C2 0 months of 48; their means differ by 3."""
    key = ("stacking", "difference", "2018", "pilot-comparison", "what=laws|at_once=2+")
    row = found.loc[key]
    change = np.array([-3, 0, 3, 0]) / 48
    assert row["estimate"] == pytest.approx(change[:2].mean() - change[2:].mean())
    assert row["std_error"] == pytest.approx(
        np.sqrt(change[:2].var(ddof=1) / 2 + change[2:].var(ddof=1) / 2)
    )
    assert row["n_clusters"] == 4
    assert row["n_households"] == 2
    side = found.loc[("stacking", "change", "2018", "pilot", "what=laws|at_once=2+")]
    assert side["estimate"] == pytest.approx((4 - 7) / 96)


def test_classes_add_up_to_all_months_and_all_households(found):
    mine = found.xs(("stacking", "share_of_months", "2016", "comparison"))
    laws = mine[mine.index.str.startswith("what=laws")]
    assert laws["estimate"].sum() == pytest.approx(1)
    counts = found.xs(("stacking", "count", "2016", "comparison"))
    assert counts[counts.index.str.startswith("what=laws|highest")]["estimate"].to_dict() == {
        "what=laws|highest=1": 5, "what=laws|highest=2": 3,
    }  # fmt: skip


def test_combinations_carry_households_providers_and_the_largest_share(found):
    row = found.loc[("stacking", "mean", "2016", "pilot", "set=help+youth")]
    assert row[["n_households", "n_providers"]].tolist() == [3, 2]
    assert row["top1_share"] < row["top2_share"] < 1
    months = found.xs(("stacking", "household_months", "2016", "pilot"))["estimate"]
    assert months.to_dict() == {"set=help": 89, "set=help+youth": 7, "set=all": 96}


def test_episodes_are_counted_by_year_era_and_end(found):
    began = found.loc[("stacking", "episodes", "2018", "comparison", "episodes=began")]
    assert began["estimate"] == 4
    ends = found.loc[("stacking", "episodes", "", "pilot", "begun=before_start|ended=90")]
    assert ends[["estimate", "n_households"]].tolist() == [3, 3]
    left = found.loc[("stacking", "episodes", "", "pilot", "begun=before_start|laws_left=1")]
    assert left["estimate"] == 3


def test_median_and_mean_within_a_year_of_three_episodes(found):
    """February to 28 March (57 days), twice, and to 28 April (88 days): 2016 is a leap year."""
    middle = found.loc[("stacking", "median", "", "pilot", "begun=before_start")]
    assert middle["estimate"] == 57
    mean = found.loc[("stacking", "restricted_mean", "", "pilot", "begun=before_start|within=365")]
    assert mean["estimate"] == pytest.approx((57 + 57 + 88) / 3)
    assert mean["ci_low"] < mean["estimate"] < mean["ci_high"]


def test_shares_that_ended_add_up_to_those_not_running(found):
    for side in ("pilot", "comparison"):
        for era in ERAS:
            mine = found.xs(("stacking", "ended_share", "", side))
            mine = mine[mine.index.str.startswith(f"begun={era}|")]
            assert mine["estimate"].sum() == pytest.approx(1)


def test_every_row_about_people_says_how_many_and_ids_are_unique(found):
    estimated = found[found["status"] == "estimated"]
    assert (estimated["n_households"] >= 0).all()
    assert (estimated["n"] == estimated["n_households"]).all()
    assert found.index.is_unique
    silent = found[found["status"] != "estimated"]
    assert (silent["reason"] != "").all()


def test_without_a_year_before_the_start_there_is_no_difference():
    late = study(cost_years=[2018, 2018], cost_baseline=["2018-01-01", "2018-06-30"])
    found = rows(stacking_rows, asked(STACKED, EACH, late, **town()))
    row = found.xs("difference", level="term").iloc[0]
    assert row["reason"] == "no_baseline_year"


def test_without_a_feed_of_a_law_nothing_is_said_of_all_laws_together():
    feeds = town()
    del feeds["benefits"]
    found = rows(stacking_rows, asked(STACKED, EACH, **feeds))
    row = found.xs("stacking", level="table")
    assert row["reason"].tolist() == ["missing_feed_of:income"]


def test_nobody_with_care_is_a_row_with_a_reason():
    empty = {key: frame.iloc[:0] for key, frame in town().items()}
    found = rows(stacking_rows, asked(STACKED, EACH, **empty)).xs("stacking", level="table")
    assert found["reason"].tolist() == ["no_care_in_register"]
    assert isinstance(found, pd.DataFrame)
