"""Rows about the spread of cost over households: numbers by hand, thresholds, persistence."""

import costs_example as example
import numpy as np
import pytest
from stacking_example import AREAS, BOOK, asked, care, homes, people, rows, study

from evaluatie.costs import build_ledger
from evaluatie.costs.households.concentration import (
    complete_years,
    high_cost_threshold,
    household_costs,
)
from evaluatie.costs.households.residence import residence
from evaluatie.evaluation.monitor.concentration import concentration_rows
from evaluatie.methods import gini, top_share

SPREAD = example.indicator(
    id="spread", kind="concentration", basis="declared", minimum=2, quantile=0.75
)
EACH = 40
LEVEL = {2016: 103.4 / 100.3, 2017: 103.4 / 101.7, 2018: 1.0}


def euros(area, k, year):
    """Cost of household k: heavy-tailed, another order each year, more unequal in P1 in 2018."""
    rank = (k + (7 if year == 2017 else 0)) % EACH
    return round(100 * 1.15**rank * (1 + (rank if area == "P1" and year == 2018 else 0) / 10), 2)


def town(scale=1.0):
    """Every household but the last ten of an area has declared cost in June of each year."""
    records, lines = [], []
    for area in AREAS:
        for k in range(EACH - 10):
            number, home = f"{area}-{k}", f"{area}-{k}"
            records.append(care(home, assignment_no=number, start="2016-01-01", end="2018-12-31"))
            for year in LEVEL:
                amount = {"amount_eur": scale * euros(area, k, year), "month": f"{year}-06-01"}
                lines.append({"assignment_no": number, **amount})
    frames = {
        "arrangements": example.arrangements(*records),
        "declarations": example.declarations(*lines),
    }
    some = [(f"{a}-{k}", 3000.0) for a in AREAS for k in (0, 25, 28)]
    paid = [
        {"person_id": h, "household_id": h, "start": f"{y}-01-01", "end": f"{y}-01-31"}
        | {"amount_month_eur": amount}
        for h, amount in some
        for y in LEVEL
    ]
    return frames | {"benefits": example.benefits(*paid)}


def amounts(side, year):
    found = {}
    for area in (a for a, s in AREAS.items() if s == side):
        for k in range(EACH - 10):
            extra = 3000.0 if k in (0, 25, 28) else 0.0
            found[f"{area}-{k}"] = (euros(area, k, year) + extra) * LEVEL[year]
    return found


@pytest.fixture(scope="module")
def found():
    return rows(concentration_rows, asked(SPREAD, EACH, **town()))


def test_gini_with_and_without_those_who_use_nothing(found):
    mine = np.array(list(amounts("pilot", 2016).values()))
    row = found.loc[("household", "gini", "2016", "pilot", "households=users")]
    assert row["estimate"] == pytest.approx(gini(mine).estimate)
    assert row["ci_low"] < row["estimate"] < row["ci_high"]
    everyone = np.append(mine, np.zeros(20))
    row = found.loc[("household", "gini", "2016", "pilot", "households=all")]
    assert row["estimate"] == pytest.approx(gini(everyone).estimate)
    assert row["n_households"] == 60


def test_top_share_speaks_about_the_households_in_the_top(found):
    mine = np.array(sorted(amounts("comparison", 2017).values(), reverse=True))
    row = found.loc[("household", "top_share", "2017", "comparison", "households=users|top=10")]
    assert row["estimate"] == pytest.approx(top_share(mine, 0.1).estimate)
    assert row["n_households"] == 6
    assert row["top1_share"] == pytest.approx(mine[0] / mine[:6].sum())
    assert row["top2_share"] == pytest.approx(mine[:2].sum() / mine[:6].sum())
    assert row["n_providers"] == 1
    mean = found.loc[("household", "mean", "2017", "comparison", "households=users|top=10")]
    assert mean["estimate"] == pytest.approx(mine[:6].mean())


def test_a_top_of_less_than_one_household_is_not_estimable(found):
    row = found.loc[("household", "top_share", "2016", "pilot", "households=users|top=1")]
    assert (row["status"], row["reason"]) == ("not_estimable", "too_few_households")


def test_lorenz_points_lie_on_the_curve(found):
    mine = np.sort(list(amounts("pilot", 2018).values()))
    row = found.loc[("household", "lorenz", "2018", "pilot", "households=users|lowest=0.9")]
    assert row["estimate"] == pytest.approx(mine[:54].sum() / mine.sum())
    assert row["n_households"] == 6


def test_difference_compares_areas_with_their_own_baseline(found):
    row = found.loc[
        ("household", "difference", "2018", "pilot-comparison", "households=users|of=gini")
    ]

    def one(area, year):
        side = AREAS[area]
        mine = [v for h, v in amounts(side, year).items() if h.startswith(area)]
        return gini(mine).estimate

    change = {area: one(area, 2018) - one(area, 2016) for area in AREAS}
    expected = (change["P1"] + change["P2"] - change["C1"] - change["C2"]) / 2
    assert row["estimate"] == pytest.approx(expected)
    assert expected > 0
    assert row["n_clusters"] == 4


