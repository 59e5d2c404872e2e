"""The contrast with and without what changed in the measuring: form of a question, post or online.

A change that meets both sides alike falls out of a difference in differences; these rows show
whether it did.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from evaluatie.dictionary.model import Scale
from evaluatie.domain import Population
from evaluatie.errors import RefusedError
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.sensitivity.analysis import Row, Setting
from evaluatie.survey.measurement import (
    FEWEST_PER_MODE,
    changed_between,
    means_by_mode,
)
from evaluatie.survey.scoring import score

METHOD = "cr2"
STANDARDISED = "standardised"


def by_measurement(setting: Setting) -> Iterator[Row]:
    """Yield the contrast by mode of answering, and without a changed form; other data: nothing."""
    scale = setting.codebook.scales.get(setting.question.indicator)
    if scale is None or setting.products.panel is None or scale.population != "residents":
        return
    if setting.question.population is not Population.CURRENT_RESIDENTS:
        yield setting.plain_row(
            f"mode={STANDARDISED}",
            METHOD,
            f"population_not_supported:{setting.question.population}",
        )
        return
    yield from _by_mode(setting, scale)
    changed = changed_between(scale, setting.codebook, setting.study, setting.wave)
    if not changed:
        return
    order = [wave.id for wave in setting.study.waves]
    first = min(order.index(change.wave) for change in changed)
    yield _before_change(setting, order[first - 1])
    items = {name for change in changed for name in change.items}
    if kept := [name for name in scale.items if name not in items]:
        yield _unchanged_items(setting, scale, kept)


def _by_mode(setting: Setting, scale: Scale) -> Iterator[Row]:
    """Yield the contrast among answers of each mode, and with the mix of modes held fixed.

    Standardised: means per mode of each area and wave, combined with one mix for all (the weighted
    mix over both waves). People choose their mode, so one mode alone is another population; the
    standardised contrast is that of everybody, as if the mix had not moved.
    """
    panel = setting.products.panel
    assert panel is not None
    waves = (setting.study.baseline.id, setting.wave)
    means = means_by_mode(panel, panel.frame[scale.id], waves)
    mix = means.groupby("mode")["weight"].sum()
    modes = tuple(str(mode) for mode in mix.index)
    if len(modes) < 2:
        return  # one mode throughout: nothing to compare
    codes = setting.changes["area"].tolist()
    whole = pd.MultiIndex.from_product([waves, codes, modes], names=means.index.names)
    table = means.reindex(whole)
    by_mode = {mode: table.xs(mode, level="mode") for mode in modes}
    mean = pd.DataFrame({mode: rows["mean"] for mode, rows in by_mode.items()})
    n = pd.DataFrame({mode: rows["n"].fillna(0) for mode, rows in by_mode.items()})
    shares = mix / mix.sum()
    weighted = sum(shares[mode] * mean[mode] for mode in modes)
    for name, values, counts, enough in (
        *((mode, mean[mode], n[mode], n[mode] >= FEWEST_PER_MODE) for mode in modes),
        (STANDARDISED, weighted, n.sum(axis=1), (n >= FEWEST_PER_MODE).all(axis=1)),
    ):
        small = int((~enough).sum())
        if small:
            yield setting.plain_row(f"mode={name}", METHOD, f"few_in_mode:{small}")
            continue
        yield _robust(setting, f"mode={name}", _changes(setting, values, counts))


def _changes(setting: Setting, values: pd.Series, n: pd.Series) -> pd.DataFrame:
    """Return the changes of areas from values indexed by wave and area."""
    codes, first, later = setting.changes["area"], setting.study.baseline.id, setting.wave
    change = values.loc[later].reindex(codes) - values.loc[first].reindex(codes)
    least = np.minimum(n.loc[later].reindex(codes), n.loc[first].reindex(codes))
    return setting.changes.assign(change=change.to_numpy(float), n=least.to_numpy(float))


def _robust(setting: Setting, category: str, changes: pd.DataFrame) -> Row:
    try:
        return setting.row(category, setting.robust(changes), METHOD, changes)
    except RefusedError:
        return setting.plain_row(category, METHOD, "model_refused")


def _before_change(setting: Setting, wave: str) -> Row:
    """Return the contrast at the last wave that was measured as at the baseline."""
    category = f"measurement=before_change|wave={wave}"
    if wave == setting.study.baseline.id:
        return setting.plain_row(category, METHOD, "changed_at_first_follow_up")
    changes = changes_since_baseline(
        setting.study, setting.codebook, setting.products, setting.question, wave
    )
    if isinstance(changes, str) or changes["change"].isna().any():
        return setting.plain_row(category, METHOD, "no_change_at_that_wave")
    return _robust(setting, category, changes)


def _unchanged_items(setting: Setting, scale: Scale, kept: list[str]) -> Row:
    """Return the contrast of the scale over its unchanged items, rescaled to the full length."""
    category = "measurement=unchanged_items"
    if scale.rule not in ("sum", "mean", "count_of_codes"):
        return setting.plain_row(category, METHOD, f"rule_needs_all_items:{scale.rule}")
    panel = setting.products.panel
    assert panel is not None
    length = 1.0 if scale.rule == "mean" else len(scale.items) / len(kept)
    shorter = scale.model_copy(
        update={
            "items": tuple(kept),
            "reverse": tuple(name for name in scale.reverse if name in kept),
            "item_codes": {name: c for name, c in scale.item_codes.items() if name in kept},
            "max_missing": min(scale.max_missing, len(kept) - 1),
            "multiply": scale.multiply * length,
        }
    )
    items = setting.codebook.items_for(scale.population)
    scored = [
        pd.Series(score(frame, shorter, items, setting.codebook), index=frame["respondent_id"])
        for frame in setting.products.data.survey.values()
    ]
    found = panel.frame["respondent_id"].map(pd.concat(scored))
    again = replace(panel, frame=panel.frame.assign(**{scale.id: found}))
    changes = changes_since_baseline(
        setting.study, setting.codebook, replace(setting.products, panel=again),
        setting.question, setting.wave,
    )  # fmt: skip
    if isinstance(changes, str) or changes["change"].isna().any():
        return setting.plain_row(category, METHOD, "no_answers")
    return _robust(setting, category, changes)
