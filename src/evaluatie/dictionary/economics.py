"""What an economic evaluation takes from elsewhere: discount rates, unit prices, thresholds."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from evaluatie.declarations import Declared, Label

Certainty = Literal["confirmed", "computed", "memory", "assumed"]
"""How sure a value is: from its source, computed from it, from memory, or chosen by us."""


class DiscountRate(Declared):
    """A guideline for what a later year counts for: rates per year of cost and of effects."""

    label: Label
    cost: float = Field(ge=0, lt=1)
    effects: float = Field(ge=0, lt=1)
    certainty: Certainty
    source: str


class UnitPrice(Declared):
    """What one unit of care or support costs, at the prices of one year."""

    label: Label
    unit: Label
    amount_eur: float = Field(gt=0)
    price_level: int
    certainty: Certainty
    source: str


class Threshold(Declared):
    """What somebody is willing to pay for one unit of gain."""

    label: Label
    amount_eur: float = Field(ge=0)
    certainty: Certainty
    source: str


class Economics(Declared):
    """Values of an economic evaluation that no data of the study give."""

    discounting: dict[str, DiscountRate] = Field(min_length=1)
    discount: str  # the one in use; the others are shown beside it
    unit_prices: dict[str, UnitPrice] = {}
    thresholds: dict[str, Threshold] = {}
    threshold: str | None = None  # the one that says whether a gain was worth its cost
    willingness: tuple[float, ...] = ()  # euros for one unit of gain: the points of the curve
    draws: int = Field(default=5000, ge=100, le=100_000)  # of a probabilistic analysis

    @model_validator(mode="after")
    def _refers(self) -> Self:
        for name, key, known in (
            ("discount", self.discount, self.discounting),
            ("threshold", self.threshold, self.thresholds),
        ):
            if key is not None and key not in known:
                raise ValueError(f"{name} '{key}' is not declared; allowed: {', '.join(known)}")
        if (
            list(self.willingness) != sorted(set(self.willingness))
            or min(self.willingness, default=0.0) < 0
        ):
            raise ValueError("willingness holds different amounts from 0 upward, in rising order")
        return self

    @property
    def rate(self) -> DiscountRate:
        """The discount rates in use."""
        return self.discounting[self.discount]
