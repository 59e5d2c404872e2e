"""R makes our numbers again from what `evaluatie export-r` writes: weights, tests, adjusted p.

Needs Rscript with survey, lme4 and sandwich. Without them these tests skip; where
EVALUATIE_REQUIRE_R is set, as `.ci/run` does once Rscript is there, a skip is a failure.
"""

import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.errors import RefusedError
from evaluatie.export import bundle, export_for_r
from evaluatie.export.answered import with_verdict
from evaluatie.study import open_study

PACKAGES = ("survey", "lme4", "sandwich")
AGREED = re.compile(r"^(\d+) of (\d+) numbers agree to 1e-06 relative", re.MULTILINE)
SURVEY, COST = "welbevinden_beter", "zorgkosten"


def lacking() -> str:
    """Return why R cannot be used here, or nothing."""
    if shutil.which("Rscript") is None:
        return "there is no Rscript"
    wanted = ", ".join(f'"{name}"' for name in PACKAGES)
    code = f"cat(setdiff(c({wanted}), rownames(installed.packages())))"
    found = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    return f"R lacks {found.stdout}" if found.stdout.strip() else ""


@pytest.fixture(scope="session")
def needs_r() -> None:
    if reason := lacking():
        if os.environ.get("EVALUATIE_REQUIRE_R"):
            pytest.fail(f"{reason}, and EVALUATIE_REQUIRE_R is set")
        pytest.skip(reason)


