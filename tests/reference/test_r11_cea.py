"""Cost-effectiveness against R: ratio, Fieller, net benefit, acceptability, information."""

from __future__ import annotations

import numpy as np
import pytest
from golden import agrees, table, values

from evaluatie.methods.economics.incremental import (
    Increment,
    Quadrant,
    Shape,
    bootstrap_ratio_interval,
    fieller_interval,
    quadrant_shares,
    ratio,
)
from evaluatie.methods.economics.net_benefit import (
    acceptability,
    net_benefit,
    perfect_information,
)
from evaluatie.methods.economics.quality_years import area_under_curve

GOLDEN = values("11_cea")
LAMBDA = GOLDEN["lambda"]
Z = 1.959963984540054


@pytest.fixture(scope="module")
def increment() -> Increment:
    """Difference of two arms of people with the covariance of their means, as in the R script."""
    people = table("cea.csv")
    arms = [people[people["arm"] == arm] for arm in (0, 1)]
    spread = np.sum([np.cov(arm["cost"], arm["qaly"]) / len(arm) for arm in arms], axis=0)
    control, treated = (arm[["cost", "qaly"]].mean() for arm in arms)
    difference = treated - control
    return Increment(
        float(difference["cost"]), float(difference["qaly"]),
        float(spread[0, 0]), float(spread[1, 1]), float(spread[0, 1]),
    )  # fmt: skip


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray]:
    boot = table("cea_boot.csv")
    return boot["dc"].to_numpy(), boot["de"].to_numpy()


def test_differences_and_ratio(increment: Increment) -> None:
    assert increment.cost == agrees(GOLDEN["dc"])
    assert increment.effect == agrees(GOLDEN["de"])
    assert ratio(increment.cost, increment.effect) == agrees(GOLDEN["icer"])


def test_fieller_interval(increment: Increment) -> None:
    found = fieller_interval(increment, Z)
    assert found.shape is Shape.BOUNDED
    assert [found.low, found.high] == agrees(GOLDEN["fieller"])


def test_net_benefit_is_that_of_a_regression(increment: Increment) -> None:
    found = net_benefit(increment, LAMBDA)
    assert found.estimate.tolist() == agrees([row["nmb"] for row in GOLDEN["nmb_regression"]])
    assert found.std_error.tolist() == agrees([row["se"] for row in GOLDEN["nmb_regression"]])


def test_parametric_acceptability_and_information(increment: Increment) -> None:
    found = net_benefit(increment, LAMBDA)
    assert found.acceptability.tolist() == agrees([r["p_ce"] for r in GOLDEN["parametric"]])
    assert found.perfect_information.tolist() == agrees([r["evpi"] for r in GOLDEN["parametric"]])


def test_acceptability_and_information_of_replicates(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    assert acceptability(*drawn, LAMBDA).tolist() == agrees(GOLDEN["ceac"])
    assert perfect_information(*drawn, LAMBDA).tolist() == agrees(GOLDEN["evpi_boot"])


def test_quadrants_of_replicates(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    found, names = (
        quadrant_shares(*drawn),
        dict(zip(("NE", "SE", "SW", "NW"), Quadrant, strict=False)),
    )
    assert {key: found[names[key]] for key in names} == agrees(GOLDEN["quadrants"])


def test_wedge_of_replicates_is_near_fieller(
    increment: Increment, drawn: tuple[np.ndarray, np.ndarray]
) -> None:
    """No R value; replicates of the same data: the ends differ by sampling and by skewness."""
    wedge = bootstrap_ratio_interval(*drawn, (increment.cost, increment.effect))
    assert wedge.shape is Shape.BOUNDED
    width = GOLDEN["fieller"][1] - GOLDEN["fieller"][0]
    assert [wedge.low, wedge.high] == pytest.approx(GOLDEN["fieller"], abs=0.12 * width)


def test_area_under_the_curve() -> None:
    golden = GOLDEN["qaly_auc"]
    assert float(area_under_curve(golden["u"], golden["t"])) == agrees(golden["auc"])
