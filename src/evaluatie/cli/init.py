"""`evaluatie init DIR`: start a new study folder from the shipped example."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from evaluatie.cli.console import console
from evaluatie.errors import UserError

PARTS = ("analysis", "data_dictionary", "notebooks", "_quarto.yml")
LEFT_OUT = (".*", "__*", "calibration.yml")
"""What a new study does not get: its tests have not been calibrated for it."""
IGNORED = (
    "/data/",
    "/build/",
    "/releases/requests/",
    ".ipynb_checkpoints/",
    "*.sav",
    "*.parquet",
    "*.duckdb",
    "*.tmp/",
)
"""What git never sees of a study: data of persons, outputs, and requests that await review."""


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """Copy the example study into DIR: declarations, dictionary and notebooks, no data."""
    from evaluatie.study import default_path

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(
            "the folder is not empty; nothing was written",
            where=str(folder),
            remedy="name a new or an empty folder.",
        )
    folder.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        source = default_path(part)
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns(*LEFT_OUT))
        else:
            shutil.copy(source, folder / part)
    (folder / ".gitignore").write_text("\n".join(IGNORED) + "\n", encoding="utf-8")
    console.print(
        f"New study in {folder}. Next: edit analysis/study.yml, put the raw files under data/raw "
        "(or try 'evaluatie synth'), then 'evaluatie check' and 'evaluatie run'."
    )
