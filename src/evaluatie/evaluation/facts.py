"""Constants that reports quote: margins, dates, thresholds - rows like any other number."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from math import comb
from typing import Any

import pandas as pd

from evaluatie.agreement import AgreementBook, Question, load_calibration
from evaluatie.costs import cost_year, wave_quarters
from evaluatie.dictionary import Codebook
from evaluatie.domain import Side
from evaluatie.evaluation.feasibility import feasibility
from evaluatie.evaluation.remedies import Remedy, remedy
from evaluatie.results import Table, estimate_row
from evaluatie.study import Study

Row = dict[str, Any]


def fact(name: str, value: float, unit: str, **where: str) -> Row:
    """Return one constant as a row; ``name`` stands in the category."""
    return estimate_row(Table.FACT, "constant", category=name, estimate=value, unit=unit, **where)


def date_fact(name: str, day: date, **where: str) -> Row:
    """Return a date as a row: estimate = YYYYMMDD, unit ``date``."""
    return fact(name, day.year * 10_000 + day.month * 100 + day.day, "date", **where)


def study_facts(study: Study, book: AgreementBook, codebook: Codebook) -> Iterator[Row]:
    """Yield every constant of the study, its waves, its agreements and its questions."""
    yield date_fact("pilot_start", study.pilot_start)
    yield date_fact("report_date", study.report_date)
    yield fact("price_level", study.price_level, "year")
    yield fact("alpha", study.design.alpha, "share")
    yield fact("confidence", 1 - study.design.alpha, "share")
    for side in Side:
        yield fact(f"areas_{side}", len(study.areas_on(side)), "areas")
    yield fact("assignments", _assignments(study), "assignments")
    cut = study.runoff_quarters if study.runoff == "cut" else 0
    yield fact("runoff_quarters", cut, "quarters")
    yield fact("weights_trim", study.weights_trim, "times_mean")
    yield fact("minimum_cell", study.minimum_cell, "persons")
    for name, day in zip(("baseline_start", "baseline_end"), study.cost_baseline, strict=True):
        yield date_fact(name, day)
    for wave in study.waves:
        yield date_fact("wave_start", wave.start, wave=wave.id)
        yield date_fact("wave_end", wave.end, wave=wave.id)
    yield from _question_facts(study, book, codebook)
    yield from _agreement_facts(book)
    yield from _scale_facts(book, codebook)
    yield fact("minimum_power", study.design.minimum_power, "share")
    yield from power_facts(study, codebook, book)


def _assignments(study: Study) -> int:
    if study.design.assignment == "pairs":
        return int(2 ** len(study.areas_on(Side.PILOT)))
    return comb(len(study.areas), len(study.areas_on(Side.PILOT)))


def _question_facts(study: Study, book: AgreementBook, codebook: Codebook) -> Iterator[Row]:
    for question in book.questions.values():
        here = {"question": question.id, "indicator": question.indicator}
        for wave in study.waves[1:]:
            yield from _window_facts(study, codebook, question, wave.id)
        yield fact("respondent_minutes", question.respondent_minutes, "minutes", **here)
        if question.margin:
            yield fact("margin", question.margin.value, "indicator_unit", **here)


def _window_facts(study: Study, codebook: Codebook, question: Question, wave: str) -> Iterator[Row]:
    """Yield first and last day of the two periods that a contrast of cost compares."""
    indicator = codebook.indicators.get(question.indicator)
    if question.verdict_wave is None or indicator is None:
        return
    if indicator.kind == "insured_cost":
        years = cost_year(study, study.baseline.id), cost_year(study, wave)
        (base, window) = [(date(year, 1, 1), date(year, 12, 31)) for year in years]
    else:
        quarters = [pd.Period(name.replace("-", "")) for name in wave_quarters(study, wave)]
        base = study.cost_baseline
        window = (quarters[0].start_time.date(), quarters[-1].end_time.date())
    days = {"base_start": base[0], "base_end": base[1]}
    days |= {"window_start": window[0], "window_end": window[1]}
    for name, day in days.items():
        yield date_fact(name, day, question=question.id, indicator=indicator.id, wave=wave)


def _agreement_facts(book: AgreementBook) -> Iterator[Row]:
    for agreement in book.agreements.values():
        name = f"audience={agreement.id}"
        if agreement.agreed_on:
            yield date_fact(f"agreed_on|{name}", agreement.agreed_on)
        for number, amendment in enumerate(agreement.amendments):
            yield date_fact(f"amended_on|{name}|number={number}", amendment.date)
    for number, deviation in enumerate(book.deviations):
        yield date_fact(f"deviation|number={number}", deviation.date)
    for event in book.events:
        yield date_fact(f"event_start|event={event.id}", event.start)
        if event.end:
            yield date_fact(f"event_end|event={event.id}", event.end)
    for project in book.projects:
        yield date_fact(f"project_start|project={project.id}", project.start)


def _scale_facts(book: AgreementBook, codebook: Codebook) -> Iterator[Row]:
    """Yield a person's minimal important difference, shown beside a margin, never as one."""
    for question in book.questions.values():
        scale = codebook.scales.get(question.indicator)
        if scale is not None and scale.mid is not None:
            yield fact("person_mid", scale.mid, "indicator_unit", question=question.id,
                       indicator=scale.id)  # fmt: skip


def power_facts(study: Study, codebook: Codebook, book: AgreementBook) -> Iterator[Row]:
    """Yield what the design could show of each question: power, detectable difference, remedies.

    Expected from planning values, so to two digits. ``power`` is after the fixed sequence or
    max-T, ``power_alone`` of the question's own test. What would raise it to the agreed minimum
    stands beside a question that falls short of it; one that falls short only beside the other
    questions has ``crowded_out`` instead: what it needs alone is there, so those are no remedies.
    ``calibrated``: 1 where `analysis/calibration.yml` says which tests may carry a verdict, 0
    where the study was never calibrated.
    """
    yield fact("calibrated", float(load_calibration(study) is not None), "flag")
    for name, found in feasibility(study, codebook, book).items():
        question = book.questions[name]
        here = {"question": name, "indicator": question.indicator}
        if math.isnan(found.power):
            continue
        yield fact("power", round(found.power, 2), "share", **here)
        yield fact("power_alone", round(found.own, 2), "share", **here)
        if math.isfinite(found.detectable):
            yield fact("detectable", _two_digits(found.detectable), "indicator_unit", **here)
        if found.planned is None or found.power >= study.design.minimum_power:
            continue
        if found.crowded_out(study.design.minimum_power):
            yield fact("crowded_out", 1, "flag", **here)
        else:
            needed = remedy(study, codebook, question, found)
            yield from _remedy_facts(needed, here)


def _remedy_facts(needed: Remedy, here: dict[str, str]) -> Iterator[Row]:
    if needed.areas is not None:
        yield fact("needed_areas", needed.areas, "areas", **here)
    if math.isfinite(needed.margin):
        yield fact("needed_margin", _two_digits(needed.margin), "indicator_unit", **here)
    if needed.people is not None:
        yield fact("needed_people", math.ceil(needed.people * 10) / 10, "times", **here)


def _two_digits(value: float) -> float:
    return float(f"{value:.2g}")
