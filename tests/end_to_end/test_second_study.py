"""Another study - areas, waves, scales, laws, codes, design - runs with no change of code."""

import re
from pathlib import Path

import pandas as pd
import pytest

from evaluatie.dictionary import load_codebook
from evaluatie.disclosure.auditing.printed.html import read_html
from evaluatie.disclosure.auditing.printed.numbers import spaced
from evaluatie.study import open_study

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RUNS = {
    "financier-stad-half-nl",
    "financier-stad-eind-nl",
    "financier-fonds-half-nl",
    "financier-fonds-eind-nl",
    "meting-fonds-eind-wk189903-nl",
}


def test_it_has_nothing_in_common_with_the_first(second, first):
    one, other = open_study(first.root), open_study(second.root)
    books = load_codebook(one), load_codebook(other)
    assert len(other.waves) == 3
    assert len(other.areas) != len(one.areas)
    assert other.design.assignment != one.design.assignment
    for kind in ("items", "scales", "indicators", "laws", "payers", "survey_age_groups"):
        mine, theirs = (set(getattr(book, kind)) for book in books)
        assert mine & theirs == set(), kind
    assert {w.id for w in one.waves} & {w.id for w in other.waves} == set()
    assert {w.start.year for w in one.waves} & {w.start.year for w in other.waves} == set()
    assert {a.code for a in one.areas} & {a.code for a in other.areas} == set()


def test_it_is_a_folder_with_declarations_only():
    kinds = {path.suffix for path in (HERE / "second_study").rglob("*") if path.is_file()}
    assert kinds == {".yml", ".csv"}
    assert not (HERE / "second_study" / "notebooks").exists()


def test_every_agreed_report_is_made(second):
    assert set(second.reports) == RUNS
    for report in second.reports.values():
        expected = {"html"} if report.name.startswith("meting") else {"html", "docx", "pdf"}
        assert set(report.formats) == expected
    assert not (second.build / "failed").exists()


def test_matched_pairs_decide_the_smallest_p(second):
    """Five pairs can be dealt in 2 ** 5 ways; two-sided, the smallest p is 2 / 32."""
    verdicts = second.verdicts()
    tested = verdicts[verdicts["type"] != "descriptive"]
    assert (tested["p_attainable"].astype(float) == 2 / 32).all()
    p = tested["p_value"].astype(float) * 32
    assert ((p - p.round()).abs() < 1e-9).all()
    rows = second.rows("financier-fonds-eind-nl").set_index("id")["estimate"]
    assert rows["fact/-/-/-/-/-/-/assignments/constant"] == 32


def test_the_planted_effect_is_shown(second):
    verdict = second.verdicts().loc["welbevinden_beter"]
    truth = pd.read_csv(second.root / "data" / "truth" / "truth.csv")
    planted = truth[(truth["indicator"] == "welbevinden") & (truth["wave"] == "eind")]
    assert verdict["verdict"] == "improved"
    low, high = float(verdict["ci_low"]), float(verdict["ci_high"])
    planted = planted[planted["weighting"] == "resident_weighted"]["truth"]
    assert len(planted)
    assert planted.between(low, high).any()


@pytest.mark.parametrize("run", sorted(RUNS))
def test_no_word_of_the_first_study_is_in_its_reports(second, first, run):
    one = open_study(first.root)
    codebook = load_codebook(one)
    text = spaced(read_html(second.reports[run].path("html").read_text(encoding="utf-8")).text)
    words = [one.municipality.name, *(area.name for area in one.areas)]
    words += [area.code for area in one.areas] + [wave.label["nl"] for wave in one.waves]
    for kind in (codebook.laws, codebook.payers, codebook.scales, codebook.feeds):
        words += [entry.label["nl"] for entry in kind.values()]
    own = load_codebook(open_study(second.root))
    mine = {e.label["nl"] for e in own.feeds.values()}
    found = [w for w in words if w not in mine and re.search(rf"\b{re.escape(w)}\b", text)]
    assert found == []


def test_a_scenario_of_its_own_is_drawn(second, tmp_path):
    folder = second.copy(tmp_path / "study", build=False)
    folder.command("synth", "--scenario", "confounded")
    truth = pd.read_csv(folder.root / "data" / "truth" / "truth.csv")
    assert len(truth)
    assert (truth["truth"] == 0).all()


def test_the_same_seed_gives_the_same_bytes(second, tmp_path):
    folder = second.copy(tmp_path / "study", build=False)
    for path in folder.raw.rglob("*"):
        if path.is_file():
            path.unlink()
    folder.command("synth")
    files = {p.relative_to(second.raw): p for p in second.raw.rglob("*") if p.is_file()}
    assert {p.relative_to(folder.raw) for p in folder.raw.rglob("*") if p.is_file()} == set(files)
    assert [
        str(n) for n, p in files.items() if (folder.raw / n).read_bytes() != p.read_bytes()
    ] == []
