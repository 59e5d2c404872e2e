"""Courses of care, changes of staff, and time before a project that is no time with it."""

from __future__ import annotations

import costs_example as example
import durations_example as lives
import numpy as np
import pandas as pd
import pytest

from evaluatie.costs import STATES, care_courses, cut_at, enrolled_since, staff_spells
from evaluatie.methods import cox, spells

HOMES = example.addresses(("h", "P1", "2010-01-01", None), ("i", "C1", "2010-01-01", None))
REGISTER = lives.register(("a", "h"), ("b", "h"), ("c", "i"))
CARE = lives.indicator("care_end", "arrangements", laws=["help", "youth"])


def courses(*rows, **changes):
    feeds = {"arrangements": example.arrangements(*rows), "residents": REGISTER, "addresses": HOMES}
    found = care_courses(example.data(**feeds), CARE, lives.study(**changes), lives.codebook())
    frame = found.frame.assign(state=[("open", *STATES)[s] for s in found.frame["state"]])
    return frame, found.set_aside


def only(*rows):
    frame, _ = courses(*rows)
    assert len(frame) == 1
    return frame.iloc[0]


# ---- courses of care ----------------------------------------------------------------------------


def test_course_without_an_end_is_still_going_on_at_the_last_day():
    row = only({"start": "2018-12-01"})
    assert row[["entry", "stop", "state"]].tolist() == [0, 31, "open"]
    planned = only({"start": "2018-12-01", "end": "2019-06-30", "change_reason": "93"})
    assert planned[["stop", "state"]].tolist() == [31, "open"]


def test_both_first_and_last_day_count():
    row = only({"start": "2017-03-01", "end": "2017-03-01", "change_reason": "93"})
    assert row[["stop", "state"]].tolist() == [1, "goal"]


@pytest.mark.parametrize(
    ("code", "state"), [("93", "goal"), ("91", "moved"), ("92", "deceased"), ("99", "other"),
                        ("90", "other"), (None, "other")],
)  # fmt: skip
def test_end_is_the_reason_that_the_code_list_explains(code, state):
    row = only({"start": "2017-01-02", "end": "2017-01-11", "change_reason": code})
    assert row[["stop", "state"]].tolist() == [10, state]


def test_changed_volume_goes_on_and_less_volume_is_scaling_down():
    first = {"start": "2017-01-02", "end": "2017-01-31", "change_reason": "90", "volume": 2.0}
    more = {"start": "2017-02-01", "end": "2017-02-10", "change_reason": "93", "volume": 3.0}
    assert only(first, more)[["stop", "state"]].tolist() == [40, "goal"]
    less = more | {"volume": 1.0}
    assert only(first, less)[["stop", "state"]].tolist() == [30, "scaled_down"]
    same = more | {"volume": 2.0, "rate_eur": 50.0}  # another price is no other volume
    assert only(first, same)[["stop", "state"]].tolist() == [40, "goal"]


def test_volume_is_compared_per_day_and_only_in_the_same_unit():
    first = {"start": "2017-01-02", "end": "2017-01-31", "change_reason": "90", "volume": 2.0}
    then = {"start": "2017-02-01", "end": "2017-02-10", "change_reason": "93"}
    daily = then | {"volume": 1.0, "frequency": "1"}  # an hour a day is more than two a week
    assert only(first, daily)["state"] == "goal"
    monthly = then | {"volume": 4.0, "frequency": "4"}  # four a month is less
    assert only(first, monthly)["state"] == "scaled_down"
    euros = then | {"volume": 1.0, "unit": "83"}
    assert only(first, euros)["state"] == "goal"


def test_course_goes_on_over_a_short_gap_but_not_after_an_end_of_its_own():
    first = {"start": "2017-01-02", "end": "2017-01-31"}
    soon = {"start": "2017-03-01", "end": "2017-03-31", "change_reason": "93"}
    assert only(first, soon)["stop"] == 89
    late = soon | {"start": "2017-03-05"}  # more than a month later
    frame, _ = courses(first, late)
    assert frame["state"].tolist() == ["other", "goal"]
    frame, _ = courses(first | {"change_reason": "91"}, soon)
    assert frame["state"].tolist() == ["moved", "goal"]


def test_overlap_is_resolved_by_the_record_that_starts_later():
    open_ended = {"start": "2017-01-02", "volume": 2.0}
    less = {"start": "2017-02-01", "end": "2017-02-10", "change_reason": "93", "volume": 1.0}
    assert only(open_ended, less)[["stop", "state"]].tolist() == [30, "scaled_down"]
    planned = {"start": "2017-01-02", "end": "2017-12-31", "change_reason": "93", "volume": 1.0}
    assert only(planned, less)[["stop", "state"]].tolist() == [40, "goal"]


