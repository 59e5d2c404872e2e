"""What the calibration table says, against counts made by hand; that it resumes and is recorded."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from evaluatie.agreement import load_calibration
from evaluatie.agreement.calibrated import CalibrationFile, CalibrationRecord, Rate
from evaluatie.calibration import (
    REPLICATE_COLUMNS,
    Kind,
    Stamp,
    any_false_claim,
    calibration_file,
    document,
    kind_of,
    recorded_in,
    simulate,
    summarise,
    to_yaml,
)
from evaluatie.calibration.claims import false_claims
from evaluatie.calibration.stamp import code_digest, declarations_digest
from evaluatie.calibration.store import Store
from evaluatie.cli.app import app
from evaluatie.dictionary import load_codebook
from evaluatie.errors import UserError
from evaluatie.study import open_study
from evaluatie.synthetic import load_settings

ROOT = Path(__file__).parents[2]
ALPHA = 0.05


def row(seed: int, verdict: str, estimate: float, low: float, high: float, **more: object):
    values: dict[str, object] = dict.fromkeys(REPLICATE_COLUMNS, np.nan)
    values |= {
        "scenario": "null", "seed": seed, "question": "q", "type": "superiority",
        "test": "randomisation", "agreed": True, "verdict": verdict, "estimate": estimate,
        "ci_low": low, "ci_high": high, "truth": 1.0, "p_zero": 0.5, "margin": 2.0,
        "favourable": 1.0,
    }  # fmt: skip
    return values | more


ROWS = [
    row(1, "improved", 3.0, 2.0, 4.0, p_zero=0.01),
    row(2, "not_demonstrated", 1.0, 0.0, 2.0, p_zero=0.05),
    row(3, "not_demonstrated", 0.0, -1.0, 1.0),
    row(4, "worse", -2.0, -3.0, -1.0, p_zero=0.02),
]


# ---- summary -----------------------------------------------------------------------------------


def test_shares_bias_and_coverage_with_their_monte_carlo_errors():
    found = summarise(pd.DataFrame(ROWS), Kind.EFFECT, ALPHA).iloc[0]
    assert found["improved"] == 0.25
    assert found["improved_mcse"] == pytest.approx(np.sqrt(0.25 * 0.75 / 4))
    assert found["coverage"] == 0.5
    assert found["rejected"] == 0.75
    assert found["false_claims"] == 0.25  # "worse" with a truth of 1; "improved" is right
    assert found["bias"] == pytest.approx(-0.5)
    assert found["bias_mcse"] == pytest.approx(np.std([2, 0, -1, -3], ddof=1) / 2)
    assert found["width"] == 2.0


def test_a_test_that_is_not_the_agreed_one_has_no_verdicts_and_may_have_no_end():
    other = [r | {"test": "wild_bootstrap", "agreed": False, "verdict": ""} for r in ROWS]
    other[0] |= {"ci_high": np.inf}
    found = summarise(pd.DataFrame([*ROWS, *other]), Kind.NULL, ALPHA).set_index("test")
    assert found["agreed"].tolist() == [True, False]
    assert np.isnan(found.loc["wild_bootstrap", "improved"])
    assert found.loc["wild_bootstrap", "unbounded"] == 0.25
    assert found.loc["wild_bootstrap", "width"] == 2.0
    assert found.loc["wild_bootstrap", "coverage"] == 0.5


def test_a_replicate_without_an_estimate_counts_in_the_verdicts_alone():
    nothing = row(5, "not_estimable", np.nan, np.nan, np.nan, p_zero=np.nan)
    found = summarise(pd.DataFrame([*ROWS, nothing]), Kind.EFFECT, ALPHA).iloc[0]
    assert found["improved"] == 0.2
    assert found["coverage"] == 0.5
    assert found["rejected"] == 0.75


@pytest.mark.parametrize(
    ("kind", "truth", "verdict", "denied"),
    [
        ("superiority", 0.0, "improved", True),
        ("superiority", 0.5, "improved", False),
        ("superiority", 0.5, "worse", True),
        ("superiority", -0.5, "worse", False),
        ("non_inferiority", 0.0, "not_worse", False),
        ("non_inferiority", -2.0, "not_worse", True),
        ("non_inferiority", -1.9, "worse", True),
        ("non_inferiority", -2.1, "worse", False),
        ("equivalence", 1.9, "equivalent", False),
        ("equivalence", -2.0, "equivalent", True),
        ("intersection_union", np.nan, "improved", True),
        ("superiority", 0.0, "not_demonstrated", False),
    ],
)
def test_a_verdict_is_false_where_the_truth_denies_it(kind, truth, verdict, denied):
    rows = pd.DataFrame([row(1, verdict, 0, -1, 1, type=kind, truth=truth)])
    assert false_claims(rows, Kind.NULL).tolist() == [denied]
    lower_is_better = rows.assign(truth=-rows["truth"], favourable=-1.0)
    assert false_claims(lower_is_better, Kind.NULL).tolist() == [denied]


def combined_study(seed: int, *truths: float, verdict: str = "improved") -> list[dict[str, object]]:
    """Return a study of health (superiority), cost (non-inferiority, margin 2) and both."""
    kinds = {"health": "superiority", "cost": "non_inferiority"}
    parts = [row(seed, "not_demonstrated", 0, -1, 1, question=question, type=kind, truth=truth)
             for (question, kind), truth in zip(kinds.items(), truths, strict=True)]  # fmt: skip
    other = parts[0] | {"test": "wild_bootstrap", "agreed": False, "verdict": "", "truth": -9.0}
    nothing = dict.fromkeys(("truth", "margin", "favourable", "p_zero"), np.nan)
    both = row(seed, verdict, np.nan, np.nan, np.nan, question="both", type="intersection_union",
               test="intersection_union", **nothing)  # fmt: skip
    return [both, *parts, other]


COMBINES = {"both": ("health", "cost")}


@pytest.mark.parametrize(
    ("truths", "denied"),
    [((1.0, 0.0), False), ((0.0, 0.0), True), ((1.0, -2.0), True), ((1.0, -1.9), False)],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_a_combined_claim_is_false_where_the_truth_denies_any_part(kind, truths, denied):
    """Each study by its own truths: the other seed has the opposite."""
    opposite = (0.0, 0.0) if not denied else (1.0, 0.0)
    table = pd.DataFrame([*combined_study(1, *truths), *combined_study(2, *opposite)])
    both = table["question"] == "both"
    assert false_claims(table, kind, COMBINES)[both].tolist() == [denied, not denied]
    silent = table.assign(verdict="not_demonstrated")
    assert not false_claims(silent, kind, COMBINES).any()
    found = summarise(table, kind, ALPHA, COMBINES).set_index("question")
    assert found.loc["both", "false_claims"] == 0.5


def test_a_combined_claim_can_make_a_test_of_an_effect_miss():
    table = pd.DataFrame([r for s in range(100) for r in combined_study(s, 1.0, -2.0)])
    found = summarise(table, Kind.EFFECT, ALPHA, COMBINES).set_index("question")
    assert bool(found.loc["both", "meets"]) is False


def test_studies_with_any_false_claim_are_counted_once_per_role():
    table = pd.DataFrame(
        [
            *(row(1, "improved", 1, 0, 2, truth=0.0, question=q) for q in "ab"),  # both false
            row(2, "worse", 1, 0, 2, truth=0.0, question="a"),  # false, and not favourable
            row(2, "not_demonstrated", 1, 0, 2, truth=0.0, question="b"),
            *(row(s, "improved", 1, 0, 2, question=q) for s in (3, 4) for q in "ab"),  # true
        ]
    )
    apart = any_false_claim(table, Kind.EFFECT, {"a": "primary", "b": "secondary"})
    assert apart["role"].tolist() == ["primary", "secondary"]
    assert apart["favourable"].tolist() == [0.25, 0.25]
    assert apart["any"].tolist() == [0.5, 0.25]
    assert apart["any_mcse"][0] == 0.25
    together = any_false_claim(table, Kind.EFFECT, {"a": "primary", "b": "primary"}).iloc[0]
    assert together[["questions", "studies", "favourable", "any"]].tolist() == [2, 4, 0.25, 0.5]


def test_where_nothing_is_known_nothing_was_met():
    unknown = dict.fromkeys(("estimate", "ci_low", "ci_high", "truth", "p_zero"), np.nan)
    nothing = pd.DataFrame([r | unknown | {"verdict": "not_estimable"} for r in ROWS])
    for kind in Kind:
        assert summarise(nothing, kind, ALPHA)["meets"].tolist() == [None]


@pytest.mark.parametrize(("missed", "meets"), [(0, True), (2000, False)])
def test_a_question_that_showed_nothing_judges_no_test(missed, meets):
    unknown = dict.fromkeys(("estimate", "ci_low", "ci_high", "truth", "p_zero"), np.nan)
    silent = many(0, 0).assign(question="silent", **unknown)
    for table, expected in (
        (pd.concat([silent, many(0, missed)], ignore_index=True), meets),
        (silent, None),
    ):
        summaries = {"null": summarise(table, Kind.NULL, ALPHA)}
        stamp, kinds = Stamp("1", "d" * 16, "c" * 16), {"null": Kind.NULL}
        file = calibration_file(open_study(ROOT), stamp, {"null": table}, summaries, kinds)
        assert [record.meets for record in file.records] == [expected]
    assert file.records[0].coverage is None
    assert not file.carries_verdict("randomisation")


def many(rejected: int, missed: int, count: int = 2000) -> pd.DataFrame:
    """Replicates of a null of which some reject and some intervals miss."""
    seeds = range(1, count + 1)
    return pd.DataFrame(
        row(s, "not_demonstrated", 0.0, 0.5 if s <= missed else -1.0, 1.0, truth=0.0,
            p_zero=0.01 if s <= rejected else 0.5)
        for s in seeds
    )  # fmt: skip


def test_a_test_meets_the_criterion_within_two_monte_carlo_errors():
    """Of 2,000: 5% + 2 sqrt(p (1 - p) / R) is exceeded by 121 rejections and not by 119."""
    assert summarise(many(119, 119), Kind.NULL, ALPHA)["meets"].tolist() == [True]
    assert summarise(many(122, 0), Kind.NULL, ALPHA)["meets"].tolist() == [False]
    assert summarise(many(0, 122), Kind.NULL, ALPHA)["meets"].tolist() == [False]
    assert summarise(many(2000, 0), Kind.EFFECT, ALPHA)["meets"].tolist() == [True]
    assert summarise(many(2000, 2000), Kind.CONFOUNDED, ALPHA)["meets"].tolist() == [None]


def test_the_kind_of_a_scenario_follows_from_what_is_planted():
    study = open_study(ROOT)
    settings = load_settings(study, load_codebook(study))
    kinds = {name: kind_of(settings, name) for name in settings.scenarios}
    nulls = {name for name, kind in kinds.items() if kind is Kind.NULL}
    assert kinds["effect"] is Kind.EFFECT
    assert kinds["confounded"] is Kind.CONFOUNDED
    shares = {settings.scenarios[name].shocks * settings.shock.sd_share for name in nulls}
    assert shares == {0.0, 0.05, 0.10}


# ---- many replicates ---------------------------------------------------------------------------


class Drawn(list[tuple[int, tuple[str, ...]]]):
    """Stands in for the replicates; remembers what was asked."""

    def __call__(self, _root: Path, tasks: Sequence[tuple[int, tuple[str, ...]]]):
        self.extend(tasks)
        return [
            row(seed, "improved", 1, 0, 2) | {"scenario": name}
            for seed, names in tasks
            for name in names
        ]


@pytest.fixture
def drawn(monkeypatch) -> Drawn:
    found = Drawn()
    monkeypatch.setattr("evaluatie.calibration.simulation.replicate_chunk", found)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "study.yml").write_text("a: 1", encoding="utf-8")
    return tmp_path


def run(folder: Path, scenarios: tuple[str, ...], seeds: Sequence[int]) -> dict[str, pd.DataFrame]:
    with ThreadPoolExecutor(1) as pool:
        return simulate(folder, scenarios, seeds, pool, folder / "store", chunk=2)


def test_only_seeds_that_are_not_there_yet_are_drawn(folder: Path, drawn: Drawn):
    run(folder, ("null",), [1, 2])
    assert run(folder, ("null",), [1, 2, 3])["null"]["seed"].tolist() == [1, 2, 3]
    assert drawn == [(1, ("null",)), (2, ("null",)), (3, ("null",))]


def test_scenarios_of_one_seed_are_drawn_together_where_they_are_missing(
    folder: Path, drawn: Drawn
):
    run(folder, ("null",), [1])
    found = run(folder, ("null", "effect"), [1, 2])
    assert drawn == [(1, ("null",)), (1, ("effect",)), (2, ("null", "effect"))]
    assert found["null"]["scenario"].tolist() == ["null", "null"]  # not missing
    assert found["effect"]["seed"].tolist() == [1, 2]


def test_other_declarations_or_other_code_have_a_store_of_their_own(
    folder: Path, drawn: Drawn, monkeypatch
):
    run(folder, ("null",), [1])
    (folder / "analysis" / "reports.yml").write_text("r: 1", encoding="utf-8")
    run(folder, ("null",), [1])
    assert len(drawn) == 1
    (folder / "analysis" / "study.yml").write_text("a: 2", encoding="utf-8")
    run(folder, ("null",), [1])
    assert len(drawn) == 2
    monkeypatch.setattr("evaluatie.calibration.stamp.code_digest", lambda: "f" * 16)
    run(folder, ("null",), [1])
    assert len(drawn) == 3
    assert len(list((folder / "store").glob("*.csv"))) == 3


def test_a_seed_that_was_cut_off_is_drawn_again(tmp_path: Path):
    stamp = Stamp("1", "d" * 16, "c" * 16)
    store = Store.open(tmp_path, "null", stamp)
    for seed in (1, 2):
        store.append([row(seed, "improved", 1, 0, 2, question=q) for q in ("a", "b")])
    text = store.path.read_text(encoding="utf-8")
    for lost, kept in ((1, [1, 1]), (40, [1, 1]), (len(text) // 2, [])):
        store.path.write_text(text[:-lost], encoding="utf-8")
        assert Store.open(tmp_path, "null", stamp).read()["seed"].tolist() == kept
    store.path.write_text(text, encoding="utf-8")
    assert Store.open(tmp_path, "null", stamp).read()["seed"].tolist() == [1, 1, 2, 2]


def test_comments_and_docstrings_do_not_throw_replicates_away(tmp_path: Path):
    module = tmp_path / "methods" / "m.py"
    module.parent.mkdir()
    module.write_text("def f():\n    '''Old.'''\n    return 1\n", encoding="utf-8")
    before = code_digest(tmp_path)
    module.write_text("# why\ndef f():\n    '''New.'''\n    return (1)\n", encoding="utf-8")
    assert code_digest(tmp_path) == before
    module.write_text("def f():\n    return 2\n", encoding="utf-8")
    assert code_digest(tmp_path) != before


def test_what_a_calibration_writes_does_not_make_it_stale(tmp_path: Path):
    (tmp_path / "analysis").mkdir()
    (tmp_path / "analysis" / "study.yml").write_text("a: 1", encoding="utf-8")
    before = declarations_digest(tmp_path)
    (tmp_path / "analysis" / "calibration.yml").write_text("b: 1", encoding="utf-8")
    assert declarations_digest(tmp_path) == before


# ---- record ------------------------------------------------------------------------------------


def recorded() -> tuple[CalibrationFile, dict[str, pd.DataFrame], dict[str, Kind]]:
    tables = {"null": many(10, 20), "confounded": many(1500, 1500)}
    kinds = {"null": Kind.NULL, "confounded": Kind.CONFOUNDED}
    summaries = {name: summarise(table, kinds[name], ALPHA) for name, table in tables.items()}
    stamp = Stamp("9.9", "d" * 16, "c" * 16)
    return calibration_file(open_study(ROOT), stamp, tables, summaries, kinds), summaries, kinds


def test_the_record_names_the_worst_question_and_is_read_back(tmp_path: Path):
    file, _, _ = recorded()
    first, second = file.records
    assert (first.replicates, first.first_seed, first.last_seed) == (2000, 1, 2000)
    assert first.coverage == Rate(question="q", share=0.99, mcse=0.0022)
    assert first.false_positives == Rate(question="q", share=0.005, mcse=0.0016)
    assert (first.meets, second.meets, second.false_positives) == (True, None, None)
    study = open_study(ROOT).model_copy(update={"root": tmp_path})
    assert load_calibration(study) is None
    study.analysis.mkdir()
    (study.analysis / "calibration.yml").write_text(to_yaml(file), encoding="utf-8")
    assert load_calibration(study) == file


def test_a_test_carries_a_verdict_when_it_was_calibrated_and_missed_nowhere():
    def record(scenario: str, test: str, meets: bool | None) -> CalibrationRecord:
        rate = Rate(question="q", share=0.95, mcse=0.01)
        return CalibrationRecord(
            scenario=scenario, test=test, replicates=1, first_seed=1, last_seed=1, coverage=rate,
            meets=meets,
        )  # fmt: skip

    file = recorded()[0].model_copy(
        update={
            "records": (
                record("null", "randomisation", True),
                record("confounded", "randomisation", None),
                record("null", "wild_bootstrap", True),
                record("effect", "wild_bootstrap", False),
            )
        }
    )
    assert file.carries_verdict("randomisation")
    assert file.missed("wild_bootstrap") == ("effect",)
    assert not file.carries_verdict("wild_bootstrap")
    assert not file.carries_verdict("never tried")


def test_the_document_shows_the_numbers_with_seeds_version_and_date():
    file, summaries, kinds = recorded()
    study = open_study(ROOT)
    settings = load_settings(study, load_codebook(study))
    text = document(study, settings, file, "d" * 16, summaries, kinds)
    assert "package 9.9, code cccccccc and declarations dddddddd" in text
    assert text.count("2,000 studies (seeds 1-2000)") == 2
    assert study.report_date.isoformat() in text
    assert "| `null` | randomisation | 2,000 | 99.0% ± 0.2 (q) | 0.5% ± 0.2 (q) | yes |" in text
    assert "not judged" in text
    assert "nan" not in text


# ---- record from studies of earlier code --------------------------------------------------------

EARLIER = Stamp("0.0.9", "d" * 16, "c" * 16)


def kept(folder: Path, stamp: Stamp, **counts: int) -> Path:
    """Write a store per scenario with so many studies."""
    for name, count in counts.items():
        store = Store.open(folder, name, stamp)
        for seed in range(1, count + 1):
            drawn = combined_study(seed, 0.0, 0.0, verdict="not_demonstrated")
            store.append([r | {"scenario": name} for r in drawn])
    return folder


def test_studies_of_earlier_code_are_recorded_with_the_digests_they_were_made_with(tmp_path):
    """Each scenario with its own number; a block that is being written is left out, untouched."""
    for part in ("analysis", "data_dictionary"):
        shutil.copytree(ROOT / part, tmp_path / "study" / part)
    made = kept(tmp_path / "earlier" / "build" / "calibration", EARLIER, null=3, effect=2)
    (made / "null_summary.csv").write_text("no store", encoding="utf-8")
    cut = made / EARLIER.path(made, "null").name
    text = cut.read_text(encoding="utf-8") + "null,4,both,"
    cut.write_text(text, encoding="utf-8")
    asked = ["--study", str(tmp_path / "study"), "calibrate", "--from", str(tmp_path / "earlier")]
    done = CliRunner().invoke(app, asked)
    assert done.exit_code == 0, done.output
    assert "made with package 0.0.9" in " ".join(done.output.split())
    file = load_calibration(open_study(tmp_path / "study"))
    assert file is not None
    assert (file.version, file.code, file.declarations) == ("0.0.9", "c" * 16, "d" * 16)
    assert {r.scenario: r.replicates for r in file.records} == {"null": 3, "effect": 2}
    told = (tmp_path / "study" / "docs" / "calibration.md").read_text(encoding="utf-8")
    assert "package 0.0.9, code cccccccc and declarations dddddddd" in told
    assert "3 studies (seeds 1-3)" in told
    assert "2 studies (seeds 1-2)" in told
    assert cut.read_text(encoding="utf-8") == text
    assert not (tmp_path / "study" / "build" / "calibration").exists()  # nothing was drawn


def test_studies_of_different_code_are_not_recorded_together(tmp_path):
    names = ("null", "effect")
    with pytest.raises(UserError, match="no replicates to record"):
        recorded_in(tmp_path, names)
    kept(tmp_path, EARLIER, null=1)
    assert recorded_in(tmp_path, names)[0] == EARLIER
    kept(tmp_path, Stamp("0.0.9", "d" * 16, "e" * 16), effect=1)
    with pytest.raises(UserError, match="2 stores were made with 2 combinations"):
        recorded_in(tmp_path, names)


def test_a_file_that_is_no_store_is_refused(tmp_path):
    (tmp_path / "null-1-2.csv").write_text("scenario,seed\n", encoding="utf-8")
    with pytest.raises(UserError, match="no store of replicates"):
        recorded_in(tmp_path, ("null",))
