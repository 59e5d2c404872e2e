"""Rows: cost per gain, the pilot as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def cost_effectiveness_rows(asked: Asked) -> Iterator[Row]:
    """Yield cost per gain, the pilot as a whole."""
    del asked
    yield from ()
