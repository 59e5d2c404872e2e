"""Cached products: content keys, atomic moves, permissions, one lock per product.

A product is a folder. It is built in a temporary folder and moved into place, so that what stands
under its name is whole; a key that exists is not built again. Everything in a private store can
be read by its owner alone.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import IO, Any

from evaluatie.domain import Progress, no_progress
from evaluatie.errors import EvaluatieError

SCHEMA = 1
PRODUCT_FILE = "product.json"
TEMPORARY, OLD = ".new-", ".old-"
KEY_LENGTH = 24
CODE = (".py", ".lua", ".typst", ".css", ".html5", ".xml", ".yml", ".j2", ".html")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
REQUIREMENT = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*")


def canonical(content: Any) -> bytes:
    """Return content as canonical JSON: sorted keys, no spaces, UTF-8, no NaN."""
    return json.dumps(
        content, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def content_key(ingredients: Mapping[str, Any]) -> str:
    """Return the sha256 over the canonical JSON of what a product is made of."""
    return hashlib.sha256(canonical(ingredients)).hexdigest()


def file_digest(path: Path) -> str:
    """Return the sha256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(
    folder: Path, suffixes: Sequence[str] = (), leave_out: Collection[str] = ()
) -> str:
    """Return one sha256 over relative names and contents of all files (of these suffixes).

    ``leave_out`` are names of files, relative to the folder, that do not count.
    """
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if "__pycache__" in path.parts or (suffixes and path.suffix not in suffixes):
            continue
        name = path.relative_to(folder).as_posix()
        if name not in leave_out:
            total.update(f"{name}\0{file_digest(path)}\n".encode())
    return total.hexdigest()


@functools.cache
def package_digest(*parts: str) -> str:
    """Return the digest of the installed source of this package, or of some of its parts.

    Parameters
    ----------
    *parts : str
        Names directly below the package, such as ``costs`` or ``results.py``; none: everything.
    """
    root = Path(__file__).resolve().parent
    if not parts:
        return folder_digest(root, CODE)
    found = [root / part for part in sorted(parts)]
    digests = [folder_digest(p, CODE) if p.is_dir() else file_digest(p) for p in found]
    return content_key(dict(zip(sorted(parts), digests, strict=True)))


@functools.cache
def environment_digest() -> str:
    """Return the digest of names and versions of everything this package needs, at any depth."""
    versions: dict[str, str] = {}
    waiting = ["evaluatie"]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in versions:
            continue
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # needed only on another platform
        versions[name] = found.version
        needed = [text for text in found.requires or () if "extra ==" not in text]
        waiting += [match[0] for text in needed if (match := REQUIREMENT.match(text))]
    return content_key(versions)


