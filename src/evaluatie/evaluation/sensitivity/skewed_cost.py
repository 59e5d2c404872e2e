"""The contrast of cost per user as a ratio, by a gamma model of the amounts of persons."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluatie.costs.amounts.persons import person_costs
from evaluatie.costs.amounts.windows import BASELINE
from evaluatie.errors import RefusedError
from evaluatie.evaluation.contrast_rows import BETWEEN, absence
from evaluatie.evaluation.sensitivity.analysis import Row, Setting
from evaluatie.methods import GlmFit, gamma_glm
from evaluatie.results import Table, estimate_row

METHOD = "gamma_glm"
_AGE, _DECADE = 50, 10


def by_skewed_cost(setting: Setting) -> Iterator[Row]:
    """Yield how many times more the cost per user changed in the pilot areas; users only.

    Row ``term=ratio``, ``category=method=gamma_glm``. First a gamma model with log link of the
    amounts of persons, with a mean per area and window, sex and age; then the change of the log
    mean of each area as in the agreed contrast, with CR2 over the areas. It speaks of cost per
    user, not per resident: whether fewer people had care is another number (table `series`).
    MISSING-DATA RULE: amounts of 0 or below (credits) and persons whose sex or year of birth is
    not in the register are left out. A cost of which no amounts per person are there has a row
    that says so.
    """
    indicator = setting.codebook.indicators.get(setting.question.indicator)
    if indicator is None or setting.question.section != "cost":
        return
    ledger = setting.products.ledger
    if ledger is None or indicator.kind != "arrangement_cost":
        yield _row(setting, reason="no_amounts_per_person")
        return
    if reason := setting.products.lacking(("residents",)):  # sex and age
        yield _row(setting, reason=reason)
        return
    basis = str(setting.question.cost_basis or indicator.basis)
    users = person_costs(ledger, indicator, setting.study, setting.codebook, setting.wave, basis)
    users = _with_characteristics(setting, users[users["eur"] > 0])
    behind: dict[str, Any] = {
        "n": users["person_id"].nunique(), "n_households": users["household_id"].nunique(),
        "n_clusters": len(setting.changes),
    }  # fmt: skip
    try:
        estimate, low, high = setting.robust(_changes(setting, _model(setting, users)))
    except RefusedError:
        yield _row(setting, reason="model_refused:gamma_glm", **behind)
        return
    found = {"estimate": estimate, "ci_low": low, "ci_high": high}
    ratios = {name: math.exp(value) for name, value in found.items()}
    yield _row(setting, **(ratios | behind))


def _with_characteristics(setting: Setting, users: pd.DataFrame) -> pd.DataFrame:
    """Add sex and age of each person in the middle year of the windows; drop who has neither."""
    residents = setting.products.data.feeds["residents"]
    known = residents.drop_duplicates("person_id").set_index("person_id")[["sex", "birth_year"]]
    joined = users.join(known, on="person_id").dropna(subset=["sex", "birth_year"])
    year = setting.study.baseline.start.year
    return joined.assign(age=(year - joined["birth_year"].astype(float) - _AGE) / _DECADE)


def _model(setting: Setting, users: pd.DataFrame) -> GlmFit:
    """Return the model with one log mean per area and window, named ``<window>:<area>``."""
    columns: dict[str, NDArray[np.float64]] = {}
    for area in setting.changes["area"]:
        for window in (BASELINE, setting.wave):
            here = (users["area"] == area) & (users["window"] == window)
            columns[f"{window}:{area}"] = here.to_numpy(dtype=float)
    sexes = sorted(users["sex"].astype(str).unique())
    for sex in sexes[1:]:
        columns[f"sex:{sex}"] = (users["sex"].astype(str) == sex).to_numpy(dtype=float)
    age = users["age"].to_numpy(dtype=float)
    if len(age) and np.ptp(age) > 0:
        columns |= {"age": age, "age_squared": age**2}
    return gamma_glm(users["eur"], np.column_stack(list(columns.values())), tuple(columns))


def _changes(setting: Setting, fit: GlmFit) -> pd.DataFrame:
    """Return the change of the log mean of each area, in the form of the agreed changes."""
    mean = dict(zip(fit.terms, fit.coefficients, strict=True))
    change = [
        mean[f"{setting.wave}:{area}"] - mean[f"{BASELINE}:{area}"]
        for area in setting.changes["area"]
    ]
    return setting.changes.assign(change=change)


def _row(setting: Setting, reason: str = "", **numbers: Any) -> Row:
    status = {"status": str(absence(reason)), "reason": reason} if reason else {}
    return estimate_row(
        Table.SENSITIVITY, "ratio", category=f"method={METHOD}", question=setting.question.id,
        indicator=setting.question.indicator, wave=setting.wave, area=BETWEEN, unit="ratio",
        method=METHOD, **(numbers | status),
    )  # fmt: skip
