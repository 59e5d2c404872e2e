"""The levels behind a difference in change: where both sides started and where they are."""

from __future__ import annotations

from evaluatie.domain import Direction
from evaluatie.present import numbers as fmt
from evaluatie.present.case import Case
from evaluatie.present.phrase import Phrase
from evaluatie.present.rows import first
from evaluatie.present.tables import SIDES, anchors_of, shared_places
from evaluatie.results import Table


def levels(case: Case) -> Phrase:
    """Return the levels of both sides at the baseline and at the wave of the contrast.

    They have the decimals of the difference, so that a reader can follow it. Empty for a question
    that is not about a scale, at the baseline itself, and where one of the four levels may not be
    shown.
    """
    labels, scale = case.labels, case.question.indicator
    baseline = labels.order("wave")[0]
    if labels.kinds.get(scale, "scale") != "scale" or case.at == baseline:
        return Phrase()
    anchors = anchors_of(case.rows, case.question.id)
    places = None if case.row is None else shared_places(case.row, labels, anchors)
    said: dict[str, Phrase] = {}
    term = ""
    for side in SIDES:
        for name, wave in (("before", baseline), ("now", case.at)):
            row = first(
                case.rows, Table.SCORE, indicator=scale, wave=wave, area=side, category="",
                term=["mean", "share"],
            )  # fmt: skip
            if row is None or not fmt.is_shown(row):
                return Phrase()
            term = str(row["term"])
            said[f"{side}_{name}"] = fmt.number(
                row, language=labels.language, decimals=places, bare=True
            )
    return labels.say(f"evidence.levels_{term}", wave=labels.name("wave", case.at), **said)


def direction(case: Case) -> Phrase:
    """Return that a lower value is better, for a scale whose name need not say so."""
    scale = case.question.indicator
    lower = case.labels.direction.get(scale) == Direction.LOWER
    if lower and case.labels.kinds.get(scale, "scale") == "scale":
        return case.labels.say("evidence.lower_is_better")
    return Phrase()
