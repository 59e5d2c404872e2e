"""Numbers on paper: Dutch marks, no rounding towards good news, never a bare zero for p."""

from __future__ import annotations

import math
from typing import Any

import pytest

from evaluatie.present import numbers as fmt
from evaluatie.present.phrase import NUMERAL
from evaluatie.results import Table, estimate_row


def row(**values: Any) -> dict[str, Any]:
    made = estimate_row(Table.CONTRAST, values.pop("term", "mean"), **values)
    return made | {"publication": "shown"}


@pytest.mark.parametrize(
    ("value", "decimals", "dutch", "english"),
    [
        (1234.5, 1, "1.234,5", "1,234.5"),
        (-1234567, 0, "−1.234.567", "−1,234,567"),
        (0.125, 2, "0,12", "0.12"),  # halves to even
        (0.135, 2, "0,14", "0.14"),
        (-0.04, 1, "0,0", "0.0"),  # no minus sign before a zero
    ],
)
def test_digits(value: float, decimals: int, dutch: str, english: str) -> None:
    assert fmt.digits(value, decimals, "nl") == dutch
    assert fmt.digits(value, decimals, "en") == english


def test_share_is_percentage_and_difference_of_shares_is_points() -> None:
    assert fmt.number(row(estimate=0.1234, unit="share")).text == "12,3%"
    difference = fmt.number(row(estimate=0.034, unit="share", term="difference"))
    assert difference.text == "3,4\u00a0procentpunt"
    assert difference.numbers[0].text == "3,4"


def test_euros_have_no_cents_and_the_reference_leaves_out_the_currency() -> None:
    amount = fmt.number(row(estimate=-1234.6, unit="EUR_2020/resident/year"))
    assert amount.text == "€\u00a0−1.235"
    assert (amount.numbers[0].text, amount.numbers[0].field) == ("−1.235", "estimate")


def test_date_is_one_number_in_words() -> None:
    day = row(term="constant", estimate=20170901, unit="date")
    assert fmt.date_of(day).text == "1 september 2017"
    assert fmt.number(day, language="en").text == "1 September 2017"


@pytest.mark.parametrize(
    ("p", "printed"),
    [
        (0.0286, "p = 0,029"),
        (0.00004, "p < 0,001"),
        (0.0, "p < 0,001"),
        (0.0496, "p = 0,0496"),  # 0,050 would read as the alpha that it is below
        (0.0504, "p = 0,0504"),
        (0.05, "p = 0,050"),
        (1.0, "p = 1,000"),
        (0.9996, "p = 0,9996"),
    ],
)
def test_p_values(p: float, printed: str) -> None:
    said = fmt.equals(fmt.p_value(row(p_value=p), anchors=(0.05,)))
    assert said.text.replace("\u00a0", " ") == printed


def test_bound_that_rounds_onto_zero_or_the_margin_gets_more_decimals_for_both_bounds() -> None:
    near_zero = row(ci_low=-0.04, ci_high=2.31, unit="points")
    assert fmt.interval(near_zero, decimals=1, bare=True).text == "−0,04 tot 2,31"
    near_margin = row(ci_low=-12.0, ci_high=99.7, unit="EUR_2020/resident/year")
    assert fmt.interval(near_margin, anchors=(0, 100)).text == "€\u00a0−12,0 tot €\u00a099,7"
    on_the_margin = row(ci_low=-12.0, ci_high=100.0, unit="EUR_2020/resident/year")
    assert fmt.interval(on_the_margin, anchors=(0, 100)).text == "€\u00a0−12 tot €\u00a0100"


def test_interval_names_its_unit_once() -> None:
    said = fmt.interval(row(ci_low=-0.05, ci_high=0.07, unit="share", term="difference"))
    assert said.text == "−5,0 tot 7,0\u00a0procentpunt"
    assert [n.field for n in said.numbers] == ["ci_low", "ci_high"]


@pytest.mark.parametrize(
    ("estimate", "unit", "printed"),
    [
        (0.05, "share", "5%"),
        (0.025, "indicator_unit", "0,025"),
        (2.0, "points", "2\u00a0punten"),
        (1.0, "points", "1\u00a0punt"),
        (100.0, "EUR_2020/resident/year", "€\u00a0100"),
        (2020, "year", "2020"),
        (70, "assignments", "70"),
        (15000, "persons", "15.000"),
    ],
)
def test_constants_are_exact(estimate: float, unit: str, printed: str) -> None:
    assert fmt.constant(row(term="constant", estimate=estimate, unit=unit)).text == printed


@pytest.mark.parametrize(
    ("publication", "symbol"), [("suppressed", "•"), ("not_estimable", "n.b.")]
)
def test_hidden_is_a_symbol_never_zero_and_has_no_reference(publication: str, symbol: str) -> None:
    hidden = row(estimate=math.nan) | {"publication": publication}
    for said in (
        fmt.number(hidden), fmt.interval(hidden), fmt.p_value(hidden), fmt.constant(hidden),
        fmt.date_of(hidden),
    ):  # fmt: skip
        assert said.text == symbol
        assert said.numbers == ()


def test_absent_field_of_a_shown_row_is_a_dash() -> None:
    assert fmt.number(row(estimate=1.0), "std_error").text == "–"
    assert fmt.interval(row(estimate=1.0)).text == "–"


def test_interval_without_a_bound_says_so_instead_of_looking_narrow() -> None:
    assert fmt.interval(row(ci_low=-math.inf, ci_high=3.0)).text == "onbegrensd"
    assert fmt.interval(row(ci_low=-math.inf, ci_high=math.inf), language="en").text == "unbounded"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("T0, EQ-5D-5L en SF-12v2", []),
        ("SF-12 en 8.1", ["8.1"]),
        ("12,3% van 1.234.", ["12,3", "1.234"]),
        ("10.", ["10"]),
        ("18 tot en met 34", ["18", "34"]),
    ],
)
def test_numerals_are_digits_that_no_letter_touches(text: str, found: list[str]) -> None:
    assert NUMERAL.findall(text) == found
