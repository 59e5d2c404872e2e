"""Raw files in a study folder: every bad file has its message, and nothing is harmed."""

import hashlib
import json
import os
import shutil
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from evaluatie.dictionary import load_codebook
from evaluatie.errors import FeedError
from evaluatie.intake import (
    ISSUE_COLUMNS,
    RawFrames,
    read_study,
    require_clean,
    validate_frames,
    write_issues_csv,
    write_issues_html,
)
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
PERSON = "P-geheim-"  # stands for a value of a person: may appear in no message


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """A study folder with valid raw files of every feed; never changed."""
    root = tmp_path_factory.mktemp("clean")
    (root / "analysis").mkdir()
    shutil.copy(ROOT / "analysis" / "study.yml", root / "analysis")
    study = open_study(root)
    write_raw(study, load_codebook(study))
    return study


@pytest.fixture(scope="module")
def codebook(clean):
    return load_codebook(clean)


@pytest.fixture
def study(clean, tmp_path):
    """A copy of the clean study, to break."""
    shutil.copytree(clean.root / "data", tmp_path / "data")
    return clean.model_copy(update={"root": tmp_path})


def raw_value(column, row, study, codebook):
    """One valid raw value for a column, as it stands in the file."""
    special = {
        "area_code": study.areas[row % len(study.areas)].code,
        "person_id": f"{PERSON}{row}",
        "year": str(study.cost_years[0] + row % 6),
        "birth_year": "1970",
        "credit_of": "",
        "assignment_no": f"assignment_no{row}",
        "domains": "wmo|zvw",
        "municipality": study.municipality.name,
    }
    if column.name in special:
        return special[column.name]
    codes = [code for code, value in column.codes.items() if value]
    codes = codes or list(codebook.code_lists.get(column.code_list or "", {}))
    kinds = {"date": "2019-03-01", "month": "2019-03", "number": "1,5", "eur": "12,50"}
    if codes:
        return codes[row % len(codes)]
    return kinds.get(column.type, "1" if column.type == "integer" else f"{column.name}{row}")


def answers(items, wave, n):
    columns = {}
    for item in items.values():
        if not item.waves or wave in item.waves:
            change = [c for c in item.changes if c.recode and c.wave <= wave]
            codes = list(change[-1].recode if change else item.codes)
            value = codes[0] if codes else f"{item.minimum:g}"
            columns[item.column] = [value] * n
    return columns


def raw_frame(feed, study, codebook, wave="", n=6):
    n = 1 if feed.layout == "wide_years" else n
    year = " [2014]" if feed.layout == "wide_years" else ""
    frame = {
        c.column + (year if c in feed.wide_columns else ""): [
            raw_value(c, i, study, codebook).replace(",", feed.decimal) for i in range(n)
        ]
        for c in feed.columns
        if not c.from_path
    }
    if wave:
        frame["METING"] = [wave.upper()] * n
        frame |= answers(codebook.items_for(feed.questionnaire), wave, n)
    return pd.DataFrame(frame)


def write_raw(study, codebook):
    for feed in codebook.feeds.values():
        first, last = study.cost_years
        years = range(first, last + 1) if "{year}" in feed.path else [first]
        waves = [w.id for w in study.waves] if feed.questionnaire else [""]
        for wave, year in product(waves, years):
            relative = feed.path_by_wave.get(wave, feed.path)
            path = study.raw / relative.replace("{wave}", wave).replace("{year}", str(year))
            path.parent.mkdir(parents=True, exist_ok=True)
            frame = raw_frame(feed, study, codebook, wave)
            if path.suffix == ".sav":
                numeric = frame.apply(pd.to_numeric, errors="coerce")
                whole = numeric.notna().all()
                frame.loc[:, whole] = numeric.loc[:, whole]
                pyreadstat.write_sav(frame.infer_objects(), str(path))
            else:
                frame.to_csv(path, sep=feed.delimiter, index=False)


