"""A slice of the published calibration, drawn and estimated again; and the long way round.

``python tests/end_to_end/test_calibration_slice.py`` writes the slice anew.
"""

from pathlib import Path

import pandas as pd
import pytest

from evaluatie.calibration import replicate
from evaluatie.calibration.replicates import load_context, replicate_chunk

ROOT = Path(__file__).parents[2]
SLICE = Path(__file__).with_name("calibration_slice.csv")
NUMBERS = ["estimate", "ci_low", "ci_high", "p_value", "p_adjusted", "p_zero", "truth"]
SCENARIOS = ("effect", "null", "null_without_shocks", "null_large_shocks", "confounded")
SEEDS = (1, 2)

pytestmark = pytest.mark.slow


def published() -> pd.DataFrame:
    return pd.read_csv(SLICE, keep_default_na=False, na_values=["", "nan"])  # "null" is a scenario


@pytest.fixture(scope="module")
def again() -> pd.DataFrame:
    return pd.DataFrame(replicate_chunk(ROOT, [(seed, SCENARIOS) for seed in SEEDS]))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_published_replicates_come_out_again(scenario, again):
    """Or the route has changed: then write the slice anew, and docs/calibration.md with it."""
    table = published()
    expected = table[table["scenario"] == scenario].reset_index(drop=True)
    found = again[again["scenario"] == scenario].reset_index(drop=True)
    assert found["question"].tolist() == expected["question"].tolist()
    assert found["test"].tolist() == expected["test"].tolist()
    assert found["verdict"].tolist() == expected["verdict"].fillna("").tolist()
    pd.testing.assert_frame_equal(found[NUMBERS], expected[NUMBERS], check_dtype=False, rtol=1e-6)


@pytest.mark.parametrize(("scenario", "seed"), [("effect", 1), ("null_large_shocks", 2)])
def test_the_way_through_raw_files_and_intake_gives_the_same_rows(scenario, seed, again):
    """The short way skips codes of files, validation, the relation and who is behind it."""
    long_way = pd.DataFrame(replicate(ROOT, scenario, seed, through_intake=True))
    chosen = (again["scenario"] == scenario) & (again["seed"] == seed)
    short = again[chosen].reset_index(drop=True)
    pd.testing.assert_frame_equal(short, long_way, rtol=1e-9)


def test_a_scenario_does_not_depend_on_those_drawn_before_it(again):
    chosen = (again["scenario"] == SCENARIOS[-1]) & (again["seed"] == SEEDS[0])
    alone = pd.DataFrame(replicate(ROOT, SCENARIOS[-1], SEEDS[0]))
    shared = again[chosen].reset_index(drop=True)
    pd.testing.assert_frame_equal(shared, alone, check_exact=True)


def test_every_scenario_of_the_study_has_a_slice():
    assert set(SCENARIOS) == set(load_context(ROOT).plan.settings.scenarios)


if __name__ == "__main__":
    rows = replicate_chunk(ROOT, [(seed, SCENARIOS) for seed in SEEDS])
    pd.DataFrame(rows).to_csv(SLICE, index=False, float_format="%.12g", lineterminator="\n")
