"""What a household has at once, in which combinations, for how long: households spelled out."""

import costs_example as example
import numpy as np
import pandas as pd
import pytest
from costs_example import AWAY, COMPARISON, PILOT

from evaluatie.costs import build_ledger, stacking
from evaluatie.costs.households.at_once import at_once_classes, at_once_levels, highest_at_once
from evaluatie.costs.households.care import care_spells, steps_of
from evaluatie.costs.households.combinations import ALL, OTHER, combinations
from evaluatie.costs.households.episodes import RUNNING, SEVERAL, UNKNOWN, stacking_episodes
from evaluatie.costs.households.residence import residence

BOOK, STUDY = example.codebook(), example.study()
REGISTER = pd.DataFrame({"person_id": ["a", "b", "c"], "household_id": ["h", "h", "i"]})
HOMES = example.addresses(("h", PILOT, "2010-01-01", None), ("i", COMPARISON, "2010-01-01", None))
STACKED = example.indicator(kind="stacking", minimum=2, basis=None)


def feeds(homes=HOMES, register=REGISTER, **more):
    return example.data(residents=register, addresses=homes, **more)


def spells_of(data):
    homes = residence(data, STUDY)
    return care_spells(data, STACKED, BOOK, STUDY, homes), homes


def day(text):
    return int(np.datetime64(text, "D").astype(int))


CARE = {
    "arrangements": example.arrangements(
        {"start": "2017-01-10", "end": "2017-03-31", "change_reason": "90"},
        {"start": "2017-02-15", "end": "2017-02-20", "product_code": "45", "provider_id": "w"}
        | {"person_id": "b", "change_reason": "90"},
        {"start": "2017-02-20", "end": "2017-02-28", "provider_id": "w", "person_id": "b"},
        {"start": "2017-01-01", "end": "2017-12-31", "person_id": "c", "household_id": "i"},
    ),
    "benefits": example.benefits({"start": "2017-03-01", "end": "2017-04-30"}),
}


# ---- at once -----------------------------------------------------------------------------------


def test_numbers_at_once_are_counted_day_by_day():
    spells, homes = spells_of(feeds(**CARE))
    h = np.full(7, homes.households.get_loc("h"))
    dates = ["01-09", "02-14", "02-15", "02-20", "02-21", "03-01", "04-15"]
    days = np.array([day(f"2017-{date}") for date in dates])
    assert steps_of(spells, "laws").at(h, days).tolist() == [0, 1, 2, 2, 1, 2, 1]
    assert steps_of(spells, "arrangements").at(h, days).tolist() == [0, 1, 2, 3, 2, 2, 1]
    assert steps_of(spells, "providers").at(h, days).tolist() == [0, 1, 2, 2, 2, 1, 0]
    assert steps_of(spells, "plans").at(h, days).tolist() == [0, 1, 2, 3, 2, 2, 1]


def test_month_counts_its_highest_day():
    spells, homes = spells_of(feeds(**CARE))
    highest = highest_at_once(spells, homes)
    h = homes.households.get_loc("h")
    year = homes.columns(2017)
    assert highest["arrangements"][h, year].tolist() == [1, 3, 2, 1] + [0] * 8
    assert highest["laws"][h, year].tolist() == [1, 2, 2, 1] + [0] * 8
    assert highest["providers"][h, year].tolist() == [1, 2, 1, 0] + [0] * 8


def test_levels_and_classes_by_hand():
    spells, homes = spells_of(feeds(**CARE))
    highest = highest_at_once(spells, homes)
    levels = at_once_levels(highest, homes, STUDY, 2).set_index(["area", "year", "what"])
    row = levels.loc[("pilot", 2017, "arrangements")]
    assert row[["user_months", "stacked_months", "stacked_households"]].tolist() == [4, 2, 1]
    assert row["mean"] == pytest.approx(7 / 4)
    assert levels.loc[("pilot", 2016, "laws"), "user_months"] == 0
    assert np.isnan(levels.loc[("pilot", 2016, "laws"), "stacked_share"])
    classes = at_once_classes(highest, homes, STUDY).query("area == 'pilot' and year == 2017")
    mine = classes[classes["what"] == "providers"].set_index("at_once")
    assert mine["months"].to_dict() == {0: 1, 1: 2, 2: 1}  # a month of benefit: no provider
    assert mine["highest"].to_dict() == {0: 0, 1: 0, 2: 1}
    for _, part in classes.groupby("what"):
        assert part["months"].sum() == 4
        assert part["highest"].sum() == 1


