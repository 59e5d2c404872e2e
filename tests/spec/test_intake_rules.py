"""What intake makes of values: tiny columns in, parsed values and masks out."""

import datetime

import numpy as np
import pandas as pd
import pytest

from evaluatie.intake import rules
from evaluatie.intake.parse import parse

NAT = pd.NaT


def parsed(values, kind, decimal=","):
    found = parse(pd.Series(values, dtype="object"), kind, decimal)
    return found.cells.tolist(), found.empty.tolist(), found.wrong.tolist()


@pytest.mark.parametrize("text", ["1.250,50", "1250.50", "1e3", "1_000", "inf", "nan", "12 euro"])
def test_a_number_with_another_notation_is_wrong_and_never_guessed_at(text):
    cells, empty, wrong = parsed([text], "eur")
    assert np.isnan(cells[0])
    assert (empty, wrong) == ([False], [True])


def test_numbers_have_a_decimal_comma_in_text_and_are_taken_as_they_are_when_numbers():
    assert parsed(["12,5", " -3 ", "+0,25"], "number")[0] == [12.5, -3.0, 0.25]
    assert parsed(["12.5"], "number", decimal=".")[0] == [12.5]
    assert parsed([12.5, 3], "number")[0] == [12.5, 3.0]
    assert parse(pd.Series([1.5, np.nan, np.inf]), "number").wrong.tolist() == [False, False, True]


def test_an_integer_has_no_fraction():
    cells, _, wrong = parsed(["3", "3,0", "3,5"], "integer")
    assert cells[:2] == [3.0, 3.0]
    assert wrong == [False, False, True]


def test_empty_is_not_wrong():
    for kind in ("id", "code", "text", "integer", "number", "eur", "date", "month"):
        _, empty, wrong = parsed(["", "  ", None, np.nan, NAT], kind)
        assert empty == [True] * 5, kind
        assert wrong == [False] * 5, kind


@pytest.mark.parametrize(
    "value",
    [
        "2019-07-31",
        "31-07-2019",
        "20190731",
        "2019-07-31 00:00:00",
        datetime.date(2019, 7, 31),
        pd.Timestamp(2019, 7, 31),
    ],
)
def test_dates_in_three_notations(value):
    assert parsed([value], "date")[0] == [pd.Timestamp(2019, 7, 31)]


@pytest.mark.parametrize("text", ["2019-02-30", "07/31/2019", "31-7-2019", "2019", "morgen"])
def test_what_is_no_date_is_wrong(text):
    assert parsed([text], "date") == ([NAT], [False], [True])


@pytest.mark.parametrize("text", ["9999-12-31", "31-12-9999", "99991231"])
def test_an_end_in_the_year_9999_is_an_open_end(text):
    assert parsed([text], "date") == ([NAT], [True], [False])


def test_a_month_is_its_first_day():
    first = pd.Timestamp(2019, 7, 1)
    assert parsed(["2019-07", "201907", "2019-07-31"], "month")[0] == [first] * 3


def test_columns_that_have_their_type_already_are_parsed_the_same_way():
    times = pd.Series(pd.to_datetime(["2019-07-31 13:00", None]), index=[3, 4])
    for kind, day in (("date", "2019-07-31"), ("month", "2019-07-01")):
        found = parse(times, kind)
        assert found.cells.tolist() == [pd.Timestamp(day), NAT]
        assert found.cells.dtype == "datetime64[ns]"
        assert found.cells.index.tolist() == [3, 4]
        assert found.empty.tolist() == [False, True]
    mixed = parse(pd.Series([" a ", "", None, 1.0], index=range(4, 8)), "id")
    only_text = parse(pd.Series([" a ", "", None, "1"], index=range(4, 8)), "id")
    pd.testing.assert_series_equal(mixed.cells, only_text.cells)
    assert mixed.empty.tolist() == only_text.empty.tolist() == [False, True, True, False]


def test_codes_keep_leading_zeros_and_lose_the_decimals_of_spss():
    assert parsed(["01", " 2 ", 3.0, 4, True], "code")[0] == ["01", "2", "3", "4", "1"]


def test_the_first_of_equal_keys_counts_and_empty_keys_are_no_duplicates():
    frame = pd.DataFrame({"a": ["x", "x", None, None, "y", "x"], "b": [1, 1, 1, 1, 1, 2]})
    assert rules.duplicates(frame, ["a", "b"]).tolist() == [False, True, *[False] * 4]


def test_the_same_day_is_not_before():
    day = pd.to_datetime(["2019-01-02", "2019-01-02", None])
    frame = pd.DataFrame({"start": day[[0, 0, 0]], "end": day[[1, 2, 2]]})
    frame.loc[2, "end"] = pd.Timestamp("2019-01-01")
    assert rules.before(frame, "end", "start").tolist() == [False, False, True]


def spells(*rows):
    frame = pd.DataFrame(rows, columns=["key", "start", "end"])
    return frame.assign(
        start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"].astype("object"))
    )


def test_an_overlapping_spell_ends_the_day_before_its_successor():
    frame = spells(
        ("a", "2019-03-01", "2019-06-30"),  # successor in time, first in the file
        ("a", "2019-01-01", "2019-03-31"),
        ("b", "2019-01-01", None),  # open, then replaced
        ("b", "2019-02-01", None),
        ("c", "2019-01-01", "2019-02-01"),
        ("c", "2019-02-01", "2019-03-01"),  # shares one day: no overlap
        ("d", "2019-01-01", "2019-12-31"),
        ("d", "2019-05-01", "2019-05-01"),  # void: takes no part
    )
    found = rules.overlaps(frame, ["key"], "start", "end")
    assert found.overlapping.tolist() == [False, True, True, False, False, False, False, False]
    assert found.closed_end[1] == pd.Timestamp("2019-02-28")
    assert found.closed_end[2] == pd.Timestamp("2019-01-31")
    kept = ~found.overlapping
    pd.testing.assert_series_equal(found.closed_end[kept], frame["end"][kept], check_names=False)


def test_overlaps_agree_with_comparing_every_pair():
    rng = np.random.default_rng(5)
    n = 400
    start = pd.Timestamp("2019-01-01") + pd.to_timedelta(rng.integers(0, 300, n), "D")
    end = start + pd.to_timedelta(rng.integers(1, 40, n), "D")
    frame = pd.DataFrame({"key": rng.choice(list("abcdefgh"), n), "start": start, "end": end})
    frame.loc[rng.choice(n, 40, replace=False), "end"] = pd.NaT
    found = rules.overlaps(frame, ["key"], "start", "end").overlapping
    for i in range(n):
        later = frame.index[(frame["key"] == frame["key"][i]) & (frame.index != i)]
        after = [
            j
            for j in later
            if (frame["start"][j], j) > (frame["start"][i], i)
        ]  # fmt: skip
        ends = frame["end"][i]
        expected = any(pd.isna(ends) or frame["start"][j] < ends for j in after)
        assert found[i] == expected
