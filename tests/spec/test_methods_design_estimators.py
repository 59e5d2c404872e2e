"""Ratios, quantiles, regression, tables and finite populations by hand."""

import numpy as np
import pytest
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Design,
    Family,
    FinitePopulation,
    design_quantile,
    design_ratio,
    quantile_columns,
    rao_scott,
    rao_scott_fit,
    share_interval,
    survey_regression,
    survey_t_test,
)

N = 40
RNG = np.random.default_rng(11)
Y, GROUP = RNG.normal(5, 2, N), np.arange(N) % 2
CONSTANT = np.ones((N, 1))
PLAIN = Design.of(np.ones(N), np.zeros(N), range(N))


def finite(clusters, units=None, inside=None):
    strata, cluster = np.zeros(4), np.array([0, 0, 1, 1])
    population = FinitePopulation(np.full(4, clusters), units, inside)
    return Design.of(np.ones(4), strata, cluster, finite=population)


def test_a_ratio_to_ones_is_the_mean():
    ratio, mean = design_ratio(PLAIN, Y, np.ones(N)), PLAIN.mean(Y)
    assert (ratio.estimate, ratio.std_error) == pytest.approx((mean.estimate, mean.std_error))


def test_a_ratio_leaves_out_who_lacks_either_value():
    numerator, denominator = Y.copy(), np.ones(N)
    numerator[0], denominator[1] = np.nan, np.nan
    assert design_ratio(PLAIN, numerator, denominator).n == N - 2


def test_a_ratio_to_nothing_is_refused():
    with pytest.raises(RefusedError, match="denominator of 40 units in the domain adds up to zero"):
        design_ratio(PLAIN, Y, np.zeros(N))


def test_the_median_of_equal_weights_is_an_order_statistic():
    values = np.arange(1.0, 41)
    found = design_quantile(PLAIN, values, 0.5)
    assert found.estimate == 20
    assert found.ci_low < 20 < found.ci_high
    heavy = np.where(values == 33, 100.0, 1.0)
    assert quantile_columns(values, heavy[:, None], 0.5).tolist() == [33]


def test_a_quantile_with_too_few_values_for_an_interval_is_refused():
    with pytest.raises(RefusedError, match="40 values in 40 sampling units are too few"):
        design_quantile(PLAIN, Y, 0.02)


def test_a_quantile_outside_zero_and_one_does_not_exist():
    with pytest.raises(RefusedError, match=r"there is no quantile 1\.5"):
        design_quantile(PLAIN, Y, 1.5)


def test_a_regression_on_a_constant_is_the_mean():
    found, mean = survey_regression(PLAIN, Y, CONSTANT), PLAIN.mean(Y)
    assert found.coefficients[0] == pytest.approx(mean.estimate)
    assert found.std_errors[0] == pytest.approx(mean.std_error)
    assert found.df == mean.df


def test_a_logistic_regression_on_a_constant_is_the_logit_of_the_share():
    high = (Y > 5).astype(float)
    found, share = survey_regression(PLAIN, high, CONSTANT, Family.LOGIT), PLAIN.mean(high)
    p = share.estimate
    assert found.coefficients[0] == pytest.approx(np.log(p / (1 - p)))
    assert found.std_errors[0] == pytest.approx(share.std_error / (p * (1 - p)))


def test_a_t_test_is_the_difference_of_two_means():
    found = survey_t_test(PLAIN, Y, GROUP == 1)
    assert found.difference == pytest.approx(Y[GROUP == 1].mean() - Y[GROUP == 0].mean())
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(found.t), N - 2))


def test_a_row_with_a_missing_predictor_leaves_the_regression():
    X = np.column_stack([np.ones(N), GROUP.astype(float)])
    X[3, 1] = np.nan
    assert survey_regression(PLAIN, Y, X).n == N - 1


@pytest.mark.parametrize(
    ("outcome", "X", "family", "message"),
    [
        (np.ones(N), CONSTANT, Family.GAUSSIAN, "outcome is the same for all 40 units"),
        (Y, np.ones((N, 2)), Family.GAUSSIAN, "predictor number 2 is a combination"),
        (Y, CONSTANT, Family.LOGIT, "zeros and ones"),
        (
            (Y > 5).astype(float),
            np.column_stack([np.ones(N), Y > 5]),
            Family.LOGIT,
            "separate the ones from the zeros",
        ),
    ],
)
def test_a_regression_that_does_not_exist_is_refused(outcome, X, family, message):
    with pytest.raises(RefusedError, match=message):
        survey_regression(PLAIN, outcome, X, family)


