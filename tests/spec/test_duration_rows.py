"""Rows about durations: what stands in them, what they rest on, and when there is no number."""

from __future__ import annotations

import costs_example as example
import durations_example as lives
import numpy as np
import pandas as pd
import pytest

from evaluatie.evaluation.monitor.care_end import care_end_rows
from evaluatie.evaluation.monitor.duration_groups import moments, split_at
from evaluatie.evaluation.monitor.recurrent import rate_row, recurrent_rows, within
from evaluatie.evaluation.monitor.waiting import waiting_rows
from evaluatie.results import estimates_frame

WAIT = lives.indicator(
    "duration", "requests", start="asked", end="begun", by="fast", project="x", horizon_days=30
)
START = pd.Timestamp("2017-09-01")
PROJECT = ({"id": "x", "start": START.date()},)


def people(per_area=40):
    persons = [f"{area}-{k}" for area in lives.AREAS for k in range(per_area)]
    homes = [(f"h{p}", p[:2], "2010-01-01", None) for p in persons]
    return persons, example.addresses(*homes), lives.register(*((p, f"h{p}") for p in persons))


def requests(persons, faster=10.0, seed=1):
    """Two requests each, before and since the start; in the pilot the later ones are faster."""
    rng, rows = np.random.default_rng(seed), []
    for person in persons:
        for asked in ("2016-10-01", "2017-11-01"):
            days = rng.integers(10, 26)
            pilot = person.startswith("P") and asked > "2017"
            begun = pd.Timestamp(asked) + pd.Timedelta(days=int(days - (faster if pilot else 0)))
            rows.append((person, "help", int(pilot and rng.random() < 0.5), asked, begun))
    frame = pd.DataFrame(rows, columns=["person_id", "law", "fast", "asked", "begun"])
    return example.dated(frame, "asked", "begun")


@pytest.fixture(scope="module")
def waiting():
    persons, homes, register = people()
    feeds = {"requests": requests(persons), "residents": register, "addresses": homes}
    rows = estimates_frame(waiting_rows(lives.asked(feeds, WAIT, projects=PROJECT)))
    return rows[rows["table"] == "duration"], feeds


def one(rows, **where):
    keep = pd.Series(True, index=rows.index)
    for column, value in where.items():
        keep &= rows[column] == value
    assert keep.sum() == 1, rows[keep]
    return rows[keep].iloc[0]


def test_restricted_mean_without_censoring_is_the_mean_wait(waiting):
    rows, feeds = waiting
    feed = feeds["requests"]
    days = (feed["begun"] - feed["asked"]).dt.days
    pilot = feed["person_id"].str.startswith("P")
    for area, mine in (("pilot", pilot), ("comparison", ~pilot)):
        for when, then in (("before", feed["asked"] < START), ("since", feed["asked"] >= START)):
            row = one(rows, term="restricted_mean", area=area, category=f"when={when}")
            assert row["estimate"] == pytest.approx(days[mine & then].mean())
            assert row[["n", "n_households"]].tolist() == [80, 80]


def test_difference_in_change_is_that_of_the_areas(waiting):
    rows, feeds = waiting
    feed = feeds["requests"]
    days = (feed["begun"] - feed["asked"]).dt.days
    area, since = feed["person_id"].str[:2], feed["asked"] >= START
    change = days[since].groupby(area).mean() - days[~since].groupby(area).mean()
    row = one(rows, term="change_difference")
    expected = change[["P1", "P2"]].mean() - change[["C1", "C2"]].mean()
    assert row["estimate"] == pytest.approx(expected)
    assert row[["n_clusters", "n", "unit"]].tolist() == [4, 80, "days"]
    assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_route_that_does_not_exist_yet_has_no_rows_and_then_stands_beside_the_other(waiting):
    rows, _ = waiting
    before = rows["category"].str.contains("fast=") & rows["category"].str.contains("when=before")
    assert not before.any()
    routes = rows[rows["term"] == "route_difference"]
    assert routes[["area", "category"]].to_numpy().tolist() == [["pilot", "fast=1-0|when=since"]]


