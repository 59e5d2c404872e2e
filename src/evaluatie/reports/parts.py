"""The table of contents of the reports: part -> when it was agreed, name -> how it is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from evaluatie.present import (
    account_tables,
    cost_figures,
    cost_tables,
    figures,
    forest,
    robustness,
    survey_tables,
    tables,
)
from evaluatie.present.fragments import FigureView, Nothing, TableView, Text
from evaluatie.results import Table

if TYPE_CHECKING:
    from evaluatie.reports.context import ReportContext

View = TableView | FigureView | Text | Nothing
Condition = Callable[["ReportContext"], bool]
Maker = tuple[str, Callable[["ReportContext"], View]]


def _tested(report: ReportContext) -> bool:
    return len(report.descriptive) < len(report.slice.questions)


def _surveyed(report: ReportContext) -> bool:
    return any(q.section == "survey" for q in report.slice.questions)


def _followed(report: ReportContext) -> bool:
    return report.wave != report.labels.order("wave")[0]


def _has(table: Table) -> Condition:
    return lambda report: cost_tables.has_rows(report.rows, table)


def _of_kind(*kinds: str) -> Condition:
    return lambda report: bool(report.kinds & set(kinds))


def _counted(report: ReportContext) -> bool:
    found = report.rows[report.rows["table"] == str(Table.PROCESS)]
    return bool(found["area"].isin(tables.WHOLE).any() and (found["category"] != "").any())


def _paid(report: ReportContext) -> bool:
    return any(q.payer and q.test != "none" for q in report.slice.questions)


SURVEYED = ("response", "representativeness", "weights", "scores", "change", "profile",
            "profile_change")  # fmt: skip
PARTS: Mapping[str, Condition] = MappingProxyType(
    {  # parts that depend on what was agreed; every other part is always there
        "forest": _tested,
        "evidence": _tested,
        "waves": _tested,
        "payers": _paid,
        "costs": _of_kind("arrangement_cost"),
        "users": _of_kind("arrangement_cost"),
        "reconciliation": _of_kind("arrangement_cost"),
        "insured": _of_kind("insured_cost"),
        "long_term": _of_kind("annual_total"),
        "descriptive": lambda report: bool(report.descriptive),
        "counts": _counted,
        "programme": _has(Table.PROGRAMME),
        "sensitivity": _has(Table.SENSITIVITY),
        "reliability": _has(Table.RELIABILITY),
        "attrition": _has(Table.ATTRITION),
        "stayers": _has(Table.ATTRITION),
        "responders": _has(Table.SUBGROUP),
        "subgroups": _has(Table.SUBGROUP),
        "trend": _has(Table.SERIES),
        "series": _has(Table.SERIES),
        "response": _surveyed,
        "representativeness": _surveyed,
        "weights": _surveyed,
        "scores": _surveyed,
        "change": lambda report: _surveyed(report) and _followed(report),
        "profile": lambda report: bool(report.groups),
        "profile_change": lambda report: bool(report.groups) and _followed(report),
    }
)


def _stamped(make: Callable[..., FigureView | Text]) -> Callable[[ReportContext], View]:
    return lambda report: make(report.rows, report.labels, report.wave, report.slice.label)


def _plain(make: Callable[..., TableView | Text]) -> Callable[[ReportContext], View]:
    return lambda report: make(report.rows, report.labels)


def _at_wave(make: Callable[..., TableView | Text]) -> Callable[[ReportContext], View]:
    return lambda report: make(report.rows, report.labels, report.wave)


def _judged(make: Callable[..., TableView | Text]) -> Callable[[ReportContext], View]:
    return lambda report: make(report.rows, report.slice.verdicts, report.labels, report.wave)


def _payers(report: ReportContext) -> View:
    payers = {q.id: q.payer for q in report.slice.questions if q.payer}
    return tables.payers_table(report.rows, report.labels, payers, report.wave)


def _descriptive(report: ReportContext) -> View:
    return survey_tables.descriptive_table(
        report.rows, report.labels, report.wave, report.descriptive
    )


def _counts(report: ReportContext) -> View:
    return survey_tables.counts_table(report.rows, report.labels, report.wave, report.descriptive)


def _spider(report: ReportContext) -> View:
    group, label = report.groups[0], report.slice.label
    return figures.spider(report.rows, report.labels, report.wave, group, label)


def _spider_table(report: ReportContext) -> View:
    group = report.groups[0]
    return survey_tables.scores_table(
        report.rows, report.labels, report.wave, ident="spider-table", group=group
    )


def _spider_changes(report: ReportContext) -> View:
    group = report.groups[0]
    return survey_tables.changes_table(
        report.rows, report.labels, report.wave, ident="spider-changes", group=group
    )


TABLES: Mapping[str, Maker] = MappingProxyType(
    {
        "verdicts": ("summary", _judged(tables.verdicts_table)),
        "evidence": ("evidence", _at_wave(tables.evidence_table)),
        "waves": ("waves", _judged(tables.waves_table)),
        "payers": ("payers", _payers),
        "sensitivity": ("sensitivity", _at_wave(robustness.sensitivity_table)),
        "robustness": ("sensitivity", _at_wave(robustness.robustness_table)),
        "descriptive": ("descriptive", _descriptive),
        "counts": ("counts", _counts),
        "programme": ("programme", _plain(cost_tables.programme_table)),
        "cost_levels": ("costs", _plain(cost_tables.cost_levels_table)),
        "insured_levels": ("insured", _plain(cost_tables.insured_levels_table)),
        "annual_levels": ("long_term", _plain(cost_tables.annual_levels_table)),
        "annual_users": ("long_term", _plain(cost_tables.annual_users_table)),
        "users": ("users", _plain(cost_tables.users_table)),
        "reconciliation": ("reconciliation", _plain(cost_tables.reconciliation_table)),
        "response": ("response", _at_wave(survey_tables.response_table)),
        "weights": ("weights", _at_wave(survey_tables.weights_table)),
        "scores": ("scores", _at_wave(survey_tables.scores_table)),
        "changes": ("change", _at_wave(survey_tables.changes_table)),
        "spider": ("profile", _spider_table),
        "spider_changes": ("profile_change", _spider_changes),
        "quality": ("quality", _at_wave(survey_tables.quality_table)),
        "reliability": ("reliability", _at_wave(account_tables.reliability_table)),
        "attrition": ("attrition", _at_wave(account_tables.attrition_table)),
        "stayers": ("stayers", _at_wave(account_tables.stayers_table)),
        "responders": ("responders", _at_wave(account_tables.responders_table)),
        "subgroups": ("subgroups", _at_wave(account_tables.subgroups_table)),
        "trend": ("trend", _at_wave(account_tables.trend_table)),
        "series": ("series", _at_wave(account_tables.series_table)),
        "series_checks": ("series", _at_wave(account_tables.series_checks_table)),
    }
)

FIGURES: Mapping[str, Maker] = MappingProxyType(
    {
        "forest": ("forest", _stamped(forest.forest_of_questions)),
        "robustness": ("sensitivity", _stamped(robustness.robustness_figure)),
        "changes": ("change", _stamped(forest.forest_of_changes)),
        "spider": ("profile", _spider),
        "response": ("response", _stamped(figures.response_figure)),
        "representativeness": ("representativeness", _stamped(figures.representativeness_figure)),
        "weights": ("weights", _stamped(figures.weights_figure)),
        "costs": (
            "costs",
            lambda report: cost_figures.cost_figure(report.rows, report.labels, report.slice.label),
        ),
        "insured": (
            "insured",
            lambda report: cost_figures.insured_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
    }
)
