"""Rows: who pays, before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def payer_rows(asked: Asked) -> Iterator[Row]:
    """Yield who pays, before and after."""
    del asked
    yield from ()
