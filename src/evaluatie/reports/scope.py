"""Which rows of the study a run may show: its own questions, its own area, not after its wave."""

from __future__ import annotations

import re
from collections.abc import Collection

import pandas as pd

from evaluatie.agreement import AgreementBook, ReportRun
from evaluatie.dictionary import Codebook
from evaluatie.domain import Side
from evaluatie.results import Table
from evaluatie.study import Study

SURVEY = (
    Table.RESPONSE, Table.REPRESENTATIVENESS, Table.WEIGHTS, Table.SCORE, Table.DISTRIBUTION,
    Table.CHANGE, Table.RELIABILITY, Table.ATTRITION, Table.SUBGROUP,
)  # fmt: skip
COST = (Table.COST_LEVEL, Table.COST_USERS, Table.PROGRAMME)
ALWAYS = (Table.FACT, Table.QUALITY)
MONITOR = (
    Table.HOUSEHOLD, Table.STACKING, Table.SELECTION, Table.PAYER, Table.DURATION, Table.RUNOFF,
    Table.REFERENCE,
)  # fmt: skip
WHOLE_PERIOD = (Table.STACKING, Table.SELECTION, Table.DURATION, Table.RUNOFF)
"""Tables with rows over everything that was ever observed: for reports of the last wave only."""
SECTION_TABLES = {
    "survey": SURVEY,
    "cost": COST,
    "process": (Table.PROCESS,),
    "monitor": MONITOR,
    "business_case": (Table.BUSINESS_CASE, Table.COST_EFFECTIVENESS),
    "mirror": (Table.MIRROR,),
}
SECTION_FEEDS = {
    "survey": ("sample",),
    "cost": ("programme_costs",),
    "business_case": ("programme_costs", "enrolments"),
}
ACROSS_AREAS = ("", "all", *Side, f"{Side.PILOT}-{Side.COMPARISON}")
PERIOD = re.compile(r"^(?P<year>\d{4})(-Q(?P<quarter>[1-4]))?$")


def rows_of_run(
    estimates: pd.DataFrame,
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    run: ReportRun,
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
    tables = {*ALWAYS, Table.CONTRAST, Table.SENSITIVITY, Table.SERIES}
    tables |= {table for section in sections for table in SECTION_TABLES[section]}
    mine = estimates["question"].isin(["", *names])
    mine &= estimates["indicator"].isin(["", *indicators])
    mine &= estimates["table"].isin(tables)
    mine &= _named_among(estimates["category"], "audience", {run.audience})
    mine &= _named_among(estimates["category"], "feed", feeds_of_run(book, codebook, run))
    mine &= _named_among(estimates["category"], "provider", {run.provider} - {""})
    mine &= estimates["area"].isin([*ACROSS_AREAS, *([run.area] if run.area else [])])
    mine &= estimates["wave"].isin(["", *_waves_until(study, run.wave)])
    return mine & _known_at(estimates, study, run.wave)


def _known_at(estimates: pd.DataFrame, study: Study, wave: str) -> pd.Series:
    """Return which rows rest on nothing that happened after a wave began.

    How complete the declarations of the last quarters are is asked at the last wave, of all of
    them; what was followed over the whole period is known no earlier.
    """
    whole = estimates["table"].isin(WHOLE_PERIOD) & (estimates["period"] == "")
    runoff = estimates["table"] == Table.RUNOFF
    if wave == study.waves[-1].id:
        return ended_before(estimates["period"], study, wave) | runoff
    return ended_before(estimates["period"], study, wave) & ~whole & ~runoff


def feeds_of_run(book: AgreementBook, codebook: Codebook, run: ReportRun) -> frozenset[str]:
    """Return the feeds behind the agreed questions of a run and behind its sections."""
    from evaluatie.evaluation.products import (
        feeds_for,  # only when slices are cut: loads statistics
    )

    asked = {feed for q in book.questions_of(run) for feed in feeds_for(q, codebook)}
    sections = book.reports[run.report].sections
    return frozenset(asked.union(*(SECTION_FEEDS.get(section, ()) for section in sections)))


def _indicators(estimates: pd.DataFrame, book: AgreementBook, run: ReportRun) -> set[str]:
    """Return the indicators behind the agreed questions; ``indicator`` may name a group of them."""
    agreed = {q.indicator for q in book.questions_of(run)}
    members = estimates.loc[estimates["question"].isin({q.id for q in book.questions_of(run)})]
    return agreed | set(members["indicator"])


def _named_among(categories: pd.Series, name: str, allowed: Collection[str]) -> pd.Series:
    """Return which categories name one of ``allowed``, or nothing of that kind."""
    named = categories.str.extract(rf"(?:^|\|){name}=([^|]+)", expand=False)
    return named.isna() | named.isin(list(allowed))


def names_a_provider(categories: pd.Series) -> pd.Series:
    """Return which categories name a provider: such rows are for its own report alone."""
    return categories.str.contains(r"(?:^|\|)provider=", regex=True)


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
