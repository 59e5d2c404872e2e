"""Rows: cost and assumed effects of projects."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def business_case_rows(asked: Asked) -> Iterator[Row]:
    """Yield cost and assumed effects of projects."""
    del asked
    yield from ()
