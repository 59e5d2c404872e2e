"""A figure says which values can be read off it, and is made of nothing else."""

from __future__ import annotations

import ast
import math
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from test_present_sample import sample_slice

from evaluatie.present import canvas
from evaluatie.present.drawn import MEASURED, draws, significant
from evaluatie.present.fragments import FigureView
from evaluatie.present.phrase import NumberRef, Phrase
from evaluatie.reports.context import ReportContext, context_of
from evaluatie.reports.parts import FIGURES
from provenance import differing_figures

PRESENT = Path(canvas.__file__).parent
CLAIM = NumberRef("1.00000", "row/a", "estimate", "drawn")


@pytest.fixture(scope="module")
def report() -> ReportContext:
    made = sample_slice("nl")
    return context_of(made, made.run)


@pytest.fixture(scope="module")
def figures(report: ReportContext) -> dict[str, FigureView]:
    views = {name: report.figure(name) for name in FIGURES}
    return {name: view for name, view in views.items() if isinstance(view, FigureView)}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.123456789, "0.123457"), (37.0, "37.0000"), (1234567.4, "1.23457E+6"), (0.0, "0.00000"),
     (-5.0, "-5.00000"), (999999.6, "1000000"), (-0.00012345678, "-0.000123457")],
)  # fmt: skip
def test_six_digits_are_written_also_when_they_are_zeros(value, text):
    assert significant(value) == text


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_the_last_written_digit_says_how_near_the_value_is(value):
    written = Decimal(significant(value))
    half = Decimal(5).scaleb(int(written.as_tuple().exponent) - 1)
    assert abs(Decimal(repr(value)) - written) <= half
    if value:
        assert half <= abs(Decimal(repr(value))) * Decimal("5e-6")


def test_hidden_rows_and_missing_fields_are_gaps_and_not_claimed():
    row = {"id": "a", "publication": "shown", "estimate": 1.5, "ci_low": math.nan, "ci_high": 2.0}
    hidden = {**row, "id": "b", "publication": "suppressed"}
    assert draws([row, None, hidden], *MEASURED) == (
        NumberRef("1.50000", "a", "estimate", "drawn"),
        NumberRef("2.00000", "a", "ci_high", "drawn"),
    )


def drawing() -> tuple[canvas.Figure, Axes]:
    figure = canvas.blank(4, 2)
    return figure, figure.subplots()


def test_a_figure_cannot_be_finished_without_its_claims():
    with canvas.style():
        figure, axes = drawing()
        axes.plot([1, 2], [3, 4])
        with pytest.raises(TypeError, match="drawn"):
            canvas.finish(figure, Phrase("c"), Phrase("a"), "")
        with pytest.raises(ValueError, match="which numbers it draws"):
            canvas.finish(figure, Phrase("c"), Phrase("a"), "", drawn=())
        view = canvas.finish(figure, Phrase("c"), Phrase("a"), "", drawn=[CLAIM, CLAIM])
    assert view.drawn == (CLAIM,)
    _, metadata = view._repr_mimebundle_()
    assert metadata["evaluatie"]["numbers"] == [["1.00000", "row/a", "estimate", "drawn"]]


def test_nothing_but_the_canvas_makes_a_figure():
    """Every figure maker passes `canvas.finish`, and with it the claims."""
    made, finished = [], []
    for path in sorted(PRESENT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = node.func.attr if isinstance(node.func, ast.Attribute) else (
                    getattr(node.func, "id", "")
                )  # fmt: skip
                if name == "FigureView":
                    made.append(path.name)
                elif name == "finish":
                    finished.append("drawn" in {word.arg for word in node.keywords})
    assert made == ["canvas.py"]
    assert len(finished) >= 19
    assert all(finished)


def test_coordinates_are_rounded_so_that_a_file_tells_no_more_than_its_claims():
    with canvas.style():
        figure, axes = drawing()
        axes.plot([0, 1], [0, math.pi])
        view = canvas.finish(figure, Phrase("c"), Phrase("a"), "", drawn=[CLAIM])
    assert not canvas.LONG.search(" ".join(canvas.COORDINATES.findall(view.svg)))
    assert canvas.coarse('<path d="M 1.23456 -0.001 L 2 3.5"/>') == '<path d="M 1.23 0 L 2 3.5"/>'
    kept = '<g transform="translate(1.5 2) scale(0.015625)" style="stroke-width: 0.625"/>'
    assert canvas.coarse(kept) == kept


def test_every_claim_is_the_value_of_a_row_that_may_be_shown(report, figures):
    rows = report.rows.set_index("id")
    claims = [ref for view in figures.values() for ref in view.drawn]
    assert len(claims) > 100
    for ref in claims:
        assert rows.loc[ref.row, "publication"] == "shown", ref
        assert ref.text == significant(rows.loc[ref.row, ref.field]), ref
        assert ref.channel == "drawn"


def test_every_figure_is_made_of_the_values_it_claims_and_of_no_other(report, figures):
    assert len(figures) >= 8
    assert differing_figures(report, figures) == {}


def test_a_value_that_is_drawn_and_not_claimed_is_found(report, monkeypatch):
    """The test of the tests: one forgotten field is enough."""
    import evaluatie.present.forest as forest

    forgetful = lambda rows, *fields: draws(rows, "estimate")  # noqa: E731
    monkeypatch.setattr(forest, "draws", forgetful)
    assert "does not claim" in differing_figures(report, ["forest"])["forest"]


def test_every_place_in_a_bar_chart_is_a_claim(report, monkeypatch):
    """What matplotlib was given to draw, seen from its own side."""
    given_to: list[float] = []
    original = Axes.barh

    def barh(self, y, width, *args, **kwargs):
        given_to.extend(np.atleast_1d(np.asarray(width, dtype=float)))
        return original(self, y, width, *args, **kwargs)

    monkeypatch.setattr(Axes, "barh", barh)
    for name in ("response", "weights"):
        given_to.clear()
        view = report.figure(name)
        claimed = {ref.text for ref in view.drawn}
        assert given_to
        assert {significant(value) for value in given_to} == claimed, name
