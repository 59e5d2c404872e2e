"""A release as its users make it: asked for, looked at twice, published, and kept for ever."""

import json
import re

import pandas as pd
import pytest

from evaluatie.register import published_frames, read_register

pytestmark = pytest.mark.slow

RUN = "financier-stad-eind-nl"


def test_a_report_is_released_and_stays_what_it_was(second, tmp_path):
    study = second.copy(tmp_path / "study")
    early = study.command("release", "publish", "r0001", "--by", "onderzoeker", code=1)
    assert "there is no request 'r0001'" in early
    asked = study.command(
        "release", "request", "--by", "onderzoeker", "--audience", "stad", "--wave", "eind",
        "--renderer", "embedded",
    )  # fmt: skip
    assert "Request r0001" in asked
    assert "A rehearsal: the data are synthetic" in asked
    shown = study.command("release", "show", "r0001")
    assert f"{RUN}/{RUN}.html" in shown
    assert "0 findings" in shown
    own = study.command("release", "review", "r0001", "--by", "onderzoeker", "--approve", code=1)
    assert "'onderzoeker' may not review" in own
    for reviewer in ("meelezer", "functionaris"):
        study.command("release", "review", "r0001", "--by", reviewer, "--approve")
    published = study.command("release", "publish", "r0001", "--by", "onderzoeker")
    head = read_register(study.root / "releases").head
    assert head in published
    assert head in study.command("release", "verify")
    assert "published" in study.command("release", "list")

    _files_are_those_of_the_build(study)
    _rows_are_those_of_the_slice(study)
    _history_cannot_be_rewritten(study)


def _files_are_those_of_the_build(study):
    home = study.root / "releases" / "r0001"
    manifest = json.loads((home / "MANIFEST.json").read_text("utf-8"))
    names = {file["file"] for file in manifest["files"]}
    assert names == {f"{RUN}/{p.name}" for p in study.reports[RUN].folder.iterdir()}
    for path in study.reports[RUN].folder.iterdir():
        assert (home / "files" / RUN / path.name).read_bytes() == path.read_bytes()


def _rows_are_those_of_the_slice(study):
    (frame,) = published_frames(study.root / "releases", synthetic=True)
    rows = study.rows(RUN).sort_values("id", kind="stable").reset_index(drop=True)
    pd.testing.assert_frame_equal(frame[list(rows.columns)], rows, check_dtype=False)


def _history_cannot_be_rewritten(study):
    again = study.command(
        "release", "request", "--by", "onderzoeker", "--audience", "stad", "--wave", "eind",
        "--renderer", "embedded", code=1,
    )  # fmt: skip
    assert re.search(r"already published|published before|not up to date", again)
    page = study.root / "releases" / "r0001" / "files" / RUN / f"{RUN}.html"
    page.write_text(page.read_text("utf-8").replace("</body>", " </body>"), "utf-8")
    assert f"{RUN}.html was changed" in study.command("release", "verify", code=1)
    register = study.root / "releases" / "register.jsonl"
    lines = register.read_bytes().splitlines(keepends=True)
    register.write_bytes(b"".join(lines[:-1]))
    told = study.run("--audience", "stad", "--wave", "eind", code=1)  # no plan without history
    assert "entry 4 was deleted from the end" in told
    assert "Traceback" not in told