def test_two_laws_after_one_another_in_a_month_are_in_that_month_but_not_on_one_day():
    data = feeds(
        arrangements=example.arrangements(
            {"start": "2017-05-01", "end": "2017-05-10"},
            {"start": "2017-05-11", "end": "2017-05-31", "product_code": "45"},
        )
    )
    spells, homes = spells_of(data)
    levels = at_once_levels(highest_at_once(spells, homes), homes, STUDY, 2)
    assert levels["stacked_months"].sum() == 0
    whole = stacking(build_ledger(data, BOOK, STUDY), data, STACKED, STUDY, BOOK)
    assert whole.loc[whole["level"] == "side", "stacked_months"].sum() == 1


def test_void_and_unregistered_and_other_laws_do_not_count():
    data = feeds(
        arrangements=example.arrangements(
            {"start": "2017-05-01", "end": "2017-05-01", "change_reason": "13"},
            {"person_id": "z", "household_id": "gone"},
        ),
        benefits=example.benefits({}),
    )
    homes = residence(data, STUDY)
    only = example.indicator(kind="stacking", laws=["help"], basis=None)
    assert care_spells(data, only, BOOK, STUDY, homes).empty


def test_mean_per_month_has_households_as_clusters():
    """Two households, 2 and 1 at once all year: mean 1.5, every household half away from it."""
    data = feeds(
        example.addresses(("h", PILOT, "2010-01-01", None), ("i", PILOT, "2010-01-01", None)),
        arrangements=example.arrangements(
            {"start": "2017-01-01", "end": "2017-12-31"},
            {"start": "2017-01-01", "end": "2017-12-31", "product_code": "45"},
            {"start": "2017-01-01", "end": "2017-12-31", "person_id": "c", "household_id": "i"},
        ),
    )
    spells, homes = spells_of(data)
    levels = at_once_levels(highest_at_once(spells, homes), homes, STUDY, 2)
    row = levels.set_index(["area", "year", "what"]).loc[("pilot", 2017, "laws")]
    assert row["mean"] == 1.5
    assert row["mean_error"] == pytest.approx(np.sqrt(2 / 1 * 2 * (12 * 0.5) ** 2) / 24)


# ---- combinations ------------------------------------------------------------------------------


def combined(data, **more):
    ledger = build_ledger(data, BOOK, STUDY)
    return combinations(ledger, STACKED, residence(data, STUDY), STUDY, BOOK, **more)


def test_every_set_of_laws_is_counted_with_its_cost():
    table = combined(feeds(**CARE)).set_index(["area", "year", "set"])
    mine = table.loc[("pilot", 2017)]
    assert mine["months"].to_dict() == {
        "help": 1, "help+youth": 1, "help+income": 1, "income": 1, ALL: 4,
    }  # fmt: skip
    assert mine["households"].to_dict() == dict.fromkeys(mine.index, 1)
    assert mine.loc[["help+youth", "help+income", "income"], "providers"].tolist() == [2, 1, 0]
    april = 1000 * 107.5 / 107.5  # benefit of one month, at the price level of its own year ...
    level = 103.4 / 101.7  # ... expressed in that of the study
    assert mine.loc["income", "eur"] == pytest.approx(april * level)
    assert mine.loc["income", "top1_share"] == 1
    sets = mine.drop(index=ALL)
    assert sets["months"].sum() == mine.loc[ALL, "months"]
    assert sets["eur"].sum() == pytest.approx(mine.loc[ALL, "eur"])
    assert sets["share_of_months"].sum() == pytest.approx(1)


def test_sets_beyond_the_limit_go_together_and_totals_still_add_up():
    few = combined(feeds(**CARE), limit=1).set_index(["area", "year", "set"])
    assert few.loc[("pilot", 2017), "months"].to_dict() == {"help": 1, OTHER: 3, ALL: 4}
    assert few.loc[("comparison", 2017), "months"].to_dict() == {"help": 12, ALL: 12}


