"""From the publishable results of the whole study to what each run may see."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.agreement import AgreementBook, Question, ReportRun
from evaluatie.dictionary import Codebook
from evaluatie.domain import Publication, Sensitivity, VerdictWord
from evaluatie.present.front import front_matter
from evaluatie.present.labels import labels_of
from evaluatie.reports.scope import feeds_of_run, rows_of_run
from evaluatie.reports.slice import ReportSlice, write_slice
from evaluatie.study import Study

VERDICT_NUMBERS = (
    "estimate",
    "ci_low",
    "ci_high",
    "p_value",
    "p_adjusted",
    "p_attainable",
    "p_harm",
)


@dataclass(frozen=True)
class Published:
    """The study after disclosure control, as everybody or one audience may see it.

    Attributes
    ----------
    estimates : pandas.DataFrame
        Publishable rows: ``results.COLUMNS`` + ``publication``.
    verdicts : pandas.DataFrame
        One row per question; no number whose contrast is not shown.
    synthetic : bool
    unavailable : dict of str to str
        Feed -> reason.
    sources : tuple of dict
        Feed, path, digest and rows of every file read.
    plan : str
        Digest of the disclosure plan.
    """

    estimates: pd.DataFrame
    verdicts: pd.DataFrame
    synthetic: bool
    unavailable: dict[str, str]
    sources: tuple[dict[str, Any], ...]
    plan: str


def write_slices(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    published: Published,
    folder: Path,
    audience: str,
) -> None:
    """Write the slice of every run for an audience into a folder of its own name.

    ``published`` is what that audience may see.
    """
    for run in book.run_matrix():
        if run.audience != audience:
            continue
        write_slice(slice_of(study, codebook, book, published, run), folder / run.name)


def slice_of(
    study: Study, codebook: Codebook, book: AgreementBook, published: Published, run: ReportRun
) -> ReportSlice:
    """Return what one run may see: its agreed questions and nothing else."""
    spec, agreement = book.reports[run.report], book.agreements[run.audience]
    questions = book.questions_of(run)
    rows = published.estimates[rows_of_run(published.estimates, study, codebook, book, run)]
    feeds = feeds_of_run(book, codebook, run)
    events = book.events_of(run)
    about_projects = {"cost", "business_case"} & set(spec.sections)
    projects = book.projects if about_projects else ()
    named = _codebook_of(codebook, questions, feeds)
    sensitivity = Sensitivity(spec.sensitivity)
    labels = labels_of(study, named, questions, run.language, projects=projects, events=events)
    front = front_matter(
        labels,
        rows,
        report=spec.label[run.language],
        organisation=agreement.organisation[run.language],
        wave=run.wave,
        area=run.area,
        provider=run.provider,
        synthetic=published.synthetic,
        sensitivity=sensitivity,
    )
    return ReportSlice(
        run=run,
        notebook=f"{spec.notebook}.ipynb",
        formats=spec.formats,
        title=front.title,
        subtitle=front.subtitle,
        date=front.date,
        author=front.author,
        label=front.label,
        numbers=front.entries,
        synthetic=published.synthetic,
        estimates=rows,
        verdicts=_verdicts_of(study, published.verdicts, {q.id for q in questions}, run),
        plan=published.plan,
        sensitivity=sensitivity,
        marking=front.marking,
        agreement=agreement,
        questions=questions,
        roles={q.id: book.role(q.id) for q in questions},
        events=events,
        deviations=book.deviations,
        projects=projects,
        unavailable={k: v for k, v in published.unavailable.items() if k.split(":")[0] in feeds},
        provenance=tuple(source for source in published.sources if source["feed"] in feeds),
        texts={"labels": labels.as_dict()},
    )


def _codebook_of(
    codebook: Codebook, questions: tuple[Question, ...], feeds: frozenset[str]
) -> Codebook:
    """Return the dictionary with the indicators and feeds of these questions only."""
    asked = {question.indicator for question in questions}
    scales = {k: s for k, s in codebook.scales.items() if asked & {k, s.group}}
    return codebook.model_copy(
        update={
            "scales": scales,
            "indicators": {k: i for k, i in codebook.indicators.items() if k in asked},
            "feeds": {k: feed for k, feed in codebook.feeds.items() if k in feeds},
        }
    )


def _verdicts_of(
    study: Study, verdicts: pd.DataFrame, questions: set[str], run: ReportRun
) -> pd.DataFrame:
    """Keep agreed questions whose verdict wave has come, and those that get no verdict.

    That a question gets none was decided before there were data: every report may say so, and
    none shows a number of a later wave with it.
    """
    waves = [wave.id for wave in study.waves]
    due = verdicts["wave"].isin({"", *waves[: waves.index(run.wave) + 1]})
    never = verdicts["verdict"].eq(VerdictWord.NO_VERDICT) & ~due
    told = verdicts.copy()
    told.loc[never, list(VERDICT_NUMBERS)] = float("nan")
    told.loc[never, ["wave", "precision", "row"]] = ""
    told["margin_excluded"] = told["margin_excluded"].mask(never)
    return told[told["question"].isin(questions) & (due | never)].reset_index(drop=True)


def shown_verdicts(verdicts: pd.DataFrame, estimates: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts without the numbers of a contrast that may not be shown."""
    shown = set(estimates.loc[estimates["publication"] == Publication.SHOWN, "id"])
    hidden = ~verdicts["row"].isin(shown)
    result = verdicts.copy()
    result.loc[hidden, list(VERDICT_NUMBERS)] = float("nan")
    return result
