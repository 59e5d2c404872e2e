"""What must not matter to an estimate of durations: order, cuts, copies."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evaluatie.costs import cut_at
from evaluatie.methods import (
    cox,
    cumulative_incidence,
    kaplan_meier,
    mean_cumulative,
    restricted_mean,
    spells,
)

SEEDS = st.integers(0, 10_000)
AT = np.array([3.0, 8, 12])


def drawn(seed, n=60):
    rng = np.random.default_rng(seed)
    stop = rng.integers(1, 25, n).astype(float)
    return rng, stop, rng.integers(0, 3, n), rng.normal(size=n), rng.integers(0, 15, n)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_cutting_a_spell_changes_nothing(seed):
    """A cut at any moment: the same curve, ends, mean, and coefficients, per cluster too."""
    rng, stop, state, x, house = drawn(seed)
    since = np.where(rng.random(len(stop)) < 0.5, rng.uniform(0, 25, len(stop)), np.inf)
    cut = cut_at(np.zeros(len(stop)), stop, state, since)
    assert cut.exit.sum() - cut.entry.sum() == np.float64(stop.sum()) or np.isclose(
        cut.exit.sum() - cut.entry.sum(), stop.sum()
    )
    assert (cut.state > 0).sum() == (state > 0).sum()
    whole = spells(stop, state, np.zeros(len(stop)), clusters=house)
    pieces = spells(cut.exit, cut.state, cut.entry, clusters=house[cut.row])
    assert_allclose(kaplan_meier(whole).at(AT), kaplan_meier(pieces).at(AT))
    for one, other in (
        (cumulative_incidence(whole, 1, AT), cumulative_incidence(pieces, 1, AT)),
        (mean_cumulative(whole, AT), mean_cumulative(pieces, AT)),
    ):
        assert_allclose(one.estimate, other.estimate, atol=1e-12)
        assert_allclose(one.std_error, other.std_error, atol=1e-12)
    a, b = restricted_mean(whole, 10), restricted_mean(pieces, 10)
    assert_allclose([a.estimate, a.robust_error], [b.estimate, b.robust_error], atol=1e-12)
    first = cox(whole, x[:, None], ["x"])
    second = cox(pieces, x[cut.row, None], ["x"])
    assert_allclose(first.coefficients, second.coefficients, atol=1e-8)
    assert_allclose(first.robust, second.robust, rtol=1e-6)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_order_of_rows_does_not_matter(seed):
    rng, stop, state, x, house = drawn(seed)
    order = rng.permutation(len(stop))
    one = spells(stop, state, clusters=house)
    other = spells(stop[order], state[order], clusters=house[order])
    assert_allclose(kaplan_meier(one).at(AT), kaplan_meier(other).at(AT))
    a, b = cox(one, x[:, None], ["x"]), cox(other, x[order, None], ["x"])
    assert_allclose(a.coefficients, b.coefficients, atol=1e-8)
    assert_allclose(a.robust, b.robust, rtol=1e-6)


@given(SEEDS)
@settings(max_examples=25, deadline=None)
def test_weight_two_is_two_people_of_one_household(seed):
    """Breslow's ties for Cox: Efron's depend on how many events are tied."""
    _, stop, state, x, house = drawn(seed)
    heavy = spells(stop, state, weights=np.full(len(stop), 2.0), clusters=house)
    twice = spells(np.tile(stop, 2), np.tile(state, 2), clusters=np.tile(house, 2))
    assert_allclose(kaplan_meier(heavy).at(AT), kaplan_meier(twice).at(AT))
    a, b = restricted_mean(heavy, 10), restricted_mean(twice, 10)
    assert_allclose([a.estimate, a.robust_error], [b.estimate, b.robust_error], atol=1e-12)
    first = cox(heavy, x[:, None], ["x"], ties="breslow")
    second = cox(twice, np.tile(x, 2)[:, None], ["x"], ties="breslow")
    assert_allclose(first.coefficients, second.coefficients, atol=1e-8)
    assert_allclose(first.robust, second.robust, rtol=1e-6)


@given(SEEDS, st.floats(0.1, 50))
@settings(max_examples=25, deadline=None)
def test_unit_of_time_only_scales_the_mean(seed, factor):
    _, stop, state, _, house = drawn(seed)
    one = restricted_mean(spells(stop, state, clusters=house), 10)
    other = restricted_mean(spells(stop * factor, state, clusters=house), 10 * factor)
    assert_allclose(other.estimate, one.estimate * factor, rtol=1e-9)
    assert_allclose(other.robust_error, one.robust_error * factor, rtol=1e-9)
