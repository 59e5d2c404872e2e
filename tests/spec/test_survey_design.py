"""The design of the survey: two variances, other weights, replicates, completed values."""

import numpy as np
import pytest
from survey_study import AREAS, codebook, item, population, respondents, scale, study

from evaluatie.errors import RefusedError
from evaluatie.methods import pool
from evaluatie.survey import SurveyDesign, score_waves, weigh_panel

BOOK = codebook([item("x")], [scale("s", "single", ["x"])])
STUDY = study()
ROWS = [
    (f"p{a}{s}{y}{i}", f"h{a}{(i + ord(s)) % 16}{y if i < 4 else 0}", a, s, y)
    for a in AREAS
    for s in "mv"
    for y in (1975, 1950, 1920)
    for i in range(8)
]
N = len(ROWS)
RNG = np.random.default_rng(5)
FIRST, SECOND = RNG.normal(50, 10, N), RNG.normal(52, 10, N)


def declared(waves=("w0", "w1"), first=FIRST, people=None):
    frames = {"w0": respondents("w0", ROWS, x=first), "w1": respondents("w1", ROWS, x=SECOND)}
    people = population() if people is None else people
    panel = weigh_panel(score_waves(frames, BOOK), people, STUDY, BOOK)
    return SurveyDesign.of(panel, STUDY, waves)


def values(survey):
    return survey.frame["s"].to_numpy(float)


def test_area_means_stand_in_the_order_of_the_study():
    survey = declared()
    found = survey.area_means(values(survey))
    assert found.shape == (4, 2)
    assert found[1] == pytest.approx([FIRST[48:96].mean(), SECOND[48:96].mean()])


def test_an_area_without_values_has_no_mean():
    survey = declared(first=np.where([r[2] == "A2" for r in ROWS], np.nan, FIRST))
    found = survey.area_means(values(survey))
    assert np.isnan(found[1, 0])
    assert np.isfinite(found).sum() == 7


def test_areas_are_strata_for_levels_and_clusters_for_contrasts():
    survey = declared(["w0"])
    assert len(survey.declared.stratum_of) == 128
    assert survey.mean(values(survey)).df == 124
    assert survey.areas_as_clusters().mean(values(survey)).df == 3


def test_a_change_of_people_who_answered_twice_uses_their_overlap():
    survey = declared()
    later = (survey.frame["wave"] == "w1").to_numpy()
    same = np.r_[FIRST, FIRST + 3]
    assert survey.change(later, same).std_error == pytest.approx(0, abs=1e-9)
    assert survey.change(later, values(survey)).estimate == pytest.approx(
        SECOND.mean() - FIRST.mean()
    )


def test_a_share_is_of_zeros_and_ones():
    survey = declared(["w0"])
    assert survey.share(values(survey) > 50).estimate == pytest.approx((FIRST > 50).mean())
    with pytest.raises(RefusedError, match="a share is of values 0 and 1"):
        survey.share(values(survey))


def test_other_weights_count_as_fixed():
    survey = declared(["w0"])
    weights = RNG.uniform(1, 3, N)
    other = survey.with_weights(weights)
    assert other.mean(FIRST).estimate == pytest.approx(np.average(FIRST, weights=weights))
    assert other.frame["weight"].tolist() == weights.tolist()
    assert other.design.calibration is None


def test_completed_values_are_pooled_by_rubin():
    survey = declared(["w0"])
    completed = FIRST + RNG.normal(0, 3, (4, N))
    found = survey.with_imputations(completed).mean()
    each = [survey.mean(one) for one in completed]
    pooled = pool([e.estimate for e in each], [e.std_error**2 for e in each], each[0].df)
    assert (found.estimate, found.std_error, found.df) == pytest.approx(
        (pooled.estimate[0], pooled.std_error[0], pooled.df[0])
    )
    assert found.df < each[0].df
    assert found.std_error > np.mean([e.std_error for e in each])


def test_equal_completions_pool_to_the_estimate_itself():
    survey = declared(["w0"])
    once, pooled = survey.mean(FIRST), survey.mean(np.array([FIRST, FIRST]))
    assert pooled.estimate == pytest.approx(once.estimate)
    assert pooled.std_error == pytest.approx(once.std_error)


def test_completions_are_averaged_within_an_area_first():
    survey = declared(["w0"])
    completed = FIRST + np.array([[-1.0], [3.0]])
    expected = survey.area_means(FIRST) + 1
    assert survey.with_imputations(completed).area_means() == pytest.approx(expected)


def test_quantiles_pool_as_well():
    survey = declared(["w0"])
    one = survey.quantile(0.5, FIRST)
    both = survey.quantile(0.5, np.array([FIRST, FIRST + 2]))
    assert both.estimate == pytest.approx(one.estimate + 1)
    assert both.ci_low < both.estimate < both.ci_high
    assert both.std_error > one.std_error


def test_a_ratio_of_two_scores():
    survey = declared(["w0"])
    assert survey.ratio(FIRST, 2 * FIRST).estimate == pytest.approx(0.5)
    assert survey.ratio(FIRST, 2 * FIRST).std_error == pytest.approx(0, abs=1e-12)


def test_raked_replicates_meet_the_margins_of_every_wave():
    people = population()
    people.loc[people["area_code"] == "A1", "persons"] *= 3
    survey = declared(people=people)
    replicated = survey.with_replicates(40, np.random.default_rng(2))
    weights = replicated.declared.replicates.weights
    for _, rows in survey.frame.groupby(["wave", "area_code"]).indices.items():
        total = survey.declared.weights[rows].sum()
        assert weights[rows].sum(axis=0) == pytest.approx(np.full(40, total))


def test_raked_replicates_agree_with_the_linearised_standard_error():
    survey = declared(["w0"])
    replicated = survey.with_replicates(4000, np.random.default_rng(2))
    taylor, bootstrap = survey.mean(FIRST), replicated.mean(FIRST)
    assert bootstrap.estimate == taylor.estimate
    assert bootstrap.std_error == pytest.approx(taylor.std_error, rel=0.1)


def test_a_wave_without_answers_is_refused_by_name():
    frames = {"w0": respondents("w0", ROWS, x=FIRST)}
    panel = weigh_panel(score_waves(frames, BOOK), population(), STUDY, BOOK)
    survey = SurveyDesign.of(panel, STUDY, ["w1"])
    assert np.isnan(survey.area_means(np.array([]))).all()
    with pytest.raises(RefusedError, match="nobody answered in w1"):
        survey.mean(np.array([]))


def test_imputations_need_two_completed_versions():
    with pytest.raises(RefusedError, match=f"two or more rows of {N} values"):
        declared(["w0"]).with_imputations(FIRST[None, :])


def test_an_estimate_of_nothing_is_refused():
    with pytest.raises(RefusedError, match="no values were given"):
        declared(["w0"]).mean()
