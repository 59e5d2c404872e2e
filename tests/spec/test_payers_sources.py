"""Amounts per calendar year, who is behind them, who moved between kinds of care, who funds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import payers_example as example
import pytest

from evaluatie.costs import at_price_level, cost_cells
from evaluatie.costs.payers.care_years import CostSources, care_years, law_years
from evaluatie.costs.payers.contributors import contributors
from evaluatie.costs.payers.funding import funding
from evaluatie.costs.payers.transitions import transitions
from evaluatie.dictionary.model import CareKind
from evaluatie.study import Study

YEARS = (2016, 2017, 2018)
FEEDS = example.feeds()


def sources(
    found: dict[str, pd.DataFrame] = FEEDS, place: Study | None = None, years=YEARS
) -> CostSources:
    place = example.study() if place is None else place
    book = example.codebook()
    made = example.products(found, place, book)
    annual = {"health": made.insured, "stay": made.annual}
    there = {law: frame for law, frame in annual.items() if frame is not None}
    return CostSources(place, book, "declared", years, made.ledger, there, {})


def test_a_municipal_law_is_the_sum_of_its_four_quarters_in_every_area() -> None:
    made = sources()
    cells = cost_cells(made.ledger, made.study, made.codebook)
    for law in ("help", "youth", "income"):
        part = law_years(made, law)[0]
        mine = cells[
            (cells["law"] == law) & (cells["basis"] == "declared") & (cells["level"] == "area")
        ]
        eur = mine.pivot_table(index="area", columns="year", values="eur", aggfunc="sum")
        expected = eur.loc[list(example.CODES), list(YEARS)].to_numpy()
        assert np.abs(part.cents / 100 - expected).max() <= 0.005 + 1e-9
        assert part.payer == "town"
        assert part.reasons == ("", "", "")


def test_insured_cost_is_the_crude_total_of_the_feed_split_into_its_categories() -> None:
    made = sources()
    parts = law_years(made, "health")
    assert [part.care for part in parts] == ["gp", "mind", "pills"]
    zvw = FEEDS["zvw"]
    for y, year in enumerate(YEARS):
        here = zvw[zvw["year"] == year].groupby("area_code")["amount_eur"].sum()
        expected = at_price_level(here[list(example.CODES)], [year] * 8, made.codebook.prices, 2018)
        total = sum(part.cents[:, y] for part in parts) / 100
        assert np.abs(total - expected).max() < 0.02
        assert parts[0].size[:, y] == pytest.approx([2 * (38.5 + i) for i in range(8)])


def test_annual_totals_have_residents_as_their_denominator() -> None:
    part = law_years(sources(), "stay")[0]
    assert part.size[3].tolist() == [900 + 150 + 7 * (year - 2015) for year in YEARS]


def test_products_of_a_law_are_told_apart() -> None:
    made = sources()
    whole = care_years(made, CareKind(law="help"))
    assert (care_years(made, CareKind(law="help", products=("02",))).cents == whole.cents).all()
    assert care_years(made, CareKind(law="help", products=("99",))).cents.sum() == 0


def test_a_year_with_run_off_or_outside_the_cost_years_is_not_there() -> None:
    place = example.study(runoff_quarters=2)
    part = law_years(sources(place=place, years=(2014, 2018, 2019)), "help")[0]
    assert part.reasons == ("window_incomplete", "", "window_incomplete")


def test_a_law_without_a_feed_or_an_area_has_a_reason_and_no_zero() -> None:
    less = {k: v for k, v in FEEDS.items() if k not in ("declarations", "wlz")}
    made = sources(less)
    assert law_years(made, "help")[0].reason(0, 1) == "missing_feed:declarations"
    assert law_years(made, "income")[0].reason(0, 1) == ""  # benefits need no declarations
    assert law_years(made, "stay")[0].reason(0) == "no_feed_for_law"
    gap = FEEDS["zvw"][~((FEEDS["zvw"]["area_code"] == "C1") & (FEEDS["zvw"]["year"] == 2017))]
    part = law_years(sources(FEEDS | {"zvw": gap}), "health")[0]
    assert part.reasons == ("", "window_incomplete", "")


def test_contributors_are_counted_once_however_many_kinds_they_have() -> None:
    made = sources()
    groups = {
        "any": [CareKind(law=law) for law in ("help", "youth", "income")],
        "help": [CareKind(law="help", products=("02",))],
    }
    found = contributors(made.ledger, made.study, groups, "declared", YEARS)
    rows = made.ledger.query("select *, year(month) as year from ledger where basis = 'declared'")
    rows = rows[rows["year"].isin(YEARS)]
    for line in found.to_dict("records"):
        letter = "P" if line["side"] == "pilot" else "C"
        mine = rows[(rows["year"] == line["year"]) & rows["area_code"].str.startswith(letter)]
        if line["label"] == "help":
            mine = mine[mine["law"] == "help"]
        assert line["persons"] == (mine.groupby("person_id")["cents"].sum() != 0).sum()
        house = mine.groupby("household_id")["cents"].sum().abs().sort_values()
        assert line["households"] == (house != 0).sum()
        assert line["top1_share"] == pytest.approx(house.iloc[-1] / house.sum())
        assert line["top2_share"] == pytest.approx(house.iloc[-2:].sum() / house.sum())
        providers = mine[mine["provider_id"] != ""].groupby("provider_id")["cents"].sum()
        assert line["providers"] == (providers != 0).sum()
    assert len(found) == 2 * 2 * 3


def spells(seed: int) -> pd.DataFrame:
    """Many short arrangements of two laws in two areas."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(160):
        start = pd.Timestamp(2015, 1, 1) + pd.DateOffset(months=int(rng.integers(0, 50)))
        end = start + pd.DateOffset(months=int(rng.integers(1, 9))) - pd.Timedelta(days=1)
        home = int(rng.integers(0, 24))
        rows.append({"household_id": f"h{home}", "person_id": f"h{home}-{number % 3}",
                     "product_code": "02" if rng.uniform() < 0.5 else "45",
                     "start": f"{start:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}"})  # fmt: skip
    return example.example.arrangements(*rows)


