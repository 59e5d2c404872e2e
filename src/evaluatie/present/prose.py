"""The running text of a report: what was agreed, what happened at the same time, how it was done.

Texts of the agreements are printed as they were declared; their dates come from the constants in
the slice, so that every number on the page has a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from evaluatie.agreement.model import Agreement, Deviation, Event, Question
from evaluatie.domain import Publication
from evaluatie.errors import RunError
from evaluatie.present import numbers as fmt
from evaluatie.present.fragments import bullets, callout, paragraphs
from evaluatie.present.labels import Labels
from evaluatie.present.phrase import NumberRef, Phrase, declared
from evaluatie.present.rows import first, ordered, select
from evaluatie.present.wording import fields_of
from evaluatie.results import Table

DIGEST_SHOWN = 12
FACT = "fact_"
WINDOW = ("window_start", "window_end", "base_start", "base_end")
BY_KIND = {  # part of the method -> kinds of indicators that need it
    "survey": {"scale"},
    "cost": {"arrangement_cost", "annual_total"},
    "insured": {"insured_cost"},
}


def say(key: str, rows: pd.DataFrame, labels: Labels, **values: Phrase | str) -> Phrase:
    """Return a message whose ``fact_*`` places are filled from the constants of the slice.

    Raises
    ------
    RunError
        The message quotes a constant that the slice does not hold.
    """
    wanted = [name for name in fields_of(key, labels.language) if name.startswith(FACT)]
    facts = {name: _fact(name.removeprefix(FACT), rows, labels) for name in wanted}
    return labels.say(key, **values, **facts)


def _fact(name: str, rows: pd.DataFrame, labels: Labels) -> Phrase:
    row = first(rows, Table.FACT, category=name)
    if row is None:
        raise RunError(
            f"the slice holds no constant '{name}', which a text of the report quotes",
            remedy="add it to the facts of the study.",
        )
    return fmt.constant(row, language=labels.language)


def stamp(labels: Labels, synthetic: bool) -> Phrase:
    """Return the warning on top of a report on synthetic data; nothing for a real one."""
    if not synthetic:
        return Phrase()
    return callout(labels.say("stamp.synthetic"), labels.say("stamp.title"), "warning")


def organisation(agreement: Agreement | None, labels: Labels) -> Phrase:
    """Return the name of the reader's organisation."""
    if agreement is None:
        return Phrase()
    return declared(agreement.organisation[labels.language], "agreement/organisation")


def not_evaluated(
    agreement: Agreement | None, unavailable: Mapping[str, str], labels: Labels
) -> Phrase:
    """Return what was agreed not to evaluate, and what could not be for want of a feed."""
    excluded = [] if agreement is None else list(agreement.not_evaluated)
    items = [
        labels.say(
            "not_evaluated.item",
            subject=declared(entry.subject[labels.language], f"agreement/not_evaluated/{place}"),
            reason=declared(entry.reason[labels.language], f"agreement/not_evaluated/{place}"),
        )
        for place, entry in enumerate(excluded)
    ]
    reader = organisation(agreement, labels)
    intro = labels.say("not_evaluated.intro", organisation=reader)
    parts = [intro, bullets(items)] if items else [labels.say("not_evaluated.none")]
    if unavailable:
        gone = [
            labels.say(
                "not_evaluated.unavailable_item",
                feed=labels.name("feed", feed),
                reason=declared(reason, f"unavailable/{feed}"),
            )
            for feed, reason in unavailable.items()
        ]
        parts += [labels.say("not_evaluated.unavailable"), bullets(gone)]
    return paragraphs([*parts, labels.say("not_evaluated.projects")])


def events(happened: Iterable[Event], rows: pd.DataFrame, labels: Labels, wave: str) -> Phrase:
    """Return the concurrent events that touch the comparison at this wave."""
    touching = [event for event in happened if wave in event.waves]
    if not touching:
        return labels.say("events.none")
    items = [_event(event, rows, labels) for event in touching]
    return paragraphs((labels.say("events.intro"), bullets(items)))


def _event(event: Event, rows: pd.DataFrame, labels: Labels) -> Phrase:
    place = f"events/{event.id}"
    values: dict[str, Phrase | str] = {
        "label": declared(event.label[labels.language], f"{place}/label"),
        "side": labels.say(f"events.side_{event.side}"),
        "consequence": declared(event.consequence[labels.language], f"{place}/consequence"),
        "start": day(event.start, f"event_start|event={event.id}", place, rows, labels),
    }
    if event.end is None:
        return labels.say("events.item", **values)
    values["end"] = day(event.end, f"event_end|event={event.id}", place, rows, labels)
    return labels.say("events.item_ended", **values)


def day(moment: date, category: str, place: str, rows: pd.DataFrame, labels: Labels) -> Phrase:
    """Return a declared date in words, from its constant; else referring to the declaration."""
    row = first(rows, Table.FACT, category=category)
    if row is not None:
        return fmt.date_of(row, language=labels.language)
    text = f"{moment.day} {fmt.MONTHS[labels.language][moment.month - 1]} {moment.year}"
    return Phrase(text, (NumberRef(text, f"declared/{place}", "date"),))


