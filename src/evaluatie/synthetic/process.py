"""Durations, staff around households, enrolment, programme cost, cases, citizen science."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.dictionary.model import Indicator
from evaluatie.domain import Population as Who
from evaluatie.synthetic.calendar import quarter_window
from evaluatie.synthetic.coding import artificial_ids, days, file_frame, texts
from evaluatie.synthetic.effects import is_pilot, planted
from evaluatie.synthetic.population import AWAY, Ints, day_number, year_of
from evaluatie.synthetic.selected import chosen_for_cost
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.truth import truth_rows
from evaluatie.synthetic.world import Drawn, World

Floats = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
ENROLMENT_DAYS = 700
SHORTEST = 0.15  # a duration shrinks to at least this share


def process_frames(world: World) -> Drawn:
    """Return the feeds about how the pilot works, with the truth about durations."""
    drawn = Drawn()
    for feed, draw in _DURATIONS.items():
        if world.has(feed):
            frame, truth = draw(world)
            drawn |= Drawn(feeds={feed: frame}, truth=truth)
    frames = {feed: draw(world) for feed, draw in _OTHERS.items() if world.has(feed)}
    return drawn | Drawn(feeds=frames)


def _someone(
    world: World, rng: np.random.Generator, per_resident: float
) -> tuple[Ints, Ints, Ints]:
    """Draw (person, day, area) of people who live in an area on that day."""
    first, last = (date(year, 1, 1) for year in world.study.cost_years)
    begin, stop = day_number(first), day_number(last.replace(year=last.year + 1))
    years = (stop - begin) / 365.25
    present = (world.people.person_area((begin + stop) // 2) != AWAY).sum()
    count = rng.poisson(per_resident * present * years)
    share = world.people.persons / present
    person = rng.integers(0, world.people.persons, int(count * share))
    day = np.sort(rng.integers(begin, stop, len(person)))
    area = world.people.area_of(world.people.household[person], day)
    keep = (area != AWAY) & (world.people.birth_year[person] <= year_of(day))
    return person[keep], day[keep], area[keep]


def _duration_indicator(world: World, feed: str) -> Indicator | None:
    """Return the indicator that measures a duration in a feed, if the dictionary has one."""
    found = (i for i in world.codebook.indicators.values() if i.feed == feed)
    return next((i for i in found if i.kind == "duration"), None)


def _speed(world: World, feed: str, day: Ints, wait: Floats, helped: Marks, pilot: Marks) -> Floats:
    """Return by which factor the pilot changes each duration.

    The planted size (days) is a mean over all cases of the pilot; only those ``helped`` change, by
    one factor per wave's window, so that no duration becomes negative.
    """
    factor, indicator = np.ones(len(day)), _duration_indicator(world, feed)
    if indicator is None:
        return factor
    sizes = planted(world, indicator.id)
    for size, wave in zip(sizes, world.study.waves, strict=True):
        start = max(day_number(quarter_window(wave)[0]), day_number(world.study.pilot_start))
        now = pilot & (day >= start)
        total = wait[now & helped].sum()
        change = size * now.sum() / total if total else 0.0
        factor = np.where(now & helped, np.maximum(1 + change, SHORTEST), factor)
    return factor


def _project_start(world: World, project: str) -> int:
    found = [p.start for p in world.book.projects if p.id == project]
    return day_number(found[0] if found else world.study.pilot_start)


def _duration_truth(
    world: World, feed: str, day: Ints, area: Ints, before: Ints, after: Ints
) -> list[dict[str, Any]]:
    """Return mean change in days over the pilot's cases that began in a wave's window."""
    indicator = _duration_indicator(world, feed)
    if indicator is None or indicator.id not in {q.indicator for q in world.questions}:
        return []
    rows: list[dict[str, Any]] = []
    pilot = np.flatnonzero(is_pilot(world.study))
    for wave in world.study.waves:
        start, end = (day_number(d) for d in quarter_window(wave))
        now = (day >= start) & (day < end)
        number = np.array([(now & (area == a)).sum() for a in pilot], dtype=float)
        total = np.array([(after - before)[now & (area == a)].sum() for a in pilot])
        mean = total / np.maximum(number, 1)
        who = str(Who.CURRENT_RESIDENTS)
        rows += truth_rows(indicator.id, wave.id, who, indicator.unit.en, mean, number)
    return rows


def _requests(world: World) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    rng, profile = stream(world.seed, "process", "requests"), world.durations
    person, day, area = _someone(world, rng, profile.requests_per_resident)
    pilot = is_pilot(world.study)[area]
    fast = pilot & (day >= _project_start(world, profile.fast_lane_project))
    fast &= rng.random(len(day)) < profile.fast_lane_share
    shape = profile.wait_shape
    wait = 3 + rng.gamma(shape, (profile.wait_days - 3) / shape, len(day))
    faster = np.maximum(wait * _speed(world, "requests", day, wait, fast, pilot), 1)
    without, observed = wait.astype(np.int64), faster.astype(np.int64)
    started = rng.random(len(day)) >= profile.unstarted_share
    extracted = day_number(world.settings.extracted_on)
    started &= day + observed <= extracted
    decided = day + np.maximum((observed * rng.uniform(0.4, 0.9, len(day))).astype(np.int64), 1)
    columns = {
        "request_id": artificial_ids("Q", len(day)),
        "person_id": world.person_ids[person],
        "household_id": world.household_ids[world.people.household[person]],
        "law": texts([profile.law] * len(day)),
        "fast_lane": fast.astype(np.int64),
        "requested_on": days(day),
        "decided_on": days(decided, decided > extracted),
        "started_on": days(day + observed, ~started),
    }
    truth = _duration_truth(world, "requests", day, area, without, observed)
    return file_frame(world.codebook.feeds["requests"], columns), truth


def _referrals(world: World) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    rng, profile = stream(world.seed, "process", "referrals"), world.durations
    person, day, area = _someone(world, rng, profile.referrals_per_resident)
    pilot = is_pilot(world.study)[area]
    wait = 1 + rng.exponential(profile.feedback_days - 1, len(day))
    helped = pilot & (day >= _project_start(world, profile.feedback_project))
    faster = np.maximum(wait * _speed(world, "referrals", day, wait, helped, pilot), 1)
    without, observed = wait.astype(np.int64), faster.astype(np.int64)
    heard = rng.random(len(day)) < profile.feedback_share
    heard &= day + observed <= day_number(world.settings.extracted_on)
    columns = {
        "referral_id": artificial_ids("W", len(day)),
        "person_id": world.person_ids[person],
        "referred_on": days(day),
        "feedback_on": days(day + observed, ~heard),
    }
    truth = _duration_truth(world, "referrals", day, area, without, observed)
    return file_frame(world.codebook.feeds["referrals"], columns), truth


def _staff_contacts(world: World) -> pd.DataFrame:
    """Return spells of professionals around households; some roles change hands often."""
    rng, profile = stream(world.seed, "process", "staff"), world.contacts
    first = day_number(date(world.study.cost_years[0], 1, 1))
    last = day_number(world.settings.extracted_on)
    homes = rng.choice(world.people.households, profile.households, replace=False)
    household = np.repeat(np.sort(homes), 1 + rng.poisson(4.0, len(homes)))
    role = rng.integers(0, len(profile.roles), len(household))
    start = rng.integers(first, last - 60, len(household))
    end = start + 14 + rng.exponential(profile.months * 30.4, len(household)).astype(np.int64)
    staff = texts([f"SYN-S-{n:04d}" for n in range(1, 161)])
    columns = {
        "household_id": world.household_ids[household],
        "professional_id": staff[rng.integers(0, len(staff), len(household))],
        "role": texts(profile.roles)[role],
        "start": days(start),
        "end": days(end, end > last),
    }
    return file_frame(world.codebook.feeds["staff_contacts"], columns)


def _enrolments(world: World) -> pd.DataFrame:
    """Return enrolment of pilot residents in the projects, from each project's own start.

    The project of a ``selection`` indicator chooses households for their high cost, with random
    numbers of its own; the draws of the others do not depend on it.
    """
    rng, number = stream(world.seed, "process", "enrolments"), world.contacts
    pilot, expensive = is_pilot(world.study), _chosen_for_cost(world)
    people, last = world.people, day_number(world.settings.extracted_on)
    parts = []
    for project in world.book.projects:
        area = people.person_area(day_number(project.start))
        here = np.flatnonzero((area != AWAY) & pilot[np.maximum(area, 0)])
        person = rng.choice(here, min(number.enrolled_per_project, len(here)), replace=False)
        start = day_number(project.start) + rng.integers(0, ENROLMENT_DAYS, len(person))
        length = 30 + rng.integers(0, 360, len(person))
        if project.id in expensive:
            person, start = _heads(world, *expensive[project.id])
            length = np.resize(length, len(person))
        end = start + length
        columns = {
            "project_id": texts([project.id] * len(person)),
            "person_id": world.person_ids[person],
            "household_id": world.household_ids[people.household[person]],
            "start": days(start),
            "end": days(end, end > last),
        }
        parts.append(file_frame(world.codebook.feeds["enrolments"], columns))
    return pd.concat(parts, ignore_index=True)


def _chosen_for_cost(world: World) -> dict[str, tuple[Ints, Ints]]:
    """Return (household, day) of the projects that choose households for their high cost."""
    profile = world.contacts.high_cost
    chosen = {i.project for i in world.codebook.indicators.values() if i.kind == "selection"}
    if profile is None or not world.has("arrangements"):
        return {}
    return {
        project.id: chosen_for_cost(
            world, profile, project.start, ENROLMENT_DAYS, world.contacts.enrolled_per_project
        )
        for project in world.book.projects
        if project.id in chosen
    }


def _heads(world: World, household: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Return the oldest person of each household: the enrolment stands in that name."""
    people = world.people
    order = np.lexsort((people.birth_year, people.household))
    first = np.searchsorted(people.household[order], household)
    return order[first], day


