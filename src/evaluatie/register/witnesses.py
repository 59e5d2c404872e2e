"""What else knows the chain: a file with its head, and the number and digest in every folder.

A chain that was cut at its end is still a chain. So `head.json` names the last entry, and every
folder of a request or a release holds a witness of the entry that made it. What remains unseen is
everything replaced together: the register, its head and all folders that know better.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluatie.register.chain import Entry, Register, broken
from evaluatie.store import canonical

HEAD_FILE = "head.json"
REQUESTS = "requests"
WITNESS = re.compile(r"entry-(\d{4,})\.json")
RELEASE = re.compile(r"r\d{4,}")


@dataclass(frozen=True)
class Head:
    """What `head.json` says: the last entry, and the digest of one that is being written."""

    number: int = 0
    digest: str = ""
    next: str = ""

    @property
    def text(self) -> bytes:
        """The content of the file."""
        told = {"number": self.number, "digest": self.digest, "next": self.next}
        return canonical(told) + b"\n"


def head_of(register: Register, following: str = "") -> Head:
    """Return the head that belongs to a register, and to the entry that is about to follow."""
    return Head(len(register.entries), register.head, following)


def read_head(folder: Path) -> Head | None:
    """Return what `head.json` says; None where it is absent.

    Raises
    ------
    ReleaseError
        The file is not one that was written here.
    """
    path = folder / HEAD_FILE
    try:
        content = path.read_bytes()
        head = Head(**json.loads(content))
        same = head.text == content
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, RecursionError):
        same = False
    if not same:
        raise broken("the file is not what was written", HEAD_FILE)
    return head


def check_head(register: Register, head: Head | None, found: bool) -> None:
    """Refuse a chain that ends elsewhere than its head says.

    Parameters
    ----------
    found : bool
        Whether the file of the register is there.

    Notes
    -----
    While an entry is written the head names it as the next one: the chain ends before or with it.
    """
    last = len(register.entries)
    if head is None:
        if found:
            raise broken(f"the file is missing; the register has {last} entries", HEAD_FILE)
        return
    if not found and head.number:
        raise broken(f"the register was deleted: {HEAD_FILE} knows {head.number} entries")
    if head.next and (last, register.head) == (head.number + 1, head.next):
        return
    if (last, register.head) == (head.number, head.digest):
        return
    if last < head.number:
        lost = f"entry {last + 1} was" if last + 1 == head.number else _between(last + 1, head)
        raise broken(f"{lost} deleted from the end: {HEAD_FILE} knows {head.number} entries")
    if last > head.number:
        raise broken(f"entry {head.number + 1} was added by hand: {HEAD_FILE} does not know it")
    raise broken(f"entry {last} was replaced: {HEAD_FILE} knows it with another digest")


def _between(first: int, head: Head) -> str:
    return f"entries {first} to {head.number} were"


def witness_name(entry: Entry) -> str:
    """Return the name of the file that bears witness of an entry."""
    return f"entry-{entry.number:04d}.json"


def witness_text(entry: Entry) -> bytes:
    """Return what a witness says: number and digest."""
    return canonical({"number": entry.number, "digest": entry.digest}) + b"\n"


def read_witnesses(folder: Path) -> dict[str, bytes]:
    """Return the witnesses in all folders of requests and releases: relative name -> content."""
    found = (*folder.glob("*/entry-*.json"), *folder.glob(f"{REQUESTS}/*/entry-*.json"))
    kept = [path for path in found if not path.parent.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(kept)}


def check_witnesses(register: Register, witnesses: Mapping[str, bytes]) -> None:
    """Refuse a chain that lacks an entry of which a folder bears witness, or has it otherwise."""
    for name, content in witnesses.items():
        number = _number(name)
        if number is None or number < 1:
            raise broken("the file does not have the name of a witness", name)
        if number > len(register.entries):
            raise broken(
                f"entry {number} was deleted: {name} bears witness of it, and the register ends "
                f"with entry {len(register.entries)}"
            )
        if witness_text(register.entries[number - 1]) != content:
            raise broken(f"entry {number} is not the one of which {name} bears witness")


def release_names(names: Iterable[str]) -> list[str]:
    """Return the names that are those of a release, in order."""
    return sorted(name for name in names if RELEASE.fullmatch(name))


def _number(name: str) -> int | None:
    match = WITNESS.fullmatch(name.rsplit("/", 1)[-1])
    return int(match[1]) if match else None
