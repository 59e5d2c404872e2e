"""What a business case assumes: participants, effects in euros, and what follows the funding."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from evaluatie.declarations import Declared, Label
from evaluatie.domain import Horizon

Evidence = Literal["assumed", "measured", "literature"]
"""Where a value comes from: somebody's expectation, data of the project, a publication."""


class AssumedValue(Declared):
    """A value that nobody has measured for sure, with its range, evidence and source.

    ``distribution`` as in `evaluatie.methods.economics.assumptions.Assumption`; ``fixed`` needs no
    range.
    """

    value: float
    low: float | None = None
    high: float | None = None
    distribution: Literal["fixed", "normal", "lognormal", "gamma", "beta", "triangular", "pert"] = (
        "fixed"
    )
    evidence: Evidence
    source: str

    @model_validator(mode="after")
    def _has_range(self) -> Self:
        if (self.low is None) != (self.high is None):
            raise ValueError("a range has both a low and a high end")
        if self.low is None or self.high is None:
            if self.distribution != "fixed":
                raise ValueError(f"distribution '{self.distribution}' needs low and high")
            return self
        if not self.low <= self.value <= self.high:
            raise ValueError("the value lies between low and high")
        if self.distribution == "fixed":
            raise ValueError("a value with a range has a distribution other than 'fixed'")
        if self.distribution in ("gamma", "lognormal") and self.low <= 0:
            raise ValueError(f"distribution '{self.distribution}' has a range above 0")
        if self.distribution == "beta" and not 0 <= self.low < self.value < self.high <= 1:
            raise ValueError("distribution 'beta' is for a share: 0 <= low < value < high <= 1")
        return self


class AssumedEffect(Declared):
    """One thing that a project is expected to change, per participant, in euros for one payer.

    ``quantity`` is how much less is used per participant and year; below zero: more is used, a
    cost. Exactly one of ``law`` and ``payer`` says who gains, exactly one of ``unit_price`` (of
    `economics.yml`) and ``amount_eur`` (at the price level of the study) what a unit is worth.
    """

    id: str
    what: Label
    law: str | None = None
    payer: str | None = None
    unit_price: str | None = None
    amount_eur: float | None = Field(default=None, gt=0)
    amount_source: str = ""  # of amount_eur
    share: AssumedValue | None = None  # of the participants to whom it happens; none: all of them
    quantity: AssumedValue
    starts_after_years: float = Field(default=0, ge=0)  # after somebody joined
    lasts_years: AssumedValue  # of one participant
    lost_per_year: float = Field(default=0, ge=0, le=1)  # share lost each year without funding
    horizon: Horizon  # a quick win or a slow change

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.law is None) == (self.payer is None):
            raise ValueError("an effect names either the law or the payer that gains")
        if (self.unit_price is None) == (self.amount_eur is None):
            raise ValueError("an effect names either a unit_price or an amount_eur")
        if (self.amount_eur is not None) != bool(self.amount_source):
            raise ValueError("an amount_eur has an amount_source, a unit_price has its own source")
        if self.share is not None and not 0 <= self.share.value <= 1:
            raise ValueError("share is a share of the participants: from 0 to 1")
        if self.lasts_years.value <= 0:
            raise ValueError("lasts_years is above 0")
        return self


class AssumedCorrelation(Declared):
    """Two assumptions that go up and down together; all others are independent.

    ``between`` names them as ``effect.quantity``, ``effect.share``, ``effect.lasts_years`` or
    ``participants``.
    """

    between: tuple[str, str]
    value: float = Field(gt=-1, lt=1)
    source: str


class BusinessCase(Declared):
    """The declared assumptions of one project; none of them is a finding.

    Programme cost comes from the feed `programme_costs`. ``participants`` is ``enrolments`` (who
    joined per calendar year, from that feed) or a number per funded year.
    """

    participants: Literal["enrolments"] | AssumedValue
    effects: tuple[AssumedEffect, ...] = Field(min_length=1)
    correlations: tuple[AssumedCorrelation, ...] = ()
    horizon_years: int = Field(ge=1, le=30)  # from the first year with cost, that year included
    when_funding_ends: Literal["stops", "continues"]
    note: Label  # whose assumptions they are, and what is to be done with them

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        names = [effect.id for effect in self.effects]
        if len(set(names)) < len(names):
            raise ValueError("two effects have the same id")
        known = set(self.assumed_values)
        named = {name for pair in self.correlations for name in pair.between}
        if unknown := sorted(named - known):
            raise ValueError(f"no assumption '{unknown[0]}'; allowed: {', '.join(sorted(known))}")
        if any(len(set(pair.between)) < len(pair.between) for pair in self.correlations):
            raise ValueError("a correlation is between two different assumptions")
        return self

    @property
    def assumed_values(self) -> dict[str, AssumedValue]:
        """Every assumed value under its name, e.g. ``less_care.quantity``; participants first."""
        found: dict[str, AssumedValue] = {}
        if isinstance(self.participants, AssumedValue):
            found["participants"] = self.participants
        for effect in self.effects:
            for name in ("share", "quantity", "lasts_years"):
                if (value := getattr(effect, name)) is not None:
                    found[f"{effect.id}.{name}"] = value
        return found
