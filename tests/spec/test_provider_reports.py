"""A report for one provider: its own rows, no other provider's, under its own name."""

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from pydantic import ValidationError
from test_present_sample import sample_slice

from evaluatie.agreement import ReportRun, check_run, load_agreements
from evaluatie.agreement.model import ReportSpec
from evaluatie.dictionary import load_codebook
from evaluatie.errors import AgreementError, RunError
from evaluatie.reports import open_report
from evaluatie.reports.context import SLICE_VARIABLE
from evaluatie.reports.index import entries_of
from evaluatie.reports.notebook import check_source, read_notebook
from evaluatie.reports.scope import names_a_provider, rows_of_run
from evaluatie.reports.slice import write_slice
from evaluatie.reports.slices import Published, slice_of
from evaluatie.results import Table, estimate_row, estimates_frame
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
STUDY = open_study(ROOT)
CODEBOOK = load_codebook(STUDY)
BOOK = load_agreements(STUDY, CODEBOOK)
SPEC = next(spec for spec in BOOK.reports.values() if spec.providers)
RUNS = BOOK.runs_of(SPEC)
QUESTION = next(q for q in BOOK.questions.values() if q.section == "mirror")


def row(category, **changes):
    where = {
        "question": QUESTION.id, "indicator": QUESTION.indicator, "area": "all", "law": "wmo",
        "period": "2018", "category": category, "estimate": 1.0, "n": 40, "n_households": 40,
        "unit": "ratio",
    }  # fmt: skip
    return estimate_row(Table.MIRROR, "cost_ratio", **(where | changes))


def study_rows():
    """Rows of every provider of the reports, and of all providers without names."""
    named = [row(f"provider={name}", estimate=float(k)) for k, name in enumerate(SPEC.providers)]
    limits = [row(f"provider={name}|limits=inner") for name in SPEC.providers]
    others = [row(f"peer={number}") for number in range(1, 6)]
    frame = estimates_frame([*named, *limits, *others])
    return frame.assign(publication="shown")


def test_there_is_a_run_for_each_provider_with_a_name_of_its_own():
    assert len(SPEC.providers) == 3
    assert {run.provider for run in RUNS} == set(SPEC.providers)
    assert len({run.name for run in BOOK.run_matrix()}) == len(BOOK.run_matrix())
    for run in RUNS:
        assert f"-{run.provider.lower()}-" in run.name
    assert all(not run.provider for run in BOOK.run_matrix() if run.report != SPEC.id)


def test_only_a_provider_of_the_list_gets_a_report():
    check_run(BOOK, STUDY, RUNS[0], synthetic=True)
    for provider, said in (("SYN-A-9999", "provider 'SYN-A-9999'"), ("", "no provider")):
        run = RUNS[0].model_copy(update={"provider": provider})
        with pytest.raises(AgreementError, match=said):
            check_run(BOOK, STUDY, run, synthetic=True)
    other = next(run for run in BOOK.run_matrix() if not run.provider)
    with pytest.raises(AgreementError, match="provider"):
        check_run(BOOK, STUDY, other.model_copy(update={"provider": "X"}), synthetic=True)


@pytest.mark.parametrize("name", ["", "../x", "a/b", "a b", "-a", "a|b"])
def test_a_provider_that_cannot_be_part_of_a_file_name_is_refused(name):
    content = SPEC.model_dump() | {"providers": [name]}
    with pytest.raises(ValidationError, match="providers"):
        ReportSpec.model_validate(content)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_slice_holds_the_rows_of_its_own_provider_and_no_other(run):
    frame = study_rows()
    mine = frame[rows_of_run(frame, STUDY, CODEBOOK, BOOK, run)]
    named = mine.loc[names_a_provider(mine["category"]), "category"]
    assert set(named) == {f"provider={run.provider}", f"provider={run.provider}|limits=inner"}
    assert mine["category"].str.startswith("peer=").sum() == 5
    others = set(SPEC.providers) - {run.provider}
    assert not mine.astype(str).apply(lambda column: column.isin(others)).any(axis=None)


@pytest.mark.parametrize("run", RUNS[:1], ids=lambda run: run.name)
def test_no_file_of_a_slice_mentions_another_provider(run, tmp_path):
    verdicts = pd.DataFrame(
        columns=["question", "wave", "verdict", "row", "estimate", "ci_low", "ci_high", "p_value",
                 "p_adjusted", "p_attainable", "p_harm", "precision", "margin_excluded"]
    )  # fmt: skip
    published = Published(study_rows(), verdicts, True, {}, (), "plan")
    made = slice_of(STUDY, CODEBOOK, BOOK, published, run)
    folder = write_slice(made, tmp_path)
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    assert run.provider.encode() in content
    for other in set(SPEC.providers) - {run.provider}:
        assert other.encode() not in content
    assert run.provider in made.subtitle


def test_a_report_for_nobody_alone_names_no_provider():
    frame = study_rows()
    for run in BOOK.run_matrix():
        if not run.provider:
            mine = frame[rows_of_run(frame, STUDY, CODEBOOK, BOOK, run)]
            assert not names_a_provider(mine["category"]).any()


def test_names_are_found_wherever_they_stand_in_a_category():
    categories = pd.Series(["provider=A", "limits=inner|provider=A", "peer=1", "providers=2", ""])
    assert names_a_provider(categories).tolist() == [True, True, False, False, False]


def provider_slice(run=None):
    made = sample_slice("nl")
    return replace(made, run=run or made.run.model_copy(update={"provider": "A1"}))


def test_the_provider_is_a_parameter_of_such_a_run_only():
    assert provider_slice().parameters["provider"] == "A1"
    assert "provider" not in sample_slice("nl").parameters


def test_a_notebook_without_the_parameter_cannot_be_made_for_a_provider():
    path = ROOT / "notebooks" / "financier.ipynb"
    with pytest.raises(RunError, match="not declared: provider"):
        check_source(read_notebook(path), path.name, provider_slice().parameters)
    mirror = ROOT / "notebooks" / f"{SPEC.notebook}.ipynb"
    with pytest.raises(RunError, match="not given: provider"):
        check_source(read_notebook(mirror), mirror.name, sample_slice("nl").parameters)


def test_a_notebook_cannot_open_the_slice_of_another_provider(tmp_path, monkeypatch):
    made = provider_slice()
    monkeypatch.setenv(SLICE_VARIABLE, str(write_slice(made, tmp_path)))
    assert open_report(**made.parameters).slice.run == made.run
    for other in ("B2", ""):
        with pytest.raises(AgreementError, match="this slice is of run"):
            open_report(**made.parameters | {"provider": other})


def test_the_index_shows_for_which_provider_a_report_is(tmp_path):
    run = ReportRun(report="r", audience="a", wave=STUDY.waves[-1].id, provider="A1")
    made = provider_slice(run)
    study = STUDY.model_copy(update={"root": tmp_path})
    folder = tmp_path / "build" / "failed" / run.name
    folder.mkdir(parents=True)
    (folder / f"{run.name}.ipynb").write_text("{}")
    slices = {run.name: write_slice(made, tmp_path / "slice")}
    assert entries_of(study, [run], slices, "nl")[0].area == "A1"
