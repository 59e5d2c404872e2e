"""The municipality's cost feeds: arrangements, declarations, benefits, enrolments."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

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
from evaluatie.synthetic.coding import artificial_ids, days, file_frame, texts
from evaluatie.synthetic.declared import OVERCHARGE, Lines, draw_lines
from evaluatie.synthetic.intervention import cost_truth, volumes
from evaluatie.synthetic.population import Ints, day_number
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import Drawn, World

OTHER_PROVIDER = 1  # a void record names the wrong provider: the next one in the list


def municipal_frames(world: World) -> Drawn:
    """Return the cost feeds and the truth about municipal cost."""
    benefits = {"benefits": benefit_frame(world)} if world.has("benefits") else {}
    if not world.has("arrangements"):
        return Drawn(feeds=benefits)
    months = study_months(world.study, world.codebook)
    episodes = draw_episodes(world, household_propensity(world))
    records = draw_records(world, episodes)
    lines = draw_lines(world, months, episodes, records)
    worlds = volumes(world, months, episodes, records, lines)
    observed = worlds[1]
    known = records.start <= day_number(world.settings.extracted_on)
    return Drawn(
        feeds={
            "arrangements": _arrangements(world, episodes, records, observed, known),
            "declarations": _declarations(world, months, records, lines, observed),
        }
        | benefits,
        truth=cost_truth(world, months, episodes, records, lines, worlds),
    )


def _arrangements(
    world: World,
    episodes: Episodes,
    records: Records,
    volume: Floats,
    known: npt.NDArray[np.bool_],
) -> Any:
    care, rng = world.care, stream(world.seed, "cost", "arrangements")
    number = artificial_ids("T", len(records.start))
    rows = np.flatnonzero(known)
    episode = records.episode[rows]
    product = episodes.product[episode]
    wait = rng.integers(0, 21, len(records.start))[rows]
    columns = {
        "assignment_no": number[rows],
        "person_id": world.person_ids[episodes.person[episode]],
        "household_id": world.household_ids[episodes.household[episode]],
        "law": texts([p.law for p in care.products])[product],
        "product_code": texts([p.code for p in care.products])[product],
        "provider_id": _provider_ids(world, episodes, records)[rows],
        "assigned_on": days(records.start[rows] - wait),
        "start": days(records.start[rows]),
        "end": days(records.end[rows], records.open_ended[rows]),
        "change_reason": records.reason[rows],
        "volume": volume[rows],
        "unit": texts([p.unit for p in care.products])[product],
        "frequency": texts([p.frequency for p in care.products])[product],
        "rate_eur": records.rate[rows],
    }
    return file_frame(world.codebook.feeds["arrangements"], columns)


def _provider_ids(world: World, episodes: Episodes, records: Records) -> Any:
    care = world.care
    laws = list(care.providers)
    law_of = np.array([laws.index(p.law) for p in care.products])
    law = law_of[episodes.product[records.episode]]
    number = (episodes.provider[records.episode] + OTHER_PROVIDER * records.void) % np.array(
        list(care.providers.values())
    )[law]
    most = max(care.providers.values())
    names = texts([f"SYN-A-{i + 1}{n + 1:03d}" for i in range(len(laws)) for n in range(most)])
    return names[law * most + number]


def _declarations(
    world: World, months: Months, records: Records, lines: Lines, volume: Floats
) -> Any:
    """Return one row per declared line; a wrong line, its credit and the right line are three."""
    rng, care = stream(world.seed, "cost", "declarations"), world.care
    delivered, amount = lines.delivered(volume), lines.amount(volume, records.rate)
    wrong = np.flatnonzero(lines.credited)
    line = np.concatenate([np.arange(len(amount)), wrong, wrong])
    kind = np.repeat([0, 1, 2], [len(amount), len(wrong), len(wrong)])  # line, credit, right line
    first = np.where(lines.credited, np.round(amount * OVERCHARGE, 2), amount)
    euros = np.concatenate([first, -first[wrong], amount[wrong]])
    supplied = np.concatenate([delivered, -delivered[wrong], delivered[wrong]])
    delay = rng.gamma(2.0, care.booking_days / 2, len(amount)).astype(np.int64)
    later = np.concatenate([[0], rng.integers(20, 90, max(len(wrong), 1))])
    extra = np.concatenate([np.zeros(len(amount), dtype=np.int64), later[1:][: len(wrong)]])
    extra = np.concatenate([extra, later[1:][: len(wrong)]])
    booked = months.first[lines.month[line] + 1] + delay[line] + extra
    keep = np.flatnonzero((booked <= day_number(world.settings.extracted_on)) & (euros != 0))
    order = keep[np.lexsort((kind[keep], line[keep], booked[keep]))]
    return _declaration_frame(
        world, months, records, lines, line, kind, order, supplied, euros, booked
    )


def _declaration_frame(
    world: World,
    months: Months,
    records: Records,
    lines: Lines,
    line: Ints,
    kind: Ints,
    order: Ints,
    supplied: Floats,
    euros: Floats,
    booked: Ints,
) -> Any:
    number = artificial_ids("D", len(order))
    assignment = artificial_ids("T", len(records.start))
    position = np.full(len(lines.record), -1)
    originals = np.flatnonzero(kind[order] == 0)
    position[line[order[originals]]] = originals
    credit = np.full(len(order), None, dtype=object)
    credits = np.flatnonzero(kind[order] == 1)
    credit[credits] = number[position[line[order[credits]]]]
    columns = {
        "declaration_no": number,
        "assignment_no": assignment[lines.record[line[order]]],
        "month": days(months.first[lines.month[line[order]]]),
        "delivered_volume": supplied[order],
        "amount_eur": euros[order],
        "credit_of": credit,
        "booked_on": days(booked[order]),
    }
    return file_frame(world.codebook.feeds["declarations"], columns)
