"""Declared pairs of substitution: every kind of care must exist, or the dictionary is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from evaluatie.dictionary import load_codebook
from evaluatie.errors import DeclarationError
from evaluatie.study import Study, open_study

ROOT = Path(__file__).parents[2]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    shutil.copytree(ROOT / "data_dictionary", tmp_path / "data_dictionary")
    (tmp_path / "analysis").mkdir()
    shutil.copy(ROOT / "analysis" / "study.yml", tmp_path / "analysis")
    return open_study(tmp_path)


def test_shipped_pairs_name_care_that_can_be_told_apart() -> None:
    pairs = load_codebook(open_study(ROOT)).substitutions
    assert len(pairs) >= 4
    assert all(pair.label["nl"] and pair.source for pair in pairs.values())


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("law: jeugdwet}", "law: jeugd}", "there is no law 'jeugd'"),
        ("[specialistische_ggz]", "[ggz]", "there is no category of zvw 'ggz'"),
        ('["45"]', '["02"]', "there is no product of jeugdwet '02'"),
        ("from: {law: wmo}", "from: {law: wmo, categories: [farmacie]}", "category of wmo"),
    ],
)
def test_a_pair_that_names_unknown_care_is_refused_with_its_line(study, old, new, said) -> None:
    path = study.root / "data_dictionary" / "substitutions.yml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=said) as refused:
        load_codebook(study)
    assert "substitutions.yml, line" in str(refused.value)


def test_a_dictionary_without_pairs_is_complete(study) -> None:
    (study.root / "data_dictionary" / "substitutions.yml").unlink()
    assert load_codebook(study).substitutions == {}
