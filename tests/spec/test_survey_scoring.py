"""Every instrument on its published check values; rules for missing, reversed, not asked."""

import itertools

import numpy as np
import pandas as pd
import pytest
from survey_study import codebook, item, respondents, scale

from evaluatie.survey import score, score_waves

LEVELS = "12345"
DIMENSIONS = ["mobility", "self_care", "activities", "pain", "anxiety"]
DECREMENTS = {
    "mobility": (0.035, 0.057, 0.166, 0.203),
    "self_care": (0.038, 0.061, 0.168, 0.168),
    "activities": (0.039, 0.087, 0.192, 0.192),
    "pain": (0.066, 0.092, 0.360, 0.415),
    "anxiety": (0.070, 0.145, 0.356, 0.421),
}
DUTCH = {
    name: {"1": 0.0, **dict(zip("2345", values, strict=True))}
    for name, values in DECREMENTS.items()
} | {"constant": {"any_above_1": 0.047}}


def scored(book, answers, name="s"):
    """Score a mapping of item -> answers."""
    return score(pd.DataFrame(answers), book.scales[name], book.items, book)


def one_scale(items, rule, **more):
    return codebook(items, [scale("s", rule, [i["id"] for i in items], **more)])


# --- EQ-5D-5L, Dutch value set (Versteegh 2016)
EQ5D = codebook(
    [item(name, LEVELS) for name in DIMENSIONS],
    [scale("s", "value_set", DIMENSIONS, value_set="nl", minimum=-0.446, maximum=1)],
    value_sets={"nl": DUTCH},
)


def eq5d(states):
    return scored(EQ5D, {name: [s[i] for s in states] for i, name in enumerate(DIMENSIONS)})


@pytest.mark.parametrize(
    ("state", "value"),
    [
        ("11111", 1),
        ("21111", 0.918),
        ("11112", 0.883),
        ("32523", 0.455),
        ("33333", 0.511),
        ("55555", -0.446),
    ],
)
def test_eq5d_check_values(state, value):
    assert eq5d([state])[0] == pytest.approx(value, abs=1e-12)


def test_eq5d_484_of_3125_states_are_worse_than_dead():
    values = eq5d(["".join(state) for state in itertools.product(LEVELS, repeat=5)])
    assert len(values) == 3125
    assert (values < -1e-12).sum() == 484


def test_eq5d_with_any_dimension_missing_has_no_index():
    answers = {name: ["1", None] if name == "pain" else ["1", "1"] for name in DIMENSIONS}
    assert np.isnan(scored(EQ5D, answers)).tolist() == [False, True]


# --- De Jong-Gierveld: emotional items count yes and more or less, social ones no and more or less
LONELY = [f"l{i}" for i in range(1, 7)]
COUNTED = {name: ("1", "2") if i < 3 else ("2", "3") for i, name in enumerate(LONELY)}


def lonely(*answers, items=LONELY, max_missing=1):
    book = codebook(
        [item(name, "123") for name in LONELY],
        [scale("s", "count_of_codes", items, item_codes=COUNTED, max_missing=max_missing)],
    )
    return scored(book, {name: [a] for name, a in zip(LONELY, answers, strict=True)})[0]


def test_loneliness_runs_from_zero_to_six():
    assert lonely("3", "3", "3", "1", "1", "1") == 0
    assert lonely("1", "1", "1", "3", "3", "3") == 6
    assert lonely(*["2"] * 6) == 6


def test_loneliness_total_survives_one_missing_item_and_not_two():
    assert lonely(None, "1", "1", "3", "3", "3") == 5
    assert np.isnan(lonely(None, None, "1", "3", "3", "3"))


def test_loneliness_subscale_needs_all_its_items():
    assert np.isnan(lonely(None, "1", "1", "1", "1", "1", items=LONELY[:3], max_missing=0))
    assert lonely("1", "2", "3", None, None, None, items=LONELY[:3], max_missing=0) == 2


# --- BRS: items 2, 4, 6 reversed, mean of the answered
BRS = one_scale(
    [item(f"b{i}", LEVELS) for i in range(1, 7)],
    "mean",
    reverse=["b2", "b4", "b6"],
    max_missing=5,
)


@pytest.mark.parametrize(
    ("answers", "value"),
    [("515151", 5), ("151515", 1), ("333333", 3), ("424242", 4), ("54....", (5 + 2) / 2)],
)
def test_brs(answers, value):
    row = {f"b{i}": [None if a == "." else a] for i, a in enumerate(answers, 1)}
    assert scored(BRS, row)[0] == pytest.approx(value)


def test_brs_without_any_answer_is_missing():
    assert np.isnan(scored(BRS, {f"b{i}": [None] for i in range(1, 7)})[0])


def test_self_rated_health_is_good_in_the_first_two_of_five_categories():
    book = one_scale([item("srh", LEVELS)], "share_of_codes", good_codes=["1", "2"])
    found = scored(book, {"srh": ["1", "2", "3", "4", "5", None]})
    assert found[:5].tolist() == [1, 1, 0, 0, 0]
    assert np.isnan(found[5])