def in_r(script: Path, cwd: Path, code: int = 0) -> str:
    """Run a script from another folder than its own and demand its exit code."""
    done = subprocess.run(
        ["Rscript", "--vanilla", script],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == code, done.stdout[-5000:]
    return done.stdout


def tables_that_agree(output: str) -> int:
    """Demand that every number of every table agrees; return how many tables there are."""
    counts = [(int(a), int(b)) for a, b in AGREED.findall(output)]
    assert all(agreeing == total > 0 for agreeing, total in counts), output[-5000:]
    assert "not estimable" not in output, "a further view failed"
    return len(counts)


@pytest.fixture(scope="session")
def exported(second, tmp_path_factory) -> Path:
    """The export of the second study: matched pairs, three waves."""
    folder = tmp_path_factory.mktemp("reviewer") / "export"
    output = second.command("export-r", "--to", str(folder))
    assert "3 questions for R" in output
    assert "Synthetic data" in output
    return folder


def copy_of(folder: Path, target: Path) -> Path:
    return Path(shutil.copytree(folder, target / "export"))


def test_every_number_of_the_second_study(needs_r, exported, tmp_path):
    output = in_r(exported / "all_questions.R", tmp_path)
    assert tables_that_agree(output) == 4  # three questions, and all together
    assert output.count("SYNTHETIC DATA") == 3
    for name in ("weights_largest", "level_se", "change_se", "contrast_low", "p_value", "p_harm"):
        assert re.search(rf"^ *{name}", output, re.MULTILINE), name
    for question in (SURVEY, COST):
        assert re.search(rf"p_adjusted +{question} ", output)


def test_one_question_by_itself_with_its_further_views(needs_r, exported, tmp_path):
    output = in_r(exported / "questions" / SURVEY / "analysis.R", tmp_path)
    assert tables_that_agree(output) == 1
    for view in ("sandwich", "lme4", "pilot:later"):
        assert view in output


@pytest.mark.parametrize(
    ("question", "quantity"),
    [(SURVEY, "change_se"), (SURVEY, "p_value"), (COST, "contrast"), (COST, "contrast_high")],
)
def test_a_number_of_ours_that_is_wrong_stops_r(needs_r, exported, tmp_path, question, quantity):
    folder = copy_of(exported, tmp_path)
    path = folder / "questions" / question / "results.csv"
    ours = pd.read_csv(path, keep_default_na=False)
    row = ours.index[ours["quantity"] == quantity][-1]
    ours["value"] = ours["value"].astype(float)
    ours.loc[row, "value"] *= 1 + 2e-6
    ours.to_csv(path, index=False)
    output = in_r(folder / "questions" / question / "analysis.R", tmp_path, code=1)
    assert len(re.findall(r" NO$", output, re.MULTILINE)) == 1
    # and a script over all questions ends likewise
    if (question, quantity) == (COST, "contrast"):
        in_r(folder / "all_questions.R", tmp_path, code=1)


def test_a_weight_that_is_wrong_stops_r(needs_r, exported, tmp_path):
    folder = copy_of(exported, tmp_path) / "questions" / SURVEY
    persons = pd.read_csv(folder / "persons.csv")
    persons.loc[0, "weight_ours"] *= 1 + 1e-5
    persons.to_csv(folder / "persons.csv", index=False)
    assert re.search(
        r"weights_largest.* NO$", in_r(folder / "analysis.R", tmp_path, 1), re.MULTILINE
    )


def test_an_adjusted_p_that_is_wrong_stops_r(needs_r, exported, tmp_path):
    folder = copy_of(exported, tmp_path)
    verdicts = pd.read_csv(folder / "verdicts.csv")
    verdicts.loc[verdicts["question"] == COST, "p_adjusted"] *= 1.01
    verdicts.to_csv(folder / "verdicts.csv", index=False)
    output = in_r(folder / "all_questions.R", tmp_path, code=1)
    assert re.search(rf"p_adjusted +{COST} .* NO$", output, re.MULTILINE)


@pytest.mark.slow
def test_wild_bootstrap_equivalence_trimmed_weights_and_merged_cells(needs_r, second, tmp_path):
    """The routes that the two studies do not take, on the answers of the second one."""
    study = second.copy(tmp_path / "study", build=False)
    study.edit("analysis/study.yml", "seed: 77", "seed: 77\nweights_trim: 1.25\nminimum_cell: 60")
    path = study.root / "analysis" / "questions.yml"
    text = path.read_text(encoding="utf-8").replace("randomisation", "wild_bootstrap", 2)
    path.write_text(text.replace("non_inferiority", "equivalence"), encoding="utf-8")
    folder = export_for_r(open_study(study.root)).folder
    assert ".." in (folder / "questions" / SURVEY / "population.csv").read_text(encoding="utf-8")
    weights = pd.read_csv(folder / "questions" / SURVEY / "persons.csv").groupby("wave")
    for _, rows in weights:
        share_at_cap = (rows["weight_ours"] > 1.2 * rows["weight_ours"].mean()).mean()
        assert share_at_cap > 0.05, "nothing was trimmed: the test would be empty"
    assert tables_that_agree(in_r(folder / "all_questions.R", tmp_path)) == 4


@pytest.mark.slow
def test_residents_who_stayed_and_their_response_model(needs_r, second, tmp_path):
    study = second.copy(tmp_path / "study", build=False)
    path = study.root / "analysis" / "questions.yml"
    before, name, after = path.read_text(encoding="utf-8").partition("id: slaap_goed")
    path.write_text(before + name + after.replace("current_residents", "stayers"), encoding="utf-8")
    folder = export_for_r(open_study(study.root), "slaap_goed").folder / "questions" / "slaap_goed"
    followed = pd.read_csv(folder / "followed.csv")
    assert followed["later_row"].isna().any(), "everybody stayed: nothing to model"
    assert tables_that_agree(in_r(folder / "analysis.R", tmp_path)) == 1


@pytest.mark.slow
def test_every_number_of_the_first_study(needs_r, first, tmp_path):
    export_for_r(open_study(first.root), to=tmp_path / "export")
    output = in_r(tmp_path / "export" / "all_questions.R", tmp_path)
    study = open_study(first.root)
    book = load_agreements(study, load_codebook(study))
    exported = {path.name for path in (tmp_path / "export" / "questions").iterdir()}
    assert exported == {question.id for question in with_verdict(book)}
    assert tables_that_agree(output) == len(exported) + 1
    published = first.verdicts()
    tested = published.index[published["p_adjusted"].astype(str) != ""]
    assert len(tested) > 5
    for question in tested:  # those that combine others among them
        assert re.search(rf"p_adjusted +{question} ", output), question


def test_only_the_owner_can_read_it_and_nobody_is_named(exported, second):
    for path in (exported, *exported.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    raw = pd.read_csv(second.raw / "vragenlijst" / "half.csv", dtype=str)
    text = (exported / "questions" / SURVEY / "persons.csv").read_text(encoding="utf-8")
    columns = text.splitlines()[0].split(",")
    assert columns == [
        "row", "person", "household", "wave", "area", "cell", "base_weight", "weight_ours", "value",
        "sensitivity",
    ]  # fmt: skip
    fields = set(text.replace("\n", ",").split(","))
    for column in ("nummer", "persoon", "huishouden"):
        assert not fields & set(raw[column].dropna()), column
    notice = (exported / "README.md").read_text(encoding="utf-8")
    assert "SYNTHETIC" in notice
    assert "data agreement" in notice


def test_panel_and_household_links_stay_within_a_question_only(exported):
    one, other = (
        pd.read_csv(exported / "questions" / q / "persons.csv", dtype=str)
        for q in (SURVEY, "slaap_goed")
    )
    assert one.groupby("person")["wave"].nunique().max() > 1
    assert one.groupby(["household", "wave"]).size().max() > 1
    assert len(one) == len(other)
    for name in ("person", "household"):
        assert not set(one[name].dropna()) & set(other[name].dropna())


def test_a_single_question_goes_alone_and_takes_the_place_of_an_earlier_export(second, tmp_path):
    study, folder = open_study(second.root), tmp_path / "one"
    for _ in range(2):
        export_for_r(study, COST, folder)
    assert [path.name for path in (folder / "questions").iterdir()] == [COST]
    assert not (folder / "all_questions.R").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_nothing_is_left_of_an_export_that_failed(second, tmp_path, monkeypatch):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(bundle, "_describe", stop)
    with pytest.raises(KeyboardInterrupt):
        export_for_r(open_study(second.root), COST, tmp_path / "one")
    assert list(tmp_path.iterdir()) == []


def test_a_question_without_its_feed_is_left_out_with_the_reason(second, tmp_path):
    study = second.copy(tmp_path / "study", build=False)
    (study.raw / "stad" / "rekeningen.csv").unlink()
    declared = open_study(study.root)
    with pytest.raises(RefusedError, match="missing_feed:declarations"):
        export_for_r(declared, COST)
    assert not (study.build / "export-r").exists()
    exported = export_for_r(declared)
    assert "missing_feed:declarations" in exported.left_out[COST]
    assert not (exported.folder / "questions" / COST).exists()
    verdicts = pd.read_csv(exported.folder / "verdicts.csv").set_index("question")
    assert verdicts.loc[COST, "reason"] == "missing_feed:declarations"
