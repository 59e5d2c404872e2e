"""Intake finds exactly what the generator planted, and nothing that estimates opens the truth."""

import subprocess
import sys

import pandas as pd
import pytest
import yaml

from evaluatie.dictionary import load_codebook
from evaluatie.intake import read_study, require_clean
from evaluatie.study import open_study

KEY = ["feed", "file", "column", "rule"]

WATCHED = """
import sys
from pathlib import Path
opened = []
def watch(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "os.rename") and arguments:
        opened.append(str(arguments[0]))
from evaluatie.study import open_study
from evaluatie.reports.prepare import prepare_study
sys.addaudithook(watch)
study = open_study(Path(sys.argv[1]))
prepare_study(study)
names = [n for n in opened if Path(n).is_absolute() and Path(n).is_relative_to(study.root)]
print("raw", sum("/data/raw/" in name for name in names))
print("truth", sum("/truth" in name for name in names))
"""


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_issues_are_the_planted_defects(request, name):
    folder = request.getfixturevalue(name)
    study = open_study(folder.root)
    data = read_study(study, load_codebook(study))
    planted = pd.read_csv(folder.root / "data" / "truth" / "defects.csv", keep_default_na=False)
    assert len(planted) > 3
    assert (planted["count"] > 0).all()
    found = data.issues.groupby(KEY)["count"].sum().astype(int)
    expected = planted.groupby(KEY)["count"].sum().astype(int)
    pd.testing.assert_series_equal(found.sort_index(), expected.sort_index())
    require_clean(data)  # every one of them is resolved: nothing is left that blocks


@pytest.mark.parametrize("name", ["first", "second"])
def test_every_defect_of_the_settings_was_planted_in_full(request, name):
    folder = request.getfixturevalue(name)
    settings = yaml.safe_load((folder.root / "analysis/synthetic.yml").read_text("utf-8"))
    planted = pd.read_csv(folder.root / "data" / "truth" / "defects.csv", keep_default_na=False)
    wanted = {
        (d["feed"], d.get("wave", ""), d["column"], d["rule"]): d["count"]
        for d in settings["defects"]
    }
    columns = ["feed", "wave", "column", "rule"]
    keys = planted[columns].itertuples(index=False, name=None)
    counts = dict(zip(keys, planted["count"], strict=True))
    assert set(counts) == set(wanted)
    # in a wide feed one wrong record counts once per category
    assert {k: counts[k] for k, n in wanted.items() if counts[k] % n or not counts[k]} == {}


def test_the_truth_lies_beside_the_raw_feeds_and_is_private(first):
    truth = first.root / "data" / "truth"
    assert sorted(p.name for p in truth.iterdir()) == ["defects.csv", "truth.csv"]
    assert {p.stat().st_mode & 0o077 for p in truth.iterdir()} == {0}
    declared = load_codebook(open_study(first.root)).feeds.values()
    paths = [p for feed in declared for p in (feed.path, *feed.path_by_wave.values())]
    assert not any("truth" in path or path.startswith(("/", "..")) for path in paths)


def test_nothing_that_prepares_a_report_opens_the_truth(second, tmp_path):
    """Python's own opens are watched; C libraries cannot have read it either (see test_rerun)."""
    folder = second.copy(tmp_path / "study", build=False)
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, str(folder.root)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    counted = dict(line.split() for line in done.stdout.splitlines() if " " in line)
    assert int(counted["raw"]) > 5
    assert int(counted["truth"]) == 0
