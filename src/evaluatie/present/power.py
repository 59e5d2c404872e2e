"""What the study could show beforehand: beside every verdict, and instead of one it cannot give."""

from __future__ import annotations

from evaluatie.domain import QuestionType
from evaluatie.present import numbers as fmt
from evaluatie.present.case import Case
from evaluatie.present.phrase import Phrase, declared, enumeration, join
from evaluatie.present.rows import first
from evaluatie.results import Table


def power(case: Case) -> Phrase:
    """Return the chance of a favourable verdict, as expected beforehand; or that nobody knew it."""
    chance, alone = case.fact("power"), case.fact("power_alone")
    labels, kind = case.labels, case.question.type
    if not chance:
        return labels.say("evidence.power_unknown")
    said = [labels.say(f"evidence.power_{kind}", power=chance, alone=alone, margin=case.margin())]
    if detectable := case.fact("detectable", like_contrast=True):
        way = "" if kind is QuestionType.SUPERIORITY else "_margin"
        said.append(labels.say(f"evidence.detectable{way}", detectable=detectable))
    accepted = case.question.accepted_power
    if accepted is not None:
        text = declared(
            accepted.reason[labels.language], f"questions/{case.question.id}/accepted_power"
        )
        said.append(labels.say("evidence.accepted_power", reason=text))
    return join(said)


def low_power(case: Case) -> Phrase:
    """Return why there is no verdict where the power was too low, and what would change that."""
    labels = case.labels
    minimum = first(case.rows, Table.FACT, category="minimum_power")
    if minimum is None or not case.fact("power"):
        return labels.say("answer.low_power_unknown")
    if case.fact("crowded_out"):
        return labels.say(
            "answer.low_power_family",
            power=case.fact("power"),
            alone=case.fact("power_alone"),
            minimum=fmt.constant(minimum, language=labels.language),
        )
    said = labels.say(
        f"answer.low_power_{case.question.type}",
        power=case.fact("power"),
        minimum=fmt.constant(minimum, language=labels.language),
    )
    return join((said, remedies(case)))


def remedies(case: Case) -> Phrase:
    """Return what would give this question enough power, each by itself; empty where unknown."""
    labels = case.labels
    values = {
        "areas": case.fact("needed_areas"),
        "margin": case.fact("needed_margin", like_contrast=True),
        "people": case.fact("needed_people"),
    }
    ways = [labels.say(f"remedy.{name}", value=value) for name, value in values.items() if value]
    if not ways:
        return Phrase()
    return labels.say("remedy.intro", ways=enumeration(ways, labels.say("remedy.or").text))
