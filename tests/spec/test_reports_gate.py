"""What a finished notebook may show: claims of rows that may be shown, and nothing else."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pandas as pd
import pytest

from evaluatie.agreement.model import ReportRun
from evaluatie.domain import Sensitivity
from evaluatie.errors import RunError
from evaluatie.reports.final import finalise, numbers_csv, numbers_of
from evaluatie.reports.gate import require_claimed, require_no_host
from evaluatie.reports.notebook import normalise, write_notebook
from evaluatie.reports.slice import ReportSlice, write_slice
from evaluatie.results import Table, estimate_row, estimates_frame

V4 = nbformat.v4
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9pt" height="9pt"><path d="M0 0L9 9"/></svg>'
SHOWN, HIDDEN = "score/-/x/-/-/-/-/-/mean", "score/-/y/-/-/-/-/-/mean"
PAGE = [["1,5", SHOWN, "estimate", "text"]]
DRAWN = [["1.50000", SHOWN, "estimate", "drawn"]]


def output(data: dict, numbers: list, **told: str) -> nbformat.NotebookNode:
    metadata = {"evaluatie": {"numbers": numbers, **told}}
    return V4.new_output("display_data", data=data, metadata=metadata)


def said(text: str, numbers: list = PAGE) -> nbformat.NotebookNode:
    return output({"text/markdown": text}, numbers)


def figure(numbers: list = DRAWN) -> nbformat.NotebookNode:
    return output({"image/svg+xml": SVG}, numbers, alt="Een balk.", caption="Een balk")


def the_slice() -> ReportSlice:
    rows = [
        estimate_row(Table.SCORE, "mean", indicator=name, estimate=value, n=n)
        for name, value, n in (("x", 1.5, 20.0), ("y", 2.5, 8.0))
    ]
    frame = estimates_frame(rows).assign(publication=["shown", "suppressed"])
    return ReportSlice(
        run=ReportRun(report="r", audience="a", wave="t1"), notebook="n.ipynb", formats=("html",),
        title="Titel", estimates=frame, verdicts=pd.DataFrame({"question": ["q"]}),
        texts={"labels": {"texts": [["area", [["A1", "Buurt 7"]]]]}},
    )  # fmt: skip


def gate(folder: Path, *outputs: nbformat.NotebookNode, source: str = "show()") -> None:
    """Finish a notebook with one cell as a job does, and hold it against its slice."""
    item = the_slice()
    cell = V4.new_code_cell(source, id="c", outputs=list(outputs))
    notebook = V4.new_notebook(cells=[V4.new_markdown_cell("## Kop", id="m"), cell])
    normalise(notebook)
    finalise(notebook, item)
    write_notebook(notebook, folder / "n.ipynb")
    ledger = numbers_csv(numbers_of(notebook, item), Sensitivity.PUBLIC)
    (folder / "numbers.csv").write_text(ledger, encoding="utf-8")
    write_slice(item, folder / "slice")
    require_claimed(folder / "n.ipynb", folder / "numbers.csv", folder / "slice", "nl")


def test_claims_of_shown_rows_pass(tmp_path):
    gate(tmp_path, said("Het is 1,5 in COVID-19."), figure(), source="show(level=2)")


def test_a_number_in_a_declared_text_passes(tmp_path):
    name = ["7", "declared/labels/area/A1", "text", "text"]
    gate(tmp_path, said("In Buurt 7 is het 1,5.", [name, *PAGE]))


@pytest.mark.parametrize(
    "forgotten",
    [
        V4.new_output("stream", name="stdout", text="er zijn er 12\n"),
        V4.new_output("execute_result", data={"text/plain": "array([12])"}),
        output({"text/html": "<table><tr><td>12</td></tr></table>"}, []),
        output({"text/markdown": "klaar", "text/plain": "12 rijen over"}, []),
        output({"text/markdown": "<!-- 12 -->"}, []),
        said("Het is 1,5 en nog eens 1,5.", PAGE),
    ],
    ids=["stdout", "value", "table", "other form", "comment", "twice"],
)
def test_a_number_that_nobody_claims_is_refused(tmp_path, forgotten):
    refusal = r"cell c: the notebook shows numbers without a claim: .*\(\d found"
    with pytest.raises(RunError, match=refusal) as refused:
        gate(tmp_path, said("Het is 1,5."), forgotten)
    assert "12" not in str(refused.value)  # it may be one that nobody should read


def test_the_refusal_says_in_which_cell_and_where(tmp_path):
    stray = V4.new_output("stream", name="stdout", text="over 12\n")
    with pytest.raises(
        RunError, match=r"cell c: .*\(1 found; the first is number 2 in this cell\)"
    ):
        gate(tmp_path, said("Het is 1,5."), stray)


@pytest.mark.parametrize(
    ("text", "entry", "message"),
    [
        ("Het is 2,5.", ["2,5", HIDDEN, "estimate", "text"], "may not be shown"),
        ("Het zijn er 8.", ["8", HIDDEN, "n", "text"], "may not be shown"),
        ("Het is 1,6.", ["1,6", SHOWN, "estimate", "text"], "not the rounded value"),
        ("Het is 1,5.", ["1,5", "score/other", "estimate", "text"], "not the rounded value"),
        ("Buurt 8", ["8", "declared/labels/area/A1", "text", "text"], "not the rounded value"),
    ],
)
def test_a_claim_that_its_row_does_not_bear_out_is_refused(tmp_path, text, entry, message):
    with pytest.raises(RunError, match=message) as refused:
        gate(tmp_path, said(text, [entry]))
    assert entry[1] in str(refused.value)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (["2.50000", HIDDEN, "estimate", "drawn"], "may not be shown"),
        (["1.50002", SHOWN, "estimate", "drawn"], "not the rounded value"),
    ],
)
def test_what_a_figure_draws_is_held_to_the_same(tmp_path, entry, message):
    with pytest.raises(RunError, match=message):
        gate(tmp_path, figure([*DRAWN, entry]))


def test_a_figure_that_claims_nothing_is_refused(tmp_path):
    with pytest.raises(RunError, match="cell c: a figure does not say which numbers it draws"):
        gate(tmp_path, figure([]))
    with pytest.raises(RunError, match="does not say which numbers it draws"):
        gate(tmp_path, V4.new_output("display_data", data={"image/png": "aGk="}))


@pytest.mark.parametrize("place", ["source", "output", "end"])
def test_a_notebook_that_names_a_folder_of_this_machine_is_refused(tmp_path, place):
    path = tmp_path / "study" if place != "end" else tmp_path
    text = f"kijk in {path}" + ("/x" if place != "end" else "")
    cell = V4.new_code_cell(text if place == "source" else "x", id="c")
    if place != "source":
        cell.outputs = [V4.new_output("stream", name="stdout", text=text)]
    write_notebook(V4.new_notebook(cells=[cell]), tmp_path / "n.ipynb")
    with pytest.raises(RunError, match="cell c: source or output names a folder") as refused:
        require_no_host(tmp_path / "n.ipynb", (tmp_path,))
    assert str(tmp_path) not in str(refused.value)
    require_no_host(tmp_path / "n.ipynb", (tmp_path / "other", Path("/")))
