"""Amounts: dominance, one status for count, mean and total, and payer, side and year margins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from disclosure_example import SIDES, shipped_rules, small_codebook, small_study

from evaluatie.disclosure import audit_publishable, plan_release, publishable
from evaluatie.results import Table, estimate_row, estimates_frame

RESIDENTS = 1000.0
AREAS = {**{a: (a,) for codes in SIDES.values() for a in codes}, "pilot": tuple(SIDES["pilot"])}
PAYERS = {"care": ("care",), "youth": ("youth",), "payer:town": ("care", "youth")}
QUARTERS = ("2001-Q1", "2001-Q2", "2001-Q3", "2001-Q4")


@pytest.fixture(scope="module")
def setting():
    return small_study(), small_codebook(), shipped_rules()


def cost(area: str, law: str, period: str, term: str, amount: float, **more: object) -> dict:
    numbers = {
        "n": 120, "n_households": 100, "n_providers": 8, "top1_share": 0.05, "top2_share": 0.09,
    } | more  # fmt: skip
    return estimate_row(
        Table.COST_LEVEL, term, indicator="town_cost", area=area, law=law, period=period,
        category="basis=declared", estimate=amount, unit="EUR_2002", **numbers,
    )  # fmt: skip


def monitor(term: str = "total", periods: tuple[str, ...] = QUARTERS, **dominated: object):
    """Return area x law x quarter with side, payer and year margins; A1 care Q1 is special."""
    chance = np.random.default_rng(7)
    finest = {
        key: float(chance.integers(20_000, 60_000))
        for key in itertools.product(SIDES["pilot"], ("care", "youth"), QUARTERS)
    }
    rows = []
    names = [*SIDES["pilot"], "pilot"]
    for area, law, period in itertools.product(names, PAYERS, periods):
        quarters = QUARTERS if period in ("2001",) else (period,)
        keys = itertools.product(AREAS[area], PAYERS[law], quarters)
        amount = sum(finest[key] for key in keys)
        special = (area, law, period) == ("A1", "care", QUARTERS[0])
        size = len(AREAS[area]) * RESIDENTS if term == "per_resident" else 1.0
        rows.append(cost(area, law, period, term, amount / size, **(dominated if special else {})))
    return estimates_frame(rows)


def protected(estimates, setting) -> set[str]:
    """Plan, audit against the truth, and return the ids that are suppressed."""
    plan = plan_release(estimates, *setting)
    release = publishable(estimates, plan)
    assert audit_publishable(release, *setting).empty
    assert audit_publishable(release, *setting, truth=estimates).empty
    return set(plan.reasons)


BEHIND = [
    ({"top1_share": 0.80, "top2_share": 0.95}, True),  # (n,k): two households have 95%
    ({"top1_share": 0.85, "top2_share": 0.88, "n": 40}, False),  # 12% left, 8.5% is needed
    ({"n_providers": 2}, True),
    ({"n": 9}, True),
    ({"n_households": 9}, True),
]


@pytest.mark.parametrize(("contributors", "hidden"), BEHIND)
def test_the_rules_for_amounts(contributors, hidden, setting):
    estimates = estimates_frame([cost("A1", "care", QUARTERS[0], "total", 5e4, **contributors)])
    assert bool(plan_release(estimates, *setting).reasons) is hidden


def test_a_stricter_p_percent_hides_more(setting):
    """12% is left beside the two largest; 10% of the largest is 7%, 20% of it 14%."""
    study, codebook, rules = setting
    largest = {"top1_share": 0.70, "top2_share": 0.88}
    estimates = estimates_frame([cost("A1", "care", QUARTERS[0], "total", 5e4, **largest)])
    for percent, hidden in ((10, False), (20, True)):
        stricter = rules.model_copy(
            update={"p_percent": rules.p_percent.model_copy(update={"value": percent})}
        )
        assert bool(plan_release(estimates, study, codebook, stricter).reasons) is hidden


@pytest.mark.parametrize("term", ["total", "per_resident"])
def test_side_and_payer_do_not_give_a_hidden_amount_away(term, setting):
    """In one quarter 2 areas x 2 laws is the least pattern: 4 cells of the 12."""
    estimates = monitor(term, QUARTERS[:1], top1_share=0.8, top2_share=0.95)
    hidden = protected(estimates, setting)
    assert len(hidden) == 4


def test_a_year_does_not_give_a_hidden_quarter_away(setting):
    """With the year shown a second quarter is needed: 2 areas x 2 laws x 2 quarters."""
    estimates = monitor("total", (*QUARTERS, "2001"), top1_share=0.8, top2_share=0.95)
    assert len(protected(estimates, setting)) == 8


def test_quarters_are_separate_where_no_year_is_shown(setting):
    estimates = monitor("total", QUARTERS, top1_share=0.8, top2_share=0.95)
    hidden = protected(estimates, setting)
    assert {row for row in hidden if QUARTERS[0] in row} == hidden


def test_an_amount_that_is_shown_again_is_found(setting):
    estimates = monitor("total", QUARTERS[:1], top1_share=0.8, top2_share=0.95)
    plan = plan_release(estimates, *setting)
    release = publishable(estimates, plan)
    for row in [name for name, why in plan.reasons.items() if why == "protects_another"]:
        leaky = release.copy()
        leaky.loc[leaky["id"] == row, "publication"] = "shown"
        leaky.loc[leaky["id"] == row, "estimate"] = estimates.set_index("id").loc[row, "estimate"]
        found = audit_publishable(leaky, *setting)
        assert (found["measure"] == "amount:declared").any()


def test_count_total_and_mean_of_one_cell_share_one_status(setting):
    """Any two of them give the third."""
    rows = []
    for area, n in [("A1", 8), ("A2", 70), ("A3", 90)]:
        rows.append(cost(area, "care", QUARTERS[0], "total", 1e4 * n, n=n))
        rows.append(cost(area, "care", QUARTERS[0], "per_resident", 10.0 * n, n=n))
        rows.append(
            estimate_row(Table.COST_USERS, "count", indicator="town_cost", area=area, law="care",
                         period=QUARTERS[0], category="basis=declared", estimate=n, n=n)
        )  # fmt: skip
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, *setting)
    hidden = [str(plan.status[row]) == "suppressed" for row in estimates["id"]]
    assert hidden == [True] * 3 + [False] * 6


def test_the_other_cost_basis_of_a_hidden_cell_is_hidden_too(setting):
    rows = [cost("A1", "care", QUARTERS[0], "total", 5e4, n_providers=2)]
    allocated = rows[0] | {"category": "basis=allocated", "id": "other", "n_providers": 4}
    estimates = estimates_frame([rows[0], allocated])
    assert len(plan_release(estimates, *setting).reasons) == 2


def test_users_of_two_laws_do_not_add_up(setting):
    """Someone may have care under both: a payer's users are no sum over its laws."""
    rows = [
        estimate_row(Table.COST_USERS, "count", indicator="town_cost", area="A1", law=law,
                     period=QUARTERS[0], estimate=n, n=n)
        for law, n in [("care", 8), ("youth", 50), ("payer:town", 55)]
    ]  # fmt: skip
    estimates = estimates_frame(rows)
    assert len(plan_release(estimates, *setting).reasons) == 1


