"""Whether every output says how sensitive it is, and what the register of releases tells."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evaluatie.cli.checkup.finding import Finding, Level, counted, listed
from evaluatie.errors import EvaluatieError, ReleaseError
from evaluatie.study import Study

LABELLED = (".html", ".pdf", ".docx", ".ipynb", ".csv", ".json", ".parquet")
OUTPUTS = ("", "reports", "export-r", "ledger")  # folders of build/; "" is build/ itself


def check_outputs(study: Study) -> Iterator[Finding]:
    """Tell which finished files do not say how sensitive they are."""
    files = [path for name in OUTPUTS for path in _finished(study.build / name, deep=bool(name))]
    yield counted(
        (path for path in files if not _labelled(path)),
        study.root,
        none=f"all {len(files)} outputs say how sensitive they are",
        some=f"of {len(files)} outputs do not say how sensitive they are",
        remedy="make them again with the command that wrote them; one without a label may not "
        "leave.",
    )


def _finished(folder: Path, *, deep: bool) -> Iterator[Path]:
    found = folder.rglob("*") if deep else folder.glob("*")
    for path in found:
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in LABELLED and path.is_file() and not hidden:
            yield path


def _labelled(path: Path) -> bool:
    from evaluatie.release.labels import read_label

    try:
        return read_label(path) is not None or _is_empty_table(path)
    except ReleaseError:
        return False


def _is_empty_table(path: Path) -> bool:
    """Return whether a CSV has a header and no row that could carry a label."""
    if path.suffix.lower() != ".csv":
        return False
    with path.open(encoding="utf-8") as file:
        file.readline()
        return not file.read(1)


def check_releases(study: Study) -> Iterator[Finding]:
    """Tell whether history is what it was, and which requests still wait."""
    from evaluatie.register import verify
    from evaluatie.release.people import load_people
    from evaluatie.release.state import Stage, requests_of

    try:
        register = verify(study.releases)
        asked = requests_of(register)
        people = load_people(study) if asked else None
        stages = {name: state.stage(people) for name, state in asked.items() if people}
    except EvaluatieError as error:
        yield Finding(Level.OPEN, f"the register of releases: {error}")
        return
    out = sum(stage == Stage.PUBLISHED for stage in stages.values())
    yield Finding(Level.OK, f"the register of releases is whole; {out} releases were published")
    waiting = [f"{n} ({s})" for n, s in stages.items() if s in (Stage.OPEN, Stage.APPROVED)]
    if waiting:
        what = f"{len(waiting)} requests for a release are not yet published"
        remedy = "see 'evaluatie release list': review, publish or reject them."
        yield Finding(Level.NOTE, what, listed(waiting), remedy)
