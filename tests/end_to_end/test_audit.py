"""The audit reads the finished files: an honest study has no finding, a tampered one has."""

import csv
import json
import re
import shutil
import zipfile

import pandas as pd
import pytest
from studies import StudyFolder

from evaluatie.disclosure.auditing.findings import Kind
from evaluatie.domain import no_progress
from evaluatie.release.audit import audit_files, audit_outputs
from evaluatie.release.reading import read_reports
from evaluatie.reports.prepare import prepare_study, read_private
from evaluatie.study import open_study

pytestmark = pytest.mark.slow

RUN = "financier-gemeente-t3-nl"
FORMS = ("html", "docx", "ipynb")  # a PDF takes seconds to read


@pytest.fixture(scope="module")
def prepared(first: StudyFolder):
    return prepare_study(open_study(first.root))


@pytest.fixture(scope="module")
def run(prepared):
    return next(run for run in prepared.book.run_matrix() if run.name == RUN)


@pytest.fixture(scope="module")
def secret(prepared) -> int:
    """A number of people that no report may show, and that none shows by chance."""
    truth = read_private(prepared)
    hidden = pd.read_parquet(prepared.slices[RUN] / "publishable.parquet")
    hidden = hidden.loc[hidden["publication"] == "suppressed", "id"]
    told = truth.loc[truth["id"].isin(hidden) & (truth["n"] > 0), "n"]
    ledger = (prepared.study.build / "reports" / RUN / "numbers.csv").read_text(encoding="utf-8")
    return int(next(n for n in told if not re.search(rf"\b{n:.0f}\b", ledger)))


@pytest.fixture
def frozen(first: StudyFolder, tmp_path):
    """A copy of the files of one report, to be tampered with."""
    folder = tmp_path / RUN
    folder.mkdir()
    report = first.reports[RUN]
    for name in [*(f"{RUN}.{form}" for form in FORMS), "numbers.csv", "run.json"]:
        shutil.copy(report.folder / name, folder / name)
    return folder


def faults(prepared, run, frozen):
    (reading,) = read_reports(prepared, [run], frozen.parent, no_progress)
    return [(file, fault.kind, fault.number) for file, fault in reading.faults]


def edit(path, change):
    before = path.read_text(encoding="utf-8")
    after = change(before)
    assert after != before
    path.write_text(after, encoding="utf-8")


def test_an_honest_study_has_no_finding(first):
    printed = first.command("disclosure", "audit")
    assert "No finding." in printed
    found = re.search(r"(\d+) numbers read in (\d+) files; (\d+) hidden numbers attacked", printed)
    numbers, files, targets = map(int, found.groups())
    assert numbers > 10_000
    assert files > 4 * len(first.reports) - 12
    assert targets > 50
    assert (first.build / "audit.csv").stat().st_mode & 0o777 == 0o600


def test_the_other_study_has_no_finding_either(second):
    study = open_study(second.root)
    prepared = prepare_study(study)
    runs = [run for run in prepared.book.run_matrix() if run.name in second.reports][:2]
    assert audit_outputs(study, prepared, runs) == ()


def test_an_honest_copy_has_no_fault(prepared, run, frozen):
    assert faults(prepared, run, frozen) == []


def test_one_digit_in_the_page_is_found(prepared, run, frozen):
    pattern = re.compile(r"(<td[^>]*>\u2212?\d+,)(\d)")
    edit(frozen / f"{RUN}.html", lambda text: pattern.sub(
        lambda match: match[1] + str((int(match[2]) + 5) % 10), text, count=1))  # fmt: skip
    assert [fault[:2] for fault in faults(prepared, run, frozen)] == [(f"{RUN}.html", "unclaimed")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("•", "{}"),  # where a symbol says that the number is hidden
        ('alt="', 'alt="{} personen. '),
        ("<td", '<td title="{}"'),
        ("</main>", "<!-- {} --></main>"),
    ],
)
def test_a_hidden_number_in_the_page_is_found(prepared, run, frozen, secret, old, new):
    edit(frozen / f"{RUN}.html", lambda text: text.replace(old, new.format(secret), 1))
    assert faults(prepared, run, frozen) == [(f"{RUN}.html", "unclaimed", str(secret))]


def test_a_hidden_number_in_a_comment_of_the_word_document_is_found(prepared, run, frozen, secret):
    path = frozen / f"{RUN}.docx"
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    parts["word/comments.xml"] = (
        f'<w:comments xmlns:w="{space}"><w:comment><w:p><w:r><w:t>{secret} mensen</w:t></w:r></w:p>'
        "</w:comment></w:comments>"
    ).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    assert faults(prepared, run, frozen) == [(f"{RUN}.docx", "unclaimed", str(secret))]


def test_a_recomputed_total_in_the_notebook_is_found(prepared, run, frozen, secret):
    def add(text):
        content = json.loads(text)
        outputs = next(cell["outputs"] for cell in content["cells"] if cell.get("outputs"))
        outputs.append({"output_type": "stream", "name": "stdout", "text": [f"{secret}\n"]})
        return json.dumps(content)

    edit(frozen / f"{RUN}.ipynb", add)
    assert faults(prepared, run, frozen) == [(f"{RUN}.ipynb", "unclaimed", str(secret))]


def test_a_file_that_cannot_be_read_is_a_fault(prepared, run, frozen):
    (frozen / "extra.xlsx").write_bytes(b"x")
    assert faults(prepared, run, frozen) == [("extra.xlsx", "unclaimed", "")]


def test_a_small_number_put_back_into_the_table_is_found(first, prepared, tmp_path):
    """Both ways: the plan hides the row, and the rules hide what it says."""
    with (first.build / "estimates.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    hidden = {row["id"] for row in rows if row["reason"] == "below_threshold"}
    truth = read_private(prepared).set_index("id")
    small = truth.index.isin(hidden) & truth["n"].between(2, 9)
    back = truth[small].iloc[0]
    for row in rows:
        if row["id"] == back.name:
            row["n"] = f"{back['n']:g}"
    with (tmp_path / "estimates.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    found = audit_files(prepared.study, prepared, [], tmp_path).findings
    value = back["n"]
    hidden_printed = [f for f in found if f.kind is Kind.HIDDEN_PRINTED]
    assert [(f.row, f.low) for f in hidden_printed] == [(back.name, value)]
    assert (value, value) in {(f.low, f.high) for f in found if f.kind is Kind.SMALL_SHOWN}
    assert all(f.reports == ("estimates.csv",) for f in found)
