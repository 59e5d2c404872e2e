"""A report context holds its own scope, whatever is asked of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from test_present_sample import hide, labels, question, sample_slice

from evaluatie.errors import AgreementError, RunError
from evaluatie.present.fragments import Nothing, Text
from evaluatie.present.labels import Labels
from evaluatie.reports.context import SLICE_VARIABLE, ReportContext, context_of, open_report
from evaluatie.reports.slice import read_slice, write_slice
from evaluatie.results import Table, estimate_row, estimates_frame

PARAMETERS = {
    "report": "financier",
    "audience": "gemeente",
    "wave": "t3",
    "area": "",
    "language": "nl",
}


def report(**changes: object) -> ReportContext:
    made = sample_slice(**changes)  # type: ignore[arg-type]
    return context_of(made, made.run)


def test_slice_named_in_the_environment_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SLICE_VARIABLE, str(write_slice(sample_slice(), tmp_path / "slice")))
    assert open_report(**PARAMETERS).title == "Rapport"


@pytest.mark.parametrize(
    ("name", "value"),
    [("audience", "vgz"), ("wave", "t2"), ("area", "W1"), ("report", "meting"), ("language", "en")],
)
def test_slice_of_another_run_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(SLICE_VARIABLE, str(write_slice(sample_slice(), tmp_path / "slice")))
    with pytest.raises(AgreementError, match="this slice is of run 'financier-gemeente-t3-nl'"):
        open_report(**PARAMETERS | {name: value})


def test_question_or_indicator_of_another_report_is_refused() -> None:
    with pytest.raises(AgreementError, match="question 'loneliness' is not part of this report"):
        report().answer("loneliness")
    with pytest.raises(AgreementError, match="indicator 'loneliness' is not part of this report"):
        report().table("evidence", indicator="loneliness")
    with pytest.raises(RunError, match="there is no 'everything' to show"):
        report().table("everything")


def test_one_indicator_can_be_chosen_and_has_a_label_of_its_own() -> None:
    chosen = report().table("evidence", indicator="mcs")
    assert {n.row.split("/")[2] for n in chosen.numbers if n.row.startswith("contrast")} == {"mcs"}
    assert chosen.label == "tbl-evidence-mcs"  # type: ignore[union-attr]


def test_parts_that_were_not_agreed_leave_no_trace() -> None:
    health_only = report(questions=(question("mental_health"),))
    for key in ("costs", "insured", "long_term", "payers", "descriptive", "users"):
        assert isinstance(health_only.section(key), Nothing), key
        assert isinstance(health_only.text(key), Nothing), key
    assert isinstance(health_only.figure("costs"), Nothing)
    assert isinstance(health_only.table("insured_levels"), Nothing)
    assert "kosten" not in health_only.answers().phrase.text.lower()


def test_baseline_report_has_no_change() -> None:
    made = sample_slice()
    first = replace(made, run=made.run.model_copy(update={"wave": "t0"}))
    assert isinstance(context_of(first, first.run).section("change"), Nothing)


def test_labels_keep_their_order_on_disk(tmp_path: Path) -> None:
    kept = read_slice(write_slice(sample_slice(), tmp_path / "slice")).texts["labels"]
    assert Labels.from_dict(kept) == labels()
    assert Labels.from_dict(kept).order("question")[:2] == ["mental_health", "municipal_cost"]


def test_slice_without_labels_in_its_language_is_refused() -> None:
    with pytest.raises(RunError, match="no labels in language 'nl'"):
        report(texts={"labels": labels("en").as_dict()})


def test_amendments_deviations_events_and_exclusions_are_named_with_their_dates() -> None:
    shown = report()
    assert "**15 juni 2019** – Doelen aangescherpt." in shown.changes().phrase.text
    assert "**1 juli 2017** – Later begonnen." in shown.changes().phrase.text
    assert "A2-tunnel** (vanaf 16 december 2016" in shown.events().phrase.text
    assert "**Losse projecten**" in shown.not_evaluated().phrase.text
    assert "gekozen, niet geloot" in shown.method().phrase.text


def test_missing_feed_is_named_where_the_reader_looks_for_what_was_not_evaluated() -> None:
    gone = report(unavailable={"zvw": "the file was not found"})
    assert "**Vektis** – niet beschikbaar" in gone.not_evaluated().phrase.text


def test_part_without_any_row_names_the_feed_that_is_not_there() -> None:
    made = sample_slice()
    rows = made.estimates[~made.estimates["table"].isin(["score", "response", "change"])].copy()
    mine = rows["table"].eq("contrast") & rows["indicator"].eq("mcs")
    hide(rows, mine, "not_estimable", "missing_feed:survey")
    rows.loc[mine, "status"] = "unavailable"
    for shown in (
        report(estimates=rows).table("scores"),
        report(estimates=rows).figure("response"),
    ):
        assert isinstance(shown, Text)
        assert "het bestand 'Vragenlijst' ontbreekt" in shown.phrase.text


def test_real_data_carry_no_stamp() -> None:
    assert isinstance(report(synthetic=False).stamp(), Nothing)
    stamp = report().stamp()
    assert isinstance(stamp, Text)
    assert "SYNTHETISCHE GEGEVENS - VOORBEELD" in stamp.phrase.text


def test_text_that_quotes_a_constant_the_slice_lacks_is_an_error_that_names_it() -> None:
    made = sample_slice()
    poor = made.estimates[made.estimates["category"] != "pilot_start"]
    with pytest.raises(RunError, match="no constant 'pilot_start'"):
        report(estimates=poor).text("costs")


def test_method_names_the_periods_a_cost_question_compares_where_the_slice_has_them() -> None:
    made = sample_slice()
    days = {"window_start": 20190701, "window_end": 20200630}
    days |= {"base_start": 20160701, "base_end": 20170630}
    facts = [
        estimate_row(
            Table.FACT, "constant", category=name, estimate=day, unit="date",
            question="municipal_cost", indicator="muni", wave="t3",
        )
        for name, day in days.items()
    ]  # fmt: skip
    added = estimates_frame(facts).assign(publication="shown")
    with_dates = report(estimates=pd.concat([made.estimates, added], ignore_index=True)).method()
    assert "over 1 juli 2019 tot en met 30 juni 2020, vergeleken met 1 juli 2016 tot" in (
        with_dates.phrase.text
    )
    partly = pd.concat([made.estimates, added.iloc[:3]], ignore_index=True)
    assert "juli 2019" not in report(estimates=partly).method().phrase.text


def test_method_says_when_the_sequence_stops_and_what_the_interval_assumes() -> None:
    text = report().method().phrase.text
    for part in (
        "De reeks stopt bij de eerste hoofdvraag die niet in de gunstige richting is aangetoond",
        "het effect in elke buurt even groot is",
        "De vragenlijst is niet vóór de nulmeting afgenomen",
        "antwoorden vaker dan nieuwe bewoners",
    ):
        assert part in text


def test_baseline_report_has_no_change_of_a_group() -> None:
    made = sample_slice()
    first = replace(made, run=made.run.model_copy(update={"wave": "t0"}))
    assert isinstance(context_of(first, first.run).table("spider_changes"), Nothing)
    assert not isinstance(report().table("spider_changes"), Nothing)
