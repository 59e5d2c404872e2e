"""Batches of reports on a toy study: once, again, after a change, a failure, a kill -9."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path

import nbformat
import pandas as pd
import psutil
import pypdf
import pytest

from evaluatie.agreement.model import ReportRun
from evaluatie.domain import Sensitivity
from evaluatie.errors import RunError
from evaluatie.release.labels import read_label
from evaluatie.reports.index import entries_of, write_index
from evaluatie.reports.render import choose_renderer
from evaluatie.reports.run import RunOptions, RunSummary, run_reports, status
from evaluatie.reports.slice import ReportSlice, write_slice
from evaluatie.results import Table, estimate_row, estimates_frame
from evaluatie.study import Study

V4 = nbformat.v4
SENSITIVITY = {"gem": Sensitivity.PUBLIC, "vgz": Sensitivity.RESTRICTED}
MARKING = {"gem": "Openbaar na vrijgave", "vgz": "Beperkt: alleen voor VGZ"}
LABEL = "SYNTHETISCHE GEGEVENS - VOORBEELD"
DECLARED = 'report = ""\naudience = ""\nwave = ""\narea = ""\nlanguage = "nl"'
SETUP = """
import base64, io, os
from pathlib import Path
import matplotlib
matplotlib.rcParams["svg.hashsalt"] = "toy"
matplotlib.rcParams["svg.fonttype"] = "path"
import matplotlib.pyplot as plt
from evaluatie.reports.slice import read_slice
from evaluatie.present.drawn import significant
toy = read_slice(Path(os.environ["EVALUATIE_SLICE"]))
row = toy.estimates[toy.estimates["table"] == "score"].iloc[0]
class Shown:
    def __init__(self, data, **told):
        self.data, self.told = data, told
    def _repr_mimebundle_(self, include=None, exclude=None):
        return self.data, {"evaluatie": self.told}
