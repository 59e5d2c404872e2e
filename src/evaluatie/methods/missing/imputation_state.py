"""The completed tables of all chains, with the sums of products that regressions need.

Rows without any missing value are the same in every chain and are kept once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from evaluatie.methods.inputs import Booleans, Floats, Integers
from evaluatie.methods.missing.imputation_checks import ImputationTable, VariableKind, levels


@dataclass(frozen=True)
class Variable:
    """One variable, its columns in the design, and who has it.

    Attributes
    ----------
    columns : ndarray of int
        One column, standardised; of a categorical variable an indicator per category but the first.
    predictors : ndarray of int
        The constant and the columns of the other variables that vary where this one is known.
    gaps, filled : ndarray of int
        Among the rows with any missing value: those without and those with this variable.
    donated : ndarray of float, shape (donors, columns)
        Design columns of the rows that have the value: complete rows first, then ``filled``.
    known : ndarray of float, shape (donors,)
        The values themselves, in the same order.
    """

    name: str
    kind: VariableKind
    columns: Integers
    predictors: Integers
    gaps: Integers
    filled: Integers
    donated: Floats
    known: Floats


@dataclass(frozen=True)
class Chains:
    """m completed tables under way.

    Attributes
    ----------
    complete : ndarray of float, shape (n - r, q)
        Design of the rows without missing values: constant first; numeric columns standardised.
    design : ndarray of float, shape (m, r, q)
        Design of the other rows in each chain. Changed in place.
    gram : ndarray of float, shape (m, q, q)
        Sums of products over all rows. Changed in place.
    variables : tuple of Variable, length p
    values : dict of str to ndarray of float, shape (m, missing)
        Latest draw per incomplete variable.
    """

    complete: Floats
    design: Floats
    gram: Floats
    variables: tuple[Variable, ...]
    values: dict[str, Floats]

    @classmethod
    def start(cls, table: ImputationTable, m: int, rng: np.random.Generator) -> Chains:
        """Fill every missing entry with a random observed value."""
        blocks = [_block(table, j) for j in range(len(table.names))]
        width = np.cumsum([1, *(block.shape[1] for block in blocks)])
        base = np.hstack([np.ones((len(table.values), 1)), *blocks])
        columns = [np.arange(a, b) for a, b in pairwise(width)]
        partial = np.asarray(table.missing.any(axis=1), dtype=bool)
        variables = tuple(_variable(table, j, base, columns, partial) for j in range(len(columns)))
        design = np.tile(base[partial], (m, 1, 1))
        values: dict[str, Floats] = {}
        for variable in variables:
            if variable.gaps.size:
                donors = rng.integers(0, len(variable.known), (m, variable.gaps.size))
                design[:, variable.gaps[:, None], variable.columns] = variable.donated[donors]
                values[variable.name] = variable.known[donors]
        complete = base[~partial]
        gram = complete.T @ complete + np.matmul(design.transpose(0, 2, 1), design)
        return cls(complete, design, gram, variables, values)

    @property
    def incomplete(self) -> list[Variable]:
        """Variables with missing values."""
        return [variable for variable in self.variables if variable.gaps.size]

    def gram_of_donors(self, variable: Variable) -> Floats:
        """Return the sums of products over the rows that have the variable, shape (m, q, q)."""
        rows = self.design[:, variable.gaps, :]
        return np.asarray(self.gram - np.matmul(rows.transpose(0, 2, 1), rows))

    def predict_donors(self, variable: Variable, coefficients: Floats) -> Floats:
        """Return the predictions of the rows that have the variable, shape (m, donors)."""
        full = self._full(variable, coefficients)
        partial = np.matmul(self.design, full[:, :, None])[:, variable.filled, 0]
        return np.hstack([full @ self.complete.T, partial])

    def predict_gaps(self, variable: Variable, coefficients: Floats) -> Floats:
        """Return the predictions of the rows that lack the variable, shape (m, missing)."""
        full = self._full(variable, coefficients)
        return np.asarray(np.matmul(self.design[:, variable.gaps, :], full[:, :, None])[:, :, 0])

    def fill(self, variable: Variable, donors: Integers, gram: Floats) -> Floats:
        """Put in the values of ``donors``, shape (m, missing), and bring the sums up to date."""
        self.design[:, variable.gaps[:, None], variable.columns] = variable.donated[donors]
        changed = self.design[:, variable.gaps, :]
        self.gram[:] = gram + np.matmul(changed.transpose(0, 2, 1), changed)
        self.values[variable.name] = variable.known[donors]
        return self.values[variable.name]

    def drawn(self) -> tuple[Floats, ...]:
        """Return the latest values of each variable, shape (m, missing), in order of variable."""
        none = np.empty((len(self.design), 0))
        return tuple(self.values.get(variable.name, none) for variable in self.variables)

    def _full(self, variable: Variable, coefficients: Floats) -> Floats:
        """Return coefficients of all columns, zero for those that do not predict."""
        full = np.zeros((len(coefficients), self.design.shape[2]))
        full[:, variable.predictors] = coefficients
        return full


def _block(table: ImputationTable, j: int) -> Floats:
    """Return the design columns of a variable, zero where it is missing."""
    column = table.values[:, j]
    if table.kinds[j] is VariableKind.CATEGORICAL:
        return np.asarray(column[:, None] == levels(table, j)[1:], dtype=float)
    spread = np.nanstd(column)
    scaled = (column - np.nanmean(column)) / (spread if spread > 0 else 1.0)
    return np.where(np.isnan(scaled), 0.0, scaled)[:, None]


def _variable(
    table: ImputationTable, j: int, base: Floats, columns: list[Integers], partial: Booleans
) -> Variable:
    missing = table.missing[:, j]
    others = np.concatenate([[0], *(c for i, c in enumerate(columns) if i != j)])
    varies = np.ones(len(others), dtype=bool)
    if missing.any():
        there = base[~missing][:, others]
        varies[1:] = (there.max(axis=0) > there.min(axis=0))[1:]
    donors = np.concatenate([np.flatnonzero(~partial), np.flatnonzero(partial & ~missing)])
    return Variable(
        table.names[j],
        table.kinds[j],
        columns[j],
        others[varies].astype(np.int64),
        np.flatnonzero(missing[partial]),
        np.flatnonzero(~missing[partial]),
        base[donors][:, columns[j]],
        table.values[donors, j],
    )
