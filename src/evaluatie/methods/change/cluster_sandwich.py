"""The sandwich variance of estimating equations with few clusters, from sums per cluster."""

from __future__ import annotations

import numpy as np
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.few_clusters import ClusterTest
from evaluatie.methods.inputs import Floats


def sandwich(
    bread: Floats, information: Floats, scores: Floats, *, corrected: bool = True
) -> Floats:
    """Return the cluster sandwich of estimating equations, by default with a correction.

    Parameters
    ----------
    bread : ndarray of float, shape (k, k)
        Inverse of the sum of ``information``.
    information : ndarray of float, shape (G, k, k)
        Derivative of each cluster's score, turned positive.
    scores : ndarray of float, shape (G, k)

    Raises
    ------
    RefusedError
        A cluster that determines a term by itself: its own error cannot be told apart.

    Notes
    -----
    ``B (sum_g s_g s_g') B``. The correction of Mancl & DeRouen (2001) multiplies the residuals
    of a cluster by ``(I - H_gg)^-1``; on sums per cluster that is ``s_g -> (I - K_g B)^-1 s_g``.
    """
    if corrected:
        left = np.eye(len(bread)) - information @ bread
        if (np.linalg.cond(left) > 1e10).any():
            raise RefusedError(
                "one cluster alone determines a term; its own error cannot be told apart",
                allowed="at least two clusters per arm",
            )
        scores = np.asarray(np.linalg.solve(left, scores[:, :, None])[:, :, 0], dtype=float)
    half = scores @ bread
    return np.asarray(half.T @ half)


def small_sample_test(estimate: float, std_error: float, n_clusters: int, lost: int) -> ClusterTest:
    """Return a two-sided t test on ``n_clusters - lost`` degrees of freedom.

    Raises
    ------
    RefusedError
        No degrees of freedom left, or no variance between clusters.
    """
    df = n_clusters - lost
    if df < 1:
        raise RefusedError(f"{n_clusters} clusters leave no degrees of freedom")
    if not std_error > 0:
        raise RefusedError("the residuals do not vary between clusters: no standard error")
    p_value = float(2 * stats.t.sf(abs(estimate / std_error), df))
    return ClusterTest(estimate, std_error, df, p_value, n_clusters)
