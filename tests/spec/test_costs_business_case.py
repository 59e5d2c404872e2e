"""A business case by hand: participants, cost, assumed benefits per payer and year."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement.business_case import AssumedValue, BusinessCase
from evaluatie.agreement.model import Project
from evaluatie.costs.projects.case import project_flows
from evaluatie.costs.projects.participants import Participants, project_participants
from evaluatie.dictionary.economics import Economics
from evaluatie.dictionary.model import PriceIndex
from evaluatie.errors import RefusedError

KNOWN = {"evidence": "assumed", "source": "unverified"}
FIXED = {"value": 1, **KNOWN}
RATE = {"cost": 0.25, "effects": 0, "certainty": "assumed", "source": "test"}
LABEL = {"nl": "x", "en": "x"}
STUDY: Any = SimpleNamespace(price_level=2020)


def effect(**values: Any) -> dict[str, Any]:
    given = {
        "id": "less", "what": LABEL, "law": "wmo", "amount_eur": 100, "amount_source": "test",
        "quantity": {"value": 2, **KNOWN}, "lasts_years": FIXED, "horizon": "quick_win",
    }  # fmt: skip
    return {name: value for name, value in (given | values).items() if value is not None}


def project(*effects: dict[str, Any], **values: Any) -> Project:
    case = {
        "participants": "enrolments", "horizon_years": 4, "when_funding_ends": "stops",
        "note": LABEL, "effects": effects or (effect(),),
    }  # fmt: skip
    return Project.model_validate(
        {
            "id": "1", "label": LABEL, "domains": ["wmo", "zvw"], "pillar": LABEL,
            "start": date(2018, 1, 1), "business_case": case | values, "source": "test",
        }
    )  # fmt: skip


@pytest.fixture
def codebook() -> Any:
    economics = Economics.model_validate(
        {
            "discounting": {"used": {"label": LABEL, **RATE}},
            "discount": "used",
            "unit_prices": {
                "visit": {
                    "label": LABEL, "unit": LABEL, "amount_eur": 50, "price_level": 2018,
                    "certainty": "assumed", "source": "test",
                }
            },
        }
    )  # fmt: skip
    payers = {"town": None, "insurer": None, "province": None}
    laws = {"wmo": "town", "zvw": "insurer"}
    prices = PriceIndex(base=2018, index={2018: 100, 2020: 110}, source="test")
    return SimpleNamespace(
        economics=economics, payers=payers, payer_of=laws.__getitem__, prices=prices
    )


def programme(**amounts: float) -> pd.DataFrame:
    """``town_2018=100`` -> a row."""
    rows = [("1", *name.split("_"), eur) for name, eur in amounts.items()]
    frame = pd.DataFrame(rows, columns=["project_id", "payer", "year", "eur"])
    return frame.astype({"year": int})


TEN = Participants(10, 8, {2018: 10}, 0)
COST = programme(town_2018=400, insurer_2018=100, town_2019=500)


def test_participants_count_once_and_undated_ones_apart():
    frame = pd.DataFrame(
        {
            "project_id": ["1", "1", "1", "1", "2"],
            "person_id": ["a", "a", "b", "c", "d"],
            "household_id": ["h", "h", "h", "i", "j"],
            "start": pd.to_datetime(["2019-05-01", "2018-02-01", "2019-01-01", None, "2018-01-01"]),
        }
    )
    found = project_participants(frame, "1")
    assert (found.persons, found.households, found.undated) == (2, 1, 1)
    assert found.joined == {2018: 1, 2019: 1}
    assert project_participants(frame, "9") == Participants(0, 0, {}, 0)


def test_who_joins_halfway_has_half_an_effect_that_year(codebook):
    flows = project_flows(project(), COST, TEN, STUDY, codebook)
    benefits = flows.assumed_benefits(flows.central)[0, 0]
    assert benefits.tolist() == [1000, 1000, 0, 0]  # 10 people x 2 x 100, over two halves


def test_the_whole_effect_counts_once_however_it_is_spread(codebook):
    lasting = effect(lasts_years={"value": 2.3, **KNOWN}, starts_after_years=0.4)
    flows = project_flows(project(lasting, horizon_years=9), COST, TEN, STUDY, codebook)
    benefits = flows.assumed_benefits(flows.central)[0, 0]
    assert benefits.sum() == pytest.approx(10 * 2 * 100 * 2.3)


def test_payers_invest_and_gain_and_sum_to_the_total(codebook):
    other = effect(
        id="visits", law=None, payer="insurer", amount_eur=None, amount_source=None,
        unit_price="visit",
    )  # fmt: skip
    flows = project_flows(project(effect(), other), COST, TEN, STUDY, codebook)
    assert flows.payers == ("town", "insurer")
    assert flows.invested() == pytest.approx([400 + 500 / 1.25, 100])
    assert flows.by_payer(flows.central)[0] == pytest.approx(
        [1000 + 1000 / 1.25, (1000 + 1000 / 1.25) * 0.55]  # 50 euros of 2018 are 55 of 2020
    )
    net = flows.by_payer(flows.central)[0] - flows.invested()
    assert flows.net(flows.central)[0] == pytest.approx(net.sum())
    assert flows.net_per_year().sum() == pytest.approx(net.sum())


def test_more_use_is_a_cost(codebook):
    flows = project_flows(
        project(effect(quantity={"value": -2, **KNOWN})), COST, TEN, STUDY, codebook
    )
    assert flows.by_payer(flows.central)[0, 0] == pytest.approx(-1800)


def test_an_effect_wears_off_when_the_funding_stops_and_goes_on_when_it_does_not(codebook):
    lasting = project(effect(lasts_years={"value": 4, **KNOWN}, lost_per_year=0.5))
    stops = project_flows(lasting, COST, TEN, STUDY, codebook)
    assert stops.assumed_benefits(stops.central)[0, 0].tolist() == [1000, 2000, 1000, 500]
    on = project_flows(lasting, COST, TEN, STUDY, codebook, funding="continues")
    assert on.cost.sum(axis=0).tolist() == [500, 500, 500, 500]
    assert on.joined.tolist() == [10, 0, 5, 5]  # as many as in an average funded year
    assert on.unfunded.tolist() == [0, 0, 0, 0]


def test_draws_move_quantity_share_and_participants(codebook):
    uncertain = {"low": 0.1, "high": 0.9, "distribution": "beta", **KNOWN}
    people = AssumedValue(value=5, low=1, high=9, distribution="gamma", **KNOWN)
    case = project(effect(share={"value": 0.5, **uncertain}), participants=people.model_dump())
    flows = project_flows(case, COST, Participants(0, 0, {}, 0), STUDY, codebook)
    names = [one.name for one in flows.assumed]
    assert names == ["participants", "less.share", "less.quantity", "less.lasts_years"]
    two = np.array([[5, 0.5, 2, 1], [10, 0.25, 2, 1.0]])
    first, second = flows.assumed_benefits(two)[:, 0].sum(axis=1)
    assert first == pytest.approx(second)
    assert flows.net(two, scale=2)[0] > flows.net(two)[0]


def test_without_cost_or_participants_there_is_no_case(codebook):
    with pytest.raises(RefusedError, match="no programme cost of project 1"):
        project_flows(project(), programme(town_2018=0), TEN, STUDY, codebook)
    with pytest.raises(RefusedError, match="nobody took part"):
        project_flows(project(), COST, Participants(0, 0, {}, 3), STUDY, codebook)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"payer": "town"}, "either the law or the payer"),
        ({"unit_price": "visit"}, "either a unit_price or an amount_eur"),
        ({"amount_source": ""}, "amount_source"),
        ({"quantity": {"value": 2, "low": 1, **KNOWN}}, "both a low and a high"),
        ({"quantity": {"value": 2, "low": 1, "high": 3, **KNOWN}}, "other than 'fixed'"),
        ({"lasts_years": {"value": 0, **KNOWN}}, "above 0"),
        ({"horizon": "soon"}, "quick_win"),
    ],
)
def test_what_an_assumption_must_say(changed, said):
    with pytest.raises(ValueError, match=said):
        project(effect(**changed))


def test_two_effects_with_one_id_and_unknown_correlations_are_refused():
    with pytest.raises(ValueError, match="two effects have the same id"):
        project(effect(), effect())
    pair = {"between": ["less.quantity", "more.quantity"], "value": 0.5, "source": "test"}
    with pytest.raises(ValueError, match=r"no assumption 'more\.quantity'"):
        project(effect(), correlations=[pair])


def test_a_case_may_be_wanted_before_anybody_declares_its_assumptions():
    plain = project().model_dump() | {"business_case": True}
    assert Project.model_validate(plain).assumptions is None
    assert isinstance(project().business_case, BusinessCase)
    again = Project.model_validate_json(project().model_dump_json())
    assert again == project()
