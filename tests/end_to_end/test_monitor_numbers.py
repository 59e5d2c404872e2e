"""Tables and figures of the monitor on a whole study: every number on them is that of a row."""

from pathlib import Path

import pytest
from studies import StudyFolder

from evaluatie.reports.context import context_of
from evaluatie.reports.monitor_parts import MONITOR_FIGURES, MONITOR_TABLES
from evaluatie.reports.slice import read_slice
from provenance import every_number_is_its_row, every_number_is_told, fragments

RUNS = {
    "kostenmonitor-gemeente-t3-nl": {"payer_matrix", "stacking_levels", "selected", "durations"},
    "businesscase-gemeente-t3-nl": {"cases", "case_payers", "cost_per_gain", "acceptability"},
    "spiegel-professionals-t3-syn-a-1002-nl": {"mirror", "agreed_rates"},
}


@pytest.mark.parametrize("run", RUNS)
def test_every_number_of_the_monitor_is_that_of_a_row(first: StudyFolder, run: str) -> None:
    found = read_slice(Path(first.slice(run)))
    report = context_of(found, found.run)
    made = fragments(report)
    names = {name.split()[-1] for name in made} & {*MONITOR_TABLES, *MONITOR_FIGURES}
    assert RUNS[run] <= names
    every_number_is_told(made)
    assert every_number_is_its_row(report, made) > 100