def test_too_few_households_for_the_coefficients_are_refused():
    design = Design.of(np.ones(N), np.zeros(N), np.arange(N) // 20)
    X = np.column_stack([np.ones(N), GROUP, Y**2])
    with pytest.raises(RefusedError, match="2 sampling units leave no degrees of freedom for 3"):
        survey_regression(design, Y, X)


def test_without_clusters_rao_scott_is_pearson():
    rows, columns = GROUP, (Y > 5.5).astype(int)
    found = rao_scott(PLAIN, rows, columns)
    table = np.array([[((rows == i) & (columns == j)).sum() for j in (0, 1)] for i in (0, 1)])
    pearson = stats.chi2_contingency(table, correction=False)
    assert found.chi_square == pytest.approx(pearson.statistic)
    assert found.df_numerator == pytest.approx(1)
    assert found.p_value == pytest.approx(pearson.pvalue, rel=0.3)


def test_everybody_twice_in_a_household_doubles_the_design_effect():
    rows, columns = GROUP, (Y > 5.5).astype(int)
    once = rao_scott(PLAIN, rows, columns)
    twice = Design.of(np.ones(2 * N), np.zeros(2 * N), np.tile(range(N), 2))
    found = rao_scott(twice, np.tile(rows, 2), np.tile(columns, 2))
    assert found.chi_square == pytest.approx(2 * once.chi_square)
    assert found.mean_deff == pytest.approx(2 * once.mean_deff)
    assert found.statistic == pytest.approx(once.statistic)


def test_a_fit_without_clusters_is_pearson():
    cells = np.repeat([0, 1, 2], [10, 10, 20])
    found = rao_scott_fit(PLAIN, cells, [1, 1, 2])
    assert found.chi_square == pytest.approx(0, abs=1e-12)
    assert found.mean_deff == pytest.approx(N / (N - 1))
    found = rao_scott_fit(PLAIN, cells, [1, 1, 1])
    assert found.chi_square == pytest.approx(stats.chisquare([10, 10, 20]).statistic)


def test_a_table_with_one_row_is_refused():
    with pytest.raises(RefusedError, match="a table of 1 by 2 has nothing to compare"):
        rao_scott(PLAIN, np.zeros(N), GROUP)


def test_a_cell_outside_the_population_is_refused():
    with pytest.raises(RefusedError, match="every unit needs one cell"):
        rao_scott_fit(PLAIN, GROUP, [1.0, 2.0], domain=np.zeros(N, dtype=bool))


def test_a_census_of_the_clusters_leaves_no_variance():
    assert finite(2).mean([1, 2, 5, 9]).std_error == 0


def test_half_of_the_clusters_halves_the_variance():
    with_replacement = Design.of(np.ones(4), np.zeros(4), [0, 0, 1, 1])
    expected = with_replacement.mean([1, 2, 5, 9]).std_error
    assert finite(4).mean([1, 2, 5, 9]).std_error == pytest.approx(expected * np.sqrt(0.5))


def test_a_second_stage_adds_the_spread_within_clusters():
    # all clusters, 2 of 4 people in each: V = (1 - 2/4) 2/(2 - 1) sum of squares around the cluster
    design = finite(2, [0, 1, 0, 1], np.full(4, 4))
    expected = 0.5 * 2 * (2 * 0.5**2 + 2 * 2**2)
    assert design.total([1, 2, 5, 9]).std_error == pytest.approx(np.sqrt(expected))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1,), "more clusters were sampled than there are, 1 times"),
        ((3, [0, 0, 0, 1], [4, 4, 4, 4]), "of 1 clusters one of several second-stage units"),
        ((3, [0, 1, 0, 1], [4, 3, 4, 4]), "the population differs among the rows of 1 units"),
    ],
)
def test_a_finite_population_that_cannot_be_is_refused(arguments, message):
    with pytest.raises(RefusedError, match=message):
        finite(*arguments)


@pytest.mark.parametrize("method", ["beta", "asin"])
def test_a_share_of_nobody_has_no_such_interval(method):
    with pytest.raises(RefusedError, match="use method 'logit'"):
        share_interval(0, 0, 10, 0.95, 20, method=method)
