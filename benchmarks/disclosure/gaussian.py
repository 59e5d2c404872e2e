"""The peer: secondary suppression by Gaussian elimination, as in R's GaussSuppression.

Candidates are taken in order of how much they are wanted. A candidate is published unless a
primary cell would then be a linear combination of what is published; so no primary cell can be
computed exactly (rule T0), and nothing is said about how narrow its interval is.

Langsrud (2024), Secondary cell suppression by Gaussian elimination: an algorithm suitable for
handling issues with zeros and singletons, Privacy in Statistical Databases, LNCS 14915.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

PRIME = 2**31 - 1  # products fit in 64 bits; a chance dependency has probability below 1e-6

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Suppressed:
    """The best of several orders for the peer: the fewest cells hidden.

    ``tried``: order -> cells hidden, primary ones included.
    """

    mask: Mask
    order: str
    tried: Mapping[str, int]


def gaussian_suppression(
    matrix: sparse.csr_matrix,
    values: NDArray[np.float64],
    primary: Mask,
    insiders: Mask | None = None,
) -> Mask:
    """Return the mask of suppressed cells, primary ones included, in the best of the `orders`."""
    return compare_orders(matrix, values, primary, insiders).mask


def eliminate(
    matrix: sparse.csr_matrix,
    primary: Mask,
    order: Iterable[int],
    insiders: Mask | None = None,
) -> Mask:
    """Return the mask of suppressed cells, primary ones included.

    ``insiders`` are primary cells of one respondent: with such a cell known, no other primary cell
    may be a linear combination either. (GaussSuppression's "anySum" protects sums of singletons
    within a cell in the same spirit; this is the same guarantee as `Problem.insiders`.)

    All rows are kept reduced by the published ones (modulo a prime, so exactly): a row of zeros is
    a linear combination of them.
    """
    cells = len(primary)
    rows = sparse.csr_matrix(matrix).toarray().astype(np.int64) % PRIME
    own = np.flatnonzero(primary & rows.any(axis=1))
    telling = np.zeros(cells, dtype=bool) if insiders is None else insiders & primary
    hidden = primary.copy()
    for cell in order:
        if primary[cell] or not rows[cell].any():
            continue  # a row of zeros follows from what is published already
        column = int(np.flatnonzero(rows[cell])[0])
        if _tells(rows, own, cell, column, telling):
            hidden[cell] = True
            continue
        scaled = rows[cell] * pow(int(rows[cell, column]), -1, PRIME) % PRIME
        for touched in np.flatnonzero(rows[:, column]):
            rows[touched] = (rows[touched] - rows[touched, column] * scaled) % PRIME
    return hidden


def _tells(rows: Rows, own: NDArray[np.intp], cell: int, column: int, telling: Mask) -> bool:
    """Return whether publishing ``cell`` makes a primary cell a combination of what is known."""
    inverse = pow(int(rows[cell, column]), -1, PRIME)
    factor = rows[own, column] * inverse % PRIME
    left = (rows[own] - factor[:, None] * rows[cell][None, :]) % PRIME
    nonzero = left.any(axis=1)
    if not nonzero.all():
        return True
    singles = np.flatnonzero(telling[own])
    if not len(singles):
        return False
    lead = (left != 0).argmax(axis=1)
    inverses = np.array([pow(int(row[at]), -1, PRIME) for row, at in zip(left, lead, strict=True)])
    normal = left * inverses[:, None] % PRIME
    _, group, size = np.unique(normal, axis=0, return_inverse=True, return_counts=True)
    return bool((size[group.ravel()[singles]] > 1).any())


def orders(matrix: sparse.csr_matrix, values: NDArray[np.float64]) -> dict[str, NDArray[np.intp]]:
    """Return orders of publishing: what a table maker would want first."""
    size, index = np.diff(matrix.indptr), np.arange(len(values))
    return {
        "largest counts first": np.lexsort((index, -values)),
        "totals first": np.lexsort((index, -values, -size)),
        "totals first, small counts first": np.lexsort((index, values, -size)),
        "inner cells first": np.lexsort((index, -values, size)),
    }


def compare_orders(
    matrix: sparse.csr_matrix,
    values: NDArray[np.float64],
    primary: Mask,
    insiders: Mask | None = None,
) -> Suppressed:
    """Return the pattern of the order that hides the fewest cells, to be fair to the peer."""
    found = {
        name: eliminate(matrix, primary, order.tolist(), insiders)
        for name, order in orders(matrix, values).items()
    }
    best = min(found, key=lambda name: int(found[name].sum()))
    return Suppressed(found[best], best, {name: int(m.sum()) for name, m in found.items()})
