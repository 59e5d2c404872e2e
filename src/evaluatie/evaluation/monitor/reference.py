"""Rows: public figures of the municipality."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def reference_rows(asked: Asked) -> Iterator[Row]:
    """Yield public figures of the municipality."""
    del asked
    yield from ()