def test_void_records_and_other_laws_are_no_care():
    frame, aside = courses(
        {"start": "2017-01-02", "end": "2017-01-02", "change_reason": "13"},
        {"start": "2017-01-03", "end": "2017-01-31", "change_reason": "93"},
        {"start": None},
    )
    assert len(frame) == 1
    assert aside == {"origin_unknown": 0, "outside_cost_years": 0}


def test_course_from_before_the_cost_years_enters_late():
    row = only({"start": "2015-12-22", "end": "2016-01-10", "change_reason": "93"})
    assert row[["entry", "stop", "state"]].tolist() == [10, 20, "goal"]
    frame, aside = courses({"start": "2015-01-01", "end": "2015-12-31"})
    assert frame.empty
    assert aside["outside_cost_years"] == 1


def test_feed_that_was_cut_off_at_the_first_day_does_not_know_when_care_began():
    rows = ({"start": "2016-01-01", "end": "2016-02-01"}, {"start": "2016-01-02", "person_id": "b"})
    frame, aside = courses(*rows)
    assert frame["person_id"].tolist() == ["b"]
    assert aside["origin_unknown"] == 1
    earlier = {"start": "2015-12-31", "person_id": "c", "household_id": "i"}
    frame, aside = courses(*rows, earlier)  # a feed that does know what came before
    assert len(frame) == 3
    assert aside["origin_unknown"] == 0


def test_order_of_records_does_not_matter():
    rows = [
        {"start": "2017-01-02", "end": "2017-01-31", "change_reason": "90", "volume": 2.0,
         "assignment_no": "x"},
        {"start": "2017-02-01", "end": "2017-02-10", "volume": 1.0, "assignment_no": "y"},
        {"start": "2016-05-02", "person_id": "c", "assignment_no": "z"},
    ]  # fmt: skip
    columns = ["person_id", "stop", "state", "area"]
    one, other = (courses(*part)[0].sort_values("person_id") for part in (rows, rows[::-1]))
    assert one[columns].to_numpy().tolist() == other[columns].to_numpy().tolist()


# ---- staff --------------------------------------------------------------------------------------

STAFF = lives.indicator("recurrent", "staff", start="since", end="until")


def staff(*rows, homes=HOMES):
    """Household, professional, role, since, until."""
    columns = ["household_id", "professional_id", "role", "since", "until"]
    feed = example.dated(pd.DataFrame(rows, columns=columns), "since", "until")
    return staff_spells(example.data(staff=feed, addresses=homes), STAFF, lives.study())


def changes(*rows, **options):
    found = staff(("z", "z", "r", "2018-12-31", "2018-12-31"), *rows, **options)  # the last date
    found = found[found["household_id"] != "z"]
    moments = found.loc[found["changed"] == 1, "stop"].to_numpy()
    return [str(np.datetime64(int(day), "D")) for day in moments]


FIRST = ("h", "s1", "nurse", "2016-02-01", "2016-12-31")


def test_change_is_someone_new_in_the_role_of_someone_who_left():
    assert changes(FIRST, ("h", "s2", "nurse", "2017-01-01", None)) == ["2017-01-01"]
    assert changes(FIRST, ("h", "s2", "coach", "2017-01-01", None)) == []  # another role
    assert changes(FIRST, ("i", "s2", "nurse", "2017-01-01", None)) == []  # another household
    assert changes(FIRST, ("h", "s1", "nurse", "2017-01-01", None)) == []  # the same person


def test_handing_over_is_a_change_and_working_beside_one_another_is_not():
    assert changes(FIRST, ("h", "s2", "nurse", "2016-12-10", None)) == ["2016-12-10"]
    assert changes(FIRST, ("h", "s2", "nurse", "2016-10-01", None)) == []


def test_new_start_long_after_is_no_change():
    assert changes(FIRST, ("h", "s2", "nurse", "2017-06-30", None)) == ["2017-06-30"]
    assert changes(FIRST, ("h", "s2", "nurse", "2017-08-01", None)) == []


def test_who_leaves_is_replaced_once():
    two = (("h", "s2", "nurse", "2017-01-01", None), ("h", "s3", "nurse", "2017-01-01", None))
    assert changes(FIRST, *two) == ["2017-01-01"]
    both = changes(FIRST, ("h", "s4", "nurse", "2016-03-01", "2016-12-31"), *two)
    assert both == ["2017-01-01", "2017-01-01"]


