"""Randomisation interval of a sum of contrasts that each have their own area weights.

Costs of several payers have several denominators: residents of one law, insured years of another.
Their contrasts, each scaled to a total, add up; the interval of the sum comes from the sum under
every assignment, because what happens to an area happens to all its laws at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.areas.randomisation import Assignments, difference, inverted
from evaluatie.methods.inputs import Floats, numbers


@dataclass(frozen=True)
class JointContrast:
    """A sum of scaled contrasts.

    Attributes
    ----------
    parts : ndarray of float, shape (L,)
        ``size_l * contrast_l``, in the unit of the total.
    low, high : float
        Interval of the sum; infinite where the areas are too few for the level.
    """

    parts: Floats
    low: float
    high: float

    @property
    def estimate(self) -> float:
        """The sum of the parts."""
        return float(self.parts.sum())


def joint_contrast(
    changes: ArrayLike,
    weights: ArrayLike,
    sizes: ArrayLike,
    shares: ArrayLike,
    assignments: Assignments,
    level: float,
) -> JointContrast:
    """Estimate a sum of contrasts with the interval that randomisation of the areas gives it.

    Parameters
    ----------
    changes : array_like, shape (L, G)
        Change of each part in each area, per unit of its own denominator.
    weights : array_like, shape (L, G)
        Area weights of each part; above zero.
    sizes : array_like, shape (L,)
        What turns the contrast of a part into a total: the denominator of the treated areas.
    shares : array_like, shape (L,)
        How an effect on the total is divided over the parts under the hypothesis; at least 0.
        Scaled to add up to 1; all zero means equal shares.
    assignments : Assignments
        A assignments of the G areas.
    level : float
        Confidence level, e.g. 0.95.

    Returns
    -------
    JointContrast

    Raises
    ------
    RefusedError
        Missing values, shapes that do not match, a negative share.

    Notes
    -----
    Under assignment a the statistic is ``S_a = sum_l n_l d_la``, d_la of `difference`. Hypothesis:
    treatment added ``t q_l / n_l`` to part l of every treated area (q the shares), so that the
    total changed by t; then ``S_a - t sum_l q_l c_la`` is what is left, c_la the contrast of the
    observed treatment indicator with the weights of part l. ASSUMPTIONS: areas are exchangeable,
    all parts of an area together. At t = 0 the test is exact whatever the shares; where the parts
    have proportional weights the shares do not matter at all, and with one part the interval is
    that of `randomisation_interval` times its size. MISSING-DATA RULE: a missing change is
    refused.

    References
    ----------
    Rosenbaum (2002), Observational Studies, ch. 2; tested against inversion by enumeration.
    """
    table, area_weights = np.atleast_2d(changes), np.atleast_2d(weights)
    count = len(table)
    if area_weights.shape != table.shape:
        raise RefusedError(f"the weights have shape {area_weights.shape}", allowed=f"{table.shape}")
    size, share = numbers("the sizes", sizes, count), numbers("the shares", shares, count)
    if (share < 0).any():
        raise RefusedError("a share of an effect lies below 0", allowed="shares of at least 0")
    share = share / share.sum() if share.sum() > 0 else np.full(count, 1 / count)
    treated = assignments.treated.astype(float)
    rows = list(zip(table, area_weights, strict=True))
    contrasts = np.array([difference(y, w, assignments) for y, w in rows])
    shifts = np.array([difference(treated, w, assignments) for _, w in rows])
    low, high = inverted(size @ contrasts, share @ shifts, assignments.observed, level)
    return JointContrast(size * contrasts[:, assignments.observed], low, high)