def issues_of(study, codebook, rule):
    data = read_study(study, codebook)
    found = data.issues[data.issues["rule"] == rule]
    assert len(found) == 1, data.issues.to_string()
    for column in ISSUE_COLUMNS:
        assert not data.issues[column].astype(str).str.contains(PERSON).any()
    return found.iloc[0], data


def blocking(data):
    with pytest.raises(FeedError) as caught:
        require_clean(data)
    assert PERSON not in str(caught.value)
    return str(caught.value)


def residents(study):
    return study.raw / "gemeente" / "personen.csv"


# --- the good case --------------------------------------------------------------------------------


def test_a_clean_study_reads_without_an_issue(study, codebook):
    data = read_study(study, codebook)
    assert data.issues.empty, data.issues.to_string()
    assert data.unavailable == {}
    require_clean(data)
    assert set(data.survey) == set(data.professionals) == {wave.id for wave in study.waves}
    assert set(data.feeds) == set(study.feeds) - {"survey", "professionals"}
    assert data.survey["t0"]["srh"].tolist() == ["1"] * 6  # SPSS 1.0
    assert data.survey["t0"].dtypes.equals(data.survey["t3"].dtypes)
    assert len(data.feeds["zvw"]) == 6 * 22
    assert data.feeds["zvw"]["amount_eur"].tolist() == [12.5] * 6 * 22
    assert len(data.sources) == len(list(study.raw.rglob("*.*")))


def test_reading_changes_no_byte_and_works_on_files_without_write_permission(study, codebook):
    files = [path for path in study.raw.rglob("*") if path.is_file()]
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
    for path in files:
        path.chmod(0o400)
    read_study(study, codebook)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in files} == before
    assert {p for p in study.raw.rglob("*") if p.is_file()} == set(files)


def test_digests_are_those_of_the_files(study, codebook):
    for source in read_study(study, codebook).sources:
        content = (study.raw / source.path).read_bytes()
        assert source.sha256 == hashlib.sha256(content).hexdigest()


def test_frames_in_memory_give_the_same_data_as_files(study, codebook):
    feeds = {}
    for feed_id in ("residents", "arrangements", "declarations", "addresses"):
        feed = codebook.feeds[feed_id]
        frame = raw_frame(feed, study, codebook)
        feeds[feed_id] = frame.rename(columns={c.column: c.name for c in feed.columns})
    in_memory = validate_frames(study, codebook, RawFrames({}, {}, feeds))
    from_file = read_study(study, codebook)
    for feed_id in feeds:
        pd.testing.assert_frame_equal(in_memory.feeds[feed_id], from_file.feeds[feed_id])


def test_parquet_is_read_like_csv(study, codebook):
    feed = codebook.feeds["residents"]
    changed = feed.model_copy(update={"path": "gemeente/personen.parquet"})
    other = codebook.model_copy(update={"feeds": {**codebook.feeds, "residents": changed}})
    frame = raw_frame(feed, study, codebook).astype({"Geboortejaar": int})
    frame.to_parquet(study.raw / changed.path)
    expected = read_study(study, codebook).feeds["residents"]
    pd.testing.assert_frame_equal(read_study(study, other).feeds["residents"], expected)


# --- bad files ------------------------------------------------------------------------------------


def test_a_missing_file_makes_the_feed_unavailable(study, codebook):
    (study.raw / "zorgkantoor" / "wlz_jaartotalen.csv").unlink()
    issue, data = issues_of(study, codebook, "missing_file")
    assert issue["file"] == "zorgkantoor/wlz_jaartotalen.csv"
    assert data.unavailable == {"wlz": "zorgkantoor/wlz_jaartotalen.csv is missing"}
    assert "wlz" not in data.feeds
    require_clean(data)


