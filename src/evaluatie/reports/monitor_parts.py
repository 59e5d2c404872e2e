"""Parts of the cost monitor: when each was agreed, and how it is made; see `parts`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

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
from evaluatie.reports.makers import (
    Condition,
    Maker,
    View,
    at_wave,
    drawn,
    has,
    of_kind,
    plain,
    stamped,
)
from evaluatie.results import Table

if TYPE_CHECKING:
    from evaluatie.reports.context import ReportContext


def _pays(report: ReportContext) -> bool:
    return report.slice.agreement is not None and report.slice.agreement.payer is not None


def _financier(report: ReportContext) -> View:
    found = report.slice
    return financier.financier_table(
        found.agreement, found.questions, report.rows, found.verdicts, report.labels, report.wave
    )


def _funnel(measure: str) -> Callable[[ReportContext], View]:
    return lambda report: mirror_figures.funnel_figure(
        report.rows, report.labels, measure, report.slice.label
    )


MONITOR_PARTS: Mapping[str, Condition] = MappingProxyType(
    {
        "payer_matrix": has(Table.PAYER),
        "substitution": has(Table.PAYER),
        "payer_gain": has(Table.PAYER),
        "financier_answer": _pays,
        "runoff": has(Table.RUNOFF),
        "household_cost": of_kind("household_cost"),
        "stacking": of_kind("stacking"),
        "combinations": of_kind("stacking"),
        "stacking_episodes": of_kind("stacking"),
        "concentration": of_kind("concentration"),
        "high_cost": of_kind("concentration"),
        "selected": of_kind("selection"),
        "waiting": of_kind("duration"),
        "support_ends": of_kind("care_end"),
        "staff": of_kind("recurrent"),
        "duration_ratios": has(Table.DURATION),
        "cases": of_kind("business_case"),
        "case_assumptions": of_kind("business_case"),
        "case_payers": of_kind("business_case"),
        "case_tornado": of_kind("business_case"),
        "case_break_even": of_kind("business_case"),
        "case_settings": of_kind("business_case"),
        "cost_per_gain": of_kind("cost_effectiveness"),
        "gain_plane": of_kind("cost_effectiveness"),
        "acceptability": of_kind("cost_effectiveness"),
        "mirror": has(Table.MIRROR),
        "mirror_cost": has(Table.MIRROR),
        "mirror_together": has(Table.MIRROR),
        "mirror_goal": has(Table.MIRROR),
        "mirror_years": has(Table.MIRROR),
        "mirror_limits": has(Table.MIRROR),
        "agreed_rates": has(Table.MIRROR),
        "household_laws": has(Table.MIRROR),
        "public": of_kind("public_cost"),
        "public_laws": of_kind("public_cost"),
    }
)

WHOLE_PERIOD = (
    "selected",
    "stacking_episodes",
    "waiting",
    "support_ends",
    "staff",
    "duration_ratios",
)
"""Parts about everything that was followed: reports of earlier waves say that it comes later."""

MONITOR_TABLES: Mapping[str, Maker] = MappingProxyType(
    {
        "stacking_levels": ("stacking", plain(stacking.stacking_levels_table)),
        "at_once": ("stacking", plain(stacking.at_once_table)),
        "combinations": ("combinations", plain(stacking.combinations_table)),
        "stacking_episodes": ("stacking_episodes", plain(stacking.stacking_episodes_table)),
        "stacking_ends": ("stacking_episodes", plain(stacking.stacking_ends_table)),
        "concentration": ("concentration", plain(concentration.concentration_table)),
        "cross_domain": ("high_cost", plain(concentration.cross_domain_table)),
        "persistence": ("high_cost", plain(concentration.persistence_table)),
        "selected": ("selected", plain(selection.selection_table)),
        "payer_matrix": ("payer_matrix", at_wave(payers.matrix_table)),
        "payer_beyond": ("payer_matrix", at_wave(payers.beyond_table)),
        "payer_care": ("payer_matrix", at_wave(payers.care_table)),
        "payer_gain": ("payer_gain", at_wave(payers.gain_table)),
        "payer_pockets": ("payer_gain", at_wave(payers.pockets_table)),
        "substitution": ("substitution", at_wave(substitution.substitution_table)),
        "substitution_households": ("substitution", at_wave(substitution.households_table)),
        "financier_answer": ("financier_answer", _financier),
        "cases": ("cases", plain(business_cases.cases_table)),
        "case_assumptions": ("case_assumptions", plain(business_cases.assumptions_table)),
        "case_payers": ("case_payers", plain(business_cases.case_payers_table)),
        "case_break_even": ("case_break_even", plain(business_cases.break_even_table)),
        "case_settings": ("case_settings", plain(business_cases.settings_table)),
        "cost_per_gain": ("cost_per_gain", at_wave(cost_effectiveness.cost_per_gain_table)),
        "gain_thresholds": ("acceptability", at_wave(cost_effectiveness.thresholds_table)),
        "runoff": ("runoff", plain(runoff.runoff_table)),
        "household_cost": ("household_cost", plain(households.household_cost_table)),
        "household_spread": ("household_cost", plain(households.household_spread_table)),
        "household_change": ("household_cost", at_wave(households.household_change_table)),
        "mirror": ("mirror", plain(mirror.mirror_table)),
        "mirror_years": ("mirror_years", plain(mirror.mirror_years_table)),
        "agreed_rates": ("agreed_rates", plain(mirror.agreed_rates_table)),
        "household_laws": ("household_laws", plain(mirror.household_laws_table)),
        "public_insured": ("public", plain(reference.public_insured_table)),
        "public_parts": ("public", plain(reference.public_parts_table)),
        "public_laws": ("public_laws", plain(reference.public_laws_table)),
        "durations": ("waiting", plain(durations.durations_table)),
        "duration_years": ("waiting", plain(durations.duration_years_table)),
        "support_durations": ("support_ends", plain(durations.support_durations_table)),
        "support_ends": ("support_ends", plain(durations.support_ends_table)),
        "staff": ("staff", plain(durations.staff_table)),
        "duration_ratios": ("duration_ratios", plain(durations.duration_ratios_table)),
    }
)

MONITOR_FIGURES: Mapping[str, Maker] = MappingProxyType(
    {
        "payer_beyond": ("payer_matrix", stamped(payer_figures.payer_figure)),
        "tornado": ("case_tornado", drawn(case_figures.tornado_figure)),
        "gain_plane": ("gain_plane", stamped(cost_effectiveness.plane_figure)),
        "acceptability": ("acceptability", stamped(cost_effectiveness.acceptability_figure)),
        "selected_path": ("selected", drawn(selection.selection_figure)),
        "combinations": ("combinations", drawn(stacking_figures.combinations_figure)),
        "lorenz": ("concentration", drawn(concentration.lorenz_figure)),
        "household_cost": ("household_cost", drawn(households.household_cost_figure)),
        "mirror_cost": ("mirror_cost", _funnel("cost_ratio")),
        "mirror_together": ("mirror_together", _funnel("together_share")),
        "mirror_goal": ("mirror_goal", _funnel("goal_share")),
        "public_insured": ("public", drawn(reference.public_insured_figure)),
        "waiting": ("waiting", drawn(duration_figures.waiting_figure)),
        "support_ends": ("support_ends", drawn(duration_figures.support_ends_figure)),
        "staff": ("staff", drawn(duration_figures.staff_figure)),
    }
)
