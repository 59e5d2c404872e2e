"""How the pilot and events change municipal cost: later records allocate other volumes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt

from evaluatie.dictionary.model import Indicator
from evaluatie.domain import CostBasis, Side
from evaluatie.domain import Population as Who
from evaluatie.synthetic.calendar import Months, quarter_window
from evaluatie.synthetic.care import Episodes, Floats, Records
from evaluatie.synthetic.declared import Lines
from evaluatie.synthetic.effects import event_sizes, is_pilot, planted
from evaluatie.synthetic.population import Ints, day_number
from evaluatie.synthetic.truth import truth_rows
from evaluatie.synthetic.world import World

LIMIT = 0.6  # a volume changes by at most this share


def windows(world: World) -> list[tuple[int, int]]:
    """Return the window of every wave as day numbers (end excluded)."""
    return [
        (day_number(start), day_number(end))
        for start, end in (quarter_window(wave) for wave in world.study.waves)
    ]


def volumes(
    world: World, months: Months, episodes: Episodes, records: Records, lines: Lines
) -> tuple[Floats, Floats]:
    """Return the allocated volume per record without and with the pilot; shape (records,) each.

    Concurrent events are in both. A record that starts after the start of the pilot gets a volume
    that is a share larger or smaller. The share of each period between two waves is solved so that
    cost per resident in every wave's window changes by the planted size.
    """
    without, pilot_share = np.zeros(len(records.start)), np.zeros(len(records.start))
    for indicator in world.codebook.indicators.values():
        if indicator.kind != "arrangement_cost":
            continue
        effect = planted(world, indicator.id)
        events = event_sizes(world, indicator.id)
        for side in Side:
            on_side = is_pilot(world.study) == (side is Side.PILOT)
            here = (months, episodes, records, lines, indicator, on_side)
            without += _shares(world, *here, events[:, on_side].mean(axis=1))
            if side is Side.PILOT:
                pilot_share += _shares(world, *here, effect)
    return tuple(  # type: ignore[return-value]
        np.round(records.volume * (1 + np.clip(share, -LIMIT, LIMIT)), 2)
        for share in (without, without + pilot_share)
    )


def _shares(
    world: World,
    months: Months,
    episodes: Episodes,
    records: Records,
    lines: Lines,
    indicator: Indicator,
    on_side: npt.NDArray[np.bool_],
    sizes: Floats,
) -> Floats:
    """Return by which share each record's volume changes so that cost moves by ``sizes``.

    Notes
    -----
    With C[w, p] the cost per resident in window w from records that started in period p, the
    shares e solve sum over p <= w of C[w, p] e[p] = size[w] (a lower triangular system).
    """
    share = np.zeros(len(records.start))
    if not sizes.any():
        return share
    period = _period(world, records.start)
    concerned = concerned_records(world, episodes, records, indicator) & (period >= 0)
    household = episodes.household[records.episode]
    lives = world.people.area_of(household, records.start)
    concerned &= (lives >= 0) & on_side[np.maximum(lives, 0)]
    amount = lines.amount(records.volume, records.rate) * months.price[lines.month]
    amount = np.where(concerned[lines.record] & on_side[lines.area], amount, 0.0)
    solved: list[float] = []
    for wave, (start, end) in enumerate(windows(world)):
        inside = months.within(start, end)[lines.month]
        cost = (
            np.bincount(
                np.maximum(period[lines.record], 0)[inside],
                weights=amount[inside],
                minlength=len(world.study.waves),
            )
            / residents(world, start, end)[on_side].sum()
        )
        left = sizes[wave] - cost[:wave] @ np.array(solved)
        solved.append(float(np.clip(left / cost[wave], -LIMIT, LIMIT)) if cost[wave] else 0.0)
    share[concerned] = np.array(solved)[period[concerned]]
    return share


def concerned_records(
    world: World, episodes: Episodes, records: Records, indicator: Indicator
) -> npt.NDArray[np.bool_]:
    """Return which records fall under one of the indicator's laws."""
    laws = np.array([p.law for p in world.care.products])
    return np.isin(laws[episodes.product[records.episode]], indicator.laws)


def _period(world: World, start: Ints) -> Ints:
    """Return the wave in whose period a record starts, -1 before the start of the pilot."""
    ends = np.array([end for _, end in windows(world)])
    period = np.minimum(np.searchsorted(ends, start, side="right"), len(ends) - 1)
    return np.where(start >= day_number(world.study.pilot_start), period, -1)


def residents(world: World, start: int, end: int) -> Floats:
    """Return person-years lived in each area between two days (a full year: mean residents)."""

    def lived() -> Floats:
        years = world.people.residence_years(start, end, len(world.study.areas))
        return np.asarray(years.sum(axis=0))

    return world.once(f"residents {start} {end}", lived)


def cost_truth(
    world: World,
    months: Months,
    episodes: Episodes,
    records: Records,
    lines: Lines,
    worlds: tuple[Floats, Floats],
    wanted: Collection[tuple[str, str]] | None = None,
) -> list[dict[str, Any]]:
    """Return what the pilot did to cost per resident, per question, wave and weighting.

    Notes
    -----
    EUR per resident per year at the study's price level: declared in the end (credits matched, late
    declarations included) in the four full quarters before the wave, over residents of the pilot
    areas. A question about allocated or delivered cost has no row. ``wanted`` names the pairs of
    indicator and wave to compute, by default all.
    """
    declared = (None, CostBasis.DECLARED)
    asked = {q.indicator for q in world.questions if q.cost_basis in declared}
    pilot = is_pilot(world.study)
    changed = not np.array_equal(*worlds)
    if changed:
        before, after = (lines.amount(volume, records.rate) for volume in worlds)
        gain = (after - before) * months.price[lines.month]
    rows: list[dict[str, Any]] = []
    for indicator in world.codebook.indicators.values():
        if indicator.kind != "arrangement_cost" or indicator.id not in asked:
            continue
        concerned = concerned_records(world, episodes, records, indicator)[lines.record]
        for wave, (start, end) in zip(world.study.waves, windows(world), strict=True):
            if wanted is not None and (indicator.id, wave.id) not in wanted:
                continue
            total = np.zeros(len(pilot))
            if changed:
                inside = concerned & months.within(start, end)[lines.month]
                total += np.bincount(lines.area[inside], gain[inside], minlength=len(pilot))
            people = residents(world, start, end)
            unit = f"EUR_{world.study.price_level}/resident/year"
            rows += truth_rows(
                indicator.id,
                wave.id,
                str(Who.CURRENT_RESIDENTS),
                unit,
                total[pilot] / people[pilot],
                people[pilot],
            )
    return rows
