"""The chain itself: one canonical JSON entry per line, each bound to the one before it.

An entry that was changed, left out, moved, put in or written twice breaks the chain at its place.
A chain that was cut at its end is still a chain: that is what witnesses are for (`witnesses`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any

from evaluatie.errors import ReleaseError
from evaluatie.store import canonical

REGISTER_FILE = "register.jsonl"
FIELDS = ("number", "at", "kind", "by", "content", "previous")
RESTORE = (
    "nothing was done. Put back releases/ from version control or a copy; if nobody changed it by "
    "hand, find out who could."
)


class Kind(StrEnum):
    """What an entry records."""

    REQUEST = "request"
    REVIEW = "review"
    PUBLISH = "publish"


@dataclass(frozen=True)
class Entry:
    """One line of the register.

    Attributes
    ----------
    number : int
        1, 2, 3, ...
    at : str
        When, as ISO 8601 in UTC.
    kind : str
        See `Kind`.
    by : str
        The declared person who did it: an id, never a name.
    content : mapping
        What was done, JSON values only.
    previous : str
        Digest of the entry before; empty for the first.
    digest : str
        SHA-256 over the canonical JSON of everything above.
    """

    number: int
    at: str
    kind: str
    by: str
    content: Mapping[str, Any]
    previous: str
    digest: str

    @property
    def line(self) -> bytes:
        """The line of the register that holds this entry."""
        return canonical({**_body(self), "digest": self.digest}) + b"\n"


@dataclass(frozen=True)
class Register:
    """A verified chain: its entries in order, and the digest of the last one (empty: none)."""

    entries: tuple[Entry, ...] = ()

    @property
    def head(self) -> str:
        """Digest of the last entry; it stands for everything before it."""
        return self.entries[-1].digest if self.entries else ""

    def of(self, kind: Kind) -> tuple[Entry, ...]:
        """Return the entries of one kind, in order."""
        return tuple(entry for entry in self.entries if entry.kind == kind)


def next_entry(
    register: Register, at: str, kind: str, by: str, content: Mapping[str, Any]
) -> Entry:
    """Return the entry that follows the last one of a register."""
    number = len(register.entries) + 1
    entry = Entry(number, at, kind, by, content, register.head, digest="")
    return replace(entry, digest=_digest(_body(entry)))


def read_chain(path: Path) -> Register:
    """Read and verify the chain in a file; an absent file is an empty chain.

    Raises
    ------
    ReleaseError
        The first entry that is not what it was, and what differs.
    """
    if not path.is_file():
        return Register()
    content = path.read_bytes()
    lines = content.split(b"\n")
    if lines.pop():
        raise broken(f"entry {len(lines) + 1}, the last one, is cut off: its line does not end")
    found = [_parsed(line) for line in lines]
    entries: list[Entry] = []
    for place, entry in enumerate(found, start=1):
        if entry is None:
            raise broken(f"entry {place} is not what was written: its line is no canonical entry")
        if problem := _problem(place, entry, entries, found):
            raise broken(problem)
        entries.append(entry)
    return Register(tuple(entries))


def broken(what: str, where: str = REGISTER_FILE) -> ReleaseError:
    """Return the error that says that history is not what it was."""
    return ReleaseError(what, where=f"releases/{where}", remedy=RESTORE)


def _parsed(line: bytes) -> Entry | None:
    """Return the entry on a line; None unless the line is exactly the one that entry writes."""
    try:
        content = json.loads(line)
        entry = Entry(**content)
        same = entry.line == line + b"\n"
    except (ValueError, TypeError, RecursionError):
        return None
    return entry if same else None


def _problem(
    place: int, entry: Entry, before: Sequence[Entry], found: Sequence[Entry | None]
) -> str:
    """Return how an entry differs from what must stand at its place; empty: it does not."""
    if entry.digest != _digest(_body(entry)):
        return f"entry {place} was changed: its content does not have the digest that it states"
    if entry.number != place:
        return _misplaced(place, entry, [e.number for e in found if e is not None])
    if entry.previous != (before[-1].digest if before else ""):
        earlier = f"entry {place - 1}" if before else "the start of the register"
        return (
            f"entry {place} does not follow on {earlier}: one of the two was replaced, together "
            "with its digest"
        )
    return ""


def _misplaced(place: int, entry: Entry, numbers: Sequence[int]) -> str:
    if entry.number in numbers[: place - 1]:
        return f"entry {entry.number} stands twice: again as line {place}"
    if place in numbers[place:]:
        return f"entry {place} stands further down: at its place stands entry {entry.number}"
    return f"entry {place} is missing: at its place stands entry {entry.number}"


def _body(entry: Entry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in FIELDS}


def _digest(body: Mapping[str, Any]) -> str:
    return sha256(canonical(body)).hexdigest()
