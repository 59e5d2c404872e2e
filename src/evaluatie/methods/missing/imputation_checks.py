"""What multiple imputation asks of a table before it fills anything in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats


class VariableKind(StrEnum):
    """How a variable is predicted."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"


@dataclass(frozen=True)
class ImputationTable:
    """A checked table.

    Attributes
    ----------
    values : ndarray of float, shape (n, p)
        Missing as NaN.
    names : tuple of str, length p
    kinds : tuple of VariableKind, length p
    """

    values: Floats
    names: tuple[str, ...]
    kinds: tuple[VariableKind, ...]

    @property
    def missing(self) -> Booleans:
        """Which entries are missing, shape (n, p)."""
        return np.isnan(self.values)


def checked_table(
    values: ArrayLike, names: Sequence[str], kinds: Sequence[VariableKind], donors: int
) -> ImputationTable:
    """Return the table, or refuse it; see `imputation.impute`."""
    table = ImputationTable(np.asarray(values, dtype=float), tuple(names), tuple(kinds))
    shape = table.values.shape
    if len(shape) != 2 or shape[1] != len(names) or shape[1] != len(kinds):
        raise RefusedError("imputation needs one name and one kind per column of the table")
    if len(set(names)) < len(names):
        raise RefusedError("two columns of the table have the same name")
    if np.isinf(table.values).any():
        raise RefusedError("the table contains infinite entries")
    for j in np.flatnonzero(table.missing.any(axis=0)):
        _check_donors(table, int(j), donors)
    for j in np.flatnonzero(table.missing.any(axis=0)):
        if table.kinds[j] is VariableKind.CATEGORICAL:
            _check_separation(table, int(j))
    return table


def _check_donors(table: ImputationTable, j: int, donors: int) -> None:
    known, rows = int((~table.missing[:, j]).sum()), len(table.values)
    if known == 0:
        raise RefusedError(
            f"variable '{table.names[j]}' is missing for all {rows} rows",
            remedy="leave it out; what nobody answered cannot be imputed.",
        )
    needed = max(donors, predictor_columns(table, j) + 2)
    if known < needed:
        raise RefusedError(
            f"variable '{table.names[j]}' is known for {known} of {rows} rows",
            allowed=f"at least {needed}: {donors} donors, and more rows than predictors",
            remedy="use fewer variables, or impute waves or groups together.",
        )


def predictor_columns(table: ImputationTable, j: int) -> int:
    """Return how many columns the other variables take, categories as indicators."""
    others = [i for i in range(len(table.names)) if i != j]
    return sum(
        len(levels(table, i)) - 1 if table.kinds[i] is VariableKind.CATEGORICAL else 1
        for i in others
    )


def levels(table: ImputationTable, j: int) -> Floats:
    """Return the categories that occur in a column, in sorted order."""
    column = table.values[:, j]
    return np.unique(column[~np.isnan(column)])


def _check_separation(table: ImputationTable, j: int) -> None:
    """Refuse when one predictor tells the categories of variable ``j`` apart without error."""
    for i in range(len(table.names)):
        both = ~table.missing[:, i] & ~table.missing[:, j]
        x, y = table.values[both, i], table.values[both, j]
        if i == j or len(np.unique(y)) < 2 or len(np.unique(x)) < 2:
            continue
        if table.kinds[i] is VariableKind.CATEGORICAL:
            separated = len(np.unique(np.column_stack([x, y]), axis=0)) == len(np.unique(x))
        else:
            lowest = [x[y == level].min() for level in np.unique(y)]
            highest = [x[y == level].max() for level in np.unique(y)]
            order = np.argsort(lowest)
            separated = bool(
                (np.asarray(highest)[order][:-1] < np.asarray(lowest)[order][1:]).all()
            )
        if separated:
            raise RefusedError(
                f"predictor '{table.names[i]}' separates the categories of '{table.names[j]}' "
                f"perfectly in the {len(y)} rows that have both",
                remedy="leave that predictor out, or join categories.",
            )
