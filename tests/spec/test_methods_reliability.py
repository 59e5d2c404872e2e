"""Consistency of scales: closed forms, and what is refused."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import one_factor, reliability

RNG = np.random.default_rng(7)


def answers(loadings, n=400, noise=1.0):
    factor = RNG.normal(size=(n, 1))
    return factor * np.asarray(loadings) + noise * RNG.normal(size=(n, len(loadings)))


def test_two_parallel_items_give_spearman_brown():
    """With two items of equal variance alpha is 2r / (1 + r)."""
    items = answers([1, 1])
    items /= items.std(axis=0, ddof=1)
    r = np.corrcoef(items.T)[0, 1]
    found = reliability(items)
    assert found.alpha == pytest.approx(2 * r / (1 + r))
    assert found.item_rest == pytest.approx([r, r])
    assert np.isnan(found.alpha_dropped).all()


def test_alpha_does_not_change_with_the_unit_of_the_scale():
    items = answers([1, 0.8, 0.6])
    assert reliability(10 * items + 3).alpha == pytest.approx(reliability(items).alpha)


def test_frequency_weights_equal_repeated_rows():
    items = answers([1, 0.8, 0.6], n=30)
    times = RNG.integers(1, 4, size=30)
    repeated = np.repeat(items, times, axis=0)
    found, expected = reliability(items, times), reliability(repeated)
    assert found.alpha == pytest.approx(expected.alpha)
    assert found.item_rest == pytest.approx(expected.item_rest)


def test_unequal_weights_widen_the_interval():
    items, weights = answers([1, 1, 1], n=200), RNG.uniform(0.2, 5, 200)
    even, uneven = reliability(items), reliability(items, weights)
    assert uneven.ci_high - uneven.ci_low > even.ci_high - even.ci_low


def test_rows_with_a_missing_item_are_left_out():
    items = answers([1, 0.8, 0.6])
    holed = items.copy()
    holed[:50, 1] = np.nan
    found = reliability(holed)
    assert found.n == 350
    assert found.alpha == pytest.approx(reliability(items[50:]).alpha)


def test_pairwise_equals_complete_rows_where_nothing_is_missing():
    items = answers([1, 0.8, 0.6])
    assert reliability(items, pairwise=True).alpha == pytest.approx(reliability(items).alpha)


def test_an_unreversed_item_shows_as_a_negative_item_rest_correlation():
    items = answers([1, 1, 1, -1])
    found = reliability(items)
    assert np.argmin(found.item_rest) == 3
    assert found.item_rest[3] < 0
    assert np.argmax(found.alpha_dropped) == 3


def test_the_feldt_interval_covers_alpha():
    """Simulation: parallel items, reliability 3 / 4, 400 intervals; Monte Carlo error 1%."""
    truth = 3 / (3 + 1)
    hits = 0
    for _ in range(400):
        found = reliability(answers([1, 1, 1], n=60))
        hits += found.ci_low <= truth <= found.ci_high
    assert 0.92 <= hits / 400 <= 0.98


def test_omega_of_three_items_has_a_closed_form():
    """With three items one factor fits exactly: l1^2 = s12 s13 / s23."""
    items = answers([1, 0.7, 0.5], n=2000)
    S = np.cov(items.T, ddof=0)
    loadings = np.sqrt(
        [S[0, 1] * S[0, 2] / S[1, 2], S[0, 1] * S[1, 2] / S[0, 2], S[0, 2] * S[1, 2] / S[0, 1]]
    )
    found = one_factor(items)
    assert found.loadings == pytest.approx(loadings, rel=1e-8)
    assert found.omega == pytest.approx(loadings.sum() ** 2 / S.sum(), rel=1e-8)
    assert (found.df, found.chi2) == (0, pytest.approx(0, abs=1e-6))
    assert np.isnan(found.cfi)


def test_omega_equals_alpha_when_items_load_alike_and_exceeds_it_when_not():
    alike, unlike = answers([1, 1, 1, 1], n=20_000), answers([2, 1, 0.5, 0.2], n=20_000)
    assert one_factor(alike).omega == pytest.approx(reliability(alike).alpha, abs=0.003)
    assert one_factor(unlike).omega > reliability(unlike).alpha + 0.02


def test_two_factors_do_not_fit_as_one():
    first, second = RNG.normal(size=(2, 1000, 1))
    items = np.hstack([first + RNG.normal(size=(1000, 3)), second + RNG.normal(size=(1000, 3))])
    found = one_factor(items)
    assert found.cfi < 0.8
    assert found.rmsea > 0.15
    assert found.rmsea_low < found.rmsea < found.rmsea_high


@pytest.mark.parametrize("method", [reliability, one_factor])
@pytest.mark.parametrize(
    ("items", "words"),
    [
        (np.ones((20, 1)), "at least two items"),
        (np.ones((20, 3)), "3 of 3 items have the same answer"),
        (np.where(np.arange(3) == 1, np.nan, answers([1, 1, 1])), "1 of 3 items have no answers"),
        (answers([1, 1, 1], n=9), "9 respondents"),
    ],
)
def test_items_that_say_nothing_are_refused(method, items, words):
    with pytest.raises(RefusedError, match=words):
        method(items)


def test_items_that_determine_each_other_have_no_factor_and_no_lambda6():
    items = answers([1, 1])
    items = np.column_stack([items, items.sum(axis=1)])
    assert np.isnan(reliability(items).lambda6)
    with pytest.raises(RefusedError, match="determined by others"):
        one_factor(items)


def test_a_heywood_case_is_refused():
    """A correlation matrix whose exact one-factor solution needs a negative uniqueness."""
    r = np.array([[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]])
    raw = RNG.normal(size=(50, 3))
    raw = (raw - raw.mean(axis=0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(raw.T)).T)
    with pytest.raises(RefusedError, match="Heywood"):
        one_factor(raw @ np.linalg.cholesky(r).T)
