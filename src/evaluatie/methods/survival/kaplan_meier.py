"""The share to whom nothing has happened yet, with delayed entry and clustered observations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Floats
from evaluatie.methods.survival.cumulative_incidence import cumulative_incidence
from evaluatie.methods.survival.spells import Spells


@dataclass(frozen=True)
class SurvivalCurve:
    """A Kaplan-Meier curve.

    Attributes
    ----------
    times : ndarray of float, shape (m,)
        Distinct event times.
    survival : ndarray of float, shape (m,)
        Share without the event just after each time.
    greenwood : ndarray of float, shape (m,)
        Sum of ``d / (Y (Y - d))`` up to each time: the variance of log survival.
    last : float
        Last time that was observed.
    """

    times: Floats
    survival: Floats
    greenwood: Floats
    last: float

    def at(self, times: ArrayLike) -> Floats:
        """Return survival at ``times`` (1 before the first event)."""
        return self._step(self.survival, 1.0, times)

    def std_error(self, times: ArrayLike) -> Floats:
        """Return Greenwood's standard error of survival at ``times``; NaN where survival is 0."""
        s, spread = self.at(times), self._step(self.greenwood, 0.0, times)
        return np.where(s > 0, s * np.sqrt(np.where(s > 0, spread, 0.0)), np.nan)

    def interval(
        self, times: ArrayLike, level: float, std_error: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Return the log-log interval of survival at ``times``, between 0 and 1.

        Parameters
        ----------
        times : array_like, shape (k,)
        level : float
            Confidence level.
        std_error : array_like, shape (k,), optional
            Standard error of survival (`clustered_error`); by default Greenwood's.

        Notes
        -----
        ``S^exp(-+ z se / (S |log S|))``; where S is 1 the interval is (1, 1), where it is 0 there
        is none (NaN), as ``survfit(conf.type = "log-log")``.
        """
        s = self.at(times)
        error = self.std_error(times) if std_error is None else np.asarray(std_error, dtype=float)
        inner = (s > 0) & (s < 1)
        safe = np.where(inner, s, 0.5)
        width = np.where(inner, error, 0.0) / (safe * np.abs(np.log(safe)))
        z = float(special.ndtri(0.5 + level / 2))
        edge = np.where(s == 1, 1.0, np.nan)
        low, high = (np.where(inner, safe ** np.exp(sign * z * width), edge) for sign in (1, -1))
        return low, high

    def quantile(self, share: float, level: float) -> tuple[float, float, float]:
        """Return the time by which ``share`` had the event, and its interval.

        Returns
        -------
        (float, float, float)
            Quantile, lower and upper bound; NaN where the curve or the bound does not get there.

        Notes
        -----
        The first time with ``S <= 1 - share``; halfway to the next event where S equals it. The
        interval inverts the log-log intervals of S (Brookmeyer & Crowley 1982).

        References
        ----------
        ``quantile(survfit(Surv(time, event) ~ 1, conf.type = "log-log"))``.
        """
        low, high = self.interval(self.times, level)
        found = (self._reached(curve, 1 - share) for curve in (self.survival, low, high))
        middle, early, late = found
        return middle, early, late

    def _reached(self, curve: Floats, level: float) -> float:
        tolerance = np.sqrt(np.finfo(float).eps)
        below = np.flatnonzero(curve < level + tolerance)
        if not len(below):
            return float("nan")
        first = int(below[0])
        if abs(curve[first] - level) < tolerance:  # flat at the level: halfway, as for a median
            lower = np.flatnonzero(curve < level - tolerance)
            end = self.times[lower[0]] if len(lower) else self.last
            return float((self.times[first] + end) / 2)
        return float(self.times[first])

    def _step(self, values: Floats, before: float, times: ArrayLike) -> Floats:
        place = np.searchsorted(self.times, np.asarray(times, dtype=float), side="right")
        return np.concatenate([[before], values])[place]


def kaplan_meier(data: Spells) -> SurvivalCurve:
    """Estimate the share without any event as a function of time.

    Parameters
    ----------
    data : Spells
        States above 0 are all the same event here.

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    RefusedError
        At some event time everyone at risk had it while others enter later: with delayed entry
        the curve would be 0 from there on, whatever happens to those who enter later.

    Notes
    -----
    ``S(t) = prod_{u <= t} (1 - d(u) / Y(u))``; ASSUMPTIONS and MISSING-DATA RULE as `spells`.

    References
    ----------
    Kaplan & Meier (1958); Greenwood (1926). ``survival::survfit(Surv(start, stop, event) ~ 1)``.
    """
    d, y = data.events(), data.at_risk
    gone = np.isclose(d, y)
    if gone.any() and (data.start > data.times[np.argmax(gone)]).any():
        raise RefusedError(
            "everyone at risk had the event while others enter later: the curve cannot go on",
            remedy="start the clock where enough are at risk.",
        )
    survival = np.cumprod(np.where(gone, 0.0, 1 - d / y))
    jump = np.full(len(d), np.inf)
    np.divide(d, y * (y - d), out=jump, where=~gone)
    return SurvivalCurve(
        data.times, np.asarray(survival, dtype=float), np.cumsum(jump), float(data.stop.max())
    )


def clustered_error(data: Spells, times: ArrayLike) -> Floats:
    """Return the standard error of survival at ``times``, clusters of spells as independent units.

    Notes
    -----
    The infinitesimal jackknife of `cumulative_incidence` with all states taken together;
    Greenwood's where every spell is a cluster. Raises as that function does.

    References
    ----------
    ``survival::survfit(Surv(start, stop, event) ~ 1, cluster =, robust = TRUE)``.
    """
    together = replace(data, state=np.minimum(data.state, 1))
    return cumulative_incidence(together, 1, times).std_error
