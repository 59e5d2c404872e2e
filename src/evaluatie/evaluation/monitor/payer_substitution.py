"""Rows: did one kind of care fall while another rose; did households go from one to the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from evaluatie.costs.payers.shift import Amount, Comparison, shift
from evaluatie.costs.payers.transitions import Transitions, transitions
from evaluatie.dictionary.model import CareKind, Substitution
from evaluatie.domain import Side, Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.contrast_rows import BETWEEN, absence
from evaluatie.evaluation.monitor.payer_cells import PayerStudy, known_sides, weakest
from evaluatie.methods.areas.randomisation import randomisation_interval, randomisation_test
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]


def substitution_rows(found: PayerStudy, wave: str, areas: Comparison) -> Iterator[Row]:
    """Yield the rows of every declared pair of care at a wave.

    Notes
    -----
    A role that is a law, or one category of it, has no amount of its own: ``role`` says which row
    of the matrix it is. Any other role has ``difference`` and ``beyond`` as a cell of the matrix.
    ``opposite`` is 1 where the first kind fell and the second rose, both by more than their
    intervals: between pilot and comparison (``beyond``) and within the pilot (``difference``).
    That is consistent with substitution and shows no cause. Households: see
    `evaluatie.costs.payers.transitions`.
    """
    for pair in found.asked.codebook.substitutions.values():
        if not {pair.from_.law, pair.to.law} <= set(found.laws):
            continue
        moves, people, reason = [], [], ""
        for role, care in (("from", pair.from_), ("to", pair.to)):
            label = f"substitution={pair.id}|role={role}"
            kinds = found.kinds[label]
            why = found.reason(kinds, wave)
            reason = reason or why
            who = (label if care.products else care.law,)
            if not why:
                moves.append(shift(kinds, 0, found.position(wave), areas))
                people.append(who)
            yield from _role(found, wave, label, care, None if why else moves[-1], who, why)
        for area, term in ((BETWEEN, "beyond"), (str(Side.PILOT), "difference")):
            amounts = [getattr(move, term) for move in moves]
            if term == "difference":
                amounts = [amount[Side.PILOT] for amount in amounts]
            sides = known_sides() if area == BETWEEN else (area,)
            behind = weakest([found.least(who, sides, wave) for who in people]) if people else {}
            yield _opposite(found, wave, pair, area, amounts, reason, behind)
        yield from _households(found, wave, pair)


def _where(found: PayerStudy, wave: str, category: str) -> Row:
    period = str(found.years[found.position(wave)])
    return found.asked.where | {"wave": wave, "period": period, "category": category}


def _role(
    found: PayerStudy,
    wave: str,
    label: str,
    care: CareKind,
    moved: Any,
    who: tuple[str, ...],
    reason: str,
) -> Iterator[Row]:
    """Yield the amounts of one role, or which row of the matrix holds them."""
    single = len(care.categories) == 1 and len(found.laws[care.law]) > 1
    if not care.products and (single or not care.categories):
        category = f"{label}|care={care.categories[0]}" if single else label
        yield estimate_row(
            Table.PAYER, "role", law=care.law, estimate=1, unit="flag",
            **_where(found, wave, category),
        )  # fmt: skip
        return
    unit = f"EUR_{found.asked.study.price_level}/year"
    here = _where(found, wave, label) | {"law": care.law, "unit": unit}
    rows = (
        ("difference", str(Side.PILOT), "cr2_of_areas", (str(Side.PILOT),)),
        ("beyond", BETWEEN, "randomisation", known_sides()),
    )
    for term, area, method, sides in rows:
        if moved is None:
            yield estimate_row(
                Table.PAYER, term, area=area, status=absence(reason), reason=reason, **here
            )
            continue
        amount = moved.beyond if term == "beyond" else moved.difference[Side.PILOT]
        yield estimate_row(
            Table.PAYER, term, area=area, estimate=amount.estimate, ci_low=amount.low,
            ci_high=amount.high, method=method, **found.least(who, sides, wave), **here,
        )  # fmt: skip


def _opposite(
    found: PayerStudy,
    wave: str,
    pair: Substitution,
    area: str,
    amounts: list[Amount],
    reason: str,
    behind: Row,
) -> Row:
    here = _where(found, wave, f"substitution={pair.id}") | {"area": area, "unit": "flag"}
    ends = [end for amount in amounts for end in (amount.low, amount.high)]
    if reason or not np.isfinite(ends).all():
        why = reason or "no_interval"
        return estimate_row(Table.PAYER, "opposite", status=absence(why), reason=why, **here)
    fell, rose = amounts
    flag = float(fell.high < 0 < rose.low)
    return estimate_row(Table.PAYER, "opposite", estimate=flag, **behind, **here)


def _households(found: PayerStudy, wave: str, pair: Substitution) -> Iterator[Row]:
    """Yield how many households went from one kind of care to the other within twelve months."""
    asked = found.asked
    grains = {asked.codebook.laws[care.law].grain for care in (pair.from_, pair.to)}
    ledger = asked.products.ledger
    if grains != {"arrangement"} or ledger is None:
        return  # who left and entered is known of arrangements only
    label = f"substitution={pair.id}|role=households"
    years = [found.years[0] - 1, found.years[found.position(wave)] - 1]
    difference = _where(found, wave, label) | {"area": BETWEEN, "unit": "share"}
    study = asked.study
    first, last = study.cost_years
    if years[0] < first or years[0] >= years[1] or years[1] >= last:
        reason = "window_incomplete"
        yield estimate_row(
            Table.PAYER, "difference", status=Status.NOT_ESTIMABLE, reason=reason, **difference
        )
        return
    every = [year - 1 for year in found.years if first < year <= last]
    whole = asked.products.once(
        ("transitions", pair.id), lambda: transitions(ledger, study, pair.from_, pair.to, every)
    )
    went = whole.of([every.index(year) for year in years])
    for at, year in enumerate(years):
        if at == 0 and wave != study.waves[1].id:
            continue  # the earlier year stands there once, without a wave
        for side in Side:
            yield from _side(found, went, at, year, side, label)
    yield _compared(found, went, difference)


def _side(
    found: PayerStudy, went: Transitions, at: int, year: int, side: Side, label: str
) -> Iterator[Row]:
    mine = np.array([area.side is side for area in found.asked.study.areas])
    left, entered = int(went.leavers[mine, at].sum()), int(went.entered[mine, at].sum())
    here = found.asked.where | {"area": side, "period": str(year), "category": label}
    for term, count in (("leavers", left), ("entered", entered)):
        yield estimate_row(
            Table.PAYER, term, estimate=count, unit="households", n=count, n_households=count,
            **here,
        )  # fmt: skip
    smallest = min(entered, left - entered)
    behind = {"n": smallest, "n_households": smallest, "unit": "share"}
    if left == 0:
        absent = {"status": Status.NOT_ESTIMABLE, "reason": "no_households_left_care"}
        yield estimate_row(Table.PAYER, "share_entered", **absent, **behind, **here)
    else:
        share = entered / left
        yield estimate_row(Table.PAYER, "share_entered", estimate=share, **behind, **here)


def _compared(found: PayerStudy, went: Transitions, here: Row) -> Row:
    """Return the change of the share in the pilot minus that in the comparison areas."""
    areas = found.comparison(str(here["wave"]))
    pilot = areas.members(Side.PILOT)
    groups = [g[m, at].sum() for g in (went.entered, went.leavers - went.entered)
              for m in (pilot, ~pilot) for at in (0, 1)]  # fmt: skip
    smallest = int(min(groups))
    behind = {"n": smallest, "n_households": smallest}
    if (went.leavers == 0).any():
        gone = int((went.leavers == 0).any(axis=1).sum())
        return estimate_row(
            Table.PAYER, "difference", status=Status.NOT_ESTIMABLE,
            reason=f"no_leavers_in_areas:{gone}", **behind, **here,
        )  # fmt: skip
    share = went.entered / went.leavers
    change, weights = share[:, 1] - share[:, 0], went.leavers[:, 1].astype(float)
    try:
        low, high = randomisation_interval(change, weights, areas.assignments, areas.level)
    except RefusedError:
        low, high = float("nan"), float("nan")
    estimate = randomisation_test(change, weights, areas.assignments).estimate
    return estimate_row(
        Table.PAYER, "difference", estimate=estimate, ci_low=low, ci_high=high,
        method="randomisation", n_clusters=len(share), **behind, **here,
    )  # fmt: skip
