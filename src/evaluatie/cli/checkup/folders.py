"""Who besides the owner can read the data of persons, or write in the study."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from evaluatie.cli.checkup.finding import Finding, Level, counted
from evaluatie.dictionary import Codebook
from evaluatie.study import Study

PRIVATE = (
    "build/.cache", "build/export-r", "build/ledger", "build/failed", "build/issues.csv",
    "build/issues.html", "build/audit.csv", "data/truth", "releases/requests",
)  # fmt: skip
"""What the commands write that holds data of persons, or numbers before disclosure control."""
PARTS = (
    "analysis", "data_dictionary", "dictionary", "notebooks", "data", "build", "releases",
    "_quarto.yml",
)  # fmt: skip


def check_folders(study: Study, codebook: Codebook) -> Iterator[Finding]:
    """Tell which files others can read or change."""
    if os.name != "posix":
        yield Finding(Level.NOTE, "who can read the files is not checked on this system")
        return
    private = [*raw_files(study, codebook), *(f for p in PRIVATE for f in files(study.root / p))]
    yield counted(
        (path for path in private if readable_by_others(path, study.root)),
        study.root,
        none=f"{len(private)} files with data of persons can be read by their owner alone",
        some="files with data of persons can be read by other users",
        remedy="chmod 700 the folders and 600 the files, such as: chmod -R go= data build/.cache",
    )
    folders = {*PARTS, *study.dictionaries}
    yield counted(
        (p for name in folders for p in everything(study.root / name) if _writable_by_all(p)),
        study.root,
        none="nothing in the study can be changed by every user",
        some="files and folders can be changed by every user of this machine",
        remedy="chmod o-w them: who changes a notebook or a rule changes what is published.",
    )


def raw_files(study: Study, codebook: Codebook) -> Iterator[Path]:
    """Yield the raw files that are there and whose records are about persons."""
    from evaluatie.intake import raw_parts

    for part in raw_parts(study, codebook):
        path = study.raw / part.path
        if part.feed.about_persons and path.is_file():
            yield path


def files(place: Path) -> Iterator[Path]:
    """Yield a file, or the files below a folder; nothing where there is neither."""
    return (path for path in everything(place) if path.is_file())


def everything(place: Path) -> Iterator[Path]:
    """Yield a file or folder with what is below it; links are not followed."""
    if not place.exists() or place.is_symlink():
        return
    yield place
    for folder, below, names in os.walk(place):
        yield from (Path(folder) / name for name in (*below, *names))


def readable_by_others(path: Path, root: Path) -> bool:
    """Return whether group or others can read a file: it is open, and so is the way to it.

    What closes the study folder itself from outside does not count: that can change in one move.
    """
    mode = path.stat().st_mode
    between = [f.stat().st_mode for f in path.parents if f.is_relative_to(root) and f != root]
    group = mode & stat.S_IRGRP and all(m & stat.S_IXGRP for m in between)
    other = mode & stat.S_IROTH and all(m & stat.S_IXOTH for m in between)
    return bool(group or other)


def _writable_by_all(path: Path) -> bool:
    return not path.is_symlink() and bool(path.stat().st_mode & stat.S_IWOTH)
