"""Intake finds every defect the generator planted, in place and number, and nothing else."""

import shutil
from pathlib import Path

import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.intake import read_study, require_clean, validate_frames
from evaluatie.study import open_study
from evaluatie.synthetic import draw_study, write_study

ROOT = Path(__file__).parents[2]
KEY = ["feed", "file", "column", "rule"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    root = tmp_path_factory.mktemp("defects")
    shutil.copytree(ROOT / "analysis", root / "analysis")
    return open_study(root)


@pytest.fixture(scope="module")
def codebook(study):
    return load_codebook(study)


@pytest.fixture(scope="module")
def synthetic(study, codebook):
    return draw_study(study, codebook, load_agreements(study, codebook), 11, "effect")


def found(data):
    return data.issues.set_index(KEY)["count"].sort_index().to_dict()


def planted(synthetic, rules=None):
    table = synthetic.defects
    table = table if rules is None else table[table["rule"].isin(rules)]
    return table.set_index(KEY)["count"].sort_index().to_dict()


def test_every_planted_defect_of_the_files_is_found(study, codebook, synthetic):
    write_study(synthetic, study, codebook)
    data = read_study(study, codebook)
    assert found(data) == planted(synthetic)
    assert len(planted(synthetic)) > 20
    require_clean(data)
    assert data.unavailable == {}
    assert data.synthetic


def test_every_planted_defect_of_frames_in_memory_is_found(study, codebook, synthetic):
    data = validate_frames(study, codebook, synthetic.raw)
    rules = set(synthetic.defects["rule"]) - {"wrong_encoding"}  # only a file has an encoding
    assert found(data) == planted(synthetic, rules)
