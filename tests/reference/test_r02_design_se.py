"""R topic 02: survey::svymean, svytotal, svyby, subset, svyciprop, degf."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import design_mean, design_total, interval, logit_interval

R = values("02_design_se")
STRATIFIED, CLUSTERED = table("apistrat.csv"), table("apiclus1.csv")
DESIGNS = {
    "strat_nofpc": (
        STRATIFIED,
        {
            "weights": STRATIFIED["pw"],
            "strata": STRATIFIED["stype"],
            "clusters": np.arange(len(STRATIFIED)),
        },
    ),
    "clus1_nofpc": (
        CLUSTERED,
        {
            "weights": CLUSTERED["pw"],
            "strata": np.ones(len(CLUSTERED)),
            "clusters": CLUSTERED["dnum"],
        },
    ),
}

pytestmark = pytest.mark.parametrize("name", DESIGNS)


@pytest.mark.parametrize("outcome", ["api00", "enroll"])
def test_mean(name, outcome):
    data, design = DESIGNS[name]
    found = design_mean(data[outcome], **design)
    assert found.estimate == agrees(R[name]["mean"]["est"][outcome])
    assert found.std_error == agrees(R[name]["mean"]["se"][outcome])


def test_interval_and_degrees_of_freedom(name):
    data, design = DESIGNS[name]
    found = design_mean(data["api00"], **design)
    assert found.df == R[name]["mean_ci_df"]
    assert interval(found.estimate, found.std_error, found.df, 0.95) == agrees(R[name]["mean_ci"])


def test_total(name):
    data, design = DESIGNS[name]
    found = design_total(data["enroll"], **design)
    assert found.estimate == agrees(R[name]["total"]["est"]["enroll"])
    assert found.std_error == agrees(R[name]["total"]["se"]["enroll"])


@pytest.mark.parametrize("stype", ["E", "H", "M"])
def test_domain_means_keep_the_whole_design(name, stype):
    data, design = DESIGNS[name]
    found = design_mean(data["api00"], **design, domain=data["stype"] == stype)
    assert found.estimate == agrees(R[name]["domain_api00"]["est"][stype])
    assert found.std_error == agrees(R[name]["domain_api00"]["se"][stype])


def test_subset_over_strata(name):
    data, design = DESIGNS[name]
    found = design_mean(data["api00"], **design, domain=data["comp.imp"] == "Yes")
    assert found.estimate == agrees(R[name]["subset_mean"]["est"]["api00"])
    assert found.std_error == agrees(R[name]["subset_mean"]["se"]["api00"])


def test_missing_values_leave_the_domain_and_not_the_design(name):
    data, design = DESIGNS[name]
    holes = data["api00"].where(data["comp.imp"] == "Yes")
    found = design_mean(holes, **design)
    assert found.std_error == agrees(R[name]["subset_mean"]["se"]["api00"])
    assert found.n == (data["comp.imp"] == "Yes").sum()


@pytest.mark.parametrize("method", ["logit", "xlogit"])
def test_logit_interval_of_a_share(name, method):
    data, design = DESIGNS[name]
    found = design_mean(data["sch.wide"] == "Yes", **design)
    assert found.std_error == agrees(R[name]["prop"]["se"]["sch.wideYes"])
    ends = logit_interval(found.estimate, found.std_error, found.df, 0.95, found.n)
    assert ends == agrees(R[name]["svyciprop"][method])