"""
FIGURE = """
#| label: fig-lijn
figure, axes = plt.subplots(figsize=(4, 2))
axes.barh([0], [row["estimate"]])
svg, png = io.BytesIO(), io.BytesIO()
figure.savefig(svg, format="svg", metadata={"Date": None})
figure.savefig(png, format="png", metadata={"Software": None})
plt.close(figure)
both = {"image/svg+xml": svg.getvalue().decode()}
both["image/png"] = base64.b64encode(png.getvalue()).decode()
drawn = [[significant(row["estimate"]), row["id"], "estimate", "drawn"]]
Shown(both, caption="Een balk", alt="Gaat van links naar rechts.", numbers=drawn)
""".strip()
TEXT = """
shown = f"{row['estimate']:.1f}".replace(".", ",")
numbers = [[shown, row["id"], "estimate", "text"]]
Shown({"text/markdown": f"Bij {audience} is het {shown}."}, numbers=numbers)
""".strip()


def toy_notebook(path: Path, *more: str) -> None:
    sources = [SETUP, FIGURE, TEXT, *more]
    cells = [V4.new_code_cell(DECLARED, id="parameters", metadata={"tags": ["parameters"]})]
    cells += [V4.new_code_cell(s.strip("\n"), id=f"c{i}") for i, s in enumerate(sources)]
    cells.insert(2, V4.new_markdown_cell("## Uitkomst\n\nZie @fig-lijn.", id="m"))
    notebook = V4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "x", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(nbformat.writes(notebook))


def both(text: str) -> dict[str, str]:
    return {"nl": text, "en": text}


def toy_study(root: Path) -> Study:
    waves = [
        {"id": f"t{i}", "label": both(f"Meting {i}"), "start": date(2030 + i, 1, 1),
         "end": date(2030 + i, 2, 1), "report_from": date(2030 + i, 3, 1)}
        for i in range(2)
    ]  # fmt: skip
    areas = [{"code": "A", "name": "Aa", "side": "pilot"},
             {"code": "B", "name": "Bb", "side": "comparison"}]  # fmt: skip
    return Study(
        root=root, id="toy", title=both("Toy"), municipality={"code": "M", "name": "M"},
        waves=waves, areas=areas, pilot_start=date(2030, 3, 1), cost_years=(2028, 2031),
        cost_baseline=(date(2028, 1, 1), date(2029, 1, 1)), price_level=2030, seed=1,
        report_date=date(2031, 5, 1), feeds=(),
    )  # fmt: skip


def toy_slice(run: ReportRun, value: float, notebook: str = "toy.ipynb") -> ReportSlice:
    day = estimate_row(Table.FACT, "constant", category="report_date", unit="date",
                       estimate=20310501)  # fmt: skip
    score = estimate_row(Table.SCORE, "mean", indicator="x", estimate=value, n=9)
    frame = estimates_frame([day, score]).assign(publication="shown")
    return ReportSlice(
        run=run, notebook=notebook, formats=("html", "pdf", "docx"), title="Toy", label=LABEL,
        synthetic=True, estimates=frame, verdicts=pd.DataFrame({"question": ["q"]}),
        date="1 mei 2031", numbers=(("1 mei 2031", day["id"], "estimate", "text"),),
        sensitivity=SENSITIVITY[run.audience], marking=MARKING[run.audience],
    )  # fmt: skip


class Toy:
    """A study folder with two runs."""

    def __init__(self, root: Path, *more: str) -> None:
        toy_notebook(root / "notebooks" / "toy.ipynb", *more)
        self.study = toy_study(root)
        self.runs = tuple(ReportRun(report="r", audience=a, wave="t1") for a in ("gem", "vgz"))
        self.slices: dict[str, Path] = {}
        for number, run in enumerate(self.runs):
            self.set(run, 1.5 + number)

    def set(self, run: ReportRun, value: float, notebook: str = "toy.ipynb") -> None:
        folder = self.study.build / ".cache" / "slices" / run.name
        self.slices[run.name] = write_slice(toy_slice(run, value, notebook), folder)

    def make(self, **options) -> RunSummary:
        return run_reports(self.study, self.runs, self.slices, self.options(**options))

    @staticmethod
    def options(**options) -> RunOptions:
        given = {"renderer": choose_renderer("embedded"), "formats": ("html",), **options}
        return RunOptions(**given)

    def reasons(self, **options) -> dict[str, tuple[str, ...]]:
        found = status(self.study, self.runs, self.slices, self.options(**options))
        return {state.run.audience: state.reasons for state in found}

    def folder(self, number: int) -> Path:
        return self.study.build / "reports" / self.runs[number].name

    def bytes(self) -> dict[str, bytes]:
        root = self.study.build / "reports"
        return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*.*"))
                if p.is_file()}  # fmt: skip


@pytest.fixture(scope="module")
def complete(tmp_path_factory) -> tuple[Toy, RunSummary]:
    toy = Toy(tmp_path_factory.mktemp("complete"))
    return toy, toy.make(formats=("html", "pdf", "docx"))


@pytest.fixture
def again(complete, tmp_path) -> Toy:
    """Return a copy of the finished study that a test may spoil."""
    shutil.copytree(complete[0].study.root, tmp_path / "copy")
    toy = Toy.__new__(Toy)
    toy.study, toy.runs = toy_study(tmp_path / "copy"), complete[0].runs
    toy.slices = {run.name: toy.study.build / ".cache" / "slices" / run.name for run in toy.runs}
    return toy


def test_every_run_has_its_files_and_its_record(complete):
    toy, summary = complete
    assert [outcome.message for outcome in summary.failed] == []
    assert summary.line == "2 reports made, 0 unchanged, 0 failed"
    assert summary.warnings == ()
    for number, run in enumerate(toy.runs):
        names = {p.name for p in toy.folder(number).iterdir()}
        forms = {f"{run.name}.{kind}" for kind in ("html", "pdf", "docx", "ipynb")}
        assert names == forms | {"numbers.csv", "run.json"}
    record = json.loads((toy.folder(0) / "run.json").read_text())
    assert record["ingredients"]["parameters"]["audience"] == "gem"
    assert set(record["outputs"]) == names - {"run.json"} - forms | {
        f"{toy.runs[0].name}.{kind}" for kind in ("html", "pdf", "docx", "ipynb")
    }


def test_each_report_shows_its_own_slice_and_the_ledger_says_where_from(complete):
    toy, _ = complete
    for number_of, text in enumerate(("Bij gem is het 1,5.", "Bij vgz is het 2,5.")):
        folder = toy.folder(number_of)
        assert text in (folder / f"{folder.name}.html").read_text()
        with (folder / "numbers.csv").open() as file:
            rows = list(csv.DictReader(file))
        number = text.split()[-1].rstrip(".")
        told = [(row["text"], row["channel"]) for row in rows]
        drawn = number.replace(",", ".").ljust(7, "0")
        assert told == [("1 mei 2031", "text"), (drawn, "drawn"), (number, "text")]
        assert {row["row"] for row in rows[1:]} == {"score/-/x/-/-/-/-/-/mean"}
        assert {row["sensitivity"] for row in rows} == {list(SENSITIVITY.values())[number_of]}


def test_the_label_is_on_every_page_of_what_was_made(complete):
    toy, _ = complete
    pages = pypdf.PdfReader(next(toy.folder(0).glob("*.pdf"))).pages
    assert all(LABEL in page.extract_text() for page in pages)


def test_every_file_of_a_report_says_who_may_have_it(complete):
    toy, _ = complete
    for number, run in enumerate(toy.runs):
        labels = {path.name: read_label(path) for path in toy.folder(number).iterdir()}
        assert len(labels) == 6
        assert set(labels.values()) == {SENSITIVITY[run.audience]}, labels


def test_a_number_without_a_claim_makes_no_report(tmp_path):
    toy = Toy(tmp_path, 'print("er waren er", 7 if audience == "gem" else "enkele")')
    summary = toy.make()
    assert summary.made == (toy.runs[1],)
    (failure,) = summary.failed
    assert "cell c3: the notebook shows numbers without a claim" in failure.message
    assert "the first is number 1 in this cell" in failure.message
    assert "7" not in failure.message
    assert not toy.folder(0).exists()


def test_nothing_in_a_report_folder_names_this_host_or_the_clock(complete):
    toy, _ = complete
    for path in toy.folder(0).iterdir():
        content = path.read_bytes()
        for trace in (str(toy.study.root), str(Path.home()) + "/", "start_time", "ipykernel_"):
            assert trace.encode() not in content, (path.name, trace)


def test_the_executed_notebook_keeps_the_parameters_hidden_from_the_page(complete):
    toy, _ = complete
    folder = toy.folder(0)
    notebook = nbformat.read(folder / f"{folder.name}.ipynb", 4)
    injected = [c for c in notebook.cells if c.id == "injected-parameters"]
    assert 'audience = "gem"' in injected[0].source
    assert "remove-cell" in injected[0].metadata["tags"]
    figure = next(c for c in notebook.cells if "fig-lijn" in c.source and c.cell_type == "code")
    assert '#| fig-alt: "Gaat van links naar rechts."' in figure.source
    assert {"image/png", "image/svg+xml"} <= set(figure.outputs[0].data)


def test_a_second_call_does_nothing(again):
    before = again.bytes()
    stamps = [p.stat().st_mtime_ns for p in again.folder(0).iterdir()]
    summary = again.make(formats=("html", "pdf", "docx"))
    assert summary.line == "0 reports made, 2 unchanged, 0 failed"
    assert again.bytes() == before
    assert [p.stat().st_mtime_ns for p in again.folder(0).iterdir()] == stamps


def test_two_calls_from_nothing_give_the_same_bytes(complete, again):
    shutil.rmtree(again.study.build / "reports")
    again.make(formats=("html", "pdf", "docx"))
    first, second = complete[0].bytes(), again.bytes()
    assert [name for name in first if first[name] != second[name]] == []


def test_a_cold_kernel_gives_the_same_bytes_as_a_warm_one(complete, again):
    shutil.rmtree(again.folder(0))
    again.make(formats=("html", "pdf", "docx"), warm=False)
    assert again.bytes() == complete[0].bytes()


def test_a_changed_slice_makes_only_that_report_again_and_says_why(again):
    again.set(again.runs[1], 7.0)
    assert again.reasons() == {"gem": (), "vgz": ("slice",)}
    summary = again.make()
    assert summary.made == (again.runs[1],)
    assert summary.unchanged == (again.runs[0],)
    assert "is het 7,0." in (again.folder(1) / f"{again.runs[1].name}.html").read_text()


def test_a_changed_notebook_or_look_concerns_all(again):
    toy_notebook(again.study.root / "notebooks" / "toy.ipynb", "print(1)")
    (again.study.root / "_quarto.yml").write_text(
        "execute: {enabled: false}\nformat: {html: {embed-resources: true, css: report.css}}"
    )
    assert set(again.reasons().values()) == {("appearance", "notebook")}


def test_a_form_less_is_no_reason_and_a_form_more_is(again):
    assert again.reasons(formats=("pdf",))["gem"] == ()
    for path in again.folder(0).glob("*.pdf"):
        path.unlink()
    name = again.runs[0].name
    assert again.reasons()["gem"] == (f"{name}.pdf was removed",)
    (again.folder(1) / f"{again.runs[1].name}.html").write_text("forged")
    assert again.reasons()["vgz"] == (f"{again.runs[1].name}.html was changed by hand",)


def test_a_failed_run_keeps_its_notebook_and_does_not_stop_the_others(tmp_path):
    toy = Toy(tmp_path, 'assert audience != "gem", "no such audience"')
    summary = toy.make()
    assert summary.line == "1 reports made, 0 unchanged, 1 failed"
    (failure,) = summary.failed
    assert failure.run == toy.runs[0]
    assert "AssertionError; what it says can quote data" in failure.message
    assert "no such audience" not in failure.message
    kept = nbformat.read(failure.notebook, 4)
    assert failure.notebook == tmp_path / "build" / "failed" / failure.run.name / (
        failure.run.name + ".ipynb"
    )
    assert any("image/png" in o.get("data", {}) for c in kept.cells for o in c.get("outputs", []))
    assert not toy.folder(0).exists()
    assert toy.reasons() == {"gem": ("no report yet",), "vgz": ()}
    index = write_index(toy.study.build, entries_of(toy.study, toy.runs, toy.slices), title="Toy")
    assert f"failed/{failure.run.name}/{failure.run.name}.ipynb" in index.read_text()
    toy_notebook(tmp_path / "notebooks" / "toy.ipynb")
    assert toy.make().failed == ()
    assert not (tmp_path / "build" / "failed").exists()


def test_a_kernel_that_dies_is_a_failure_like_another(tmp_path):
    toy = Toy(tmp_path, 'import os\nif audience == "gem": os._exit(3)')
    summary = toy.make()
    assert [outcome.run for outcome in summary.failed] == [toy.runs[0]]
    assert "the kernel stopped" in summary.failed[0].message
    assert summary.made == (toy.runs[1],)


def test_a_cell_that_takes_too_long_is_stopped(tmp_path):
    toy = Toy(tmp_path, 'import time\nif audience == "gem": time.sleep(60)')
    started = time.monotonic()
    summary = toy.make(timeout=10)
    assert [outcome.run for outcome in summary.failed] == [toy.runs[0]]
    assert time.monotonic() - started < 50


def test_a_parameter_the_notebook_does_not_declare_never_runs(tmp_path):
    toy = Toy(tmp_path)
    path = tmp_path / "notebooks" / "toy.ipynb"
    path.write_text(path.read_text().replace('area = \\"\\"\\n', ""))
    messages = {outcome.message for outcome in toy.make().failed}
    assert len(messages) == 1
    assert "not declared: area" in messages.pop()


def test_a_slice_of_another_run_is_refused(tmp_path):
    toy = Toy(tmp_path)
    toy.slices[toy.runs[0].name] = toy.slices[toy.runs[1].name]
    assert "the slice is that of run r-vgz-t1-nl" in toy.make().failed[0].message
    with pytest.raises(RunError, match="1 runs have no slice: r-gem-t1-nl"):
        run_reports(toy.study, toy.runs, {toy.runs[1].name: Path()}, toy.options())


def test_runs_share_nothing(tmp_path):
    """Global state, environment, folder and options of one run do not reach the next one."""
    spoil = (
        "import os, sys, pandas\n"
        "seen = ['LEAK' in os.environ, hasattr(pandas, 'leak'), 'leak' in sys.modules,\n"
        "        os.getcwd() == '/', matplotlib.rcParams['figure.dpi'] == 17.0]\n"
        "os.environ['LEAK'] = '1'; pandas.leak = 1; sys.modules['leak'] = sys\n"
        "os.chdir('/'); matplotlib.rcParams['figure.dpi'] = 17.0\n"
        "assert not any(seen), seen"
    )
    toy = Toy(tmp_path, spoil)
    assert toy.make(workers=1).line == "2 reports made, 0 unchanged, 0 failed"


def test_any_executor_will_do(tmp_path):
    toy = Toy(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        summary = run_reports(toy.study, toy.runs, toy.slices, toy.options(), executor=pool)
        assert summary.line == "2 reports made, 0 unchanged, 0 failed"
        assert pool.submit(int, "3").result() == 3  # the caller's executor stays open


def test_two_batches_at_once_make_each_report_once(tmp_path):
    toy = Toy(tmp_path, "import time\ntime.sleep(1)")
    with ThreadPoolExecutor(2) as pool:
        one, two = pool.map(lambda _: toy.make(), range(2))
    assert len(one.made) + len(two.made) == 2
    assert not one.failed
    assert not two.failed
    assert toy.reasons() == {"gem": (), "vgz": ()}


BATCH = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import test_run_reports as module
toy = module.Toy.__new__(module.Toy)
root = Path(sys.argv[2])
toy.study = module.toy_study(root)
toy.runs = tuple(module.ReportRun(report="r", audience=a, wave="t1") for a in ("gem", "vgz"))
toy.slices = {r.name: toy.study.build / ".cache" / "slices" / r.name for r in toy.runs}
print(toy.make().line, flush=True)
"""


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="process groups and warm kernels")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_batch_that_is_killed_leaves_no_kernel_and_the_next_one_goes_on(tmp_path, number):
    flag = tmp_path / "wait"
    flag.touch()
    toy = Toy(tmp_path, "import time\nwhile Path('../wait').exists(): time.sleep(0.1)")
    command = [sys.executable, "-c", BATCH, str(Path(__file__).parent), str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          start_new_session=True) as batch:  # fmt: skip
        reports = tmp_path / "build" / "reports"
        wait_for(lambda: len(list(reports.glob(".new-*"))) == 2)
        wait_for(lambda: len(list((tmp_path / "build" / "failed").glob("*/*.ipynb"))) == 2)
        family = psutil.Process(batch.pid).children(recursive=True)
        os.kill(batch.pid, number)
        batch.wait(60)
    wait_for(lambda: not [p for p in family if p.is_running() and p.status() != "zombie"])
    flag.unlink()
    if number == signal.SIGKILL:
        assert list(reports.glob(".new-*"))
    assert toy.make().line == "2 reports made, 0 unchanged, 0 failed"
    assert not [p for p in reports.iterdir() if p.name.startswith(".")]
    assert not (tmp_path / "build" / "failed").exists()


