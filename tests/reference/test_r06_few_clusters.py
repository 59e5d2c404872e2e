"""R topic 06 (simulated neighbourhoods): sandwich, clubSandwich, enumerated inference."""

import numpy as np
import pandas as pd
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    adjusted_randomisation_test,
    complete_assignments,
    cr0,
    cr1,
    cr2,
    fit_clustered,
    jackknife,
    randomisation_test,
    wild_bootstrap,
)
from evaluatie.methods.areas.few_clusters import ClusteredFit

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
def test_cr0_is_that_of_sandwich_without_adjustment(panel):
    assert cr0(fitted(panel), "effect").std_error == agrees(R[panel]["cr0"])


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


def test_wild_bootstrap_over_all_vectors_of_webbs_six_points():
    found = wild_bootstrap(fitted("G4"), "effect", points="webb")
    expected = R["G4"]["wild_webb"]
    assert (found.t, found.p_value) == (agrees(expected["t"]), agrees(expected["p"]))
    assert found.draws == expected["B"]
    assert found.p_attainable == agrees(6 / 6**4)


@pytest.mark.parametrize("panel", PANELS)
def test_randomisation_p_with_the_covariate_estimated_anew_per_assignment(panel):
    """The covariate x, hoods and waves in every regression; without x by `randomisation_test`."""
    data = table(PANELS[panel])
    fixed = {"constant": np.ones(len(data))}
    fixed |= dummies(data["hood"], "hood") | dummies(data["wave"], "wave")
    others = np.column_stack([*fixed.values(), data["x"]]).astype(float)
    arms = complete_assignments(data.groupby("hood")["pilot"].first().to_numpy(bool))
    found = adjusted_randomisation_test(data["y"], others, data["post"], data["hood"], arms)
    assert found.estimate == agrees(R[panel]["est"])
    assert len(found.statistics) == R[panel]["ri_n"]
    assert found.p_value == agrees(R[panel]["ri_p"])


@pytest.mark.parametrize("panel", PANELS)
def test_randomisation_p_without_covariates_is_that_of_changes_of_hood_means(panel):
    data = table(PANELS[panel])
    means = data.pivot_table("y", index="hood", columns="post")
    change = (means[1] - means[0]).to_numpy()
    arms = complete_assignments(data.groupby("hood")["pilot"].first().to_numpy(bool))
    fixed = {"constant": np.ones(len(data))}
    fixed |= dummies(data["hood"], "hood") | dummies(data["wave"], "wave")
    others = np.column_stack(list(fixed.values())).astype(float)
    by_people = adjusted_randomisation_test(data["y"], others, data["post"], data["hood"], arms)
    by_hoods = randomisation_test(change, np.ones(len(change)), arms)
    assert by_people.p_value == by_hoods.p_value
    assert by_people.statistics == agrees(by_hoods.statistics)