def test_a_missing_wave_makes_that_wave_unavailable(study, codebook):
    (study.raw / "enquete" / "enquete_t1.sav").unlink()
    _, data = issues_of(study, codebook, "missing_file")
    assert data.unavailable == {"survey:t1": "enquete/enquete_t1.sav is missing"}


@pytest.mark.parametrize("content", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_blocks(study, codebook, content):
    residents(study).write_bytes(content)
    issue, data = issues_of(study, codebook, "empty_file")
    assert issue["severity"] == "block"
    assert "gemeente/personen.csv: empty file (1)" in blocking(data)


def test_a_file_with_a_header_only_blocks(study, codebook):
    header = residents(study).read_text().partition("\n")[0]
    residents(study).write_text(header + "\n")
    issue, data = issues_of(study, codebook, "no_rows")
    assert "file with a header only" in blocking(data)
    assert data.unavailable["residents"] == "gemeente/personen.csv could not be read"
    assert issue["feed"] == "residents"


def test_another_delimiter_blocks_and_names_both(study, codebook):
    residents(study).write_text(residents(study).read_text().replace(";", ","))
    issue, data = issues_of(study, codebook, "wrong_delimiter")
    assert issue["allowed"] == "semicolon, not comma"
    assert "wrong delimiter" in blocking(data)


def test_latin_1_is_read_and_counted(study, codebook):
    path = study.raw / "proces" / "casussen.csv"
    path.write_bytes(path.read_text().replace("wmo|zvw", "zorg, privé").encode("latin-1"))
    issue, data = issues_of(study, codebook, "wrong_encoding")
    assert (issue["severity"], issue["allowed"]) == ("tolerate", "utf-8")
    assert data.feeds["cases"]["domains"][0] == "zorg, privé"


def test_a_byte_order_mark_is_no_problem(study, codebook):
    residents(study).write_bytes(b"\xef\xbb\xbf" + residents(study).read_bytes())
    assert read_study(study, codebook).issues.empty


def test_windows_and_old_mac_line_ends_are_no_problem(study, codebook):
    original = residents(study).read_bytes()
    for end in (b"\r\n", b"\r"):
        residents(study).write_bytes(original.replace(b"\n", end))
        assert read_study(study, codebook).issues.empty


def test_another_encoding_altogether_is_unreadable(study, codebook):
    residents(study).write_bytes(residents(study).read_text().encode("utf-16"))
    _, data = issues_of(study, codebook, "unreadable_file")
    assert "unreadable file" in blocking(data)


def test_a_truncated_last_line_blocks(study, codebook):
    residents(study).write_bytes(residents(study).read_bytes()[:-8])
    _, data = issues_of(study, codebook, "truncated_file")
    assert "truncated file" in blocking(data)


def test_a_file_cut_inside_a_quoted_field_blocks(study, codebook):
    with residents(study).open("a") as handle:
        handle.write('x;"half of a')
    _, data = issues_of(study, codebook, "truncated_file")
    assert "truncated file" in blocking(data)


def test_a_last_line_without_line_end_is_counted(study, codebook):
    residents(study).write_bytes(residents(study).read_bytes().rstrip(b"\n"))
    issue, data = issues_of(study, codebook, "no_final_newline")
    assert issue["severity"] == "tolerate"
    assert len(data.feeds["residents"]) == 6


def test_a_truncated_spss_file_blocks(study, codebook):
    path = study.raw / "enquete" / "enquete_t0.sav"
    path.write_bytes(path.read_bytes()[:900])
    issue, data = issues_of(study, codebook, "unreadable_file")
    assert issue["allowed"] == "a complete sav file"
    assert "enquete/enquete_t0.sav" in blocking(data)


def test_a_row_with_too_many_fields_is_counted_and_not_read(study, codebook):
    with residents(study).open("a") as handle:
        handle.write("a;b;M;1970;x;y\n")
    issue, data = issues_of(study, codebook, "ragged_row")
    assert (issue["count"], issue["allowed"]) == (1, "4 fields")
    assert len(data.feeds["residents"]) == 6


def test_a_delimiter_and_a_line_end_inside_quotes_are_text(study, codebook):
    path = study.raw / "proces" / "casussen.csv"
    path.write_text(path.read_text().replace("wmo|zvw", '"wmo;zvw\nwlz"', 1))
    data = read_study(study, codebook)
    assert data.issues.empty
    assert data.feeds["cases"]["domains"][0] == "wmo;zvw\nwlz"


def test_a_file_without_a_header_blocks_and_does_not_show_its_first_record(study, codebook):
    body = residents(study).read_text().partition("\n")[2]
    residents(study).write_text(body)
    issue, data = issues_of(study, codebook, "no_header")
    assert issue["allowed"].startswith("PseudoPersoon, PseudoHuishouden")
    assert "no header" in blocking(data)


def test_a_header_that_occurs_twice_blocks(study, codebook):
    residents(study).write_text(residents(study).read_text().replace("Geslacht", "PseudoPersoon"))
    issue, _ = issues_of(study, codebook, "duplicate_column")
    assert (issue["column"], issue["severity"]) == ("person_id", "block")


def test_missing_and_unknown_headers(study, codebook):
    residents(study).write_text(residents(study).read_text().replace("Geslacht", "Geslagt"))
    issue, data = issues_of(study, codebook, "unknown_column")
    assert issue["column"] == "Geslagt"
    assert issue["allowed"].startswith("Geslacht")
    assert "gemeente/personen.csv, column sex: missing column (1); allowed: Geslacht" in blocking(
        data
    )


def test_a_header_that_looks_like_a_name_of_ours_is_still_unknown(study, codebook):
    path = residents(study)
    path.write_text("\n".join(f"{line};sex" if i == 0 else f"{line};x" for i, line in
                              enumerate(path.read_text().splitlines())) + "\n")  # fmt: skip
    issue, data = issues_of(study, codebook, "unknown_column")
    assert issue["column"] == "sex (in file)"
    assert data.feeds["residents"]["sex"].tolist() == ["m", "v"] * 3


def test_an_alias_of_a_header_is_known(study, codebook):
    path = study.raw / "gemeente" / "toewijzingen.csv"
    path.write_text(path.read_text().replace("Aanbieder", "ReferentieAanbieder"))
    assert read_study(study, codebook).issues.empty


# --- the insurer's layout -------------------------------------------------------------------------


def zvw(study):
    return study.raw / "vgz" / "zvw_wijken.csv"


def test_old_and_new_headers_of_the_insurer_give_the_same_data(study, codebook):
    old = read_study(study, codebook).feeds["zvw"]
    header, _, body = zvw(study).read_text().partition("\n")
    new = ";".join(name.lower()[:32] for name in header.split(";"))
    assert new != header.lower()  # long names are cut off
    zvw(study).write_text(f"{new}\n{body}")
    data = read_study(study, codebook)
    assert data.issues.empty
    pd.testing.assert_frame_equal(data.feeds["zvw"], old)


def test_a_set_of_headers_that_is_neither_old_nor_new_blocks(study, codebook):
    zvw(study).write_text(zvw(study).read_text().replace("SPECIALISTISCHE_GGZ", "TWEEDELIJNS_GGZ"))
    issue, data = issues_of(study, codebook, "missing_column")
    assert issue["column"] == "specialistische_ggz"
    assert issue["allowed"] == (
        "KOSTEN_SPECIALISTISCHE_GGZ or kosten_specialistische_ggz "
        "(the file has 'KOSTEN_TWEEDELIJNS_GGZ')"
    )
    assert "missing column" in blocking(data)
    assert "unknown column of amounts" in blocking(data)


def test_the_rest_row_of_the_insurer_is_left_out(study, codebook):
    rest = zvw(study).read_text().splitlines()[1].split(";")
    with zvw(study).open("a") as handle:
        handle.write(";".join(["", *rest[1:]]) + "\n")
    data = read_study(study, codebook)
    assert data.issues.empty
    assert len(data.feeds["zvw"]) == 6 * 22


# --- where intake may look ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["../truth/effects.csv", "/etc/passwd", "../../analysis/study.yml"]
)
def test_a_path_out_of_the_raw_folder_is_refused(study, codebook, path):
    feed = codebook.feeds["residents"].model_copy(update={"path": path})
    other = codebook.model_copy(update={"feeds": {**codebook.feeds, "residents": feed}})
    with pytest.raises(FeedError, match="leads out of the folder with raw data"):
        read_study(study, other)


