"""The rules of disclosure control: read from `disclosure.yml`, each with its source."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from evaluatie.declarations import Declared, read_model
from evaluatie.errors import DeclarationError
from evaluatie.study import Study, default_path

RULES_FILE = "disclosure.yml"


class Minimum(Declared):
    """The smallest number of contributors that may stand behind a published number."""

    value: int = Field(ge=1)
    source: str
    note: str = ""


class PPercent(Declared):
    """The p% rule: how closely the largest contribution may be estimated, in percent."""

    value: float = Field(gt=0, le=100)
    source: str


class Dominance(Declared):
    """The (n,k) rule: the ``contributors`` largest may have at most ``share`` of an amount."""

    contributors: int = Field(ge=2, le=2)  # estimates carry the share of the two largest
    share: float = Field(gt=0, le=1)
    source: str


class Exempt(Declared):
    """Rows that are not about persons, households or providers: name -> why."""

    tables: dict[str, str] = {}
    indicators: dict[str, str] = {}
    terms: dict[str, str] = {}


class Stricter(Declared):
    """What one audience is held to on top of the rules for everybody; never looser."""

    threshold: Minimum | None = None
    p_percent: PPercent | None = None
    households: Minimum | None = None
    providers: Minimum | None = None


class Rounding(Declared):
    """Counts of these tables are rounded to a base and add up, instead of being hidden."""

    base: int = Field(ge=3, le=10)
    tables: tuple[str, ...] = Field(min_length=1)
    source: str


class Redesign(Declared):
    """A table of which more than this share of the cells is small should have fewer categories."""

    small_share: float = Field(gt=0, lt=1)
    source: str


class DisclosureRules(Declared):
    """Everything that decides whether a number may be published.

    ``threshold`` is rule T1: a count from 1 up to the threshold is primary, and the interval that
    an attacker derives for it must reach the threshold upward and half of the count, rounded
    down, downward. The interval for a protected amount must reach ``p_percent`` of the amount to
    either side.
    """

    threshold: Minimum
    p_percent: PPercent
    dominance: Dominance
    households: Minimum
    providers: Minimum
    exempt: Exempt = Exempt()
    numerator_dimensions: tuple[str, ...] = ()
    share_terms: tuple[str, ...] = ()  # terms that are the share of ``n`` with some characteristic
    divided_terms: dict[str, tuple[str, ...]] = {}  # term -> what divides a whole into its parts
    means_of_parts: dict[str, str] = {}  # term -> divided term whose parts it weighs together
    rates_of_parts: dict[str, str] = {}  # term -> divided term: times that it is an amount
    audiences: dict[str, Stricter] = {}
    rounding: Rounding | None = None  # None: counts are hidden, not rounded
    redesign: Redesign | None = None
    seconds: float = Field(default=120, gt=0)  # that the search for the cheapest plan may take

    @model_validator(mode="after")
    def _never_looser(self) -> Self:
        for audience, own in self.audiences.items():
            for name in Stricter.model_fields:
                stricter, common = getattr(own, name), getattr(self, name)
                if stricter is not None and stricter.value < common.value:
                    raise ValueError(
                        f"audience '{audience}' has {name} {stricter.value}, below the "
                        f"{common.value} of everybody; an audience may be stricter, never looser"
                    )
        return self

    def for_audience(self, audience: str) -> DisclosureRules:
        """Return the rules that hold for one audience."""
        own = self.audiences.get(audience, Stricter())
        told = {name: value for name, value in own if value is not None}
        return self.model_copy(update=told)


def load_rules(study: Study) -> DisclosureRules:
    """Read the rules from the one dictionary folder of the study that has them.

    Raises
    ------
    DeclarationError
        No dictionary folder has the file, more than one has it, or it is not valid.
    """
    found = [
        path
        for folder in study.dictionaries
        if (path := _folder(study, folder) / RULES_FILE).is_file()
    ]
    if len(found) != 1:
        raise DeclarationError(
            f"{len(found)} files '{RULES_FILE}' were found in the dictionary folders",
            where=str(study.root),
            allowed="exactly one in: " + ", ".join(study.dictionaries),
            remedy=f"keep one {RULES_FILE}; a silent override of the rules is refused.",
        )
    return read_model(found[0], DisclosureRules)


def _folder(study: Study, name: str) -> Path:
    own = study.root / name
    return own if own.is_dir() else default_path(name)
