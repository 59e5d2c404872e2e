"""A synthetic study on disk: the same bytes for the same seed, never over other people's files."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import Codebook, load_codebook
from evaluatie.errors import UserError
from evaluatie.intake import MANIFEST, read_study
from evaluatie.study import Study, open_study
from evaluatie.synthetic import SyntheticStudy, draw_study, load_settings, write_study
from evaluatie.synthetic.settings import SyntheticSettings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def study(tmp_path: Path) -> Study:
    for folder in ("analysis", "data_dictionary"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return open_study(tmp_path)


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return load_codebook(open_study(ROOT))


@pytest.fixture(scope="module")
def settings(codebook: Codebook) -> SyntheticSettings:
    found = load_settings(open_study(ROOT), codebook)
    areas = {
        code: area.model_copy(update={"inhabitants": area.inhabitants // 12})
        for code, area in found.areas.items()
    }
    return found.model_copy(update={"areas": areas})


def draw(codebook: Codebook, settings: SyntheticSettings, seed: int) -> SyntheticStudy:
    study = open_study(ROOT)
    book = load_agreements(study, codebook)
    return draw_study(study, codebook, book, seed, "effect", settings=settings)


@pytest.fixture(scope="module")
def drawn(codebook: Codebook, settings: SyntheticSettings) -> SyntheticStudy:
    return draw(codebook, settings, 1)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    study: Study, codebook: Codebook, settings: SyntheticSettings, drawn: SyntheticStudy
) -> None:
    write_study(drawn, study, codebook)
    first = digests(study.root / "data")
    write_study(draw(codebook, settings, 1), study, codebook)  # over its own files
    assert digests(study.root / "data") == first
    write_study(draw(codebook, settings, 2), study, codebook)
    other = digests(study.root / "data")
    constant = {"raw/proces/burgeronderzoek.csv", "raw/gemeente/programmakosten.csv"}
    same = {path for path in first if first[path] == other[path]}
    assert same <= constant | {"truth/defects.csv"}


def test_intake_reads_the_files_and_finds_every_planted_defect_once(
    study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    write_study(drawn, study, codebook)
    data = read_study(study, codebook)
    assert data.synthetic
    assert not data.unavailable
    key = ["feed", "file", "column", "rule", "count"]
    planted = pd.read_csv(study.root / "data/truth/defects.csv", keep_default_na=False)
    assert sorted(planted[key].itertuples(index=False)) == sorted(
        data.issues[key].itertuples(index=False)
    )
    assert set(data.issues["severity"]) == {"tolerate"}


def test_what_intake_reads_is_what_was_drawn(
    study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    write_study(drawn, study, codebook)
    data = read_study(study, codebook)
    euros = data.feeds["declarations"].set_index("declaration_no")["amount_eur"]
    original = drawn.raw.feeds["declarations"].drop_duplicates("declaration_no")
    original = original.set_index("declaration_no")["amount_eur"].loc[euros.index]
    pd.testing.assert_series_equal(euros, original)
    for wave in study.waves:  # .sav and .csv alike
        frame = data.survey[wave.id].set_index("respondent_id")
        raw = drawn.raw.survey[wave.id].drop_duplicates("respondent_id").set_index("respondent_id")
        score = raw.loc[frame.index, "sf12_mcs_score"]
        shown = frame["sf12_mcs_score"].notna()
        pd.testing.assert_series_equal(frame["sf12_mcs_score"][shown], score[shown])


def test_files_about_people_are_private_and_nothing_lies_outside_data(
    study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    before = digests(study.root)
    written = write_study(drawn, study, codebook)
    after = digests(study.root)
    assert all(path.startswith(("data/raw/", "data/truth/")) for path in set(after) - set(before))
    assert {path: after[path] for path in before} == before
    modes = {path.relative_to(study.root).as_posix(): path.stat().st_mode for path in written}
    private = [path for path in modes if "/enquete/" in path or "/truth/" in path]
    private += ["data/raw/gemeente/personen.csv", "data/raw/gemeente/declaraties.csv"]
    assert all(modes[path] & 0o777 == 0o600 for path in private)
    assert not list((study.root / "data").glob(".synthetic-*"))


def test_the_manifest_names_every_file_with_its_digest(
    study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    write_study(drawn, study, codebook)
    manifest = json.loads((study.raw / MANIFEST).read_text(encoding="utf-8"))
    assert (manifest["seed"], manifest["scenario"]) == (1, "effect")
    found = digests(study.raw)
    del found[MANIFEST]
    assert manifest["files"] == found


def test_an_spss_file_holds_labels_and_no_date_of_today(
    study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    write_study(drawn, study, codebook)
    paths = sorted(study.raw.rglob("*.sav"))
    assert len(paths) == 2
    for path, wave in zip(paths, study.waves, strict=False):
        _, meta = pyreadstat.read_sav(str(path), metadataonly=True)
        assert meta.creation_time.date() == wave.start
        item = codebook.items["eq_pain"]
        assert meta.column_names_to_labels[item.column] == item.label.nl
        assert meta.variable_value_labels[item.column][1.0] == item.codes["1"].nl


@pytest.mark.parametrize("with_manifest", [False, True])
def test_a_folder_with_other_files_is_refused_and_left_alone(
    with_manifest: bool, study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    if with_manifest:
        write_study(drawn, study, codebook)
    study.raw.mkdir(parents=True, exist_ok=True)
    (study.raw / "echt.csv").write_text("real", encoding="utf-8")
    before = digests(study.root)
    with pytest.raises(UserError, match=r"1 files in it.*echt.csv"):
        write_study(drawn, study, codebook)
    assert digests(study.root) == before


def test_a_file_that_was_changed_is_not_overwritten(
    study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    write_study(drawn, study, codebook)
    path = study.raw / "gemeente" / "personen.csv"
    path.write_text(path.read_text(encoding="utf-8") + "x", encoding="utf-8")
    with pytest.raises(UserError, match=r"personen.csv[\s\S]*move these files elsewhere"):
        write_study(drawn, study, codebook)


def test_other_files_beside_the_truth_are_not_removed(
    study: Study, codebook: Codebook, drawn: SyntheticStudy
) -> None:
    path = study.root / "data" / "truth" / "notes.txt"
    path.parent.mkdir(parents=True)
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=r"data/truth[\s\S]*notes.txt"):
        write_study(drawn, study, codebook)
    assert path.is_file()


@pytest.mark.parametrize("folder", ["data", "data/raw", "data/truth"])
def test_a_data_folder_that_leads_elsewhere_is_refused(
    folder: str,
    study: Study,
    codebook: Codebook,
    drawn: SyntheticStudy,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    link = study.root / folder
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(elsewhere)
    with pytest.raises(UserError, match="leads out of the study folder"):
        write_study(drawn, study, codebook)
    assert not list(elsewhere.iterdir())
