"""Coverage, false-positive rate, power and bias per question, each with its Monte Carlo error."""

from __future__ import annotations

import numpy as np
import pandas as pd

from evaluatie.domain import VerdictWord

FAVOURABLE = (VerdictWord.IMPROVED, VerdictWord.NOT_WORSE, VerdictWord.EQUIVALENT)


def summarise(replicates: pd.DataFrame) -> pd.DataFrame:
    """Return one row per question over its replicates.

    Columns: ``question``, ``replicates``, ``truth`` (mean), ``bias`` (mean of estimate - truth),
    ``coverage`` (share of intervals that hold the truth), ``width`` (mean interval width),
    ``improved``/``favourable``/``worse`` (shares of those verdicts), and ``*_mcse`` the Monte
    Carlo standard errors: sqrt(p (1 - p) / R) for a share, SD / sqrt(R) for the bias.
    """
    return pd.DataFrame(
        [_one(str(question), rows) for question, rows in replicates.groupby("question")]
    )


def _one(question: str, rows: pd.DataFrame) -> dict[str, object]:
    count = len(rows)
    known = rows.dropna(subset=["truth", "estimate"])
    error = known["estimate"] - known["truth"]
    shares = {
        "coverage": known["truth"].between(known["ci_low"], known["ci_high"]).mean(),
        "improved": (rows["verdict"] == VerdictWord.IMPROVED).mean(),
        "favourable": rows["verdict"].isin(FAVOURABLE).mean(),
        "worse": (rows["verdict"] == VerdictWord.WORSE).mean(),
    }
    summary: dict[str, object] = {
        "question": question,
        "type": rows["type"].iloc[0],
        "replicates": count,
        "truth": known["truth"].mean(),
        "bias": error.mean(),
        "bias_mcse": error.std(ddof=1) / np.sqrt(max(len(known), 1)),
        "width": (known["ci_high"] - known["ci_low"]).mean(),
    }
    for name, share in shares.items():
        summary |= {name: share, f"{name}_mcse": np.sqrt(share * (1 - share) / count)}
    return summary
