"""A printed number is an interval: what its rounding leaves, in the unit of its row."""

import math
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from evaluatie.disclosure.auditing.printed.claims import interval_of
from evaluatie.disclosure.auditing.printed.numbers import half_unit, plain, tokens
from evaluatie.domain import Publication
from evaluatie.present.numbers import number

UNITS = {
    "share": "level",
    "days": "mean",
    "EUR": "total",
    "points": "mean",
    "ratio": "ratio",
    "persons": "count",
}


def row(unit="EUR", term="total", **values):
    fixed = {"id": "r", "unit": unit, "term": term, "publication": Publication.SHOWN}
    return {**fixed, "indicator": "i", "table": "score", **values}


@pytest.mark.parametrize(
    ("text", "unit", "term", "expected"),
    [
        ("12,3%", "share", "level", (0.1225, 0.1235)),
        ("0%", "share", "level", (-0.005, 0.005)),
        ("−1,2", "share", "difference", (-0.0125, -0.0115)),
        ("1.234", "EUR", "total", (1233.5, 1234.5)),
        ("0,05", "share", "level", (0.045, 0.055)),
        ("2017", "year", "constant", (2017, 2017)),
        ("1 september 2017", "date", "constant", (20170901, 20170901)),
    ],
)
def test_a_number_lies_within_half_a_unit_of_its_last_decimal(text, unit, term, expected):
    found = interval_of(text, row(unit, term), "estimate")
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_small_p_value_is_below_its_last_decimal():
    assert interval_of("<\u00a00,001", row(), "p_value") == (0.0, 0.001)
    assert interval_of("0,029", row(), "p_value") == pytest.approx((0.0285, 0.0295))


def test_a_number_of_people_is_whole():
    assert interval_of("1.017", row(), "n") == (1017, 1017)
    assert interval_of("17", row(), "estimate") == (16.5, 17.5)  # what it counts, the row says


def test_what_a_figure_draws_is_known_to_six_digits():
    low, high = interval_of("0.123457", row("share", "level"), "estimate", drawn=True)
    assert (low, high) == pytest.approx((0.1234565, 0.1234575), rel=1e-12)
    assert interval_of("1.5e+06", row(), "estimate", drawn=True) == (1450000, 1550000)
    assert interval_of("23", row(), "n", drawn=True) == (23, 23)


def test_a_margin_of_a_share_is_in_percentage_points():
    margin = row("indicator_unit", "constant")
    assert interval_of("2", margin, "estimate", share=True) == pytest.approx((0.015, 0.025))
    assert interval_of("2", margin, "estimate", share=False) == pytest.approx((1.5, 2.5))


@given(
    st.floats(-1e7, 1e7).filter(lambda value: abs(value) > 1e-4),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(["nl", "en"]),
    st.sampled_from(["estimate", "n", "ci_low", "p_value"]),
)
def test_the_value_lies_in_the_interval_of_the_number_that_is_printed_for_it(
    value, unit, language, field
):
    if field in ("n", "p_value"):
        value = abs(value)
    if field == "n":
        value = float(math.ceil(value))
    if field == "p_value":
        value = value / 1e7
        assume(value < 0.9995)
    made = row(unit, UNITS[unit], **{field: value})
    phrase = number(made, field, language=language)
    low, high = interval_of(phrase.numbers[0].text, made, field, language)
    slack = 1e-9 * max(1.0, abs(value))
    assert low - slack <= value <= high + slack


@given(st.decimals(-10_000, 10_000, places=2))
def test_half_a_unit_is_the_largest_error_of_rounding(value):
    rounded = round(value, 1)
    assert abs(value - rounded) <= half_unit(rounded)
    assert half_unit(Decimal("17")) == Decimal("0.5")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_a_number_is_read_as_it_was_written(language):
    text = {"nl": "−1.234,50", "en": "−1,234.50"}[language]
    assert plain(text, language) == Decimal("-1234.50")
    assert tokens(f"van {text} tot", language) == [text]
