"""The mixed model against balanced analysis of variance, where everything has a closed form."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import grouping, mixed_model

RNG = np.random.default_rng(11)
AREAS, WAVES = 8, 4
AREA = np.repeat(np.arange(AREAS), WAVES)
WAVE = np.tile(np.arange(WAVES), AREAS)
PILOT = (AREA < AREAS / 2).astype(float)
NAMES = ("constant", "pilot", *(f"w{t}" for t in (1, 2, 3)), *(f"pilot:w{t}" for t in (1, 2, 3)))
RESIDUAL_DF = (AREAS - 2) * (WAVES - 1)


def design(pilot=PILOT, wave=WAVE):
    later = [(wave == t).astype(float) for t in (1, 2, 3)]
    return np.column_stack([np.ones(len(wave)), pilot, *later, *(pilot * w for w in later)])


def means():
    """Area x wave means with an area effect and larger area x wave shocks than sampling."""
    return RNG.normal(size=AREAS)[AREA] + 2 * RNG.normal(size=len(AREA))


def patterns():
    return {"area": grouping(AREA), "area_x_wave": np.eye(len(AREA))}


def classical(y):
    """Return difference in differences of wave 3, its standard error, and the mean square."""
    table = y.reshape(AREAS, WAVES)
    side = np.arange(AREAS) < AREAS / 2
    left = np.concatenate([table[s] - table[s].mean(axis=0) for s in (side, ~side)])
    left -= left.mean(axis=1, keepdims=True)
    mean_square = (left**2).sum() / RESIDUAL_DF
    change = table[:, 3] - table[:, 0]
    return (
        change[side].mean() - change[~side].mean(),
        np.sqrt(mean_square * 2 * (1 / 4 + 1 / 4)),
        mean_square,
    )


def test_balanced_means_give_the_split_plot_analysis_of_variance():
    y = means()
    found = mixed_model(y, design(), NAMES, patterns())
    estimate, std_error, mean_square = classical(y)
    assert found.contrast("pilot:w3") == pytest.approx((estimate, std_error, RESIDUAL_DF))
    assert found.components["area_x_wave"] == pytest.approx(mean_square)


def test_known_sampling_variance_is_taken_off_the_estimated_one():
    """Only the sum is identified in balanced data, so the contrast stays what it was."""
    y, sampling = means(), 0.3
    plain = mixed_model(y, design(), NAMES, patterns())
    known = mixed_model(y, design(), NAMES, patterns(), known=sampling * np.eye(len(y)))
    assert known.contrast("pilot:w3") == pytest.approx(plain.contrast("pilot:w3"))
    shock = plain.components["area_x_wave"] - sampling
    assert known.components["area_x_wave"] == pytest.approx(shock)


def test_means_with_known_variance_agree_with_the_model_of_persons():
    """Equally many independent persons per cell: the two stages lose nothing but df they lacked."""
    per_cell = 12
    rows = np.repeat(np.arange(len(AREA)), per_cell)
    y = means()[rows] + 3 * RNG.normal(size=len(rows))
    persons = mixed_model(
        y, design(PILOT[rows], WAVE[rows]), NAMES,
        {"area": grouping(AREA[rows]), "cell": grouping(rows), "person": np.eye(len(rows))},
    )  # fmt: skip
    within = persons.components["person"] / per_cell
    two_stage = mixed_model(
        y.reshape(-1, per_cell).mean(axis=1), design(), NAMES, patterns(),
        known=within * np.eye(len(AREA)),
    )  # fmt: skip
    assert two_stage.contrast("pilot:w3") == pytest.approx(persons.contrast("pilot:w3"), rel=1e-6)


def test_overlap_of_the_panel_makes_a_change_more_precise():
    y, same = means(), np.kron(np.eye(AREAS), np.full((WAVES, WAVES), 0.8))
    alone = mixed_model(y, design(), NAMES, patterns(), known=4 * np.eye(len(y)))
    panel = mixed_model(y, design(), NAMES, patterns(), known=4 * (same + 0.2 * np.eye(len(y))))
    assert panel.components["area_x_wave"] > alone.components["area_x_wave"]


def test_a_variance_at_zero_is_named_and_leaves_the_rest_alone():
    """All variance is sampling: the model is generalised least squares with the known part."""
    table = np.tile([0.0, 1, 2, 3], AREAS) + PILOT + 0.01 * RNG.normal(size=len(AREA))
    found = mixed_model(table, design(), NAMES, patterns(), known=np.eye(len(AREA)))
    assert found.singular == ("area", "area_x_wave")
    _, std_error, df = found.contrast("pilot:w3")
    assert std_error == pytest.approx(np.sqrt(2 * (1 / 4 + 1 / 4)))
    assert df == np.inf


def test_the_likelihood_is_at_its_top():
    y = means() + 3 * RNG.normal(size=AREAS)[AREA]
    found = mixed_model(y, design(), NAMES, patterns())
    assert not found.singular
    for name in found.components:
        for factor in (0.9, 1.1):
            moved = {n: v * (factor if n == name else 1) for n, v in found.components.items()}
            V = sum(v * p for v, p in zip(moved.values(), patterns().values(), strict=True))
            assert restricted(y, design(), V) < found.loglik


def restricted(y, X, V):
    inverse = np.linalg.inv(V)
    gram = X.T @ inverse @ X
    e = y - X @ np.linalg.solve(gram, X.T @ inverse @ y)
    logs = np.linalg.slogdet(V)[1] + np.linalg.slogdet(gram)[1]
    return -0.5 * (logs + e @ inverse @ e + (len(y) - X.shape[1]) * np.log(2 * np.pi))


def test_a_sum_of_terms_can_be_asked():
    found = mixed_model(means(), design(), NAMES, patterns())
    each = [found.contrast(f"pilot:w{t}")[0] for t in (2, 3)]
    assert found.contrast({"pilot:w2": 0.5, "pilot:w3": 0.5})[0] == pytest.approx(np.mean(each))


def test_what_cannot_be_fitted_is_refused():
    y = means()
    with pytest.raises(RefusedError, match="does not vary around"):
        mixed_model(PILOT + WAVE, design(), NAMES, patterns())
    with pytest.raises(RefusedError, match="cannot be told apart with these rows"):
        mixed_model(y, design()[:, [0, 1, 1]], NAMES[:3], patterns())
    twice = patterns() | {"again": grouping(AREA)}
    with pytest.raises(RefusedError, match="two variances"):
        mixed_model(y, design(), NAMES, twice)
    with pytest.raises(RefusedError, match="missing or infinite"):
        mixed_model(np.where(AREA == 0, np.nan, y), design(), NAMES, patterns())
    with pytest.raises(RefusedError, match="no term 'pilot:w9'"):
        mixed_model(y, design(), NAMES, patterns()).contrast("pilot:w9")
    with pytest.raises(RefusedError, match="too many for this mixed model"):
        mixed_model(np.arange(3000.0), np.ones((3000, 1)), ["constant"], {})
