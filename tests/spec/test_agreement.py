"""What can be promised: every contradiction is refused with file, line and what is allowed."""

import copy
from pathlib import Path

import pytest
import yaml
from tiny_study import CODEBOOK, FILES, descriptive, entry, put, write_study

from evaluatie.agreement import load_agreements, respondent_minutes
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
