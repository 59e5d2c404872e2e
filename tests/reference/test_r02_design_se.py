"""R topic 02: every estimator of a design, with and without replacement, and by replicates."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    Design,
    Family,
    FinitePopulation,
    Replicates,
    design_mean,
    design_quantile,
    design_ratio,
    interval,
    jackknife_replicates,
    logit_interval,
    rao_scott,
    share_interval,
    survey_regression,
    survey_t_test,
)

R = values("02_design_se")
STRATIFIED, CLUSTERED, TWO_STAGE = (table(f"api{name}.csv") for name in ("strat", "clus1", "clus2"))
OUTCOMES = pytest.mark.parametrize("outcome", ["api00", "enroll"])


def declare(data, strata, clusters, finite=None):
    return Design.of(data["pw"], strata, clusters, finite=finite)


def declared(name):
    """Return the data and the design that R called ``name``."""
    kind, fpc = name.split("_")
    data = STRATIFIED if kind == "strat" else CLUSTERED
    finite = FinitePopulation(data["fpc"]) if fpc == "fpc" else None
    n = len(data)
    if kind == "strat":
        return data, declare(data, data["stype"], np.arange(n), finite)
    return data, declare(data, np.ones(n), data["dnum"], finite)


@pytest.fixture(params=["strat_fpc", "strat_nofpc", "clus1_fpc", "clus1_nofpc"])
def case(request):
    return R[request.param], *declared(request.param)


def same(found, expected, name):
    assert found.estimate == agrees(expected["est"][name])
    assert found.std_error == agrees(expected["se"][name])


@OUTCOMES
def test_mean(case, outcome):
    expected, data, design = case
    same(design.mean(data[outcome]), expected["mean"], outcome)


def test_interval_and_degrees_of_freedom(case):
    expected, data, design = case
    found = design.mean(data["api00"])
    assert found.df == expected["mean_ci_df"]
    ends = interval(found.estimate, found.std_error, found.df, 0.95)
    assert ends == agrees(expected["mean_ci"])


def test_total(case):
    expected, data, design = case
    same(design.total(data["enroll"]), expected["total"], "enroll")


@pytest.mark.parametrize("stype", ["E", "H", "M"])
def test_domain_means_keep_the_whole_design(case, stype):
    expected, data, design = case
    same(design.mean(data["api00"], data["stype"] == stype), expected["domain_api00"], stype)


def test_subset_over_strata(case):
    expected, data, design = case
    same(design.mean(data["api00"], data["comp.imp"] == "Yes"), expected["subset_mean"], "api00")


def test_missing_values_leave_the_domain_and_not_the_design(case):
    expected, data, design = case
    found = design.mean(data["api00"].where(data["comp.imp"] == "Yes"))
    same(found, expected["subset_mean"], "api00")
    assert found.n == (data["comp.imp"] == "Yes").sum()


def test_a_mean_asked_once_is_that_of_the_design():
    data, design = declared("strat_nofpc")
    once = design_mean(data["api00"], data["pw"], data["stype"], np.arange(len(data)))
    assert once == design.mean(data["api00"])


def test_ratio(case):
    expected, data, design = case
    found = design_ratio(design, data["api00"], data["api99"])
    same(found, expected["ratio"], "api00/api99")


@pytest.mark.parametrize("p", [0.25, 0.5, 0.75])
def test_quantile_with_woodruff_interval(case, p):
    expected, data, design = case
    found = design_quantile(design, data["api00"], p)
    same(found, expected["quantile"], f"q{100 * p:.0f}")


@pytest.mark.parametrize("method", ["logit", "xlogit"])
def test_logit_interval_of_a_share(case, method):
    expected, data, design = case
    found = design.mean(data["sch.wide"] == "Yes")
    assert found.std_error == agrees(expected["prop"]["se"]["sch.wideYes"])
    ends = logit_interval(found.estimate, found.std_error, found.df, 0.95, found.n)
    assert ends == agrees(expected["svyciprop"][method])


@pytest.mark.parametrize("method", ["logit", "beta", "asin", "mean"])
def test_other_intervals_of_a_share(case, method):
    expected, data, design = case
    found = design.mean(data["sch.wide"] == "Yes")
    numbers = (found.estimate, found.std_error, found.df, 0.95, found.n)
    assert share_interval(*numbers, method=method) == agrees(expected["svyciprop"][method])


def with_constant(data, *names):
    return np.column_stack([np.ones(len(data)), *(data[name] for name in names)])


def same_fit(found, expected, p_rel=1e-6):
    assert found.coefficients == agrees(list(expected["coef"].values()))
    assert found.std_errors == agrees(list(expected["se"].values()))
    assert found.p_values == agrees(list(expected["p"].values()), p_rel)
    assert found.df == expected["df_resid"]


def test_linear_regression(case):
    expected, data, design = case
    X = with_constant(data, "ell", "meals", "mobility")
    same_fit(survey_regression(design, data["api00"], X), expected["svyglm_gauss"])


def test_logistic_regression(case):
    expected, data, design = case
    X = with_constant(data, "ell", "meals")
    found = survey_regression(design, data["sch.wide"] == "Yes", X, Family.LOGIT)
    # R's glm stopped at its tolerance of 1e-8; with epsilon = 1e-14 its p values are ours
    same_fit(found, expected["svyglm_logit"], p_rel=2e-6)


def test_t_test_of_two_groups(case):
    expected, data, design = case
    found = survey_t_test(design, data["api00"], data["comp.imp"] == "Yes")
    numbers = (found.difference, found.t, found.df, found.p_value)
    assert numbers == agrees(tuple(expected["ttest"][name] for name in ("est", "t", "df", "p")))


def test_rao_scott(case):
    expected, data, design = case
    found = rao_scott(design, data["sch.wide"], data["stype"])
    test = (found.statistic, found.df_numerator, found.df_denominator, found.p_value)
    assert test == agrees(tuple(expected["svychisq_F"][name] for name in ("F", "ndf", "ddf", "p")))
    first = (found.chi_square, found.p_first_order)
    assert first == agrees((expected["svychisq_RS1"]["X2"], expected["svychisq_RS1"]["p"]))


def two_stage():
    finite = FinitePopulation(TWO_STAGE["fpc1"], TWO_STAGE["snum"], TWO_STAGE["fpc2"])
    return declare(TWO_STAGE, np.ones(len(TWO_STAGE)), TWO_STAGE["dnum"], finite)


@pytest.mark.parametrize("outcome", ["api00", "meals"])
def test_mean_of_two_stages_without_replacement(outcome):
    same(two_stage().mean(TWO_STAGE[outcome]), R["clus2_fpc"]["mean"], outcome)


def test_total_of_two_stages_without_replacement():
    # six schools have no enrolment: R left them out of the total (na.rm), as a domain
    same(two_stage().total(TWO_STAGE["enroll"]), R["clus2_fpc"]["total"], "enroll")


@OUTCOMES
def test_jackknife_of_one_stratum(outcome):
    data, design = declared("clus1_nofpc")
    made = jackknife_replicates(data["pw"], np.ones(len(data)), data["dnum"])
    expected = table("apiclus1_jk1_w.csv").to_numpy()
    # columns in the order of the district they leave out
    ours, theirs = (W[:, np.argsort((W == 0).argmax(axis=0))] for W in (made.weights, expected))
    assert ours == agrees(theirs)
    assert made.factors == agrees(R["rep_jk1"]["scale"])
    same(design.with_replicates(made).mean(data[outcome]), R["rep_jk1"], outcome)


@OUTCOMES
def test_jackknife_within_strata(outcome):
    data, design = declared("strat_nofpc")
    made = jackknife_replicates(data["pw"], data["stype"], np.arange(len(data)))
    assert sorted(made.factors) == agrees(sorted(R["rep_jkn"]["rscales"]))
    same(design.with_replicates(made).mean(data[outcome]), R["rep_jkn"], outcome)


@pytest.fixture(scope="module")
def bootstrapped():
    """The 200 bootstrap weights that R drew; our draws are tested in test_methods_replicates."""
    weights, expected = table("apistrat_subboot200_w.csv").to_numpy(), R["rep_subboot"]
    made = Replicates(weights, expected["scale"], np.ones(200))
    return declared("strat_nofpc")[1].with_replicates(made)


@OUTCOMES
def test_bootstrap_spread_around_the_replicate_mean(bootstrapped, outcome):
    same(bootstrapped.mean(STRATIFIED[outcome]), R["rep_subboot"], outcome)


def test_regression_refitted_on_every_bootstrap_sample(bootstrapped):
    X = with_constant(STRATIFIED, "ell", "meals")
    found, expected = survey_regression(bootstrapped, STRATIFIED["api00"], X), R["rep_subboot"]
    assert found.coefficients == agrees(list(expected["svyglm"]["coef"].values()))
    assert found.std_errors == agrees(list(expected["svyglm"]["se"].values()))


def test_balanced_half_samples_of_a_ratio_and_a_total():
    data, expected = table("scd.csv"), R["rep_brr"]
    half = Replicates(table("scd_brr_w.csv").to_numpy(), expected["scale"], np.ones(4))
    design = Design.of(np.ones(len(data)), data["ESA"], data["ambulance"]).with_replicates(half)
    same(design_ratio(design, data["alive"], data["arrests"]), expected["ratio"], "alive/arrests")
    same(design.total(data["alive"]), expected["total"], "alive")