# --- MHI-5: five items 0-5; calm and happy already run 5..0, the other three are reversed; x 4
MHI5 = one_scale(
    [item(f"m{i}", "012345") for i in range(1, 6)],
    "sum",
    reverse=["m1", "m2", "m4"],
    multiply=4,
)


@pytest.mark.parametrize(("answers", "value"), [("00505", 100), ("55050", 0), ("33232", 40)])
def test_mhi5(answers, value):
    assert scored(MHI5, {f"m{i}": [a] for i, a in enumerate(answers, 1)})[0] == value


def test_mhi5_needs_all_five_items():
    assert np.isnan(scored(MHI5, {f"m{i}": ["3" if i > 1 else None] for i in range(1, 6)})[0])


@pytest.mark.parametrize(("answers", "value"), [("1111155", 7), ("5555511", 35), ("3333333", 21)])
def test_mastery_recodes_its_two_positive_items(answers, value):
    items = [item(f"p{i}", LEVELS) for i in range(1, 8)]
    book = one_scale(items, "sum", reverse=["p6", "p7"])
    assert scored(book, {f"p{i}": [a] for i, a in enumerate(answers, 1)})[0] == value


@pytest.mark.parametrize(("answers", "value"), [("00000", 0), ("55555", 100), ("12345", 60)])
def test_who5(answers, value):
    book = one_scale([item(f"w{i}", "012345") for i in range(1, 6)], "sum", multiply=4)
    assert scored(book, {f"w{i}": [a] for i, a in enumerate(answers, 1)})[0] == value


def test_rs_sums_25_items_and_mirrors_the_one_the_dictionary_names():
    items = [item(f"r{i}", "1234") for i in range(1, 26)]
    book = one_scale(items, "sum", reverse=["r11"])
    row = {f"r{i}": ["4"] for i in range(1, 26)}
    assert scored(book, row)[0] == 97
    assert scored(book, row | {"r11": ["1"]})[0] == 100


def test_a_sum_with_tolerated_missing_items_is_the_persons_mean_times_k():
    book = one_scale([item(f"x{i}", LEVELS) for i in range(4)], "sum", max_missing=1)
    found = scored(book, {"x0": ["2", "2"], "x1": ["4", "4"], "x2": ["3", None], "x3": [None] * 2})
    assert found[0] == pytest.approx(12)
    assert np.isnan(found[1])


def test_an_imported_score_is_copied():
    book = one_scale([item("pcs")], "imported")
    assert scored(book, {"pcs": [48.25, np.nan]})[0] == 48.25


def test_a_number_is_reversed_within_its_range():
    book = one_scale([item("vas")], "single", reverse=["vas"])
    assert scored(book, {"vas": [30.0]})[0] == 70


def test_codes_read_as_numbers_are_the_same_codes():
    book = one_scale([item("srh", LEVELS)], "share_of_codes", good_codes=["1", "2"])
    assert scored(book, {"srh": [1.0, 5.0]}).tolist() == [1, 0]


# --- whole waves
BOOK = codebook(
    [item("srh", LEVELS), item("vas", waves=["w1"])],
    [
        scale("good", "share_of_codes", ["srh"], good_codes=["1", "2"]),
        scale("vas", "single", ["vas"]),
    ],
)
ROWS = [("p1", "h1", "A1", "m", 1970), (None, None, "B1", "v", np.nan)]


def waves():
    return {
        "w0": respondents("w0", ROWS, srh=["1", "4"]),
        "w1": respondents("w1", ROWS, srh=[None, "2"], vas=[80.0, 60.0]),
    }


def test_a_scale_is_missing_in_a_wave_in_which_it_was_not_asked():
    found = score_waves(waves(), BOOK)
    assert found.loc[found["wave"] == "w0", "vas"].isna().all()
    assert found.loc[found["wave"] == "w1", "vas"].tolist() == [80, 60]


def test_one_row_per_respondent_and_wave_with_age_group_in_that_year():
    found = score_waves(waves(), BOOK)
    assert found["wave"].tolist() == ["w0", "w0", "w1", "w1"]
    assert found["age_group"].tolist() == ["18-39", None, "18-39", None]
    assert found["year"].tolist() == [2000, 2000, 2001, 2001]


def test_someone_without_a_household_is_a_household_alone():
    assert score_waves(waves(), BOOK)["household_id"].tolist()[1] == "alone:w0-1"


def test_an_item_and_a_scale_may_share_their_name():
    found = score_waves(waves(), BOOK)
    assert found["item:srh"].tolist() == ["1", "4", None, "2"]


def test_professionals_have_their_own_items_and_scales():
    book = codebook(
        [],
        [scale("job", "mean", ["j1", "j2"], population="professionals", max_missing=1)],
        professional_items={name: item(name, LEVELS) for name in ("j1", "j2")},
    )
    frame = pd.DataFrame(
        {"respondent_id": ["a", "b"], "area_side": ["pilot", "comparison"], "organisation": "o"}
    ).assign(discipline="d", j1=["4", "2"], j2=["5", None])
    found = score_waves({"w0": frame}, book, "professionals")
    assert found["job"].tolist() == [4.5, 2]
