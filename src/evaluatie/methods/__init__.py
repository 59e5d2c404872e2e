"""Estimators: arrays in, frozen results with stated shapes out; one estimator per file."""

from evaluatie.methods.areas.adjusted_randomisation import adjusted_randomisation_test
from evaluatie.methods.areas.did import EFFECT, check_arms, two_by_two, two_way
from evaluatie.methods.areas.doubly_robust import (
    DoublyRobust,
    doubly_robust_panel,
    doubly_robust_sections,
)
from evaluatie.methods.areas.event_study import (
    EventStudy,
    area_difference,
    event_study,
    trend_difference,
)
from evaluatie.methods.areas.few_clusters import (
    ClusteredFit,
    ClusterTest,
    cr0,
    cr1,
    cr2,
    cr3,
    fit_clustered,
    jackknife,
    jackknife_of,
)
from evaluatie.methods.areas.joint_randomisation import JointContrast, joint_contrast
from evaluatie.methods.areas.randomisation import (
    Alternative,
    Assignments,
    RandomisationTest,
    complete_assignments,
    difference,
    paired_assignments,
    randomisation_interval,
    randomisation_test,
    toward,
)
from evaluatie.methods.areas.synthetic_control import (
    SyntheticEstimate,
    placebo_estimates,
    synthetic_control,
    synthetic_did,
)
from evaluatie.methods.areas.wild_bootstrap import WildTest, wild_bootstrap, wild_interval
from evaluatie.methods.change.gee import GeeFit, gee
from evaluatie.methods.change.mixed_model import MixedModel, grouping, intercept_slope, mixed_model
from evaluatie.methods.change.ordinal import OrdinalFit, cut_odds, proportional_odds
from evaluatie.methods.claims.equivalence import (
    Equivalence,
    randomisation_equivalence,
    randomisation_not_worse,
    share_equivalence,
    t_equivalence,
)
from evaluatie.methods.claims.multiplicity import (
    drawn_max_t,
    fixed_sequence,
    intersection_union,
    p_adjust,
    stepdown_max_t,
)
from evaluatie.methods.claims.power import (
    PlannedContrast,
    attainable_level,
    change_variance,
    claim_power,
    detectable,
    drawn_differences,
    drawn_p,
    equivalence_power,
    planned_contrast,
    with_areas,
)
from evaluatie.methods.economics.area_increment import area_increment, ellipse_radius
from evaluatie.methods.economics.assumptions import Assumption, draw_assumptions
from evaluatie.methods.economics.discounting import discount_factors, present_value
from evaluatie.methods.economics.incremental import (
    Increment,
    Quadrant,
    RatioInterval,
    bootstrap_ratio_interval,
    fieller_interval,
    quadrant,
    quadrant_shares,
    ratio,
)
from evaluatie.methods.economics.net_benefit import (
    NetBenefit,
    acceptability,
    acceptability_frontier,
    net_benefit,
    perfect_information,
)
from evaluatie.methods.economics.one_way import Swing, break_even, payback, tornado
from evaluatie.methods.economics.quality_years import area_under_curve
from evaluatie.methods.inequality.concentration_index import concentration_index
from evaluatie.methods.inequality.gini import gini
from evaluatie.methods.inequality.lorenz import lorenz
from evaluatie.methods.inequality.spread import Inequality, fractional_rank
from evaluatie.methods.inequality.top_share import top_share
from evaluatie.methods.inequality.top_share_bootstrap import bootstrap_t_top_share
from evaluatie.methods.intervals import interval, logit_interval, share_interval
from evaluatie.methods.irls import GlmFit, fit_glm
from evaluatie.methods.missing.imputation import Imputations, impute
from evaluatie.methods.missing.imputation_checks import VariableKind
from evaluatie.methods.missing.inverse_propensity import WeightedBack, ipw_mean
from evaluatie.methods.missing.pooling import Pooled, PooledWald, pool, pool_wald
from evaluatie.methods.missing.response_propensity import ResponsePropensity, fit_propensity
from evaluatie.methods.performance.funnel import (
    Limits,
    Overdispersion,
    additive_limits,
    exact_ratio_limits,
    exact_share_limits,
    multiplicative_limits,
    overdispersion,
    ratio_errors,
    share_errors,
)
from evaluatie.methods.reserving.chain_ladder import (
    Completed,
    Development,
    chain_ladder,
    complete_amounts,
    lognormal_interval,
)
from evaluatie.methods.sampling.calibration_weights import Calibrated, Distance, calibrate
from evaluatie.methods.sampling.contingency import RaoScott, rao_scott, rao_scott_fit
from evaluatie.methods.sampling.design import Design, DesignEstimate, Linearised
from evaluatie.methods.sampling.design_estimates import design_change, design_mean, design_total
from evaluatie.methods.sampling.quantiles import QuantileEstimate, design_quantile, quantile_columns
from evaluatie.methods.sampling.raking import Margin, Raked, rake, rake_columns
from evaluatie.methods.sampling.ratios import design_ratio
from evaluatie.methods.sampling.replicates import (
    Centre,
    Replicates,
    bootstrap_replicates,
    jackknife_replicates,
)
from evaluatie.methods.sampling.residuals import Calibration, Residuals
from evaluatie.methods.sampling.stages import FinitePopulation
from evaluatie.methods.sampling.survey_regression import (
    Family,
    SurveyRegression,
    SurveyTTest,
    survey_regression,
    survey_t_test,
)
from evaluatie.methods.sampling.trimming import effective_n, kish_deff, trim
from evaluatie.methods.scales.one_factor import OneFactor, one_factor
from evaluatie.methods.scales.reliability import Reliability, reliability
from evaluatie.methods.selection.chosen_cohort import (
    Cohort,
    Losses,
    chosen_cohort,
    cohort_losses,
    followed,
)
from evaluatie.methods.selection.common_support import has_neighbours
from evaluatie.methods.selection.equally_selected import EquallySelected, equally_selected
from evaluatie.methods.selection.household_months import (
    Histories,
    HouseholdMonths,
    histories,
    household_months,
)
from evaluatie.methods.selection.regression_to_the_mean import (
    ExpectedChange,
    TwoMeasurements,
    expected_change_lognormal,
    expected_change_normal,
    threshold_effect,
    two_measurements,
)
from evaluatie.methods.selection.selected_change import (
    Followed,
    SelectedChange,
    Spread,
    expected_level,
    observed_level,
    selected_change,
)
from evaluatie.methods.series.arima_errors import arima_errors
from evaluatie.methods.series.arma_errors import arma_errors
from evaluatie.methods.series.autocorrelation import (
    AutocorrelationTest,
    autocorrelation,
    breusch_godfrey,
    durbin_watson,
    ljung_box,
)
from evaluatie.methods.series.controlled_series import controlled_outcome, interaction
from evaluatie.methods.series.count_series import controlled_counts, quasi_poisson
from evaluatie.methods.series.prais_winsten import prais_winsten
from evaluatie.methods.series.segmented import newey_west
from evaluatie.methods.series.series_fit import Effect, SeriesFit
from evaluatie.methods.series.series_gate import (
    SeriesSpec,
    periods_on_each_side,
    series_refusal,
    usable_periods,
)
from evaluatie.methods.series.time_series import (
    TimeRegression,
    segmented_columns,
    segmented_series,
    time_regression,
)
from evaluatie.methods.skewed.bootstrap import (
    BootstrapIntervals,
    bootstrap_intervals,
    jackknife_influence,
    resampled,
)
from evaluatie.methods.skewed.gamma_glm import TwoPart, gamma_glm, gamma_replicates, two_part
from evaluatie.methods.survival.accelerated import AcceleratedFit, accelerated
from evaluatie.methods.survival.baseline_hazard import predicted_survival
from evaluatie.methods.survival.cox import CoxFit, cox
from evaluatie.methods.survival.cumulative_incidence import (
    Cumulated,
    cumulative_incidence,
    mean_cumulative,
)
from evaluatie.methods.survival.kaplan_meier import (
    SurvivalCurve,
    clustered_error,
    kaplan_meier,
)
from evaluatie.methods.survival.log_rank import LogRank, log_rank
from evaluatie.methods.survival.proportional_hazards import (
    ProportionalityTest,
    proportional_hazards,
)
from evaluatie.methods.survival.restricted_mean import (
    RestrictedMean,
    restricted_difference,
    restricted_mean,
)
from evaluatie.methods.survival.spells import Spells, spells

