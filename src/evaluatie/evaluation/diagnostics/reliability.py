"""How well each agreed scale measured: consistency, floor and ceiling, changes of form and mode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Scale
from evaluatie.domain import Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.products import Products
from evaluatie.methods import Design, interval, logit_interval, one_factor, reliability
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study
from evaluatie.survey.measurement import measurement_changes, mode_bridge, mode_shares, modes_of
from evaluatie.survey.reliability import NOT_FROM_ITEMS, item_points
from evaluatie.survey.weighting import EVERYONE

Row = dict[str, Any]
Floats = NDArray[np.float64]
FEWEST = 10
BOUNDLESS = ("imported",)
"""Rules whose range in the dictionary is a plausibility bound: no floor, no ceiling."""


def reliability_rows(
    study: Study, codebook: Codebook, book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield table ``reliability``: a row per scale, wave and measure; absences have a reason.

    Consistency (``alpha``, ``omega_total``, ``item_rest_min``, fit of one factor) is that of the
    respondents with all items, unweighted; ``floor_share`` and ``ceiling_share`` are weighted.
    """
    for scale, question in agreed_scales(book, codebook):
        for wave in study.waves:
            measured = _measured(codebook, products, scale, wave.id)
            place = {
                "question": question, "indicator": scale.id, "wave": wave.id, "area": EVERYONE,
            }  # fmt: skip
            if isinstance(measured, str):
                yield _absent("alpha", measured, place)
                continue
            yield from _consistency(measured, study, place)
            yield from _extremes(measured, study, place)
        yield from _changes(study, codebook, products, scale, question)
    if products.panel is not None:
        for found in mode_shares(products.panel, study):
            yield estimate_row(
                Table.RELIABILITY, "mode_share", wave=found.wave, area=found.place,
                category=f"mode={found.mode}", estimate=found.share, n=found.n,
                n_households=found.n_households, unit="share", method="respondents",
            )  # fmt: skip


def agreed_scales(book: AgreementBook, codebook: Codebook) -> list[tuple[Scale, str]]:
    """Return every scale of an agreed question, with its id; a group stands for its scales."""
    found: dict[str, tuple[Scale, str]] = {}
    for question in book.questions.values():
        for scale in codebook.scales.values():
            if question.indicator in (scale.id, scale.group):
                found.setdefault(scale.id, (scale, question.id))
    return list(found.values())


@dataclass(frozen=True)
class _Measured:
    """One scale in one wave.

    ``points``: (n, k) of respondents in study areas, None with the reason in ``why``;
    ``n_households`` of those with all items (NaN for professionals); ``scores``: rows of the
    ``design``.
    """

    scale: Scale
    points: Floats | None
    why: str
    n_households: float
    scores: Floats
    design: Design


def _measured(codebook: Codebook, products: Products, scale: Scale, wave: str) -> _Measured | str:
    residents = scale.population == "residents"
    waves = products.data.survey if residents else products.data.professionals
    if wave not in waves or (residents and products.panel is None):
        return f"missing_feed:{'survey' if residents else 'professionals'}"
    if not codebook.scale_asked(scale.id, wave):
        return f"not_asked:{wave}"
    frame, design = _people(products, residents, wave)
    scores = frame[scale.id].to_numpy(float)
    if design is None or np.isnan(scores).all():
        return "no_answers"
    if scale.rule in NOT_FROM_ITEMS:
        return _Measured(scale, None, NOT_FROM_ITEMS[scale.rule], np.nan, scores, design)
    asked = waves[wave]
    chosen = asked[asked["respondent_id"].isin(frame["respondent_id"])]
    points = item_points(chosen, scale, codebook.items_for(scale.population))
    households = np.nan
    if residents:
        complete = chosen["respondent_id"][~np.isnan(points).any(axis=1)]
        members = frame["respondent_id"].isin(complete)
        households = float(frame.loc[members, "household_id"].nunique())
    return _Measured(scale, points, "", households, scores, design)


def _people(products: Products, residents: bool, wave: str) -> tuple[pd.DataFrame, Design | None]:
    """Return the scored rows of a wave and their design; professionals count once each."""
    if residents:
        assert products.panel is not None
        frame = products.panel.frame
        rows = frame[frame["wave"] == wave]
        return rows, products.panel.design([wave]) if len(rows) else None
    assert products.professionals is not None
    rows = products.professionals[products.professionals["wave"] == wave]
    ones, unit = np.ones(len(rows)), np.arange(len(rows))
    return rows, Design.of(ones, ones, unit) if len(rows) else None


