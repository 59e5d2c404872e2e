"""Answers of every adult with and without the pilot, on the same random numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Item, Scale
from evaluatie.domain import Aim, Direction
from evaluatie.study import Study
from evaluatie.synthetic.effects import event_sizes, is_pilot, planted
from evaluatie.synthetic.instrument import (
    Floats,
    ItemModel,
    ScaleModel,
    answer,
    fit_scale,
    item_levels,
    latent_shift,
    own_part,
    with_own_part,
)
from evaluatie.synthetic.latent import Adults, Singles, latent_own, latent_score
from evaluatie.synthetic.population import AWAY, Ints
from evaluatie.synthetic.settings import ScaleProfile, SyntheticSettings
from evaluatie.synthetic.shocks import area_shocks
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import World


@dataclass(frozen=True)
class ItemAnswers:
    """Latent values of one item and how they become answers.

    Attributes
    ----------
    untreated : array (waves, adults)
        Latent value without the pilot.
    gain : array (waves,)
        What the pilot adds to it for who lives in a pilot area in that wave.
    """

    scale: ScaleModel
    model: ItemModel
    untreated: Singles
    gain: npt.NDArray[np.float32]

    def values(self, wave: int, rows: Ints, treated: npt.NDArray[np.bool_]) -> Floats:
        """Return the answers of some adults in one wave (see `instrument.answer`)."""
        x = self.untreated[wave, rows] + self.gain[wave] * treated
        return answer(self.scale, self.model, x)


@dataclass(frozen=True)
class Answers:
    """Everyone's answers: the source of both the survey files and the truth."""

    items: Mapping[str, ItemAnswers]

    def of(
        self, names: Iterable[str], wave: int, rows: Ints, treated: npt.NDArray[np.bool_]
    ) -> dict[str, Floats]:
        """Return item id -> answers of the adults ``rows`` in one wave."""
        return {name: self.items[name].values(wave, rows, treated) for name in names}


def fit_instruments(codebook: Codebook, settings: SyntheticSettings) -> dict[str, ScaleModel]:
    """Return a model for every scale that brings items of its own, in the order of the dictionary.

    A scale that only re-uses items of earlier scales (a subscale) has no model: its answers exist.
    """
    models: dict[str, ScaleModel] = {}
    taken: set[str] = set()
    for scale in codebook.scales.values():
        if taken.isdisjoint(scale.items):
            profile = settings.scales.get(scale.id) or _middle(scale)
            models[scale.id] = fit_scale(codebook, scale, profile)
            taken |= set(scale.items)
    return models


def _middle(scale: Scale) -> ScaleProfile:
    """Return the profile of a scale the settings do not mention: upper middle of its range."""
    better = 0.6 if scale.direction is Direction.HIGHER else 0.4
    return ScaleProfile(mean=scale.minimum + better * (scale.maximum - scale.minimum))


@dataclass(frozen=True)
class Shifts:
    """What moves the latent score of a scale: concurrent events (waves, areas), pilot (waves,)."""

    events: Floats
    gain: Floats


def draw_answers(
    world: World,
    models: Mapping[str, ScaleModel],
    adults: Adults,
    shifts: Mapping[str, Shifts] | None = None,
) -> Answers:
    """Draw the latent values of the items of the residents' questionnaire.

    Parameters
    ----------
    shifts : mapping of str to Shifts, optional
        Scale id -> its shifts, solved before: only these scales are drawn. By default all scales
        and all other items are.
    """
    scales = [m for m in models.values() if m.scale.population == "residents"]
    rng = stream(world.seed, "survey", "shocks")
    size = (len(world.study.waves), len(world.study.areas), len(scales))
    shocks = area_shocks(rng, world.shock(world.settings.shock), *size)
    items: dict[str, ItemAnswers] = {}
    for index, model in enumerate(scales):
        if shifts is not None and model.scale.id not in shifts:
            continue
        known = scale_shifts(world, model) if shifts is None else shifts[model.scale.id]
        own, noises = _own_parts(world, model, adults)
        shift = shocks[:, :, index] + known.events
        latent = latent_score(adults, own, model.loading, model.direction, shift)
        for part, noise in zip(model.items, noises, strict=True):
            x = with_own_part(model, latent, noise)
            step = (model.correlation * known.gain).astype(np.float32)
            items[part.item.id] = ItemAnswers(model, part, x, step)
    return Answers(items if shifts is not None else items | _other_items(world, adults, items))


