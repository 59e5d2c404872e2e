"""Replicates of one scenario on disk: appended block by block, read again after a stop."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.calibration.replicates import REPLICATE_COLUMNS
from evaluatie.calibration.stamp import Stamp
from evaluatie.errors import UserError

WHOLE = "# whole\n"  # ends every block: what comes after the last one was cut off
STAMP_LINE = re.compile(
    r"# declarations (?P<declarations>[0-9a-f]{8,}) code (?P<code>[0-9a-f]{8,})"
    r" package (?P<version>\S+)"
)


@dataclass(frozen=True)
class Store:
    """A CSV with one row per seed, question and test; its first line is the stamp."""

    path: Path

    @classmethod
    def open(cls, folder: Path, scenario: str, stamp: Stamp) -> Store:
        """Open the store of a scenario, or start it; a block that was cut off is dropped."""
        store = cls(stamp.path(folder, scenario))
        folder.mkdir(parents=True, exist_ok=True)
        if not store.path.exists():
            header = ",".join(REPLICATE_COLUMNS)
            store.path.write_text(f"{stamp.line}\n{header}\n", encoding="utf-8")
        else:
            store._drop_cut_off()
        return store

    def read(self) -> pd.DataFrame:
        """Return the whole replicates; a scenario may be called ``null``, pandas' word for missing.

        A block that is being written, or was cut off, is left out; the file stays as it is.
        """
        text = io.StringIO(_whole(self.path.read_text(encoding="utf-8")))
        return pd.read_csv(text, comment="#", keep_default_na=False, na_values=["", "nan"])

    def stamp(self) -> Stamp:
        """Return what the replicates were made with, from the first line."""
        with self.path.open(encoding="utf-8") as file:
            found = STAMP_LINE.fullmatch(file.readline().rstrip())
            header = file.readline().rstrip()
        if found is None or header != ",".join(REPLICATE_COLUMNS):
            raise UserError(
                "this is no store of replicates of this version",
                where=str(self.path),
                allowed="a first line with digests and version, then the columns "
                + ", ".join(REPLICATE_COLUMNS),
                remedy="name the folder that 'evaluatie calibrate' wrote its studies to.",
            )
        return Stamp(found["version"], found["declarations"], found["code"])

    def append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add whole replicates in one write."""
        text = io.StringIO()
        csv.DictWriter(text, REPLICATE_COLUMNS, lineterminator="\n").writerows(rows)
        text.write(WHOLE)
        with self.path.open("a", newline="", encoding="utf-8") as file:
            file.write(text.getvalue())

    def _drop_cut_off(self) -> None:
        """Rewrite a file whose last block was cut off by a stop."""
        text = self.path.read_text(encoding="utf-8")
        whole = _whole(text)
        if whole != text:
            draft = self.path.with_suffix(".draft")
            draft.write_text(whole, encoding="utf-8")
            draft.replace(self.path)


def stores_in(folder: Path, scenarios: Sequence[str]) -> dict[str, Store]:
    """Return scenario -> its store in a folder, made with whatever code and declarations.

    ``folder`` is a study folder or the folder of the stores themselves.

    Raises
    ------
    UserError
        There is none, or more than one of a scenario, or they were not all made with the same.
    """
    inner = folder / "build" / "calibration"
    folder = inner if inner.is_dir() else folder
    found = [(s, path) for s in scenarios for path in sorted(folder.glob(f"{s}-*.csv"))]
    if not found:
        raise UserError(
            "there are no replicates to record",
            where=str(folder),
            allowed="SCENARIO-*.csv, SCENARIO one of " + ", ".join(scenarios),
        )
    made = {Store(path).stamp() for _, path in found}
    if len(made) > 1 or len({name for name, _ in found}) < len(found):
        raise UserError(
            f"{len(found)} stores were made with {len(made)} combinations of code and declarations",
            where=str(folder),
            allowed="one store per scenario, all with the same first line",
            remedy="put those that belong together in a folder of their own.",
        )
    return {name: Store(path) for name, path in found}


def _whole(text: str) -> str:
    """Return the text up to its last whole block."""
    place = text.rfind(WHOLE)
    return text[: place + len(WHOLE)] if place >= 0 else "".join(text.splitlines(True)[:2])
