"""Who may read and write below `releases/`: its owner, or the group that it was shared with.

Reviewers work under accounts of their own, and must read what was frozen and write what they
decide. The owner shares the folder on purpose: a group, and the bits ``g+ws``. Then requests are
open to that group and to nobody else; without it, to their owner alone.
"""

from __future__ import annotations

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path

from evaluatie.errors import ReleaseError


def is_shared(folder: Path) -> bool:
    """Return whether ``releases/`` was shared with a group: writable for it, and inherited."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_IWGRP and mode & stat.S_ISGID)


def file_mode(folder: Path, *, private: bool = False) -> int:
    """Return the permissions of a file below ``releases/``; a frozen file is for reading only."""
    if private:
        return 0o640 if is_shared(folder) else 0o600
    return 0o664 if is_shared(folder) else 0o644


def folder_mode(folder: Path, *, private: bool = False) -> int:
    """Return the permissions of a folder below ``releases/``."""
    if private:
        return 0o2770 if is_shared(folder) else 0o700
    return 0o2775 if is_shared(folder) else 0o755


def protect(folder: Path, within: Path, *, private: bool) -> None:
    """Give everything in ``within`` the permissions that hold below ``releases/``."""
    for path in [within, *within.rglob("*")]:
        mode = folder_mode if path.is_dir() else file_mode
        path.chmod(mode(folder, private=private))


@contextlib.contextmanager
def permitted() -> Iterator[None]:
    """Say in plain words that an account may not read or write what it has to.

    Raises
    ------
    ReleaseError
        What is closed, and how its owner shares it.
    """
    try:
        yield
    except PermissionError as error:
        raise ReleaseError(
            f"this account of the machine may not use {Path(str(error.filename)).name}",
            where="releases",
            remedy="let its owner share releases/ with the group of the reviewers; docs/release.md "
            "says how.",
        ) from None
