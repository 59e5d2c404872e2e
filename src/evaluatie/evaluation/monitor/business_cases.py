"""Rows: what each project costs, what is assumed to follow from it, and when it breaks even.

No row says what a project did: its effects are declared assumptions, and the terms say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluatie.costs.projects.flows import Floats
from evaluatie.domain import Horizon, Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.business_case_inputs import Case, case_of, case_row, place_of
from evaluatie.evaluation.monitor.business_case_sensitivity import sensitivity_rows

Row = dict[str, Any]
TAILS = (0.025, 0.975)


def business_case_rows(asked: Asked) -> Iterator[Row]:
    """Yield the business case of every project that has one, or why there is none."""
    for project in asked.book.projects:
        if not project.business_case:
            continue
        case = case_of(asked, project)
        if isinstance(case, str):
            gone = case.startswith("missing_feed")
            status = Status.UNAVAILABLE if gone else Status.NOT_ESTIMABLE
            yield case_row(asked, project, "net_present_value", status=status, reason=case)
            continue
        yield from _cost_rows(case)
        yield from _assumption_rows(case)
        yield from _payer_rows(case)
        yield from _net_rows(case)
        yield from sensitivity_rows(case)


def _cost_rows(case: Case) -> Iterator[Row]:
    """Yield participants, and programme cost by payer and year, not discounted."""
    flows = case.flows
    if case.behind:
        yield case.row("participants", estimate=case.behind["n"], unit="persons")
    for h, year in enumerate(flows.years):
        if not flows.cost[:, h].any():
            continue
        for p, payer in enumerate(flows.payers):
            if flows.cost[p, h]:
                yield case.row("programme_cost", f"payer={payer}", f"year={year}",
                               estimate=flows.cost[p, h], unit=f"{case.eur}/year")  # fmt: skip
        yield case.row("programme_cost", f"year={year}", estimate=flows.cost[:, h].sum(),
                       unit=f"{case.eur}/year")  # fmt: skip
    for p, payer in enumerate(flows.payers):
        yield case.row(
            "programme_cost", f"payer={payer}", estimate=flows.cost[p].sum(), unit=case.eur
        )
    yield case.row("programme_cost", estimate=flows.cost.sum(), unit=case.eur, reason=case.reason)


def _assumption_rows(case: Case) -> Iterator[Row]:
    """Yield every assumed value with its range, and the worth of one unit of each effect."""
    declared = case.project.assumptions
    assert declared is not None
    units = {"share": "share", "lasts_years": "years", "participants": "persons"}
    for name, value in declared.assumed_values.items():
        effect, _, piece = name.rpartition(".")
        yield case.row(
            "assumption", *place_of(case.project, effect, piece), f"evidence={value.evidence}",
            estimate=value.value, ci_low=value.low, ci_high=value.high,
            unit=units.get(piece, "quantity"), method=value.distribution,
        )  # fmt: skip
    for one, flow in zip(declared.effects, case.flows.effects, strict=True):
        gains = f"law={one.law}" if one.law else f"payer={one.payer}"
        yield case.row(
            "assumption", *place_of(case.project, one.id, "worth"), f"horizon={one.horizon}", gains,
            estimate=flow.euros, unit=case.eur, method=one.unit_price or "",
        )  # fmt: skip
    rate, years = case.flows.rate, float(len(case.flows.years))
    yield case.row("discount_rate", estimate=rate, unit="share")
    yield case.row("horizon", estimate=years, unit="years")


def _payer_rows(case: Case) -> Iterator[Row]:
    """Yield who invests and who is assumed to gain, in present value; all payers sum to the total.

    The interval is that of the drawn assumptions; programme cost has none.
    """
    flows = case.flows
    invested = flows.invested()
    central = flows.by_payer(flows.central)[0]
    drawn = flows.by_payer(case.draws)
    total = (invested.sum(), central.sum(), drawn.sum(axis=1))
    each = zip(flows.payers, invested, central, drawn.T, strict=True)
    for payer, spent, gained, several in [*each, ("", *total)]:
        place = (f"payer={payer}",) if payer else ()
        yield case.row("invested", *place, estimate=spent, unit=case.eur)
        yield case.row("assumed_benefit", *place, estimate=gained, unit=case.eur, **_range(several))
        yield case.row(
            "assumed_net", *place, estimate=gained - spent, unit=case.eur,
            **_range(several - spent),
        )  # fmt: skip
    values = flows.assumed_benefits(flows.central)[0] @ flows.factors
    quick = np.array([effect.quick for effect in flows.effects])
    for horizon, chosen in ((Horizon.QUICK_WIN, quick), (Horizon.SLOW_CHANGE, ~quick)):
        if chosen.any():
            yield case.row("assumed_benefit", f"horizon={horizon}",
                           estimate=values[chosen].sum(), unit=case.eur)  # fmt: skip
    funded = flows.unfunded == 0
    yearly = flows.assumed_benefits(flows.central)[0].sum(axis=0) * flows.factors
    yield case.row("assumed_benefit", "funding=ended", estimate=yearly[~funded].sum(),
                   unit=case.eur)  # fmt: skip


def _net_rows(case: Case) -> Iterator[Row]:
    """Yield the net present value, how often it is not below zero, and the other settings."""
    flows, economics = case.flows, case.asked.codebook.economics
    assert economics is not None
    drawn = flows.net(case.draws)
    yield case.row(
        "net_present_value", estimate=float(flows.net(flows.central)[0]), unit=case.eur,
        method="probabilistic", reason=case.reason, std_error=float(drawn.std(ddof=1)),
        **_range(drawn),
    )  # fmt: skip
    yield case.row("break_even_probability", estimate=float((drawn >= 0).mean()), unit="share",
                   method="probabilistic")  # fmt: skip
    for name, rate in economics.discounting.items():
        other = case.other(rate=rate)
        yield case.row("net_present_value", f"discount={name}", unit=case.eur,
                       estimate=float(other.net(other.central)[0]))  # fmt: skip
    for funding in ("stops", "continues"):
        other = case.other(funding=funding)
        yield case.row("net_present_value", f"funding={funding}", unit=case.eur,
                       estimate=float(other.net(other.central)[0]))  # fmt: skip


def _range(drawn: Floats) -> dict[str, float]:
    """Return the 95% interval of the draws; none where nothing was drawn."""
    if drawn.min() == drawn.max():
        return {}
    low, high = np.quantile(drawn, TAILS)
    return {"ci_low": float(low), "ci_high": float(high)}