def _consistency(measured: _Measured, study: Study, place: Row) -> Iterator[Row]:
    if measured.points is None:
        yield _absent("alpha", measured.why, place)
        return
    try:
        found = reliability(measured.points, level=1 - study.design.alpha)
    except RefusedError:
        yield _absent("alpha", _refusal(measured.points), place)
        return
    base: Row = {"n": found.n, "n_households": measured.n_households, "unit": "ratio"} | place
    yield _row("alpha", base, method="feldt", estimate=found.alpha, std_error=found.std_error,
               ci_low=found.ci_low, ci_high=found.ci_high)  # fmt: skip
    weakest = int(np.argmin(found.item_rest))
    item = measured.scale.items[weakest]
    yield _row("item_rest_min", base, method="pearson", estimate=float(found.item_rest[weakest]),
               category=f"item={item}")  # fmt: skip
    yield _row("lambda6", base, method="guttman", estimate=found.lambda6)
    yield from _factor(measured.points, base)


def _factor(points: Floats, base: Row) -> Iterator[Row]:
    method = "one_factor_cfa_ml"
    try:
        found = one_factor(points)
    except RefusedError:
        reason = "fewer_than_three_items" if points.shape[1] < 3 else "no_one_factor_model"
        yield _absent("omega_total", reason, base | {"method": method})
        return
    yield _row("omega_total", base, method=method, estimate=found.omega)
    if found.df > 0:
        yield _row("cfi", base, method=method, estimate=found.cfi)
        yield _row("rmsea", base, method=method, estimate=found.rmsea, ci_low=found.rmsea_low,
                   ci_high=found.rmsea_high)  # fmt: skip


def _refusal(points: Floats) -> str:
    complete = ~np.isnan(points).any(axis=1)
    if np.isnan(points).all(axis=0).any():
        return "item_without_answers"
    if complete.sum() < FEWEST:
        return f"few_complete_answers:{int(complete.sum())}"
    return "constant_item"


def _extremes(measured: _Measured, study: Study, place: Row) -> Iterator[Row]:
    """Yield the weighted shares at the lowest and the highest score a scale can give."""
    scale = measured.scale
    if scale.rule in BOUNDLESS or scale.rule == "share_of_codes":
        return
    known = ~np.isnan(measured.scores)
    for term, bound in (("floor_share", scale.minimum), ("ceiling_share", scale.maximum)):
        at = np.where(known, np.isclose(measured.scores, bound, rtol=0, atol=1e-9), np.nan)
        try:
            found = measured.design.mean(at)
        except RefusedError:
            yield _absent(term, "one_household", place)
            continue
        level = 1 - study.design.alpha
        low, high = logit_interval(
            found.estimate, found.std_error, found.df, level, found.n_clusters
        )
        households = found.n_clusters if scale.population == "residents" else np.nan
        yield _row(term, place, method="design", unit="share", estimate=found.estimate,
                   std_error=found.std_error, ci_low=low, ci_high=high, df=found.df, n=found.n,
                   n_households=households)  # fmt: skip


def _changes(
    study: Study, codebook: Codebook, products: Products, scale: Scale, question: str
) -> Iterator[Row]:
    """Yield one flag per change of form, and the size of a change of one mode where that can be."""
    order = [wave.id for wave in study.waves]
    for change in measurement_changes(scale, codebook):
        place = {
            "question": question, "indicator": scale.id, "wave": change.wave, "area": EVERYONE,
        }  # fmt: skip
        category = f"kind={change.kind}|bridge={change.bridge}"
        yield _row("measurement_change", place, category=category,
                   estimate=len(change.items), unit="items", method="codebook")  # fmt: skip
        steps = [pair for pair in pairwise(order) if pair[1] == change.wave]
        if change.bridge == "mode" and steps and products.panel is not None:
            yield _mode_bridge(study, products, scale, steps[0], place)


def _mode_bridge(
    study: Study, products: Products, scale: Scale, step: tuple[str, str], place: Row
) -> Row:
    assert products.panel is not None
    pair = "-".join(modes_of(products.panel))
    where = place | {"category": f"mode={pair}", "unit": "points", "method": "same_mode_panel"}
    try:
        found = mode_bridge(products.panel, scale, *step)
    except RefusedError:
        return _absent("mode_bridge", "few_in_same_mode", where)
    low, high = interval(found.estimate, found.std_error, found.df, 1 - study.design.alpha)
    return _row("mode_bridge", where, estimate=found.estimate, std_error=found.std_error,
                ci_low=low, ci_high=high, df=found.df, n=found.n,
                n_households=found.n_clusters)  # fmt: skip


def _row(term: str, place: Row, **numbers: Any) -> Row:
    return estimate_row(Table.RELIABILITY, term, **(place | numbers))


def _absent(term: str, reason: str, place: Row) -> Row:
    gone = Status.UNAVAILABLE if reason.startswith("missing_feed:") else Status.NOT_ESTIMABLE
    where = {key: value for key, value in place.items() if key not in ("n", "n_households")}
    return estimate_row(Table.RELIABILITY, term, **where, status=str(gone), reason=reason)
