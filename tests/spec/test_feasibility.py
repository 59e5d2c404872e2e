"""What the design can show before there are data, and what low power does to a question."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from tiny_study import BOTH, CODEBOOK

from evaluatie.agreement import Acceptance, AgreementBook, Planning, Question
from evaluatie.calibration import stamp_of
from evaluatie.cli.agree import _print_hopeless, _print_remedies
from evaluatie.domain import QuestionType
from evaluatie.evaluation.agreed_tests import agreed_test, claim
from evaluatie.evaluation.facts import power_facts
from evaluatie.evaluation.feasibility import Feasible, Outlook, downgraded, feasibility
from evaluatie.evaluation.planning import people, plan_of, residents
from evaluatie.evaluation.power_simulation import Layout, simulate
from evaluatie.evaluation.remedies import remedy
from evaluatie.methods import PlannedContrast
from evaluatie.study import Study

ROOT = Path(__file__).parents[2]
SD, WAVE = 2.0, 0.1
PLANNING = {"sd": SD, "people": 200, "wave_sd": WAVE, "source": "test"}
ACCEPTED = Acceptance(accepted_on=date(2000, 1, 1), reason=BOTH)


def study(root: Path, per_side: int = 4, pairs: bool = False, **design: object) -> Study:
    areas = [
        {
            "code": f"{side}{i}",
            "name": "N",
            "side": side,
            "pair": f"p{i}",
            "residents": 1000 + 50 * i,
        }
        for side in ("pilot", "comparison")
        for i in range(per_side)
    ]
    waves = [
        {"id": f"w{n}", "label": BOTH, "start": date(2001 + n, 3, 1), "end": date(2001 + n, 4, 1),
         "report_from": date(2001 + n, 7, 1)}
        for n in range(3)
    ]  # fmt: skip
    (root / "analysis").mkdir(exist_ok=True, parents=True)
    return Study.model_validate(
        {
            "root": root, "id": "s", "title": BOTH, "municipality": {"code": "m", "name": "M"},
            "waves": waves, "areas": areas, "pilot_start": date(2001, 6, 1),
            "cost_years": [2000, 2003], "cost_baseline": [date(2000, 1, 1), date(2000, 12, 31)],
            "price_level": 2003, "seed": 1, "report_date": date(2004, 1, 1), "feeds": ["survey"],
            "design": {"assignment": "pairs" if pairs else "complete", **design},
        }
    )  # fmt: skip


def question(name: str, margin: float = 1.0, **changes: object) -> Question:
    return Question.model_validate(
        {
            "id": name, "label": BOTH, "aim": "quality_of_life", "indicator": "health_score",
            "type": "superiority", "population": "current_residents",
            "weighting": "resident_weighted", "contrast": "difference_in_differences",
            "test": "randomisation", "verdict_wave": "w2", "horizon": "slow_change",
            "margin": {"value": margin, "reason": BOTH, "source": "test"}, "planning": PLANNING,
            "decision": BOTH, "section": "survey",
        }
        | changes
    )  # fmt: skip


def combined(*names: str) -> Question:
    return Question.model_validate(
        {
            "id": "both", "label": BOTH, "aim": "cost", "type": "intersection_union",
            "combines": names, "population": "current_residents",
            "weighting": "resident_weighted", "contrast": "none", "test": "intersection_union",
            "verdict_wave": "w2", "horizon": "slow_change", "decision": BOTH, "section": "cost",
        }
    )  # fmt: skip


def book(*questions: Question, order: tuple[str, ...] = ()) -> AgreementBook:
    return AgreementBook(
        questions={q.id: q for q in questions}, testing_order=order, agreements={}, projects=(),
        events=(), reports={}, deviations=(), report_from={},
    )  # fmt: skip


# ------------------------------------------------------------------------- planning values


def test_spread_between_neighbourhoods_can_be_said_by_icc_and_its_own_correlation():
    said = {"sd": 3, "source": "test"}
    by_icc = Planning.model_validate({**said, "icc": 0.02, "area_correlation": 0.5})
    assert by_icc.shock_sd == pytest.approx(3 * np.sqrt(0.02 / 0.98 * 0.5))
    for wrong in ({}, {"icc": 0.1}, {"icc": 0.1, "area_correlation": 0.5, "wave_sd": 1}):
        with pytest.raises(ValueError, match="state wave_sd, or else icc and area_correlation"):
            Planning.model_validate({**said, **wrong})


def test_a_sample_is_divided_by_size_and_a_register_holds_all_it_covers(tmp_path):
    sizes = residents(study(tmp_path))
    sample, later = people(Planning.model_validate({**PLANNING, "people_later": 100}), sizes)
    assert sample.mean() == pytest.approx(200)
    assert later.mean() == pytest.approx(100)
    register = {"sd": 1, "wave_sd": 0, "coverage": 0.4, "source": "test"}
    assert people(Planning.model_validate(register), sizes)[0] == pytest.approx(0.4 * sizes)


def test_stayers_are_the_same_people_twice(tmp_path):
    planning = {**PLANNING, "wave_sd": 0, "retention": 0.5, "correlation": 0.5}
    asked = question("a", population="stayers", planning=planning)
    plan = plan_of(study(tmp_path), CODEBOOK, asked)
    left = people(asked.planning, residents(study(tmp_path)))[0] * 0.5
    assert plan.variances == pytest.approx(tuple(SD**2 * 2 * (1 - 0.5) / left))


# ---------------------------------------------------------------------------------- power


def test_formula_and_simulation_agree_for_every_kind_of_question(tmp_path):
    """Within four Monte Carlo errors and what the t distribution is off at 4 against 4.

    That is 0.05 for a claim on one side, and twice that for equivalence, which needs both.
    """
    off = {"superiority": 0.05, "non_inferiority": 0.05, "equivalence": 0.1}
    asked = [question(f"{kind}{m}", m, type=kind, accepted_power=ACCEPTED)
             for kind in off for m in (0.4, 0.6, 0.9)]  # fmt: skip
    found = feasibility(study(tmp_path), CODEBOOK, book(*asked), draws=4_000, seed=3)
    for name, feasible in found.items():
        gap = abs(feasible.formula - feasible.own)
        assert gap < off[name[:-3]] + 4 * feasible.own_mcse, name
    assert len({round(f.formula, 3) for f in found.values()}) == 6


def test_power_after_a_fixed_sequence_is_that_of_everything_up_to_it(tmp_path):
    asked = [question(name, 1.5, accepted_power=ACCEPTED) for name in "abc"]
    found = feasibility(study(tmp_path), CODEBOOK, book(*asked, order=("a", "b", "c")), 8_000, 1)
    expected = 1.0
    for name in "abc":
        expected *= found[name].own
        assert found[name].power == pytest.approx(expected, abs=0.03)
    assert found["a"].power == found["a"].own


def test_a_combined_question_has_the_power_of_all_its_parts_together(tmp_path):
    asked = [question(name, 1.5, accepted_power=ACCEPTED) for name in "ab"]
    everything = book(*asked, combined("a", "b"), order=("a", "b"))
    found = feasibility(study(tmp_path), CODEBOOK, everything)
    assert found["both"].outlook is Outlook.COMBINED
    assert found["both"].power == found["b"].power  # the sequence holds both already
    assert found["both"].attainable_adjusted == pytest.approx(2 / 70)
    assert not found["both"].downgraded


def test_the_wild_bootstrap_is_run_on_every_drawn_study_as_it_will_be_on_the_data(tmp_path):
    asked, here = question("a", test="wild_bootstrap"), study(tmp_path)
    plan = plan_of(here, CODEBOOK, asked)
    layout = Layout(tuple(a.side == "pilot" for a in here.areas))
    drawn = simulate((plan,), (), layout, 0.05, 40, 5)
    from evaluatie.evaluation.power_simulation import _changes

    changes = _changes(plan, layout, 40, 5)
    weights = np.array(plan.weights)
    for change, held in zip(changes, drawn.own["a"], strict=True):
        test = agreed_test(asked, change, weights, layout.assignments)
        p, _ = claim(asked, test, 1)
        upward = change[:4] @ weights[:4] / weights[:4].sum()
        up = upward > change[4:] @ weights[4:] / weights[4:].sum()
        assert held == (p <= 0.05 and up)


def test_the_same_seed_gives_the_same_answer_and_another_nearly(tmp_path):
    asked = book(question("a", accepted_power=ACCEPTED))
    here = study(tmp_path)
    first, again, other = (feasibility(here, CODEBOOK, asked, 2_000, s)["a"] for s in (1, 1, 2))
    assert first == again
    assert 0 < abs(first.own - other.own) < 5 * np.hypot(first.own_mcse, other.own_mcse)


# ------------------------------------------------------------------------------ downgrades


def test_low_power_downgrades_unless_the_parties_accepted_it(tmp_path):
    here = study(tmp_path)
    weak, strong = question("weak", 0.3), question("strong", 3.0)
    found = feasibility(here, CODEBOOK, book(weak, strong))
    assert found["weak"].outlook is Outlook.LOW_POWER
    assert found["strong"].outlook is Outlook.SUFFICIENT
    assert downgraded(here, CODEBOOK, book(weak, strong)) == {"weak": "low_power"}
    accepted = weak.model_copy(update={"accepted_power": ACCEPTED})
    assert downgraded(here, CODEBOOK, book(accepted, strong)) == {}


def test_what_leaves_the_family_gives_its_power_to_those_who_stay(tmp_path):
    here, strong = study(tmp_path), question("strong", 0.85)
    weak = [question(f"weak{i}", 0.3) for i in range(4)]
    kept = feasibility(here, CODEBOOK, book(strong, *weak))["strong"]
    taken = [w.model_copy(update={"accepted_power": ACCEPTED}) for w in weak]
    crowded = feasibility(here, CODEBOOK, book(strong, *taken))["strong"]
    assert kept.power == feasibility(here, CODEBOOK, book(strong))["strong"].power
    assert crowded.power < 0.8 < kept.power
    assert kept.outlook is Outlook.SUFFICIENT
    assert crowded.reach < 1 == kept.reach


def test_a_p_that_cannot_be_reached_downgrades_and_nobody_can_accept_that(tmp_path):
    for here in (study(tmp_path, 2), study(tmp_path, 4, pairs=True)):
        asked = question("a", 50.0, accepted_power=ACCEPTED)
        found = feasibility(here, CODEBOOK, book(asked))["a"]
        assert found.outlook is Outlook.UNATTAINABLE
        assert found.power == 0
        assert found.detectable == np.inf
    five = feasibility(study(tmp_path, 6, pairs=True), CODEBOOK, book(question("a", 3.0)))["a"]
    assert five.attainable == pytest.approx(2 / 64)
    assert five.outlook is Outlook.SUFFICIENT


def test_an_unattainable_first_question_does_not_stop_those_after_it(tmp_path):
    wild = question("a", 3.0, test="wild_bootstrap")
    here = study(tmp_path, 3, alpha=0.04)  # 2 / 2^6 = .031; 2 / C(6, 3) = .1
    found = feasibility(here, CODEBOOK, book(question("b", 5.0), wild, order=("b", "a")))
    assert found["b"].outlook is Outlook.UNATTAINABLE
    assert found["a"].attainable_adjusted == pytest.approx(2 / 64)
    assert found["a"].outlook is not Outlook.UNATTAINABLE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"planning": None}, "no_planning"),
        ({"planning": {"sd": 1, "wave_sd": 0, "source": "test"}}, "no_residents"),
    ],
)
def test_what_cannot_be_planned_says_why_and_keeps_its_verdict(tmp_path, changes, reason):
    here = study(tmp_path)
    here = here.model_copy(
        update={"areas": tuple(a.model_copy(update={"residents": None}) for a in here.areas)}
    )
    found = feasibility(here, CODEBOOK, book(question("a", **changes)))["a"]
    assert (found.outlook, found.reason) == (Outlook.UNPLANNED, reason)
    assert np.isnan(found.power)
    assert not found.downgraded


def test_one_area_on_a_side_is_refused(tmp_path):
    here = study(tmp_path)
    lonely = here.model_copy(update={"areas": (here.areas[0], *here.areas[4:])})
    found = feasibility(lonely, CODEBOOK, book(question("a")))["a"]
    assert found.reason == "one_area_in_an_arm"
    assert found.outlook is Outlook.UNATTAINABLE  # 2 / 5: nothing could ever be shown


def calibrated(folder: Path, **meets: bool | None) -> Study:
    """Return a study whose `calibration.yml` has one record per test named, and no others."""
    records = [
        {"scenario": "null", "test": test, "replicates": 1, "first_seed": 1, "last_seed": 1}
        | ({} if met is None else {"meets": met})
        for test, met in meets.items()
    ]
    content = {"version": "9", "code": "c" * 16, "report_date": "2004-01-01", "records": records}
    here = study(folder)
    (here.analysis / "calibration.yml").write_text(json.dumps(content), encoding="utf-8")
    return here


@pytest.mark.parametrize(
    ("meets", "expected"),
    [
        ({"randomisation": True}, {}),
        ({"randomisation": False}, {"a": "uncalibrated"}),
        ({"randomisation": None}, {"a": "uncalibrated"}),  # a record that judges nothing
        ({"wild_bootstrap": True}, {"a": "uncalibrated"}),  # no record of the agreed test
        ({}, {"a": "uncalibrated"}),
    ],
)
def test_only_a_test_that_kept_its_promise_carries_a_verdict(tmp_path, meets, expected):
    here = calibrated(tmp_path, **meets)
    assert downgraded(here, CODEBOOK, book(question("a", 3.0))) == expected


def test_a_study_that_was_never_calibrated_keeps_its_verdicts_and_its_facts_say_so(tmp_path):
    asked = book(question("a", 3.0))
    before = list(power_facts(study(tmp_path), CODEBOOK, asked))
    assert downgraded(study(tmp_path), CODEBOOK, asked) == {}
    after = list(power_facts(calibrated(tmp_path, randomisation=True), CODEBOOK, asked))
    for rows, known in ((before, 0), (after, 1)):
        found = [row for row in rows if row["category"] == "calibrated"]
        assert [(row["estimate"], row["question"]) for row in found] == [(known, "")]


def test_low_power_is_said_before_a_missed_calibration(tmp_path):
    """So that what leaves the family for lack of power does not depend on the calibration."""
    here = calibrated(tmp_path, randomisation=False)
    asked = book(question("weak", 0.3), question("strong", 3.0))
    assert downgraded(here, CODEBOOK, asked) == {"weak": "low_power", "strong": "uncalibrated"}


# -------------------------------------------------------------------------------- remedies


def powered(here: Study, asked: Question) -> float:
    return feasibility(here, CODEBOOK, book(asked), 4_000, 8)["a"].own


def test_each_remedy_by_itself_brings_the_power_to_the_agreed_minimum(tmp_path):
    here, asked = study(tmp_path), question("a", 0.5)
    found = feasibility(here, CODEBOOK, book(asked))["a"]
    assert found.outlook is Outlook.LOW_POWER
    needed = remedy(here, CODEBOOK, asked, found)
    slack = 0.05 + 4 * np.sqrt(0.16 / 4_000)
    larger = asked.margin.model_copy(update={"value": needed.margin})
    assert powered(here, asked.model_copy(update={"margin": larger})) > 0.8 - slack
    more = asked.planning.model_copy(update={"people": 200 * needed.people})
    assert powered(here, asked.model_copy(update={"planning": more})) > 0.8 - slack
    if needed.areas <= 7:
        assert powered(study(tmp_path, needed.areas), asked) > 0.8 - slack


def test_where_shocks_drown_the_margin_no_number_of_people_helps(tmp_path):
    asked = question("a", 0.3, planning={**PLANNING, "wave_sd": 1.0})
    here = study(tmp_path)
    found = feasibility(here, CODEBOOK, book(asked))["a"]
    assert remedy(here, CODEBOOK, asked, found).people is None


def test_a_register_cannot_hold_more_people(tmp_path):
    asked = question("a", 0.05, planning={"sd": 2, "wave_sd": 0, "source": "test"})
    here = study(tmp_path)
    found = feasibility(here, CODEBOOK, book(asked))["a"]
    assert remedy(here, CODEBOOK, asked, found).people is None
    assert remedy(here, CODEBOOK, asked, found).areas > 4
    with pytest.raises(ValueError, match="no plan to change"):
        remedy(here, CODEBOOK, asked, replace(found, planned=None))


def crowd() -> AgreementBook:
    """Return three questions that the design can show alone, and not beside one another."""
    return book(*(question(name, 0.75) for name in "abc"), order=("a", "b", "c"))


def test_what_falls_short_only_beside_others_gets_no_remedies(tmp_path):
    """Areas, margin or people for the question alone would be fewer than there are."""
    here, asked = study(tmp_path), crowd()
    found = feasibility(here, CODEBOOK, asked)
    crowded = next(f for f in found.values() if f.outlook is Outlook.LOW_POWER)
    assert crowded.power < 0.8 <= crowded.own
    assert crowded.crowded_out(0.8)
    with pytest.raises(ValueError, match="only beside the other questions"):
        remedy(here, CODEBOOK, asked.questions[crowded.question], crowded)
    rows = [r for r in power_facts(here, CODEBOOK, asked) if r["question"] == crowded.question]
    names = {row["category"] for row in rows}
    assert "crowded_out" in names
    assert not names & {"needed_areas", "needed_margin", "needed_people"}
    alone = [r["category"] for r in power_facts(here, CODEBOOK, book(question("a", 0.3)))]
    assert "needed_areas" in alone
    assert "crowded_out" not in alone


def test_non_inferiority_is_planned_at_no_difference():
    assert plan_effect("superiority") == 1.0
    assert plan_effect("non_inferiority") == 0.0
    assert plan_effect("equivalence") == 0.0


def plan_effect(kind: str) -> float:
    from evaluatie.evaluation.planning import Plan

    return Plan("a", QuestionType(kind), "randomisation", 1, 1.0, (1.0,) * 8, (1.0,) * 8).effect


# -------------------------------------------------------------------------------- the command


def checked(folder: Path, *arguments: str) -> tuple[int, str]:
    from typer.testing import CliRunner

    from evaluatie.cli.app import app

    done = CliRunner().invoke(app, ["--study", str(folder), "agree", "check", *arguments])
    return done.exit_code, " ".join(done.output.split())


def test_the_shipped_agreements_can_be_promised(monkeypatch):
    monkeypatch.setattr("evaluatie.cli.agree.console.width", 160)
    code, text = checked(ROOT)
    assert code == 0
    for part in ("Power at the agreed margin", "descriptive, no verdict: low power",
                 "verdict, low power accepted", "areas on either side", "minutes per resident",
                 "Smallest attainable p"):  # fmt: skip
        assert part in text


def shipped(folder: Path) -> Path:
    for part in ("analysis", "data_dictionary"):
        shutil.copytree(ROOT / part, folder / part)
    (folder / "analysis" / "calibration.yml").unlink(missing_ok=True)
    return folder


def test_the_check_says_that_tests_are_not_calibrated_or_were_with_other_code(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("evaluatie.evaluation.feasibility.DRAWS", 100)
    monkeypatch.setattr("evaluatie.cli.agree.console.width", 200)
    folder = shipped(tmp_path)
    _, told = checked(folder)
    assert "Warning the tests are not calibrated for this study" in told
    now = stamp_of(folder)
    for stamp, warned in ((now, False), (replace(now, code="c" * 16), True)):
        content = {
            "version": stamp.version,
            "code": stamp.code,
            "declarations": stamp.declarations,
            "report_date": "2004-01-01",
            "records": [],
        }
        (folder / "analysis" / "calibration.yml").write_text(json.dumps(content), encoding="utf-8")
        _, told = checked(folder)
        assert "not calibrated for this study" not in told
        said = f"calibration.yml was made with code cccccccc (now {now.code[:8]});"
        assert (said in told) is warned
        assert "test missed its calibration, or has none" in told


def feasible(own: float, power: float) -> Feasible:
    planned = PlannedContrast(1.0, 6.0, 0.05)
    return Feasible("a", Outlook.ACCEPTED, planned=planned, own=own, power=power)


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(("power", "warned"), [(0.004, True), (0.006, False)])
def test_accepting_a_verdict_that_will_not_come_is_warned_of(capsys, power, warned):
    asked = book(question("a", accepted_power=ACCEPTED))
    _print_hopeless(asked, {"a": feasible(0.2, power)})
    assert ("a: its verdict was accepted with a power of 0%" in told(capsys)) is warned


def test_the_check_names_fewer_questions_where_nothing_else_would_help(tmp_path, capsys):
    asked = book(question("a", accepted_power=ACCEPTED))
    _print_remedies(study(tmp_path), CODEBOOK, asked, {"a": feasible(0.9, 0.7)})
    text = told(capsys)
    assert "What would help is fewer questions with a verdict" in text
    assert "areas" not in text


def test_a_question_without_planning_values_is_refused_with_what_to_do(tmp_path):
    shutil.copytree(ROOT / "analysis", tmp_path / "analysis")
    shutil.copytree(ROOT / "data_dictionary", tmp_path / "data_dictionary")
    path = tmp_path / "analysis" / "questions.yml"
    text = path.read_text(encoding="utf-8")
    start = text.index("    planning:")
    end = text.index("    accepted_power:")
    path.write_text(text[:start] + text[end:], encoding="utf-8")
    code, told = checked(tmp_path, "--simulate", "200", "--seed", "1")
    assert code == 1
    assert "Refused mental_health: no planning values" in told
    assert "Add 'planning' to the question" in told


@pytest.mark.parametrize("pairs", [False, True])
def test_the_smallest_p_is_two_of_all_assignments(tmp_path, pairs):
    here = study(tmp_path, 5, pairs=pairs)
    treated = tuple(area.side == "pilot" for area in here.areas)
    layout = Layout(treated, tuple(area.pair for area in here.areas) if pairs else ())
    found = feasibility(here, CODEBOOK, book(question("a", 3.0)))["a"]
    assert found.attainable == 2 / len(layout.assignments.matrix)
