"""R topics 06 and 07 (simulated neighbourhoods): sandwich, clubSandwich, enumerated inference."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    complete_assignments,
    cr1,
    cr2,
    fit_clustered,
    jackknife,
    randomisation_test,
    wild_bootstrap,
)
from evaluatie.methods.few_clusters import ClusteredFit

R = values("06_few_clusters")
PANELS = {"G8": "hoods8.csv", "G6": "hoods6.csv", "G4": "hoods4.csv"}


def dummies(labels: pd.Series, name: str) -> dict[str, np.ndarray]:
    return {f"{name}{level}": labels.eq(level) for level in sorted(labels.unique())[1:]}


def fitted(panel: str) -> ClusteredFit:
    data = table(PANELS[panel])
    columns = {"constant": np.ones(len(data)), "effect": data["pilot"] * data["post"]}
    columns |= dummies(data["hood"], "hood") | dummies(data["wave"], "wave") | {"x": data["x"]}
    X = np.column_stack(list(columns.values())).astype(float)
    return fit_clustered(data["y"], X, data["hood"], list(columns))


@pytest.mark.parametrize("panel", PANELS)
def test_cr1_is_that_of_sandwich(panel):
    found = cr1(fitted(panel), "effect")
    assert found.estimate == agrees(R[panel]["est"])
    assert found.std_error == agrees(R[panel]["cr1"])
    assert found.p_value == agrees(R[panel]["cr1_p_tG1"])


@pytest.mark.parametrize("panel", PANELS)
def test_cr2_and_its_df_are_those_of_clubsandwich(panel):
    found = cr2(fitted(panel), "effect")
    assert found.std_error == agrees(R[panel]["cr2"])
    assert found.df == agrees(R[panel]["cr2_satt_df"])
    assert found.p_value == agrees(R[panel]["cr2_p"])


@pytest.mark.parametrize("panel", PANELS)
def test_jackknife_equals_refits_without_each_cluster(panel):
    assert jackknife(fitted(panel), "effect").std_error == agrees(R[panel]["cv3_jackknife"])


@pytest.mark.parametrize("panel", PANELS)
def test_wild_bootstrap_over_all_sign_vectors(panel):
    found = wild_bootstrap(fitted(panel), "effect")
    expected = R[panel]["wild_rademacher"]
    assert (found.t, found.p_value) == (agrees(expected["t"]), agrees(expected["p"]))
    assert found.draws == expected["B"]


@pytest.mark.parametrize("panel", PANELS)
def test_randomisation_p_over_all_assignments_of_hoods(panel):
    """Without the covariate x the coefficient is a difference of changes, which we compute."""
    data = table(PANELS[panel])
    means = data.pivot_table("y", index="hood", columns="post")
    change = (means[1] - means[0]).to_numpy()
    treated = data.groupby("hood")["pilot"].first().to_numpy(bool)
    found = randomisation_test(change, np.ones(len(change)), complete_assignments(treated))
    assert len(found.statistics) == R[panel]["ri_n"]
    assert found.p_value == agrees(by_regressions(data, []))


@pytest.mark.parametrize("panel", PANELS)
def test_the_dummy_regressions_above_are_those_of_r(panel):
    assert by_regressions(table(PANELS[panel]), ["x"]) == agrees(R[panel]["ri_p"])


def by_regressions(data: pd.DataFrame, covariates: list[str]) -> float:
    """As the R script does: one dummy regression per assignment."""
    hoods = sorted(data["hood"].unique())
    pilots = tuple(sorted(data.loc[data["pilot"] == 1, "hood"].unique()))
    fixed = dummies(data["hood"], "hood") | dummies(data["wave"], "wave")
    fixed |= {name: data[name] for name in covariates}
    effects = {}
    for chosen in combinations(hoods, len(pilots)):
        treated = data["hood"].isin(chosen) * data["post"]
        X = np.column_stack([np.ones(len(data)), *fixed.values(), treated]).astype(float)
        gram, moments = X.T @ X, X.T @ data["y"].to_numpy()
        effects[chosen] = abs(np.linalg.solve(gram, moments)[-1])
    return float(np.mean([effect >= effects[pilots] - 1e-10 for effect in effects.values()]))


def test_two_by_two_and_event_study_of_topic_07():
    did = values("07_did_hoods8")
    data = table("hoods8.csv")
    pilot, post = data["pilot"], data["post"]
    X = np.column_stack([np.ones(len(data)), pilot, post, pilot * post]).astype(float)
    fit = fit_clustered(data["y"], X, data["hood"], ["constant", "pilot", "post", "effect"])
    found = cr1(fit, "effect")
    assert found.estimate == agrees(did["did2x2"]["est"])
    assert found.std_error == agrees(did["did2x2"]["se_cr1"])
    columns = {"constant": np.ones(len(data))}
    columns |= dummies(data["hood"], "hood") | dummies(data["wave"], "wave")
    columns |= {f"effect{wave}": pilot * (data["wave"] == wave) for wave in (2, 3, 4)}
    X = np.column_stack(list(columns.values())).astype(float)
    study = fit_clustered(data["y"], X, data["hood"], list(columns))
    events = [cr1(study, f"effect{wave}") for wave in (2, 3, 4)]
    assert [e.estimate for e in events] == agrees(did["event_study_hoods8"]["est"])
    assert [e.std_error for e in events] == agrees(did["event_study_hoods8"]["se_cr1"])
