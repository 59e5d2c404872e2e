"""Weights that make respondents add up to the adult residents of the study areas, per wave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary.codebook import Codebook
from evaluatie.errors import RefusedError
from evaluatie.methods import Calibration, Design, Margin, effective_n, kish_deff, rake, trim
from evaluatie.study import Study
from evaluatie.survey.base_weights import BaseWeights, base_weights
from evaluatie.survey.merging import merge_neighbours
from evaluatie.survey.panel import Linkage, link_panel

UNKNOWN = "unknown"
"""Cell of respondents whose sex or age group is not known."""
EVERYONE = "all"
TRIM_ROUNDS = 20
REPORT_COLUMNS = ("wave", "area", "category", "term", "estimate", "n", "note")


@dataclass(frozen=True)
class WeightedPanel:
    """Respondents of all waves with their weights.

    Attributes
    ----------
    frame : pandas.DataFrame
        Scored rows in a study area, with ``panel_status``, ``base_weight`` (before raking),
        ``cell`` (age-sex cell after merging, as used in raking) and ``weight`` (persons a
        respondent stands for in that wave).
    report : pandas.DataFrame
        How the weights came about: ``wave``, ``area``, ``category``, ``term``, ``estimate``,
        ``n``, ``note``. Terms: ``population``, ``effective_n``, ``deff``, ``weight_min`` and
        ``weight_max`` (relative to the mean), ``trimmed`` and ``trimmed_share``, ``margin_error``
        (largest relative difference from a margin), ``base_min``, ``base_max``, ``base_cells``
        (note: why base weights are 1, or cells merged), ``panel_response`` and
        ``refreshment_response`` (shares of the invited), ``unknown_age_sex``, ``no_area``,
        ``merged_cells`` (note: which).
    linkage : Linkage
        Panel overlap and conflicts.
    """

    frame: pd.DataFrame
    report: pd.DataFrame
    linkage: Linkage
    _designs: dict[tuple[str, ...], Design] = field(default_factory=dict, repr=False, compare=False)

    def design(self, waves: Iterable[str]) -> Design:
        """Return the design of the rows of some waves, in the order of ``frame``.

        Areas are strata, households clusters (also across waves), and the weights are calibrated to
        the areas and age-sex cells of each wave; residuals as ``survey::rake``.
        """
        key = tuple(waves)
        if key not in self._designs:
            rows = self.frame[self.frame["wave"].isin(key)]
            cells = [rows["wave"] + "|" + rows[name] for name in ("area_code", "cell")]
            margins = [pd.get_dummies(cell, dtype=float).to_numpy() for cell in cells]
            area, household = rows["area_code"].to_numpy(), rows["household_id"].to_numpy()
            calibration = Calibration(np.hstack(margins))
            self._designs[key] = Design.of(rows["weight"], area, household, calibration)
        return self._designs[key]


@dataclass(frozen=True)
class _Wave:
    """The weights of one wave."""

    weights: NDArray[np.float64]
    base: BaseWeights
    cells: pd.Series
    trimmed: int
    margin_error: float
    merged: tuple[str, ...]
    residents: float


def weigh_panel(
    scored: pd.DataFrame,
    population_age_sex: pd.DataFrame,
    study: Study,
    codebook: Codebook,
    sample: pd.DataFrame | None = None,
) -> WeightedPanel:
    """Weigh the respondents of each wave to the residents of that wave's year.

    Parameters
    ----------
    scored : pandas.DataFrame
        Result of `score_waves` for residents.
    population_age_sex : pandas.DataFrame
        One row per area x year x sex x age group: ``area_code``, ``year``, ``sex``, ``age_group``,
        ``persons``. Groups that are no survey age group (children) are left out.
    study : Study
        Areas, waves, ``minimum_cell`` and ``weights_trim``.
    codebook : Codebook
        Survey age groups, in order; scales, for the base weights.
    sample : pandas.DataFrame, optional
        Who was invited: one row per person x wave, ``wave``, ``person_id``. Without it all base
        weights are 1.

    Returns
    -------
    WeightedPanel

    Raises
    ------
    RefusedError
        No population figures for a wave's year or for an area; nobody answered in a study area.

    Notes
    -----
    *Base weights* correct for panel members who do not answer again, by their last reported
    well-being (see `base_weights`); who is asked for the first time has base weight 1. Per wave,
    raking to two margins: adults per area, and age group x sex over all areas
    with respondents. *Collapse rule*: an age-sex cell with fewer than ``minimum_cell`` respondents
    merges with the neighbouring age group of the same sex that has fewest respondents, until no
    cell is too small; if a whole sex is too small the sexes merge. *Unknown* sex or age is a cell
    of its own with its share of the respondents as its share of the population. *Trimming*:
    weights above ``weights_trim`` x mean are cut, the excess is spread evenly, and margins are
    raked again, until the largest weight respects the cap (at most 20 rounds): margins hold
    exactly, the cap as far as they allow.

    References
    ----------
    Kalton & Flores-Cervantes (2003), J. Official Statistics 19:81.
    """
    linkage = link_panel(scored, codebook)
    known_areas = {area.code for area in study.areas}
    inside = linkage.frame["area_code"].isin(known_areas)
    frame = linkage.frame[inside]
    if frame.empty:
        raise RefusedError("no respondent lives in an area of the study")
    outside = linkage.frame.loc[~inside, "wave"].value_counts()
    frame = frame.set_axis(pd.RangeIndex(len(frame)), axis=0)
    bases = base_weights(frame, sample, study, codebook)
    known = frame[["area_code", "sex", "age_group"]]
    place = pd.Index([wave.id for wave in study.waves]).get_indexer(frame["wave"])
    columns = {name: np.full(len(frame), np.nan) for name in ("base_weight", "weight")}
    cell = np.full(len(frame), UNKNOWN, dtype=object)
    report: list[dict[str, object]] = []
    for number, wave in enumerate(study.waves):
        if wave.id not in bases:
            continue
        rows = np.flatnonzero(place == number)
        residents = population_of(population_age_sex, wave.start.year, study, codebook)
        try:
            weighed = _weigh_wave(known.iloc[rows], bases[wave.id], residents, study, codebook)
        except RefusedError as error:
            where = ", ".join(part for part in (f"wave {wave.id}", error.where) if part)
            raise RefusedError(
                error.what, where=where, allowed=error.allowed, remedy=error.remedy
            ) from None
        columns["base_weight"][rows] = weighed.base.weights
        columns["weight"][rows], cell[rows] = weighed.weights, weighed.cells.to_numpy()
        report += _report(wave.id, weighed, int(outside.get(wave.id, 0)))
    frame = frame.assign(**columns, cell=cell)
    return WeightedPanel(frame, pd.DataFrame(report, columns=list(REPORT_COLUMNS)), linkage)


def population_of(
    population_age_sex: pd.DataFrame, year: int, study: Study, codebook: Codebook
) -> pd.DataFrame:
    """Return the adults of one year: ``area_code``, ``sex``, ``age_group``, ``persons``.

    Raises
    ------
    RefusedError
        The year, an area, or the number of persons of a cell is missing; the years there are
        and the number of areas are named.
    """
    groups = [group.id for group in codebook.survey_age_groups]
    adults = population_age_sex[population_age_sex["age_group"].isin(groups)]
    of_year = adults[(adults["year"] == year) & adults["persons"].notna()]
    codes = [area.code for area in study.areas]
    absent = [code for code in codes if code not in set(of_year["area_code"])]
    if absent:
        years = ", ".join(str(y) for y in sorted(adults["year"].unique())) or "none"
        raise RefusedError(
            f"no adults by age and sex for {year} in {len(absent)} of {len(codes)} areas",
            where="population_age_sex",
            allowed=f"years in the file: {years}",
            remedy="add the population of that year; another year is never used in its place.",
        )
    chosen = of_year[of_year["area_code"].isin(codes)]
    return chosen[["area_code", "sex", "age_group", "persons"]].reset_index(drop=True)


def _weigh_wave(
    respondents: pd.DataFrame,
    base: BaseWeights,
    residents: pd.DataFrame,
    study: Study,
    codebook: Codebook,
) -> _Wave:
    # an area without respondents cannot be represented; its residents leave the margins
    here = residents[residents["area_code"].isin(set(respondents["area_code"]))]
    sexes = sorted(here["sex"].unique())
    merging = _merge_small_cells(respondents, sexes, study.minimum_cell, codebook)
    cells = _cell_names(respondents, merging)
    areas = here.groupby("area_code")["persons"].sum()
    margins = [
        _margin("area", respondents["area_code"], areas),
        _margin("age group and sex", cells, _cell_totals(here, merging, cells)),
    ]
    weights, trimmed = _rake_and_trim(margins, base.weights, study.weights_trim)
    merged = tuple(f"{' '.join(k)} > {v}" for k, v in merging.items() if v != " ".join(k))
    error = max(margin.misfit(weights) for margin in margins)
    return _Wave(weights, base, cells, trimmed, error, merged, float(areas.sum()))


def _rake_and_trim(
    margins: list[Margin], base: NDArray[np.float64], times_mean: float
) -> tuple[NDArray[np.float64], int]:
    weights = rake(base, margins).weights
    cap = times_mean * weights.mean()
    trimmed = int((weights > cap).sum())
    for _ in range(TRIM_ROUNDS):
        if weights.max() <= cap * (1 + 1e-6):
            break
        weights = rake(trim(weights, cap), margins).weights
    return weights, trimmed


def _margin(name: str, labels: pd.Series, totals: pd.Series) -> Margin:
    positions = {label: i for i, label in enumerate(totals.index)}
    codes = labels.map(positions).to_numpy(np.int64)
    return Margin(name, codes, totals.to_numpy(float), [str(label) for label in totals.index])


Merging = dict[tuple[str, str], str]
"""(sex, age group) -> name of the cell it ends in."""


def _merge_small_cells(
    respondents: pd.DataFrame, sexes: list[str], minimum: int, codebook: Codebook
) -> Merging:
    order = [group.id for group in codebook.survey_age_groups]
    known = respondents.dropna(subset=["sex", "age_group"])
    counts = known.groupby(["sex", "age_group"]).size()
    merging: Merging = {}
    too_small = False
    for sex in sexes:
        n = [int(counts.get((sex, group), 0)) for group in order]
        for block, size in merge_neighbours(n, minimum):
            name = order[block[0]] if len(block) == 1 else f"{order[block[0]]}..{order[block[-1]]}"
            merging |= {(sex, order[i]): f"{sex} {name}" for i in block}
            too_small |= size < minimum
    return dict.fromkeys(merging, EVERYONE) if too_small else merging


def _cell_names(respondents: pd.DataFrame, merging: Merging) -> pd.Series:
    pairs = zip(respondents["sex"], respondents["age_group"], strict=True)
    return pd.Series([merging.get(pair, UNKNOWN) for pair in pairs], index=respondents.index)


def _cell_totals(residents: pd.DataFrame, merging: Merging, cells: pd.Series) -> pd.Series:
    """Residents per cell; the unknown cell takes its share of respondents off all others."""
    pairs = zip(residents["sex"], residents["age_group"], strict=True)
    names = pd.Series([merging[pair] for pair in pairs], index=residents.index)
    totals = residents.groupby(names)["persons"].sum().astype(float)
    share_unknown = float((cells == UNKNOWN).mean())
    if share_unknown == 0:
        return totals
    everyone = totals.sum()
    totals = totals * (1 - share_unknown)
    totals[UNKNOWN] = everyone * share_unknown
    return totals[totals > 0]


def _report(wave: str, weighed: _Wave, no_area: int) -> list[dict[str, object]]:
    weights, n = weighed.weights, len(weighed.weights)
    relative = weights / weights.mean()
    base = weighed.base
    terms: dict[str, float] = {
        "population": weighed.residents,
        "effective_n": effective_n(weights),
        "deff": kish_deff(weights),
        "weight_min": float(relative.min()),
        "weight_max": float(relative.max()),
        "trimmed": weighed.trimmed,
        "trimmed_share": weighed.trimmed / n,
        "margin_error": weighed.margin_error,
        "base_min": float(base.weights.min()),
        "base_max": float(base.weights.max()),
        "base_cells": base.cells,
        "panel_response": base.panel_response,
        "refreshment_response": base.refreshment_response,
        "unknown_age_sex": int((weighed.cells == UNKNOWN).sum()),
        "no_area": no_area,
        "merged_cells": len(weighed.merged),
    }
    notes = {"merged_cells": "; ".join(weighed.merged), "base_cells": base.note}
    row = {"wave": wave, "area": EVERYONE, "category": "", "n": n}
    return [
        {**row, "term": term, "estimate": value, "note": notes.get(term, "")}
        for term, value in terms.items()
    ]
