"""Rows: how unequally cost is spread over households."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def concentration_rows(asked: Asked) -> Iterator[Row]:
    """Yield how unequally cost is spread over households."""
    del asked
    yield from ()
