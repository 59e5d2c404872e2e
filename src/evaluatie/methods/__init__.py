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
from evaluatie.methods.intervals import interval, logit_interval, share_interval
from evaluatie.methods.irls import GlmFit, fit_glm
from evaluatie.methods.missing.imputation import Imputations, impute
from evaluatie.methods.missing.imputation_checks import VariableKind
from evaluatie.methods.missing.inverse_propensity import WeightedBack, ipw_mean
from evaluatie.methods.missing.pooling import Pooled, PooledWald, pool, pool_wald
from evaluatie.methods.missing.response_propensity import ResponsePropensity, fit_propensity
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

__all__ = [
    "EFFECT",
    "Alternative",
    "Assignments",
    "AutocorrelationTest",
    "BootstrapIntervals",
    "Calibrated",
    "Calibration",
    "Centre",
    "ClusterTest",
    "ClusteredFit",
    "Design",
    "DesignEstimate",
    "Distance",
    "DoublyRobust",
    "Effect",
    "Equivalence",
    "EventStudy",
    "Family",
    "FinitePopulation",
    "GeeFit",
    "GlmFit",
    "Imputations",
    "Linearised",
    "Margin",
    "MixedModel",
    "OneFactor",
    "OrdinalFit",
    "PlannedContrast",
    "Pooled",
    "PooledWald",
    "QuantileEstimate",
    "Raked",
    "RandomisationTest",
    "RaoScott",
    "Reliability",
    "Replicates",
    "Residuals",
    "ResponsePropensity",
    "SeriesFit",
    "SeriesSpec",
    "SurveyRegression",
    "SurveyTTest",
    "SyntheticEstimate",
    "TimeRegression",
    "TwoPart",
    "VariableKind",
    "WeightedBack",
    "WildTest",
    "adjusted_randomisation_test",
    "area_difference",
    "arima_errors",
    "arma_errors",
    "attainable_level",
    "autocorrelation",
    "bootstrap_intervals",
    "bootstrap_replicates",
    "breusch_godfrey",
    "calibrate",
    "change_variance",
    "check_arms",
    "claim_power",
    "complete_assignments",
    "controlled_counts",
    "controlled_outcome",
    "cr0",
    "cr1",
    "cr2",
    "cr3",
    "cut_odds",
    "design_change",
    "design_mean",
    "design_quantile",
    "design_ratio",
    "design_total",
    "detectable",
    "difference",
    "doubly_robust_panel",
    "doubly_robust_sections",
    "drawn_differences",
    "drawn_max_t",
    "drawn_p",
    "durbin_watson",
    "effective_n",
    "equivalence_power",
    "event_study",
    "fit_clustered",
    "fit_glm",
    "fit_propensity",
    "fixed_sequence",
    "gamma_glm",
    "gamma_replicates",
    "gee",
    "grouping",
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
    "kish_deff",
    "ljung_box",
    "logit_interval",
    "mixed_model",
    "newey_west",
    "one_factor",
    "p_adjust",
    "paired_assignments",
    "periods_on_each_side",
    "placebo_estimates",
    "planned_contrast",
    "pool",
    "pool_wald",
    "prais_winsten",
    "proportional_odds",
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
    "reliability",
    "resampled",
    "segmented_columns",
    "segmented_series",
    "series_refusal",
    "share_equivalence",
    "share_interval",
    "stepdown_max_t",
    "survey_regression",
    "survey_t_test",
    "synthetic_control",
    "synthetic_did",
    "t_equivalence",
    "time_regression",
    "toward",
    "trend_difference",
    "trim",
    "two_by_two",
    "two_part",
    "two_way",
    "usable_periods",
    "wild_bootstrap",
    "wild_interval",
    "with_areas",
]
