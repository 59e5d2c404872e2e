"""From verdict word to sentence: honest about what was not shown, and by how much."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
import pytest
from test_present_sample import QUESTIONS, hide, labels, publishable, question, verdicts

from evaluatie.agreement import Acceptance
from evaluatie.domain import QuestionType
from evaluatie.present.verdicts import Answer, answer
from evaluatie.results import Table, estimate_row, estimates_frame

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
        (
            "municipal_cost",
            "non_inferiority",
            "not_demonstrated",
            "sequence_stopped",
            "**Niet aangetoond.** Op zichzelf voldoet de uitkomst aan de afgesproken regel",
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
    assert fields == [
        ("100", "estimate", "fact"),
        ("93", "ci_high", "contrast"),
        ("1.400.112", "ci_high", "contrast"),
    ]
    assert "die ongunstigste waarde ongeveer € 1.400.112 per jaar voor de gemeente" in plain(
        sentence.text
    )


def test_worst_value_in_euros_per_year_is_of_the_insured_where_the_indicator_is() -> None:
    told = {"verdict": "not_worse", "rule": "harm_within_margin"}
    sentence = plain(said("zvw_cost", **told).sentence.text)
    assert "Voor alle verzekerden van deze verzekeraar" in sentence
    assert "per jaar voor de verzekeraar" in sentence
    english = answer(question("municipal_cost"), publishable(), verdicts(), labels("en"), "t3")
    assert "that worst value is about € 1,400,112 per year for the municipality" in plain(
        english.sentence.text
    )


def test_without_a_total_the_worst_value_stands_alone() -> None:
    rows = publishable()
    rows = rows[~rows["term"].eq("total_per_year")]
    assert "per jaar voor" not in said("municipal_cost", rows=rows).sentence.text


def test_worst_value_never_rounds_onto_the_margin() -> None:
    rows = publishable()
    mine = rows["table"].eq("contrast") & rows["question"].eq("municipal_cost")
    rows.loc[mine & rows["term"].eq("difference"), "ci_high"] = 99.96
    assert "€\u00a099,96" in said("municipal_cost", rows=rows).sentence.text


def between(name: str, low: float, high: float) -> pd.DataFrame:
    rows = publishable()
    mine = rows["table"].eq("contrast") & rows["question"].eq(name) & rows["term"].eq("difference")
    rows.loc[mine, ["ci_low", "ci_high"]] = [low, high]
    return rows


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_imprecise_differs_from_an_excluded_margin_and_neither_is_demonstrated() -> None:
    imprecise = said("mental_health", precision="imprecise", margin_excluded=False).nuance.text
    rows = between("mental_health", -1.0, 1.5)
    small = said("mental_health", rows=rows, precision="precise", margin_excluded=True).nuance.text
    assert "onnauwkeurig" in imprecise
    assert "geen bewijs dat er geen effect is" in imprecise
    assert plain(small) == (
        "Een verbetering van 2 punten of meer past niet bij de gegevens (niet gecorrigeerd voor "
        "het aantal vragen)."
    )


@pytest.mark.parametrize(
    ("low", "precision", "ends"),
    [(-2.5, "imprecise", "wel."), (-math.inf, "imprecise", "wel."), (-1.9, "precise", "vragen).")],
)
def test_excluded_benefit_says_whether_a_harm_as_large_still_fits(
    low: float, precision: str, ends: str
) -> None:
    rows = between("mental_health", low, 0.5)
    nuance = said("mental_health", rows=rows, precision=precision, margin_excluded=True).nuance.text
    assert nuance.endswith(ends)
    assert "Een verbetering van" in nuance
    assert ("onnauwkeurig" in nuance) == (precision == "imprecise")
    assert "aangetoond" not in nuance


def test_significant_before_but_not_after_correction_says_so_of_a_secondary_question_only() -> None:
    told = {"precision": "precise", "margin_excluded": True}
    secondary = said("quality_of_life", rows=between("quality_of_life", 0.002, 0.015), **told)
    primary = said("mental_health", rows=between("mental_health", 0.2, 1.5), **told)
    assert "na de correctie" in secondary.nuance.text
    assert "na de correctie" not in primary.nuance.text


def test_stopped_sequence_is_not_contradicted_by_the_worst_value() -> None:
    told = {"verdict": "not_demonstrated", "rule": "sequence_stopped", "margin_excluded": True}
    stopped = said("municipal_cost", precision="precise", **told)
    assert "een eerdere hoofdvraag in de vaste volgorde is niet aangetoond" in stopped.sentence.text
    assert not stopped.sentence.numbers
    assert stopped.nuance.text == ""


@pytest.mark.parametrize(
    ("verdict", "low", "high", "says"),
    [
        ("improved", 0.5, 3.0, "Dat de verbetering minstens 2 punten is, is niet aangetoond."),
        ("improved", 2.1, 3.0, "Een verbetering kleiner dan 2 punten past niet"),
        ("worse", -3.0, -0.5, "Dat de verslechtering minstens 2 punten is, is niet aangetoond."),
        ("worse", -3.0, -2.1, "Een verslechtering kleiner dan 2 punten past niet"),
    ],
)
def test_a_demonstrated_direction_is_not_a_demonstrated_size(
    verdict: str, low: float, high: float, says: str
) -> None:
    rows = between("mental_health", low, high)
    found = said("mental_health", rows=rows, verdict=verdict, precision="precise")
    assert plain(found.nuance.text).startswith(says)


@pytest.mark.parametrize(
    ("verdict", "word"), [("improved", "gunstiger dan in de verg"), ("worse", "ongunstiger dan")]
)
def test_a_direction_is_relative_and_comes_with_the_levels_of_both_sides(
    verdict: str, word: str
) -> None:
    found = said("mental_health", verdict=verdict)
    assert word in found.sentence.text
    assert "In de pilotbuurten ging het gemiddelde van" in found.sentence.text
    levels = [n.row.split("/")[3:6:2] for n in found.sentence.numbers]
    assert levels == [
        ["t0", "pilot"],
        ["t3", "pilot"],
        ["t0", "comparison"],
        ["t3", "comparison"],
    ]
    assert "In de pilotbuurten ging" not in "".join(part.text for part in found.evidence)


def test_every_tested_survey_question_shows_the_levels_and_no_cost_question_does() -> None:
    share = "\n".join(part.text for part in said("self_rated_health").evidence)
    assert re.search(r"ging het aandeel van \d\d,\d% bij de nulmeting naar \d\d,\d% bij", share)
    assert "ging het" not in "\n".join(part.text for part in said("municipal_cost").evidence)


def test_levels_have_the_decimals_of_the_difference() -> None:
    rows = between("mental_health", 0.04, 2.0)  # printed as 0,0 the lower end would read as nothing
    found = said("mental_health", rows=rows, verdict="improved")
    assert {len(n.text.partition(",")[2]) for n in found.sentence.numbers} == {2}


def test_levels_are_left_out_when_one_of_them_may_not_be_shown() -> None:
    rows = publishable()
    mine = rows["table"].eq("score") & rows["indicator"].eq("mcs") & rows["wave"].eq("t0")
    hide(rows, mine & rows["area"].eq("comparison"))
    assert "ging het" not in said("mental_health", rows=rows).markdown(2).text


def test_harm_beyond_the_margin_prints_its_own_p_and_says_it_is_not_corrected() -> None:
    rows = publishable()
    row = estimate_row(
        Table.CONTRAST, "harm", question="municipal_cost", indicator="muni", wave="t3",
        area="pilot-comparison", p_value=0.0286,
    )  # fmt: skip
    added = estimates_frame([row]).assign(publication="shown")
    rows = pd.concat([rows, added], ignore_index=True)
    told = {"verdict": "worse", "rule": "harm_beyond_margin", "margin_excluded": False}
    worse = said("municipal_cost", rows=rows, **told)
    bullet = next(p for p in worse.evidence if "veiligheidsregel" in p.text and p.numbers[-1:])
    assert ("0,029", row["id"], "p_value") in [(n.text, n.row, n.field) for n in bullet.numbers]
    assert "niet uitgesloten" not in worse.nuance.text
    other = said("municipal_cost", rows=rows)
    assert row["id"] not in [n.row for n in other.markdown(2).numbers]
    rule = next(part.text for part in other.evidence if part.text.startswith("Afgesproken regel"))
    assert "'Slechter' mag als" in rule


def test_p_names_the_random_label_the_two_sides_and_the_floor_beside_the_others() -> None:
    for name in ("mental_health", "municipal_cost"):
        text = "\n".join(part.text for part in said(name).evidence)
        assert "het label 'pilot' willekeurig over deze buurten was verdeeld" in text
        assert "tweezijdig" in text
        assert "kleinste waarde die hier naast de andere vragen haalbaar was" in " ".join(
            text.split()
        )
        assert "toeval" not in text


def test_euros_per_year_are_of_the_insured_where_the_indicator_is() -> None:
    insured = "\n".join(part.text for part in said("zvw_cost").evidence)
    residents = "\n".join(part.text for part in said("municipal_cost").evidence)
    assert "Voor alle verzekerden van deze verzekeraar in de pilotbuurten" in insured
    assert "gestandaardiseerde bevolking" in insured
    assert "Voor alle bewoners van de pilotbuurten samen is dat ongeveer" in residents


@pytest.mark.parametrize(("minutes", "says"), [(1.0, "1 minuut per"), (3.0, "3 minuten per")])
def test_one_minute_is_singular(minutes: float, says: str) -> None:
    rows = publishable()
    rows.loc[rows["category"].eq("respondent_minutes"), "estimate"] = minutes
    assert says in "\n".join(part.text for part in said("mental_health", rows=rows).evidence)


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
        "De kleinste waarde die hier naast de andere vragen haalbaar was: p = 0,029",
        "Iedere bewoner telt even zwaar",
        "Afgesproken regel",
    ):
        assert part in text


def test_every_question_gets_an_answer_in_both_languages() -> None:
    for language, name in (("nl", "Geen oordeel"), ("en", "No verdict")):
        waiting = answer(question("waiting"), publishable(), verdicts(), labels(language), "t3")
        assert name in waiting.sentence.text
    assert len(QUESTIONS) == 5


def facts(name: str, **values: tuple[float, str]) -> pd.DataFrame:
    """Return the sample with constants of one question added: name=(value, unit)."""
    indicator = QUESTIONS[name][0] if name in QUESTIONS else ""
    rows = [
        estimate_row(Table.FACT, "constant", category=category, estimate=value, unit=unit,
                     **({} if category == "minimum_power" else
                        {"question": name, "indicator": indicator}))
        for category, (value, unit) in values.items()
    ]  # fmt: skip
    added = estimates_frame(rows).assign(publication="shown")
    return pd.concat([publishable(), added], ignore_index=True)


POWER = {"power": (0.29, "share"), "power_alone": (0.4, "share"), "minimum_power": (0.8, "share"),
         "detectable": (3.5, "indicator_unit")}  # fmt: skip


def evidence(found: Answer) -> str:
    return plain("\n".join(part.text for part in found.evidence))


def test_every_verdict_stands_beside_the_chance_it_had_beforehand() -> None:
    text = evidence(said("mental_health", rows=facts("mental_health", **POWER)))
    assert "bij een ware verbetering van 2 punten, 40% voor deze vraag alleen en 29% naast" in text
    assert "Een verschil van 3,5 punten zou deze vraag alleen in vier van de vijf gevallen" in text
    cost = evidence(said("municipal_cost", rows=facts("municipal_cost", **POWER)))
    assert "op 'niet slechter', als er in werkelijkheid geen verschil was, 40%" in cost
    assert "Met een grens van € 3,5 zou dat voor deze vraag alleen" in cost
    assert "is vooraf niet berekend" in evidence(said("mental_health"))
    assert "vooraf niet berekend" not in evidence(said("waiting"))


def test_accepted_low_power_gives_its_reason() -> None:
    reason = {"nl": "Er zijn niet meer buurten.", "en": "There are no more areas."}
    accepted = Acceptance.model_validate({"accepted_on": "2016-01-01", "reason": reason})
    asked = question("mental_health").model_copy(update={"accepted_power": accepted})
    rows = facts("mental_health", **POWER)
    found = answer(asked, rows, verdicts(), labels("nl"), "t3")
    assert "wilden toch een oordeel: Er zijn niet meer buurten." in evidence(found)


def test_low_power_gives_no_verdict_and_says_what_would_change_that() -> None:
    needed = {"needed_areas": (8, "areas"), "needed_margin": (3.5, "indicator_unit"),
              "needed_people": (2.4, "times")}  # fmt: skip
    rows = facts("mental_health", **POWER, **needed)
    told = {"verdict": "no_verdict", "rule": "descriptive_low_power", "reason": "low_power"}
    found = said("mental_health", rows=rows, **told)
    sentence = plain(found.sentence.text)
    assert sentence.startswith("**Geen oordeel.** Vooraf was de kans")
    assert "29%, en afgesproken is minstens 80%" in sentence
    assert (
        "8 buurten aan elke kant, een grens van 3,5 punten of 2,4 maal zoveel respondenten"
        in sentence
    )
    assert {n.row.split("/")[0] for n in found.sentence.numbers} == {"fact"}
    assert found.nuance.text == ""
    without = said("mental_health", **told).sentence.text
    assert without.startswith("**Geen oordeel.**")


def test_what_falls_short_only_beside_other_questions_says_so_and_nothing_about_areas() -> None:
    crowded = {**POWER, "power_alone": (0.9, "share"), "crowded_out": (1, "flag")}
    told = {"verdict": "no_verdict", "rule": "descriptive_low_power", "reason": "low_power"}
    found = said("mental_health", rows=facts("mental_health", **crowded), **told)
    sentence = plain(found.sentence.text)
    assert "Op zichzelf had deze vraag vooraf genoeg kans, 90%" in sentence
    assert "was die 29%, en afgesproken is minstens 80%" in sentence
    assert "met minder vragen met een oordeel had het gekund" in sentence
    assert "buurten aan elke kant" not in sentence


@pytest.mark.parametrize(
    ("rule", "reason", "says"),
    [
        ("descriptive_unattainable", "unattainable", "kan deze toets niets aantonen"),
        ("test_not_calibrated", "uncalibrated", "hield de afgesproken toets zijn belofte niet"),
    ],
)
def test_other_downgrades_say_why(rule: str, reason: str, says: str) -> None:
    found = said("mental_health", verdict="no_verdict", rule=rule, reason=reason)
    assert found.sentence.text.startswith("**Geen oordeel.**")
    assert says in " ".join(found.sentence.text.split())


def test_what_the_adjustment_put_out_of_reach_is_not_blamed_on_the_design() -> None:
    told = {"verdict": "not_demonstrated", "rule": "adjustment_cannot_show"}
    found = said("quality_of_life", **told)
    assert "Op zichzelf voldoet de uitkomst" in found.sentence.text
    assert "hoe groot een effect ook is" not in found.sentence.text


def test_a_persons_change_stands_beside_the_margin_and_is_never_one() -> None:
    rows = facts("mental_health", person_mid=(3, "indicator_unit"))
    text = evidence(said("mental_health", rows=rows))
    assert "Voor één persoon geldt een verandering van 3 punten als de kleinste" in text
    assert "nooit de grens voor een gemiddelde" in text
    assert "Voor één persoon" not in evidence(said("quality_of_life"))


def test_a_contrast_of_cost_says_who_counts_alike() -> None:
    assert "Iedere bewoner telt even zwaar" in evidence(said("municipal_cost"))
    equal = question("municipal_cost", weighting="neighbourhood_equal")
    found = answer(equal, publishable(), verdicts(), labels("nl"), "t3")
    assert "Iedere buurt telt even zwaar" in evidence(found)
    assert "telt even zwaar" not in evidence(said("mental_health"))


# ------------------------------------------------------------------------ combined questions


def whole(wave: str = "t3", language: str = "nl", **told: Any) -> Answer:
    asked = question("mental_health").model_copy(
        update={
            "id": "both", "indicator": "", "type": QuestionType.INTERSECTION_UNION,
            "combines": ("mental_health", "municipal_cost"), "contrast": "none",
            "test": "intersection_union", "margin": None, "respondent_minutes": 0.0,
        }
    )  # fmt: skip
    frame = verdicts()
    mine = {**frame.iloc[0].to_dict(), "question": "both", "type": "intersection_union",
            "role": "combined", "verdict": "not_demonstrated", "rule": "otherwise"}  # fmt: skip
    frame = pd.concat([frame, pd.DataFrame([mine | told])], ignore_index=True)
    row = estimate_row(
        Table.CONTRAST, "combined", question="both", wave="t3", area="pilot-comparison",
        p_value=0.4857, p_adjusted=0.4857, p_attainable=0.0286, n=700, n_clusters=8,
    )  # fmt: skip
    added = estimates_frame([row]).assign(publication="shown")
    rows = pd.concat([publishable(), added], ignore_index=True)
    return answer(asked, rows, frame, labels(language), wave, "combined")


def test_a_combined_question_names_its_parts_its_largest_p_and_what_stands_in_its_way() -> None:
    found = whole()
    sentence = found.sentence.text
    assert sentence.startswith("**Niet aangetoond.** Dit geldt alleen als elk onderdeel")
    assert "*Is de mentale gezondheid meer verbeterd dan elders?*" in sentence
    assert "kosten van de gemeente" not in sentence  # that part was shown
    text = evidence(found)
    assert "Onderdeel: Is de mentale gezondheid meer verbeterd dan elders? Niet aangetoond." in text
    assert "Onderdeel: Zijn de kosten van de gemeente niet meer gestegen dan elders? Niet" in text
    assert "de grootste van de onderdelen, elk met de eigen afgesproken toets: p = 0,486" in text
    assert "geen eigen plaats in de vaste volgorde" in text
    assert "Maat:" not in text
    assert found.nuance.text == ""


@pytest.mark.parametrize(
    ("verdict", "rule", "starts"),
    [
        ("improved", "every_component_demonstrated", "**Verbeterd.** Elk onderdeel"),
        ("not_estimable", "component_not_estimable", "**Niet te schatten.**"),
        ("no_verdict", "component_without_verdict", "**Geen oordeel.** Een onderdeel kreeg"),
        ("not_demonstrated", "design_cannot_show", "**Niet aangetoond.** Met zo weinig buurten"),
        ("not_demonstrated", "adjustment_cannot_show", "**Niet aangetoond.** Naast de andere"),
    ],
)
def test_the_sentence_of_a_combined_question_follows_from_the_rule(
    verdict: str, rule: str, starts: str
) -> None:
    assert whole(verdict=verdict, rule=rule).sentence.text.startswith(starts)
    assert whole(language="en", verdict=verdict, rule=rule).sentence.text.startswith("**")


def test_a_combined_question_is_provisional_before_its_wave() -> None:
    early = whole("t2")
    assert early.sentence.text.startswith("***Voorlopig.***")
    assert "p = " not in evidence(early)