def test_sets_with_enough_laws_are_the_stacked_months():
    data = feeds(**CARE)
    table = combined(data)
    stacked = table[table["set"].str.contains("+", regex=False)].groupby("area")["months"].sum()
    old = stacking(build_ledger(data, BOOK, STUDY), data, STACKED, STUDY, BOOK)
    old = old[old["level"] == "side"].groupby("area")["stacked_months"].sum()
    assert stacked.to_dict() == {"pilot": old["pilot"]}


def test_sets_of_products_have_benefits_by_their_law():
    table = combined(feeds(**CARE), by="product").query("area == 'pilot'")
    assert set(table["set"]) == {"02", "02+45", "02+income", "income", ALL}


def test_household_that_moved_within_the_month_counts_where_it_lived_on_the_first():
    homes = example.addresses(
        ("h", PILOT, "2010-01-01", "2017-02-10"), ("h", AWAY, "2017-02-11", "2017-03-05"),
        ("h", COMPARISON, "2017-03-06", None),
    )  # fmt: skip
    table = combined(feeds(homes, **CARE)).query("set == 'all' and year == 2017")
    assert table.set_index("area")["months"].to_dict() == {"pilot": 2, "comparison": 1}


# ---- episodes ----------------------------------------------------------------------------------


def episodes_of(data, minimum=2):
    spells, homes = spells_of(data)
    return stacking_episodes(spells, minimum, homes, STUDY)


def test_episode_runs_from_the_second_law_to_the_day_one_falls_away():
    table = episodes_of(feeds(**CARE))
    assert table["first"].tolist() == [day("2017-02-15"), day("2017-03-01")]
    assert table["last"].tolist() == [day("2017-02-20"), day("2017-03-31")]
    assert table["days"].tolist() == [6, 31]
    assert table["ended"].tolist() == ["90", "90"]
    assert table["laws_left"].tolist() == [1, 1]
    assert table["area"].tolist() == [PILOT, PILOT]


def test_benefit_that_stops_gives_no_reason_and_two_reasons_are_several():
    care = example.arrangements(
        {"start": "2017-01-01", "end": "2017-06-30", "change_reason": "90"},
        {"start": "2017-01-01", "end": "2017-02-28", "product_code": "45"},
    )
    table = episodes_of(
        feeds(
            arrangements=care.assign(change_reason=["90", "13"]),
            benefits=example.benefits({"start": "2017-04-01", "end": "2017-05-31"}),
        )
    )
    assert table["ended"].tolist() == ["13", UNKNOWN]
    both = care.assign(change_reason=["90", "13"], end=pd.Timestamp("2017-06-30"))
    table = episodes_of(feeds(arrangements=both))
    assert table["ended"].tolist() == [SEVERAL]
    assert table["laws_left"].tolist() == [0]


def test_episode_at_either_end_of_the_cost_years_is_known_to_be_cut():
    table = episodes_of(
        feeds(
            arrangements=example.arrangements(
                {"start": "2015-01-01", "end": "2016-02-01"}, {"start": "2018-12-01", "end": None}
            ),
            benefits=example.benefits(
                {"start": "2014-01-01", "end": "2016-01-31"}, {"start": "2018-12-10", "end": None}
            ),
        )
    )
    assert table["seen_to_begin"].tolist() == [False, True]
    assert table["ended"].tolist() == [UNKNOWN, RUNNING]
    assert table["days"].tolist() == [31, 22]
    assert np.isnan(table["laws_left"].iloc[1])


def test_another_law_that_takes_over_the_next_day_does_not_end_the_episode():
    table = episodes_of(
        feeds(
            arrangements=example.arrangements(
                {"start": "2017-01-01", "end": "2017-04-30"},
                {"start": "2017-01-01", "end": "2017-02-28", "product_code": "45"},
            ),
            benefits=example.benefits({"start": "2017-03-01", "end": "2017-06-30"}),
        )
    )
    assert table["days"].tolist() == [120]


def test_nothing_stacked_is_an_empty_table():
    assert episodes_of(feeds(arrangements=example.arrangements({}))).empty