@pytest.mark.parametrize("link", ["file", "folder", "raw"])
def test_a_link_out_of_the_raw_folder_is_refused(study, codebook, link):
    truth = study.root / "data" / "truth"
    shutil.copytree(study.raw, truth)
    name = {"file": "gemeente/personen.csv", "folder": "gemeente", "raw": ""}[link]
    target = study.raw / name
    shutil.rmtree(target) if target.is_dir() else target.unlink()
    os.symlink(truth / name, study.raw / name)
    with pytest.raises(FeedError, match="leads out of the folder with raw data"):
        read_study(study, codebook)


def test_data_are_synthetic_only_when_every_byte_is_the_generators(study, codebook):
    assert not read_study(study, codebook).synthetic
    digests = {s.path: s.sha256 for s in read_study(study, codebook).sources}
    manifest = study.raw / "SYNTHETIC.json"
    manifest.write_text(json.dumps({"files": digests, "seed": 1, "scenario": "null"}))
    assert read_study(study, codebook).synthetic
    with residents(study).open("a") as handle:
        handle.write("a;b;M;1970\n")
    assert not read_study(study, codebook).synthetic
    manifest.write_text("{")
    with pytest.raises(FeedError, match="not the list of files"):
        read_study(study, codebook)


# --- for people -----------------------------------------------------------------------------------


