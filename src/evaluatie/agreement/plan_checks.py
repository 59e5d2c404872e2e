"""What projects, events, reports and deviations may name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise
from pathlib import Path

from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.business_case import BusinessCase
from evaluatie.agreement.declared import Declarations
from evaluatie.agreement.model import Event, ReportSpec
from evaluatie.agreement.notebooks import notebook_names
from evaluatie.agreement.problems import Problems
from evaluatie.dictionary.model import CodebookContent
from evaluatie.domain import Side
from evaluatie.study import Study


def check_projects(declared: Declarations, codebook: CodebookContent, problems: Problems) -> None:
    """Note projects that occur twice or name an unknown law, payer or price."""
    path, projects = declared.path("projects"), declared.projects.projects
    problems.distinct(path, "projects", [project.id for project in projects])
    for number, project in enumerate(projects):
        for position, law in enumerate(project.domains):
            place = ("projects", number, "domains", position)
            problems.known(path, place, law, "law", codebook.laws)
        if project.assumptions is not None:
            _check_business_case(path, number, project.assumptions, codebook, problems)


def _check_business_case(
    path: Path, number: int, case: BusinessCase, codebook: CodebookContent, problems: Problems
) -> None:
    """Note laws, payers and unit prices that do not exist, and discount rates that nobody gave."""
    here = ("projects", number, "business_case")
    if codebook.economics is None:
        problems.add(path, here, "a business case needs discount rates: economics.yml is missing")
        return
    allowed: Mapping[str, Collection[str]] = {
        "law": codebook.laws,
        "payer": codebook.payers,
        "unit_price": codebook.economics.unit_prices,
    }
    for position, effect in enumerate(case.effects):
        for key, names in allowed.items():
            name = getattr(effect, key)
            if name is not None:
                place = (*here, "effects", position, key)
                problems.known(path, place, name, key.replace("_", " "), names)


def check_events(declared: Declarations, study: Study, problems: Problems) -> None:
    """Note events with unknown areas or waves, or on another side than their areas."""
    path, events = declared.path("events"), declared.events.events
    problems.distinct(path, "events", [event.id for event in events])
    for number, event in enumerate(events):
        for position, wave in enumerate(event.waves):
            place = ("events", number, "waves", position)
            problems.known(path, place, wave, "wave", [w.id for w in study.waves])
        if event.end is not None and event.end < event.start:
            problems.add(path, ("events", number, "end"), "an event ends after its start")
        _check_event_areas(declared, study, number, event, problems)


def _check_event_areas(
    declared: Declarations, study: Study, number: int, event: Event, problems: Problems
) -> None:
    path, sides = declared.path("events"), {area.code: area.side for area in study.areas}
    for position, code in enumerate(event.areas):
        place = ("events", number, "areas", position)
        known = problems.known(path, place, code, "area", sides)
        if known and event.side in list(Side) and sides[code] != event.side:
            problems.add(path, place, f"{code} lies on the {sides[code]} side, not {event.side}")


def check_reports(
    declared: Declarations, book: AgreementBook, study: Study, problems: Problems
) -> None:
    """Note reports for unknown audiences, waves, areas or notebooks, and empty reports."""
    path, reports = declared.path("reports"), declared.reports.reports
    problems.distinct(path, "reports", [report.id for report in reports])
    allowed = {
        "audiences": ("audience with an agreement", list(declared.agreements)),
        "waves": ("wave", [wave.id for wave in study.waves]),
        "areas": ("area or side", [*(area.code for area in study.areas), *map(str, Side)]),
    }
    notebooks = notebook_names(study)
    for number, report in enumerate(reports):
        known = True
        for key, (kind, names) in allowed.items():
            for position, name in enumerate(getattr(report, key)):
                known &= problems.known(path, ("reports", number, key, position), name, kind, names)
        if notebooks:  # a study whose notebooks are still to be written can be checked already
            place = ("reports", number, "notebook")
            problems.known(path, place, report.notebook, "notebook", notebooks)
        lowered = [name.lower() for name in report.providers]
        if len(set(lowered)) < len(lowered):  # their reports would have one name
            problems.add(path, ("reports", number, "providers"), "a provider occurs twice")
        if known:
            _check_content(declared, book, number, report, problems)


def _check_content(
    declared: Declarations,
    book: AgreementBook,
    number: int,
    report: ReportSpec,
    problems: Problems,
) -> None:
    """Demand at least one agreed question for every audience and wave of a report."""
    for position, audience in enumerate(report.audiences):
        runs = [run for run in book.runs_of(report) if run.audience == audience]
        empty = sorted({run.wave for run in runs if not book.questions_of(run)})
        if empty:
            problems.add(
                declared.path("reports"),
                ("reports", number, "audiences", position),
                f"'{audience}' agreed to no question in sections {', '.join(report.sections)} "
                f"at wave {', '.join(empty)}; the report would be empty",
            )


def check_deviations(declared: Declarations, problems: Problems) -> None:
    """Note deviations that do not stand in order of time."""
    dates = [deviation.date for deviation in declared.deviations.deviations]
    for number, (earlier, later) in enumerate(pairwise(dates), start=1):
        if later < earlier:
            place = ("deviations", number, "date")
            problems.add(declared.path("deviations"), place, "deviations stand in order of time")
