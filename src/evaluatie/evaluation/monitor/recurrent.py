"""Rows: changes of staff around a household."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.evaluation.monitor.asked import Asked

Row = dict[str, Any]


def recurrent_rows(asked: Asked) -> Iterator[Row]:
    """Yield changes of staff around a household."""
    del asked
    yield from ()
