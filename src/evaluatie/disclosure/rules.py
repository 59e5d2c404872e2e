"""The rules of disclosure control: read from `disclosure.yml`, each with its source."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

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