def method(
    agreement: Agreement | None, questions: Sequence[Question], rows: pd.DataFrame, labels: Labels
) -> Phrase:
    """Return how it was done, in plain words; only what the agreed questions need."""
    tested = [q for q in questions if q.test != "none"]
    kinds = {labels.kinds.get(q.indicator, "scale") for q in questions if q.section != "process"}
    keys = ["design"]
    keys += ["contrast", "test", "order", "words"] if tested else []
    keys += ["uncalibrated"] if tested and _uncalibrated(rows) else []
    keys += [key for key, needs in BY_KIND.items() if kinds & needs]
    compared = [period for q in tested if (period := windows(q, rows, labels))]
    if "survey" in keys and any(labels.kinds.get(q.indicator) == "scale" for q in tested):
        keys.insert(keys.index("survey") + 1, "levels")
    keys += ["cost_baseline"] if "cost" in keys and not compared else []
    said = [say(f"method.{key}", rows, labels) for key in keys]
    return paragraphs([*_agreed(agreement, rows, labels), *said, bullets(compared)])


def _uncalibrated(rows: pd.DataFrame) -> bool:
    row = first(rows, Table.FACT, category="calibrated")
    return row is not None and float(row["estimate"]) == 0.0


def windows(question: Question, rows: pd.DataFrame, labels: Labels) -> Phrase:
    """Return which period a question about cost compares with which; empty where no row says so.

    That of its verdict wave; before that, of the last wave there is.
    """
    facts = select(rows, Table.FACT, question=question.id, category=list(WINDOW))
    waves = ordered(facts["wave"], labels.order("wave"))
    if not waves:
        return Phrase()
    wave = question.verdict_wave if question.verdict_wave in waves else waves[-1]
    dates = {name: first(facts, category=name, wave=wave) for name in WINDOW}
    shown = {name: fmt.date_of(row, language=labels.language) for name, row in dates.items() if row}
    if len(shown) < len(WINDOW):
        return Phrase()
    indicator = labels.name("indicator", question.indicator)
    return labels.say(
        "method.windows", indicator=indicator, wave=labels.name("wave", str(wave)), **shown
    )


def _agreed(agreement: Agreement | None, rows: pd.DataFrame, labels: Labels) -> list[Phrase]:
    if agreement is None:
        return []
    if agreement.status == "example":
        return [labels.say("method.example_agreement")]
    by = declared(agreement.agreed_by[labels.language], "agreement/agreed_by")
    if agreement.agreed_on is None:
        return [labels.say("method.agreed_undated", by=by)]
    category = f"agreed_on|audience={agreement.id}"
    when = day(agreement.agreed_on, category, "agreement/agreed_on", rows, labels)
    return [labels.say("method.agreed", date=when, by=by)]


def changes(
    agreement: Agreement | None,
    deviations: Sequence[Deviation],
    rows: pd.DataFrame,
    labels: Labels,
) -> Phrase:
    """Return the dated amendments of the agreement and the departures from the plan."""
    audience = "" if agreement is None else agreement.id
    amended = [
        _dated("amendment", entry, f"amended_on|audience={audience}|number={number}",
               f"agreement/amendments/{number}", rows, labels)
        for number, entry in enumerate(() if agreement is None else agreement.amendments)
    ]  # fmt: skip
    departed = [
        _dated(
            "deviation", entry, f"deviation|number={number}", f"deviations/{number}", rows, labels
        )
        for number, entry in enumerate(deviations)
    ]
    parts = [labels.say("method.amendments" if amended else "method.unchanged"), bullets(amended)]
    parts += [
        labels.say("method.deviations" if departed else "method.no_deviations"),
        bullets(departed),
    ]
    return paragraphs(parts)


def _dated(
    kind: str, entry: Any, category: str, place: str, rows: pd.DataFrame, labels: Labels
) -> Phrase:
    texts = {
        name: declared(getattr(entry, name)[labels.language], f"{place}/{name}")
        for name in ("what", "why", "consequence")
        if hasattr(entry, name)
    }
    when = day(entry.date, category, place, rows, labels)
    return labels.say(f"method.{kind}", date=when, **texts)


def disclosure_note(rows: pd.DataFrame, labels: Labels) -> Phrase:
    """Return how persons are protected and whether anything is suppressed here."""
    hidden = (rows["publication"] == str(Publication.SUPPRESSED)).any()
    threshold = first(rows, Table.FACT, category="threshold")
    parts = [labels.say("disclosure.note")]
    if threshold is not None:
        value = fmt.constant(threshold, language=labels.language)
        parts.append(labels.say("disclosure.threshold", threshold=value))
    parts.append(labels.say("disclosure.count" if hidden else "disclosure.nothing"))
    return paragraphs(parts)


def provenance(
    sources: Sequence[Mapping[str, Any]], plan: str, rows: pd.DataFrame, labels: Labels
) -> Phrase:
    """Return where the figures come from: files with their fingerprint, plan, reference date."""
    items = [
        labels.say(
            "provenance.source",
            feed=labels.name("feed", str(source.get("feed", ""))),
            file=declared(str(source.get("path", "")), f"provenance/{place}", "path"),
            digest=declared(str(source.get("sha256", ""))[:DIGEST_SHOWN],
                            f"provenance/{place}", "sha256"),
        )
        for place, source in enumerate(sources)
    ]  # fmt: skip
    parts = [labels.say("provenance.intro"), bullets(items)]
    if plan:
        digest = declared(plan[:DIGEST_SHOWN], "plan", "plan")
        parts.append(labels.say("provenance.plan", plan=digest))
    return paragraphs([*parts, say("provenance.report_date", rows, labels)])
