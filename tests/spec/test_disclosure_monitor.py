"""Disclosure control of the cost monitor: parts of a whole, curves, moves, euros shown twice."""

from __future__ import annotations

import pytest
from disclosure_example import TEXT, shipped_rules, small_codebook, small_study

from evaluatie.costs import cost_year
from evaluatie.dictionary.model import Indicator
from evaluatie.disclosure import audit_publishable, plan_release, publishable
from evaluatie.disclosure.universe.cells import Cell, CellReader
from evaluatie.disclosure.universe.systems import build_systems
from evaluatie.results import NUMBER, Table, estimate_row, estimates_frame

QUARTERS = ("2001-Q1", "2001-Q2", "2001-Q3", "2001-Q4")
KINDS = {"who": "payer_shift", "homes": "household_cost", "piled": "stacking", "days": "care_end"}
BEHIND = {"n": 120, "n_households": 100, "n_providers": 8, "top1_share": 0.05, "top2_share": 0.09}
FEW_PROVIDERS = {"n_providers": 2}


@pytest.fixture(scope="module")
def setting():
    codebook = small_codebook()
    named = {
        name: Indicator(
            id=name, label=TEXT, aim="cost", kind=kind, feed="f", basis="declared",
            direction="lower_is_better", unit=TEXT, source="test",
        )
        for name, kind in KINDS.items()
    }  # fmt: skip
    codebook = codebook.model_copy(update={"indicators": codebook.indicators | named})
    return small_study(), codebook, shipped_rules()


def row(table: Table, term: str, indicator: str, value: float, **more: object) -> dict:
    numbers = {"area": "pilot", "period": "2001", "n": 120, "n_households": 100} | more
    return estimate_row(table, term, indicator=indicator, estimate=value, **numbers)


def released(rows: list[dict], setting) -> tuple[set[str], object, object]:
    """Return the ids that are hidden, the estimates and what is published; audit both ways."""
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, *setting)
    release = publishable(estimates, plan)
    assert audit_publishable(release, *setting).empty
    assert audit_publishable(release, *setting, truth=estimates).empty
    return set(plan.reasons), estimates, release


def shown_again(release, estimates, name: str):
    """Return what is published with the number of one hidden row put back."""
    leaky = release.copy()
    leaky.loc[leaky["id"] == name, "publication"] = "shown"
    leaky.loc[leaky["id"] == name, "estimate"] = estimates.set_index("id").loc[name, "estimate"]
    return leaky


# --- parts of a divided whole --------------------------------------------------------------------

MONTHS = {"a": (600.0, 90), "b": (300.0, 60), "c": (90.0, 30), "a+b+c": (10.0, 8)}


def sets() -> list[dict]:
    """Return share, size and households of every set of laws; one set is that of eight."""
    rows = []
    whole = sum(months for months, _ in MONTHS.values())
    for name, (months, n) in (MONTHS | {"all": (whole, 150)}).items():
        place = {"category": f"set={name}", "n": n, "n_households": n}
        rows += [
            row(Table.STACKING, "share_of_months", "piled", months / whole, unit="share", **place),
            row(Table.STACKING, "household_months", "piled", months, unit="count", **place),
            row(Table.STACKING, "count", "piled", n, unit="households", **place),
        ]
    return rows


def part_of(name: str) -> tuple[str, str, str]:
    table, term, *_ = name.split("|")
    return table, term, name.split("set=")[1].split("|")[0]


def test_a_part_of_a_whole_is_no_remainder_of_the_other_parts(setting):
    hidden, estimates, _ = released(sets(), setting)
    gone = estimates[estimates["id"].isin(hidden)]
    parts = gone[gone["term"] == "household_months"]["category"].tolist()
    assert len(parts) == 2
    assert "set=a+b+c" in parts


def test_share_and_size_of_a_part_are_hidden_together(setting):
    """The whole is told: a size follows from its share, and then the small part from the rest."""
    hidden, estimates, _ = released(sets(), setting)
    gone = estimates[estimates["id"].isin(hidden)]
    by_term = {t: set(g["category"]) for t, g in gone.groupby("term") if t != "count"}
    assert by_term["share_of_months"] == by_term["household_months"]


