"""The catalogue: two languages, the same keys and places, and not one numeral."""

from __future__ import annotations

import re

import pytest

from evaluatie.domain import VerdictWord
from evaluatie.errors import DeclarationError
from evaluatie.present.phrase import NumberRef, Phrase, enumeration, join
from evaluatie.present.wording import LANGUAGES, catalogue, fields_of, message


def test_both_languages_have_the_same_messages_and_ask_for_the_same_values() -> None:
    dutch, english = catalogue("nl"), catalogue("en")
    assert set(dutch) == set(english)
    for key in dutch:
        assert sorted(fields_of(key, "nl")) == sorted(fields_of(key, "en")), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_message_holds_a_numeral(language: str) -> None:
    assert [k for k, text in catalogue(language).items() if re.search(r"\d", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_verdict_word_has_its_own_name(language: str) -> None:
    names = [str(message(f"verdict.{word}", language)) for word in VerdictWord]
    assert len(set(names)) == len(VerdictWord)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_absent_result_is_worded_as_a_positive_one(language: str) -> None:
    good = ("verbeterd", "improved", " gunstig", "beter geworden")
    absent = [
        text
        for key, text in catalogue(language).items()
        if key.startswith(("answer.not_", "answer.design", "answer.sequence", "answer.provisional"))
        and key != "answer.not_worse"
    ]
    assert absent
    assert not [text for text in absent for word in good if word in text.lower()]


def test_message_keeps_the_reference_of_every_occurrence_in_order() -> None:
    low = Phrase("1", (NumberRef("1", "row", "ci_low"),))
    high = Phrase("2", (NumberRef("2", "row", "ci_high"),))
    said = message("age.between", "nl", low=low, high=high)
    assert said.text == "1 tot en met 2 jaar"
    assert [n.text for n in said.numbers] == ["1", "2"]


def test_missing_message_value_or_language_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"there is no message 'no\.such'"):
        message("no.such", "nl")
    with pytest.raises(DeclarationError, match="needs a value for 'high'"):
        message("age.between", "nl", low="x")
    with pytest.raises(DeclarationError, match="Allowed: nl, en"):
        catalogue("de")


def test_phrases_join_without_empty_parts() -> None:
    one = Phrase("a", (NumberRef("1", "r", "estimate"),))
    assert str(join((one, "", Phrase(), "b"))) == "a b"
    assert str(enumeration(("a", "b", "c"), "en")) == "a, b en c"
    assert (one + "x").numbers == one.numbers


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("text.payer_matrix", {"nl": "omgerekend naar een vaste", "en": "standardised population"}),
        ("text.reconciliation", {"nl": "bij het inlezen zijn weggelaten", "en": "while reading"}),
        ("text.waiting", {"nl": "afgewezen of ingetrokken", "en": "refused or withdrawn"}),
    ],
)
def test_text_says_what_its_numbers_leave_out_or_count_in(key: str, said: dict[str, str]) -> None:
    for language in LANGUAGES:
        assert said[language] in catalogue(language)[key], (key, language)
