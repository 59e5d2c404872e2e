"""How unequally an amount is spread: closed forms, derivatives, coverage."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    bootstrap_t_top_share,
    concentration_index,
    fractional_rank,
    gini,
    lorenz,
    resampled,
    top_share,
)

SKEWED = np.random.default_rng(5).lognormal(0, 1.5, 400)


def test_gini_of_equal_amounts_is_zero_and_has_no_interval():
    found = gini([3.0] * 5)
    assert found.estimate == pytest.approx(0)
    assert np.isnan([found.std_error, found.ci_low, found.ci_high]).all()


def test_gini_when_one_household_has_everything():
    assert gini([0, 0, 0, 8.0]).estimate == pytest.approx(1 - 1 / 4)


def test_gini_is_half_the_mean_difference_over_the_mean():
    x = SKEWED[:40]
    mean_difference = np.abs(x[:, None] - x).mean()
    assert gini(x).estimate == pytest.approx(mean_difference / (2 * x.mean()))


def test_gini_of_weighted_units_is_that_of_repeated_units():
    x, w = np.array([1.0, 5, 2, 9]), np.array([3, 1, 2, 2])
    assert gini(x, w).estimate == pytest.approx(gini(np.repeat(x, w)).estimate)
    assert top_share(x, 0.3, w).estimate == pytest.approx(top_share(np.repeat(x, w), 0.3).estimate)
    found = lorenz(x, [0.25, 0.7], w)
    assert found == pytest.approx(lorenz(np.repeat(x, w), [0.25, 0.7]))


def test_those_who_use_nothing_raise_the_gini_as_the_formula_says():
    users = SKEWED[:30]
    everyone = np.append(users, np.zeros(70))
    expected = 1 - 0.3 * (1 - gini(users).estimate)
    assert gini(everyone).estimate == pytest.approx(expected)


def test_amounts_below_zero_count_and_can_pass_one():
    assert gini([-5.0, 1, 1, 4]).estimate > 1
    assert lorenz([-1.0, 1, 2], [1 / 3])[0] == pytest.approx(-0.5)


def test_rank_is_the_share_below_plus_half_the_equals():
    rank = fractional_rank([2, 1, 2, 5], np.full(4, 0.25))
    assert rank.tolist() == [0.5, 0.125, 0.5, 0.875]


def test_concentration_index_has_the_sign_of_the_gradient():
    amounts, income = [5.0, 3, 2, 0], [1, 2, 3, 4]
    rising = concentration_index(amounts, income).estimate
    assert rising == pytest.approx(-gini(amounts).estimate)
    assert concentration_index(amounts, [-i for i in income]).estimate == pytest.approx(-rising)
    assert concentration_index(amounts, [7] * 4).estimate == pytest.approx(0)


def test_lorenz_curve_by_hand():
    found = lorenz([1.0, 2, 3, 4], [0, 0.25, 0.5, 0.625, 1])
    assert found.tolist() == pytest.approx([0, 0.1, 0.3, 0.45, 1])


def test_top_share_counts_the_household_at_the_border_in_part():
    amounts = [10.0, 6, 2, 2]
    assert top_share(amounts, 0.25).estimate == pytest.approx(10 / 20)
    assert top_share(amounts, 0.375).estimate == pytest.approx(13 / 20)
    assert top_share(amounts, 0.5).estimate == pytest.approx(16 / 20)


def test_top_share_is_the_end_of_the_lorenz_curve():
    for top in (0.05, 0.1, 0.333):
        curve = lorenz(SKEWED, [1 - top])[0]
        assert top_share(SKEWED, top).estimate == pytest.approx(1 - curve)


@pytest.mark.parametrize(
    "measure",
    [
        gini,
        lambda x, w: top_share(x, 0.1, w),
        lambda x, w: concentration_index(x, np.sin(np.arange(len(x))), w),
    ],
)
def test_influence_is_the_derivative_to_the_weight_of_each_unit(measure):
    """Raise one weight a little: the estimate moves by influence x weight gained."""
    x, w = SKEWED[:60], np.linspace(1, 2, 60)
    found = measure(x, w)
    step = 1e-5
    for i in (0, 17, int(np.argmax(x)), 59):
        more, less = w.copy(), w.copy()
        more[i] += step
        less[i] -= step
        moved = (measure(x, more).estimate - measure(x, less).estimate) / (2 * step)
        assert found.influence[i] / w.sum() == pytest.approx(moved, rel=1e-4, abs=1e-9)
    assert found.influence @ w == pytest.approx(0, abs=1e-9)


def test_linearised_standard_errors_are_near_those_of_the_household_bootstrap():
    counts = resampled(SKEWED.size, 600, seed=1)
    for measure in (gini, lambda x: top_share(x, 0.1)):
        drawn = [measure(np.repeat(SKEWED, c.astype(int))).estimate for c in counts]
        assert np.std(drawn) == pytest.approx(measure(SKEWED).std_error, rel=0.12)


def test_bootstrap_t_replicates_are_top_shares_of_the_samples():
    """With the samples given, the interval follows from top shares computed one by one."""
    counts = resampled(SKEWED.size, 99, seed=2)
    found, top = bootstrap_t_top_share(SKEWED, 0.05, counts), top_share(SKEWED, 0.05)

    def logit(p):
        return np.log(p / (1 - p))

    t = []
    for c in counts:
        one = top_share(np.repeat(SKEWED, c.astype(int)), 0.05)
        se = one.std_error / (one.estimate * (1 - one.estimate))
        t.append((logit(one.estimate) - logit(top.estimate)) / se)
    slope = top.std_error / (top.estimate * (1 - top.estimate))
    implied = [(logit(top.estimate) - logit(end)) / slope for end in (found.ci_high, found.ci_low)]
    t = np.sort(t)
    assert t[0] <= implied[0] <= t[5]
    assert t[-6] <= implied[1] <= t[-1]
    assert found.estimate == top.estimate
    assert found.std_error == top.std_error


def _coverage(draw, n, reps, truth, interval):
    rng = np.random.default_rng(11)
    inside = 0
    for k in range(reps):
        found = interval(draw(rng, n), k)
        inside += found.ci_low <= truth <= found.ci_high
    return inside / reps


def _lognormal(rng, n):
    return rng.lognormal(0, 1, n)


def test_gini_interval_covers_where_the_tail_is_not_heavy():
    """Log-normal with sigma 1: G = 2 Phi(1 / sqrt 2) - 1. Nominal 95%, 2 Monte Carlo errors."""
    covered = _coverage(_lognormal, 3000, 400, 0.5204999, lambda x, _: gini(x))
    assert covered >= 0.95 - 2 * np.sqrt(0.95 * 0.05 / 400)


@pytest.mark.slow
def test_intervals_of_heavy_tails_cover_less_than_they_say():
    """What docs/methods.md admits: log-normal with sigma 1.5, top 1% of 1,000 households."""
    from scipy.stats import norm

    truth = norm.cdf(1.5 - norm.ppf(0.99))

    def heavy(rng, n):
        return rng.lognormal(0, 1.5, n)

    def studentised(x, k):
        return bootstrap_t_top_share(x, 0.01, resampled(x.size, 399, seed=k))

    linear = _coverage(heavy, 1000, 400, truth, lambda x, _: top_share(x, 0.01))
    better = _coverage(heavy, 1000, 400, truth, studentised)
    assert linear < 0.88
    assert 0.86 < better < 0.95


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: gini([]), "non-empty"),
        (lambda: gini([1, np.nan]), "1 missing"),
        (lambda: gini([0, 0]), "nothing to share out"),
        (lambda: gini([1, 2], [1, 0]), "zero or negative"),
        (lambda: top_share([1, 2], 1.0), "no top 1"),
        (lambda: top_share([1, 2], 0.05), "less than one unit"),
        (lambda: lorenz([1, 2], [1.2]), "outside 0 to 1"),
        (lambda: concentration_index([1, 2], [1]), "ranking has 1"),
        (lambda: bootstrap_t_top_share([1, 2], 0.5, [[1, 1, 1]]), "count every unit"),
        (lambda: bootstrap_t_top_share(SKEWED, 0.1, resampled(400, 20, 1)), "20 samples"),
    ],
)
def test_refusals_say_what_is_wrong(call, words):
    with pytest.raises(RefusedError, match=words):
        call()