@pytest.mark.parametrize("term", ["share_of_months", "household_months"])
def test_the_audit_finds_a_part_that_follows(term, setting):
    hidden, estimates, release = released(sets(), setting)
    gone = estimates[estimates["id"].isin(hidden) & (estimates["term"] == term)]
    other = gone[gone["category"] != "set=a+b+c"]["id"].item()
    small = gone[gone["category"] == "set=a+b+c"]
    found = audit_publishable(
        shown_again(release, estimates, other), *setting, truth=estimates
    ).set_index("row")
    assert found.loc[small["id"].item(), "low"] == pytest.approx(small["estimate"].item(), rel=1e-3)


def numbers_at_once(top: int) -> list[dict]:
    """Return how many at once; ``top`` households had the most, three."""
    classes = {"1": (0.80, 100), "2": (0.15, 40), "3": (0.05, top)}
    rows = []
    for name, (share, n) in classes.items():
        category, people = f"what=laws|at_once={name}", {"n": n, "n_households": n}
        rows.append(row(Table.STACKING, "share_of_months", "piled", share, category=category,
                        unit="share", **people))  # fmt: skip
        rows.append(row(Table.STACKING, "count", "piled", n, unit="households",
                        category=f"what=laws|highest={name}", **people))  # fmt: skip
    more, everyone = 40 + top, 140 + top
    rows.append(row(Table.STACKING, "stacked_share", "piled", 0.20, unit="share", n=more,
                    category="what=laws|at_once=2+", n_households=more))  # fmt: skip
    rows.append(row(Table.STACKING, "mean_at_once", "piled", 1.25, unit="number", n=everyone,
                    category="what=laws", n_households=everyone))  # fmt: skip
    return rows


@pytest.mark.parametrize(("top", "gone"), [(9, True), (20, False)])
def test_a_mean_over_parts_is_shown_only_where_every_part_is(top, gone, setting):
    """0.80 + 2 x + 3 y = 1.25 and x + y = 0.20 give y = 0.05 away."""
    hidden, estimates, _ = released(numbers_at_once(top), setting)
    assert (estimates.set_index("term").loc["mean_at_once", "id"] in hidden) is gone


def test_who_have_two_or_more_are_those_whose_highest_is_two_or_more(setting):
    """49 have two or more at some time: beside the 40 with two, 9 have three."""
    hidden, estimates, release = released(numbers_at_once(9), setting)
    two = estimates[estimates["category"] == "what=laws|highest=2"]["id"].item()
    assert two in hidden
    assert estimates.set_index("term").loc["stacked_share", "id"] not in hidden
    found = audit_publishable(shown_again(release, estimates, two), *setting, truth=estimates)
    assert (9.0, 9.0) in set(zip(found["low"].round(6), found["high"].round(6), strict=True))


# --- curves --------------------------------------------------------------------------------------


def curve(*points: tuple[int, float, int], end: str = "") -> list[dict]:
    """Return points (day, share, still followed) of a curve of 400 that starts on day 0."""
    term, ended = ("ended_share", f"end={end}|") if end else ("open_share", "")
    start = (0, 0.0 if end else 1.0, 400)
    return [
        row(Table.DURATION, term, "days", share, category=f"when=since|{ended}day={day}",
            period="", unit="share", n=n, n_households=400)
        for day, share, n in (start, *points)
    ]  # fmt: skip


def test_shares_on_a_curve_are_of_everybody_it_starts_with(setting):
    """A tenth of 400 is open, 40 people, although only 40 of the open ones are still followed."""
    assert released(curve((60, 0.10, 40)), setting)[0] == set()


def test_the_start_of_a_curve_is_known_from_its_median_too(setting):
    """Only the last day is a row: 0.02 of the 1000 behind the median is 20, of 300 it is 6."""
    about = row(Table.DURATION, "median", "days", 90.0, category="when=since", period="", n=1000)
    last = curve((365, 0.02, 300), end="moved")[1]
    assert released([about, last], setting)[0] == set()


@pytest.mark.parametrize(
    ("points", "why"),
    [
        ([(30, 0.99, 390)], "four have ended"),
        ([(60, 0.02, 20)], "eight are open"),
        ([(60, 0.10, 9)], "nine are still followed"),
    ],
)
def test_few_people_on_either_side_of_a_curve_hide_its_point(points, why, setting):
    rows = curve(*points)
    assert released(rows, setting)[0] == {rows[-1]["id"]}, why


def test_few_who_ended_in_one_way_hide_the_point(setting):
    """0.02 of 400 is eight, whatever part of them is still followed."""
    rows = curve((30, 0.02, 390), (60, 0.05, 100), end="moved")
    assert released(rows, setting)[0] == {rows[1]["id"]}


