"""Rows: cost per household over time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def household_rows(asked: Asked) -> Iterator[Row]:
    """Yield cost per household over time."""
    del asked
    yield from ()
