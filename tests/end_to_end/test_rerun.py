"""What is made again, what is left alone, and what happens when something goes wrong."""

import os
import re
import shutil
import signal
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pandas as pd
import pytest
from studies import LABEL, ROOT, StudyFolder, write_first

from evaluatie.cli import main
from evaluatie.disclosure.auditing.printed.docx import docx_all_text
from evaluatie.disclosure.auditing.printed.html import read_html
from evaluatie.disclosure.auditing.printed.pdf import pdf_pages
from evaluatie.domain import no_progress
from evaluatie.reports.prepare import prepare_study
from evaluatie.reports.publish import make_reports
from evaluatie.reports.render import choose_renderer
from evaluatie.reports.slice import FORMATS
from evaluatie.study import open_study

MARGIN_REASON = "reason: {nl: Voorbeeldmarge voor een test., en: Example margin for a test.}"
STAD = ("financier-stad-half-nl", "financier-stad-eind-nl")
FONDS = ("financier-fonds-half-nl", "financier-fonds-eind-nl", "meting-fonds-eind-wk189903-nl")


def state(folder):
    """Return digest-free state of every finished file: bytes and time of change."""
    files = [p for p in folder.build.rglob("*") if p.is_file() and ".lock" not in p.name]
    return {str(p.relative_to(folder.build)): (p.read_bytes(), p.stat().st_mtime_ns) for p in files}


def reports_in(folder, runs):
    return {
        path.name: (path.read_bytes(), path.stat().st_mtime_ns)
        for run in runs
        for path in sorted(folder.reports[run].folder.iterdir())
    }


def content(folder):
    """Return the bytes of everything a reader gets."""
    files = [p for r in folder.reports.values() for p in r.folder.iterdir()]
    files += [folder.build / name for name in ("estimates.csv", "verdicts.csv")]
    return {str(p.relative_to(folder.build)): p.read_bytes() for p in files}


def counts(output):
    """Return (made, unchanged, failed) of the summary line."""
    found = re.search(r"(\d+) reports made, (\d+) unchanged, (\d+) failed", output)
    assert found, output
    return tuple(int(n) for n in found.groups())


@pytest.fixture
def study(second, tmp_path) -> StudyFolder:
    """A copy of the second study with its finished reports, to change."""
    return second.copy(tmp_path / "study")


# ------------------------------------------------------------------------------ what changed


def test_a_second_run_does_nothing(study):
    before = state(study)
    assert counts(study.run("--all")) == (0, 5, 0)
    assert state(study) == before


@pytest.mark.slow
def test_a_changed_reason_of_a_margin_reruns_only_the_reports_that_show_it(study):
    others = reports_in(study, STAD)
    path = study.root / "analysis" / "questions.yml"
    text = path.read_text(encoding="utf-8")
    changed = MARGIN_REASON.replace("een test", "het welbevinden")
    path.write_text(text.replace(MARGIN_REASON, changed, 1), encoding="utf-8")
    made, unchanged, failed = counts(study.run("--all", "--to", "html"))
    assert (made + unchanged, failed) == (5, 0)
    assert reports_in(study, STAD) == others
    shown = study.reports["financier-fonds-eind-nl"].path("html").read_text("utf-8")
    assert "Voorbeeldmarge voor het welbevinden" in shown


def own_notebook(study, name, source, kind="markdown"):
    """Give the study its own copy of a notebook, with one more cell at the end."""
    path = study.root / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    notebook = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    cell = getattr(nbformat.v4, f"new_{kind}_cell")(source)
    cell["id"] = "added"
    notebook.cells.append(cell)
    nbformat.write(notebook, path)


