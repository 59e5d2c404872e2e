"""What calibration takes out of a variance: the margins that the weights reproduce."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from scipy.linalg import qr

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats, positive


class Residuals(StrEnum):
    """Which regression takes the calibration margins out of the variance."""

    RAKE = "rake"  # ordinary least squares, as survey::rake
    CALIBRATE = "calibrate"  # weighted by the design weights, as survey::calibrate


@dataclass(frozen=True)
class Calibration:
    """To which margins the weights were calibrated.

    Attributes
    ----------
    matrix : ndarray of float, shape (n, k)
        Calibration variables of each unit, e.g. indicators of the cells of every margin.
    residuals : Residuals
        The convention, by name.
    base : ndarray of float, shape (n,), optional
        Design weights before calibration; needed for ``CALIBRATE``.

    Notes
    -----
    An influence ``z_i = w_i e_i`` becomes ``w_i (e_i - x_i' B)``. ``RAKE``: B by ordinary least
    squares, what ``survey::rake`` converges to (it sweeps the margins ten times). ``CALIBRATE``: B
    weighted by the design weights, as ``survey::calibrate`` and, with indicators of one joint
    margin, ``survey::postStratify``. With equal design weights all coincide.
    """

    matrix: Floats
    residuals: Residuals = Residuals.RAKE
    base: Floats | None = None

    @cached_property
    def scale(self) -> Floats:
        """Root of the regression weights of the convention, shape (n,)."""
        if self.residuals is Residuals.RAKE:
            return np.ones(len(self.matrix))
        if self.base is None:
            raise RefusedError("residuals as survey::calibrate need the design weights")
        return np.sqrt(positive("the design weights", self.base, len(self.matrix)))

    @cached_property
    def basis(self) -> Floats:
        """Orthonormal columns that span the scaled matrix, shape (n, rank)."""
        Q, R, _ = qr(self.matrix * self.scale[:, None], mode="economic", pivoting=True)
        size = np.abs(np.diag(R))
        return np.ascontiguousarray(Q[:, size > 1e-10 * size.max()])

    def residual(self, influence: Floats, weights: Floats) -> Floats:
        """Return the influence, shape (n,) or (n, q), without what the margins explain of it."""
        per_row = (self.scale / weights, weights / self.scale)
        if influence.ndim == 2:
            per_row = (per_row[0][:, None], per_row[1][:, None])
        scaled = influence * per_row[0]
        scaled = scaled - self.basis @ (self.basis.T @ scaled)
        return np.asarray(scaled * per_row[1])