def test_ways_to_end_and_what_is_open_add_up_on_a_day(setting):
    day = [(30, 0.78, 300)]
    ends = [(30, 0.20, 300)], [(30, 0.02, 300)]
    rows = [*curve(*day), *curve(*ends[0], end="goal"), *curve(*ends[1], end="moved")]
    hidden, _, _ = released(rows, setting)
    assert rows[-1]["id"] in hidden
    assert len(hidden) == 2


def test_who_has_ended_on_one_day_has_ended_on_the_next(setting):
    """Of 120 that ended by day 30 at most 112 reached their goal, so that at least 8 moved."""
    rows = [
        *curve((30, 0.70, 280), (60, 0.60, 240)),
        *curve((30, 0.2775, 280), (60, 0.28, 240), end="goal"),
        *curve((30, 0.0225, 280), (60, 0.12, 240), end="moved"),
    ]
    goal, moved = rows[4]["id"], rows[7]["id"]
    _, estimates, release = released(rows, setting)
    leaky = estimates.assign(publication="shown")[release.columns]
    gone = leaky["id"].isin([goal, moved])
    leaky.loc[gone, "publication"] = "suppressed"
    leaky.loc[gone, list(NUMBER)] = float("nan")
    found = audit_publishable(leaky, *setting, truth=estimates)
    own = found.loc[found["row"] == moved, ["low", "high"]].round(3).to_numpy().tolist()
    assert [8.0, 48.0] in own


# --- groups --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("dimension", "adds"), [("end", True), ("top", False)])
def test_views_are_not_added_but_partitions_are(dimension, adds, setting):
    """The top hundred hold the top ten: their numbers say nothing about one another."""
    rows = [
        row(Table.HOUSEHOLD, "count", "piled", n, category=category, n=n, n_households=n)
        for category, n in ((f"{dimension}=x", 8), (f"{dimension}=y", 80), ("", 88))
    ]
    hidden, _, _ = released(rows, setting)
    assert rows[0]["id"] in hidden
    assert (len(hidden) > 1) is adds


def test_codes_that_are_numbers_stay_the_codes_they_are():
    """Codes 1 and 01 are two answers, not one number."""
    cells = [Cell("x", "w0", ("",), ("A1",), (), (("answer", code),)) for code in ("1", "01", "2")]
    assert len(build_systems({(cell, "persons"): 20.0 for cell in cells})) == 3


def test_a_number_without_amount_is_hidden_by_dominance_too(setting):
    shares = {"top1_share": 0.80, "top2_share": 0.95}
    rows = [
        row(Table.STACKING, "mean", "piled", 900.0, category=f"set={name}", **more)
        for name, more in (("a", shares), ("b", {}))
    ]
    assert released(rows, setting)[0] == {rows[0]["id"]}


# --- euros that several tables show --------------------------------------------------------------


def quarter(period: str, amount: float, **more: object) -> dict:
    numbers = BEHIND | more
    return estimate_row(
        Table.COST_LEVEL, "total", indicator="town_cost", area="pilot", law="care", period=period,
        category="basis=declared", estimate=amount, unit="EUR_2002", **numbers,
    )  # fmt: skip


def year_of_quarters() -> list[dict]:
    few = {QUARTERS[0]: FEW_PROVIDERS}
    return [quarter(q, 1e4 * (i + 3), **few.get(q, {})) for i, q in enumerate(QUARTERS)]


def year_total(rows: list[dict], table: Table) -> list[dict]:
    """Return the year of the quarters, as the monitor states it."""
    total, years = sum(r["estimate"] for r in rows), 1000.0
    if table is Table.PAYER:
        return [row(table, "total", "who", total, law="care", unit="EUR_2002/year", **BEHIND)]
    return [
        row(table, "per_household", "homes", total / years, law="care", **BEHIND),
        row(table, "household_years", "homes", years),
    ]


@pytest.mark.parametrize("table", [Table.PAYER, Table.HOUSEHOLD])
def test_a_year_of_the_monitor_does_not_give_a_hidden_quarter_away(table, setting):
    quarters = year_of_quarters()
    assert len(released(quarters, setting)[0]) == 1
    both = [*quarters, *year_total(quarters, table)]
    assert len(released(both, setting)[0]) == 2


