"""The shipped example: complete, visibly an example, and fit to be quoted in a report."""

import json
import re
from pathlib import Path

import pytest
import yaml

from evaluatie.agreement import duplicates, json_schemas, load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.domain import Aim, Horizon, QuestionType, Side
from evaluatie.evaluation.feasibility import feasibility
from evaluatie.study import open_study

ROOT = Path(__file__).parents[2]
STUDY = open_study(ROOT)
BOOK = load_agreements(STUDY, load_codebook(STUDY))
DECLARED = [
    path
    for path in sorted((ROOT / "analysis").rglob("*.yml"))
    if path.name != "synthetic.yml" and "schemas" not in path.parts
]


def labels(node, where=""):
    """Yield every text for readers below a node of YAML, with its place."""
    if isinstance(node, dict) and set(node) == {"nl", "en"}:
        yield from ((f"{where}.{language}", text) for language, text in node.items())
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from labels(value, f"{where}.{key}")
    elif isinstance(node, list):
        for position, value in enumerate(node):
            yield from labels(value, f"{where}.{position}")


def test_no_organisation_is_said_to_have_agreed():
    for agreement in BOOK.agreements.values():
        assert agreement.status == "example"
        assert agreement.agreed_by["nl"].startswith("VOORBEELD")
        assert agreement.agreed_by["en"].startswith("EXAMPLE")


def test_comparison_areas_are_marked_as_our_assumption():
    for area in STUDY.areas:
        assert area.assumption == (area.side is Side.COMPARISON)
        assert (area.note is not None) == area.assumption


def test_every_aim_of_the_quadruple_aim_has_a_question():
    assert {question.aim for question in BOOK.questions.values()} == set(Aim)


def test_the_university_has_every_question_but_those_about_single_providers():
    mirror = {q.id for q in BOOK.questions.values() if q.section == "mirror"}
    assert set(BOOK.agreements["universiteit"].questions) == set(BOOK.questions) - mirror
    assert [a for a, agreed in BOOK.agreements.items() if mirror & set(agreed.questions)] == [
        "professionals"
    ]


def test_every_agreement_was_sharpened_and_says_what_is_not_evaluated():
    for agreement in BOOK.agreements.values():
        assert [amendment.date.isoformat() for amendment in agreement.amendments] == ["2019-07-01"]
        assert agreement.not_evaluated


def test_positive_health_is_described_and_never_judged():
    assert BOOK.questions["positive_health"].type is QuestionType.DESCRIPTIVE


def test_quick_wins_are_told_apart_from_slow_change():
    horizons = {question.horizon for question in BOOK.questions.values()}
    assert horizons == set(Horizon)


def test_a_margin_of_a_mean_is_no_persons_minimal_important_difference():
    codebook = load_codebook(STUDY)
    for question in BOOK.questions.values():
        scale = codebook.scales.get(question.indicator)
        if question.margin and scale and scale.mid is not None:
            assert question.margin.value < scale.mid


def test_business_cases_are_made_for_the_projects_of_the_plan():
    chosen = {project.id for project in BOOK.projects if project.business_case}
    assert chosen == {"2", "3", "4A", "7", "8.1", "8.2", "8.3", "8.4"}


def test_the_a2_works_are_named_on_the_pilot_side_only():
    event = next(event for event in BOOK.events if event.id == "a2_tunnel")
    assert event.side is Side.PILOT
    assert set(event.areas) == {area.code for area in STUDY.areas_on(Side.PILOT)}


@pytest.mark.parametrize("path", DECLARED, ids=lambda path: path.stem)
def test_reader_texts_hold_no_numeral(path):
    """A number in a report must come from a row of the results; A2, T0 and SF-12 are names."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    numeral = re.compile(r"(?<![A-Za-z0-9-])\d")
    found = [where for where, text in labels(content) if numeral.search(text)]
    assert found == []


@pytest.mark.parametrize("path", DECLARED, ids=lambda path: path.stem)
def test_every_file_points_editors_at_its_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert (path.parent / first.split("=", 1)[1]).resolve().is_file()


def test_committed_schemas_are_fresh():
    for name, schema in json_schemas().items():
        committed = ROOT / "analysis" / "schemas" / f"{name}.schema.json"
        assert json.loads(committed.read_text(encoding="utf-8")) == schema, (
            "run 'evaluatie schemas'"
        )


def test_a_schema_knows_the_keys_that_the_reader_accepts():
    schemas = json_schemas()
    assert set(schemas) == {
        "study",
        "questions",
        "agreement",
        "calibration",
        "projects",
        "events",
        "reports",
        "deviations",
    }
    assert schemas["projects"]["$defs"]["Project"]["properties"]["domains"]["minItems"] == 2
    assert "root" not in schemas["study"]["properties"]


def test_every_question_with_a_verdict_is_planned_and_low_power_was_accepted_or_costs_the_verdict():
    found = feasibility(STUDY, load_codebook(STUDY), BOOK)
    tested = {q.id for q in BOOK.questions.values() if q.type is not QuestionType.DESCRIPTIVE}
    assert set(found) == tested
    assert not [name for name, feasible in found.items() if feasible.reason]
    for name, feasible in found.items():
        question = BOOK.questions[name]
        if question.combines:
            continue
        short = feasible.power < STUDY.design.minimum_power
        assert bool(feasible.downgraded) == (short and question.accepted_power is None)


def test_better_health_at_no_higher_cost_is_asked_by_whoever_pays():
    combined = {q.id: q.combines for q in BOOK.questions.values() if q.combines}
    for name, parts in combined.items():
        health, cost = (BOOK.questions[part] for part in parts)
        assert health.section == "survey"
        assert cost.payer in {a.payer for a in BOOK.agreements.values() if name in a.combined}


def test_the_secondary_family_is_small_enough_to_answer():
    family = [q.id for q in BOOK.questions.values()
              if BOOK.role(q.id) == "secondary" and q.accepted_power is not None]  # fmt: skip
    assert len(family) == 3
    assert duplicates(BOOK, load_codebook(STUDY)) == ()
