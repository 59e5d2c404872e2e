"""The contrast without the areas, or without the waves, that a concurrent event touched."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from evaluatie.agreement.model import Event
from evaluatie.domain import Side
from evaluatie.errors import RefusedError
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.sensitivity.analysis import Row, Setting
from evaluatie.evaluation.sensitivity.covariates import lonely_side

METHOD = "cr2"


def without_events(setting: Setting) -> Iterator[Row]:
    """Yield the contrast without what a concurrent event touched at the verdict wave.

    An event that names areas (a works project, a sister programme in a comparison area: spill-over)
    gives ``drop_event=<event>|drop=<areas>``, the contrast without those areas. An event everywhere
    gives ``without_wave=<first wave it touched>``: the contrast at the last wave before, if any; it
    speaks of a shorter time since the start.
    """
    done = set()
    for event in setting.book.events:
        if setting.wave not in event.waves:
            continue
        if event.areas:
            yield _without_areas(setting, event)
        elif (first := _first_touched(setting, event)) and first not in done:
            done.add(first)
            yield _before_wave(setting, first)


def _without_areas(setting: Setting, event: Event) -> Row:
    study, gone_areas = setting.study, " or ".join(sorted(event.areas))
    category = f"drop_event={event.id}|drop={gone_areas}"  # disclosure control reads who is left
    kept = setting.changes[~setting.changes["area"].isin(event.areas)]
    if study.design.assignment == "pairs":
        pairs = kept["area"].map(lambda code: study.area(code).pair)
        kept = kept[pairs.groupby(pairs).transform("size") == 2]
    sides = [study.area(code).side for code in kept["area"]]
    if gone := [str(side) for side in Side if side not in sides]:
        return setting.plain_row(category, METHOD, f"no_areas_left:{gone[0]}")
    return _robust(setting, category, kept)


def _before_wave(setting: Setting, first: str) -> Row:
    s, category = setting, f"without_wave={first}"
    waves = [wave.id for wave in s.study.waves]
    earlier = waves[waves.index(first) - 1]
    changes = changes_since_baseline(s.study, s.codebook, s.products, s.question, earlier)
    if isinstance(changes, str):
        return setting.plain_row(category, METHOD, changes)
    if gone := int(changes["change"].isna().sum()):
        return setting.plain_row(category, METHOD, f"no_change_in_areas:{gone}")
    return _robust(setting, category, changes)


def _robust(setting: Setting, category: str, changes: pd.DataFrame) -> Row:
    if lonely_side(setting, changes):
        return setting.plain_row(category, METHOD, "one_area_on_a_side")
    try:
        return setting.row(category, setting.robust(changes), METHOD, changes)
    except RefusedError:
        return setting.plain_row(category, METHOD, "too_few_areas_left")


def _first_touched(setting: Setting, event: Event) -> str:
    """Return the first wave an event touched, empty where no follow-up wave lies before it."""
    waves = [wave.id for wave in setting.study.waves]
    first = next(wave for wave in waves if wave in event.waves)
    return first if waves.index(first) > 1 else ""
