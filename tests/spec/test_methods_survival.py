"""Durations: closed forms, brute force on small sets, another library, and small simulations."""

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    accelerated,
    cox,
    cumulative_incidence,
    kaplan_meier,
    log_rank,
    mean_cumulative,
    predicted_survival,
    proportional_hazards,
    restricted_difference,
    restricted_mean,
    spells,
)

RNG = np.random.default_rng(12)
DAYS = np.array([3.0, 5, 5, 8, 10, 12, 15, 20, 20, 30])
SEEN = np.array([1, 1, 0, 1, 0, 1, 1, 1, 0, 0], dtype=bool)


# ---- curves and restricted means ---------------------------------------------------------------


def test_curve_is_the_product_of_shares_that_stay():
    curve = kaplan_meier(spells(DAYS, SEEN))
    assert curve.times.tolist() == [3, 5, 8, 12, 15, 20]
    by_hand = np.cumprod([9 / 10, 8 / 9, 6 / 7, 4 / 5, 3 / 4, 2 / 3])
    assert curve.survival == pytest.approx(by_hand)
    assert curve.at([0, 3, 4.9, 5, 100]) == pytest.approx([1, 0.9, 0.9, 0.8, by_hand[-1]])


def test_curve_with_delayed_entry_only_counts_who_was_there():
    curve = kaplan_meier(spells([5, 6, 9, 12], [1, 1, 1, 0], [0, 0, 5, 5]))
    # at 5 only the first two are at risk: who enters at 5 is not there yet
    assert curve.survival == pytest.approx([1 / 2, 1 / 2 * 2 / 3, 1 / 2 * 2 / 3 / 2])


def test_curve_that_dies_out_before_others_enter_is_refused():
    with pytest.raises(RefusedError, match="others enter later"):
        kaplan_meier(spells([5, 16, 19, 22], [1, 1, 1, 0], [0, 15, 15, 17]))


def test_median_interval_is_missing_where_the_bound_never_gets_there():
    median, low, high = kaplan_meier(spells([1, 2, 3, 4], [1, 1, 0, 0])).quantile(0.5, 0.95)
    assert median == 3  # flat at one half from 2 to the last observation, 4
    assert low < median
    assert np.isnan(high)


def test_restricted_mean_is_the_area_under_the_curve():
    data = spells(DAYS, SEEN)
    fine = np.linspace(0, 18, 180_001)
    area = np.trapezoid(kaplan_meier(data).at(fine), fine)
    assert restricted_mean(data, 18).estimate == pytest.approx(area, rel=1e-4)


def test_without_censoring_restricted_mean_is_the_mean_of_the_shorter_of_day_and_horizon():
    days = RNG.exponential(10, 200)
    found = restricted_mean(spells(days, np.ones(200)), 12)
    short = np.minimum(days, 12)
    assert found.estimate == pytest.approx(short.mean())
    assert found.robust_error == pytest.approx(short.std() / np.sqrt(200))
    assert found.greenwood_error == pytest.approx(found.robust_error)
    assert found.influence.sum() == pytest.approx(0)


def test_restricted_mean_of_an_exponential_duration():
    days = RNG.exponential(10, 40_000)
    room = RNG.uniform(5, 40, 40_000)
    found = restricted_mean(spells(np.minimum(days, room), days <= room), 20)
    assert found.estimate == pytest.approx(10 * (1 - np.exp(-2)), abs=3 * found.greenwood_error)


def test_influence_is_what_the_mean_loses_without_a_household():
    """Infinitesimal jackknife beside the real one: leave out each cluster in turn."""
    house = np.repeat(np.arange(100), 3)
    days = RNG.exponential(10, 300) * np.repeat(RNG.gamma(2, 0.5, 100), 3)
    room = RNG.uniform(2, 30, 300)
    stop, seen = np.minimum(days, room), days <= room
    whole = restricted_mean(spells(stop, seen, clusters=house), 15)
    without = np.array(
        [
            restricted_mean(spells(stop[house != h], seen[house != h]), 15).estimate
            for h in range(100)
        ]
    )
    jackknife = np.sqrt(99 / 100 * ((without - without.mean()) ** 2).sum())
    assert whole.robust_error == pytest.approx(jackknife, rel=0.02)
    assert whole.robust_error > 1.2 * whole.greenwood_error  # households share their pace


def test_difference_counts_a_household_in_both_groups_once():
    stop, seen = np.minimum(RNG.exponential(8, 60), 20), np.ones(60)
    one = spells(stop, seen, clusters=np.arange(60))
    mean = restricted_mean(one, 10)
    assert restricted_difference((one, mean), (one, mean)) == (0.0, 0.0)
    other = spells(RNG.exponential(8, 60), seen, clusters=np.arange(60))
    third = restricted_mean(other, 10)
    estimate, _ = restricted_difference((one, mean), (other, third))
    assert estimate == mean.estimate - third.estimate