def test_two_roles_that_change_on_one_day_are_two_changes():
    other = ("h", "s3", "coach", "2016-02-01", "2016-12-31")
    found = changes(FIRST, other, ("h", "s2", "nurse", "2017-01-01", None),
                    ("h", "s4", "coach", "2017-01-01", None))  # fmt: skip
    assert found == ["2017-01-01", "2017-01-01"]


def test_household_is_at_risk_while_someone_is_around_and_half_a_year_after():
    found = staff(FIRST, ("h", "s5", "nurse", "2018-06-01", "2018-06-10"))
    days = (found["stop"] - found["start"]).sum()
    last = (pd.Timestamp("2018-06-10") - pd.Timestamp("2018-06-01")).days  # the feed ends there
    first = (pd.Timestamp("2016-12-31") - pd.Timestamp("2016-02-01")).days + 182
    assert days == first + last


def test_time_at_risk_and_changes_belong_to_the_address_of_the_day():
    homes = example.addresses(
        ("h", "P1", "2010-01-01", "2017-01-31"), ("h", "C1", "2017-02-01", None)
    )
    rows = (FIRST, ("h", "s2", "nurse", "2017-02-10", "2018-12-31"))
    found = staff(*rows, homes=homes)
    assert found.loc[found["changed"] == 1, "area"].tolist() == ["C1"]
    by_area = found.assign(days=found["stop"] - found["start"]).groupby("area")["days"].sum()
    whole = staff(*rows)
    assert by_area.sum() == (whole["stop"] - whole["start"]).sum()
    assert by_area["P1"] == (pd.Timestamp("2017-01-31") - pd.Timestamp("2016-02-01")).days


def test_spells_without_a_start_or_that_end_before_it_are_left_out():
    assert changes(FIRST, ("h", "s2", "nurse", None, "2017-02-01"),
                   ("h", "s3", "nurse", "2017-01-05", "2017-01-01")) == []  # fmt: skip


# ---- exposure that begins in time ---------------------------------------------------------------


def test_spell_is_cut_where_exposure_begins():
    cut = cut_at(
        np.zeros(4), np.array([10.0, 10, 10, 10]), np.array([1, 1, 1, 0]),
        np.array([4.0, 10, -np.inf, np.inf]),
    )  # fmt: skip
    pieces = sorted(zip(cut.row, cut.entry, cut.exit, cut.state, cut.exposed, strict=True))
    assert [tuple(map(float, p)) for p in pieces] == [
        (0, 0, 4, 0, 0), (0, 4, 10, 1, 1), (1, 0, 10, 1, 0), (2, 0, 10, 1, 1), (3, 0, 10, 0, 0),
    ]  # fmt: skip


def test_first_enrolment_in_any_of_the_projects_counts():
    feed = example.dated(
        pd.DataFrame(
            {"project_id": ["1", "2", "2", "3"], "person_id": ["a", "a", "b", "c"],
             "start": ["2018-01-01", "2017-05-01", None, "2017-01-01"]}
        ), "start",
    )  # fmt: skip
    since = enrolled_since(feed, {"1", "2"}, pd.Series(["a", "b", "c"]))
    assert since[0] == pd.Timestamp("2017-05-01")
    assert since[1:].isna().all()


def test_ever_enrolled_is_biased_where_nothing_happens_and_time_since_enrolment_is_not():
    """Support ends at one pace for all; people can only enrol while they still have it."""
    rng, naive, honest = np.random.default_rng(3), [], []
    for _ in range(60):
        n = 400
        days = rng.exponential(200, n)
        moment = rng.exponential(300, n)  # when a place comes free
        since = np.where(moment < days, moment, np.inf)
        stop, seen = np.minimum(days, 365.0), (days <= 365).astype(int)
        ever = np.isfinite(np.where(since < stop, since, np.inf)).astype(float)
        naive.append(cox(spells(stop, seen), ever[:, None], ["ever"]).log_ratio("ever")[0])
        cut = cut_at(np.full(n, -1.0), stop, seen, since)
        data = spells(cut.exit, cut.state, cut.entry, clusters=cut.row)
        fit = cox(data, cut.exposed.astype(float)[:, None], ["since"])
        honest.append(fit.log_ratio("since"))
    assert np.mean(naive) < -0.4  # as if enrolment kept people in care
    estimates, errors = np.array(honest).T
    assert abs(estimates.mean()) < 3 * estimates.std() / np.sqrt(60)
    assert (np.abs(estimates) < 1.96 * errors).mean() > 0.95 - 3 * np.sqrt(0.95 * 0.05 / 60)