def _programme_costs(world: World) -> pd.DataFrame:
    """Return EUR per project, payer and year; the first year counts from the project's start."""
    profile, rows = world.programme, []
    starts = {project.id: project.start for project in world.book.projects}
    for project, yearly in profile.yearly_eur.items():
        start = starts.get(project, world.study.pilot_start)
        for year in range(start.year, world.study.cost_years[1] + 1):
            part = (13 - start.month) / 12 if year == start.year else 1.0
            for payer, share in profile.payers.items():
                rows.append((project, payer, year, round(yearly * part * share, 2)))
    names = ("project_id", "payer", "year", "amount_eur")
    columns = pd.DataFrame(rows, columns=list(names)).to_dict("series")
    return file_frame(
        world.codebook.feeds["programme_costs"], {str(k): v for k, v in columns.items()}
    )


def _cases(world: World) -> pd.DataFrame:
    """Return the coded cases: pilot households, two or more laws each."""
    rng, profile = stream(world.seed, "process", "cases"), world.cases
    start = world.study.pilot_start
    laws, pilot = list(world.codebook.laws), np.flatnonzero(is_pilot(world.study))
    number = rng.integers(2, min(4, len(laws)) + 1, profile.count)
    domains = [
        "|".join(laws[i] for i in sorted(rng.choice(len(laws), n, replace=False))) for n in number
    ]
    opened = day_number(start + timedelta(days=30)) + np.sort(rng.integers(0, 900, profile.count))
    columns = {
        "case_id": artificial_ids("C", profile.count),
        "area_code": world.area_codes(rng.choice(pilot, profile.count)),
        "opened_on": days(opened),
        "domains": texts(domains),
        "bottleneck": _weighted(rng, profile.bottlenecks, profile.count),
        "outcome": _weighted(rng, profile.outcomes, profile.count),
    }
    return file_frame(world.codebook.feeds["cases"], columns)


def _weighted(rng: np.random.Generator, shares: dict[str, float], count: int) -> Any:
    share = np.array(list(shares.values()))
    return texts(list(shares))[rng.choice(len(share), count, p=share / share.sum())]


def _citizen_science(world: World) -> pd.DataFrame:
    counts = world.settings.citizen_science
    rows = [(y, activity, n) for y, row in counts.items() for activity, n in row.items()]
    columns = pd.DataFrame(rows, columns=["year", "activity", "count"]).to_dict("series")
    return file_frame(
        world.codebook.feeds["citizen_science"], {str(k): v for k, v in columns.items()}
    )


_DURATIONS: Mapping[str, Callable[[World], tuple[pd.DataFrame, list[dict[str, Any]]]]] = {
    "requests": _requests,
    "referrals": _referrals,
}
_OTHERS: Mapping[str, Callable[[World], pd.DataFrame]] = {
    "staff_contacts": _staff_contacts,
    "enrolments": _enrolments,
    "programme_costs": _programme_costs,
    "cases": _cases,
    "citizen_science": _citizen_science,
}
