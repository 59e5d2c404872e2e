"""Whether version control could take data along."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

from evaluatie.cli.checkup.finding import Finding, Level, listed
from evaluatie.study import Study

CLOSED = ("data", "build", "releases/requests")
DATA_ENDINGS = (".sav", ".parquet", ".duckdb", ".feather", ".dta", ".rds", ".xlsx", ".xls")
PROBE = "file-that-does-not-exist"


def check_tracked(study: Study) -> Iterator[Finding]:
    """Tell which files with data git knows, and which folders it would take."""
    listed_by_git = _git(study.root, "ls-files", "-z")
    if listed_by_git is None:
        yield Finding(Level.NOTE, "the study is in no git checkout: nothing is tracked")
        return
    tracked = [name for name in listed_by_git.split("\0") if name]
    data = [name for name in tracked if _is_data(name)]
    if data:
        yield Finding(
            Level.OPEN,
            f"{len(data)} files with data are tracked by git",
            listed(data),
            "git rm --cached them. What was pushed is out: report it as a data leak, and remove it "
            "from the history.",
        )
    else:
        yield Finding(Level.OK, "git tracks no file with data")
    taken = [name for name in CLOSED if not _ignored(study.root, f"{name}/{PROBE}")]
    if taken:
        yield Finding(
            Level.OPEN,
            f"{len(taken)} folders are not ignored by git",
            tuple(f"{name}/" for name in taken),
            "add them to .gitignore, as 'evaluatie init' does.",
        )
    else:
        yield Finding(Level.OK, f"git ignores {', '.join(f'{name}/' for name in CLOSED)}")


def _is_data(name: str) -> bool:
    return name.startswith(tuple(f"{n}/" for n in CLOSED)) or name.lower().endswith(DATA_ENDINGS)


def _ignored(root: Path, name: str) -> bool:
    return _git(root, "check-ignore", "--no-index", name) is not None


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git says; None where it is absent, or its answer is no."""
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
