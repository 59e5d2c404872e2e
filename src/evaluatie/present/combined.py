"""The answer to a question that combines others: which parts hold, and why the p is what it is."""

from __future__ import annotations

from dataclasses import replace

from evaluatie.domain import VerdictWord
from evaluatie.present import numbers as fmt
from evaluatie.present.case import Case
from evaluatie.present.phrase import Phrase, enumeration, join
from evaluatie.present.power import power
from evaluatie.present.rows import first
from evaluatie.present.tables import alpha_of, contrast_row
from evaluatie.results import Table

FAVOURABLE = (VerdictWord.IMPROVED, VerdictWord.NOT_WORSE, VerdictWord.EQUIVALENT)


def combined_sentence(case: Case, word: VerdictWord) -> Phrase:
    """Return the verdict in one sentence, with the parts that stand in its way."""
    labels = case.labels
    lacking = [name for name, part in case.parts if part not in FAVOURABLE]
    names = [labels.say("combined.quoted", question=labels.name("question", n)) for n in lacking]
    joined = enumeration(names, labels.say("combined.and").text)
    key = case.rule if word is VerdictWord.NOT_DEMONSTRATED and case.rule != "otherwise" else word
    said = [labels.say(f"combined.{key}", lacking=joined)]
    if word in FAVOURABLE:  # "no worse" is less than "no change": say how much worse still fits
        said += [_worst(case, name) for name, part in case.parts if part == VerdictWord.NOT_WORSE]
    return join(said)


def _worst(case: Case, name: str) -> Phrase:
    """Return the agreed margin of a part that is not worse, and the worst value that fits."""
    row = contrast_row(case.rows, name, case.at)
    part = replace(case, question=case.question.model_copy(update={"id": name}), row=row)
    question = case.labels.say("combined.quoted", question=case.labels.name("question", name))
    return case.labels.say(
        "combined.worst", question=question, margin=part.margin(), worst=part.worst()
    )


def combined_evidence(case: Case) -> list[Phrase]:
    """Return the parts with their verdicts, the p of all together, and the agreed rule."""
    labels = case.labels
    said = [
        labels.say(
            "combined.part",
            question=labels.name("question", name),
            verdict=labels.say(f"verdict.{word}"),
        )
        for name, word in case.parts
    ]
    said += [_p(case), _rule(case), power(case)]
    return [part for part in said if part]


def _p(case: Case) -> Phrase:
    row = contrast_row(case.rows, case.question.id, case.at, "combined")
    if row is None or not fmt.is_shown(row):
        return Phrase()
    language, anchors = case.labels.language, alpha_of(case.rows)
    p, adjusted, attainable = (
        fmt.equals(fmt.p_value(row, field, language=language, anchors=anchors))
        for field in fmt.P_VALUES
    )
    return case.labels.say("combined.p", p=p, adjusted=adjusted, attainable=attainable)


def _rule(case: Case) -> Phrase:
    alpha = first(case.rows, Table.FACT, category="alpha")
    if alpha is None:
        return Phrase()
    level = fmt.constant({**alpha, "unit": ""}, language=case.labels.language)
    return join((case.labels.say("combined.rule", alpha=level), case.labels.say("combined.gate")))
