"""Golden values that R computed, and the data it computed them from (see README.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

DATA = Path(__file__).parent / "data"


def values(topic: str) -> Any:
    """Return the values of one topic, e.g. ``01_weights``."""
    return json.loads((DATA / f"{topic}.json").read_text(encoding="utf-8"))["values"]


def table(name: str) -> pd.DataFrame:
    """Return one input table of R."""
    return pd.read_csv(DATA / name)


def agrees(expected: Any, rel: float = 1e-6) -> Any:
    """Compare to 1e-6 relative, our promise for deterministic methods."""
    return pytest.approx(expected, rel=rel, abs=1e-12)
