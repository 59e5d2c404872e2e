"""From assumptions to euros per payer and year: the arithmetic of a business case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.methods.economics.assumptions import Assumption
from evaluatie.methods.economics.discounting import discount_factors

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EffectFlow:
    """One assumed effect, ready to compute with.

    Attributes
    ----------
    id : str
    payer : int
        Position of the payer that gains.
    euros : float
        Worth of one unit, at the price level of the study.
    starts_after : float
        Years between joining and the start of the effect.
    lost_per_year : float
        Share of the effect lost in each year without funding.
    quick : bool
        A quick win rather than a slow change.
    """

    id: str
    payer: int
    euros: float
    starts_after: float
    lost_per_year: float
    quick: bool


@dataclass(frozen=True)
class ProjectFlows:
    """Everything that decides about the money of one project.

    Attributes
    ----------
    years : tuple of int, length H
        Calendar years of the horizon, the first one with cost first.
    payers : tuple of str, length P
    cost : ndarray of float, shape (P, H)
        Programme cost at the price level of the study.
    joined : ndarray of float, shape (H,)
        Participants who join in each year; 1 per funded year where their number is assumed.
    unfunded : ndarray of float, shape (H,)
        Whole years since the last funded year, 0 while there is funding.
    effects : tuple of EffectFlow
    assumed : tuple of Assumption, length k
        Draws have their columns in this order.
    rate : float
        Discount rate per year.
    """

    years: tuple[int, ...]
    payers: tuple[str, ...]
    cost: Floats
    joined: Floats
    unfunded: Floats
    effects: tuple[EffectFlow, ...]
    assumed: tuple[Assumption, ...]
    rate: float

    @property
    def central(self) -> Floats:
        """The central values of all assumptions, shape (1, k)."""
        return np.array([[one.value for one in self.assumed]])

    @property
    def factors(self) -> Floats:
        """Discount factor of each year, shape (H,); the first year is not discounted."""
        return discount_factors(np.arange(len(self.years)), self.rate)

    def invested(self) -> Floats:
        """Return the present value of the programme cost, shape (P,)."""
        return np.asarray(self.cost @ self.factors)

    def assumed_benefits(self, draws: Floats, scale: float = 1.0) -> Floats:
        """Return what each effect would bring per year, shape (d, E, H), not discounted.

        Parameters
        ----------
        draws : ndarray of float, shape (d, k)
            Values of the assumptions.
        scale : float
            How many times the participants there are.

        Notes
        -----
        Effect j of year h: ``euros x share x quantity x sum_c joined_c x active(h - c)`` times
        ``(1 - lost) ^ (years without funding)``. Participants join evenly through the year, on
        average halfway; ``active(a)`` is the part of the year that lies ``a`` years on in which the
        effect is there: the overlap of ``[start, start + lasts]`` with ``[a - 1/2, a + 1/2]``,
        counted from joining. ASSUMPTIONS: effects of different participants add up; programme
        cost does not change with their number.
        """
        column = {one.name: k for k, one in enumerate(self.assumed)}
        people = np.outer(np.full(len(draws), scale), self.joined)
        if "participants" in column:
            people = people * draws[:, [column["participants"]]]
        found = np.empty((len(draws), len(self.effects), len(self.years)))
        for j, effect in enumerate(self.effects):
            size = draws[:, column[f"{effect.id}.quantity"]] * effect.euros
            if f"{effect.id}.share" in column:
                size = size * draws[:, column[f"{effect.id}.share"]]
            lasts = draws[:, column[f"{effect.id}.lasts_years"]]
            reached = _person_years(people, effect.starts_after, lasts)
            kept = (1.0 - effect.lost_per_year) ** self.unfunded
            found[:, j] = size[:, None] * reached * kept
        return found

    def by_payer(self, draws: Floats, scale: float = 1.0) -> Floats:
        """Return the present value of the assumed benefits of each payer, shape (d, P)."""
        value = self.assumed_benefits(draws, scale) @ self.factors
        result = np.zeros((len(draws), len(self.payers)))
        for j, effect in enumerate(self.effects):
            result[:, effect.payer] += value[:, j]
        return result

    def net(self, draws: Floats, scale: float = 1.0) -> Floats:
        """Return assumed benefits minus programme cost, present value, shape (d,)."""
        return np.asarray(self.by_payer(draws, scale).sum(axis=1) - self.invested().sum())

    def net_per_year(self) -> Floats:
        """Return the discounted net amount of each year at the central values, shape (H,)."""
        benefits = self.assumed_benefits(self.central)[0].sum(axis=0)
        return np.asarray((benefits - self.cost.sum(axis=0)) * self.factors)


def _person_years(people: Floats, starts: float, lasts: Floats) -> Floats:
    """Return person-years with the effect per calendar year, shape (d, H)."""
    horizon = people.shape[1]
    age = np.arange(horizon)
    begin, end = np.maximum(age - 0.5, starts), np.minimum(age + 0.5, starts + lasts[:, None])
    active = np.maximum(end - np.maximum(begin, 0.0), 0.0)  # nobody gains before joining
    result = np.zeros_like(people)
    for a in age:
        result[:, a:] += people[:, : horizon - a] * active[:, [a]]
    return result


def correlation_matrix(
    assumed: tuple[Assumption, ...], pairs: Mapping[tuple[str, str], float]
) -> Floats | None:
    """Return the declared correlations as a matrix (k, k), or None where none is declared."""
    if not pairs:
        return None
    place = {one.name: k for k, one in enumerate(assumed)}
    matrix = np.eye(len(assumed))
    for (one, other), value in pairs.items():
        matrix[place[one], place[other]] = matrix[place[other], place[one]] = value
    return matrix