def test_curve_starts_at_one_and_ends_where_fewer_than_ten_are_left(waiting):
    rows, _ = waiting
    curve = rows[(rows["term"] == "open_share") & (rows["area"] == "comparison")
                 & (rows["category"].str.startswith("when=since"))]  # fmt: skip
    assert curve["estimate"].iloc[0] == 1
    assert (curve["estimate"].diff().dropna() <= 0).all()
    assert (curve["n"] >= 10).all()
    end = one(rows, term="curve_ends", area="comparison", category="when=since")
    assert end["estimate"] <= 25
    median = one(rows, term="median", area="comparison", category="when=since")
    assert median["ci_low"] <= median["estimate"] <= median["ci_high"]


def test_who_waits_at_the_start_is_followed_up_to_it_and_no_further():
    frame = pd.DataFrame(
        {"start": pd.to_datetime(["2017-08-22", "2017-08-22", "2017-09-01"]),
         "entry": 0.0, "stop": [30.0, 5.0, 7.0], "state": [1, 1, 1]}
    )  # fmt: skip
    parts = split_at(frame, START)
    assert parts["before"][["stop", "state"]].to_numpy().tolist() == [[10, 0], [5, 1]]
    assert parts["since"][["stop", "state"]].to_numpy().tolist() == [[7, 1]]


def test_hazard_ratio_is_one_where_the_project_changes_nothing():
    """Many wait at the start: their days before it are days without."""
    persons, homes, register = people(150)
    rng = np.random.default_rng(8)
    asked = pd.Timestamp("2017-03-01") + pd.to_timedelta(rng.integers(0, 365, 600), "D")
    begun = asked + pd.to_timedelta(rng.exponential(60, 600).round(), "D")
    feed = pd.DataFrame(
        {"person_id": persons, "law": "help", "fast": 0, "asked": asked, "begun": begun}
    )
    feeds = {"requests": example.dated(feed, "asked", "begun"), "residents": register,
             "addresses": homes}  # fmt: skip
    rows = estimates_frame(waiting_rows(lives.asked(feeds, WAIT, projects=PROJECT)))
    row = one(rows, term="hazard_ratio", category="exposure=project_start")
    assert row["ci_low"] < 1 < row["ci_high"]
    assert row["n_clusters"] == 4


def test_too_few_people_give_a_reason_and_no_number():
    persons, homes, register = people(12)
    feeds = {"requests": requests(persons).iloc[:30], "residents": register, "addresses": homes}
    rows = estimates_frame(waiting_rows(lives.asked(feeds, WAIT, projects=PROJECT)))
    row = one(rows, term="change_difference")
    assert (row["status"], row["reason"]) == ("not_estimable", "too_few_in_area:3")
    row = one(rows, term="restricted_mean", area="comparison", category="when=before")
    assert (row["reason"], row["n"]) == ("fewer_than_ten", 0)
    assert one(rows, term="open_share", area="comparison", category="when=since")["reason"]


def test_mean_beyond_what_was_followed_gives_a_reason():
    persons, homes, register = people()
    feed = requests(persons).assign(begun=pd.NaT)  # nobody was served by the last date seen
    feeds = {"requests": feed, "residents": register, "addresses": homes}
    rows = estimates_frame(waiting_rows(lives.asked(feeds, WAIT, projects=PROJECT)))
    row = one(rows, term="restricted_mean", area="pilot", category="when=since")
    assert row["reason"].startswith("followed_too_short")


@pytest.mark.parametrize(("horizon", "step"), [(60, 7), (365, 30), (730, 91)])
def test_points_of_a_curve_end_with_the_horizon(horizon, step):
    days = moments(horizon)
    assert days[0] == 0
    assert days[1] == step
    assert days[-1] == horizon
    assert (np.diff(days) >= step / 2).all()


# ---- care and staff -----------------------------------------------------------------------------


