"""Own golden values (r/own_01_change.R): change, a lonely cluster, domains after raking."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import Calibration, Design, Margin, Residuals, rake

R = values("own_01_change")
ALL = table("own_01_change.csv")
PARTS = {"all": ALL, "without_lonely": ALL[ALL["hood"] != 8].reset_index(drop=True)}


@pytest.fixture(params=PARTS)
def case(request):
    return R[request.param], PARTS[request.param]


def design(data, weights, calibration=None):
    return Design.of(weights, data["hood"], data["household"], calibration)


def raked(expected, data):
    margins, indicators = [], []
    for column in ("cell", "grp"):
        totals = expected[column]
        codes = data[column].map({name: i for i, name in enumerate(totals)}).to_numpy()
        margins.append(Margin(column, codes, np.array(list(totals.values()), float)))
        indicators.append(np.eye(len(totals))[codes])
    weights = rake(data["w"], margins, tolerance=1e-13).weights
    return design(data, weights, Calibration(np.hstack(indicators), Residuals.RAKE))


def same(found, expected, rel=1e-6):
    assert found.estimate == agrees(expected["est"], rel)
    assert found.std_error == agrees(expected["se"], rel)


def test_change_with_people_who_answered_twice(case):
    expected, data = case
    same(design(data, data["w"]).change(data["y"], data["wave"] == 4), expected["change"])


def test_mean_and_df_with_one_lonely_cluster(case):
    expected, data = case
    found = design(data, data["w"]).mean(data["y"])
    same(found, expected["mean"])
    assert found.df == expected["df"]


def test_raked_weights_over_two_waves(case):
    expected, data = case
    assert raked(expected, data).weights == agrees(expected["raked_weights"])


def test_change_after_raking(case):
    expected, data = case
    same(raked(expected, data).change(data["y"], data["wave"] == 4), expected["raked_change"])


def test_change_of_a_domain_after_raking(case):
    expected, data = case
    found = raked(expected, data).change(data["y"], data["wave"] == 4, data["hood"] <= 2)
    same(found, expected["raked_change_hoods_1_2"])


def test_mean_of_a_domain_after_raking(case):
    expected, data = case
    found = raked(expected, data).mean(data["y"], data["hood"] == 3)
    same(found, expected["raked_mean_hood_3"])
