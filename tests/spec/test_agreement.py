"""What can be promised: every contradiction is refused with file, line and what is allowed."""

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from tiny_study import BOTH, CODEBOOK, FILES, descriptive, entry, put, question, write_study

from evaluatie.agreement import (
    duplicates,
    load_agreements,
    minutes_by_agreement,
    respondent_minutes,
)
from evaluatie.errors import DeclarationError

CASES = yaml.safe_load(
    (Path(__file__).parent / "data" / "agreement_contradictions.yml").read_text(encoding="utf-8")
)


def test_the_tiny_study_itself_is_accepted(tmp_path):
    book = load_agreements(write_study(tmp_path, FILES), CODEBOOK)
    roles = {name: book.role(name) for name in book.questions}
    assert roles == {
        "health": "primary",
        "cost": "primary",
        "spirit": "secondary",
        "files": "secondary",
    }


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_a_contradiction_names_file_line_and_what_is_allowed(tmp_path, case):
    files = copy.deepcopy(FILES)
    files["agreements/town"]["status"] = "signed"
    put(files, case["entry"], case["key"], case["value"])
    study = write_study(tmp_path, files)
    with pytest.raises(DeclarationError) as caught:
        load_agreements(study, CODEBOOK)
    found = [text for text in str(caught.value).splitlines() if case["says"] in text]
    assert found, str(caught.value)
    path, _, rest = found[0].strip().partition(", line ")
    written = Path(path).read_text(encoding="utf-8").splitlines()
    assert case["line"] in written[int(rest.split(":")[0]) - 1]


def test_all_contradictions_come_at_once(tmp_path):
    files = copy.deepcopy(FILES)
    put(files, "questions.cost", "payer", "king")
    put(files, "events.0", "waves", ["w9"])
    put(files, "projects.0", "domains", ["care", "luck"])
    with pytest.raises(DeclarationError, match="contradict each other: 3 problems"):
        load_agreements(write_study(tmp_path, files), CODEBOOK)


@pytest.mark.parametrize("domains", [["care"], ["care", "care"]])
def test_a_project_within_one_domain_is_refused(tmp_path, domains):
    files = copy.deepcopy(FILES)
    put(files, "projects.0", "domains", domains)
    with pytest.raises(DeclarationError, match="project 1 spans fewer than two domains"):
        load_agreements(write_study(tmp_path, files), CODEBOOK)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"margin": None}, "a question with a verdict needs a margin with a reason"),
        ({"verdict_wave": None}, "has exactly one verdict_wave"),
        ({"test": "none"}, "every other one has a test"),
        ({"contrast": "change"}, "only contrast 'difference_in_differences' can carry a verdict"),
    ],
)
def test_a_question_with_a_verdict_states_its_whole_rule(tmp_path, changes, message):
    files = copy.deepcopy(FILES)
    entry(files, "health").update(changes)
    with pytest.raises(DeclarationError, match=message):
        load_agreements(write_study(tmp_path, files), CODEBOOK)


def test_a_study_without_agreements_is_refused(tmp_path):
    files = {name: text for name, text in FILES.items() if not name.startswith("agreements/")}
    with pytest.raises(DeclarationError, match="there is no agreement"):
        load_agreements(write_study(tmp_path, files), CODEBOOK)


def test_minutes_of_a_respondent_are_summed_over_distinct_indicators(tmp_path):
    files = copy.deepcopy(FILES)
    again = descriptive("health_again", "health_score", respondent_minutes=3)
    files["questions"]["questions"].append(again)
    put(files, "agreements/uni", "secondary", ["spirit", "health_again"])
    book = load_agreements(write_study(tmp_path, files), CODEBOOK)
    assert respondent_minutes(book) == 3 + 2  # health_score once, positive once, counts none
    assert respondent_minutes(book, professionals=True) == 0


def both(**changes):
    """Return a question that combines health and cost."""
    keys = ("indicator", "margin", "respondent_minutes")
    both_entry = question(
        "both", "", type="intersection_union", contrast="none", test="intersection_union",
        combines=["health", "cost"], section="cost",
    )  # fmt: skip
    return {key: value for key, value in (both_entry | changes).items() if key not in keys}


def with_both(**changes):
    files = copy.deepcopy(FILES)
    files["questions"]["questions"].append(both(**changes))
    files["agreements/town"]["combined"] = ["both"]
    return files


def test_a_combined_question_has_a_role_of_its_own_and_stands_beside_all_its_parts(tmp_path):
    files = with_both()
    files["reports"]["reports"][0]["sections"] = ["survey", "cost", "process"]
    book = load_agreements(write_study(tmp_path, files), CODEBOOK)
    assert book.role("both") == "combined"
    asked = {run.audience: [q.id for q in book.questions_of(run)] for run in book.run_matrix()}
    assert "both" in asked["town"]
    assert "both" not in asked["uni"]
    only_cost = book.reports["letter"].model_copy(update={"sections": ("cost",)})
    narrow = replace(book, reports={"letter": only_cost})
    for run in narrow.run_matrix():
        assert "both" not in [q.id for q in narrow.questions_of(run)]  # its parts are not all there


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"combines": ["health"]}, "combines two questions or more"),
        ({"test": "randomisation"}, "contrast 'none' and test 'intersection_union'"),
        ({"payer": "town"}, "it has no payer of its own"),
        ({"verdict_wave": None}, "exactly one verdict_wave"),
        ({"combines": ["health", "luck"]}, "there is no question 'luck'"),
        ({"combines": ["health", "spirit"]}, "'spirit' is descriptive and has no test of its own"),
        ({"verdict_wave": "w1"}, "the questions it combines share one wave"),
    ],
)
def test_a_combined_question_has_nothing_of_its_own(tmp_path, changes, message):
    with pytest.raises(DeclarationError, match=message):
        load_agreements(write_study(tmp_path, with_both(**changes)), CODEBOOK)


