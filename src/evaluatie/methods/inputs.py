"""What every estimator asks of its arrays before it computes anything."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from evaluatie.errors import RefusedError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

ENUMERATION_LIMIT = 100_000
"""Largest number of assignments or sign vectors that is enumerated."""


def numbers(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    """Return ``values`` as a finite float vector.

    Parameters
    ----------
    name : str
        What the vector is, for the message.
    values : array_like, shape (n,)
        Numbers.
    length : int, optional
        Length it must have.

    Raises
    ------
    RefusedError
        Not one-dimensional, empty, of another length, or with missing or infinite entries.
    """
    vector = np.asarray(values, dtype=float)
    if vector.ndim != 1 or vector.size == 0:
        raise RefusedError(f"{name} must be a non-empty row of numbers")
    if length is not None and vector.size != length:
        raise RefusedError(f"{name} has {vector.size} entries", allowed=f"{length} entries")
    if bad := int((~np.isfinite(vector)).sum()):
        raise RefusedError(
            f"{name} has {bad} missing or infinite entries among {vector.size}",
            remedy="leave those rows out and count them, or impute them first.",
        )
    return vector


def positive(name: str, values: ArrayLike, length: int | None = None) -> Floats:
    """Return ``values`` as a vector of numbers above zero; see `numbers`."""
    vector = numbers(name, values, length)
    if bad := int((vector <= 0).sum()):
        raise RefusedError(f"{name} has {bad} entries that are zero or negative")
    return vector


def codes(name: str, labels: ArrayLike, length: int | None = None) -> tuple[Integers, int]:
    """Return consecutive codes of ``labels`` in sorted order, and how many there are.

    Raises
    ------
    RefusedError
        Missing labels, or a length that does not fit.
    """
    vector = np.asarray(labels)
    if vector.ndim != 1 or (length is not None and vector.size != length):
        raise RefusedError(f"{name} has {vector.size} entries", allowed=f"{length} entries")
    indices, levels = pd.factorize(vector, sort=True)
    if bad := int((indices < 0).sum()):
        raise RefusedError(f"{name} has {bad} missing entries among {vector.size}")
    return indices.astype(np.int64), len(levels)