def test_what_a_payer_paid_is_one_amount_with_the_cost_tables(setting):
    """An insurer with one law: its total is hidden where the cost table hides that law."""
    rows = [
        row(Table.COST_LEVEL, "total", "town_cost", 5e4, law="cure", unit="EUR_2002",
            **BEHIND | FEW_PROVIDERS),
        row(Table.PAYER, "total", "who", 5e4, law="payer:insurer", unit="EUR_2002/year", **BEHIND),
        row(Table.PAYER, "total", "who", 5e4, law="cure", unit="EUR_2002/year", **BEHIND),
    ]  # fmt: skip
    assert released(rows, setting)[0] == {r["id"] for r in rows}


@pytest.mark.parametrize("few", [0, 1])
def test_a_move_needs_both_its_levels(few, setting):
    """Hidden in the year before the first wave, or in the year itself: then so is the move."""
    first = cost_year(setting[0], setting[0].baseline.id)
    years = [str(first), str(first + 1)]
    rows = [
        row(Table.PAYER, "total", "who", amount, law="cure", period=year, unit="EUR_2002/year",
            **BEHIND | (FEW_PROVIDERS if year == years[few] else {}))
        for year, amount in zip(years, (5e4, 6e4), strict=True)
    ]  # fmt: skip
    moved = row(Table.PAYER, "difference", "who", 1e4, law="cure", period=years[1], **BEHIND)
    assert released([*rows, moved], setting)[0] == {rows[few]["id"], moved["id"]}


def test_a_difference_between_sides_has_no_people_of_its_own(setting):
    """Its n is that of the smaller side; it stands and falls with the two sides."""
    place = {"category": "when=since", "period": ""}
    reader = CellReader(*setting[:2])
    sides = [
        row(Table.DURATION, "restricted_mean", "days", 90.0, **place | {"area": area, "n": n})
        for area, n in (("pilot", 50), ("comparison", 60))
    ]
    between = row(Table.DURATION, "difference", "days", 3.0, n=50,
                  **place | {"area": "pilot-comparison"})  # fmt: skip
    levels = [reader.cell(side) for side in sides]
    assert list(reader.level_cells(between)) == levels
    assert reader.cell(between).family != levels[0].family
    few = sides[1] | {"n": 8, "n_households": 8}
    assert released([sides[0], few, between], setting)[0] == {few["id"], between["id"]}


# --- amounts of the parts of a whole -------------------------------------------------------------


def amounts() -> list[dict]:
    """Return months and euros per month of sets of laws; one household pays most in one of them."""
    rates = {"a": 100.0, "b": 200.0, "c": 400.0, "a+b+c": 900.0}
    rows = []
    for name, (months, n) in MONTHS.items():
        place = {"category": f"set={name}", "n": max(n, 30), "n_households": max(n, 30)}
        most = {"top1_share": 0.85, "top2_share": 0.95} if name == "a+b+c" else {}
        rows.append(row(Table.STACKING, "household_months", "piled", months, **place))
        rows.append(row(Table.STACKING, "mean", "piled", rates[name], **place, **most))
    whole = sum(months for months, _ in MONTHS.values())
    rate = sum(rates[name] * months for name, (months, _) in MONTHS.items()) / whole
    place = {"category": "set=all", "n": 150, "n_households": 150}
    rows.append(row(Table.STACKING, "household_months", "piled", whole, **place))
    rows.append(row(Table.STACKING, "mean", "piled", rate, **place))
    return rows


def test_a_dominated_amount_does_not_follow_from_means_and_months(setting):
    """All euros less those of the other sets, each a mean times months, are those of the one."""
    hidden, estimates, release = released(amounts(), setting)
    gone = estimates[estimates["id"].isin(hidden) & (estimates["term"] == "mean")]
    assert "set=a+b+c" in set(gone["category"])
    assert len(gone) > 1
    other = gone[gone["category"] != "set=a+b+c"]["id"].tolist()
    leaky = release.copy()
    for name in [*other, *(each.replace("mean", "household_months") for each in other)]:
        leaky = shown_again(leaky, estimates, name)
    found = audit_publishable(leaky, *setting, truth=estimates)
    euros = 900.0 * MONTHS["a+b+c"][0]
    assert any(abs(low - euros) < 1 and abs(high - euros) < 1 for low, high in
               zip(found["low"], found["high"], strict=True))  # fmt: skip