def test_the_shares_of_the_largest_households_are_never_published(setting):
    estimates = estimates_frame([cost("A1", "care", QUARTERS[0], "total", 5e4)])
    release = publishable(estimates, plan_release(estimates, *setting))
    assert release.loc[0, "publication"] == "shown"
    assert release[["top1_share", "top2_share"]].isna().all(axis=None)


def test_annual_rates_of_quarters_add_up_to_the_year(setting):
    """EUR per resident per year in a quarter is a quarter of that in euros of the quarter."""
    study, codebook, rules = setting
    rows = []
    for period, rate in zip((*QUARTERS, "2001"), (100.0, 120.0, 80.0, 100.0, 100.0), strict=True):
        row = cost("pilot", "care", period, "per_resident", rate,
                   n_providers=2 if period == QUARTERS[0] else 8)  # fmt: skip
        rows.append(row | {"unit": "EUR_2002/resident/year"})
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    assert len(plan.reasons) == 2
    release = publishable(estimates, plan)
    assert audit_publishable(release, study, codebook, rules, truth=estimates).empty
    for row in estimates["id"][1:]:
        release.loc[release["id"] == row, "publication"] = "shown"
        release.loc[release["id"] == row, "estimate"] = estimates.set_index("id")["estimate"][row]
    found = audit_publishable(release, study, codebook, rules)
    assert found[["low", "high"]].round(4).to_numpy().tolist() == [[75.0, 75.0]]