def test_cross_domain_households_have_two_laws_and_cost_above_the_threshold(found):
    start = [*amounts("pilot", 2016).values(), *amounts("comparison", 2016).values()]
    threshold = round(np.quantile(start, 0.75) / 100) * 100
    row = found.loc[("household", "threshold", "2016", "", "group=cross_domain")]
    assert row["estimate"] == threshold
    two = {h: v for h, v in amounts("pilot", 2017).items() if int(h[3:]) in (0, 25, 28)}
    chosen = {h: v for h, v in two.items() if v > threshold}
    assert 0 < len(chosen) < 7
    row = found.loc[("household", "count", "2017", "pilot", "group=cross_domain")]
    assert row["estimate"] == len(chosen)
    row = found.loc[("household", "share_of_cost", "2017", "pilot", "group=cross_domain")]
    assert row["estimate"] == pytest.approx(
        sum(chosen.values()) / sum(amounts("pilot", 2017).values())
    )


def test_the_most_expensive_are_followed_into_the_next_year(found):
    before, after = amounts("comparison", 2016), amounts("comparison", 2017)
    top = sorted(before, key=before.get, reverse=True)[:3]
    limit = sorted(after.values(), reverse=True)[2]
    again = [h for h in top if after[h] >= limit]
    row = found.loc[("household", "still_top", "2017", "comparison", "top=5")]
    tied = [h for h in before if before[h] >= before[top[-1]]]  # equals at the border count
    assert row["estimate"] == pytest.approx(len([h for h in tied if after[h] >= limit]) / len(tied))
    assert len(again) <= len(tied)
    for when, year in (("before", before), ("after", after)):
        mean = found.loc[("household", "mean", "2017", "comparison", f"top=5|when={when}")]
        assert mean["estimate"] == pytest.approx(np.mean([year[h] for h in tied]))
        assert mean["n_households"] == len(tied)


def test_gini_does_not_depend_on_the_unit_of_money(found):
    doubled = rows(concentration_rows, asked(SPREAD, EACH, **_without_benefits(town(2.0))))
    single = rows(concentration_rows, asked(SPREAD, EACH, **_without_benefits(town())))
    key = ("household", "gini", "2017", "pilot", "households=users")
    assert doubled.loc[key, "estimate"] == pytest.approx(single.loc[key, "estimate"])


def _without_benefits(feeds):
    return feeds | {"benefits": feeds["benefits"].iloc[:0]}


def test_years_with_quarters_in_the_run_off_are_not_complete():
    place = study(runoff_quarters=2)
    assert complete_years(place, "declared") == ((2016, 2017), (2018,))
    assert complete_years(place, "allocated") == ((2016, 2017, 2018), ())
    found = rows(concentration_rows, asked(SPREAD, EACH, place, **town()))
    row = found.loc[("household", "gini", "2018", "pilot", "households=users")]
    assert (row["status"], row["reason"]) == ("not_estimable", "runoff")


def test_a_household_that_moved_counts_on_both_sides_and_no_cent_is_lost():
    addresses = homes(EACH)
    moved = addresses["household_id"] == "P1-29"
    addresses.loc[moved, "end"] = "2017-06-15"
    extra = example.addresses(("P1-29", "C1", "2017-06-16", None))
    data = example.data(
        residents=people(EACH), addresses=addresses._append(extra, ignore_index=True), **town()
    )
    ledger = build_ledger(data, BOOK, study())
    costs = household_costs(ledger, SPREAD, residence(data, study()), study(), BOOK)
    both = [costs.users(2017, side) for side in ("pilot", "comparison")]
    assert all("P1-29" in side.index for side in both)
    whole = sum(amounts("pilot", 2017).values()) + sum(amounts("comparison", 2017).values())
    assert sum(side.sum() for side in both) == pytest.approx(whole)
    assert high_cost_threshold(costs, 2016, 0.9) % 100 == 0
    assert len(costs.everyone(2017, "comparison")) == 2 * EACH + 1


def test_every_row_says_how_many_households_are_behind_it(found):
    estimated = found[found["status"] == "estimated"]
    assert estimated["n_households"].notna().all()
    amounts_of = estimated[estimated["unit"].str.startswith("EUR")]
    named = amounts_of[amounts_of.index.get_level_values("term") == "mean"]
    assert named[["top1_share", "top2_share", "n_providers"]].notna().all().all()


def test_without_a_year_before_the_start_there_is_no_threshold_and_no_difference():
    late = study(cost_years=[2018, 2018], cost_baseline=["2018-01-01", "2018-06-30"])
    found = rows(concentration_rows, asked(SPREAD, EACH, late, **town()))
    for term in ("threshold", "difference"):
        assert set(found.xs(term, level="term")["reason"]) == {"no_baseline_year"}
