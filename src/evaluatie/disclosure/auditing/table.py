"""Attack a publishable table: what follows from it for the numbers that it hides.

Shares no code with the planner but the reading of rows (which cell a row is about): it has its
own linear programmes and its own statement of the rules, so that a mistake in the plan shows.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping

import pandas as pd

from evaluatie.dictionary.model import CodebookContent
from evaluatie.disclosure.auditing.audit import audit_told
from evaluatie.disclosure.auditing.demands import marked_demands, true_demands
from evaluatie.disclosure.auditing.findings import Finding, Kind, findings_frame
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import CellReader
from evaluatie.disclosure.universe.claims import RowClaims, Told, exempt, read_claims
from evaluatie.disclosure.universe.systems import claimed_values
from evaluatie.domain import Progress, Publication, no_progress
from evaluatie.results import NUMBER
from evaluatie.study import Study

EVERYTHING = "table"  # who tells what no report is named for


def audit_publishable(
    publishable: pd.DataFrame,
    study: Study,
    codebook: CodebookContent,
    rules: DisclosureRules,
    truth: pd.DataFrame | None = None,
    reports: Mapping[str, Collection[str]] | None = None,
    progress: Progress = no_progress,
) -> pd.DataFrame:
    """Return every hidden number that follows too closely from what is shown.

    Parameters
    ----------
    publishable : pandas.DataFrame
        Everything that is published together: columns of ``publishable``.
    truth : pandas.DataFrame, optional
        The table of estimates behind it. With it every small cell is a target and is held to
        what its own value demands; without it the targets are the rows that are marked
        ``below_threshold`` or ``dominance``, and they are held to the weakest of the demands.
    reports : mapping report -> row ids, optional
        Which rows every report shows; without it everything stands in one table.

    Returns
    -------
    pandas.DataFrame
        Columns ``FINDING_COLUMNS``. Empty where nothing leaks. A number left in a hidden row, or a
        small number in a shown one, is a finding with low = high.

    Notes
    -----
    See `attack.SystemAttack`. Two shown cells of which one lies within the other tell the number
    of people in between exactly; if it is small, that is a finding with or without the truth.
    """
    reader = CellReader(study, codebook)
    rows = read_claims(publishable if truth is None else truth, reader, rules)
    shown = publishable.loc[publishable["publication"] == Publication.SHOWN, "id"]
    told = tuple(_told(rows, set(shown), reports or {EVERYTHING: tuple(shown)}))
    if truth is None:
        demands = marked_demands(rows, publishable.set_index("id")["reason"], rules)
    else:
        demands = true_demands(rows, truth, rules)
    findings = [
        *_numbers_left(publishable),
        *_small_shown(publishable, rules),
        *audit_told(told, demands, rules, values=claimed_values(rows), progress=progress),
    ]
    return findings_frame(findings)


def _told(
    rows: Iterable[RowClaims], shown: Collection[str], reports: Mapping[str, Collection[str]]
) -> Iterator[Told]:
    """Yield the claims of shown rows, once for every report that shows them.

    A count is believed before a numerator that follows from a share, which is weighted.
    """
    where: dict[str, list[str]] = {row: [] for row in shown}
    for report, told in reports.items():
        for row in where.keys() & set(told):
            where[row].append(report)
    claims = [claim for row in rows if row.row in where for claim in row.claims]
    believed = claimed_values(row for row in rows if row.row in where)
    for claim in claims:
        value = believed[claim.cell, claim.measure]
        if not math.isnan(claim.value):
            for report in where[claim.row] or [EVERYTHING]:
                yield Told(claim.cell, claim.measure, value, value, report)


def _numbers_left(frame: pd.DataFrame) -> Iterator[Finding]:
    """Yield every number in a row that is not shown."""
    gone = frame[frame["publication"] != Publication.SHOWN]
    for column in NUMBER:
        for name, value in gone.loc[gone[column].notna(), ["id", column]].itertuples(index=False):
            required = "no number in a row that is not shown"
            yield Finding(Kind.NUMBER_LEFT, name, "", column, value, value, required)


def _small_shown(frame: pd.DataFrame, rules: DisclosureRules) -> Iterator[Finding]:
    """Yield every shown number of persons, households or providers below its minimum."""
    least = {"n": rules.threshold, "n_households": rules.households, "n_providers": rules.providers}
    for row in frame[frame["publication"] == Publication.SHOWN].to_dict("records"):
        if exempt({str(name): value for name, value in row.items()}, rules):
            continue
        counts = {name: (row[name], rule.value) for name, rule in least.items()}
        if row["term"] == "count":
            counts["estimate"] = (row["estimate"], rules.threshold.value)
        for name, (value, minimum) in counts.items():
            if 0 < value < minimum:
                required = f"at least {minimum}"
                yield Finding(Kind.SMALL_SHOWN, row["id"], "", name, value, value, required)
