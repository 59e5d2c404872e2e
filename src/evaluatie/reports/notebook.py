"""Check a report notebook before and after it is executed, and make its bytes repeatable."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluatie.errors import RunError

Notebook = Any
Cell = Any

PARAMETERS, INJECTED, EXPLORATION = "parameters", "injected-parameters", "exploration"
KEPT_CELL_METADATA = ("tags",)
KEPT_OUTPUT_METADATA = ("evaluatie", "image/png", "image/svg+xml", "image/jpeg")
KEPT_METADATA = ("kernelspec", "language_info")
HOST_PATH = re.compile(r"(?<![\w./])(?:[A-Za-z]:)?(?:[/\\][^/\\\s:'\"]+)+[/\\](?=[^/\\\s])")
ADDRESS = re.compile(r" at 0x[0-9a-f]+")
KERNEL_FILE = re.compile(r"(?:[^\s\"']*/)?ipykernel_\d+/\d+(?:\.py)?")


def read_notebook(path: Path) -> Notebook:
    """Read a notebook of format 4, or refuse with the reason."""
    import nbformat  # here, not above: it takes a second, and most runs have nothing to do

    try:
        return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise RunError("the notebook does not exist", where=path.name) from None
    except (ValueError, nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise RunError(f"not a notebook: {type(error).__name__}", where=path.name) from None


def tags_of(cell: Cell) -> set[str]:
    """Return the tags of a cell."""
    return set(cell.get("metadata", {}).get("tags", []))


def source_digest(path: Path) -> str:
    """Return the sha256 of what a notebook says: sources and tags, not outputs or counters.

    Notes
    -----
    A source can be one text or a list of lines; both have the same digest.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["cells"]
        cells = [[c["cell_type"], "".join(c["source"]), sorted(tags_of(c))] for c in found]
    except FileNotFoundError:
        raise RunError("the notebook does not exist", where=path.name) from None
    except (ValueError, KeyError, TypeError):
        raise RunError("not a notebook of format 4", where=path.name) from None
    return hashlib.sha256(json.dumps(cells, ensure_ascii=False).encode()).hexdigest()


def check_source(notebook: Notebook, where: str, parameters: Mapping[str, str]) -> None:
    """Refuse a notebook that cannot take exactly these parameters, or that is an exploration.

    papermill warns about an unknown parameter and goes on; a default further down would then
    silently replace the scope of the report. So the declared and the given names must be equal,
    there is exactly one cell that declares them, and no later cell assigns them.

    Raises
    ------
    RunError
        What differs, and in which cell.
    """
    _refuse_exploration(notebook, where)
    tagged = [i for i, cell in enumerate(notebook.cells) if PARAMETERS in tags_of(cell)]
    if len(tagged) != 1:
        raise RunError(
            f"{len(tagged)} cells carry the tag '{PARAMETERS}'",
            where=where,
            allowed="exactly one",
            remedy="tag the one cell that declares the parameters.",
        )
    if any(INJECTED in tags_of(cell) for cell in notebook.cells):
        raise RunError(
            f"the notebook already has a cell with the tag '{INJECTED}'",
            where=where,
            remedy="remove that cell: the runner injects it.",
        )
    declared = set(assigned_names(notebook.cells[tagged[0]].source, where, tagged[0]))
    if declared != set(parameters):
        raise RunError(
            "the parameters cell and the parameters of the run differ; not declared: "
            f"{_listed(set(parameters) - declared)}; not given: "
            f"{_listed(declared - set(parameters))}",
            where=f"{where}, cell {tagged[0] + 1}",
            allowed=", ".join(parameters),
        )
    _refuse_reassignment(notebook, where, tagged[0], declared)


def is_exploration(notebook: Notebook) -> bool:
    """Return whether a notebook says of itself, or of one of its cells, that it explores."""
    marks = set(notebook.metadata.get("tags", []))
    marks.update(*(tags_of(cell) for cell in notebook.cells))
    return EXPLORATION in marks or bool(notebook.metadata.get("evaluatie", {}).get(EXPLORATION))


def _refuse_exploration(notebook: Notebook, where: str) -> None:
    if is_exploration(notebook):
        raise RunError(
            "this notebook is an exploration and can use data that no audience may see",
            where=where,
            remedy="make a report notebook that opens its slice with open_report(...).",
        )


