"""Funnel limits: closed form, exact distributions, and coverage when units really differ."""

import numpy as np
import pytest
from scipy import integrate, stats

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    additive_limits,
    exact_ratio_limits,
    exact_share_limits,
    multiplicative_limits,
    overdispersion,
    ratio_errors,
    share_errors,
)
from evaluatie.methods.performance.funnel import winsorised_square

SIZES = np.array([12, 20, 35, 60, 100, 160, 250, 400])


def test_phi_and_tau2_are_those_of_the_formula():
    y, s = np.array([0.9, 1.2, 1.0, 1.5]), np.array([0.1, 0.1, 0.2, 0.25])
    found = overdispersion(y, s, 1.0, winsorised=0, consistent=False)
    z = np.array([-1.0, 2.0, 0.0, 2.0])
    assert found.z == pytest.approx(z)
    assert found.phi == pytest.approx(9 / 4)
    w = 1 / s**2
    assert found.tau2 == pytest.approx((9 - 3) / (w.sum() - (w**2).sum() / w.sum()))


def test_equal_errors_give_the_textbook_variance_between_units():
    y = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    found = overdispersion(y, np.full(5, 0.5), 3.0, winsorised=0, consistent=False)
    assert found.tau2 == pytest.approx(np.var(y, ddof=1) - 0.25)


def test_winsorised_scores_are_pulled_in_to_the_quantiles():
    z = np.array([-9.0, -1.0, -0.5, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 9.0])
    found = overdispersion(z, np.ones(10), 0.0, consistent=False)
    low, high = np.quantile(z, [0.1, 0.9])
    assert found.phi == pytest.approx(np.mean(np.clip(z, low, high) ** 2))
    assert found.phi < overdispersion(z, np.ones(10), 0.0, winsorised=0).phi


def test_the_mean_winsorised_square_is_the_integral():
    for share in (0.05, 0.1, 0.25):
        cut = stats.norm.ppf(1 - share)
        inner, _ = integrate.quad(lambda x: x**2 * stats.norm.pdf(x), -cut, cut)
        assert winsorised_square(share) == pytest.approx(inner + 2 * share * cut**2)


def test_no_more_than_chance_gives_no_variance_between_units():
    y = np.array([1.0, 1.01, 0.99, 1.0, 1.005])
    found = overdispersion(y, np.full(5, 0.5), 1.0)
    assert found.tau2 == 0.0
    plain = additive_limits(np.full(5, 0.5), 1.0, 0.95)
    assert additive_limits(np.full(5, 0.5), 1.0, 0.95, found.tau2).low == pytest.approx(plain.low)
    assert multiplicative_limits([0.5], 1.0, 0.95, found.phi).low == pytest.approx(plain.low[:1])


def test_limits_have_the_normal_quantiles():
    s = share_errors(SIZES, 0.3)
    assert s == pytest.approx(np.sqrt(0.21 / SIZES))
    limits = additive_limits(s, 0.3, 0.95, 0.01)
    assert limits.high - 0.3 == pytest.approx(1.959964 * np.sqrt(s**2 + 0.01), rel=1e-6)
    outer = multiplicative_limits(s, 0.3, 0.998, 4.0)
    assert 0.3 - outer.low == pytest.approx(3.090232 * 2 * s, rel=1e-6)


def test_a_count_outside_the_exact_limits_is_as_rare_as_promised_and_the_next_is_not():
    for coverage in (0.95, 0.998):
        tail = (1 - coverage) / 2
        limits = exact_share_limits(SIZES, 0.2, coverage)
        counts = zip(SIZES, limits.low * SIZES, limits.high * SIZES, strict=True)
        for n, low, high in counts:
            if low > 0:
                assert stats.binom.cdf(np.floor(low), n, 0.2) <= tail + 1e-12
                assert stats.binom.cdf(np.floor(low) + 1, n, 0.2) >= tail
            assert stats.binom.sf(np.ceil(high) - 1, n, 0.2) <= tail + 1e-12
            assert stats.binom.sf(np.ceil(high) - 2, n, 0.2) >= tail


def test_exact_limits_of_a_half_are_symmetric():
    limits = exact_share_limits(SIZES, 0.5, 0.95)
    assert limits.low == pytest.approx(1 - limits.high)