def test_interval_of_a_clustered_restricted_mean_holds_its_level():
    truth, held, reps = 10 * (1 - np.exp(-1.5)), 0, 400
    rng = np.random.default_rng(5)
    for _ in range(reps):
        shared = rng.exponential(10, (80, 1))  # in half of the households all have the same
        days = np.where(rng.random((80, 1)) < 0.5, shared, rng.exponential(10, (80, 3))).ravel()
        room = rng.uniform(5, 40, 240)
        data = spells(np.minimum(days, room), days <= room, clusters=np.repeat(np.arange(80), 3))
        found = restricted_mean(data, 15)
        held += abs(found.estimate - truth) < 1.96 * found.robust_error
    assert held / reps > 0.95 - 3 * np.sqrt(0.95 * 0.05 / reps)


def test_horizon_beyond_the_data_is_refused_unless_everyone_ended():
    with pytest.raises(RefusedError, match="at most 30"):
        restricted_mean(spells(DAYS, SEEN), 31)
    ended = restricted_mean(spells([1.0, 2, 3], [1, 1, 1]), 31)
    assert ended.estimate == 2


# ---- competing ends and recurrences -------------------------------------------------------------


def test_ends_and_open_share_add_up_to_one_with_delayed_entry():
    n = 400
    start = np.where(RNG.random(n) < 0.3, RNG.uniform(0, 5, n), 0)
    stop = start + RNG.integers(1, 20, n)
    data = spells(stop, RNG.integers(0, 4, n), start)
    at = np.array([2.0, 7, 15])
    shares = sum(cumulative_incidence(data, cause, at).estimate for cause in (1, 2, 3))
    assert shares + kaplan_meier(data).at(at) == pytest.approx(1)


def test_one_cause_is_one_minus_kaplan_meier_and_its_error():
    data = spells(DAYS, SEEN)
    found = cumulative_incidence(data, 1, [5, 12, 20])
    assert found.estimate == pytest.approx(1 - kaplan_meier(data).at([5, 12, 20]))
    assert found.std_error == pytest.approx(kaplan_meier(data).std_error([5, 12, 20]))


def test_incidence_without_censoring_is_a_share_of_people():
    state = RNG.integers(1, 4, 300)
    stop = RNG.integers(1, 50, 300)  # many ties
    found = cumulative_incidence(spells(stop, state), 2, [10, 49])
    share = np.array([((stop <= t) & (state == 2)).mean() for t in (10, 49)])
    assert found.estimate == pytest.approx(share)
    assert found.std_error == pytest.approx(np.sqrt(share * (1 - share) / 300))


def test_mean_changes_without_censoring_is_the_mean_count():
    counts = RNG.poisson(2, 100)
    stop, event, house = [], [], []
    for h, number in enumerate(counts):
        moments = np.sort(RNG.uniform(0, 1, number))
        stop += [*moments, 1.0]
        event += [1] * number + [0]
        house += [h] * (number + 1)
    start = [
        0 if first else s for s, first in zip([0, *stop[:-1]], np.diff([-1, *house]), strict=True)
    ]
    found = mean_cumulative(spells(stop, event, start, clusters=house), [1.0])
    assert found.estimate[0] == pytest.approx(counts.mean())
    assert found.std_error[0] == pytest.approx(counts.std() / 10)


def test_recurrences_until_a_terminal_end_are_lived_by_fewer():
    """Two people, one change each; one leaves for good in between."""
    data = spells([2, 4, 3, 9], [1, 2, 1, 0], [0, 2, 0, 3], clusters=["a", "a", "b", "b"])
    plain = mean_cumulative(data, [9.0]).estimate[0]
    ended = mean_cumulative(data, [9.0], terminal=2).estimate[0]
    assert plain == pytest.approx(1)
    assert ended == pytest.approx(1)  # both changes came before the end
    later = spells([4, 6, 9], [2, 1, 0], [0, 0, 6], clusters=["a", "b", "b"])
    assert mean_cumulative(later, [9.0]).estimate[0] == pytest.approx(1)
    assert mean_cumulative(later, [9.0], terminal=2).estimate[0] == pytest.approx(0.5)


def test_time_after_the_last_observation_is_refused():
    with pytest.raises(RefusedError, match="after the last observation"):
        cumulative_incidence(spells(DAYS, SEEN), 1, [31])


# ---- comparing paces ----------------------------------------------------------------------------


