"""What each payer puts into the programme, year by year, and the last year it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Funding:
    """Programme cost of one payer, or of all together; euros at the price level of the study.

    Attributes
    ----------
    in_year : float
        Cost in the later calendar year of a comparison.
    so_far : float
        Cost of all years up to and including it.
    last_year : int, optional
        Last year with any cost, none later than that year; None where there is none.
    """

    in_year: float
    so_far: float
    last_year: int | None


def funding(costs: pd.DataFrame, year: int) -> Mapping[tuple[str, str], Funding]:
    """Return the funding by (project, payer) up to a calendar year.

    Parameters
    ----------
    costs : DataFrame
        From `programme_cost`: project_id, payer, year, cents, eur.
    year : int
        Last calendar year that counts: later cost is not known at that time.

    Returns
    -------
    mapping of (project, payer) to Funding
        ``''`` stands for all projects, or all payers, together. Amounts are rounded to the cent
        per project, payer and year, so that every sum is exact. MISSING-DATA RULE: an empty
        amount counts as 0 (see `programme_cost`, which counts them).
    """
    known = costs[costs["year"] <= year]
    cents = (known["eur"] * 100).round().astype("int64")
    lines = list(zip(known["project_id"], known["payer"], known["year"], cents, strict=True))
    found: dict[tuple[str, str], Funding] = {}
    for key in {(p, w) for project, payer, *_ in lines for p in (project, "") for w in (payer, "")}:
        mine = [(y, c) for p, w, y, c in lines if key[0] in ("", p) and key[1] in ("", w)]
        paid = [int(y) for y, c in mine if c > 0]
        found[key] = Funding(
            in_year=sum(c for y, c in mine if y == year) / 100,
            so_far=sum(c for _, c in mine) / 100,
            last_year=max(paid, default=None),
        )
    return dict(sorted(found.items()))
