"""Where an export may stand: it holds answers of persons, so never where it could be committed."""

from __future__ import annotations

from pathlib import Path

from evaluatie.errors import UserError
from evaluatie.study import Study

NAME = "export-r"
MARK = "export.json"
"""File that says a folder is an export, so that a new one may take its place."""


def export_folder(study: Study, asked: Path | None) -> Path:
    """Return the folder to write, below ``build/`` unless another one was asked for.

    Raises
    ------
    UserError
        The folder lies in the study folder or in a version-controlled one, outside ``build/``; or
        it holds something that is not an earlier export.
    """
    build = study.build.resolve()
    folder = (asked or build / NAME).expanduser().resolve()
    _refuse_tracked(folder, build, study.root.resolve())
    if folder.exists() and not _replaceable(folder):
        raise UserError(
            "the folder is not empty and is no earlier export; nothing was written",
            where=str(folder),
            remedy="name a new or an empty folder.",
        )
    return folder


def _refuse_tracked(folder: Path, build: Path, root: Path) -> None:
    if build in folder.parents:
        return
    kept = [f for f in (folder, *folder.parents) if f == root or (f / ".git").exists()]
    if kept or folder == build:
        raise UserError(
            "an export holds answers of persons and may not stand where it could be committed",
            where=str(folder),
            allowed=f"a folder below {build}, or one outside every study and git checkout",
            remedy=f"leave out --to, or name such a folder; default {build / NAME}.",
        )


def _replaceable(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MARK).is_file() or not any(folder.iterdir()))
