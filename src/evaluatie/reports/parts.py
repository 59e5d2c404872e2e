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
from evaluatie.present.monitor import (
    business_cases,
    case_figures,
    concentration,
    cost_effectiveness,
    duration_figures,
    durations,
    financier,
    households,
    mirror,
    mirror_figures,
    payer_figures,
    payers,
    reference,
    runoff,
    selection,
    stacking,
    stacking_figures,
    substitution,
)
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


def _pays(report: ReportContext) -> bool:
    return report.slice.agreement is not None and report.slice.agreement.payer is not None


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
        "payer_matrix": _has(Table.PAYER),
        "substitution": _has(Table.PAYER),
        "payer_gain": _has(Table.PAYER),
        "financier_answer": _pays,
        "costs": _of_kind("arrangement_cost"),
        "users": _of_kind("arrangement_cost"),
        "reconciliation": _of_kind("arrangement_cost"),
        "runoff": _has(Table.RUNOFF),
        "household_cost": _of_kind("household_cost"),
        "insured": _of_kind("insured_cost"),
        "long_term": _of_kind("annual_total"),
        "descriptive": lambda report: bool(report.descriptive),
        "counts": _counted,
        "stacking": _of_kind("stacking"),
        "combinations": _of_kind("stacking"),
        "stacking_episodes": _of_kind("stacking"),
        "concentration": _of_kind("concentration"),
        "high_cost": _of_kind("concentration"),
        "selected": _of_kind("selection"),
        "waiting": _of_kind("duration"),
        "support_ends": _of_kind("care_end"),
        "staff": _of_kind("recurrent"),
        "duration_ratios": _has(Table.DURATION),
        "programme": _has(Table.PROGRAMME),
        "cases": _of_kind("business_case"),
        "case_assumptions": _of_kind("business_case"),
        "case_payers": _of_kind("business_case"),
        "case_tornado": _of_kind("business_case"),
        "case_break_even": _of_kind("business_case"),
        "case_settings": _of_kind("business_case"),
        "cost_per_gain": _of_kind("cost_effectiveness"),
        "gain_plane": _of_kind("cost_effectiveness"),
        "acceptability": _of_kind("cost_effectiveness"),
        "mirror": _has(Table.MIRROR),
        "mirror_cost": _has(Table.MIRROR),
        "mirror_together": _has(Table.MIRROR),
        "mirror_goal": _has(Table.MIRROR),
        "mirror_years": _has(Table.MIRROR),
        "mirror_limits": _has(Table.MIRROR),
        "agreed_rates": _has(Table.MIRROR),
        "household_laws": _has(Table.MIRROR),
        "public": _of_kind("public_cost"),
        "public_laws": _of_kind("public_cost"),
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
    whose = {q.id: q.payer for q in report.slice.questions if q.payer}
    return tables.payers_table(report.rows, report.labels, whose, report.wave)