def _refuse_reassignment(notebook: Notebook, where: str, first: int, names: set[str]) -> None:
    for index, cell in enumerate(notebook.cells):
        if cell.cell_type != "code" or index == first:
            continue
        again = names & set(assigned_names(cell.source, where, index))
        if again:
            raise RunError(
                f"assigns the parameter {_listed(again)} again, outside the parameters cell",
                where=f"{where}, cell {index + 1}",
                remedy="use another name: this cell would change the scope of the report.",
            )


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def assigned_names(source: str, where: str, index: int) -> list[str]:
    """Return the names that the top level of a code cell assigns; IPython magics are skipped."""
    lines = ["" if re.match(r"\s*[%!?]", line) else line for line in source.split("\n")]
    try:
        tree = ast.parse("\n".join(lines))
    except SyntaxError as error:
        raise RunError(
            f"Python cannot read this cell: {error.msg} (line {error.lineno})",
            where=f"{where}, cell {index + 1}",
        ) from None
    stored = [n for n in ast.walk(tree) if isinstance(n, ast.Name)]
    return [n.id for n in stored if isinstance(n.ctx, ast.Store)]


def check_injected(notebook: Notebook, where: str, parameters: Mapping[str, str]) -> None:
    """Read the injected cell of an executed notebook back and compare it with what was given.

    Raises
    ------
    RunError
        There is no such cell, more than one, not right after the parameters cell, or another value.
    """
    places = [i for i, cell in enumerate(notebook.cells) if INJECTED in tags_of(cell)]
    after = len(places) == 1 and places[0] > 0
    if not after or PARAMETERS not in tags_of(notebook.cells[places[0] - 1]):
        raise RunError(
            f"{len(places)} injected parameter cells after execution, or not below the "
            "parameters cell",
            where=where,
        )
    found = {}
    for node in ast.parse(notebook.cells[places[0]].source).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = ast.literal_eval(node.value)
    if found != dict(parameters):
        raise RunError(
            "the injected cell does not hold the parameters that were given", where=where
        )


def normalise(notebook: Notebook) -> list[str]:
    """Strip clocks, random ids, addresses and host paths; return the warnings it removed.

    Everything on stderr is for the maker, not for a reader, and can name paths of this host: it
    leaves the notebook and is returned, one line per cell, with the names of files only.
    """
    warnings = []
    for index, cell in enumerate(notebook.cells):
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in KEPT_CELL_METADATA}
        cell.id = _stable_id(cell, index)
        if cell.cell_type != "code":
            continue
        said = [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"]
        if said:
            last = "".join(o.text for o in said).strip().splitlines()[-1:]
            warnings.append(f"cell {index + 1}: {HOST_PATH.sub('', ''.join(last))[:300]}")
        cell.outputs = [_stable_output(output) for output in cell.outputs if output not in said]
    notebook.metadata = {k: v for k, v in notebook.metadata.items() if k in KEPT_METADATA}
    return warnings


def _stable_id(cell: Cell, index: int) -> str:
    """Papermill draws the id of the injected cell at random; old notebooks have no ids at all."""
    if INJECTED in tags_of(cell):
        return INJECTED
    return str(cell.get("id") or f"cell-{index}")


def _stable_output(output: Any) -> Any:
    if "metadata" in output:
        kept = {k: v for k, v in output["metadata"].items() if k in KEPT_OUTPUT_METADATA}
        output["metadata"] = kept
    data = output.get("data", {})
    if "text/plain" in data:
        data["text/plain"] = ADDRESS.sub("", data["text/plain"])
    if "text" in output:
        output["text"] = KERNEL_FILE.sub("cell", ADDRESS.sub("", output["text"]))
    return output


def write_notebook(notebook: Notebook, path: Path) -> None:
    """Write with sources as lists of lines (Quarto joins one long string into one line)."""
    import nbformat

    nbformat.validate(notebook)
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    path.write_text(text + "\n", encoding="utf-8")


def new_code_cell(identifier: str) -> Cell:
    """Return an empty code cell."""
    import nbformat

    return nbformat.v4.new_code_cell("", id=identifier)  # type: ignore[no-untyped-call]


def new_raw_cell(source: str, identifier: str) -> Cell:
    """Return a raw cell."""
    import nbformat

    return nbformat.v4.new_raw_cell(source, id=identifier)  # type: ignore[no-untyped-call]
