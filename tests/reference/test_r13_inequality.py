"""Gini, Lorenz curve, top shares and concentration index against R (laeken and by hand)."""

from __future__ import annotations

import golden
import numpy as np
import pytest

from evaluatie.methods import concentration_index, gini, lorenz, top_share


@pytest.fixture(scope="module")
def r():
    return golden.values("13_inequality")


@pytest.fixture(scope="module")
def people():
    return golden.table("eusilc2.csv")


def test_gini_as_laeken(r, people):
    income, weight = people["eqIncome"], people["rb050"]
    assert 100 * gini(income, weight).estimate == golden.agrees(r["gini_w"])
    assert 100 * gini(income, weight).estimate == golden.agrees(r["gini_w_hand"])
    assert 100 * gini(income).estimate == golden.agrees(r["gini_unw"])


def test_lorenz_curve(r, people):
    found = lorenz(people["eqIncome"], r["lorenz_w"]["p"], people["rb050"])
    assert found.tolist() == golden.agrees(r["lorenz_w"]["L"])


def test_top_share_with_a_border_unit_counted_in_part(r, people):
    income, weight = people["eqIncome"], people["rb050"]
    assert top_share(income, 0.05).estimate == golden.agrees(r["top5_share_unw"])
    assert top_share(income, 0.05, weight).estimate == golden.agrees(r["top5_share_w"])


def test_concentration_index_of_age_over_income(r, people):
    """R breaks ties in income by the row; so does the ranking that is passed here."""
    ranking = people["eqIncome"] + 1e-9 * (np.arange(len(people)) + 1)
    found = concentration_index(people["age"], ranking, people["rb050"])
    assert found.estimate == golden.agrees(r["conc_index"])


def test_linearised_standard_error_of_gini_is_near_the_jackknife(r, people):
    """R's delete-one jackknife of 800 people; first-order equal, so within half a percent."""
    some = people.iloc[:800]
    found = gini(some["eqIncome"], some["rb050"])
    assert 100 * found.std_error == pytest.approx(r["gini_jackknife_se_first800"], rel=5e-3)
