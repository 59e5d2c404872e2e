"""Cost per gain, net benefit, assumptions, break-even: closed forms, brute force, simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    Assumption,
    Increment,
    Quadrant,
    acceptability_frontier,
    area_increment,
    area_under_curve,
    bootstrap_ratio_interval,
    break_even,
    discount_factors,
    draw_assumptions,
    ellipse_radius,
    fieller_interval,
    net_benefit,
    payback,
    perfect_information,
    present_value,
    quadrant,
    quadrant_shares,
    ratio,
    tornado,
)
from evaluatie.methods.economics.incremental import Shape, replicates

Z = 1.959963984540054


def test_present_value_is_the_sum_of_discounted_amounts():
    assert present_value([100, 104, 108.16], [0, 1, 2], 0.04) == pytest.approx(300)
    assert discount_factors([0, 1, 2.5], 0.0).tolist() == [1, 1, 1]
    both = present_value([[100, 0], [0, 104]], [0, 1], 0.04)
    assert both == pytest.approx([100, 100])


@pytest.mark.parametrize(("years", "rate"), [([0, -1], 0.04), ([0, 1], -0.01), ([0, 1], 1.0)])
def test_discounting_to_the_past_or_at_an_impossible_rate_is_refused(years, rate):
    with pytest.raises(RefusedError):
        discount_factors(years, rate)


def test_years_in_full_health_are_trapezoids_and_each_year_is_discounted_from_its_start():
    assert float(area_under_curve([1, 1, 1], [0, 1, 2])) == 2
    assert float(area_under_curve([1, 1, 1], [0, 1, 2], 0.25)) == pytest.approx(1 + 0.8)
    found = area_under_curve([[0.5, 0.7], [0.0, 1.0]], [0, 2])
    assert found == pytest.approx([1.2, 1.0])


@pytest.mark.parametrize(
    ("index", "years"), [([1], [0]), ([1, 1], [1, 1]), ([1, np.nan], [0, 1]), ([1, 1], [0, 1, 2])]
)
def test_a_curve_without_two_known_moments_in_order_has_no_area(index, years):
    with pytest.raises(RefusedError):
        area_under_curve(index, years)


@pytest.mark.parametrize(
    ("cost", "effect", "where"),
    [
        (1, 1, Quadrant.DEARER_BETTER),
        (-1, 1, Quadrant.CHEAPER_BETTER),
        (0, 1, Quadrant.CHEAPER_BETTER),
        (-1, -1, Quadrant.CHEAPER_WORSE),
        (1, -1, Quadrant.DEARER_WORSE),
        (1, 0, Quadrant.NO_EFFECT),
    ],
)
def test_quadrants(cost, effect, where):
    assert quadrant(cost, effect) is where


@pytest.mark.parametrize(("cost", "effect"), [(-100, 0.1), (100, -0.1), (100, 0)])
def test_a_negative_or_infinite_ratio_is_never_given(cost, effect):
    with pytest.raises(RefusedError, match="a ratio has no meaning here"):
        ratio(cost, effect)


def test_fieller_interval_holds_the_ratios_that_a_test_does_not_reject():
    found = fieller_interval(Increment(200, 0.05, 900, 1e-4, 0.05), Z)
    assert found.shape is Shape.BOUNDED
    for end in (found.low, found.high):
        gap = 200 - end * 0.05
        error = np.sqrt(900 + end**2 * 1e-4 - 2 * end * 0.05)
        assert abs(gap) / error == pytest.approx(Z)


@pytest.mark.parametrize(
    ("increment", "shape"),
    [
        (Increment(200, 0.01, 900, 1e-4, 0.0), Shape.EXCLUSIVE),  # cost differs, effect does not
        (Increment(10, 0.01, 900, 1e-4, 0.0), Shape.UNBOUNDED),  # neither differs
    ],
)
def test_an_effect_that_may_be_zero_leaves_the_ratio_unbounded(increment, shape):
    found = fieller_interval(increment, Z)
    assert found.shape is shape
    assert (found.low, found.high) == (-np.inf, np.inf)


def test_an_impossible_covariance_is_refused():
    with pytest.raises(RefusedError, match="no covariance matrix"):
        Increment(1, 1, 1, 1, 1.5)


def test_wedge_of_replicates_agrees_with_fieller_when_both_differ_clearly():
    increment = Increment(1000, 0.2, 10_000, 4e-4, 0.5)
    drawn = replicates(increment, 200_000, 1)
    wedge = bootstrap_ratio_interval(*drawn, (1000, 0.2))
    exact = fieller_interval(increment, Z)
    assert [wedge.low, wedge.high] == pytest.approx([exact.low, exact.high], rel=0.02)


def test_wedge_around_no_effect_is_unbounded():
    drawn = replicates(Increment(100, 0.01, 2500, 4e-4, 0.0), 5000, 1)
    assert bootstrap_ratio_interval(*drawn, (100, 0.01)).shape is Shape.UNBOUNDED


def test_quadrant_shares_sum_to_one_and_are_those_of_the_normal_distribution():
    cost, effect = replicates(Increment(0.5, 1.0, 1.0, 1.0, 0.0), 400_000, 7)
    found = quadrant_shares(cost, effect)
    assert sum(found.values()) == pytest.approx(1)
    expected = stats.norm.cdf(0.5) * stats.norm.cdf(1.0)
    assert found[Quadrant.DEARER_BETTER] == pytest.approx(expected, abs=0.003)


def test_replicates_have_the_declared_covariance_and_heavier_tails_with_few_degrees_of_freedom():
    wide = Increment(1, 2, 4.0, 1.0, 1.0, df=6)
    cost, effect = replicates(wide, 400_000, 3)
    factor = 6 / (6 - 2)
    assert np.cov(cost, effect) == pytest.approx(factor * np.array([[4, 1], [1, 1]]), rel=0.05)


def test_net_benefit_with_degrees_of_freedom_is_a_t_interval():
    increment = Increment(-30, 0.01, 400, 1e-5, 0.0, df=6)
    found = net_benefit(increment, [20_000])
    assert found.estimate[0] == pytest.approx(230)
    error = np.sqrt(20_000**2 * 1e-5 + 400)
    assert found.std_error[0] == pytest.approx(error)
    assert found.high[0] - found.estimate[0] == pytest.approx(stats.t.ppf(0.975, 6) * error)
    assert found.acceptability[0] == pytest.approx(stats.t.cdf(230 / error, 6))


@pytest.mark.parametrize("df", [6.0, np.inf])
def test_information_in_closed_form_is_that_of_many_draws(df):
    increment = Increment(100, 0.01, 2500, 1e-5, 0.02, df=df)
    drawn = replicates(increment, 400_000, 11)
    price = [0, 5_000, 20_000]
    closed = net_benefit(increment, price).perfect_information
    assert perfect_information(*drawn, price) == pytest.approx(closed, rel=0.03, abs=0.3)


def test_frontier_is_the_probability_of_the_choice_with_the_highest_benefit():
    assert acceptability_frontier([0.7, 0.4, 0.5], [10, -3, 0]) == pytest.approx([0.7, 0.6, 0.5])


def test_equal_areas_have_the_variance_of_two_samples_times_seven_sixths():
    """By hand: leaving out one of n areas of an arm moves its mean by (y - mean) / (n - 1)."""
    rng = np.random.default_rng(5)
    cost, effect = rng.normal(size=(2, 8))
    treated = np.arange(8) < 4
    found = area_increment(cost, effect, np.ones(8), treated)
    arms = [np.cov(cost[side], effect[side]) for side in (treated, ~treated)]
    off = 7 / 8 * sum(3 * spread / 9 for spread in arms)
    assert found.cost == pytest.approx(cost[:4].mean() - cost[4:].mean())
    assert [found.cost_variance, found.covariance, found.effect_variance] == pytest.approx(
        [off[0, 0], off[0, 1], off[1, 1]]
    )
    assert found.df == 6


def test_joint_jackknife_covers_the_net_benefit_in_eight_areas():
    """2,000 simulated sets of areas of unequal size, one arm twice as variable as the other."""
    rng, inside, runs = np.random.default_rng(2017), 0, 2000
    treated = np.arange(8) < 4
    sizes = np.array([4100, 5300, 3200, 2400, 4900, 2700, 3100, 4400.0])
    spread = np.where(treated, 2.0, 1.0)[:, None]
    root = np.linalg.cholesky([[150.0**2, -2.0], [-2.0, 0.05**2]])
    for _ in range(runs):
        pair = spread * (rng.standard_normal((8, 2)) @ root.T)
        found = area_increment(pair[:, 0], pair[:, 1], sizes, treated)
        benefit = net_benefit(found, [20_000])
        inside += bool(benefit.low[0] <= 0 <= benefit.high[0])
    assert inside / runs >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / runs)


def test_one_area_on_a_side_has_no_joint_uncertainty():
    with pytest.raises(RefusedError, match="areas to leave out"):
        area_increment([1, 2, 3], [1, 2, 3], [1, 1, 1], [True, False, False])


def test_ellipse_radius_is_chi_square_for_many_degrees_of_freedom():
    assert ellipse_radius(np.inf) == pytest.approx(np.sqrt(stats.chi2.ppf(0.95, 2)))
    assert ellipse_radius(1e7) == pytest.approx(ellipse_radius(np.inf), rel=1e-5)
    assert ellipse_radius(6) > ellipse_radius(60)


@pytest.mark.parametrize(
    ("kind", "mean", "spread"),
    [
        ("normal", 20.0, 10 / (2 * Z)),
        ("gamma", 20.0, 10 / (2 * Z)),
        ("triangular", (15 + 20 + 25) / 3, np.sqrt(100 / 24)),
        ("pert", (15 + 4 * 20 + 25) / 6, 10 / np.sqrt(28)),
    ],
)
def test_distributions_have_the_declared_mean_and_spread(kind, mean, spread):
    drawn = draw_assumptions([Assumption("a", 20, 15, 25, kind)], 200_000, 1)[:, 0]
    assert drawn.mean() == pytest.approx(mean, rel=0.003)
    assert drawn.std() == pytest.approx(spread, rel=0.01)


def test_a_share_stays_between_zero_and_one_and_a_lognormal_has_its_range():
    share = draw_assumptions([Assumption("s", 0.1, 0.02, 0.3, "beta")], 100_000, 2)[:, 0]
    assert 0 < share.min() < share.max() < 1
    assert share.mean() == pytest.approx(0.1, rel=0.01)
    skewed = Assumption("l", 10, 5, 20, "lognormal")
    assert skewed.quantile([0.025, 0.5, 0.975]) == pytest.approx([5, 10, 20])


def test_each_assumption_keeps_its_draws_when_others_are_added_or_moved():
    a, b = Assumption("a", 1, 0, 2, "normal"), Assumption("b", 5, 1, 9, "gamma")
    alone, both = draw_assumptions([a], 50, 9), draw_assumptions([b, a], 50, 9)
    assert alone[:, 0].tolist() == both[:, 1].tolist()
    assert np.abs(np.corrcoef(draw_assumptions([a, b], 20_000, 9).T)[0, 1]) < 0.03


def test_correlation_is_there_only_when_declared():
    pair = [Assumption(name, 0, -2, 2, "normal") for name in "ab"]
    drawn = draw_assumptions(pair, 50_000, 4, [[1, 0.6], [0.6, 1]])
    assert np.corrcoef(drawn.T)[0, 1] == pytest.approx(0.6, abs=0.01)
    with pytest.raises(RefusedError, match="no correlation matrix"):
        draw_assumptions(pair, 10, 4, [[1, 1.2], [1.2, 1]])


@pytest.mark.parametrize(
    ("value", "low", "high", "kind"),
    [(3, 4, 5, "normal"), (1, 0, 2, "gamma"), (0.5, 0.0, 1.2, "beta"), (np.nan, 0, 1, "normal")],
)
def test_an_impossible_assumption_is_refused_by_name(value, low, high, kind):
    with pytest.raises(RefusedError, match="'quantity'"):
        Assumption("quantity", value, low, high, kind)


def test_tornado_moves_one_assumption_at_a_time_and_puts_the_widest_first():
    assumed = [
        Assumption("small", 1, 0, 2, "normal"),
        Assumption("large", 10, 0, 20, "normal"),
        Assumption("known", 3, 3, 3),
    ]
    found = tornado(lambda draws: draws[:, 0] + 2 * draws[:, 1] + draws[:, 2], assumed)
    assert [swing.name for swing in found] == ["large", "small"]
    assert (found[0].at_low, found[0].at_high) == (4, 44)
    assert found[1].size == 2


def test_break_even_value_or_none_where_it_is_out_of_reach():
    assert break_even(lambda x: 3 * x - 12, 0, 10) == pytest.approx(4)
    assert break_even(lambda x: x**2, 0, 1) == 0
    assert break_even(lambda x: -1 - x, 0, 10) is None
    with pytest.raises(RefusedError):
        break_even(lambda x: x, 1, 1)


@pytest.mark.parametrize(
    ("yearly", "year"), [([-10, 4, 6], 2), ([-10, 20, -20], None), ([1, 1], 0), ([-10, 20, 5], 1)]
)
def test_paid_back_when_the_running_total_stays_above_zero(yearly, year):
    assert payback(np.array(yearly, dtype=float)) == year
