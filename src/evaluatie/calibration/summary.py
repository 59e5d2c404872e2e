"""Coverage, false positives, power and bias per question and test, with Monte Carlo error."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from evaluatie.calibration.claims import FAVOURABLE, Combines, Flags, false_claims
from evaluatie.calibration.scenarios import Kind
from evaluatie.domain import QuestionType, VerdictWord

SHARES = ("coverage", "rejected", "improved", "favourable", "worse", "false_claims", "unbounded")


def summarise(
    replicates: pd.DataFrame, kind: Kind, alpha: float, combines: Combines | None = None
) -> pd.DataFrame:
    """Return one row per question and test over its replicates.

    Columns: ``question``, ``type``, ``test``, ``agreed`` (whether the verdict rests on it),
    ``replicates``, ``truth`` (mean), ``bias`` (mean of estimate - truth), ``width`` (mean of the
    intervals with two ends), ``meets``; the shares ``coverage`` (intervals that hold the truth),
    ``rejected`` (two-sided p of no effect at most alpha, before any gate or adjustment: the size of
    the test in a null, its power elsewhere), ``improved``/``favourable``/``worse`` (those verdicts;
    NaN for a test that is not the agreed one), ``false_claims`` (verdicts that the truth denies),
    ``unbounded`` (intervals without an end); and ``*_mcse``, the Monte Carlo standard errors:
    sqrt(p (1 - p) / R) for a share, SD / sqrt(R) for the bias.

    Notes
    -----
    ``meets``: coverage at least 1 - alpha - 2 MCSE, false claims at most alpha + 2 MCSE, and in a
    null also rejections at most alpha + 2 MCSE. None in a confounded scenario, and where none of
    these is known: nothing was shown, so nothing was met. A replicate without an estimate has no
    interval: it is left out of coverage and bias, and counts in the verdicts. A claim without a
    known truth is left out of the false claims. ``combines`` (question -> the questions it
    combines) says by which truths a combined claim is judged, see `false_claims`.
    """
    rows = []
    judged = replicates.assign(false_claim=false_claims(replicates, kind, combines))
    for (question, test), group in judged.groupby(["question", "test"], sort=False):
        found = _one(group, alpha)
        meets = _meets(found, kind, alpha)
        rows.append({"question": question, "test": test} | found | {"meets": meets})
    return pd.DataFrame(rows)


def _one(rows: pd.DataFrame, alpha: float) -> dict[str, object]:
    known = rows.dropna(subset=["truth", "estimate"])
    error = known["estimate"] - known["truth"]
    width = known["ci_high"] - known["ci_low"]
    summary: dict[str, object] = {
        "type": rows["type"].iloc[0],
        "agreed": bool(rows["agreed"].iloc[0]),
        "replicates": len(rows),
        "truth": known["truth"].mean(),
        "bias": error.mean(),
        "bias_mcse": error.std(ddof=1) / np.sqrt(max(len(known), 1)),
        "width": width[np.isfinite(width)].mean(),
    }
    for name, held in _events(rows, known, alpha).items():
        share = float(held.mean()) if len(held) else float("nan")
        summary |= {name: share, f"{name}_mcse": np.sqrt(share * (1 - share) / max(len(held), 1))}
    return summary


def _events(rows: pd.DataFrame, known: pd.DataFrame, alpha: float) -> dict[str, Flags]:
    """Return what is counted: an array over the replicates that can show it, empty if none can."""
    covered = known["truth"].between(known["ci_low"], known["ci_high"])
    unbounded = ~np.isfinite(known["ci_high"] - known["ci_low"])
    tested = rows["p_zero"].dropna()
    judged = rows[rows["agreed"].astype(bool)]
    verdict = judged["verdict"]
    combined = judged["type"] == QuestionType.INTERSECTION_UNION
    with_truth = judged[combined | judged["truth"].notna()]
    return {
        "coverage": covered.to_numpy(),
        "rejected": (tested <= alpha).to_numpy(),
        "improved": (verdict == VerdictWord.IMPROVED).to_numpy(),
        "favourable": verdict.isin(FAVOURABLE).to_numpy(),
        "worse": (verdict == VerdictWord.WORSE).to_numpy(),
        "false_claims": with_truth["false_claim"].to_numpy(bool),
        "unbounded": unbounded.to_numpy(),
    }


def _meets(found: dict[str, object], kind: Kind, alpha: float) -> bool | None:
    if kind is Kind.CONFOUNDED:
        return None
    limits = {"coverage": (-1, alpha - 1), "false_claims": (1, alpha)}
    if kind is Kind.NULL:
        limits["rejected"] = (1, alpha)
    judged = False
    for name, (sign, limit) in limits.items():
        share, error = float(str(found[name])), float(str(found[f"{name}_mcse"]))
        if math.isnan(share):
            continue
        judged = True
        if sign * share > limit + 2 * error:
            return False
    return True if judged else None
