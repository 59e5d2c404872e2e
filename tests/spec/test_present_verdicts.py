"""From verdict word to sentence: honest about what was not shown, and by how much."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from test_present_sample import QUESTIONS, hide, labels, publishable, question, verdicts

from evaluatie.present.verdicts import Answer, answer

WORDS = ("Verbeterd", "Niet slechter", "Gelijkwaardig", "Slechter", "Niet aangetoond")


def said(
    name: str,
    wave: str = "t3",
    *,
    kind: str | None = None,
    rows: pd.DataFrame | None = None,
    **told: Any,
) -> Answer:
    frame = verdicts()
    for column, value in told.items():
        frame.loc[frame["question"] == name, column] = value
    asked = question(name) if kind is None else question(name, type=kind)
    rows = publishable() if rows is None else rows
    return answer(asked, rows, frame, labels("nl"), wave)


@pytest.mark.parametrize(
    ("name", "kind", "verdict", "rule", "starts"),
    [
        (
            "mental_health",
            "superiority",
            "improved",
            "significant_and_favourable",
            "**Verbeterd.**",
        ),
        ("mental_health", "superiority", "worse", "significant_and_unfavourable", "**Slechter.**"),
        ("municipal_cost", "non_inferiority", "worse", "harm_beyond_margin", "**Slechter.**"),
        (
            "municipal_cost",
            "non_inferiority",
            "not_worse",
            "harm_within_margin",
            "**Niet slechter.**",
        ),
        (
            "municipal_cost",
            "equivalence",
            "equivalent",
            "difference_within_margin",
            "**Gelijkwaardig.**",
        ),
        ("mental_health", "superiority", "not_demonstrated", "otherwise", "**Niet aangetoond.**"),
        (
            "mental_health",
            "superiority",
            "not_demonstrated",
            "design_cannot_show",
            "**Niet aangetoond.**",
        ),
        ("municipal_cost", "equivalence", "not_demonstrated", "otherwise", "**Niet aangetoond.**"),
    ],
)
def test_the_sentence_follows_from_the_word(
    name: str, kind: str, verdict: str, rule: str, starts: str
) -> None:
    assert said(name, kind=kind, verdict=verdict, rule=rule).sentence.text.startswith(starts)


def test_the_sign_of_the_estimate_does_not_choose_the_sentence() -> None:
    rows = publishable()
    flipped = rows.copy()
    mine = flipped["table"].eq("contrast") & flipped["question"].eq("mental_health")
    flipped.loc[mine, "estimate"] = 9.0
    assert said("mental_health", rows=rows).sentence == said("mental_health", rows=flipped).sentence


def test_not_worse_names_its_worst_plausible_value_and_the_margin() -> None:
    sentence = said("municipal_cost").sentence
    fields = [(n.text, n.field, n.row.split("/")[0]) for n in sentence.numbers]
    assert fields == [("100", "estimate", "fact"), ("93", "ci_high", "contrast")]


def test_worst_value_never_rounds_onto_the_margin() -> None:
    rows = publishable()
    mine = rows["table"].eq("contrast") & rows["question"].eq("municipal_cost")
    rows.loc[mine & rows["term"].eq("difference"), "ci_high"] = 99.96
    assert "€\u00a099,96" in said("municipal_cost", rows=rows).sentence.text


def test_imprecise_differs_from_shown_to_be_small() -> None:
    imprecise = said("mental_health", precision="imprecise", margin_excluded=False).nuance.text
    small = said("mental_health", precision="precise", margin_excluded=True).nuance.text
    assert "onnauwkeurig" in imprecise
    assert "geen bewijs dat er geen effect is" in imprecise
    assert "*klein*" in small
    assert "onnauwkeurig" not in small


def test_significant_before_but_not_after_correction_says_so() -> None:
    rows = publishable()
    mine = rows["table"].eq("contrast") & rows["question"].eq("mental_health")
    rows.loc[mine, ["ci_low", "ci_high"]] = [0.2, 1.5]
    nuance = said("mental_health", rows=rows, precision="precise", margin_excluded=True).nuance.text
    assert "na de correctie" in nuance


def test_other_waves_are_provisional_without_verdict() -> None:
    early = said("mental_health", "t2")
    assert early.sentence.text.startswith("***Voorlopig.***")
    assert "Derde vervolgmeting (T3)" in early.sentence.text
    whole = early.markdown(2).text
    assert not [word for word in WORDS if f"**{word}" in whole]
    assert "p = " not in whole.replace("\u00a0", " ")


def test_suppressed_contrast_shows_no_number_of_it() -> None:
    rows = publishable()
    hide(rows, rows["table"].eq("contrast") & rows["question"].eq("municipal_cost"))
    shown = said("municipal_cost", rows=rows)
    assert "•" in shown.sentence.text
    assert "afgeschermd" in shown.nuance.text
    assert not [n for n in shown.markdown(2).numbers if n.row.startswith("contrast")]


def test_not_estimable_gives_the_reason_in_words() -> None:
    rows = publishable()
    mine = rows["table"].eq("contrast") & rows["question"].eq("zvw_cost")
    hide(rows, mine, "not_estimable", "missing_feed:zvw")
    shown = said("zvw_cost", rows=rows, verdict="not_estimable", rule="no_estimate")
    assert "het bestand 'Vektis' ontbreekt" in shown.sentence.text
    assert shown.nuance.text == ""


def test_evidence_has_interval_euros_per_year_for_the_payer_p_values_and_the_rule() -> None:
    text = "\n".join(part.text for part in said("municipal_cost").evidence).replace("\u00a0", " ")
    for part in (
        "€ 12 per inwoner per jaar",
        "€ −68 tot € 93",
        "€ 187.488 per jaar voor de gemeente",
        "p = 0,029",
        "De kleinste waarde die dit onderzoek kan halen",
        "Afgesproken regel",
    ):
        assert part in text


def test_every_question_gets_an_answer_in_both_languages() -> None:
    for language, name in (("nl", "Geen oordeel"), ("en", "No verdict")):
        waiting = answer(question("waiting"), publishable(), verdicts(), labels(language), "t3")
        assert name in waiting.sentence.text
    assert len(QUESTIONS) == 5
