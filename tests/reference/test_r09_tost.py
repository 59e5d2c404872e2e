"""R topic 09: two one-sided tests of means and shares, non-inferiority, p.adjust."""

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods import p_adjust, share_equivalence, t_equivalence

R = values("09_tost")
CHICKS, SLEEP = table("chick20.csv"), table("sleep.csv")
A, B = (CHICKS.loc[CHICKS["g"] == g, "y"].to_numpy(float) for g in "ab")
ONE, TWO = (SLEEP.loc[SLEEP["group"] == g, "extra"].to_numpy(float) for g in (1, 2))


@pytest.mark.parametrize(
    ("variance", "x", "y", "margin"),
    [("welch", A, B, 60), ("pooled", A, B, 60), ("paired", ONE, TWO, 2.5)],
)
def test_equivalence_by_student_t(variance, x, y, margin):
    found, expected = t_equivalence(x, y, -margin, margin, variance), R[variance]
    assert found.estimate == agrees(expected["diff"])
    assert found.p_lower == agrees(expected["p_lower"])
    assert found.p_upper == agrees(expected["p_upper"])
    assert found.p_value == agrees(expected["p"])
    assert found.df == agrees(expected["df"])
    assert (found.ci_low, found.ci_high) == agrees(expected["ci90"])


def test_non_inferiority_is_the_lower_half():
    assert t_equivalence(A, B, -80, np.inf).p_lower == agrees(R["noninf_lower_p"])


def test_equivalence_of_two_shares():
    found, expected = share_equivalence((45, 50), (120, 118), -0.15, 0.15), R["prop"]
    assert found.estimate == agrees(expected["d"])
    assert found.p_lower == agrees(expected["p_lower"])
    assert found.p_upper == agrees(expected["p_upper"])
    assert found.p_value == agrees(expected["p"])
    assert (found.ci_low, found.ci_high) == agrees(expected["ci90"])


@pytest.mark.parametrize("method", R["adj"])
def test_every_classical_correction_is_that_of_p_adjust(method):
    assert p_adjust(R["pvals"], method) == agrees(R["adj"][method])
    shuffled = np.random.default_rng(1).permutation(len(R["pvals"]))
    mixed = p_adjust(np.array(R["pvals"])[shuffled], method)
    assert mixed == agrees(np.array(R["adj"][method])[shuffled])