@dataclass(frozen=True)
class Store:
    """Products below one folder.

    Parameters
    ----------
    root : Path
        Folder of the store; made when absent.
    private : bool
        Files are 0600 and folders 0700: for everything that holds or derives from microdata.
    keep : int
        How many versions of a product stay; older ones are removed when a new one is made.
    """

    root: Path
    private: bool = True
    keep: int = 2

    def product(
        self,
        name: str,
        ingredients: Mapping[str, Any],
        build: Callable[[Path], None],
        progress: Progress = no_progress,
    ) -> Path:
        """Return the folder of a product; call ``build(folder)`` only if the key is new.

        Parameters
        ----------
        name : str
            What the product is, such as ``estimates``.
        ingredients : mapping
            Everything it depends on, as JSON values: digests, parameters, versions.
        build : callable
            Writes the product into the empty folder it is given.
        progress : callable, optional
            Told when another run is making something of this name.

        Notes
        -----
        Interrupted at any moment, the store holds the old version or the new one, never half.
        """
        folder = self.folder(name, ingredients)
        if (folder / PRODUCT_FILE).is_file():
            return folder
        with locked(self._home(name) / ".lock", lambda: progress(f"waiting for {name}", 0, 1)):
            if not (folder / PRODUCT_FILE).is_file():  # another run may just have made it
                self._build(folder, name, ingredients, build)
        return folder

    def folder(self, name: str, ingredients: Mapping[str, Any]) -> Path:
        """Return where the product with these ingredients is or would be."""
        return self._home(name) / content_key(ingredients)[:KEY_LENGTH]

    def changed(self, name: str, ingredients: Mapping[str, Any]) -> tuple[str, ...] | None:
        """Return which ingredients differ from the newest product; None if there is no product.

        An empty tuple says that the product is up to date.
        """
        if (self.folder(name, ingredients) / PRODUCT_FILE).is_file():
            return ()
        versions = self._versions(name)
        if not versions:
            return None
        before = json.loads((versions[0] / PRODUCT_FILE).read_text(encoding="utf-8"))
        return differing(before["ingredients"], ingredients)

    def clean(self) -> int:
        """Remove what interrupted runs left behind and return how many folders that were."""
        removed = 0
        for home in self._root().iterdir():
            if home.is_dir():
                with locked(home / ".lock"):
                    removed += remove_stale(home)
        return removed

    def _root(self) -> Path:
        for folder in (self.root, self.root / f"v{SCHEMA}"):
            made(folder, private=self.private)
        return folder

    def _home(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise ValueError(f"not a name of a product: {name!r}")
        return made(self._root() / name, private=self.private)

    def _versions(self, name: str) -> list[Path]:
        """Return the whole products of this name, newest first."""
        found = [p.parent for p in self._home(name).glob(f"*/{PRODUCT_FILE}")]
        found = [folder for folder in found if not folder.name.startswith(".")]
        return sorted(found, key=lambda folder: folder.stat().st_mtime_ns, reverse=True)

    def _build(
        self,
        folder: Path,
        name: str,
        ingredients: Mapping[str, Any],
        build: Callable[[Path], None],
    ) -> None:
        remove_stale(folder.parent)
        with in_place(folder) as temporary:
            build(temporary)
            content = {"name": name, "schema": SCHEMA, "ingredients": ingredients}
            (temporary / PRODUCT_FILE).write_bytes(canonical(content) + b"\n")
            if self.private:
                close(temporary)
        for version in self._versions(name)[self.keep :]:
            shutil.rmtree(version, ignore_errors=True)


def differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the ingredients that are not the same, in order of name."""
    absent = object()
    names = sorted({*before, *after})
    return tuple(n for n in names if before.get(n, absent) != after.get(n, absent))


@contextlib.contextmanager
def in_place(target: Path, mode: int = 0o700) -> Iterator[Path]:
    """Give a temporary folder beside ``target`` and move it there when the block ends well.

    The caller holds the lock. When the block fails, the folder is removed and ``target`` is
    untouched.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f"{TEMPORARY}{target.name}-", dir=target.parent))
    try:
        yield temporary
        temporary.chmod(mode)
        move_into_place(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def move_into_place(source: Path, target: Path) -> None:
    """Move a folder to ``target``; a folder that stood there goes away after the move."""
    old = target.with_name(f"{OLD}{target.name}")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        target.rename(old)
    source.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def remove_stale(folder: Path, name: str = "") -> int:
    """Remove temporary folders of interrupted runs; the caller holds the lock that guards them.

    Parameters
    ----------
    folder : Path
        Where to look, not below it.
    name : str
        Only temporaries of this target; default all.
    """
    random = "?" * 8  # what mkdtemp appends
    patterns = (f"{TEMPORARY}{name or '*'}-{random}", f"{OLD}{name or '*'}")
    stale = [path for pattern in patterns for path in folder.glob(pattern) if path.is_dir()]
    for path in stale:
        shutil.rmtree(path, ignore_errors=True)
    return len(stale)


@contextlib.contextmanager
def locked(
    path: Path, waiting: Callable[[], None] = lambda: None, mode: int = 0o600
) -> Iterator[None]:
    """Hold an exclusive lock; it goes away with the process, however that ends.

    Parameters
    ----------
    path : Path
        File of the lock; stays, empty.
    waiting : callable
        Called once when another run holds the lock, before waiting for it.
    mode : int
        Permissions of that file: who else may wait for it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        with contextlib.suppress(OSError):
            path.chmod(mode)
        if not _lock(file, wait=False):
            waiting()
            _lock(file, wait=True)
        try:
            yield
        finally:
            _unlock(file)


def in_use(path: Path) -> bool:
    """Return whether a run holds this lock now; the file is not made."""
    if not path.is_file():
        return False
    with path.open("a") as file:
        if not _lock(file, wait=False):
            return True
        _unlock(file)
    return False


def _lock(file: IO[str], *, wait: bool) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows: msvcrt locks the first byte; it retries for ten seconds
        return _lock_windows(file, wait=wait)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as error:
        raise EvaluatieError(f"cannot lock {file.name}: {error.strerror}") from error
    return True


def _lock_windows(file: IO[str], *, wait: bool) -> bool:
    import msvcrt

    module: Any = msvcrt
    while True:
        try:
            module.locking(file.fileno(), module.LK_LOCK if wait else module.LK_NBLCK, 1)
        except OSError:
            if not wait:
                return False
        else:
            return True


def _unlock(file: IO[str]) -> None:
    with contextlib.suppress(ImportError):
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)


def made(folder: Path, *, private: bool = True) -> Path:
    """Make a folder when it is absent; a private one is closed to others from its first moment.

    A folder that is there keeps its permissions: somebody else may have chosen them.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700 if private else 0o777, exist_ok=True)
    return folder


def close(folder: Path) -> None:
    """Let nobody but the owner read what is in ``folder``."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o700 if path.is_dir() else 0o600)


def write_private(path: Path, text: str) -> Path:
    """Write a text that only its owner can read, from its first byte, in place at once.

    Parameters
    ----------
    path : Path
        The file; its folder is made, private, when it is absent.
    text : str
        Written as UTF-8.
    """
    made(path.parent)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return path