@pytest.mark.parametrize("seed", range(3))
def test_households_that_move_between_kinds_of_care_are_counted_as_by_hand(seed: int) -> None:
    found = FEEDS | {"arrangements": spells(seed)}
    found["addresses"] = example.example.addresses(
        *((f"h{k}", example.CODES[k % 8], "2010-01-01", None) for k in range(24))
    )
    made = sources(found)
    went = transitions(
        made.ledger, made.study, CareKind(law="youth"), CareKind(law="help"), (2015, 2016, 2018)
    )
    days = made.ledger.query(
        "select distinct household_id, area_code, law, year(month) * 12 + month(month) as m "
        "from ledger where basis = 'allocated' and days > 0 and law in ('help', 'youth')"
    )
    has = {
        (home, law): set(rows["m"]) for (home, law), rows in days.groupby(["household_id", "law"])
    }
    area = dict(zip(days["household_id"], days["area_code"], strict=True))
    left, entered = np.zeros((8, 3), int), np.zeros((8, 3), int)
    for home, code in area.items():
        youth, help_ = has.get((home, "youth"), set()), has.get((home, "help"), set())
        for m in youth:
            following = set(range(m + 1, m + 13))
            year = (m - 1) // 12
            if following & youth or m in help_ or year not in (2015, 2016, 2018):
                continue
            at = (example.CODES.index(code), (2015, 2016, 2018).index(year))
            left[at] += 1
            entered[at] += bool(following & help_)
    assert went.leavers.tolist() == left.tolist()
    assert went.entered.tolist() == entered.tolist()
    assert went.of([2]).leavers.tolist() == left[:, [2]].tolist()
    assert left.sum() > entered.sum() > 0


def test_funding_adds_up_over_projects_and_payers_and_ends_when_it_ends() -> None:
    costs = FEEDS["programme_costs"].assign(eur=lambda f: f["amount_eur"] * 1.017)
    found = funding(costs, 2018)
    for measure in ("in_year", "so_far"):
        cents = {key: round(100 * getattr(value, measure)) for key, value in found.items()}
        assert cents["", ""] == sum(v for (p, w), v in cents.items() if p and w)
        assert cents["", "town"] == sum(v for (p, w), v in cents.items() if p and w == "town")
    assert found["", "town"].last_year == 2018
    assert funding(costs, 2020)["", ""].in_year == 0
    assert funding(costs, 2020)["", ""].last_year == 2018
    assert funding(costs, 2016) == {}