def _own_parts(world: World, model: ScaleModel, adults: Adults) -> tuple[Singles, list[Singles]]:
    """Draw what a scale has of its own, and each of its items: the same in every scenario."""

    def drawn() -> tuple[Singles, list[Singles]]:
        rng = stream(world.seed, "survey", "scale", model.scale.id)
        persistent = world.settings.health.own_persistent_share
        own = latent_own(rng, adults, persistent, model.loading)
        noises = (rng.standard_normal(own.shape, dtype=np.float32) for _ in model.items)
        return own, [own_part(model, noise) for noise in noises]

    return world.once(f"scale {model.scale.id}", drawn)


def scale_shifts(world: World, model: ScaleModel) -> Shifts:
    """Solve what moves a scale; it depends on the scenario, never on the seed."""
    return Shifts(_event_shift(world, model), planted_shift(world, model))


def planted_shift(world: World, model: ScaleModel) -> Floats:
    """Return the latent shift per wave that gives the planted effect on the scale; (waves,)."""
    sizes = planted(world, model.scale.id)
    return np.array([latent_shift(model, float(size)) for size in sizes])


def _event_shift(world: World, model: ScaleModel) -> Floats:
    sizes = event_sizes(world, model.scale.id)
    known = {float(size): latent_shift(model, float(size)) for size in np.unique(sizes)}
    return np.array([[known[float(size)] for size in row] for row in sizes])


def _other_items(
    world: World, adults: Adults, done: Mapping[str, ItemAnswers]
) -> dict[str, ItemAnswers]:
    """Return answers to items of no scale: related to health, without shocks or effects."""
    left = [item for item in world.codebook.items.values() if item.id not in done]
    found = {}
    for item in left:
        rng, loading = (
            stream(world.seed, "survey", "item", item.id),
            world.settings.other_items_loading,
        )
        noise = rng.standard_normal(adults.health.shape, dtype=np.float32)
        x = np.float32(loading) * adults.health + np.float32(np.sqrt(1 - loading**2)) * noise
        model = _loose_item(item)
        gain = np.zeros(len(x), dtype=np.float32)
        found[item.id] = ItemAnswers(model, model.items[0], x.astype(np.float32), gain)
    return found


def _loose_item(item: Item) -> ScaleModel:
    levels = item_levels(item)
    low = item.minimum if item.minimum is not None else 0.0
    high = item.maximum if item.maximum is not None else low + 10.0
    part = ItemModel(item, levels, np.arange(max(len(levels), 1), dtype=np.float64))
    location, spacing = (0.0, 1.0) if levels else ((low + high) / 2, (high - low) / 6)
    scale = Scale(
        id=item.id,
        label=item.label,
        aim=Aim.QUALITY_OF_LIFE,
        rule="single",
        items=(item.id,),
        minimum=low,
        maximum=high,
        direction=Direction.HIGHER,
        unit=item.label,
        source=item.source,
    )
    return ScaleModel(scale, (part,), 1.0, 0.0, location=location, spacing=spacing)


def treated_here(study: Study, adults: Adults, wave: int) -> npt.NDArray[np.bool_]:
    """Return who lives in a pilot area in a wave; shape (adults,)."""
    area = adults.area[wave]
    return np.asarray((area != AWAY) & is_pilot(study)[np.maximum(area, 0)])