def _financier(report: ReportContext) -> View:
    found = report.slice
    return financier.financier_table(
        found.agreement, found.questions, report.rows, found.verdicts, report.labels, report.wave
    )


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
        "stacking_levels": ("stacking", _plain(stacking.stacking_levels_table)),
        "at_once": ("stacking", _plain(stacking.at_once_table)),
        "combinations": ("combinations", _plain(stacking.combinations_table)),
        "stacking_episodes": ("stacking_episodes", _plain(stacking.stacking_episodes_table)),
        "stacking_ends": ("stacking_episodes", _plain(stacking.stacking_ends_table)),
        "concentration": ("concentration", _plain(concentration.concentration_table)),
        "cross_domain": ("high_cost", _plain(concentration.cross_domain_table)),
        "persistence": ("high_cost", _plain(concentration.persistence_table)),
        "selected": ("selected", _plain(selection.selection_table)),
        "payer_matrix": ("payer_matrix", _at_wave(payers.matrix_table)),
        "payer_beyond": ("payer_matrix", _at_wave(payers.beyond_table)),
        "payer_care": ("payer_matrix", _at_wave(payers.care_table)),
        "payer_gain": ("payer_gain", _at_wave(payers.gain_table)),
        "payer_pockets": ("payer_gain", _at_wave(payers.pockets_table)),
        "substitution": ("substitution", _at_wave(substitution.substitution_table)),
        "substitution_households": ("substitution", _at_wave(substitution.households_table)),
        "financier_answer": ("financier_answer", _financier),
        "sensitivity": ("sensitivity", _at_wave(robustness.sensitivity_table)),
        "robustness": ("sensitivity", _at_wave(robustness.robustness_table)),
        "descriptive": ("descriptive", _descriptive),
        "counts": ("counts", _counts),
        "programme": ("programme", _plain(cost_tables.programme_table)),
        "cases": ("cases", _plain(business_cases.cases_table)),
        "case_assumptions": ("case_assumptions", _plain(business_cases.assumptions_table)),
        "case_payers": ("case_payers", _plain(business_cases.case_payers_table)),
        "case_break_even": ("case_break_even", _plain(business_cases.break_even_table)),
        "case_settings": ("case_settings", _plain(business_cases.settings_table)),
        "cost_per_gain": ("cost_per_gain", _at_wave(cost_effectiveness.cost_per_gain_table)),
        "gain_thresholds": ("acceptability", _at_wave(cost_effectiveness.thresholds_table)),
        "cost_levels": ("costs", _plain(cost_tables.cost_levels_table)),
        "runoff": ("runoff", _plain(runoff.runoff_table)),
        "household_cost": ("household_cost", _plain(households.household_cost_table)),
        "household_spread": ("household_cost", _plain(households.household_spread_table)),
        "household_change": ("household_cost", _at_wave(households.household_change_table)),
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
        "mirror": ("mirror", _plain(mirror.mirror_table)),
        "mirror_years": ("mirror_years", _plain(mirror.mirror_years_table)),
        "agreed_rates": ("agreed_rates", _plain(mirror.agreed_rates_table)),
        "household_laws": ("household_laws", _plain(mirror.household_laws_table)),
        "public_insured": ("public", _plain(reference.public_insured_table)),
        "public_parts": ("public", _plain(reference.public_parts_table)),
        "public_laws": ("public_laws", _plain(reference.public_laws_table)),
        "durations": ("waiting", _plain(durations.durations_table)),
        "duration_years": ("waiting", _plain(durations.duration_years_table)),
        "support_durations": ("support_ends", _plain(durations.support_durations_table)),
        "support_ends": ("support_ends", _plain(durations.support_ends_table)),
        "staff": ("staff", _plain(durations.staff_table)),
        "duration_ratios": ("duration_ratios", _plain(durations.duration_ratios_table)),
    }
)


def _funnel(measure: str) -> Callable[[ReportContext], View]:
    return lambda report: mirror_figures.funnel_figure(
        report.rows, report.labels, measure, report.slice.label
    )


FIGURES: Mapping[str, Maker] = MappingProxyType(
    {
        "payer_beyond": ("payer_matrix", _stamped(payer_figures.payer_figure)),
        "forest": ("forest", _stamped(forest.forest_of_questions)),
        "robustness": ("sensitivity", _stamped(robustness.robustness_figure)),
        "changes": ("change", _stamped(forest.forest_of_changes)),
        "spider": ("profile", _spider),
        "response": ("response", _stamped(figures.response_figure)),
        "representativeness": ("representativeness", _stamped(figures.representativeness_figure)),
        "weights": ("weights", _stamped(figures.weights_figure)),
        "tornado": (
            "case_tornado",
            lambda report: case_figures.tornado_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "gain_plane": ("gain_plane", _stamped(cost_effectiveness.plane_figure)),
        "acceptability": ("acceptability", _stamped(cost_effectiveness.acceptability_figure)),
        "selected_path": ("selected", _stamped(selection.selection_figure)),
        "combinations": (
            "combinations",
            lambda report: stacking_figures.combinations_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "lorenz": (
            "concentration",
            lambda report: concentration.lorenz_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "costs": (
            "costs",
            lambda report: cost_figures.cost_figure(report.rows, report.labels, report.slice.label),
        ),
        "household_cost": (
            "household_cost",
            lambda report: households.household_cost_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "mirror_cost": ("mirror_cost", _funnel("cost_ratio")),
        "mirror_together": ("mirror_together", _funnel("together_share")),
        "mirror_goal": ("mirror_goal", _funnel("goal_share")),
        "public_insured": (
            "public",
            lambda report: reference.public_insured_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "insured": (
            "insured",
            lambda report: cost_figures.insured_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "waiting": (
            "waiting",
            lambda report: duration_figures.waiting_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "support_ends": (
            "support_ends",
            lambda report: duration_figures.support_ends_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
        "staff": (
            "staff",
            lambda report: duration_figures.staff_figure(
                report.rows, report.labels, report.slice.label
            ),
        ),
    }
)
