"""The folders of releases: each holds what its entry says, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evaluatie.domain import Progress, Sensitivity, no_progress
from evaluatie.errors import ReleaseError
from evaluatie.register.access import permitted
from evaluatie.register.chain import RESTORE, Entry, Kind, Register
from evaluatie.register.published import ROWS_FILE
from evaluatie.register.witnesses import release_names, witness_name, witness_text
from evaluatie.register.writing import IGNORE, read_register
from evaluatie.store import file_digest

FILES, MANIFEST_FILE = "files", "MANIFEST.json"
KEPT_BACK = f"# For its reader alone: not for version control.\n/{FILES}/\n/{ROWS_FILE}\n"
MOST = 20

FileNotes = Mapping[str, Mapping[str, Any]]
"""Relative name -> ``sha256``, ``size`` and ``label`` of a file."""


def manifest_text(release: str, content: Mapping[str, Any]) -> str:
    """Return the manifest of a release: every file with digest, size and label."""
    files = [{"file": name, **note} for name, note in sorted(content["files"].items())]
    told = {
        "release": release,
        "sensitivity": content["sensitivity"],
        "synthetic": content["synthetic"],
        "files": files,
    }
    return json.dumps(told, indent=1, ensure_ascii=False) + "\n"


def differences(folder: Path, files: FileNotes) -> tuple[str, ...]:
    """Return how the files in ``folder`` differ from what was noted of them, one line per file."""
    there = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if not p.is_dir()}
    found = [f"{name} is missing" for name in sorted({*files} - {*there})]
    found += [f"{name} was added" for name in sorted({*there} - {*files})]
    for name in sorted({*files} & {*there}):
        if there[name].is_symlink():
            found.append(f"{name} was replaced by a link")
        elif file_digest(there[name]) != files[name]["sha256"]:
            found.append(f"{name} was changed")
    return tuple(found)


def check_folders(folder: Path, register: Register, progress: Progress = no_progress) -> None:
    """Refuse a folder of a release that is missing, was added, or holds something else.

    Parameters
    ----------
    folder : Path
        `releases/` of the study.
    register : Register
        Its verified register.

    Raises
    ------
    ReleaseError
        What is missing, added or changed.
    """
    published = register.of(Kind.PUBLISH)
    names = [p.name for p in folder.iterdir() if p.is_dir()] if folder.is_dir() else []
    known = {entry.content["release"] for entry in published}
    problems = [f"{name} was added: no entry" for name in release_names(names) if name not in known]
    for number, entry in enumerate(published):
        progress("Checking releases", number, len(published))
        problems += problems_of(folder, entry)
    if published:
        progress("Checking releases", len(published), len(published))
    if problems:
        more = len(problems) - MOST
        lines = problems[:MOST] + ([f"and {more} more"] if more > 0 else [])
        count = "one file is" if len(problems) == 1 else f"{len(problems)} files are"
        raise ReleaseError(
            f"{count} not what was published\n  " + "\n  ".join(lines),
            where="releases",
            remedy=f"{RESTORE} Was 'evaluatie release publish' interrupted? Give the same "
            "command again: it puts the missing folder in place.",
        )


def verify(folder: Path, progress: Progress = no_progress) -> Register:
    """Verify the register and every file of every release; return the register.

    Raises
    ------
    ReleaseError
        History is not what it was; see `read_register` and `check_folders`.
    """
    with permitted():
        register = read_register(folder)
        check_folders(folder, register, progress)
    return register


def problems_of(folder: Path, entry: Entry) -> list[str]:
    """Return what is wrong with the folder of one release, one line per file."""
    release, content = entry.content["release"], entry.content
    home = folder / release
    if not home.is_dir():
        return [f"{release} is missing, of entry {entry.number}"]
    expected = {f"{FILES}/{name}": note for name, note in content["files"].items()}
    expected[MANIFEST_FILE] = {"sha256": content["manifest"]}
    expected[ROWS_FILE] = {"sha256": content["rows"]}
    wrong = list(differences(home, expected))
    for name, text in beside(entry).items():
        if f"{name} was added" in wrong:
            wrong.remove(f"{name} was added")
            if (home / name).is_symlink() or (home / name).read_bytes() != text:
                wrong.append(f"{name} was changed")
        else:
            wrong.append(f"{name} is missing")
    return [f"{release}/{line}" for line in wrong]


def beside(entry: Entry) -> dict[str, bytes]:
    """Return what else stands in the folder of a release: its witness, and what git must leave."""
    told = {witness_name(entry): witness_text(entry)}
    if entry.content["sensitivity"] != Sensitivity.PUBLIC:
        told[IGNORE] = KEPT_BACK.encode()
    return told
