"""Whether those who answered differ from the residents, before weighting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.domain import Status
from evaluatie.errors import RefusedError
from evaluatie.evaluation.products import Products
from evaluatie.methods import Design, RaoScott, rao_scott_fit
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study
from evaluatie.survey.weighting import EVERYONE, UNKNOWN

Row = dict[str, Any]


def representativeness_tests(
    study: Study, _codebook: Codebook, _book: AgreementBook, products: Products
) -> Iterator[Row]:
    """Yield, per wave and raking margin, the Rao-Scott test of respondents against residents.

    Table ``weights``, terms ``rao_scott_age_sex`` and ``rao_scott_area``: F, with its p value, of
    the unweighted respondents over the cells of that margin; households are the sampling units.
    The weights remove these differences; a large F says how much they have to do.

    Notes
    -----
    The residents' shares are those of the weighted respondents: weights reproduce both margins.
    Respondents of unknown sex or age are left out of the first test.
    """
    if products.panel is None:
        return
    frame = products.panel.frame
    for wave in study.waves:
        here = frame[frame["wave"] == wave.id]
        if here.empty:
            continue
        strata = here["area_code"].to_numpy()
        known = here["cell"] != UNKNOWN
        where = {"wave": wave.id, "n": len(here), "n_households": here["household_id"].nunique()}
        yield _row("age_sex", here[known], "cell", strata[known], where)
        yield _row("area", here, "area_code", np.zeros(len(here)), where)


def _row(margin: str, people: pd.DataFrame, column: str, strata: Any, where: dict[str, Any]) -> Row:
    term = f"rao_scott_{margin}"
    where = where | {"area": EVERYONE, "unit": "ratio", "method": "rao_scott"}
    try:
        found = _test(people, column, strata)
    except RefusedError:
        reason = "one_cell" if people[column].nunique() < 2 else "too_few_households"
        absent = {"status": str(Status.NOT_ESTIMABLE), "reason": reason}
        return estimate_row(Table.WEIGHTS, term, **absent, **where)
    return estimate_row(
        Table.WEIGHTS, term, estimate=found.statistic, df=found.df_denominator,
        p_value=found.p_value, **where,
    )  # fmt: skip


def _test(people: pd.DataFrame, column: str, strata: Any) -> RaoScott:
    if people.empty:
        raise RefusedError("nobody answered")
    cell = pd.factorize(people[column], sort=True)[0].astype(np.int64)
    residents = np.bincount(cell, people["weight"].to_numpy(float))
    design = Design.of(np.ones(len(people)), strata, people["household_id"].to_numpy())
    return rao_scott_fit(design, cell, residents)
