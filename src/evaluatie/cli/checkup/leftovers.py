"""What earlier runs left: drafts, notebooks that failed, and notebooks with stored outputs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

from evaluatie.cli.checkup.finding import Finding, counted
from evaluatie.store import OLD, TEMPORARY, in_use
from evaluatie.study import Study

DRAFTS = (f"{TEMPORARY}*", f"{OLD}*", ".synthetic-*", ".ledger-*", ".table-*", ".*.new", "*.tmp")
NOT_SEARCHED = {"build", "node_modules", "site-packages", "__pycache__"}


def check_leftovers(study: Study) -> Iterator[Finding]:
    """Tell what of interrupted and failed runs is still there."""
    yield counted(
        _drafts(study),
        study.root,
        none="interrupted runs left nothing behind",
        some="drafts of interrupted runs are left, which can hold data of persons",
        remedy="run the same command again, which removes its own; or remove them when nothing "
        "runs.",
    )
    yield counted(
        (study.build / "failed").glob("*/*.ipynb"),
        study.root,
        none="no notebook of a failed run is left",
        some="notebooks of failed runs are left; whatever their cells printed stands in them",
        remedy="mend the notebook and run again, which removes them; or remove build/failed.",
    )
    yield counted(
        (path for path in _notebooks(study.root) if _has_outputs(path)),
        study.root,
        none="no notebook of the study has stored outputs",
        some="notebooks outside build/ have stored outputs, which can hold data of persons",
        remedy="clear them: jupyter nbconvert --clear-output --inplace FILE",
    )


def _drafts(study: Study) -> Iterator[Path]:
    """Yield drafts whose lock nobody holds: a run that goes on has drafts as well."""
    places = [study.raw.parent, study.build, *_below(study.build)]
    places += _below(study.build / ".cache", 2)
    for place in places:
        for pattern in DRAFTS:
            yield from (p for p in place.glob(pattern) if not _at_work(p, study))


def _below(folder: Path, depth: int = 1) -> list[Path]:
    found = [p for p in folder.glob("[!.]*") if p.is_dir()] if folder.is_dir() else []
    return found if depth == 1 else [*found, *(q for p in found for q in _below(p, depth - 1))]


def _at_work(draft: Path, study: Study) -> bool:
    """Return whether a run holds the lock of the folder, or of the report, that a draft is for."""
    run = draft.name.removeprefix(TEMPORARY).rpartition("-")[0]
    locks = (draft.parent / ".lock", study.build / ".locks" / f"{run}.lock")
    return any(in_use(lock) for lock in locks)


def _notebooks(root: Path) -> Iterator[Path]:
    """Yield the notebooks of a study, copies that Jupyter keeps among them."""
    for folder, below, names in os.walk(root):
        below[:] = [n for n in below if n not in NOT_SEARCHED and _searched(n)]
        yield from (Path(folder) / name for name in names if name.endswith(".ipynb"))


def _searched(name: str) -> bool:
    return not name.startswith(".") or name == ".ipynb_checkpoints"


def _has_outputs(path: Path) -> bool:
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return any(cell.get("outputs") for cell in cells)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False  # no notebook: not for us to judge
