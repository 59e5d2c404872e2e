"""Rows: how arrangements end, and when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def care_end_rows(asked: Asked) -> Iterator[Row]:
    """Yield how arrangements end, and when."""
    del asked
    yield from ()
