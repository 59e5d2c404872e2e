"""Raking and trimming on tables small enough to check by hand."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import Margin, effective_n, kish_deff, rake, trim


def margin(name, codes, totals):
    return Margin(name, np.array(codes), np.array(totals, float))


def test_one_margin_divides_each_total_by_its_respondents():
    raked = rake([1, 1, 1], [margin("sex", [0, 0, 1], [10, 30])])
    assert raked.weights == pytest.approx([5, 5, 30])


def test_two_margins_are_both_reproduced():
    sex, area = [0, 0, 1, 1, 0], [0, 1, 0, 1, 1]
    weights = rake(
        np.ones(5), [margin("sex", sex, [40, 60]), margin("area", area, [30, 70])]
    ).weights
    assert np.bincount(sex, weights) == pytest.approx([40, 60])
    assert np.bincount(area, weights) == pytest.approx([30, 70])


def test_raking_keeps_the_odds_ratio_of_the_sample():
    sex, area, base = [0, 0, 1, 1], [0, 1, 0, 1], np.array([3, 1, 2, 5.0])
    w = rake(base, [margin("sex", sex, [40, 60]), margin("area", area, [30, 70])]).weights
    assert w[0] * w[3] / (w[1] * w[2]) == pytest.approx(base[0] * base[3] / (base[1] * base[2]))


def test_an_empty_cell_is_refused_with_the_name_of_the_margin():
    with pytest.raises(RefusedError, match=r"margin 'age': 1 of 3 cells have no respondents"):
        rake([1, 1], [margin("age", [0, 2], [5, 5, 5])])


def test_margins_of_different_populations_are_refused_with_both_totals():
    with pytest.raises(RefusedError, match=r"different populations \(sex 10, area 12\)"):
        rake([1, 1], [margin("sex", [0, 1], [5, 5]), margin("area", [0, 1], [6, 6])])


def test_margins_that_cannot_hold_together_name_the_worst():
    same = [0, 0, 1, 1]
    with pytest.raises(RefusedError, match=r"did not settle .* margin '(one|other)'"):
        rake(np.ones(4), [margin("one", same, [5, 5]), margin("other", same, [2, 8])])


def test_a_missing_base_weight_is_refused():
    with pytest.raises(RefusedError, match="1 missing or infinite entries among 2"):
        rake([1, np.nan], [margin("sex", [0, 1], [5, 5])])


def test_trimming_spreads_the_excess_evenly():
    assert trim([1, 1, 1, 9], cap=6) == pytest.approx([2, 2, 2, 6])


def test_trimming_repeats_when_the_excess_lifts_another_weight_over_the_cap():
    trimmed = trim([1, 3.9, 8], cap=4.5)
    assert trimmed == pytest.approx([3.9, 4.5, 4.5])


def test_a_cap_below_the_mean_is_refused():
    with pytest.raises(RefusedError, match="mean weight lies outside"):
        trim([1, 3], cap=1.5)


def test_effective_n_of_equal_weights_is_n_and_of_one_giant_is_one():
    assert effective_n([2, 2, 2]) == pytest.approx(3)
    assert effective_n([1e-9, 1e-9, 1]) == pytest.approx(1)
    assert kish_deff([1, 3]) == pytest.approx(1.25)
