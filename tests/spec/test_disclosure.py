"""Disclosure control on tables small enough to check by hand or by trying every pattern."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from disclosure_example import shipped_rules, small_codebook, small_study
from scipy.optimize import linprog

from evaluatie.disclosure import audit_publishable, load_rules, plan_release, publishable
from evaluatie.disclosure.universe.cells import CellReader, parse_category
from evaluatie.domain import Publication
from evaluatie.errors import DeclarationError, DisclosureError
from evaluatie.results import NUMBER, Table, estimate_row, estimates_frame
from evaluatie.study import Study


@pytest.fixture(scope="module")
def study():
    return small_study()


@pytest.fixture(scope="module")
def codebook():
    return small_codebook()


@pytest.fixture(scope="module")
def rules():
    return shipped_rules()


def count(area: str, value: float, category: str = "", wave: str = "w0", **more: object) -> dict:
    return estimate_row(
        Table.RESPONSE, "count", wave=wave, area=area, category=category, estimate=value, **more
    )


def cross(table: np.ndarray, areas: list[str], dimension: str, codes: list[str]) -> list[dict]:
    """Return area x category counts with both margins; the last area is the union of the others."""
    full = np.vstack([table, table.sum(axis=0)])
    rows = []
    for name, values in zip(areas, full, strict=True):
        rows.append(count(name, values.sum()))
        rows += [count(name, v, f"{dimension}={c}") for v, c in zip(values, codes, strict=True)]
    return rows


def status_of(estimates: pd.DataFrame, plan) -> dict[str, str]:
    return {row: str(plan.status[row]) for row in estimates["id"]}


def suppressed(estimates: pd.DataFrame, plan) -> set[str]:
    return {row for row, status in status_of(estimates, plan).items() if status == "suppressed"}


# --- rules ---------------------------------------------------------------------------------------


def test_every_shipped_rule_has_a_source(rules):
    for rule in (rules.threshold, rules.p_percent, rules.dominance, rules.households):
        assert rule.source
    assert (rules.threshold.value, rules.p_percent.value) == (10, 10)
    assert (rules.dominance.contributors, rules.dominance.share) == (2, 0.90)
    assert all(rules.exempt.tables.values())


def test_two_rule_files_are_refused(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "disclosure.yml").write_text("threshold: {}")
    with pytest.raises(DeclarationError, match="2 files"):
        load_rules(Study.model_construct(root=tmp_path, dictionaries=("one", "two")))


# --- cells ---------------------------------------------------------------------------------------


def test_a_side_is_the_union_of_its_areas_and_a_year_of_its_quarters(study, codebook):
    reader = CellReader(study, codebook)
    row = estimate_row(Table.COST_LEVEL, "total", indicator="town_cost", area="pilot",
                       period="2001", law="payer:town")  # fmt: skip
    cell = reader.cell(row)
    assert cell.areas == ("A1", "A2", "A3")
    assert cell.periods == ("2001-Q1", "2001-Q2", "2001-Q3", "2001-Q4")
    assert cell.laws == ("care", "youth")


def test_the_order_of_categories_does_not_matter():
    assert parse_category("sex=v|age=18-34") == parse_category("age=18-34|sex=v")


@pytest.mark.parametrize("category", ["sex", "=v", "sex=v|sex=m", "sex=v||age=1"])
def test_a_category_that_names_no_group_is_refused(category):
    with pytest.raises(DisclosureError, match="does not say which group"):
        parse_category(category)


# --- the pattern ---------------------------------------------------------------------------------

TINY = [
    [[4, 30], [20, 30], [40, 25]],
    [[4, 30], [20, 3], [40, 25]],
    [[1, 12], [11, 13], [15, 14]],
    [[9, 10], [10, 10], [10, 10]],
    [[5, 0], [30, 20], [12, 8]],
    [[2, 40], [0, 50], [60, 0]],
]


def interval(matrix: np.ndarray, values: np.ndarray, shown: np.ndarray, cell: int):
    """Return what follows for a cell from the shown ones; independent of the package."""
    ends = []
    for sign in (1, -1):
        result = linprog(sign * matrix[cell], A_eq=matrix[shown] if shown.any() else None,
                         b_eq=values[shown] if shown.any() else None, bounds=(0, 1e6))  # fmt: skip
        ends.append(sign * result.fun)
    return ends


def safe(matrix: np.ndarray, values: np.ndarray, hidden: set[int]) -> bool:
    shown = np.array([i not in hidden for i in range(len(values))])
    for cell in np.flatnonzero((values > 0) & (values < 10)):
        low, high = interval(matrix, values, shown, cell)
        if low > values[cell] // 2 + 1e-6 or high < 10 - 1e-6:
            return False
    return True


def fewest(matrix: np.ndarray, values: np.ndarray) -> int:
    """Return the size of the smallest safe pattern, by trying all in order of size."""
    primary = set(np.flatnonzero((values > 0) & (values < 10)).tolist())
    others = [i for i in range(len(values)) if i not in primary]
    for size in range(len(others) + 1):
        for extra in itertools.combinations(others, size):
            if safe(matrix, values, primary | set(extra)):
                return len(primary) + size
    raise AssertionError("hiding everything must be safe")


@pytest.mark.parametrize("table", TINY)
def test_tiny_tables_hide_as_few_cells_as_brute_force(table, study, codebook, rules):
    areas = ["A1", "A2", "A3", "pilot"]
    estimates = estimates_frame(cross(np.array(table), areas, "sex", ["v", "m"]))
    plan = plan_release(estimates, study, codebook, rules)
    block = np.vstack([np.kron(np.eye(3), np.ones((1, 2))), np.ones((1, 6))])
    rows = []
    for i in range(4):
        taken = block[i]
        rows += [taken, taken * np.tile([1, 0], 3), taken * np.tile([0, 1], 3)]
    matrix = np.array(rows)
    values = estimates["estimate"].to_numpy()
    assert np.array_equal(matrix @ np.array(table).ravel(), values)
    hidden = {i for i, row in enumerate(estimates["id"]) if plan.status[row] == "suppressed"}
    assert safe(matrix, values, hidden)
    assert len(hidden) == fewest(matrix, values)
    assert plan.proven == plan.systems


@pytest.mark.parametrize("table", TINY[:4])
def test_showing_any_secondary_again_is_found(table, study, codebook, rules):
    estimates = estimates_frame(
        cross(np.array(table), ["A1", "A2", "A3", "pilot"], "sex", ["v", "m"])
    )
    plan = plan_release(estimates, study, codebook, rules)
    release = publishable(estimates, plan)
    assert audit_publishable(release, study, codebook, rules, truth=estimates).empty
    secondary = [row for row, why in plan.reasons.items() if why == "protects_another"]
    assert secondary
    for row in secondary:
        leaky = release.copy()
        leaky.loc[leaky["id"] == row, "publication"] = "shown"
        value = estimates.set_index("id").loc[row, "estimate"]
        leaky.loc[leaky["id"] == row, "estimate"] = value
        found = audit_publishable(leaky, study, codebook, rules, truth=estimates)
        assert len(found) > 0, row


def test_a_single_hidden_area_is_derived_exactly(study, codebook, rules):
    """The classic mistake: side total minus the other areas."""
    estimates = estimates_frame(
        [count(a, v) for a, v in [("A1", 7), ("A2", 40), ("A3", 50), ("pilot", 97)]]
    )
    release = publishable(estimates, plan_release(estimates, study, codebook, rules))
    for row in estimates["id"][1:]:
        release.loc[release["id"] == row, "publication"] = "shown"
        value = estimates.set_index("id").loc[row, "estimate"]
        release.loc[release["id"] == row, "estimate"] = value
    found = audit_publishable(release, study, codebook, rules)
    assert found[["low", "high"]].round(6).to_numpy().tolist() == [[7.0, 7.0]]


@pytest.mark.parametrize("codes", [["1", "2", "10"], ["v", "m", "x"], ["a b", "Ü", "-"]])
def test_codes_do_not_change_the_pattern(codes, study, codebook, rules):
    table = np.array([[3, 30, 22], [20, 14, 8], [40, 25, 31]])

    def pattern(codes):
        estimates = estimates_frame(cross(table, ["A1", "A2", "A3", "pilot"], "answer", codes))
        plan = plan_release(estimates, study, codebook, rules)
        return [str(plan.status[row]) for row in estimates["id"]]

    assert pattern(codes) == pattern(["one", "two", "three"])


def test_age_groups_that_overlap_in_two_reports_are_one_table(study, codebook, rules):
    """18-34 and 35+ in one report, 18-49 and 50+ in another, and all ages."""
    ages = {"18-34": 30, "35+": 66, "18-49": 36, "50+": 60}
    rows = [count("A1", 96), *(count("A1", v, f"age={a}") for a, v in ages.items())]
    rows.append(count("A1", 6, "age=35-49"))
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    release = publishable(estimates, plan)
    assert audit_publishable(release, study, codebook, rules, truth=estimates).empty
    assert len(suppressed(estimates, plan)) > 1


# --- reports together ----------------------------------------------------------------------------


def test_reports_that_share_a_margin_are_planned_together(study, codebook, rules):
    """One report shows the areas, the other one the side: together they would give A1 away."""
    estimates = estimates_frame(
        [count(a, v) for a, v in [("A1", 7), ("A2", 40), ("A3", 50), ("pilot", 97)]]
    )
    ids = list(estimates["id"])
    both = plan_release(estimates, study, codebook, rules, {"areas": ids[:3], "sides": ids[3:]})
    assert len(suppressed(estimates, both)) == 2
    release = publishable(estimates, both)
    assert audit_publishable(release, study, codebook, rules, truth=estimates).empty
    alone = plan_release(estimates, study, codebook, rules, {"areas": ids[:3]})
    assert alone.reasons == {ids[0]: "below_threshold", ids[3]: "not_reported"}


def test_a_small_group_that_no_report_shows_is_protected_too(study, codebook, rules):
    estimates = estimates_frame(
        [count(a, v) for a, v in [("A1", 7), ("A2", 40), ("A3", 50), ("pilot", 97)]]
    )
    ids = list(estimates["id"])
    plan = plan_release(estimates, study, codebook, rules, {"one": ids[1:]})
    assert len([row for row in ids[1:] if plan.status[row] == "suppressed"]) == 1


def test_rows_that_do_not_exist_cannot_be_shown(study, codebook, rules):
    estimates = estimates_frame([count("A1", 70)])
    with pytest.raises(DisclosureError, match="1 rows to be shown are not in the table"):
        plan_release(estimates, study, codebook, rules, {"run": ["nothing"]})


def test_waves_are_not_added_up(study, codebook, rules):
    rows = [count("A1", 7), count("A1", 70, wave="w1"), count("A1", 77, wave="")]
    plan = plan_release(estimates_frame(rows), study, codebook, rules)
    assert list(plan.reasons.values()) == ["below_threshold"]


def test_what_was_published_stays_known(study, codebook, rules):
    values = [("A1", 7), ("A2", 40), ("A3", 50), ("pilot", 97)]
    estimates = estimates_frame([count(a, v) for a, v in values])
    ids = list(estimates["id"])
    first = estimates.iloc[[1, 3]]
    before = publishable(first, plan_release(first, study, codebook, rules))
    plan = plan_release(estimates, study, codebook, rules, earlier=[before])
    assert suppressed(estimates, plan) == {ids[0], ids[2]}
    before = estimates.iloc[1:].assign(publication="shown")  # before there were hidden groups
    with pytest.raises(DisclosureError, match="published before"):
        plan_release(estimates, study, codebook, rules, earlier=[before])


# --- rows ----------------------------------------------------------------------------------------


def score(area: str, n: float, wave: str = "w0", **more: object) -> dict:
    return estimate_row(
        Table.SCORE, "mean", indicator="wellbeing", wave=wave, area=area,
        estimate=7.0, std_error=0.1, ci_low=6.8, ci_high=7.2, n=n, **more,
    )  # fmt: skip


def test_a_hidden_row_has_no_number_left(study, codebook, rules):
    rows = [score("A1", 9, n_households=8), score("A2", 60), score("B1", 55)]
    estimates = estimates_frame(rows)
    release = publishable(estimates, plan_release(estimates, study, codebook, rules))
    hidden = release[release["publication"] == Publication.SUPPRESSED]
    assert list(hidden["reason"]) == ["below_threshold"]
    assert hidden[list(NUMBER)].isna().all(axis=None)
    shown = release[release["publication"] == Publication.SHOWN]
    assert shown["estimate"].notna().all()
    assert (shown["reason"] == "").all()


def test_numbers_left_in_a_hidden_row_are_a_finding(study, codebook, rules):
    estimates = estimates_frame([score("A1", 9), score("A2", 60)])
    release = publishable(estimates, plan_release(estimates, study, codebook, rules))
    release.loc[0, "n"] = 9
    found = audit_publishable(release, study, codebook, rules)
    assert "n" in set(found["measure"])


def test_a_small_count_that_is_shown_is_a_finding(study, codebook, rules):
    estimates = estimates_frame([score("A1", 60)])
    release = publishable(estimates, plan_release(estimates, study, codebook, rules))
    release.loc[0, "n"] = 6
    found = audit_publishable(release, study, codebook, rules)
    assert found[["measure", "low"]].to_numpy().tolist() == [["n", 6.0]]


def test_few_households_hide_as_few_persons_do(study, codebook, rules):
    estimates = estimates_frame([score("A1", 14, n_households=9), score("A2", 60, n_households=40)])
    plan = plan_release(estimates, study, codebook, rules)
    assert list(plan.reasons.values()) == ["below_threshold"]


def test_a_row_that_does_not_say_its_n_is_hidden(study, codebook, rules):
    estimates = estimates_frame([score("A1", np.nan)])
    plan = plan_release(estimates, study, codebook, rules)
    assert list(plan.reasons.values()) == ["unknown_count"]


def test_a_row_without_an_estimate_stays_not_estimable(study, codebook, rules):
    row = count("A1", np.nan, status="not_estimable", reason="one_area", n=3)
    estimates = estimates_frame([row])
    release = publishable(estimates, plan_release(estimates, study, codebook, rules))
    assert release.loc[0, ["publication", "reason"]].tolist() == ["not_estimable", "one_area"]
    assert release[list(NUMBER)].isna().all(axis=None)


def test_agreed_constants_are_not_about_people(study, codebook, rules):
    rows = [estimate_row(Table.FACT, "constant", category="minimum_cell", estimate=5)]
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules, {})
    assert set(plan.status.values()) == {"shown"}


@pytest.mark.parametrize(
    ("share", "hidden"), [(0.5, False), (0.04, True), (0.96, True), (0, False)]
)
def test_a_share_claims_its_numerator_and_the_rest(share, hidden, study, codebook, rules):
    row = estimate_row(Table.SCORE, "share", indicator="good", wave="w0", area="A1",
                       estimate=share, n=100)  # fmt: skip
    estimates = estimates_frame([row])
    plan = plan_release(estimates, study, codebook, rules)
    assert bool(plan.reasons) is hidden


def test_one_small_answer_hides_a_second_one(study, codebook, rules):
    rows = [
        estimate_row(Table.DISTRIBUTION, "share", indicator="q", wave="w0", area="A1",
                     category=f"answer={i}", estimate=v / 100, n=100)
        for i, v in enumerate([4, 36, 60])
    ]  # fmt: skip
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    assert len(suppressed(estimates, plan)) == 2
    release = publishable(estimates, plan)
    assert audit_publishable(release, study, codebook, rules, truth=estimates).empty


def test_a_change_is_hidden_where_one_of_its_levels_is(study, codebook, rules):
    """Level now - change = level then."""
    change = estimate_row(Table.CHANGE, "difference", indicator="wellbeing", wave="w1", area="A1",
                          estimate=0.2, n=40)  # fmt: skip
    rows = [score("A1", 8), score("A1", 60, wave="w1"), change]
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    assert [str(plan.status[row]) for row in estimates["id"]] == [
        "suppressed",
        "shown",
        "suppressed",
    ]


def test_a_contrast_needs_the_levels_of_both_sides(study, codebook, rules):
    contrast = estimate_row(Table.CONTRAST, "difference", indicator="wellbeing", wave="w1",
                            area="pilot-comparison", estimate=0.2, n=400)  # fmt: skip
    rows = [score("pilot", 80), score("comparison", 6), contrast]
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    assert plan.status[estimates["id"].iloc[2]] == "suppressed"


def test_rows_that_the_plan_does_not_know_are_refused(study, codebook, rules):
    plan = plan_release(estimates_frame([score("A1", 60)]), study, codebook, rules)
    with pytest.raises(DisclosureError, match="not in the disclosure plan"):
        publishable(estimates_frame([score("A2", 60)]), plan)


def test_equal_input_gives_an_equal_digest(study, codebook, rules):
    estimates = estimates_frame([score("A1", 8), score("A2", 60)])
    plans = [plan_release(estimates, study, codebook, rules) for _ in range(2)]
    assert plans[0].digest == plans[1].digest
    other = plan_release(estimates.assign(n=60.0), study, codebook, rules)
    assert other.digest != plans[0].digest


# --- the tables of the study ---------------------------------------------------------------------


def test_the_share_of_good_answers_and_the_answers_are_one_table(study, codebook, rules):
    """Good = answers 1 and 2: the share of good answers minus answer 2 gives answer 1 away."""
    place = {"indicator": "good", "wave": "w0", "area": "A1", "n": 200, "unit": "share"}
    answers = [6, 74, 70, 30, 20]
    rows = [
        estimate_row(Table.DISTRIBUTION, "share", category=f"answer={i + 1}", estimate=v / 200,
                     **place)
        for i, v in enumerate(answers)
    ]  # fmt: skip
    rows.append(estimate_row(Table.SCORE, "share", estimate=80 / 200, **place))
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    release = publishable(estimates, plan)
    assert audit_publishable(release, study, codebook, rules, truth=estimates).empty
    names = list(estimates["id"])
    hidden = {names.index(row) for row in suppressed(estimates, plan)}
    assert hidden == {0, 1} or 5 in hidden


def test_leaving_areas_out_in_turn_does_not_give_the_small_one_away(study, codebook, rules):
    """The contrast minus the contrast without A1 is A1."""
    counts = {"A1": 7, "A2": 60, "A3": 55, "B1": 40, "B2": 80, "B3": 70}
    place = {"question": "q", "indicator": "wellbeing", "wave": "w1", "area": "pilot-comparison"}
    total = sum(counts.values())
    rows = [estimate_row(Table.CONTRAST, "difference", estimate=0.1, n=total, **place)]
    rows += [
        estimate_row(Table.SENSITIVITY, "difference", category=f"drop={area}", estimate=0.1,
                     n=total - n, **place)
        for area, n in counts.items()
    ]  # fmt: skip
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    assert len(suppressed(estimates, plan)) >= 2
    release = publishable(estimates, plan)
    assert audit_publishable(release, study, codebook, rules, truth=estimates).empty


def test_a_response_share_gives_the_respondents_away(study, codebook, rules):
    rows = [
        estimate_row(Table.RESPONSE, term, wave="w0", area="A1", category="sex=v", estimate=value,
                     n=n)
        for term, value, n in
        [("respondents", 8, 8), ("invited", 40, 40), ("response_share", 0.2, 40)]
    ]  # fmt: skip
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    statuses = [str(plan.status[row]) for row in estimates["id"]]
    assert statuses == ["suppressed", "shown", "suppressed"]


def test_a_share_of_respondents_is_a_claim_on_the_respondents(study, codebook, rules):
    """8 of 100 respondents: hidden as a count, so also as a share; public shares stay."""
    place = {"wave": "w0", "area": "A1"}
    rows = [
        estimate_row(Table.RESPONSE, "respondents", estimate=100, n=100, **place),
        *(
            estimate_row(Table.REPRESENTATIVENESS, term, category=f"age={age}", estimate=share,
                         n=n, unit="share", **place)
            for age, share in [("18-34", 0.08), ("35-64", 0.42), ("65+", 0.5)]
            for term, n in [("respondents_share", 100), ("weighted_share", 100),
                            ("population_share", 3000)]
        ),
    ]  # fmt: skip
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    shown = estimates[[plan.status[row] == "shown" for row in estimates["id"]]]
    assert (shown["term"] == "population_share").sum() == 3
    assert (shown["term"] == "respondents_share").sum() == 1
    assert (shown["term"] == "weighted_share").sum() == 1


def test_few_waiting_people_are_hidden(study, codebook, rules):
    place = {"indicator": "wait", "area": "pilot", "period": "2001"}
    behind = {"n": 80, "n_households": 70}
    rows = [
        estimate_row(Table.PROCESS, term, estimate=value, **place, **behind)
        for term, value in [("median", 31.0), ("records", 90), ("censored", 4)]
    ]
    estimates = estimates_frame(rows)
    plan = plan_release(estimates, study, codebook, rules)
    statuses = [str(plan.status[row]) for row in estimates["id"]]
    assert statuses == ["shown", "shown", "suppressed"]
