"""Estimators: arrays in, frozen results with stated shapes out; one estimator per file."""

from evaluatie.methods.design import (
    Calibration,
    Design,
    DesignEstimate,
    Residuals,
    design_change,
    design_mean,
    design_total,
    interval,
    logit_interval,
)
from evaluatie.methods.equivalence import (
    Equivalence,
    randomisation_equivalence,
    randomisation_not_worse,
    t_equivalence,
)
from evaluatie.methods.few_clusters import (
    ClusteredFit,
    ClusterTest,
    cr1,
    cr2,
    fit_clustered,
    jackknife,
)
from evaluatie.methods.multiplicity import fixed_sequence, stepdown_max_t
from evaluatie.methods.raking import Margin, Raked, effective_n, kish_deff, rake, trim
from evaluatie.methods.randomisation import (
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
from evaluatie.methods.wild_bootstrap import WildTest, wild_bootstrap, wild_interval

__all__ = [
    "Alternative",
    "Assignments",
    "Calibration",
    "ClusterTest",
    "ClusteredFit",
    "Design",
    "DesignEstimate",
    "Equivalence",
    "Margin",
    "Raked",
    "RandomisationTest",
    "Residuals",
    "WildTest",
    "complete_assignments",
    "cr1",
    "cr2",
    "design_change",
    "design_mean",
    "design_total",
    "difference",
    "effective_n",
    "fit_clustered",
    "fixed_sequence",
    "interval",
    "jackknife",
    "kish_deff",
    "logit_interval",
    "paired_assignments",
    "rake",
    "randomisation_equivalence",
    "randomisation_interval",
    "randomisation_not_worse",
    "randomisation_test",
    "stepdown_max_t",
    "t_equivalence",
    "toward",
    "trim",
    "wild_bootstrap",
    "wild_interval",
]
