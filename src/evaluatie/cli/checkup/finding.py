"""One thing that was looked at: in order, worth knowing, or open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

SHOWN = 5  # places named in a message


class Level(StrEnum):
    """How a finding is taken."""

    OK = "ok"
    NOTE = "note"  # worth knowing; nothing lies open
    OPEN = "open"  # to be mended


@dataclass(frozen=True)
class Finding:
    """What was found, where, and what to do about it."""

    level: Level
    what: str
    where: tuple[str, ...] = ()
    remedy: str = ""


def counted(
    found: Iterable[Path],
    root: Path,
    *,
    none: str,
    some: str,
    remedy: str,
    level: Level = Level.OPEN,
) -> Finding:
    """Return a finding about files: in order when there are none, else their number and places.

    Parameters
    ----------
    found : iterable of Path
        The files that are not in order.
    root : Path
        Folder below which they are named.
    none, some : str
        What is said when there are none, and after their number when there are some.
    remedy : str
        What to do.
    level : Level
        How bad it is.
    """
    places = sorted({path.relative_to(root).as_posix() for path in found})
    if not places:
        return Finding(Level.OK, none)
    return Finding(level, f"{len(places)} {some}", listed(places), remedy)


def listed(places: Iterable[str]) -> tuple[str, ...]:
    """Return the first few places, and how many more there are."""
    every = tuple(places)
    more = len(every) - SHOWN
    return (*every[:SHOWN], f"and {more} more") if more > 0 else every
