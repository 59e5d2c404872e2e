"""What the codes of an arrangement mean for its amount, as the data dictionary says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.costs.booking.valuation import PERIODS
from evaluatie.dictionary.model import Code, CodebookContent
from evaluatie.errors import DeclarationError, FeedError

FEED = "arrangements"


@dataclass(frozen=True)
class ArrangementCodes:
    """Codes of the feed of arrangements, by what they do.

    Attributes
    ----------
    period : Mapping[str, str]
        Frequency code -> one of `PERIODS`.
    units : Mapping[str, bool]
        Unit code -> whether the volume is an amount of euros itself (a budget).
    void : frozenset of str
        Change reasons that make a record void when it ends on the day it starts.
    law : Mapping[str, str]
        Product code -> law.
    succession : tuple of str
        Columns within which a later record replaces an earlier one: those of the rule
        ``no_overlap`` of the feed.
    """

    period: Mapping[str, str]
    units: Mapping[str, bool]
    void: frozenset[str]
    law: Mapping[str, str]
    succession: tuple[str, ...] = ("person_id", "product_code")

    def periods_of(self, frequency: pd.Series) -> npt.NDArray[np.int8]:
        """Return the index in `PERIODS` of each frequency code, -1 where it is missing."""
        _refuse_unknown(frequency, self.period, "frequency")
        index = {code: PERIODS.index(period) for code, period in self.period.items()}
        return np.asarray(frequency.map(index).fillna(-1), dtype=np.int8)

    def is_budget(self, unit: pd.Series) -> npt.NDArray[np.bool_]:
        """Return whether each volume is an amount of euros."""
        _refuse_unknown(unit, self.units, "unit")
        return np.asarray(unit.isin([code for code, euro in self.units.items() if euro]))

    def laws_of(self, product: pd.Series) -> pd.Series:
        """Return the law of each product."""
        _refuse_unknown(product, self.law, "product_code", missing=True)
        return product.map(dict(self.law)).astype(object)


def arrangement_codes(codebook: CodebookContent) -> ArrangementCodes:
    """Read the codes of arrangements from the dictionary.

    Raises
    ------
    DeclarationError
        A frequency that does not say which period it means, or a product without a law.
    """
    frequencies, products = _code_list(codebook, "frequency"), _code_list(codebook, "product_code")
    silent = [code for code, entry in frequencies.items() if entry.means not in PERIODS]
    lawless = [code for code, entry in products.items() if entry.law not in codebook.laws]
    if silent or lawless:
        raise DeclarationError(
            f"frequencies without a period: {len(silent)}; products without a law: {len(lawless)}",
            where="code lists of the arrangements",
            allowed="means: " + ", ".join(PERIODS) + "; law: " + ", ".join(codebook.laws),
            remedy="complete " + ", ".join((*silent, *lawless)) + " in the code lists.",
        )
    reasons = _code_list(codebook, "change_reason")
    return ArrangementCodes(
        period={code: str(entry.means) for code, entry in frequencies.items()},
        units={c: entry.means == "euro" for c, entry in _code_list(codebook, "unit").items()},
        void=frozenset(code for code, entry in reasons.items() if entry.means == "void"),
        law={code: str(entry.law) for code, entry in products.items()},
        **_succession(codebook),
    )


def _succession(codebook: CodebookContent) -> dict[str, tuple[str, ...]]:
    columns = [c.columns for c in codebook.feeds[FEED].checks if c.rule == "no_overlap"]
    return {"succession": columns[0]} if columns else {}


def laws_by_arrangement(codebook: CodebookContent) -> dict[str, str]:
    """Return law -> payer for the laws whose costs come per person and month."""
    return {k: law.payer for k, law in codebook.laws.items() if law.grain == "arrangement"}


def benefit_law(codebook: CodebookContent) -> str:
    """Return the law that pays benefits: the one by arrangement that no product belongs to.

    Empty where every law has products: a study without benefits.

    Raises
    ------
    DeclarationError
        There is more than one such law.
    """
    with_products = {entry.law for entry in _code_list(codebook, "product_code").values()}
    laws = [law for law in laws_by_arrangement(codebook) if law not in with_products]
    if not laws:
        return ""
    if len(laws) > 1:
        raise DeclarationError(
            f"{len(laws)} laws of grain 'arrangement' have no product: the law that pays the "
            "benefits cannot be told",
            where="laws of the data dictionary",
            allowed="at most one law of that grain without products",
        )
    return laws[0]


def _code_list(codebook: CodebookContent, column: str) -> dict[str, Code]:
    declared = next((c for c in codebook.feeds[FEED].columns if c.name == column), None)
    if declared is None or declared.code_list not in codebook.code_lists:
        raise DeclarationError(
            f"column '{column}' names no code list",
            where=f"feed '{FEED}' of the data dictionary",
            allowed=", ".join(codebook.code_lists),
        )
    return codebook.code_lists[declared.code_list]


def _refuse_unknown(
    values: pd.Series, known: Mapping[str, object], column: str, missing: bool = False
) -> None:
    unknown = ~values.isin(list(known)) & (values.notna() | missing)
    if unknown.any():
        raise FeedError(
            f"unknown code in column '{column}' of {unknown.sum()} records",
            where=f"feed '{FEED}'",
            allowed=", ".join(known),
            remedy="add the code to the code list with its source, or correct the feed.",
        )
