"""A slice on disk: same content, same bytes; read back equal; nothing of this host inside."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement.model import Agreement, Amendment, Deviation, ReportRun
from evaluatie.declarations import Label
from evaluatie.domain import Sensitivity
from evaluatie.errors import RunError
from evaluatie.release.labels import read_label
from evaluatie.reports.slice import ReportSlice, read_slice, read_texts, write_slice
from evaluatie.results import Table, estimate_row, estimates_frame

FILES = ("slice.json", "publishable.parquet", "verdicts.parquet")


def both(text: str) -> Label:
    return Label(nl=text, en=text)


def a_slice() -> ReportSlice:
    rows = [
        estimate_row(Table.SCORE, "mean", indicator=name, estimate=value, n=12)
        for name, value in (("b", 2.5), ("a", np.nan))
    ]
    rows[1] |= {"status": "unavailable", "reason": "feed"}
    frame = estimates_frame(rows)
    frame["publication"] = ["shown", "not_estimable"]
    agreement = Agreement(
        id="town", organisation=both("Town"), status="example", agreed_on=date(2017, 9, 1),
        agreed_by=both("board"), primary=("q",),
        amendments=(Amendment(date=date(2019, 6, 1), what=both("w"), why=both("y")),),
    )  # fmt: skip
    change = both("x")
    return ReportSlice(
        run=ReportRun(report="r", audience="town", wave="t1", area="A1"),
        notebook="r.ipynb",
        formats=("html", "pdf"),
        title="Titel: met dubbele punt",
        estimates=frame,
        verdicts=pd.DataFrame({"question": ["q"], "verdict": ["improved"]}),
        label="LABEL",
        synthetic=True,
        sensitivity=Sensitivity.RESTRICTED,
        marking="Alleen voor Town",
        agreement=agreement,
        deviations=(Deviation(date=date(2020, 1, 1), what=change, why=change, consequence=change),),
        roles={"q": "primary"},
        provenance=({"feed": "survey", "sha256": "00", "rows": 3},),
        texts={"scales": {"a": {"label": "é"}}},
        numbers=(("1 januari 2021", "fact/x", "estimate", "text"),),
    )


def test_a_slice_is_read_back_as_it_was_written(tmp_path):
    before = a_slice()
    after = read_slice(write_slice(before, tmp_path / "s"))
    pd.testing.assert_frame_equal(
        after.estimates, before.estimates.sort_values("id").reset_index(drop=True)
    )
    pd.testing.assert_frame_equal(after.verdicts, before.verdicts)
    for name in ("run", "title", "label", "agreement", "deviations", "roles", "texts", "numbers",
                 "formats", "provenance", "synthetic", "sensitivity", "marking"):  # fmt: skip
        assert getattr(after, name) == getattr(before, name), name
    assert after.name == "r-town-t1-a1-nl"
    assert after.parameters == {
        "report": "r", "audience": "town", "wave": "t1", "area": "A1", "language": "nl",
    }  # fmt: skip


def test_every_file_of_a_slice_says_who_may_have_it(tmp_path):
    folder = write_slice(a_slice(), tmp_path / "s")
    assert {read_label(folder / name) for name in FILES} == {Sensitivity.RESTRICTED}


def test_equal_slices_have_equal_bytes_whatever_the_order_of_the_rows(tmp_path):
    first = write_slice(a_slice(), tmp_path / "a")
    shuffled = a_slice()
    rows = shuffled.estimates.iloc[::-1]
    second = write_slice(
        ReportSlice(**{**shuffled.__dict__, "estimates": rows}), tmp_path / "deeper" / "b"
    )
    for name in FILES:
        assert (first / name).read_bytes() == (second / name).read_bytes(), name


def test_no_path_of_this_host_is_inside(tmp_path):
    folder = write_slice(a_slice(), tmp_path / "s")
    for name in FILES:
        content = (folder / name).read_bytes()
        assert str(tmp_path).encode() not in content
        assert str(Path.home()).encode() + b"/" not in content


def test_texts_are_read_without_rows(tmp_path):
    texts = read_texts(write_slice(a_slice(), tmp_path / "s"))
    assert texts.title == "Titel: met dubbele punt"
    assert texts.estimates.empty


def test_a_row_is_found_by_its_id_and_another_run_s_row_is_refused():
    item = a_slice()
    found = item.row(item.estimates["id"].iloc[0])
    assert found["estimate"] == 2.5
    with pytest.raises(RunError, match="not in the slice of run r-town-t1-a1-nl"):
        item.row("score/other")


def test_a_folder_that_is_no_slice_is_refused(tmp_path):
    with pytest.raises(RunError, match=r"slice\.json was not found"):
        read_slice(tmp_path)
    (tmp_path / "slice.json").write_text('{"schema": 0}')
    with pytest.raises(RunError, match="schema 0"):
        read_slice(tmp_path)