@pytest.mark.slow
def test_a_failing_notebook_is_kept_and_does_not_stop_the_others(study):
    """Made are the reports that show a changed agreement, and those of an edited notebook."""
    others = reports_in(study, FONDS)
    study.edit("analysis/agreements/stad.yml", "Het groen in de wijken", "Het water in de wijken")
    own_notebook(study, "meting", "raise RuntimeError('stuk')", "code")
    output = study.run("--all", "--to", "html", code=1)
    assert counts(output) == (2, 2, 1)
    assert re.search(rf"failed {FONDS[2]}: .*RuntimeError", output)
    assert "stuk" not in output, "what a library says can hold a value of a person"
    kept = study.build / "failed" / FONDS[2] / f"{FONDS[2]}.ipynb"
    assert "stuk" in kept.read_text(encoding="utf-8")
    assert reports_in(study, FONDS) == others
    for run in STAD:
        assert "Het water in de wijken" in study.reports[run].path("html").read_text("utf-8")

    own_notebook(study, "meting", "Een alinea van de onderzoeker.")
    assert counts(study.run("--all", "--to", "html")) == (1, 4, 0)
    assert not (study.build / "failed").exists()
    shown = study.reports[FONDS[2]].path("html").read_text("utf-8")
    assert "Een alinea van de onderzoeker." in shown


def in_process(study, monkeypatch, capsys, *arguments):
    """Run a quick command in this process: exit code and what it said."""
    monkeypatch.setattr("evaluatie.cli.console.console.width", 400)
    command = ["evaluatie", "--study", str(study.root), *arguments]
    monkeypatch.setattr(sys, "argv", command)
    with pytest.raises(SystemExit) as stopped:
        main()
    told = capsys.readouterr()
    return stopped.value.code, " ".join((told.out + told.err).split())


@pytest.mark.slow
def test_another_form_a_lost_file_and_another_renderer(study, second, monkeypatch, capsys):
    run = STAD[0]
    shutil.rmtree(study.build / "reports")
    choice = ("--audience", "stad", "--wave", "half", "--to")
    status = ("status", "--why", "--renderer", "embedded")
    assert counts(study.run(*choice, "html")) == (1, 0, 0)
    assert study.reports[run].formats == ("html",)

    _, told = in_process(study, monkeypatch, capsys, *status)
    assert "form docx not made yet" in told
    assert counts(study.run(*choice, "html,docx")) == (1, 0, 0)
    assert study.reports[run].formats == ("html", "docx")

    study.reports[run].path("docx").unlink()
    study.reports[run].path("html").write_text("met de hand veranderd", encoding="utf-8")
    _, told = in_process(study, monkeypatch, capsys, *status)
    assert f"{run}.docx was removed" in told
    assert f"{run}.html was changed by hand" in told
    assert counts(study.run(*choice, "html,pdf,docx")) == (1, 0, 0)
    for form in ("html", "pdf", "docx"):
        whole = second.reports[run].path(form).read_bytes()
        assert study.reports[run].path(form).read_bytes() == whole

    record = study.reports[run].folder / "run.json"
    text = record.read_text(encoding="utf-8")
    record.write_text(re.sub(r'"renderer": "[^"]+"', '"renderer": "other 1.0"', text), "utf-8")
    _, told = in_process(study, monkeypatch, capsys, *status)
    assert re.search(rf"{run} \W*to make \W*renderer", told), told


# ------------------------------------------------------------------------ killed; two at once


