"""What the calibration table says, against counts made by hand; and that it resumes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.calibration import REPLICATE_COLUMNS, simulate, summarise


def row(seed: int, verdict: str, estimate: float, low: float, high: float) -> dict[str, object]:
    values = dict.fromkeys(REPLICATE_COLUMNS, np.nan)
    return values | {
        "scenario": "null", "seed": seed, "question": "q", "type": "superiority",
        "verdict": verdict, "estimate": estimate, "ci_low": low, "ci_high": high, "truth": 1.0,
    }  # fmt: skip


def test_shares_bias_and_coverage_with_their_monte_carlo_errors():
    rows = [
        row(1, "improved", 3.0, 2.0, 4.0),
        row(2, "not_demonstrated", 1.0, 0.0, 2.0),
        row(3, "not_demonstrated", 0.0, -1.0, 1.0),
        row(4, "worse", -2.0, -3.0, -1.0),
    ]
    found = summarise(pd.DataFrame(rows)).iloc[0]
    assert found["improved"] == 0.25
    assert found["improved_mcse"] == pytest.approx(np.sqrt(0.25 * 0.75 / 4))
    assert found["coverage"] == 0.5
    assert found["bias"] == pytest.approx(-0.5)
    assert found["bias_mcse"] == pytest.approx(np.std([2, 0, -1, -3], ddof=1) / 2)
    assert found["width"] == 2.0


def test_only_seeds_that_are_not_there_yet_are_drawn(tmp_path: Path, monkeypatch):
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "study.yml").write_text("a: 1", encoding="utf-8")
    drawn: list[int] = []

    def fake(_root: Path, scenario: str, seed: int) -> list[dict[str, object]]:
        drawn.append(seed)
        return [row(seed, "improved", 1, 0, 2) | {"scenario": scenario}]

    monkeypatch.setattr("evaluatie.calibration.simulation.replicate", fake)
    store = tmp_path / "store" / "null.csv"
    with ThreadPoolExecutor(1) as pool:
        simulate(tmp_path, "null", [1, 2], pool, store)
        table = simulate(tmp_path, "null", [1, 2, 3], pool, store)
        assert drawn == [1, 2, 3]
        assert table["seed"].tolist() == [1, 2, 3]
        (tmp_path / "analysis" / "study.yml").write_text("a: 2", encoding="utf-8")
        simulate(tmp_path, "null", [1], pool, store)
    assert drawn == [1, 2, 3, 1]
