"""Public files about the whole municipality, in the layout of those who publish them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from evaluatie.dictionary.model import Feed
from evaluatie.synthetic.coding import long_categories, texts
from evaluatie.synthetic.register import age_bounds
from evaluatie.synthetic.settings import PublicProfile
from evaluatie.synthetic.streams import stream
from evaluatie.synthetic.world import Drawn, World

Floats = npt.NDArray[np.float64]
SEXES = ("m", "v")
MIDDLE = 2.5  # years from the lower bound of a class to its middle
OTHER = "SYN"  # names of the artificial municipalities


def public_frames(world: World) -> Drawn:
    """Return the public files that the study has."""
    frames = {name: draw(world) for name, draw in _FEEDS.items() if world.has(name)}
    return Drawn(feeds=frames)


def _insured_by_municipality(world: World) -> pd.DataFrame:
    """Return what all insurers paid in the municipality: year x sex x age class x category.

    Notes
    -----
    Cost per insured year rises with age as for the insured of the study, and is scaled so that the
    total of the configured year is the configured total; other years follow by inhabitants and
    growth. Mean over all, so without the deprivation of the study's own areas.
    """
    feed, profile = world.codebook.feeds["vektis"], world.public
    first, last = world.study.cost_years
    rng = stream(world.seed, "public", "insured")
    classes = list(profile.age_shares)
    share = np.array(list(profile.age_shares.values()))
    weight = np.exp(world.insured.age_slope * _middle(classes) / 10)
    level = profile.zvw_eur / (_people(profile, profile.zvw_year) * (share / share.sum() @ weight))
    parts = []
    for year in range(first, last + 1):
        people = _people(profile, year) * np.repeat(share / share.sum() / len(SEXES), len(SEXES))
        growth = (1 + profile.growth) ** (year - profile.zvw_year)
        noise = np.exp(profile.spread * rng.standard_normal(len(people)))
        years = np.round(people, 1)
        amount = level * growth * np.repeat(weight, len(SEXES)) * years * noise
        columns = {
            "year": np.full(len(people), year),
            "municipality": texts([world.study.municipality.name.upper()] * len(people)),
            "sex": texts(SEXES * len(classes)),
            "age_class": texts(np.repeat(classes, len(SEXES)).tolist()),
            "insured_persons": np.ceil(years * (1 + profile.moved)).astype(np.int64),
            "insured_years": years,
        }
        parts.append(_coded(world, feed, columns, amount, profile))
    return long_categories(pd.concat(parts, ignore_index=True), feed)


def _coded(
    world: World, feed: Feed, columns: dict[str, Any], amount: Floats, profile: PublicProfile
) -> pd.DataFrame:
    """Divide each amount over the categories of care and write it in the codes of the file."""
    shares = {c.name: profile.categories.get(c.name, 0.0) for c in feed.wide_columns if c.required}
    total = sum(shares.values())
    euros = {name: np.round(amount * share / total, 2) for name, share in shares.items()}
    return world.frame(feed.id, columns | euros)


def _people(profile: PublicProfile, year: int) -> float:
    """Return the inhabitants of a year; before and after the known ones, the nearest."""
    nearest = min(profile.inhabitants, key=lambda known: (abs(known - year), known))
    return float(profile.inhabitants[nearest])


def _middle(classes: list[str]) -> Floats:
    return np.array([age_bounds(name)[0] + MIDDLE for name in classes])


def _cost_by_law(world: World) -> pd.DataFrame:
    """Return totals and users per municipality, category and year.

    The municipality of the study has about the configured numbers; the others, with artificial
    names, the same per inhabitant times a number of inhabitants and a level of their own.
    """
    profile = world.public
    rng = stream(world.seed, "public", "laws")
    count = profile.municipalities
    size = np.exp(rng.normal(profile.size_log_mean, profile.size_log_sd, count))
    level = np.exp(profile.level_sd * rng.standard_normal(count))
    names = [world.study.municipality.name, *(f"{OTHER}-{n:03d}" for n in range(1, count + 1))]
    scale = np.concatenate([[1.0], size * level])
    order = np.argsort(names)
    rows = []
    for category, by_year in profile.published.items():
        for year, value in by_year.items():
            noise = np.exp(profile.noise * rng.standard_normal(len(names)))
            rows.append(
                pd.DataFrame(
                    {
                        "municipality": np.array(names, dtype=object)[order],
                        "category": category,
                        "year": year,
                        "value": np.round(value * scale * noise)[order],
                    }
                )
            )
    return pd.concat(rows, ignore_index=True)


_FEEDS = {"vektis": _insured_by_municipality, "cbs_costs": _cost_by_law}