def test_exact_limits_approach_the_normal_ones_in_large_units():
    n = np.array([40_000.0])
    exact, normal = (
        exact_share_limits(n, 0.3, 0.95),
        additive_limits(share_errors(n, 0.3), 0.3, 0.95),
    )
    assert exact.low == pytest.approx(normal.low, abs=1e-4)
    ratio = exact_ratio_limits(n, 1.0, 0.95)
    assert ratio.high == pytest.approx(1 + 1.96 / np.sqrt(n), abs=1e-4)


def test_exact_ratio_limits_hold_for_poisson_counts():
    expected = np.array([6.0, 25.0, 90.0])
    limits = exact_ratio_limits(expected, 1.0, 0.95)
    for e, low, high in zip(expected, limits.low, limits.high, strict=True):
        assert (
            stats.poisson.sf(np.ceil(high * e) - 1, e)
            <= 0.025
            <= stats.poisson.sf(np.ceil(high * e) - 2, e)
        )
        assert stats.poisson.cdf(np.floor(low * e), e) <= 0.025 or low == 0


def test_errors_of_a_ratio_shrink_with_the_size_of_a_unit_and_are_zero_without_spread():
    units = np.repeat([0, 1], [10, 40])
    expected = np.ones(50)
    observed = np.tile([0.5, 1.5], 25)
    s = ratio_errors(observed, expected, units)
    assert s == pytest.approx(0.5 / np.sqrt([10, 40]))
    assert ratio_errors(expected * 2, expected, units) == pytest.approx(0, abs=1e-12)


def coverage_of(between, studies=400, units=60, seed=5):
    """Share of units within the limits, when units differ by ``between`` besides chance."""
    rng = np.random.default_rng(seed)
    inside = {0.95: [], 0.998: []}
    plain = []
    for _ in range(studies):
        size = rng.integers(15, 400, units)
        s = 1 / np.sqrt(size)
        y = 1 + between * rng.standard_normal(units) + s * rng.standard_normal(units)
        tau2 = overdispersion(y, s, 1.0).tau2
        for coverage in inside:
            limits = additive_limits(s, 1.0, coverage, tau2)
            inside[coverage].append(np.mean((limits.low <= y) & (y <= limits.high)))
        bare = additive_limits(s, 1.0, 0.95)
        plain.append(np.mean((bare.low <= y) & (y <= bare.high)))
    return {k: np.mean(v) for k, v in inside.items()}, np.mean(plain)


def test_limits_keep_their_coverage_when_units_really_differ():
    found, plain = coverage_of(0.2)
    assert found[0.95] == pytest.approx(0.95, abs=0.015)
    assert found[0.998] == pytest.approx(0.998, abs=0.004)
    assert plain < 0.65  # without overdispersion a third of ordinary units would stand out


def test_limits_keep_their_coverage_when_only_chance_is_at_work():
    found, plain = coverage_of(0.0)
    assert 0.945 <= found[0.95] <= 0.975  # a little wide: the variance cannot be negative
    assert plain == pytest.approx(0.95, abs=0.01)


def test_a_unit_that_stands_out_does_not_hide_itself():
    rng = np.random.default_rng(3)
    s = np.full(40, 0.1)
    y = 1 + 0.1 * rng.standard_normal(40)
    y[0] = 2.5
    robust = overdispersion(y, s, 1.0)
    naive = overdispersion(y, s, 1.0, winsorised=0)
    assert y[0] > additive_limits(s, 1.0, 0.998, robust.tau2).high[0]
    assert robust.tau2 < naive.tau2 / 5


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(RefusedError, match="2 units"):
        overdispersion([1.0, 2.0], [1.0, 1.0], 1.0)
    with pytest.raises(RefusedError, match="between 0 and 1"):
        exact_share_limits([10], 1.0, 0.95)
    with pytest.raises(RefusedError, match="winsorised"):
        overdispersion([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 1.0, winsorised=0.5)
    with pytest.raises(RefusedError, match="cover"):
        additive_limits([1.0], 1.0, 1.0)
    with pytest.raises(RefusedError, match="nothing is expected of 1 units"):
        ratio_errors([1.0, 1.0], [1.0, 0.0], [0, 1])
