"""A study is a folder; its file is checked as a whole before anything runs."""

import copy
from datetime import date

import pytest
import yaml
from tiny_study import STUDY

from evaluatie.domain import Side
from evaluatie.errors import DeclarationError
from evaluatie.study import open_study


def write(root, **changes):
    content = copy.deepcopy(STUDY) | changes
    (root / "analysis").mkdir(exist_ok=True)
    text = yaml.dump(content, sort_keys=False)
    (root / "analysis" / "study.yml").write_text(text, encoding="utf-8")
    return root


def test_paths_lie_below_the_study_folder(tmp_path):
    study = open_study(write(tmp_path))
    assert study.raw == tmp_path / "data" / "raw"
    assert study.build == tmp_path / "build"
    assert study.analysis == tmp_path / "analysis"


def test_the_nearest_study_above_this_folder_is_opened(tmp_path, monkeypatch):
    below = write(tmp_path) / "notebooks" / "exploration"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert open_study().root == tmp_path


def test_a_named_folder_must_be_the_study_itself(tmp_path):
    below = write(tmp_path) / "notebooks"
    below.mkdir()
    with pytest.raises(DeclarationError, match=r"no study here.*\n.*evaluatie init DIR"):
        open_study(below)


def test_waves_and_areas_are_found_by_id(tmp_path):
    study = open_study(write(tmp_path))
    assert study.baseline.id == "w0"
    assert study.wave("w2").report_from == date(2003, 7, 1)
    assert study.area("B").name == "South"
    assert [area.code for area in study.areas_on(Side.PILOT)] == ["A"]


def test_an_unknown_wave_or_area_lists_what_there_is(tmp_path):
    study = open_study(write(tmp_path))
    with pytest.raises(DeclarationError, match=r"no wave 'w9'\nAllowed: w0, w1, w2"):
        study.wave("w9")
    with pytest.raises(DeclarationError, match=r"no area 'Z'\nAllowed: A, B"):
        study.area("Z")


NORTH, SOUTH = STUDY["areas"]
CASES = {
    "same area twice": (
        {"areas": [NORTH, SOUTH, NORTH]},
        "every area code may occur once",
    ),
    "one side only": (
        {"areas": [NORTH, SOUTH | {"side": "pilot"}]},
        "at least one pilot and one comparison area",
    ),
    "unknown side": ({"areas": [NORTH, SOUTH | {"side": "centre"}]}, "'pilot' or 'comparison'"),
    "same wave twice": (
        {"waves": [STUDY["waves"][0], STUDY["waves"][0]]},
        "every wave id may occur once",
    ),
    "waves out of order": (
        {"waves": STUDY["waves"][::-1]},
        "waves stand in order of time and do not overlap",
    ),
    "one wave": ({"waves": STUDY["waves"][:1]}, "at least 2 items"),
    "pairs without pairs": (
        {"design": {"assignment": "pairs"}},
        "exactly one pilot and one comparison area per pair",
    ),
    "unknown key": ({"colour": "blue"}, "colour: unknown key"),
}


@pytest.mark.parametrize(("changes", "message"), CASES.values(), ids=CASES.keys())
def test_a_study_that_cannot_be_is_refused(tmp_path, changes, message):
    with pytest.raises(DeclarationError, match=message):
        open_study(write(tmp_path, **changes))


def test_a_matched_design_has_one_area_of_each_side_per_pair(tmp_path):
    areas = [NORTH | {"pair": "river"}, SOUTH | {"pair": "river"}]
    study = open_study(write(tmp_path, areas=areas, design={"assignment": "pairs"}))
    assert study.design.assignment == "pairs"