__all__ = [
    "EFFECT",
    "AcceleratedFit",
    "Alternative",
    "Assignments",
    "Assumption",
    "AutocorrelationTest",
    "BootstrapIntervals",
    "Calibrated",
    "Calibration",
    "Centre",
    "ClusterTest",
    "ClusteredFit",
    "Cohort",
    "Completed",
    "CoxFit",
    "Cumulated",
    "Design",
    "DesignEstimate",
    "Development",
    "Distance",
    "DoublyRobust",
    "Effect",
    "EquallySelected",
    "Equivalence",
    "EventStudy",
    "ExpectedChange",
    "Family",
    "FinitePopulation",
    "Followed",
    "GeeFit",
    "GlmFit",
    "Histories",
    "HouseholdMonths",
    "Imputations",
    "Increment",
    "Inequality",
    "JointContrast",
    "Limits",
    "Linearised",
    "LogRank",
    "Losses",
    "Margin",
    "MixedModel",
    "NetBenefit",
    "OneFactor",
    "OrdinalFit",
    "Overdispersion",
    "PlannedContrast",
    "Pooled",
    "PooledWald",
    "ProportionalityTest",
    "Quadrant",
    "QuantileEstimate",
    "Raked",
    "RandomisationTest",
    "RaoScott",
    "RatioInterval",
    "Reliability",
    "Replicates",
    "Residuals",
    "ResponsePropensity",
    "RestrictedMean",
    "SelectedChange",
    "SeriesFit",
    "SeriesSpec",
    "Spells",
    "Spread",
    "SurveyRegression",
    "SurveyTTest",
    "SurvivalCurve",
    "Swing",
    "SyntheticEstimate",
    "TimeRegression",
    "TwoMeasurements",
    "TwoPart",
    "VariableKind",
    "WeightedBack",
    "WildTest",
    "accelerated",
    "acceptability",
    "acceptability_frontier",
    "additive_limits",
    "adjusted_randomisation_test",
    "area_difference",
    "area_increment",
    "area_under_curve",
    "arima_errors",
    "arma_errors",
    "attainable_level",
    "autocorrelation",
    "bootstrap_intervals",
    "bootstrap_ratio_interval",
    "bootstrap_replicates",
    "bootstrap_t_top_share",
    "break_even",
    "breusch_godfrey",
    "calibrate",
    "chain_ladder",
    "change_variance",
    "check_arms",
    "chosen_cohort",
    "claim_power",
    "clustered_error",
    "cohort_losses",
    "complete_amounts",
    "complete_assignments",
    "concentration_index",
    "controlled_counts",
    "controlled_outcome",
    "cox",
    "cr0",
    "cr1",
    "cr2",
    "cr3",
    "cumulative_incidence",
    "cut_odds",
    "design_change",
    "design_mean",
    "design_quantile",
    "design_ratio",
    "design_total",
    "detectable",
    "difference",
    "discount_factors",
    "doubly_robust_panel",
    "doubly_robust_sections",
    "draw_assumptions",
    "drawn_differences",
    "drawn_max_t",
    "drawn_p",
    "durbin_watson",
    "effective_n",
    "ellipse_radius",
    "equally_selected",
    "equivalence_power",
    "event_study",
    "exact_ratio_limits",
    "exact_share_limits",
    "expected_change_lognormal",
    "expected_change_normal",
    "expected_level",
    "fieller_interval",
    "fit_clustered",
    "fit_glm",
    "fit_propensity",
    "fixed_sequence",
    "followed",
    "fractional_rank",
    "gamma_glm",
    "gamma_replicates",
    "gee",
    "gini",
    "grouping",
    "has_neighbours",
    "histories",
    "household_months",
    "impute",
    "interaction",
    "intercept_slope",
    "intersection_union",
    "interval",
    "ipw_mean",
    "jackknife",
    "jackknife_influence",
    "jackknife_of",
    "jackknife_replicates",
    "joint_contrast",
    "kaplan_meier",
    "kish_deff",
    "ljung_box",
    "log_rank",
    "logit_interval",
    "lognormal_interval",
    "lorenz",
    "mean_cumulative",
    "mixed_model",
    "multiplicative_limits",
    "net_benefit",
    "newey_west",
    "observed_level",
    "one_factor",
    "overdispersion",
    "p_adjust",
    "paired_assignments",
    "payback",
    "perfect_information",
    "periods_on_each_side",
    "placebo_estimates",
    "planned_contrast",
    "pool",
    "pool_wald",
    "prais_winsten",
    "predicted_survival",
    "present_value",
    "proportional_hazards",
    "proportional_odds",
    "quadrant",
    "quadrant_shares",
    "quantile_columns",
    "quasi_poisson",
    "rake",
    "rake_columns",
    "randomisation_equivalence",
    "randomisation_interval",
    "randomisation_not_worse",
    "randomisation_test",
    "rao_scott",
    "rao_scott_fit",
    "ratio",
    "ratio_errors",
    "reliability",
    "resampled",
    "restricted_difference",
    "restricted_mean",
    "segmented_columns",
    "segmented_series",
    "selected_change",
    "series_refusal",
    "share_equivalence",
    "share_errors",
    "share_interval",
    "spells",
    "stepdown_max_t",
    "survey_regression",
    "survey_t_test",
    "synthetic_control",
    "synthetic_did",
    "t_equivalence",
    "threshold_effect",
    "time_regression",
    "top_share",
    "tornado",
    "toward",
    "trend_difference",
    "trim",
    "two_by_two",
    "two_measurements",
    "two_part",
    "two_way",
    "usable_periods",
    "wild_bootstrap",
    "wild_interval",
    "with_areas",
]
