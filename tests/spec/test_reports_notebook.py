"""Parameters in both directions, what leaves an executed notebook, and what is added to it."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from evaluatie.agreement.model import ReportRun
from evaluatie.domain import Sensitivity
from evaluatie.errors import RunError
from evaluatie.reports.final import finalise, numbers_csv, numbers_of
from evaluatie.reports.notebook import (
    check_injected,
    check_source,
    normalise,
    read_notebook,
    source_digest,
    write_notebook,
)
from evaluatie.reports.options import options_of
from evaluatie.reports.slice import ReportSlice

V4 = nbformat.v4
GIVEN = {"report": "r", "wave": "t1"}


def code(source: str, outputs=(), cell_id: str = "c", tags=()) -> nbformat.NotebookNode:
    cell = V4.new_code_cell(source, id=cell_id, outputs=list(outputs))
    if tags:
        cell.metadata["tags"] = list(tags)
    return cell


def book(*cells, tags=()) -> nbformat.NotebookNode:
    notebook = V4.new_notebook(cells=list(cells))
    if tags:
        notebook.metadata["tags"] = list(tags)
    return notebook


def parameters(source: str = 'report = ""\nwave = ""', cell_id: str = "p") -> nbformat.NotebookNode:
    return code(source, cell_id=cell_id, tags=["parameters"])


def shown(data: dict, **told) -> nbformat.NotebookNode:
    metadata = {"evaluatie": told} if told else {}
    return V4.new_output("display_data", data=data, metadata=metadata)


def the_slice(**more) -> ReportSlice:
    return ReportSlice(
        run=ReportRun(report="r", audience="a", wave="t1"), notebook="n.ipynb", formats=("html",),
        title="Titel: een", estimates=pd.DataFrame(), verdicts=pd.DataFrame(), **more,
    )  # fmt: skip


def test_equal_parameters_are_accepted():
    check_source(book(parameters(), code("x = report")), "n.ipynb", GIVEN)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([code("x = 1")], "0 cells carry the tag 'parameters'"),
        ([parameters(), parameters(cell_id="p2")], "2 cells carry the tag"),
        ([parameters('report = ""')], "not declared: wave"),
        ([parameters('report = ""\nwave = ""\narea = ""')], "not given: area"),
        ([parameters(), code('wave = "t9"')], "assigns the parameter wave again"),
        ([parameters(), code("for wave in range(3): pass")], "assigns the parameter wave again"),
        ([parameters(), code("x =")], "Python cannot read this cell"),
        ([parameters(), code("", tags=["injected-parameters"])], "already has a cell"),
        ([parameters(), code("", tags=["exploration"])], "is an exploration"),
    ],
)
def test_anything_else_is_refused_with_the_cell(cells, message):
    with pytest.raises(RunError, match=message):
        check_source(book(*cells), "n.ipynb", GIVEN)


def test_an_exploration_is_refused_by_its_metadata_too():
    with pytest.raises(RunError, match="exploration"):
        check_source(book(parameters(), tags=["exploration"]), "n.ipynb", GIVEN)
    marked = book(parameters())
    marked.metadata["evaluatie"] = {"exploration": True}  # as the shipped exploration has it
    with pytest.raises(RunError, match="exploration"):
        check_source(marked, "n.ipynb", GIVEN)


def test_magics_are_no_obstacle():
    check_source(book(parameters(), code("%matplotlib inline\n!ls\nx = 1")), "n.ipynb", GIVEN)


def injected(source: str) -> nbformat.NotebookNode:
    return code(source, cell_id="i", tags=["injected-parameters"])


def test_the_injected_cell_is_read_back():
    source = '# Parameters\nreport = "r"\nwave = "t1"\n'
    check_injected(book(parameters(), injected(source)), "n.ipynb", GIVEN)


@pytest.mark.parametrize(
    "cells",
    [
        [parameters()],
        [injected('report = "r"\nwave = "t1"'), parameters()],
        [parameters(), injected('report = "r"\nwave = "t2"')],
        [parameters(), injected('report = "r"')],
    ],
)
def test_an_injected_cell_that_is_absent_misplaced_or_different_is_refused(cells):
    with pytest.raises(RunError, match="injected"):
        check_injected(book(*cells), "n.ipynb", GIVEN)


def test_clocks_ids_addresses_and_host_paths_leave_the_notebook(tmp_path):
    texts = [
        V4.new_output("stream", name="stdout", text="<A at 0x7f12> in /tmp/ipykernel_12/34.py\n"),
        V4.new_output("stream", name="stderr", text="/home/me/x.py:1: Warning: look\nlook here\n"),
    ]
    result = V4.new_output("execute_result", data={"text/plain": "<Axes at 0xabc>"},
                           metadata={"execution": {"t": 1}})  # fmt: skip
    cell = code("x", [*texts, result], cell_id="c")
    cell.metadata["papermill"] = {"start_time": "now"}
    notebook = book(parameters(), injected("a = 1"), cell)
    notebook.metadata["papermill"] = {"output_path": "/home/me"}
    assert normalise(notebook) == ["cell 3: look here"]
    write_notebook(notebook, tmp_path / "n.ipynb")
    text = (tmp_path / "n.ipynb").read_text()
    for trace in ("0x", "/home", "/tmp", "papermill", 'execution"', "ipykernel"):
        assert trace not in text, trace
    assert notebook.cells[1].id == "injected-parameters"
    assert json.loads(text)["cells"][0]["source"] == ['report = ""\n', 'wave = ""']


def test_metadata_of_outputs_that_others_add_and_paths_in_warnings_leave_the_notebook():
    picture = V4.new_output("display_data", data={"image/png": "aGk="}, metadata={
        "evaluatie": {"alt": "A"}, "image/png": {"width": 3}, "author": "jan",
    })  # fmt: skip
    said = V4.new_output("stream", name="stderr", text="/home/jan/lib/x.py:3: old\n")
    notebook = book(code("x", [said, picture], cell_id="c"))
    assert normalise(notebook) == ["cell 1: x.py:3: old"]
    assert set(notebook.cells[0].outputs[0].metadata) == {"evaluatie", "image/png"}


def test_a_digest_is_of_what_a_notebook_says_not_of_its_outputs(tmp_path):
    path = tmp_path / "n.ipynb"
    write_notebook(book(code("x\ny", cell_id="a")), path)
    before = source_digest(path)
    cell = code("x\ny", [shown({"text/plain": "1"})], cell_id="b")
    cell.execution_count = 7
    write_notebook(book(cell), path)
    assert source_digest(path) == before
    write_notebook(book(code("x\nz", cell_id="a")), path)
    assert source_digest(path) != before


@pytest.mark.parametrize("text", ["{", "[]", '{"cells": 3}'])
def test_what_is_no_notebook_is_refused(tmp_path, text):
    (tmp_path / "n.ipynb").write_text(text)
    with pytest.raises(RunError, match="not a notebook"):
        source_digest(tmp_path / "n.ipynb")


def test_an_absent_notebook_is_named():
    with pytest.raises(RunError, match=r"n\.ipynb: the notebook does not exist"):
        read_notebook(Path("/nowhere/n.ipynb"))


def test_front_matter_comes_first_and_parameter_cells_are_hidden():
    item = the_slice(
        subtitle="Onder", date="1 mei 2021", author="Wij", label="L",
        sensitivity=Sensitivity.RESTRICTED, marking="Alleen voor u",
    )  # fmt: skip
    final = finalise(book(parameters(), injected("a = 1"), V4.new_markdown_cell("# K")), item)
    front = yaml.safe_load(final.cells[0].source.strip("-"))
    assert front == {
        "title": "Titel: een", "subtitle": "Onder", "author": "Wij", "date": "1 mei 2021",
        "lang": "nl", "running-label": "L", "released": True, "sensitivity": "restricted",
        "marking": "Alleen voor u",
    }  # fmt: skip
    assert final.metadata["evaluatie"] == {"sensitivity": "restricted"}
    assert [cell.metadata.get("tags") for cell in final.cells[1:3]] == [
        ["parameters", "remove-cell"], ["injected-parameters", "remove-cell"],
    ]  # fmt: skip


def test_caption_and_alt_go_into_the_options_of_the_cell():
    figure = shown({"image/png": "aGk="}, caption='Een "lijn": 3', alt="Stijgt.", numbers=[])
    final = finalise(book(code("#| label: fig-a\nf()", [figure])), the_slice())
    options, source = options_of(final.cells[1])
    assert options == {"label": "fig-a", "fig-cap": 'Een "lijn": 3', "fig-alt": "Stijgt."}
    assert source == "f()"


def test_every_figure_and_table_of_one_cell_gets_its_own_cell_and_label():
    outputs = [
        shown({"text/markdown": "Tekst"}),
        shown({"text/html": "<table></table>"}, caption="T"),
        shown({"text/markdown": "Meer"}),
        shown({"image/png": "aGk="}, caption="F", alt="A"),
    ]
    final = finalise(book(code("#| label: fig-x\nshow()", outputs)), the_slice())
    options = [options_of(cell)[0] for cell in final.cells[1:]]
    assert options == [
        {"output": "asis"},
        {"label": "tbl-c-2", "tbl-cap": "T"},
        {"output": "asis"},
        {"label": "fig-x", "fig-cap": "F", "fig-alt": "A"},
    ]
    assert [len(cell.outputs) for cell in final.cells[1:]] == [1, 1, 1, 1]
    assert options_of(final.cells[1])[1] == "show()"


def test_a_text_that_stands_in_for_a_figure_keeps_its_label():
    absent = shown({"text/markdown": "Niet beschikbaar"}, caption="F")
    final = finalise(book(code("#| label: fig-x\nf()", [absent])), the_slice())
    assert options_of(final.cells[1])[0] == {
        "label": "fig-x", "fig-cap": "F", "output": "asis",
    }  # fmt: skip


def test_a_caption_that_is_typed_and_generated_is_refused():
    figure = shown({"image/png": "aGk="}, caption="F", alt="A")
    with pytest.raises(RunError, match="fig-cap is typed in the cell"):
        finalise(book(code("#| fig-cap: 12 dagen\nf()", [figure])), the_slice())


def test_the_ledger_lists_front_matter_and_every_display_object_in_order():
    item = the_slice(numbers=(("1 mei 2021", "fact/d", "estimate", "text"),))
    one = shown({"text/markdown": "3"}, numbers=[["3,1", "row/a", "estimate", "text"]])
    two = shown({"image/png": "aGk="}, alt="4", numbers=[
        ["4", "row/b", "n", "alt"], ["4.20000", "row/c", "estimate", "drawn"],
    ])  # fmt: skip
    final = finalise(book(code("f()", [one, two])), item)
    assert numbers_csv(numbers_of(final, item), Sensitivity.PUBLIC) == (
        "text,row,field,channel,sensitivity\n"
        "1 mei 2021,fact/d,estimate,text,public\n"
        '"3,1",row/a,estimate,text,public\n'
        "4,row/b,n,alt,public\n"
        "4.20000,row/c,estimate,drawn,public\n"
    )


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("#| fig-capp: x", r"cell c: unknown option 'fig-capp'[\s\S]*did you mean 'fig-cap'"),
        ("#| layout-ncol: 2", "option 'layout-ncol' works only with Quarto"),
        ("#| echo: perhaps", "option 'echo' has an unknown value"),
        ("#| output: maybe", "option 'output' has an unknown value"),
        ("#| label: plot one", "cannot be referred to"),
        ("#| just words", "not 'key: value'"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_cell_and_key(source, message):
    with pytest.raises(RunError, match=message):
        options_of(code(source))
