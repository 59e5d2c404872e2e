"""From a verdict and its contrast to sentences: the answer first, then what it rests on.

The sentence follows from the verdict word and the rule that decided, never from the size or the
sign of an estimate. What it leaves open stands in `nuance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from evaluatie.agreement.model import Question
from evaluatie.domain import Publication, QuestionType, VerdictWord
from evaluatie.present import numbers as fmt
from evaluatie.present.case import Case
from evaluatie.present.combined import combined_evidence, combined_sentence
from evaluatie.present.fragments import bullets, heading, paragraphs
from evaluatie.present.labels import Labels
from evaluatie.present.levels import direction, levels
from evaluatie.present.nuance import nuance
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, declared, join
from evaluatie.present.power import low_power, power
from evaluatie.present.rows import first
from evaluatie.present.tables import (
    INSURED,
    alpha_of,
    anchors_of,
    contrast_row,
    measured,
    verdict_of,
)
from evaluatie.present.wording import has_message
from evaluatie.results import Table


@dataclass(frozen=True)
class Answer:
    """What a report says about one question.

    Attributes
    ----------
    question : Phrase
        The agreed question.
    sentence : Phrase
        The verdict in one sentence.
    nuance : Phrase
        Whether the agreed margin is excluded, and whether the result is imprecise or small.
    evidence : tuple of Phrase
        Difference with interval, euros per year for the payer, p values, decision rule.
    """

    question: Phrase
    sentence: Phrase
    nuance: Phrase
    evidence: tuple[Phrase, ...]

    def markdown(self, level: int) -> Phrase:
        """Return heading, answer and evidence as markdown."""
        first_paragraph = join((self.sentence, self.nuance))
        return paragraphs((heading(self.question, level), first_paragraph, bullets(self.evidence)))


def answer(
    question: Question,
    rows: pd.DataFrame,
    verdicts: pd.DataFrame,
    labels: Labels,
    wave: str,
    role: str = "",
) -> Answer:
    """Return what the report of ``wave`` says about one agreed question.

    Parameters
    ----------
    question : Question
    rows : DataFrame
        Publishable rows of the run.
    verdicts : DataFrame
        Columns ``question``, ``wave``, ``verdict``, ``rule``, ``margin_excluded``, ``precision``,
        ``reason``; numbers are never taken from here.
    labels : Labels
    wave : str
        Wave the report is about; a verdict of a later wave does not exist for it.
    role : {"primary", "secondary", ""}
    """
    verdict = verdict_of(verdicts, question.id, wave, labels.order("wave"))
    at = str(verdict["wave"]) if verdict is not None and verdict["wave"] else wave
    row = contrast_row(rows, question.id, at)
    found = [(n, verdict_of(verdicts, n, wave, labels.order("wave"))) for n in question.combines]
    parts = tuple((name, str(part["verdict"])) for name, part in found if part is not None)
    case = Case(question, verdict, row, rows, labels, role, wave, parts)
    return Answer(
        labels.name("question", question.id), _sentence(case), nuance(case), _evidence(case)
    )


def answers(
    questions: Sequence[Question],
    rows: pd.DataFrame,
    verdicts: pd.DataFrame,
    labels: Labels,
    wave: str,
    roles: dict[str, str],
) -> tuple[Answer, ...]:
    """Return an answer to every agreed question, in the agreed order."""
    return tuple(answer(q, rows, verdicts, labels, wave, roles.get(q.id, "")) for q in questions)


def _sentence(case: Case) -> Phrase:
    labels, question = case.labels, case.question
    if case.verdict is None:
        if question.type is QuestionType.DESCRIPTIVE:
            return labels.say("answer.descriptive")
        ahead = labels.name("wave", question.verdict_wave or "")
        return labels.say("answer.provisional", verdict_wave=ahead)
    word = VerdictWord(str(case.verdict["verdict"]))
    if question.type is QuestionType.INTERSECTION_UNION:
        return combined_sentence(case, word)
    if word is VerdictWord.NO_VERDICT:
        return _without_verdict(case)
    if word is VerdictWord.NOT_ESTIMABLE:
        return labels.say("answer.not_estimable", reason=_reason(case))
    key = _answer_key(case, word)
    said = labels.say(
        f"answer.{key}",
        margin=case.margin(),
        worst=case.worst(),
        interval=case.interval(),
    )
    return join((said, _yearly(case, word), levels(case) if _shows_levels(case) else ""))


def _shows_levels(case: Case) -> bool:
    return case.shown and case.is_relative()


def _yearly(case: Case, word: VerdictWord) -> Phrase:
    """Return the worst value that fits in euros per year for the payer, where cost is not worse."""
    total = case.worst_total() if word is VerdictWord.NOT_WORSE else Phrase()
    if not total:
        return Phrase()
    whom = "insured" if case.labels.kinds.get(case.question.indicator) == INSURED else "residents"
    payer = case.labels.name("payer", case.question.payer or "")
    return case.labels.say(f"answer.worst_total_{whom}", worst=total, payer=payer)


def _answer_key(case: Case, word: VerdictWord) -> str:
    if word is VerdictWord.WORSE and case.rule == "harm_beyond_margin":
        return "worse_beyond"
    if word is not VerdictWord.NOT_DEMONSTRATED:
        return str(word)
    if case.rule in ("design_cannot_show", "adjustment_cannot_show", "sequence_stopped"):
        return case.rule
    return f"{word}_{case.question.type}"


def _without_verdict(case: Case) -> Phrase:
    code = str((case.verdict or {}).get("reason", "")).partition(":")[0]
    if case.question.type is QuestionType.DESCRIPTIVE:
        return case.labels.say("answer.descriptive")
    if case.rule == "descriptive_low_power":
        return low_power(case)
    if has_message(f"answer.{code}", case.labels.language):
        return case.labels.say(f"answer.{code}")
    return case.labels.say("answer.no_verdict", reason=_reason(case).capitalised())


def _reason(case: Case) -> Phrase:
    row = case.row or {}
    source = row if row.get("reason") else (case.verdict or {})
    ident = {"id": row.get("id", f"declared/verdicts/{case.question.id}")}
    return case.labels.reason({**source, **ident})


def _evidence(case: Case) -> tuple[Phrase, ...]:
    labels, question = case.labels, case.question
    combined = question.type is QuestionType.INTERSECTION_UNION
    parts = combined_evidence(case) if combined else _measured(case)
    said = [f"evidence.role_{case.role}"] if case.role else []
    parts.append(join([labels.say(key) for key in (*said, f"evidence.horizon_{question.horizon}")]))
    minutes = first(case.rows, Table.FACT, category="respondent_minutes", question=question.id)
    if minutes is not None and minutes["estimate"] > 0:
        spent = fmt.constant(minutes, language=labels.language)
        key = "evidence.minute" if minutes["estimate"] == 1 else "evidence.minutes"
        parts.append(labels.say(key, minutes=spent))
    if case.verdict is not None and case.verdict["wave"] and case.verdict["wave"] != case.wave:
        wave = labels.name("wave", str(case.verdict["wave"]))
        parts.append(labels.say("evidence.decided", wave=wave))
    decision = declared(question.decision[labels.language], f"questions/{question.id}/decision")
    parts.append(labels.say("evidence.decision", decision=decision))
    return tuple(part for part in parts if part)


def _measured(case: Case) -> list[Phrase]:
    """Return measure, numbers and agreed rule of a question with data of its own."""
    labels, question = case.labels, case.question
    name = labels.name("indicator", question.indicator)
    parts = [join((labels.say("evidence.measure", indicator=name), direction(case)))]
    if question.type is not QuestionType.DESCRIPTIVE and not case.is_relative():
        parts.append(levels(case))
    parts += _numbers(case)
    if question.type is not QuestionType.DESCRIPTIVE:
        judged = case.word != VerdictWord.NO_VERDICT
        parts += [_rule(case) if judged else Phrase(), _margin_reason(case), power(case)]
    return parts


def _numbers(case: Case) -> list[Phrase]:
    labels, row = case.labels, case.row
    if row is None:
        return []
    if str(row["publication"]) == Publication.NOT_ESTIMABLE:
        return [labels.say("evidence.unavailable", reason=labels.reason(row))]
    if not case.shown:
        return []
    parts = [_difference(case), _total(case), _p_values(case), _p_harm(case)]
    return [part for part in parts if part]


def _difference(case: Case) -> Phrase:
    labels, row = case.labels, case.row
    assert row is not None
    estimate, _ = measured(row, labels, anchors_of(case.rows, case.question.id))
    spread = case.interval()
    per = labels.say(f"per.{_per(row)}")
    if spread.text in (fmt.NOT_APPLICABLE, fmt.UNBOUNDED[labels.language]):
        said = labels.say("evidence.difference_no_interval", estimate=estimate, per=per)
    else:
        said = labels.say("evidence.difference", estimate=estimate, per=per, interval=spread)
    said = Phrase(said.text.replace(" .", ".").replace("  ", " "), said.numbers)
    if not str(row["unit"]).startswith("EUR"):
        return said
    return join((said, labels.say(f"evidence.weighting_{case.question.weighting}")))


def _per(row: Row) -> str:
    unit = str(row["unit"])
    if unit.startswith("EUR"):
        return "insured" if "insured" in unit else "resident"
    return "other"


def _total(case: Case) -> Phrase:
    total = contrast_row(case.rows, case.question.id, case.at, "total_per_year")
    if total is None or not fmt.is_shown(total):
        return Phrase()
    labels = case.labels
    whom = "insured" if labels.kinds.get(case.question.indicator) == INSURED else "residents"
    return labels.say(
        f"evidence.total_{whom}",
        estimate=fmt.number(total, language=labels.language),
        interval=fmt.interval(total, language=labels.language),
        payer=labels.name("payer", case.question.payer or ""),
    )


def _p_values(case: Case) -> Phrase:
    row, labels = case.row, case.labels
    if row is None or pd.isna(row["p_value"]):
        return Phrase()
    anchors = alpha_of(case.rows)
    p, adjusted, attainable = (
        fmt.equals(fmt.p_value(row, field, language=labels.language, anchors=anchors))
        for field in fmt.P_VALUES
    )
    key = str(case.question.type) if case.question.test == "randomisation" else "other"
    return labels.say(f"evidence.p_{key}", p=p, adjusted=adjusted, attainable=attainable)


def _p_harm(case: Case) -> Phrase:
    """Return the p of "no more harmful than the margin", where the safety rule decided."""
    if case.rule != "harm_beyond_margin":
        return Phrase()
    row = contrast_row(case.rows, case.question.id, case.at, "harm")
    if row is None or not fmt.is_shown(row) or pd.isna(row["p_value"]):
        return Phrase()
    language = case.labels.language
    p = fmt.equals(fmt.p_value(row, language=language, anchors=alpha_of(case.rows)))
    return case.labels.say("evidence.p_harm", p=p, margin=case.margin())


def _rule(case: Case) -> Phrase:
    alpha = first(case.rows, Table.FACT, category="alpha")
    if alpha is None:
        return Phrase()
    level = fmt.constant({**alpha, "unit": ""}, language=case.labels.language)
    return case.labels.say(f"evidence.rule_{case.question.type}", margin=case.margin(), alpha=level)


def _margin_reason(case: Case) -> Phrase:
    margin = case.question.margin
    if margin is None:
        return Phrase()
    reason = declared(margin.reason[case.labels.language], f"questions/{case.question.id}/margin")
    said = case.labels.say("evidence.margin_reason", reason=reason)
    if mid := case.fact("person_mid", like_contrast=True):
        return join((said, case.labels.say("evidence.person_mid", mid=mid)))
    return said