def test_the_index_lists_every_report_by_audience_with_its_forms(complete):
    toy, summary = complete
    (toy.study.build / "estimates.csv").write_text("id\n")
    entries = entries_of(toy.study, toy.runs, toy.slices)
    given = {"title": "Toy & <co>", "label": LABEL, "renderer": summary.renderer}
    index = write_index(toy.study.build, entries, **given)
    first = index.read_bytes()
    assert write_index(toy.study.build, entries, **given).read_bytes() == first
    text = first.decode()
    for run in toy.runs:
        for kind in ("html", "pdf", "docx"):
            href = f"reports/{run.name}/{run.name}.{kind}"
            assert f'href="{href}"' in text
            assert (toy.study.build / href).is_file()
    assert "Toy &amp; &lt;co&gt;" in text
    assert LABEL in text
    assert 'href="estimates.csv"' in text
    assert 'href="verdicts.csv"' not in text
    assert '<meta name="sensitivity" content="restricted">' in text
    for words in (*MARKING.values(), "alleen voor wie de rapporten maakt"):
        assert words in text
    assert "embedded (pypandoc-binary" in text
    assert "http" not in text
    escaped = [replace(entries[0], title="<script>x</script>")]
    alone = write_index(toy.study.build, escaped, title="t").read_text()
    assert "<script>" not in alone
    assert '<meta name="sensitivity" content="public">' in alone
