"""The table of contents of the reports: part -> when it was agreed, name -> how it is made."""

from __future__ import annotations

from collections.abc import Mapping
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
from evaluatie.reports.makers import (
    Condition,
    Maker,
    View,
    at_wave,
    has,
    judged,
    of_kind,
    plain,
    stamped,
)
from evaluatie.reports.monitor_parts import MONITOR_FIGURES, MONITOR_PARTS, MONITOR_TABLES
from evaluatie.results import Table

if TYPE_CHECKING:
    from evaluatie.reports.context import ReportContext


def _tested(report: ReportContext) -> bool:
    return len(report.descriptive) < len(report.slice.questions)


def _surveyed(report: ReportContext) -> bool:
    return any(q.section == "survey" for q in report.slice.questions)


def _followed(report: ReportContext) -> bool:
    return report.wave != report.labels.order("wave")[0]


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
        "costs": of_kind("arrangement_cost"),
        "users": of_kind("arrangement_cost"),
        "reconciliation": of_kind("arrangement_cost"),
        "insured": of_kind("insured_cost"),
        "long_term": of_kind("annual_total"),
        "descriptive": lambda report: bool(report.descriptive),
        "counts": _counted,
        "programme": has(Table.PROGRAMME),
        "sensitivity": has(Table.SENSITIVITY),
        "reliability": has(Table.RELIABILITY),
        "attrition": has(Table.ATTRITION),
        "stayers": has(Table.ATTRITION),
        "responders": has(Table.SUBGROUP),
        "subgroups": has(Table.SUBGROUP),
        "trend": has(Table.SERIES),
        "series": has(Table.SERIES),
        "response": _surveyed,
        "representativeness": _surveyed,
        "weights": _surveyed,
        "scores": _surveyed,
        "change": lambda report: _surveyed(report) and _followed(report),
        "profile": lambda report: bool(report.groups),
        "profile_change": lambda report: bool(report.groups) and _followed(report),
    }
    | dict(MONITOR_PARTS)
)


def _payers(report: ReportContext) -> View:
    whose = {q.id: q.payer for q in report.slice.questions if q.payer}
    return tables.payers_table(report.rows, report.labels, whose, report.wave)


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
        "verdicts": ("summary", judged(tables.verdicts_table)),
        "evidence": ("evidence", at_wave(tables.evidence_table)),
        "waves": ("waves", judged(tables.waves_table)),
        "payers": ("payers", _payers),
        "sensitivity": ("sensitivity", at_wave(robustness.sensitivity_table)),
        "robustness": ("sensitivity", at_wave(robustness.robustness_table)),
        "descriptive": ("descriptive", _descriptive),
        "counts": ("counts", _counts),
        "programme": ("programme", plain(cost_tables.programme_table)),
        "cost_levels": ("costs", plain(cost_tables.cost_levels_table)),
        "insured_levels": ("insured", plain(cost_tables.insured_levels_table)),
        "annual_levels": ("long_term", plain(cost_tables.annual_levels_table)),
        "annual_users": ("long_term", plain(cost_tables.annual_users_table)),
        "users": ("users", plain(cost_tables.users_table)),
        "reconciliation": ("reconciliation", plain(cost_tables.reconciliation_table)),
        "response": ("response", at_wave(survey_tables.response_table)),
        "weights": ("weights", at_wave(survey_tables.weights_table)),
        "scores": ("scores", at_wave(survey_tables.scores_table)),
        "changes": ("change", at_wave(survey_tables.changes_table)),
        "spider": ("profile", _spider_table),
        "spider_changes": ("profile_change", _spider_changes),
        "quality": ("quality", at_wave(survey_tables.quality_table)),
        "reliability": ("reliability", at_wave(account_tables.reliability_table)),
        "attrition": ("attrition", at_wave(account_tables.attrition_table)),
        "stayers": ("stayers", at_wave(account_tables.stayers_table)),
        "responders": ("responders", at_wave(account_tables.responders_table)),
        "subgroups": ("subgroups", at_wave(account_tables.subgroups_table)),
        "trend": ("trend", at_wave(account_tables.trend_table)),
        "series": ("series", at_wave(account_tables.series_table)),
        "series_checks": ("series", at_wave(account_tables.series_checks_table)),
    }
    | dict(MONITOR_TABLES)
)


FIGURES: Mapping[str, Maker] = MappingProxyType(
    {
        "forest": ("forest", stamped(forest.forest_of_questions)),
        "robustness": ("sensitivity", stamped(robustness.robustness_figure)),
        "changes": ("change", stamped(forest.forest_of_changes)),
        "spider": ("profile", _spider),
        "response": ("response", stamped(figures.response_figure)),
        "representativeness": ("representativeness", stamped(figures.representativeness_figure)),
        "weights": ("weights", stamped(figures.weights_figure)),
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
    | dict(MONITOR_FIGURES)
)
