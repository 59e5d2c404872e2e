"""One replicate: draw a study, walk the route to its verdicts, lay the truth beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd

from evaluatie.agreement import AgreementBook, Question, load_agreements
from evaluatie.calibration.lean import lean_products
from evaluatie.dictionary import Codebook, load_codebook
from evaluatie.domain import Weighting
from evaluatie.evaluation import Products, build_products
from evaluatie.evaluation.agreed_tests import AgreedTest, agreed_test
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.contrast_rows import estimate_contrasts
from evaluatie.evaluation.contrasts import assignments_of
from evaluatie.evaluation.feasibility import Outlook, downgraded
from evaluatie.evaluation.verdict_rows import verdict_table
from evaluatie.intake import validate_frames
from evaluatie.study import Study, open_study
from evaluatie.synthetic import draw_study, load_settings
from evaluatie.synthetic.direct import DirectPlan, direct_plan, draw_direct

PARTS = ("survey", "population", "register", "cost", "insured")  # what verdicts rest on
REPLICATE_COLUMNS = (
    "scenario", "seed", "question", "type", "test", "agreed", "verdict", "estimate", "ci_low",
    "ci_high", "p_value", "p_adjusted", "p_attainable", "p_zero", "truth", "margin", "favourable",
)  # fmt: skip
NO_TEST_OF_ITS_OWN = ("none", "intersection_union")
TESTS = tuple(
    test
    for test in get_args(Question.model_fields["test"].annotation)
    if test not in NO_TEST_OF_ITS_OWN
)
Row = dict[str, Any]
Task = tuple[int, tuple[str, ...]]  # a seed and its scenarios


@dataclass(frozen=True)
class Context:
    """The declarations of a study and what can be prepared once for all replicates."""

    study: Study
    codebook: Codebook
    book: AgreementBook
    plan: DirectPlan
    without: Mapping[str, str]  # question -> why it gets no verdict


@lru_cache(maxsize=1)
def load_context(root: Path) -> Context:
    """Read a study once per process; replicates have none of the planted defects.

    Defects are there to be found by intake and are gone after it, so they test something else.
    """
    study = open_study(root)
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    settings = load_settings(study, codebook).model_copy(update={"defects": ()})
    without = {
        question: why
        for question, why in downgraded(study, codebook, book).items()
        if why != Outlook.UNCALIBRATED  # that is what is to be found out
    }
    plan = direct_plan(study, codebook, book, settings)
    return Context(study, codebook, book, plan, without)


def replicate(
    root: Path,
    scenario: str,
    seed: int,
    *,
    through_intake: bool = False,
    shared: dict[str, Any] | None = None,
) -> list[Row]:
    """Return one row per verdict question and test of a synthetic study drawn with ``seed``.

    Parameters
    ----------
    through_intake : bool
        Encode the study as raw feeds, validate them, and build every product with all its tables,
        as files would. By default the study is drawn as validated data, and only what verdicts rest
        on is built: the same numbers (a test compares them), several times as fast.
    shared : dict, optional
        The same for every scenario of one seed, see `draw_direct`.

    Notes
    -----
    The agreed test of a question has its verdict and its adjusted p; the other tests that a
    question could be agreed with see the same changes, and have an interval and ``p_zero``, the
    two-sided p of "no effect" before any gate or adjustment.
    """
    context = load_context(root)
    products, truth = _drawn(context, scenario, seed, through_intake, shared)
    study, codebook, book = context.study, context.codebook, context.book
    contrasts = estimate_contrasts(study, codebook, book, products, without=context.without)
    verdicts = verdict_table(study, codebook, book, contrasts)
    known = truth.set_index(["indicator", "wave", "weighting"])["truth"].to_dict()
    rows: list[Row] = []
    for verdict in verdicts.to_dict("records"):
        question = book.questions[verdict["question"]]
        if not question.verdict_wave:
            continue
        key = (question.indicator, question.verdict_wave, str(question.weighting))
        base = {name: verdict.get(name, np.nan) for name in REPLICATE_COLUMNS}
        base |= {"scenario": scenario, "seed": seed, "truth": known.get(key, np.nan)}
        rows += _by_test(context, products, question, base)
    return rows


def replicate_chunk(root: Path, tasks: Sequence[Task]) -> list[Row]:
    """Return the rows of several replicates, each task a seed with its scenarios."""
    rows: list[Row] = []
    for seed, scenarios in tasks:
        shared: dict[str, Any] = {}  # what the scenarios of a seed have in common
        for scenario in scenarios:
            rows += replicate(root, scenario, seed, shared=shared)
    return rows


def _drawn(
    context: Context,
    scenario: str,
    seed: int,
    through_intake: bool,
    shared: dict[str, Any] | None,
) -> tuple[Products, pd.DataFrame]:
    study, codebook, book = context.study, context.codebook, context.book
    if not through_intake:
        data, truth = draw_direct(context.plan, seed, scenario, shared)
        return lean_products(study, codebook, book, data), truth
    settings = context.plan.settings
    drawn = draw_study(study, codebook, book, seed, scenario, parts=PARTS, settings=settings)
    data = validate_frames(study, codebook, drawn.raw)
    return build_products(study, codebook, book, data, lambda _: None), drawn.truth


def _by_test(context: Context, products: Products, question: Question, base: Row) -> list[Row]:
    """Return the row of the agreed test and those of the other tests on the same changes."""
    if question.test in NO_TEST_OF_ITS_OWN:
        return [base | {"test": str(question.test), "agreed": True, "p_zero": np.nan}]
    found = _tests(context, products, question)
    rows = []
    for name in TESTS:
        row = base | {"test": name, "agreed": name == question.test, "p_zero": np.nan}
        if name in found:
            row["p_zero"] = min(found[name].p(0.0, "greater"), found[name].p(0.0, "less"))
        if name != question.test:
            nothing = dict.fromkeys(("ci_low", "ci_high", "p_value", "p_adjusted"), np.nan)
            row |= nothing | {"verdict": "", "p_attainable": np.nan}
        if name in found and name != question.test:
            low, high = found[name].interval(context.study.design.alpha)
            row |= {"ci_low": low, "ci_high": high, "p_attainable": found[name].attainable}
        rows.append(row)
    return rows


def _tests(context: Context, products: Products, question: Question) -> dict[str, AgreedTest]:
    """Return every test of a question; none where its data cannot answer it."""
    study, wave = context.study, str(question.verdict_wave)
    changes = changes_since_baseline(study, context.codebook, products, question, wave)
    if isinstance(changes, str) or changes["change"].isna().any():
        return {}
    change = changes["change"].to_numpy(float)
    residents = changes["residents"].to_numpy(float)
    weights = residents if question.weighting is Weighting.RESIDENT else np.ones(len(change))
    assignments = assignments_of(study, changes["area"].tolist())
    asked = [question.model_copy(update={"test": name}) for name in TESTS]
    return {str(q.test): agreed_test(q, change, weights, assignments) for q in asked}
