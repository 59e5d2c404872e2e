"""Every number in every fragment has a row; the row, rounded by other code, gives that number."""

from __future__ import annotations

from typing import Any

import pytest
from test_present_sample import sample_slice

from evaluatie.reports.context import ReportContext, context_of
from evaluatie.reports.monitor_parts import MONITOR_FIGURES, MONITOR_TABLES
from evaluatie.reports.parts import FIGURES, TABLES
from provenance import every_number_is_its_row, every_number_is_told, fragments


@pytest.fixture(scope="module", params=["nl", "en"])
def report(request: pytest.FixtureRequest) -> ReportContext:
    made = sample_slice(request.param)
    return context_of(made, made.run)


@pytest.fixture(scope="module")
def made(report: ReportContext) -> dict[str, Any]:
    return fragments(report)


def test_the_sample_makes_every_view(made: dict[str, Any]) -> None:
    assert {f"table {n}" for n in set(TABLES) - set(MONITOR_TABLES)} - set(made) == {
        "table annual_levels",  # no question about it in the sample
        "table annual_users",
    }
    assert {f"figure {n}" for n in set(FIGURES) - set(MONITOR_FIGURES)} <= set(made)


def test_numbers_on_the_page_are_exactly_those_in_the_ledger(made: dict[str, Any]) -> None:
    every_number_is_told(made)


def test_every_number_is_its_row_rounded(report: ReportContext, made: dict[str, Any]) -> None:
    assert every_number_is_its_row(report, made) > 500


def test_metadata_carries_numbers_caption_alt_and_label(made: dict[str, Any]) -> None:
    data, metadata = made["figure costs"]._repr_mimebundle_()
    told = metadata["evaluatie"]
    assert set(data) == {"image/svg+xml", "image/png", "text/plain"}
    assert told["label"] == "fig-costs"
    assert told["caption"]
    assert told["alt"]
    assert {channel for *_, channel in told["numbers"]} == {"alt", "drawn"}
    data, metadata = made["table verdicts"]._repr_mimebundle_()
    assert set(data) == {"text/html", "text/plain"}
    assert metadata["evaluatie"]["label"] == "tbl-verdicts"
    assert {channel for *_, channel in metadata["evaluatie"]["numbers"]} == {"text"}
