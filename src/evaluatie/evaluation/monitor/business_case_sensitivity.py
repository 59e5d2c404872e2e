"""Rows: how each assumption moves a business case, and what value of it would break even."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluatie.costs.projects.flows import Floats
from evaluatie.domain import Status
from evaluatie.evaluation.monitor.business_case_inputs import Case, place_of
from evaluatie.methods.economics.assumptions import Assumption
from evaluatie.methods.economics.one_way import break_even, payback, tornado

Row = dict[str, Any]
REACH = 20.0  # how many times its own range a break-even quantity is looked for


def sensitivity_rows(case: Case) -> Iterator[Row]:
    """Yield the tornado and the break-even values of one project."""
    yield from _tornado_rows(case)
    yield from _break_even_rows(case)
    yield _participants_row(case)
    yield _payback_row(case)


def _tornado_rows(case: Case) -> Iterator[Row]:
    """Yield the net present value at both ends of every range, the other values central."""
    for swing in tornado(case.flows.net, case.flows.assumed):
        place = _place(case, swing.name)
        for end, value in (("low", swing.at_low), ("high", swing.at_high)):
            yield case.row("assumed_net_at", *place, f"end={end}", estimate=value, unit=case.eur)


def _break_even_rows(case: Case) -> Iterator[Row]:
    """Yield the value of each uncertain assumption at which the net present value is zero."""
    flows = case.flows
    for position, one in enumerate(flows.assumed):
        if one.low == one.high:
            continue
        piece = one.name.rpartition(".")[2]
        low, high = _reach(one, piece, len(flows.years))

        def net(value: float, position: int = position) -> float:
            tried: Floats = np.array(flows.central)
            tried[0, position] = value
            return float(flows.net(tried)[0])

        found = break_even(net, low, high)
        unit = {"share": "share", "lasts_years": "years", "participants": "persons"}
        place = _place(case, one.name)
        if found is None:
            yield case.row("break_even_value", *place, unit=unit.get(piece, "quantity"),
                           status=Status.NOT_ESTIMABLE, reason="no_break_even")  # fmt: skip
        else:
            yield case.row("break_even_value", *place, unit=unit.get(piece, "quantity"),
                           estimate=found, method="one_way")  # fmt: skip


def _reach(one: Assumption, piece: str, years: int) -> tuple[float, float]:
    """Return where a break-even value is looked for."""
    if piece == "share":
        return 0.0, 1.0
    if piece == "lasts_years":
        return 0.0, float(years)
    width = REACH * max(abs(one.low), abs(one.high))
    return (-width if one.low < 0 else 0.0), width


def _participants_row(case: Case) -> Row:
    """Return how many participants would be needed, in whole people, at the same cost."""
    flows = case.flows
    gained, spent = float(flows.by_payer(flows.central).sum()), float(flows.invested().sum())
    people = case.behind.get("n", float("nan"))
    if not gained > 0 or not people > 0:
        reason = "no_break_even" if people > 0 else "no_participants"
        return case.row(
            "break_even_participants", unit="persons", status=Status.NOT_ESTIMABLE, reason=reason
        )
    needed = math.ceil(round(people * spent / gained, 6))
    return case.row("break_even_participants", estimate=needed, unit="persons")


def _payback_row(case: Case) -> Row:
    """Return the number of years after which the assumed benefits have covered the cost."""
    found = payback(case.flows.net_per_year())
    if found is None:
        return case.row(
            "payback_years", unit="years", status=Status.NOT_ESTIMABLE, reason="not_paid_back"
        )
    return case.row("payback_years", estimate=float(found + 1), unit="years")


def _place(case: Case, name: str) -> tuple[str, ...]:
    effect, _, piece = name.rpartition(".")
    return place_of(case.project, effect, piece)
