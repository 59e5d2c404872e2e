"""Rows on how well a scale measured, who changed by a person's MID, and groups of residents."""

import numpy as np
import pandas as pd
import pytest
from scales_example import (
    AREAS,
    PER_AREA,
    WAVES,
    agreements,
    answers,
    area_study,
    change,
    products,
    question,
    scale_codebook,
)

from evaluatie.evaluation.diagnostics.reliability import reliability_rows
from evaluatie.evaluation.diagnostics.responders import responder_rows
from evaluatie.evaluation.diagnostics.subgroups import subgroup_rows
from evaluatie.methods import reliability
from evaluatie.results import estimates_frame
from evaluatie.survey.measurement import changed_between, measurement_changes
from evaluatie.survey.reliability import item_points

EFFECT = 0.5


def waves(**edited):
    frames = {wave: answers(wave, EFFECT) for wave in WAVES}
    return frames | edited


def rows_of(diagnostic, frames, *indicators, book=None):
    book = book or scale_codebook()
    agreed = agreements(*(question(name) for name in indicators))
    made = products(frames, book)
    return estimates_frame(diagnostic(area_study(), book, agreed, made))


def one(frame, **where):
    for column, value in where.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


def test_points_are_reversed_and_counted():
    book = scale_codebook()
    total = book.scales["total"].model_copy(update={"reverse": ("q2",)})
    frame = pd.DataFrame({"q1": ["1"], "q2": ["5"], "q3": [None], "q4": ["2"]})
    points = item_points(frame, total, book.items)
    assert points.tolist()[0][:2] == [1, 1]
    assert np.isnan(points[0, 2])
    counted = total.model_copy(
        update={"rule": "count_of_codes", "item_codes": dict.fromkeys(total.items, ("1", "2"))}
    )
    points = item_points(frame, counted, book.items)
    assert points[0, [0, 1, 3]].tolist() == [1, 0, 1]
    assert np.isnan(points[0, 2])


def test_consistency_per_scale_and_wave():
    frames = waves()
    found = rows_of(reliability_rows, frames, "total")
    points = frames["w1"][["q1", "q2", "q3", "q4"]].astype(float).to_numpy()
    alpha = one(found, term="alpha", wave="w1")
    assert alpha["estimate"] == pytest.approx(reliability(points).alpha)
    assert alpha["ci_low"] < alpha["estimate"] < alpha["ci_high"]
    assert (alpha["n"], alpha["n_households"]) == (len(points), len(points) / 2)
    assert one(found, term="omega_total", wave="w1")["method"] == "one_factor_cfa_ml"
    weakest = one(found, term="item_rest_min", wave="w1")
    assert weakest["category"].startswith("item=q")
    assert weakest["estimate"] == pytest.approx(reliability(points).item_rest.min())


def test_floor_and_ceiling_are_shares_at_the_ends_of_the_scale():
    frames = waves()
    top = frames["w0"].index[:30]
    frames["w0"].loc[top, ["q1", "q2", "q3", "q4"]] = "5"
    found = rows_of(reliability_rows, frames, "total")
    total = frames["w0"][["q1", "q2", "q3", "q4"]].astype(int).sum(axis=1)
    ceiling = one(found, term="ceiling_share", wave="w0")
    # everybody weighs nearly the same: every area and age-sex cell has as many residents
    assert ceiling["estimate"] == pytest.approx((total == 20).mean(), abs=0.02)
    assert ceiling["ci_low"] > 0
    assert one(found, term="floor_share", wave="w0")["n"] == len(total)


@pytest.mark.parametrize(
    ("indicator", "reason"),
    [("vendor", "imported_score"), ("grade", "single_item"), ("good", "single_item")],
)
def test_a_score_without_items_has_no_consistency(indicator, reason):
    found = rows_of(reliability_rows, waves(), indicator)
    alphas = found[found["term"] == "alpha"]
    assert set(alphas["reason"]) == {reason}
    assert len(alphas) == len(WAVES)


def test_an_item_without_answers_is_a_reason():
    frames = waves()
    book = scale_codebook()
    book.scales["total"].__dict__["max_missing"] = 1  # the score exists, its item does not
    frames["w1"]["q2"] = None
    found = rows_of(reliability_rows, frames, "total", book=book)
    assert one(found, term="alpha", wave="w1")["reason"] == "item_without_answers"


def test_a_wave_without_the_item_is_a_reason():
    book = scale_codebook()
    book.items["q2"].__dict__["waves"] = ("w0", "w2")
    found = rows_of(reliability_rows, waves(), "total", book=book)
    assert one(found, term="alpha", wave="w1")["reason"] == "not_asked:w1"


def test_changes_of_form_are_flagged_with_their_bridge():
    recode = {"recode": {"0": "1"}}
    book = scale_codebook(
        q1=[change("w1", "wording")],
        q2=[change("w2", "coding", **recode)],
        q3=[change("w2", "coding", **recode)],
    )
    total = book.scales["total"]
    found = {(c.wave, c.kind, c.items, c.bridge) for c in measurement_changes(total, book)}
    assert found == {
        ("w1", "wording", ("q1",), "none"),
        ("w2", "coding", ("q2", "q3"), "recode"),
    }
    assert len(changed_between(total, book, area_study(), "w1")) == 1
    rows = rows_of(reliability_rows, waves(), "total", book=book)
    flags = rows[rows["term"] == "measurement_change"]
    assert dict(zip(flags["category"], flags["estimate"], strict=True)) == {
        "kind=wording|bridge=none": 1,
        "kind=coding|bridge=recode": 2,
    }


