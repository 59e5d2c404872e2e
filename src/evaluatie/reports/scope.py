"""Which rows of the study a run may show: its own questions, its own area, not after its wave."""

from __future__ import annotations

import re

import pandas as pd

from evaluatie.agreement import AgreementBook, ReportRun
from evaluatie.domain import Side
from evaluatie.results import Table
from evaluatie.study import Study

SURVEY = (
    Table.RESPONSE, Table.REPRESENTATIVENESS, Table.WEIGHTS, Table.SCORE, Table.DISTRIBUTION,
    Table.CHANGE,
)  # fmt: skip
COST = (Table.COST_LEVEL, Table.COST_USERS, Table.PROGRAMME)
ALWAYS = (Table.FACT, Table.QUALITY)
ACROSS_AREAS = ("", "all", *Side, f"{Side.PILOT}-{Side.COMPARISON}")
PERIOD = re.compile(r"^(?P<year>\d{4})(-Q(?P<quarter>[1-4]))?$")


def rows_of_run(
    estimates: pd.DataFrame, study: Study, book: AgreementBook, run: ReportRun
) -> pd.Series:
    """Return a boolean mask over ``estimates``: the rows in the scope of ``run``.

    A run sees the constants, and for its agreed questions the rows of their indicators; an area
    run sees that area and the two sides; nothing from a later wave, and no period that had not
    ended when the wave began.
    """
    sections = set(book.reports[run.report].sections)
    questions = book.questions_of(run)
    names = {q.id for q in questions}
    indicators = _indicators(estimates, book, run)
    tables = {*ALWAYS, Table.CONTRAST, Table.SENSITIVITY}
    tables |= set(SURVEY) if "survey" in sections else set()
    tables |= set(COST) if "cost" in sections else set()
    tables |= {Table.PROCESS} if "process" in sections else set()
    mine = estimates["question"].isin(["", *names])
    mine &= estimates["indicator"].isin(["", *indicators])
    mine &= estimates["table"].isin(tables)
    mine &= ~_of_another_audience(estimates["category"], run.audience)
    mine &= estimates["area"].isin([*ACROSS_AREAS, *([run.area] if run.area else [])])
    mine &= estimates["wave"].isin(["", *_waves_until(study, run.wave)])
    return mine & ended_before(estimates["period"], study, run.wave)


def _indicators(estimates: pd.DataFrame, book: AgreementBook, run: ReportRun) -> set[str]:
    """Return the indicators behind the agreed questions; ``indicator`` may name a group of them."""
    agreed = {q.indicator for q in book.questions_of(run)}
    members = estimates.loc[estimates["question"].isin({q.id for q in book.questions_of(run)})]
    return agreed | set(members["indicator"])


def _of_another_audience(categories: pd.Series, audience: str) -> pd.Series:
    named = categories.str.extract(r"(?:^|\|)audience=([^|]+)", expand=False)
    return named.notna() & (named != audience)


def _waves_until(study: Study, wave: str) -> list[str]:
    ids = [w.id for w in study.waves]
    return ids[: ids.index(wave) + 1]


def ended_before(periods: pd.Series, study: Study, wave: str) -> pd.Series:
    """Return which periods (`2019`, `2019-Q3` or empty) had ended at the start of the wave."""
    start = study.wave(wave).start
    first_open = (start.year, (start.month - 1) // 3 + 1)

    def ended(period: str) -> bool:
        parts = PERIOD.match(period)
        if parts is None:
            return True
        quarter = int(parts["quarter"] or 4)
        return (int(parts["year"]), quarter) < first_open

    known = {period: ended(period) for period in periods.unique()}
    return periods.map(known).astype(bool)