def brute_force(b, stop, event, start, x, ties):
    """Log partial likelihood as the textbook writes it: one risk set per event time."""
    value = 0.0
    for t in np.unique(stop[event]):
        dead = event & (stop == t)
        risk = np.exp(b * x[(start < t) & (stop >= t)]).sum()
        tied = np.exp(b * x[dead]).sum()
        value += b * x[dead].sum()
        for k in range(dead.sum()):
            value -= np.log(risk - (k / dead.sum() * tied if ties == "efron" else 0))
    return value


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_finds_the_maximum_of_the_likelihood_by_brute_force(ties):
    n = 40
    start = RNG.integers(0, 4, n).astype(float)
    stop = start + RNG.integers(1, 6, n)
    event, x = RNG.random(n) < 0.7, RNG.normal(size=n)
    fit = cox(spells(stop, event, start), x[:, None], ["x"], ties=ties)
    here = brute_force(fit.coefficients[0], stop, event, start, x, ties)
    assert fit.log_likelihood == pytest.approx(here)
    for step in (-1e-3, 1e-3):
        assert brute_force(fit.coefficients[0] + step, stop, event, start, x, ties) < here


def test_robust_errors_of_a_model_are_the_jackknife_over_households():
    house = np.repeat(np.arange(60), 2)
    x = np.repeat(RNG.normal(size=60), 2)
    days = RNG.exponential(np.repeat(RNG.gamma(2, 5, 60), 2) * np.exp(-0.5 * x))
    fit = cox(spells(days, np.ones(120), clusters=house), x[:, None], ["x"])
    without = np.array(
        [
            cox(spells(days[house != h], np.ones(118)), x[house != h, None], ["x"]).coefficients[0]
            for h in range(60)
        ]
    )
    jackknife = np.sqrt(59 / 60 * ((without - without.mean()) ** 2).sum())
    assert fit.log_ratio("x")[1] == pytest.approx(jackknife, rel=0.08)
    assert fit.log_ratio("x", robust=False)[1] != pytest.approx(fit.log_ratio("x")[1], rel=0.05)


def test_hazard_ratio_of_exponential_durations_is_the_ratio_of_their_rates():
    group = np.repeat([0.0, 1.0], 4000)
    days = RNG.exponential(np.where(group > 0, 5.0, 10.0))
    fit = cox(spells(days, np.ones(8000)), group[:, None], ["group"])
    log, error = fit.log_ratio("group")
    assert log == pytest.approx(np.log(2), abs=3 * error)
    test = proportional_hazards(fit)
    assert test.p_value[0] > 0.001
    factor = accelerated(spells(days, np.ones(8000)), group[:, None], ["group"])
    assert factor.coefficients[1] == pytest.approx(-np.log(2), abs=3 * factor.std_errors[1])
    assert factor.scale == pytest.approx(1, abs=0.05)


def test_lifelines_agrees_where_it_is_right():
    from lifelines import KaplanMeierFitter
    from lifelines.statistics import logrank_test

    days, room = RNG.exponential(10, 150), RNG.uniform(1, 30, 150)
    stop, seen, group = np.minimum(days, room), days <= room, RNG.random(150) < 0.5
    other = KaplanMeierFitter().fit(stop, seen)
    assert kaplan_meier(spells(stop, seen)).at([2, 8, 15]) == pytest.approx(
        other.predict([2, 8, 15]).to_numpy()
    )
    theirs = logrank_test(stop[group], stop[~group], seen[group], seen[~group])
    assert log_rank(spells(stop, seen), group).chi_square == pytest.approx(theirs.test_statistic)


def test_what_cannot_be_estimated_is_refused_in_plain_words():
    data = spells(DAYS, SEEN)
    x = np.sin(np.arange(10.0))[:, None]
    with pytest.raises(RefusedError, match="no events"):
        cox(spells(DAYS, np.zeros(10)), x, ["x"])
    with pytest.raises(RefusedError, match="the same for every spell"):
        cox(data, np.ones((10, 1)), ["x"])
    with pytest.raises(RefusedError, match="told apart"):
        cox(data, np.column_stack([x, x * 2]), ["x", "y"])
    with pytest.raises(RefusedError, match="zero or infinity"):
        cox(data, (~SEEN).astype(float)[:, None], ["never"])
    with pytest.raises(RefusedError, match="no term 'z'"):
        cox(data, x, ["x"]).log_ratio("z")
    layered = cox(data, x, ["x"], strata=np.arange(10) < 4)
    with pytest.raises(RefusedError, match="2 strata"):
        predicted_survival(layered, [1], [5], 0.95)
    with pytest.raises(RefusedError, match="1 of 10 spells end at or before"):
        spells(DAYS, SEEN, np.where(DAYS == 3, 3, 0))
    with pytest.raises(RefusedError, match="missing"):
        spells([1, np.nan], [1, 1])
    with pytest.raises(RefusedError, match="whole numbers"):
        spells([1, 2], [0.5, 1])
    with pytest.raises(RefusedError, match="one group"):
        log_rank(data, np.zeros(10))
    with pytest.raises(RefusedError, match="followed from their start"):
        accelerated(spells(DAYS, SEEN, np.zeros(10)), x, ["x"])
