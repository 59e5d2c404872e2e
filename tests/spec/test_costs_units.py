"""Volume x frequency x unit x rate for every code of the dictionary, against days in fractions."""

from __future__ import annotations

from calendar import isleap, monthrange
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import costs_example as example
import pandas as pd
import pytest

from evaluatie.costs.booking.codes import arrangement_codes
from evaluatie.costs.booking.episodes import build_episodes
from evaluatie.dictionary import load_codebook
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
CODES = arrangement_codes(load_codebook(open_study(ROOT)))
FIRST, HORIZON = pd.Timestamp(2015, 1, 1), pd.Timestamp(2020, 12, 31)
START, END = date(2015, 11, 17), date(2016, 3, 9)  # a leap February, a turn of the year
UNITS = {  # one unit of the volume in words, and whether its rate is asked for
    "01": "minute", "04": "hour", "14": "day and night", "16": "half-day", "82": "piece (output)",
    "83": "euro", "84": "piece (effort)", "85": "kilometre",
}  # fmt: skip
PRODUCT = next(iter(CODES.law))


def of_one_day(frequency, day):
    """Return the part of the volume that belongs to one day, as the code list has it."""
    whole = (END - START).days + 1
    return {
        "1": Fraction(1),
        "2": Fraction(1, 7),
        "3": Fraction(1, 28),
        "4": Fraction(1, monthrange(day.year, day.month)[1]),
        "5": Fraction(1, 366 if isleap(day.year) else 365),
        "6": Fraction(1, whole),
    }[frequency]


def test_the_dictionary_has_exactly_these_units_and_frequencies():
    assert set(CODES.units) == set(UNITS)
    assert set(CODES.period) == {"1", "2", "3", "4", "5", "6"}
    assert [code for code, euro in CODES.units.items() if euro] == ["83"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("frequency", ["1", "2", "3", "4", "5", "6"])
def test_value_of_each_unit_and_frequency_is_the_sum_of_its_days(unit, frequency):
    volume, rate = Fraction("37.25"), Fraction("0.87")
    row = {
        "unit": unit, "frequency": frequency, "product_code": PRODUCT, "volume": float(volume),
        "rate_eur": float(rate), "start": str(START), "end": str(END),
    }  # fmt: skip
    found = build_episodes(example.arrangements(row), CODES, FIRST, HORIZON)
    price = Fraction(1) if unit == "83" else rate
    days = [START + timedelta(n) for n in range((END - START).days + 1)]
    exact = sum(100 * volume * price * of_one_day(frequency, day) for day in days)
    assert abs(found.source_cents - exact) <= 1
    if frequency == "6":
        assert found.source_cents == round(100 * volume * price)


def test_minutes_and_hours_are_the_same_money_at_the_same_price_of_time():
    """90 minutes a week at 1.00 a minute are 1.5 hours a week at 60.00 an hour."""
    minutes = {"unit": "01", "volume": 90.0, "rate_eur": 1.0, "product_code": PRODUCT}
    hours = {"unit": "04", "volume": 1.5, "rate_eur": 60.0, "product_code": PRODUCT}
    end = {"end": "2017-12-31"}
    values = [
        build_episodes(example.arrangements(row | end), CODES, FIRST, HORIZON).source_cents
        for row in (minutes, hours)
    ]
    assert values[0] == values[1] == round(9000 * 365 / 7)
