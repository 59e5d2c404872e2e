"""The municipality's cost feeds: arrangements, declarations, benefits, enrolments."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.synthetic.benefits import benefit_frame
from evaluatie.synthetic.calendar import Months, study_months
from evaluatie.synthetic.care import (
    Episodes,
    Floats,
    Records,
    draw_episodes,
    draw_records,
    household_propensity,
)
from evaluatie.synthetic.coding import days, texts
from evaluatie.synthetic.declared import OVERCHARGE, Lines, draw_lines
from evaluatie.synthetic.intervention import cost_truth, volumes
from evaluatie.synthetic.population import Ints, day_number
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import Drawn, World

OTHER_PROVIDER = 1  # a void record names the wrong provider: the next one in the list


@dataclass(frozen=True)
class Care:
    """Everything drawn about municipal support.

    ``worlds`` holds the allocated volume per record without and with the pilot.
    """

    months: Months
    episodes: Episodes
    records: Records
    lines: Lines
    worlds: tuple[Floats, Floats]


@dataclass(frozen=True)
class Booked:
    """Lines as they stand in the file; a wrong line, its credit and the right line are three.

    Attributes
    ----------
    line : array (rows,)
        Index into the lines.
    kind : array (rows,)
        0 for a first line, 1 for a credit, 2 for the right line after it.
    supplied, euros : array (rows,)
        Delivered volume and declared amount.
    booked : array (rows,)
        Day of booking.
    """

    line: Ints
    kind: Ints
    supplied: Floats
    euros: Floats
    booked: Ints

    def take(self, rows: Ints) -> Booked:
        """Return these rows."""
        return Booked(*(getattr(self, f.name)[rows] for f in fields(self)))


def municipal_frames(world: World) -> Drawn:
    """Return the cost feeds and the truth about municipal cost."""
    benefits = {"benefits": benefit_frame(world)} if world.has("benefits") else {}
    if not world.has("arrangements"):
        return Drawn(feeds=benefits)
    care = draw_care(world)
    feeds = {"arrangements": arrangement_frame(world, care)}
    feeds |= {"declarations": _declaration_frame(world, care)}
    truth = cost_truth(world, care.months, care.episodes, care.records, care.lines, care.worlds)
    return Drawn(feeds=feeds | benefits, truth=truth)


def draw_care(world: World) -> Care:
    """Draw episodes, records and what is delivered, with and without the pilot."""
    months = study_months(world.study, world.codebook)
    episodes = world.once("episodes", lambda: draw_episodes(world, household_propensity(world)))
    records = world.once("records", lambda: draw_records(world, episodes))
    lines = draw_lines(world, months, episodes, records)
    return Care(months, episodes, records, lines, volumes(world, months, episodes, records, lines))


def arrangement_frame(world: World, drawn: Care) -> pd.DataFrame:
    """Return the arrangements known when the file was made, one row per record."""
    known = np.flatnonzero(drawn.records.start <= day_number(world.settings.extracted_on))
    frame = world.once("arrangements", lambda: _arrangements(world, drawn, known))
    frame = frame.copy(deep=False)  # the columns that do not differ between scenarios stay shared
    frame["volume"] = drawn.worlds[1][known]
    return frame


def _arrangements(world: World, drawn: Care, rows: Ints) -> pd.DataFrame:
    care, rng = world.care, stream(world.seed, "cost", "arrangements")
    episodes, records = drawn.episodes, drawn.records
    number = world.numbers("T", len(records.start))
    episode = records.episode[rows]
    product = episodes.product[episode]
    wait = rng.integers(0, 21, len(records.start))[rows]
    columns = {
        "assignment_no": number[rows],
        "person_id": world.person_ids[episodes.person[episode]],
        "household_id": world.household_ids[episodes.household[episode]],
        "law": texts([p.law for p in care.products])[product],
        "product_code": texts([p.code for p in care.products])[product],
        "provider_id": _provider_ids(world, drawn)[rows],
        "assigned_on": days(records.start[rows] - wait),
        "start": days(records.start[rows]),
        "end": days(records.end[rows], records.open_ended[rows]),
        "change_reason": records.reason[rows],
        "volume": records.volume[rows],
        "unit": texts([p.unit for p in care.products])[product],
        "frequency": texts([p.frequency for p in care.products])[product],
        "rate_eur": records.rate[rows],
    }
    return world.frame("arrangements", columns)


def _provider_ids(world: World, drawn: Care) -> Any:
    care, episodes, records = world.care, drawn.episodes, drawn.records
    laws = list(care.providers)
    law_of = np.array([laws.index(p.law) for p in care.products])
    law = law_of[episodes.product[records.episode]]
    number = (episodes.provider[records.episode] + OTHER_PROVIDER * records.void) % np.array(
        list(care.providers.values())
    )[law]
    most = max(care.providers.values())
    names = texts([f"SYN-A-{i + 1}{n + 1:03d}" for i in range(len(laws)) for n in range(most)])
    return names[law * most + number]


def booked_lines(world: World, drawn: Care, chosen: npt.NDArray[np.bool_] | None = None) -> Booked:
    """Return the declared rows that were booked before the file was made.

    Parameters
    ----------
    chosen : array (months,), optional
        Which months of care; all of them by default. Other months are drawn all the same.
    """
    lines = drawn.lines
    delay, later = world.once("delays", lambda: _delays(world, lines))
    wrong = np.flatnonzero(lines.credited)
    if chosen is not None:
        rows = np.flatnonzero(chosen[lines.month])
        later = later[chosen[lines.month[wrong]]]
        lines, delay = lines.take(rows), delay[rows]
        wrong = np.flatnonzero(lines.credited)
    else:
        rows = np.arange(len(delay))
    amount = lines.amount(drawn.worlds[1], drawn.records.rate)
    delivered = lines.delivered(drawn.worlds[1])
    first = amount.copy()
    first[wrong] = np.round(amount[wrong] * OVERCHARGE, 2)
    due = drawn.months.first[lines.month + 1] + delay
    both = Booked(
        line=rows[np.concatenate([np.arange(len(rows)), wrong, wrong])],
        kind=np.repeat([0, 1, 2], [len(rows), len(wrong), len(wrong)]),
        supplied=np.concatenate([delivered, -delivered[wrong], delivered[wrong]]),
        euros=np.concatenate([first, -first[wrong], amount[wrong]]),
        booked=np.concatenate([due, due[wrong] + later, due[wrong] + later]),
    )
    known = both.booked <= day_number(world.settings.extracted_on)
    return both.take(np.flatnonzero(known & (both.euros != 0)))


def _delays(world: World, lines: Lines) -> tuple[Ints, Ints]:
    """Draw the days until a line is booked, and until a wrong one is corrected after that."""
    rng = stream(world.seed, "cost", "declarations")
    delay = rng.gamma(2.0, world.care.booking_days / 2, len(lines.record)).astype(np.int64)
    wrong = int(lines.credited.sum())
    return delay, rng.integers(20, 90, max(wrong, 1))[:wrong]


def _declaration_frame(world: World, drawn: Care) -> pd.DataFrame:
    """Return one row per declared line, in the order of booking."""
    rows = booked_lines(world, drawn)
    rows = rows.take(np.lexsort((rows.kind, rows.line, rows.booked)))
    number = world.numbers("D", len(rows.line))
    position = np.full(len(drawn.lines.record), -1)
    originals = np.flatnonzero(rows.kind == 0)
    position[rows.line[originals]] = originals
    credit = np.full(len(rows.line), None, dtype=object)
    credits = np.flatnonzero(rows.kind == 1)
    credit[credits] = number[position[rows.line[credits]]]
    columns = line_columns(world, drawn, rows)
    more = {"declaration_no": number, "credit_of": credit, "booked_on": days(rows.booked)}
    return world.frame("declarations", columns | more)


def line_columns(world: World, drawn: Care, rows: Booked) -> dict[str, Any]:
    """Return what is declared on each row: arrangement, month, volume and amount."""
    assignment = world.numbers("T", len(drawn.records.start))
    first = days(drawn.months.first)
    return {
        "assignment_no": assignment[drawn.lines.record[rows.line]],
        "month": first[drawn.lines.month[rows.line]],
        "delivered_volume": rows.supplied,
        "amount_eur": rows.euros,
    }
