"""Durations on paper: which numbers stand where, in words where there are none, and drawn."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from evaluatie.present.fragments import FigureView, TableView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.monitor import duration_figures, durations
from evaluatie.results import Table, estimate_row, estimates_frame

KINDS = {"wait": "duration", "care": "care_end", "staff": "recurrent"}
SIDES = ("pilot", "comparison")


def labels(language="nl") -> Labels:
    names = {"wait": "Wachttijd", "care": "Duur", "staff": "Wisselingen"}
    return Labels(
        language,
        {"indicator": names, "law": {"help": "Hulp", "youth": "Jeugd"}, "code": {"90": "code 90"}},
        decimals={"wait": 0, "care": 0, "staff": 2},
        kinds=KINDS,
    )


def row(indicator, term, estimate=None, **values):
    values = {"question": f"q_{indicator}", "indicator": indicator, "n": 50} | values
    if estimate is None:
        values |= {"status": "not_estimable", "reason": "fewer_than_ten"}
    else:
        values |= {"estimate": estimate, "ci_low": estimate - 2, "ci_high": estimate + 3}
    return estimate_row(Table.DURATION, term, **values)


def both(indicator, term, start, unit, **values):
    """Rows for both sides and periods; numbers count up from ``start``."""
    for k, side in enumerate(SIDES):
        for m, when in enumerate(("before", "since")):
            extra = values.get("category", "")
            category = "|".join(part for part in (f"when={when}", extra) if part)
            yield row(indicator, term, start + 2 * k + m, unit=unit, area=side,
                      **(values | {"category": category}))  # fmt: skip


@pytest.fixture
def rows() -> pd.DataFrame:
    found = [row("wait", "horizon", 90, unit="days"), row("care", "horizon", 60, unit="days"),
             row("staff", "horizon", 90, unit="days")]  # fmt: skip
    contrast = {"area": "pilot-comparison", "unit": "days"}
    found += both("wait", "restricted_mean", 40, "days")
    found += [
        row("wait", "restricted_mean", 23, unit="days", area="pilot",
            category="fast_lane=1|when=since"),
        row("wait", "route_difference", -18, unit="days", area="pilot",
            category="fast_lane=1-0|when=since"),
        row("wait", "change_difference", -5, **contrast),
        row("wait", "restricted_mean", 41, unit="days", area="pilot", period="2018"),
        row("wait", "restricted_mean", area="comparison", unit="days", period="2018"),
        row("wait", "difference", -4, period="2018", **contrast),
        row("wait", "hazard_ratio", 3, unit="ratio", area="pilot-comparison",
            category="exposure=project_start"),
    ]  # fmt: skip
    for law in ("", "help"):
        found += both("care", "restricted_mean", 30, "days", law=law)
        found.append(row("care", "change_difference", 1, law=law, **contrast))
    for day, share in ((0, 0.0), (30, 0.2), (60, 0.4)):
        for side in SIDES:
            for when in ("before", "since"):
                at = {"unit": "share", "area": side}
                found += [
                    row("care", "open_share", 1 - share, category=f"when={when}|day={day}", **at),
                    row("care", "ended_share", share, category=f"when={when}|end=goal|day={day}",
                        **at),
                    row("care", "ended_share", 0.0, category=f"when={when}|end=moved|day={day}",
                        **at),
                    row("wait", "open_share", 1 - share, category=f"when={when}|day={day}", **at),
                    row("staff", "mean_changes", share, area=side, unit="changes",
                        category=f"when={when}|day={day + 1}"),
                ]  # fmt: skip
    found += both("staff", "rate", 1, "per_household_year")
    found += [row("staff", "rate", 0.5, area=side, period="2018", unit="per_household_year")
              for side in SIDES]  # fmt: skip
    frame = estimates_frame(found)
    frame["publication"] = np.where(frame["status"] == "estimated", "shown", "not_estimable")
    return frame


def cells(view, name):
    assert isinstance(view, TableView)
    line = re.search(rf"<t[hd][^>]*>{re.escape(name)}</t[hd]>(.*?)</tr>", view.html, re.S)
    assert line, name
    return re.findall(r"<td[^>]*>(.*?)</td>", line.group(1), re.S)


def test_means_stand_with_their_horizon_and_the_difference_in_change(rows):
    view = durations.durations_table(rows, labels())
    assert "Wachttijd, in de eerste 90\u00a0dagen" in view.html
    assert cells(view, "Iedereen") == ["40", "41", "42", "43", "−5", "−7 tot −2"]
    assert cells(view, "Spoedprocedure") == ["–", "23", "–", "–", "–", "–"]
    assert "het verschil tussen spoedprocedure en gewone procedure −18\u00a0dagen" in view.html


def test_care_has_a_line_per_law(rows):
    view = durations.support_durations_table(rows, labels())
    assert cells(view, "Alle wetten samen")[:2] == ["30", "31"]
    assert cells(view, "Hulp")[4:] == ["1", "−1 tot 4"]


def test_year_without_a_number_says_so_and_why(rows):
    view = durations.duration_years_table(rows, labels())
    assert cells(view, "2018") == ["41", "n.b.", "−4", "−6 tot −1"]
    assert "er zijn minder dan tien mensen" in view.html


def test_ends_that_never_came_are_named_once_and_not_a_line_of_zeros(rows):
    view = durations.support_ends_table(rows, labels())
    assert cells(view, "Gaat door zoals zij begon") == ["60,0%"] * 4
    assert cells(view, "Doel bereikt of afgeschaald volgens de reden") == ["40,0%"] * 4
    assert "Niet voorgekomen: verhuisd." in view.html
    assert "60\u00a0dagen" in view.caption.text


def test_staff_and_ratios(rows):
    assert cells(durations.staff_table(rows, labels()), "2018")[0] == "0,50"
    ratio = cells(
        durations.duration_ratios_table(rows, labels()),
        "Sinds de start van het project, pilot naast vergelijking",
    )
    assert ratio[0] == "3,00"


def test_every_number_says_where_it_comes_from(rows):
    view = durations.durations_table(rows, labels())
    ids = set(rows["id"])
    assert {ref.row for ref in view.numbers} <= ids
    assert sum(ref.text == "90" for ref in view.numbers) == 1


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("name", ["waiting_figure", "support_ends_figure", "staff_figure"])
def test_figures_are_drawn_with_an_alternative_in_words(rows, language, name):
    make = getattr(duration_figures, name)
    view = make(rows, labels(language), "SYNTHETIC")
    assert isinstance(view, FigureView)
    assert view == make(rows, labels(language), "SYNTHETIC")
    assert view.size[0] <= 7.2 * 96
    assert {ref.channel for ref in view.numbers} == {"alt"}
    assert "code" not in view.alt.text  # a day is no change reason


def test_what_is_hidden_is_neither_drawn_nor_read_out(rows):
    hidden = rows.copy()
    mask = hidden["category"].str.contains("day=60")
    hidden.loc[mask, "publication"] = "suppressed"
    hidden.loc[mask, ["estimate", "ci_low", "ci_high", "n"]] = np.nan
    view = duration_figures.waiting_figure(hidden, labels())
    assert isinstance(view, FigureView)
    assert "op dag 30" in view.alt.text
    assert "op dag 60" not in view.alt.text
    table = durations.support_ends_table(hidden, labels())
    assert cells(table, "Gaat door zoals zij begon") == ["•"] * 4
    assert "Niet voorgekomen" not in table.html or "doel bereikt" not in table.html.lower()


def test_nothing_to_show_is_a_sentence(rows):
    none = rows[rows["indicator"] == "wait"].assign(publication="suppressed")
    assert isinstance(duration_figures.waiting_figure(none, labels()), Text)
    for make in (durations.support_durations_table, durations.staff_table,
                 durations.support_ends_table):  # fmt: skip
        assert isinstance(make(none, labels()), Text)