def test_ways_to_end_and_open_share_add_up_to_one():
    persons, homes, register = people(30)
    rng, rows = np.random.default_rng(2), []
    for person in persons:
        for begin in ("2016-02-01", "2017-10-01"):
            end = pd.Timestamp(begin) + pd.Timedelta(days=int(rng.integers(20, 400)))
            reason = rng.choice(["91", "92", "93", "99"])
            rows.append({"person_id": person, "household_id": f"h{person}", "start": begin,
                         "end": end, "change_reason": reason})  # fmt: skip
    feeds = {"arrangements": example.arrangements(*rows), "residents": register,
             "addresses": homes}  # fmt: skip
    care = lives.indicator("care_end", "arrangements", laws=["help", "youth"], horizon_days=180)
    found = estimates_frame(care_end_rows(lives.asked(feeds, care)))
    day = found["category"].str.extract(r"day=(\d+)$")[0]
    parts = found[found["term"].isin(["open_share", "ended_share"]) & found["estimate"].notna()]
    when = parts["category"].str.extract(r"when=(\w+)")[0]
    total = parts.groupby([parts["area"], when, day[parts.index]])["estimate"].sum()
    assert len(total) > 20
    assert total.to_numpy() == pytest.approx(1)
    counts = found[(found["term"] == "count") & found["category"].str.startswith("end=")]
    assert counts["estimate"].sum() == len(rows)
    assert one(found, term="change_difference")["n_clusters"] == 4


def test_rate_is_changes_per_household_year_and_zero_has_an_upper_bound():
    base = pd.DataFrame(
        {"household_id": [f"h{k}" for k in range(20)], "start": 0.0, "stop": 365.25,
         "changed": [1] * 5 + [0] * 15}
    )  # fmt: skip
    asked = lives.asked({}, lives.indicator("recurrent", "staff"))
    from evaluatie.evaluation.monitor.duration_groups import Pen

    pen = Pen(asked, asked.where)
    row = rate_row(pen, base)
    assert row["estimate"] == pytest.approx(0.25)
    assert row["std_error"] == pytest.approx(np.sqrt(0.25 * 0.75 / 20))
    never = rate_row(pen, base.assign(changed=0))
    assert never["estimate"] == 0
    assert never["ci_high"] == pytest.approx(3.689 / 20, rel=1e-3)  # exact Poisson, two-sided
    assert rate_row(pen, base.head(9))["reason"] == "fewer_than_ten"


def test_time_at_risk_is_split_without_loss():
    frame = pd.DataFrame({"start": [0.0, 5, 20], "stop": [10.0, 20, 30], "changed": [1, 1, 0]})
    parts = [within(frame, *window) for window in ((-np.inf, 7), (7, 20), (20, np.inf))]
    assert sum((p["stop"] - p["start"]).sum() for p in parts) == 35
    assert [p["changed"].sum() for p in parts] == [0, 2, 0]


def test_staff_rows_compare_sides_over_areas():
    persons, homes, _ = people(25)
    rng, rows = np.random.default_rng(4), []
    for person in persons:
        day = pd.Timestamp("2016-01-10")
        for k in range(6):
            end = day + pd.Timedelta(days=int(rng.integers(60, 260)))
            rows.append((f"h{person}", f"s{k}", "nurse", day, end))
            day = end + pd.Timedelta(days=int(rng.integers(1, 300)))
    columns = ["household_id", "professional_id", "role", "since", "until"]
    feed = example.dated(pd.DataFrame(rows, columns=columns), "since", "until")
    staff = lives.indicator("recurrent", "staff", start="since", end="until", horizon_days=365)
    rows = estimates_frame(recurrent_rows(lives.asked({"staff": feed, "addresses": homes}, staff)))
    assert set(rows["n"].dropna()) <= {25 * k for k in range(5)} | set(range(10, 101))
    contrast = one(rows, term="change_difference")
    assert contrast["n_clusters"] == 4
    assert contrast["ci_low"] < 0 < contrast["ci_high"]
    ratio = one(rows, term="rate_ratio", category="cluster=household")
    assert ratio["ci_low"] < 1 < ratio["ci_high"]
    curve = rows[rows["category"].str.startswith("when=since|day=") & (rows["area"] == "pilot")]
    assert (curve["estimate"].diff().dropna() >= 0).all()


def test_staff_outside_the_areas_gives_a_reason():
    homes = example.addresses(("h", "Z9", "2010-01-01", None))
    feed = example.dated(
        pd.DataFrame({"household_id": ["h"], "professional_id": ["s"], "role": ["r"],
                      "since": ["2017-01-01"], "until": ["2017-02-01"]}), "since", "until",
    )  # fmt: skip
    staff = lives.indicator("recurrent", "staff", start="since", end="until")
    rows = estimates_frame(recurrent_rows(lives.asked({"staff": feed, "addresses": homes}, staff)))
    assert rows["reason"].tolist() == ["no_staff_in_areas"]