@pytest.mark.parametrize(
    ("entry", "key", "value", "message"),
    [
        (
            "agreements/town",
            "primary",
            ["health", "cost", "both"],
            "'both' belongs under 'combined'",
        ),
        ("agreements/town", "combined", ["both", "spirit"], "'spirit' belongs under 'primary or"),
        ("agreements/town", "primary", ["cost"], "'both' rests on health, which this audience"),
        ("questions", "testing_order", ["health", "cost", "both"], "no place of its own in it"),
    ],
)
def test_a_combined_question_is_agreed_apart_and_never_alone(tmp_path, entry, key, value, message):
    files = with_both()
    put(files, entry, key, value)
    with pytest.raises(DeclarationError, match=message):
        load_agreements(write_study(tmp_path, files), CODEBOOK)


@pytest.mark.parametrize("contrast", ["none", "level"])
def test_only_a_combined_question_goes_without_data(tmp_path, contrast):
    files = copy.deepcopy(FILES)
    put(files, "questions.health", "contrast", contrast)
    with pytest.raises(DeclarationError, match=r"intersection_union|can carry a verdict"):
        load_agreements(write_study(tmp_path, files), CODEBOOK)


def test_a_verdict_about_euros_is_resident_weighted(tmp_path):
    files = copy.deepcopy(FILES)
    put(files, "questions.cost", "weighting", "neighbourhood_equal")
    with pytest.raises(DeclarationError, match="no amount that anybody pays"):
        load_agreements(write_study(tmp_path, files), CODEBOOK)


@pytest.mark.parametrize(("day", "refused"), [("2002-06-30", False), ("2002-07-01", True)])
def test_low_power_is_accepted_before_any_outcome_could_be_seen(tmp_path, day, refused):
    """Wave w1 is reportable a year before the verdict wave, and hints at its answer."""
    files = copy.deepcopy(FILES)
    put(files, "questions.health", "accepted_power", {"accepted_on": day, "reason": BOTH})
    study = write_study(tmp_path, files)
    if refused:
        words = "accepted on 2002-07-01, when outcomes could be seen: it must be before 2002-07-01"
        with pytest.raises(DeclarationError, match=words):
            load_agreements(study, CODEBOOK)
    else:
        assert load_agreements(study, CODEBOOK).questions["health"].accepted_power


def test_minutes_per_agreement_tell_what_nobody_else_asks(tmp_path):
    book = load_agreements(write_study(tmp_path, FILES), CODEBOOK)
    assert minutes_by_agreement(book) == {"town": (4.0, 2.0), "uni": (2.0, 0.0)}


def test_the_same_thing_asked_twice_is_found_over_all_agreements(tmp_path):
    files = copy.deepcopy(FILES)
    put(files, "agreements/uni", "secondary", ["spirit", "spirit_again", "body", "health_too"])
    files["questions"]["questions"] += [
        descriptive("spirit_again", "positive"),
        descriptive("body", "positive_body", weighting="neighbourhood_equal"),
        descriptive("health_too", "health_score"),
    ]
    book = load_agreements(write_study(tmp_path, files), CODEBOOK)
    found = {d.questions: d for d in duplicates(book, CODEBOOK)}
    same = [pair for pair, d in found.items() if d.kind == "same"]
    assert same == [("spirit", "spirit_again")]
    assert found["spirit", "spirit_again"].agreements == ("town", "uni")
    assert found["health", "health_too"].why == (
        "both ask health_score, another contrast and verdict_wave and type"
    )
    assert "1 of the 1 items" in found["spirit", "body"].why
    assert ("health", "cost") not in found


def test_two_costs_of_the_same_act_are_near_duplicates(tmp_path):
    codebook = CODEBOOK.model_copy(deep=True)
    only = codebook.indicators["town_cost"].model_copy(update={"id": "care", "laws": ("care",)})
    codebook.indicators["care"] = only
    files = copy.deepcopy(FILES)
    money = {"cost_basis": "declared", "payer": "town", "section": "cost"}
    files["questions"]["questions"].append(descriptive("care_cost", "care", **money))
    put(files, "agreements/uni", "secondary", ["spirit", "care_cost"])
    book = load_agreements(write_study(tmp_path, files), codebook)
    (found,) = [d for d in duplicates(book, codebook) if "care_cost" in d.questions]
    assert (found.kind, found.why) == ("near", "both count care")