def test_all_problems_of_all_files_are_accumulated_before_anything_stops(study, codebook):
    residents(study).write_bytes(b"")
    zvw(study).write_text(zvw(study).read_text().replace("BUURTCODE", "WIJK"))
    (study.raw / "cbs" / "kerncijfers.csv").unlink()
    data = read_study(study, codebook)
    assert {"empty_file", "missing_column", "unknown_column", "missing_file"} <= set(
        data.issues["rule"]
    )
    assert data.issues["severity"].iloc[0] == "block"
    text = blocking(data)
    assert "gemeente/personen.csv" in text
    assert "vgz/zvw_wijken.csv" in text
    assert "What to do: mend these" in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_issues_are_written_as_csv_and_as_a_page(study, codebook, tmp_path, language):
    residents(study).write_text(residents(study).read_text().replace(";M;", ";X;"))
    data = read_study(study, codebook)
    write_issues_csv(data.issues, tmp_path / "issues.csv")
    written = pd.read_csv(tmp_path / "issues.csv", keep_default_na=False)
    assert set(written.pop("sensitivity")) == {"confidential"}
    pd.testing.assert_frame_equal(written, data.issues)
    write_issues_html(data.issues, tmp_path / "issues.html", language)
    page = (tmp_path / "issues.html").read_text(encoding="utf-8")
    assert page.lstrip().startswith("<!DOCTYPE html>")
    assert ("waarde buiten de codes" if language == "nl" else "value outside the codes") in page
    assert "gemeente/personen.csv" in page
    assert PERSON not in page


def test_progress_is_told_per_file(study, codebook):
    calls = []
    read_study(study, codebook, lambda what, done, total: calls.append((what, done, total)))
    assert [done for _, done, _ in calls] == list(range(len(calls)))
    assert calls[-1][1] == calls[-1][2]
    assert np.all([total == len(calls) - 1 for _, _, total in calls])
