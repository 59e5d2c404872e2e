"""An audience may be held to stricter rules: it sees less, and what it sees gives nothing away."""

from __future__ import annotations

import pytest
from disclosure_example import shipped_rules, small_codebook, small_study
from pydantic import ValidationError

from evaluatie.disclosure import (
    DisclosureRules,
    audit_publishable,
    plan_release,
    publishable,
)
from evaluatie.disclosure.rules import Minimum
from evaluatie.errors import DisclosureError
from evaluatie.results import NUMBER, Table, estimate_row, estimates_frame

SIDE = {"A1": 15, "A2": 40, "A3": 50, "pilot": 105}
STRICT = {"threshold": {"value": 20, "source": "test"}}


def rules_with(**audiences: dict) -> DisclosureRules:
    content = shipped_rules().model_dump()
    return DisclosureRules.model_validate(content | {"audiences": audiences})


@pytest.fixture(scope="module")
def study():
    return small_study()


@pytest.fixture(scope="module")
def codebook():
    return small_codebook()


def counts(table: dict[str, float]):
    return estimates_frame(
        [
            estimate_row(Table.RESPONSE, "count", wave="w0", area=area, estimate=n)
            for area, n in table.items()
        ]
    )


@pytest.mark.parametrize(
    "looser",
    [
        {"threshold": {"value": 9, "source": "test"}},
        {"households": {"value": 5, "source": "test"}},
        {"providers": {"value": 1, "source": "test"}},
        {"p_percent": {"value": 5, "source": "test"}},
    ],
)
def test_an_audience_cannot_be_looser(looser):
    with pytest.raises(ValidationError, match="may be stricter, never looser"):
        rules_with(council=looser)


def test_an_audience_that_is_held_to_more_sees_less(study, codebook):
    """15 people: for everybody but the council; and then a second area, or the side, goes too."""
    estimates = counts(SIDE)
    ids = list(estimates["id"])
    rules = rules_with(council=STRICT)
    shown = {"open": ids, "own": ids}
    audiences = {"open": "press", "own": "council"}
    plan = plan_release(estimates, study, codebook, rules, shown, audiences=audiences)
    assert not plan.reasons
    own = plan.reasons_for("council")
    assert own[ids[0]] == "below_threshold"
    assert sorted(own.values()) == ["below_threshold", "protects_another"]
    assert plan.reasons_for("press") == {}
    release = publishable(estimates, plan, "council")
    strict = rules.for_audience("council")
    assert audit_publishable(release, study, codebook, strict, truth=estimates).empty
    assert release.set_index("id").loc[ids[0], list(NUMBER)].isna().all()
    open_to_all = publishable(estimates, plan)
    assert open_to_all["estimate"].tolist() == list(SIDE.values())


def test_only_what_the_audience_sees_itself_counts(study, codebook):
    """Without the side in its reports nothing gives the 15 away, and no second area is hidden."""
    estimates = counts(SIDE)
    ids = list(estimates["id"])
    shown = {"open": ids, "own": ids[:3]}
    plan = plan_release(
        estimates, study, codebook, rules_with(council=STRICT), shown,
        audiences={"open": "press", "own": "council"},
    )  # fmt: skip
    assert plan.reasons_for("council") == {ids[0]: "below_threshold", ids[3]: "not_reported"}
    release = publishable(estimates, plan, "council")
    assert release["publication"].tolist() == ["suppressed", "shown", "shown", "suppressed"]


def test_what_is_hidden_from_everybody_is_hidden_from_each_audience(study, codebook):
    estimates = counts(SIDE | {"A1": 7, "pilot": 97})
    ids = list(estimates["id"])
    rules = rules_with(council=STRICT)
    plan = plan_release(
        estimates, study, codebook, rules, {"own": ids}, audiences={"own": "council"}
    )
    assert set(plan.reasons) <= set(plan.reasons_for("council"))
    assert plan.reasons[ids[0]] == "below_threshold"


def test_rules_for_an_audience_that_no_run_is_for_are_refused(study, codebook):
    estimates = counts(SIDE)
    with pytest.raises(DisclosureError, match="no run says whose it is"):
        plan_release(
            estimates, study, codebook, rules_with(council=STRICT), {"own": list(estimates["id"])}
        )


def test_an_audience_does_not_know_the_reports_of_others(study, codebook):
    """15 was published for the press: that binds the press, not the council."""
    estimates = counts(SIDE)
    ids = list(estimates["id"])
    rules = rules_with(council=STRICT)
    before = estimates.iloc[:1].assign(publication="shown", release="spring", run="open")
    asked = {"shown": {"open": ids, "own": ids}, "audiences": {"open": "press", "own": "council"}}
    plan = plan_release(estimates, study, codebook, rules, earlier=[before], **asked)
    assert plan.reasons_for("council")[ids[0]] == "below_threshold"
    with pytest.raises(DisclosureError, match="spring"):
        plan_release(estimates, study, codebook, rules, earlier=[before.assign(run="own")], **asked)


def test_rules_that_are_not_stricter_change_nothing(study, codebook):
    same = Minimum(value=shipped_rules().threshold.value, source=shipped_rules().threshold.source)
    rules = rules_with(council={"threshold": same.model_dump()})
    estimates = counts(SIDE)
    plan = plan_release(
        estimates, study, codebook, rules, {"own": list(estimates["id"])},
        audiences={"own": "council"},
    )  # fmt: skip
    assert plan.reasons_for("council") == plan.reasons_for("") == {}
