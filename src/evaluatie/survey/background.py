"""What is known of every respondent, as columns of a model: sex, age, area, mode, schooling."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale

Floats = NDArray[np.float64]

FEWEST = 20
"""Persons below which a category joins the largest one: a handful has no coefficient of its own,
and in a model of response it is soon separated perfectly."""
CATEGORIES = ("sex", "mode", "education")
UNKNOWN = "unknown"


def own_scores(codebook: Codebook, wave: str) -> tuple[Scale, ...]:
    """Return the residents' scales asked in a wave, without those made of another one's items.

    A subscale and the whole it is part of determine one another; only the larger one stays.
    """
    asked = [s for s in codebook.scales_for("residents") if codebook.scale_asked(s.id, wave)]
    by_size = sorted(asked, key=lambda scale: -len(scale.items))
    kept: list[Scale] = []
    for scale in by_size:
        if not any(set(scale.items) <= set(other.items) for other in kept):
            kept.append(scale)
    return tuple(scale for scale in asked if scale in kept)


def category_codes(labels: pd.Series) -> NDArray[np.int64]:
    """Return the category of each respondent as 0..k-1, the most frequent first.

    A missing label is a category of its own; categories of fewer than ``FEWEST`` join the first.
    """
    text = labels.astype(object).where(labels.notna(), UNKNOWN).astype(str)
    counts = text.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    kept = [name for i, name in enumerate(counts.index) if i == 0 or counts[name] >= FEWEST]
    place = {name: i for i, name in enumerate(kept)}
    return np.asarray(text.map(place).fillna(0), dtype=np.int64)


def decades(rows: pd.DataFrame) -> Floats:
    """Return age in units of ten years, centred; an unknown age counts as the mean age."""
    age = (rows["year"] - rows["birth_year"]).to_numpy(float)
    known = age[~np.isnan(age)]
    middle = known.mean() if known.size else 0.0
    return np.asarray(np.where(np.isnan(age), 0.0, (age - middle) / 10))


def indicators(codes: NDArray[np.int64], name: str) -> list[tuple[str, Floats]]:
    """Return a named 0/1 column for every category but the first."""
    return [(f"{name}={k}", (codes == k).astype(float)) for k in range(1, int(codes.max()) + 1)]


def design_columns(
    rows: pd.DataFrame, areas: Sequence[str], scores: Sequence[Scale]
) -> tuple[tuple[str, ...], Floats]:
    """Return names and columns of a model of the respondents of one wave.

    Parameters
    ----------
    rows : pandas.DataFrame
        Scored rows of one wave.
    areas : sequence of str
        Area codes of the study; the first is the reference.
    scores : sequence of Scale
        Scales asked in that wave.

    Returns
    -------
    names : tuple of str, length k
    columns : ndarray of float, shape (n, k)
        Constant; age and its square; categories; areas; whether somebody else of the household
        answered; standardised scores; whether some score is missing. Columns that are combinations
        of earlier ones are left out.

    Notes
    -----
    *Missing-data rule*: a missing score counts as the mean and is flagged, a missing category is a
    category; nobody is left out.
    """
    age = decades(rows)
    columns = [("constant", np.ones(len(rows))), ("age", age), ("age_squared", age**2)]
    for name in CATEGORIES:
        columns += indicators(category_codes(rows[name]), name)
    place = pd.Index(areas).get_indexer(rows["area_code"])
    columns += indicators(np.asarray(place, dtype=np.int64), "area")
    columns.append(("household", rows["household_id"].duplicated(keep=False).to_numpy(float)))
    values = rows[[scale.id for scale in scores]].to_numpy(float)
    gaps = np.isnan(values)
    columns += [(s.id, standardised(values[:, j])) for j, s in enumerate(scores)]
    columns.append(("item_missing", gaps.any(axis=1).astype(float)))
    return _independent(columns)


def standardised(values: Floats) -> Floats:
    """Return values in standard deviations from their mean, 0 where missing or constant."""
    known = values[~np.isnan(values)]
    spread = known.std() if known.size else 0.0
    if spread <= 0:
        return np.zeros_like(values)
    return np.asarray(np.where(np.isnan(values), 0.0, (values - known.mean()) / spread))


def _independent(columns: Sequence[tuple[str, Floats]]) -> tuple[tuple[str, ...], Floats]:
    table = np.column_stack([column for _, column in columns])
    size = np.zeros(table.shape[1])  # with fewer persons than columns, the last ones add nothing
    found = np.abs(np.diag(np.linalg.qr(table, mode="r")))
    size[: len(found)] = found
    kept = size > 1e-8 * np.sqrt((table**2).sum(axis=0)).clip(1e-300)
    names = tuple(name for (name, _), keep in zip(columns, kept, strict=True) if keep)
    return names, np.asarray(table[:, kept])
