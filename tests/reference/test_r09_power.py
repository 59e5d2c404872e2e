"""Own golden values (r/own_09_power.R): power and detectable difference of R's power.t.test."""

import numpy as np
import pytest
from golden import agrees, values

from evaluatie.methods import claim_power, detectable, planned_contrast


@pytest.mark.parametrize("case", values("own_09_power"), ids=lambda c: f"{c['n']}v{c['n']}")
def test_equal_areas_have_the_power_of_two_groups(case):
    """With equal variances and weights Bell-McCaffrey df are those of the pooled t test."""
    G = 2 * case["n"]
    treated = np.arange(G) < case["n"]
    planned = planned_contrast(np.full(G, case["sd"] ** 2), np.ones(G), treated, case["level"])
    assert planned.df == agrees(G - 2)
    assert claim_power(case["delta"], planned) == agrees(case["power"])
    assert detectable(planned, 0.8) == agrees(case["detectable"])