def kill(process):
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def wait_for(process, condition):
    until = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()[0][-3000:]
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.slow
def test_a_killed_run_goes_on_and_two_at_once_make_each_report_once(second, tmp_path):
    """The outcome is the same, byte for byte, as that of one quiet run; no truth is needed."""
    study = second.copy(tmp_path / "study", build=False, truth=False)
    assert not (study.root / "data" / "truth").exists()
    start = ("run", "--all", "--renderer", "embedded")

    process = study.start(*start)
    wait_for(process, lambda: any(study.build.glob(".cache/v*/estimates/.new-*")))
    kill(process)
    assert not study.reports

    process = study.start(*start)
    wait_for(process, lambda: any((study.build / "reports").glob(".new-*")))
    kill(process)

    before = len(study.reports)
    both = [study.start(*start), study.start(*start)]
    outputs = [process.communicate(timeout=300)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    made = sum(counts(output)[0] for output in outputs)
    assert made + before == 5
    assert content(study) == content(second)
    left = [p for p in study.build.rglob("*") if p.name.startswith((".new-", ".old-"))]
    assert left == []


def test_batches_that_end_at_the_same_moment_write_tables_and_index_once(study):
    before = {path.name: path.read_bytes() for path in study.build.iterdir() if path.is_file()}
    for name in before:
        (study.build / name).unlink()
    opened = open_study(study.root)
    prepared = prepare_study(opened, no_progress)
    renderer = choose_renderer("embedded")
    with ThreadPoolExecutor(8) as batches:
        ends = [
            batches.submit(make_reports, prepared, (), renderer, FORMATS, 1, no_progress)
            for _ in range(8)
        ]
    assert [end.exception() for end in ends] == [None] * 8
    after = {path.name: path.read_bytes() for path in study.build.iterdir() if path.is_file()}
    assert after == before


# ---------------------------------------------------------------------------------- the label


def test_the_label_is_everywhere(first, second):
    for study in (first, second):
        for report in study.reports.values():
            for form in report.formats:
                if form == "html":
                    source = report.path("html").read_text(encoding="utf-8")
                    assert LABEL in read_html(source).text.replace("\n", " "), report.name
                    assert re.search(rf'class="running-label"[^>]*>.*{LABEL}', source), report.name
                elif form == "docx":
                    assert LABEL in header_of(report.path("docx")), report.name
                    assert LABEL in docx_all_text(report.path("docx"))
                else:
                    pages = pdf_pages(report.path("pdf"))
                    assert len(pages) > 1
                    assert [n for n, page in enumerate(pages) if LABEL not in page] == []
        for name in ("estimates.csv", "verdicts.csv"):
            table = pd.read_csv(study.build / name, low_memory=False)
            assert set(table["data"]) == {LABEL}, name
        assert LABEL in (study.build / "index.html").read_text(encoding="utf-8")


def header_of(path):
    with zipfile.ZipFile(path) as archive:
        headers = [archive.read(n).decode() for n in archive.namelist() if "header" in n]
    return " ".join(re.sub("<[^>]+>", "", header) for header in headers)


# ------------------------------------------------------------------------------------ refusals


def test_example_agreements_are_refused_when_one_byte_is_not_synthetic(second, tmp_path):
    study = second.copy(tmp_path / "study")
    path = study.raw / "statistiek" / "kerncijfers.csv"
    content = bytearray(path.read_bytes())
    place = content.rindex(b"\n", 0, len(content) - 1) - 1
    content[place] = ord("5") if content[place] != ord("5") else ord("0")
    path.write_bytes(bytes(content))
    before = reports_in(study, STAD + FONDS)
    output = " ".join(study.run("--all", code=1).split())
    assert "the agreement is an example, and the data are not synthetic" in output
    assert "no report can be made for audience" in output
    assert reports_in(study, STAD + FONDS) == before


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    """The declarations of the first study, without data."""
    folder = tmp_path_factory.mktemp("declared") / "study"
    write_first(folder)
    return StudyFolder(folder)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (["--audience", "rijk"], "there is no audience 'rijk' Allowed: gemeente, professionals"),
        (["--wave", "t9"], "there is no wave 't9' Allowed: t0, t1, t2, t3"),
        (["--area", "BU00000000"], "there is no area 'BU00000000' Allowed: BU09350400"),
        (["--report", "jaarverslag"], "there is no report 'jaarverslag' Allowed: meting"),
        (["--report", "meting", "--audience", "gemeente"], "no report was agreed for"),
        (["--wave", "t0", "--audience", "vgz"], "no report was agreed for"),
        (["--area", "BU09350404"], "no report was agreed for"),
    ],
)
def test_what_was_not_agreed_is_refused_in_words(declared, monkeypatch, capsys, filters, message):
    code, told = in_process(declared, monkeypatch, capsys, "run", *filters)
    assert code == 1
    assert message in told
    assert "Traceback" not in told
    assert not declared.build.exists()
