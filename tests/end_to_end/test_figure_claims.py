"""Figures of whole reports: made of the values they claim, and of no other."""

from pathlib import Path

import pytest
from studies import StudyFolder

from evaluatie.present.fragments import FigureView
from evaluatie.reports.context import context_of
from evaluatie.reports.parts import FIGURES
from evaluatie.reports.slice import read_slice
from provenance import differing_figures

pytestmark = pytest.mark.slow

RUNS = {
    "financier-gemeente-t3-nl": 8,
    "kostenmonitor-gemeente-t3-nl": 10,
    "businesscase-gemeente-t3-nl": 3,
    "spiegel-professionals-t3-syn-a-1002-nl": 4,
}


@pytest.mark.parametrize("run", RUNS)
def test_every_figure_is_made_of_the_values_it_claims(first: StudyFolder, run: str) -> None:
    found = read_slice(Path(first.slice(run)))
    report = context_of(found, found.run)
    made = [name for name in FIGURES if isinstance(report.figure(name), FigureView)]
    assert len(made) >= RUNS[run]
    assert differing_figures(report, made) == {}


def test_every_claim_of_a_figure_is_in_the_ledger_of_the_report(first: StudyFolder) -> None:
    for name, report in first.reports.items():
        text = (report.folder / "numbers.csv").read_text(encoding="utf-8")
        html = report.path("html").read_text(encoding="utf-8")
        if "data:image/svg+xml" in html:
            assert ",drawn," in text, name
