"""R topic 12: survival curves, restricted means, competing risks, Cox, recurrent events."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    accelerated,
    clustered_error,
    cox,
    cumulative_incidence,
    kaplan_meier,
    log_rank,
    mean_cumulative,
    predicted_survival,
    proportional_hazards,
    restricted_mean,
    spells,
)

R, OWN = values("12_survival"), values("own_12_survival")
LUNG = table("lung.csv")
KNOWN = LUNG.dropna(subset=["ph.ecog"])
MGUS = table("mgus2_cr.csv")
BLADDER = table("bladder2.csv")
HEART = table("heart.csv")
TERMS = ["age", "sex", "ph.ecog"]


def lung(frame=LUNG, **changes):
    return spells(frame["time"], frame["event"], **changes)


def fitted(frame, terms, start="start", stop="stop", event="event", cluster="id", **changes):
    options = {k: changes.pop(k) for k in ("strata", "ties") if k in changes}
    data = spells(frame[stop], frame[event], frame[start] if start else None,
                  clusters=frame[cluster] if cluster else None, **changes)  # fmt: skip
    return cox(data, frame[terms], terms, **options)


def test_kaplan_meier_with_log_log_interval_and_quantiles():
    curve, expected = kaplan_meier(lung()), R["km_loglog"]
    assert curve.at(expected["t"]) == agrees(expected["surv"])
    assert curve.std_error(expected["t"]) == agrees(expected["se"])
    low, high = curve.interval(expected["t"], 0.95)
    assert low == agrees(expected["lower"])
    assert high == agrees(expected["upper"])
    for name, share in (("25", 0.25), ("50", 0.5), ("75", 0.75)):
        quantiles = [R["quantiles"][part][name] for part in ("q", "lo", "hi")]
        assert curve.quantile(share, 0.95) == agrees(quantiles)


def test_kaplan_meier_with_delayed_entry():
    old, expected = MGUS[MGUS["age"] >= 60], R["lefttrunc_mgus2_age60plus_months"]
    entry = old["age"] * 12.0
    curve = kaplan_meier(spells(entry + old["etime"], old["ev"] > 0, entry))
    assert curve.at(expected["t"]) == agrees(expected["surv"])
    assert curve.std_error(expected["t"]) == agrees(expected["se"])


def test_kaplan_meier_with_clusters():
    placed, expected = LUNG.dropna(subset=["inst"]), OWN["km_cluster"]
    data = lung(placed, clusters=placed["inst"])
    assert kaplan_meier(data).at([100, 365]) == agrees(expected["surv"])
    assert clustered_error(data, [100, 365]) == agrees(expected["se"])
    assert clustered_error(lung(), [200]) == agrees(kaplan_meier(lung()).std_error([200]))


def test_restricted_means_of_two_groups():
    for sex in (1, 2):
        mine = restricted_mean(lung(LUNG[LUNG["sex"] == sex]), 500)
        assert mine.estimate == agrees(R["rmst500"]["est"][f"sex={sex}"])
        assert mine.greenwood_error == agrees(R["rmst500"]["se"][f"sex={sex}"])
    whole = restricted_mean(lung(), 500)
    assert whole.estimate == agrees(R["rmst500_overall"]["est"])
    assert whole.greenwood_error == agrees(R["rmst500_overall"]["se"])


def test_restricted_mean_with_clusters_is_the_infinitesimal_jackknife():
    known = LUNG.dropna(subset=["inst"])
    alone = restricted_mean(lung(), 365)
    assert alone.robust_error == agrees(OWN["rmst"]["overall_365_ij"])
    assert alone.robust_error == agrees(alone.greenwood_error)
    together = restricted_mean(lung(known, clusters=known["inst"]), 365)
    assert together.estimate == agrees(OWN["rmst"]["inst_365"]["est"])
    assert together.robust_error == agrees(OWN["rmst"]["inst_365"]["se"])


def test_log_rank_plain_stratified_and_weighted():
    test = log_rank(lung(), LUNG["sex"])
    assert test.chi_square == agrees(R["logrank"]["chisq"])
    assert test.p_value == agrees(R["logrank"]["p"])
    assert log_rank(lung(), LUNG["sex"], rho=1).chi_square == agrees(R["logrank_rho1"])
    stratified = log_rank(lung(KNOWN), KNOWN["sex"], KNOWN["ph.ecog"])
    assert stratified.chi_square == agrees(R["logrank_strat"]["chisq"])
    three = KNOWN[KNOWN["ph.ecog"] < 3]
    assert log_rank(lung(three), three["ph.ecog"]).chi_square == agrees(OWN["logrank_three"])


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_with_either_way_of_ties(ties):
    fit, expected = cox(lung(KNOWN), KNOWN[TERMS], TERMS, ties=ties), R[f"cox_{ties}"]
    assert fit.coefficients == agrees(list(expected["coef"].values()))
    assert np.sqrt(np.diag(fit.covariance)) == agrees(list(expected["se"].values()))
    assert fit.log_likelihood == agrees(expected["loglik"])


def same(fit, expected, robust="robust_se", error="se"):
    assert fit.coefficients == agrees(list(expected["coef"].values()))
    assert np.sqrt(np.diag(fit.covariance)) == agrees(list(expected[error].values()))
    if expected.get(robust):
        assert np.sqrt(np.diag(fit.robust)) == agrees(list(expected[robust].values()))
    assert fit.log_likelihood == agrees(expected["loglik"])


def test_cox_with_strata_clusters_and_weights():
    strata = cox(lung(KNOWN), KNOWN[TERMS[:2]], TERMS[:2], strata=KNOWN["ph.ecog"])
    same(strata, R["cox_strata"])
    placed = LUNG.dropna(subset=["inst"])
    clustered = cox(lung(placed, clusters=placed["inst"]), placed[TERMS[:2]], TERMS[:2])
    same(clustered, R["cox_cluster_inst"])
    same(cox(lung(KNOWN), KNOWN[TERMS], TERMS), R["cox_robust"])
    heavy = 1 + (KNOWN["age"] > 60) * 0.5
    same(cox(lung(KNOWN, weights=heavy), KNOWN[TERMS], TERMS), R["cox_weighted_robust"])


def test_recurrent_events_andersen_gill_and_prentice_williams_peterson():
    terms = ["rx", "number", "size"]
    same(fitted(BLADDER, terms), R["recurrent_ag"])
    same(fitted(BLADDER, terms, strata=BLADDER["enum"]), R["recurrent_pwp_total"])
    gap = BLADDER[BLADDER["stop"] > BLADDER["start"]].assign(
        start=0.0, stop=lambda d: BLADDER.loc[d.index, "stop"] - BLADDER.loc[d.index, "start"]
    )
    same(fitted(gap, terms, strata=gap["enum"]), R["recurrent_pwp_gap"])
    same(fitted(BLADDER, terms, ties="breslow"), OWN["ag_breslow"], "robust")
    w = 1 + (BLADDER["size"] > 1) * 0.5
    same(fitted(BLADDER, terms, weights=w), OWN["ag_weighted"], "robust")
    layered = fitted(BLADDER, ["rx", "size"], weights=w, strata=BLADDER["enum"])
    same(layered, OWN["pwp_weighted"], "robust")


def test_covariate_that_changes_over_time():
    heart = HEART.rename(columns={"transplant": "transplant1"})
    terms = ["age", "year", "surgery", "transplant1"]
    same(fitted(heart, terms), R["timevarying_cluster"])
    same(
        fitted(HEART, ["age", "transplant"], strata=HEART["surgery"]), OWN["heart_strata"], "robust"
    )


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_delayed_entry_and_clusters_together_where_lifelines_is_wrong(ties):
    frame = MGUS.dropna(subset=["mspike"]).assign(
        entry=lambda d: d["age"] * 12.0,
        exit=lambda d: d["age"] * 12.0 + d["etime"],
        male=lambda d: (d["sex"] == "M") * 1.0,
        group=lambda d: d["id"] // 7,
        any=lambda d: d["ev"] > 0,
    )
    fit = fitted(frame, ["male", "mspike"], "entry", "exit", "any", "group", ties=ties)
    same(fit, OWN["entry_clusters" + ("" if ties == "efron" else "_breslow")], "robust")


def test_cause_specific_hazard():
    frame = MGUS.dropna(subset=["mspike"]).assign(male=lambda d: (d["sex"] == "M") * 1.0)
    data = spells(frame["etime"], frame["ev"] == 1)
    same(cox(data, frame[["age", "male", "mspike"]], ["age", "male", "mspike"]), R["causespecific"])


def test_survival_predicted_from_cox():
    fit, expected = cox(lung(KNOWN), KNOWN[TERMS], TERMS), R["pred_surv"]
    survival, low, _ = predicted_survival(fit, [60, 1, 1], expected["t"], 0.95)
    assert survival == agrees(expected["s"])
    assert low == agrees(expected["lower"])


@pytest.mark.parametrize("clock", ["km", "rank"])
def test_proportional_hazards_as_cox_zph(clock):
    test = proportional_hazards(cox(lung(KNOWN), KNOWN[TERMS], TERMS), clock)
    assert test.chi_square == agrees([R[f"zph_{clock}"][name] for name in test.names])


def test_proportional_hazards_with_changing_covariates_and_strata():
    terms = ["age", "year", "transplant"]
    fit = fitted(HEART, terms)
    for clock in ("identity", "rank"):
        test = proportional_hazards(fit, clock)
        assert test.chi_square == agrees([OWN[f"zph_heart_{clock}"][n] for n in test.names])
    layered = fitted(HEART, ["age", "transplant"], strata=HEART["surgery"])
    test = proportional_hazards(layered, "km")
    assert test.chi_square == agrees([OWN["zph_heart_strata_km"][n] for n in test.names])


@pytest.mark.parametrize("distribution", ["weibull", "lognormal", "loglogistic"])
def test_accelerated_failure_time(distribution):
    expected = R[f"aft_{distribution}"]
    fit = accelerated(lung(KNOWN), KNOWN[TERMS], TERMS, distribution)
    assert fit.coefficients == agrees(list(expected["coef"].values()))
    assert fit.std_errors == agrees(list(expected["se"].values())[:-1])
    assert fit.scale == agrees(expected["scale"])
    assert fit.log_likelihood == agrees(expected["loglik"])


def test_aalen_johansen_with_ties():
    expected = R["aalen_johansen"]
    data = spells(MGUS["etime"], MGUS["ev"])
    for cause, name in ((1, "pcm"), (2, "death")):
        found = cumulative_incidence(data, cause, expected["t"])
        assert found.estimate == agrees(expected[name])
        assert found.std_error == agrees(expected[f"se_{name}"])


def test_aalen_johansen_with_clusters_and_with_delayed_entry():
    old = MGUS[MGUS["age"] >= 60]
    entry = old["age"] * 12.0
    late = spells(entry + old["etime"], old["ev"], entry, clusters=old["id"])
    clustered = spells(MGUS["etime"], MGUS["ev"], clusters=MGUS["id"] // 7)
    for data, topic in ((clustered, "aj_clusters"), (late, "aj_late_entry")):
        expected = OWN[topic]
        for cause, name in ((1, "pcm"), (2, "death")):
            found = cumulative_incidence(data, cause, expected["t"])
            assert found.estimate == agrees(expected[name])
            assert found.std_error == agrees(expected[f"se_{name}"])


def test_mean_number_of_recurrences_with_dependent_events():
    data = spells(BLADDER["stop"], BLADDER["event"], BLADDER["start"], clusters=BLADDER["id"])
    found = mean_cumulative(data, R["mcf"]["t"])
    assert found.estimate == agrees(R["mcf"]["cumhaz"])
    assert found.std_error == agrees(R["mcf"]["se"])
    for rx, expected in OWN["mcf"].items():
        mine = BLADDER[BLADDER["rx"] == int(rx)]
        one = spells(mine["stop"], mine["event"], mine["start"], clusters=mine["id"])
        found = mean_cumulative(one, expected["t"])
        assert found.estimate == agrees(expected["cumhaz"])
        assert found.std_error == agrees(expected["se"])
