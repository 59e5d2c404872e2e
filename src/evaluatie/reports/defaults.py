"""Find a file of the study, or the copy that ships with the package."""

from __future__ import annotations

from pathlib import Path

from evaluatie.errors import RunError
from evaluatie.study import default_path

ASSETS = Path(__file__).resolve().parent / "assets"
QUARTO_FILE = "_quarto.yml"


def default_file(name: str) -> Path:
    """Return the shipped copy of ``name``: from the wheel, or from the root of a checkout.

    There is one copy in the repository; the wheel holds it under ``evaluatie/defaults``.

    Raises
    ------
    RunError
        Neither has the file.
    """
    shipped = default_path(name)
    if shipped.is_file():
        return shipped
    raise RunError(
        f"'{name}' is neither in the study nor shipped with evaluatie",
        remedy="check the name in reports.yml, or reinstall evaluatie.",
    )


def study_file(root: Path, name: str) -> Path:
    """Return ``name`` below the study folder ``root``, or the shipped copy where it has none."""
    own = root / name
    return own if own.is_file() else default_file(name)


def asset(name: str) -> Path:
    """Return a file of the look of a report (style sheet, filter, template)."""
    return ASSETS / name