def test_a_new_form_in_one_mode_is_measured_among_those_who_kept_their_mode():
    """The new online form adds exactly one point to everybody who answers online."""
    frames = waves()
    online = frames["w2"]["mode"] == "online"
    frames["w2"]["grade"] = frames["w1"]["grade"] + online
    book = scale_codebook(grade=[change("w2", "mode")])
    found = rows_of(reliability_rows, frames, "grade", book=book)
    bridge = one(found, term="mode_bridge")
    assert bridge["category"] == "mode=online-post"
    assert bridge["estimate"] == pytest.approx(1.0)
    assert bridge["n"] == len(online)


def test_one_mode_only_is_no_bridge():
    frames = {wave: frame.assign(mode="post") for wave, frame in waves().items()}
    book = scale_codebook(grade=[change("w2", "mode")])
    found = rows_of(reliability_rows, frames, "grade", book=book)
    assert one(found, term="mode_bridge")["reason"] == "few_in_same_mode"
    shares = found[(found["term"] == "mode_share") & (found["area"] == "all")]
    assert shares["estimate"].tolist() == [1.0, 1.0, 1.0]


def test_shares_that_changed_by_a_persons_difference():
    """Everybody gains exactly the MID on the pilot side and loses it on the other."""
    frames = waves()
    for wave in ("w1", "w2"):
        up = frames["w0"]["area_code"].isin(AREAS[:4])
        for name in ("q1", "q2"):
            frames["w0"][name] = "3"
            frames[wave][name] = np.where(up, "4", "2")
        for name in ("q3", "q4"):
            frames[wave][name] = frames["w0"][name]
    found = rows_of(responder_rows, frames, "total")
    last = {"wave": "w2"}
    assert one(found, term="improved_share", area="pilot", **last)["estimate"] == 1
    assert one(found, term="worsened_share", area="pilot", **last)["estimate"] == 0
    assert one(found, term="improved_share", area="comparison", **last)["estimate"] == 0
    assert one(found, term="worsened_share", area="comparison", **last)["estimate"] == 1
    assert found["n"].dropna().eq(4 * PER_AREA).all()


def test_lower_is_better_turns_improvement_round():
    book = scale_codebook()
    book.scales["total"].__dict__["direction"] = "lower_is_better"
    turned = rows_of(responder_rows, waves(), "total", book=book)
    plain = rows_of(responder_rows, waves(), "total")
    for area in ("pilot", "comparison"):
        where = {"area": area, "wave": "w2"}
        improved = one(turned, term="improved_share", **where)["estimate"]
        assert improved == pytest.approx(one(plain, term="worsened_share", **where)["estimate"])


def test_a_scale_without_a_personal_difference_says_so():
    found = rows_of(responder_rows, waves(), "grade")
    assert found["reason"].tolist() == ["no_mid"]


def test_groups_of_residents_and_their_interaction():
    found = rows_of(subgroup_rows, waves(), "total", "good")
    within = found[found["term"] == "difference"]
    assert set(within["category"]) >= {"sex=m", "sex=v", "education=high", "education=low"}
    assert within["p_value"].isna().all()
    assert within["p_adjusted"].isna().all()
    between = one(found, term="interaction", category="sex=m", question="about_total")
    values = {
        sex: one(within, category=f"sex={sex}", question="about_total")["estimate"] for sex in "mv"
    }
    assert between["estimate"] == pytest.approx(values["m"] - values["v"])
    assert found.loc[found["term"] == "interaction", "p_value"].isna().all()
    interactions = found[found["term"] == "interaction"]
    assert (interactions["p_adjusted"] >= interactions["p_attainable"] - 1e-12).all()
    assert (interactions["p_attainable"] >= 2 / 70 - 1e-12).all()


def test_more_questions_never_make_an_interaction_more_significant():
    alone = rows_of(subgroup_rows, waves(), "total")
    both = rows_of(subgroup_rows, waves(), "total", "good", "grade")
    for row in alone[alone["term"] == "interaction"].itertuples():
        among = one(both, term="interaction", category=row.category, question=row.question)
        assert among["p_adjusted"] >= row.p_adjusted - 1e-12


def test_a_planted_interaction_is_found():
    frames = waves()
    for wave in ("w1", "w2"):
        chosen = (frames[wave]["sex"] == "m") & frames[wave]["area_code"].isin(AREAS[:4])
        frames[wave].loc[chosen, "grade"] = 10
    found = rows_of(subgroup_rows, frames, "grade")
    between = one(found, term="interaction", category="sex=m")
    assert between["ci_low"] > 0
    assert between["p_adjusted"] == pytest.approx(2 / 70)


def test_a_small_group_is_refused_and_the_others_are_compared_without_it():
    frames = waves()
    for frame in frames.values():
        few = frame.groupby("area_code").cumcount() < 9
        frame["education"] = np.where(few, "none", frame["education"])
    found = rows_of(subgroup_rows, frames, "total")
    gone = one(found, category="education=none")
    assert gone["reason"] == f"cell_below_minimum:{2 * len(AREAS)}"
    assert (
        len(found[found["category"].str.startswith("education=")]) == 4
    )  # 3 groups, 1 interaction


def test_one_group_has_nothing_to_differ_from():
    frames = {wave: frame.assign(sex="m") for wave, frame in waves().items()}
    for frame in frames.values():
        frame.loc[frame.groupby("area_code").head(1).index, "sex"] = "v"
    found = rows_of(subgroup_rows, frames, "total")
    assert one(found, category="by=sex")["reason"] == "fewer_than_two_groups"
