"""Which declarations and which code replicates were made with: others are never mixed with them."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import evaluatie

DECLARED = (
    "analysis/study.yml", "analysis/questions.yml", "analysis/synthetic.yml",
    "data_dictionary/*.yml", "data_dictionary/feeds/*.yml",
)  # fmt: skip
CODE = (
    "synthetic/*.py", "survey/*.py", "costs/booking/*.py", "costs/amounts/*.py",
    "methods/**/*.py", "evaluation/*.py",
    "calibration/replicates.py", "calibration/lean.py",
)  # fmt: skip
"""What a replicate runs through; intake is not among it, and a test holds both routes together."""


RULES = "disclosure.yml"
"""Declared beside the rest, but no replicate is published."""


@dataclass(frozen=True)
class Stamp:
    """Version of the package, and digests of the declarations and of the code that matter."""

    version: str
    declarations: str
    code: str

    @property
    def line(self) -> str:
        """First line of a store."""
        return f"# declarations {self.declarations} code {self.code} package {self.version}"

    def differences(self, now: Stamp) -> tuple[str, ...]:
        """Return what differs from another stamp, in words; what was not recorded does not."""
        pairs = {
            "package": (self.version, now.version),
            "code": (self.code[:8], now.code[:8]),
            "declarations": (self.declarations[:8], now.declarations[:8]),
        }
        return tuple(
            f"{what} {was} (now {is_now})"
            for what, (was, is_now) in pairs.items()
            if was and was != is_now
        )

    def path(self, folder: Path, scenario: str) -> Path:
        """Return the store of a scenario: replicates of other code keep their own file."""
        return folder / f"{scenario}-{self.declarations[:8]}-{self.code[:8]}.csv"


def stamp_of(root: Path) -> Stamp:
    """Return what the replicates of a study folder would be made with now."""
    return Stamp(evaluatie.__version__, declarations_digest(root), code_digest())


def declarations_digest(root: Path) -> str:
    """Return a digest of everything declared that a replicate depends on."""
    digest = hashlib.sha256()
    for path in _sorted(root, DECLARED):
        if path.name == RULES:
            continue
        digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def code_digest(package: Path | None = None) -> str:
    """Return a digest of the code that replicates run through; comments do not count."""
    folder = package or Path(evaluatie.__file__).parent
    digest = hashlib.sha256()
    for path in _sorted(folder, CODE):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(_without_texts(path.read_text(encoding="utf-8")).encode())
    return digest.hexdigest()[:16]


def _sorted(folder: Path, patterns: tuple[str, ...]) -> Iterator[Path]:
    yield from sorted({path for pattern in patterns for path in folder.glob(pattern)})


def _without_texts(source: str) -> str:
    """Return the syntax tree without comments, layout and docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [part for part in body if not _is_text(part)]  # type: ignore[attr-defined]
    return ast.dump(tree)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
