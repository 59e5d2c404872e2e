"""Own golden values (r/own_02_fit.R): goodness of fit, and a jackknife of raked replicates."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import (
    Centre,
    Design,
    Margin,
    jackknife_replicates,
    rake,
    rake_columns,
    rao_scott_fit,
)
from evaluatie.methods.sampling.replicates import Replicates

R = values("own_02_fit")
SCHOOLS, STRATIFIED = table("apiclus1.csv"), table("apistrat.csv")
DESIGNS = {
    "clustered": (SCHOOLS, Design.of(SCHOOLS["pw"], np.zeros(len(SCHOOLS)), SCHOOLS["dnum"])),
    "stratified": (
        STRATIFIED,
        Design.of(STRATIFIED["pw"], STRATIFIED["stype"], np.arange(len(STRATIFIED))),
    ),
}


@pytest.fixture(params=DESIGNS)
def case(request):
    return R["fit"][request.param], *DESIGNS[request.param]


def test_statistic_of_fit_is_that_of_svygofchisq_per_respondent(case):
    expected, data, design = case
    found = rao_scott_fit(design, data["awards"] == "Yes", [0.4, 0.6])
    assert found.chi_square == agrees(expected["statistic"] * expected["n"] / expected["total"])


def test_correction_is_that_of_svygofchisq_where_the_null_holds(case):
    expected, data, design = case
    found = rao_scott_fit(design, data["awards"] == "Yes", expected["shares"])
    scale = expected["n"] / expected["total"]
    assert found.mean_deff == agrees(sum(expected["lambda"]) * scale)


def test_second_order_df_over_four_cells(case):
    expected, data, design = case
    cell = 2 * (data["meals"] > 50) + (data["awards"] == "Yes")
    found = rao_scott_fit(design, cell, expected["wide"])
    trace = sum(expected["wide_lambda"]) * expected["n"] / expected["total"]
    assert found.mean_deff * 3 == agrees(trace)
    assert found.df_numerator == agrees(expected["wide_df"])


def raked_jackknife(centre):
    codes = [
        SCHOOLS["stype"].map({"E": 0, "H": 1, "M": 2}).to_numpy(),
        SCHOOLS["sch.wide"].map({"No": 0, "Yes": 1}).to_numpy(),
    ]
    totals = np.array([4421.0, 755, 1018]), np.array([1072.0, 5122])
    margins = [Margin(*part) for part in zip(("stype", "sch.wide"), codes, totals, strict=True)]
    drawn = jackknife_replicates(SCHOOLS["pw"], np.zeros(len(SCHOOLS)), SCHOOLS["dnum"])
    raked = rake_columns(drawn.weights, margins, tolerance=1e-13).weights
    weights = rake(SCHOOLS["pw"], margins, tolerance=1e-13).weights
    design = Design.of(weights, np.zeros(len(SCHOOLS)), SCHOOLS["dnum"])
    return design.with_replicates(Replicates(raked, drawn.scale, drawn.factors, centre))


@pytest.mark.parametrize("outcome", ["api00", "enroll"])
def test_jackknife_of_raked_replicates(outcome):
    found, expected = (
        raked_jackknife(Centre.REPLICATE_MEAN).mean(SCHOOLS[outcome]),
        R["raked_jackknife"],
    )
    assert found.estimate == agrees(expected["est"][outcome])
    assert found.std_error == agrees(expected["se"][outcome])


def test_spread_around_the_estimate_itself():
    found = raked_jackknife(Centre.ESTIMATE).mean(SCHOOLS["api00"])
    assert found.std_error == agrees(R["raked_jackknife"]["se_mse_api00"])
