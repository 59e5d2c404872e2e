"""Least squares with weights that are not negative and sum to one."""

from __future__ import annotations

import numpy as np

from evaluatie.errors import RefusedError
from evaluatie.methods.inputs import Booleans, Floats

TOLERANCE = 1e-10


def simplex_least_squares(A: Floats, b: Floats, penalty: float = 0.0) -> Floats:
    """Return the weights w that minimise ``|A w - b|^2 + penalty |w|^2`` over the simplex.

    Parameters
    ----------
    A : ndarray of float, shape (m, k)
        One column per donor.
    b : ndarray of float, shape (m,)
        What the weighted donors should resemble.
    penalty : float
        Ridge penalty, at least 0; above 0 the weights are unique.

    Returns
    -------
    ndarray of float, shape (k,)
        At least 0, summing to 1.

    Raises
    ------
    RefusedError
        No donors, or no minimum found (columns that differ by rounding only).

    Notes
    -----
    Active set: start at the best single donor, let in the donor with the steepest descent, solve
    the equality-constrained problem on the donors that are in, and let out those that would turn
    negative; a finite number of steps to the exact optimum (Karush-Kuhn-Tucker to 1e-10).

    References
    ----------
    Lawson & Hanson (1974), Solving Least Squares Problems, ch. 23; agrees with
    ``quadprog::solve.QP``.
    """
    k = A.shape[1]
    if k == 0:
        raise RefusedError("there are no donors to weigh", allowed="at least one")
    gram = A.T @ A + penalty * np.eye(k)
    moment = A.T @ b
    scale = max(float(np.abs(gram).max()), float(np.abs(moment).max()), 1e-300)
    w = np.zeros(k)
    w[int(np.argmin(np.diag(gram) - 2 * moment))] = 1.0
    inside: Booleans = w > 0
    for _ in range(100 * k):
        slope = gram @ w - moment
        level = float(slope @ w)  # the same for every donor inside, at the optimum
        best = int(np.argmin(np.where(inside, np.inf, slope)))
        if inside.all() or slope[best] >= level - TOLERANCE * scale:
            return w
        inside[best] = True
        w, inside = _settled(gram, moment, w, inside)
    raise RefusedError("the weights of the donors could not be found: some are all but identical")


def _settled(gram: Floats, moment: Floats, w: Floats, inside: Booleans) -> tuple[Floats, Booleans]:
    """Return the optimum over the donors inside, letting out those that hit zero on the way."""
    while True:
        goal = _equality(gram, moment, inside)
        below = inside & (goal <= 0)
        if not below.any():
            return goal, inside
        step = (w[below] / np.maximum(w[below] - goal[below], 1e-300)).min()
        w = np.where(inside, w + step * (goal - w), 0.0)
        w[np.abs(w) < 1e-14] = 0.0
        inside = inside & (w > 0)
        w = w / w.sum()


def _equality(gram: Floats, moment: Floats, inside: Booleans) -> Floats:
    """Return the weights of the donors inside that sum to one, of any sign; 0 elsewhere."""
    rows = np.flatnonzero(inside)
    system = np.ones((rows.size + 1, rows.size + 1))
    system[:-1, :-1] = gram[np.ix_(rows, rows)]
    system[-1, -1] = 0.0
    size = max(float(np.abs(system[:-1, :-1]).max()), 1e-300)
    system[:-1, :-1] /= size
    found = np.linalg.lstsq(system, np.append(moment[rows] / size, 1.0), rcond=1e-14)[0]
    goal = np.zeros(len(gram))
    goal[rows] = found[:-1]
    return goal


def frank_wolfe(
    A: Floats, b: Floats, penalty: float, start: Floats, enough: float, rounds: int
) -> Floats:
    """Return weights by Frank-Wolfe steps with exact line search, stopped early.

    Parameters
    ----------
    A, b, penalty
        As in `simplex_least_squares`.
    start : ndarray of float, shape (k,)
        Weights to start from.
    enough : float
        Stop when a step lowers ``|A w - b|^2 / m + penalty / m |w|^2`` by no more than this.
    rounds : int
        Most steps.

    Notes
    -----
    Not the optimum: the published synthetic difference in differences stops here, and its numbers
    are those of the stopped weights.

    References
    ----------
    Jaggi (2013), ICML; the steps of ``synthdid:::sc.weight.fw``.
    """
    w, previous = start.copy(), np.inf
    for round_ in range(rounds):
        fitted = A @ w
        slope = A.T @ (fitted - b) + penalty * w
        toward = -w
        toward[int(np.argmin(slope))] += 1.0
        moved = A @ toward
        size = float(moved @ moved + penalty * (toward @ toward))
        if size > 0:
            w = w + min(1.0, max(0.0, -float(slope @ toward) / size)) * toward
        error = A @ w - b
        value = float(error @ error + penalty * (w @ w)) / len(b)
        if round_ > 0 and previous - value <= enough:
            break
        previous = value
    return w
