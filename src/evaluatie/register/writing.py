"""Read the register with its witnesses, and add an entry: the old register or the new one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from evaluatie.errors import ReleaseError
from evaluatie.register.access import file_mode, is_shared, permitted
from evaluatie.register.chain import REGISTER_FILE, Entry, Kind, Register, next_entry, read_chain
from evaluatie.register.witnesses import (
    HEAD_FILE,
    REQUESTS,
    check_head,
    check_witnesses,
    head_of,
    read_head,
    read_witnesses,
)
from evaluatie.store import locked

LOCK, IGNORE, ATTRIBUTES = ".lock", ".gitignore", ".gitattributes"
UNTOUCHED = "# Digests are of bytes: git may not change the ends of lines.\n* -text\n"
IGNORED = f"""\
# What is public may be committed: the register, its head, and every release. Requests may not.
/{REQUESTS}/
/{LOCK}
.*.new
/.new-*
/.old-*
!/r*/published.parquet
"""
Content = Mapping[str, Any] | Callable[[Register], Mapping[str, Any]]


def read_register(folder: Path) -> Register:
    """Read and verify the register in ``folder``; an absent folder holds an empty one.

    Raises
    ------
    ReleaseError
        An entry was changed, deleted, moved, put in or written twice, the end was cut off, or a
        file that bears witness of the chain says otherwise; the entry is named.

    Notes
    -----
    Whoever can write to the folder can replace everything in it together: register, head and all
    folders. No file in that folder can tell. Put ``releases/`` under version control on a machine
    of others, or deposit the head digest (`evaluatie release verify` prints it) with somebody who
    has no part in the study.
    """
    while True:
        witnesses = read_witnesses(folder)  # first: an entry is written before its witness
        before = read_head(folder)
        found = (folder / REGISTER_FILE).is_file()
        try:
            register = read_chain(folder / REGISTER_FILE)
            check_head(register, before, found)
        except ReleaseError:
            if read_head(folder) != before:
                continue  # somebody was writing: look again
            raise
        check_witnesses(register, witnesses)
        return register


def append(
    folder: Path, kind: Kind, by: str, content: Content, at: datetime | None = None
) -> Entry:
    """Add one entry to the register in ``folder`` and return it.

    Parameters
    ----------
    kind : Kind
        What is recorded.
    by : str
        Id of the person who did it.
    content : mapping, or callable of a Register
        JSON values. A callable is given the verified register while nobody else can write: it
        decides on what stands there now, and refuses by raising.
    at : datetime, optional
        Default: now.

    Raises
    ------
    ReleaseError
        The register is not what it was.

    Notes
    -----
    Interrupted at any moment the register is the old one or the new one: it is written whole, to a
    file of its own that is then moved into place. The head names the coming entry first, so that
    neither state looks like tampering.
    """
    open_folder(folder)
    with permitted(), lock(folder):
        register = read_register(folder)
        told = content(register) if callable(content) else content
        moment = (at or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
        entry = next_entry(register, moment, str(kind), by, told)
        after = Register((*register.entries, entry))
        mode = file_mode(folder)
        write_whole(folder / HEAD_FILE, head_of(register, entry.digest).text, mode)
        text = b"".join(each.line for each in after.entries)
        write_whole(folder / REGISTER_FILE, text, mode)
        write_whole(folder / HEAD_FILE, head_of(after).text, mode)
    return entry


def open_folder(folder: Path) -> None:
    """Make the folder of the register, with what keeps requests out of version control."""
    texts = {folder / IGNORE: IGNORED, folder / ATTRIBUTES: UNTOUCHED}
    with permitted():
        if not folder.is_dir():
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        if all(path.exists() for path in texts):
            return
        with lock(folder):
            for path, text in texts.items():
                if not path.exists():
                    write_whole(path, text.encode(), file_mode(folder))


@contextlib.contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the lock of the register in ``folder``, which everybody who may write there shares."""
    with locked(folder / LOCK, mode=0o660 if is_shared(folder) else 0o600):
        yield


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)  # of an interrupted run, perhaps under another account
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        temporary.chmod(mode)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make what was moved into a folder survive a power cut, where the system can promise that."""
    with contextlib.suppress(OSError, AttributeError):  # Windows cannot open a folder
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
