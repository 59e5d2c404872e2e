"""Interrupted time series: what may be analysed, and effects that can be worked out by hand."""

from datetime import date

import numpy as np
import pytest

from evaluatie.errors import RefusedError
from evaluatie.methods import (
    SeriesSpec,
    arima_errors,
    autocorrelation,
    controlled_counts,
    controlled_outcome,
    durbin_watson,
    interaction,
    newey_west,
    periods_on_each_side,
    prais_winsten,
    quasi_poisson,
    segmented_columns,
    segmented_series,
    series_refusal,
    time_regression,
    usable_periods,
)
from evaluatie.methods.series.arima_errors import likeliest_phi, log_likelihood
from evaluatie.methods.small_sample import autoregressive, bartlett

START = date(2018, 1, 1)
QUARTERS = SeriesSpec(4, START)
MONTHS = SeriesSpec(12, START)


def periods(n, width, first="2016-01"):
    return np.datetime64(first, "M") + np.arange(n) * width


def noisy(n, seed=0, rho=0.0):
    draws = np.random.default_rng(seed).normal(size=n)
    for t in range(1, n):
        draws[t] += rho * draws[t - 1]
    return draws


# ----------------------------------------------------------------------------- the gate


@pytest.mark.parametrize(
    ("n", "spec", "reason"),
    [
        (16, QUARTERS, ""),
        (15, QUARTERS, "too_few_periods:7_of_8"),
        (48, MONTHS, ""),
        (47, MONTHS, "too_few_periods:23_of_24"),
        (3, SeriesSpec(1, START), "annual_series"),
        (20, SeriesSpec(2, START), "period_not_supported:2"),
    ],
)
def test_two_years_on_each_side_are_needed(n, spec, reason):
    assert series_refusal(periods(n, 12 // spec.per_year), noisy(n), spec) == reason


def test_nothing_from_the_event_on_is_used():
    spec = SeriesSpec(4, START, event=date(2020, 3, 1))
    kept = usable_periods(periods(20, 3), spec)
    assert kept.sum() == 16  # the quarter of the event goes as a whole
    assert series_refusal(periods(20, 3), noisy(20), spec) == ""
    earlier = SeriesSpec(4, START, event=date(2019, 12, 31))
    assert series_refusal(periods(20, 3), noisy(20), earlier) == "too_few_periods:7_of_8"


def test_a_period_that_is_not_complete_is_cut_off():
    spec = SeriesSpec(12, START, complete_until=date(2020, 3, 15))
    kept = usable_periods(periods(60, 1), spec)
    assert kept.sum() == 50  # up to and with February
    assert (
        usable_periods(periods(60, 1), SeriesSpec(12, START, None, date(2020, 3, 31))).sum() == 51
    )


def test_a_gap_or_a_missing_value_is_refused():
    months = np.delete(periods(60, 1), 30)
    assert series_refusal(months, noisy(59), MONTHS) == "gap_in_series:1"
    values = noisy(60)
    values[[3, 40]] = np.nan
    assert series_refusal(periods(60, 1), values, MONTHS) == "gap_in_series:2"


def test_a_constant_series_is_refused():
    assert series_refusal(periods(20, 3), np.full(20, 7.0), QUARTERS) == "constant_series"


def test_the_refusal_says_what_to_do():
    with pytest.raises(RefusedError, match="three annual points are no time series") as error:
        segmented_series(periods(3, 12), noisy(3), SeriesSpec(1, START))
    assert "without a model" in str(error.value)


def test_whole_periods_on_each_side():
    spec = SeriesSpec(4, date(2018, 2, 1))  # the first quarter of 2018 is on neither side
    assert periods_on_each_side(periods(20, 3), spec) == (8, 11)


# ----------------------------------------------------------------------------- the design


def test_the_columns_are_averages_over_the_days_of_a_period():
    spec = SeriesSpec(4, date(2018, 2, 15), season="none")
    months = periods(20, 3)
    columns = segmented_columns(months, spec)
    for k in (7, 8, 9, 19):  # brute force: every day of the period
        days = np.arange(months[k].astype("datetime64[D]"), (months[k] + 3).astype("datetime64[D]"))
        years = ((days - np.datetime64(spec.start)).astype(int) + 0.5) / 365.25
        after = years > 0
        assert columns["trend"][k] == pytest.approx(years.mean())
        assert columns["level_change"][k] == pytest.approx(after.mean())
        assert columns["slope_change"][k] == pytest.approx((years * after).mean())


def test_seasons_are_named_by_their_place_in_the_year():
    months = periods(24, 1, "2017-04")
    columns = segmented_columns(months, MONTHS)
    april = [m for m, v in columns.items() if m.startswith("season") and v[0] == 1]
    assert april == ["season_4"]
    assert "season_1" not in columns  # January is the reference


def test_harmonics_fit_a_sine_that_dummies_fit_too():
    months = periods(60, 1)
    wave = np.sin(2 * np.pi * (np.arange(60) % 12 + 0.5) / 12)
    spec = SeriesSpec(12, START, season="harmonics", harmonics=1)
    design = np.column_stack(list(segmented_columns(months, spec).values()))
    assert np.abs(design @ np.linalg.lstsq(design, wave, rcond=None)[0] - wave).max() < 1e-12


@pytest.mark.parametrize("season", ["dummies", "harmonics", "none"])
@pytest.mark.parametrize(
    "estimator",
    [
        newey_west,
        lambda m: newey_west(m, small_sample=True),
        prais_winsten,
        lambda m: prais_winsten(m, small_sample=True),
        arima_errors,
        lambda m: arima_errors(m, restricted=False),
    ],
)
def test_a_planted_effect_is_found(season, estimator):
    spec = SeriesSpec(12, START, season=season)
    columns = segmented_columns(periods(60, 1), spec)
    truth = 300 - 20 * columns["trend"] + 45 * columns["level_change"] + 8 * columns["slope_change"]
    fit = estimator(segmented_series(periods(60, 1), truth + 1e-3 * noisy(60), spec))
    assert fit.of("trend").estimate == pytest.approx(-20, abs=0.01)
    assert fit.of("level_change").estimate == pytest.approx(45, abs=0.01)
    assert fit.of("slope_change").estimate == pytest.approx(8, abs=0.01)
    end = fit.effect_at(2.5)
    assert end.estimate == pytest.approx(45 + 8 * 2.5, abs=0.01)
    assert end.std_error > 0
    assert end.df >= 1
    assert end.interval()[0] < end.estimate < end.interval()[1]


def test_the_effect_at_a_horizon_by_hand():
    fit = newey_west(segmented_series(periods(20, 3), noisy(20), QUARTERS))
    level, slope = (fit.terms.index(t) for t in ("level_change", "slope_change"))
    v = fit.covariance
    variance = v[level, level] + 2 * 1.5 * v[level, slope] + 1.5**2 * v[slope, slope]
    assert fit.effect_at(1.5).std_error == pytest.approx(np.sqrt(variance))
    with pytest.raises(RefusedError, match="before the start"):
        fit.effect_at(-1)
    with pytest.raises(RefusedError, match="no term 'step'"):
        fit.of("step")


# ----------------------------------------------------------------------------- inference


def test_small_sample_inference_is_exact_under_its_reference():
    """E of the variance estimate is the variance: the sum over a basis of errors, no simulation."""
    model = segmented_series(periods(20, 3), noisy(20), QUARTERS)
    X, phi = model.X, likeliest_phi(model)
    fit = newey_west(model, 2, small_sample=True)
    omega, kernel = autoregressive(np.arange(20), phi), bartlett(np.arange(20), 2)
    hat = np.linalg.pinv(X)
    w = hat[model.terms.index("level_change")]
    residual = (np.eye(20) - X @ hat) @ np.linalg.cholesky(omega)
    form = np.outer(w, w) * kernel
    expected = sum(e @ form @ e for e in residual.T)
    plain = fit.residuals @ form @ fit.residuals
    assert fit.of("level_change").std_error ** 2 == pytest.approx(
        plain * (w @ omega @ w) / expected
    )


def test_without_lags_and_autocorrelation_df_is_that_of_least_squares():
    """Prais-Winsten whose errors are white: sigma^2 (X'X)^-1 on T - k degrees of freedom."""
    model = time_regression(noisy(400), {"one": np.ones(400), "t": np.arange(400) / 400})
    found, plain = prais_winsten(model, small_sample=True).of("t"), prais_winsten(model).of("t")
    assert found.std_error == pytest.approx(plain.std_error, rel=0.02)
    assert found.df == pytest.approx(398, rel=0.01)


def test_the_likeliest_autocorrelation_is_a_maximum():
    for seed in range(5):
        model = segmented_series(periods(60, 1), noisy(60, seed, 0.5), MONTHS)
        for restricted in (True, False):
            phi = likeliest_phi(model, restricted=restricted)
            best = log_likelihood(model, phi, restricted=restricted)
            grid = np.linspace(-0.98, 0.98, 197)
            assert all(best >= log_likelihood(model, p, restricted=restricted) - 1e-9 for p in grid)


def test_restricted_degrees_of_freedom_by_numerical_derivatives():
    """Satterthwaite: 2 V^2 / var(V), V and the likelihood differentiated by brute force."""
    model = segmented_series(periods(60, 1), noisy(60, 3, 0.4), MONTHS)
    fit = arima_errors(model)
    T, k = model.X.shape
    at = model.terms.index("level_change")
    lag = np.abs(np.subtract.outer(np.arange(T), np.arange(T)))

    def pieces(theta):
        V = np.exp(theta[0]) * theta[1] ** lag / (1 - theta[1] ** 2)
        A = model.X.T @ np.linalg.solve(V, model.X)
        e = model.y - model.X @ np.linalg.solve(A, model.X.T @ np.linalg.solve(V, model.y))
        logs = np.linalg.slogdet(V)[1] + np.linalg.slogdet(A)[1]
        return -(logs + e @ np.linalg.solve(V, e)) / 2, np.linalg.inv(A)[at, at]

    variance = float(fit.innovations @ fit.innovations) / (T - k)
    center, step = np.array([np.log(variance), fit.autocorrelation]), 1e-4 * np.eye(2)
    gradient = np.array([(pieces(center + s)[1] - pieces(center - s)[1]) / 2e-4 for s in step])
    hessian = np.array(
        [
            [
                (
                    pieces(center + a + b)[0]
                    - pieces(center + a - b)[0]
                    - pieces(center - a + b)[0]
                    + pieces(center - a - b)[0]
                )
                / 4e-8
                for b in step
            ]
            for a in step
        ]
    )
    value = pieces(center)[1]
    found = fit.of("level_change")
    assert found.std_error**2 == pytest.approx(value)
    df = 2 * value**2 / (gradient @ np.linalg.inv(-hessian) @ gradient)
    assert found.df == pytest.approx(min(df, T - k), rel=1e-3)


@pytest.mark.parametrize("estimator", [newey_west, prais_winsten, arima_errors])
def test_a_series_without_residual_is_refused(estimator):
    columns = segmented_columns(periods(20, 3), QUARTERS)
    with pytest.raises(RefusedError, match="without any residual"):
        estimator(time_regression(3 + 2 * columns["trend"], columns))


def test_a_series_that_drifts_away_is_refused_by_the_likelihood():
    walk = np.cumsum(np.cumsum(noisy(60)))
    model = time_regression(walk, {"one": np.ones(60)})
    with pytest.raises(RefusedError, match="not below 1"):
        arima_errors(model)


def test_bad_designs_are_refused():
    t = np.arange(20.0)
    with pytest.raises(RefusedError, match="not independent"):
        time_regression(noisy(20), {"one": np.ones(20), "two": 2 * np.ones(20)})
    with pytest.raises(RefusedError, match="all 20 values"):
        time_regression(np.ones(20), {"one": np.ones(20), "t": t})
    with pytest.raises(RefusedError, match="3 periods for 2 terms"):
        time_regression(noisy(3), {"one": np.ones(3), "t": t[:3]})
    with pytest.raises(RefusedError, match="missing or infinite"):
        time_regression(np.r_[np.nan, noisy(19)], {"one": np.ones(20), "t": t})
    model = time_regression(noisy(20), {"one": np.ones(20), "t": t})
    with pytest.raises(RefusedError, match="a lag of 20"):
        newey_west(model, 20)
    with pytest.raises(RefusedError, match="no prewhitened form"):
        newey_west(model, 2, prewhite=True, small_sample=True)


# ----------------------------------------------------------------------------- controlled


def test_all_terms_apart_is_the_difference_series_to_the_last_digit():
    columns = segmented_columns(periods(60, 1), MONTHS)
    pilot, comparison = 300 + noisy(60, 1, 0.5), 250 + noisy(60, 2, 0.5)
    joint = interaction(pilot, comparison, columns, lags=6)
    apart = newey_west(time_regression(controlled_outcome(pilot, comparison), columns), 6)
    assert joint.coefficients == pytest.approx(apart.coefficients)
    assert joint.covariance == pytest.approx(apart.covariance)
    assert joint.df == apart.df
    assert joint.residuals == pytest.approx(apart.residuals)


def test_a_shock_on_both_sides_differences_out():
    shock, base = 40 * noisy(60, 9), 300 + noisy(60, 1)
    columns = segmented_columns(periods(60, 1), MONTHS)
    apart = controlled_outcome(base + 10 * columns["level_change"] + shock, base + shock)
    assert apart == pytest.approx(10 * columns["level_change"])


def test_a_log_ratio_needs_amounts_above_zero():
    with pytest.raises(RefusedError, match="zero or negative"):
        controlled_outcome([1.0, 0.0, 2.0], [1.0, 1.0, 1.0], "log_ratio")


def test_counts_of_two_sides_find_a_planted_ratio():
    columns = segmented_columns(periods(60, 1), MONTHS)
    risk = (np.full(60, 9000.0), np.full(60, 12000.0))
    rate = 0.2 * np.exp(0.03 * columns["trend"])
    ratio = np.exp(-0.1 * columns["level_change"])
    counts = (np.round(risk[0] * rate * ratio), np.round(risk[1] * rate))
    fit = controlled_counts(counts, columns, risk)
    assert fit.of("level_change").estimate == pytest.approx(-0.1, abs=2e-3)
    assert fit.of("trend").estimate == pytest.approx(0.0, abs=2e-3)
    assert fit.dispersion < 0.01  # far less spread than Poisson: nothing was drawn
    careful = controlled_counts(counts, columns, risk, small_sample=True).of("level_change")
    assert careful.estimate == fit.of("level_change").estimate
    assert careful.df < fit.of("level_change").df


def test_separate_models_of_counts_are_the_joint_one():
    columns = segmented_columns(periods(60, 1), MONTHS)
    rng = np.random.default_rng(4)
    counts = (rng.poisson(200, 60).astype(float), rng.poisson(300, 60).astype(float))
    risk = (np.full(60, 900.0), np.full(60, 1000.0))
    apart = [
        quasi_poisson(time_regression(c, columns), r) for c, r in zip(counts, risk, strict=True)
    ]
    joint = controlled_counts(counts, columns, risk)
    assert joint.coefficients == pytest.approx(apart[0].coefficients - apart[1].coefficients)


def test_bad_counts_are_refused():
    columns = {"one": np.ones(20), "step": np.repeat([0.0, 1.0], 10)}
    with pytest.raises(RefusedError, match="not whole"):
        quasi_poisson(time_regression(noisy(20) + 5, columns))
    none_after = np.r_[np.arange(1.0, 11.0), np.zeros(10)]
    with pytest.raises(RefusedError, match="run to infinity"):
        quasi_poisson(time_regression(none_after, columns))
    with pytest.raises(RefusedError, match="zero or negative"):
        quasi_poisson(time_regression(np.arange(20.0), columns), np.zeros(20))


# ----------------------------------------------------------------------------- diagnostics


def test_durbin_watson_by_hand():
    assert durbin_watson([1.0, -1.0, 1.0, -1.0]) == pytest.approx(12 / 4)
    with pytest.raises(RefusedError, match="zero"):
        durbin_watson([0.0, 0.0])


def test_autocorrelation_of_an_alternating_series():
    assert autocorrelation([1.0, -1.0, 1.0, -1.0], 2) == pytest.approx([-3 / 4, 2 / 4])
    with pytest.raises(RefusedError, match="4 lags"):
        autocorrelation([1.0, -1.0, 1.0, -1.0], 4)
