"""Collect every contradiction between declarations, then refuse them all at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from evaluatie.declarations import line_of
from evaluatie.errors import DeclarationError


@dataclass
class Problems:
    """Problems found so far, one line of text each: file, line, entry, what, allowed."""

    lines: list[str] = field(default_factory=list)

    def add(self, path: Path, location: tuple[str | int, ...], what: str) -> None:
        """Note one problem at an entry of a YAML file, such as ``("questions", 2, "payer")``."""
        entry = ".".join(str(part) for part in location)
        line = line_of(path, location)
        self.lines.append(f"  {path}, line {line}: {entry}: {what}")

    def known(
        self,
        path: Path,
        location: tuple[str | int, ...],
        name: str,
        kind: str,
        allowed: Iterable[str],
    ) -> bool:
        """Note a problem when ``name`` is not among ``allowed``; return whether it is."""
        names = list(allowed)
        if name in names:
            return True
        text = f"there is no {kind} '{name}'; allowed: {', '.join(names) or 'none'}"
        if close := difflib.get_close_matches(name, names, 1):
            text += f" (did you mean '{close[0]}'?)"
        self.add(path, location, text)
        return False

    def distinct(self, path: Path, key: str, names: Iterable[str]) -> None:
        """Note a problem for every name that stands twice in the list under ``key``."""
        seen: set[str] = set()
        for position, name in enumerate(names):
            if name in seen:
                self.add(path, (key, position), f"'{name}' occurs twice")
            seen.add(name)

    def refuse(self) -> None:
        """Raise one error that lists every problem; do nothing when there is none.

        Raises
        ------
        DeclarationError
            At least one problem was noted.
        """
        if self.lines:
            count = "one problem" if len(self.lines) == 1 else f"{len(self.lines)} problems"
            raise DeclarationError(
                f"the declarations of the study contradict each other: {count}\n"
                + "\n".join(self.lines),
                remedy="mend the lines named above; nothing was run.",
            )
