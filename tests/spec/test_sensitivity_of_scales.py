"""The contrast of a survey question by models of change, by mode, and without a changed form."""

import numpy as np
import pytest
from scales_example import AREAS, WAVES, answers, change, scale_codebook, setting

from evaluatie.domain import Population
from evaluatie.evaluation.sensitivity.change_models import by_models_of_change, ordered_codes
from evaluatie.evaluation.sensitivity.measurement import by_measurement
from evaluatie.results import estimates_frame
from evaluatie.survey.area_waves import area_waves

EFFECT = 0.6


def waves(effect=EFFECT, seed=3):
    return {wave: answers(wave, effect, seed) for wave in WAVES}


def rows_of(analysis, indicator, frames=None, book=None, **more):
    made = setting(indicator, frames or waves(), book or scale_codebook(), **more)
    return made, estimates_frame(analysis(made)).set_index("category")


def agreed(made):
    """The difference of weighted means of changes, by hand."""
    changes, treated = made.changes, made.changes["area"].isin(AREAS[:4])
    means = [
        np.average(changes.loc[side, "change"], weights=changes.loc[side, "residents"])
        for side in (treated, ~treated)
    ]
    return means[0] - means[1]


def test_sampling_covariance_of_means_is_that_of_each_level_and_of_each_change():
    made = setting("total", waves(), scale_codebook())
    panel = made.products.panel
    found = area_waves(panel, "total", made.study)
    assert found.mean.shape == (24,)
    scores = panel.frame["total"].to_numpy(float)
    design, frame = panel.design(WAVES), panel.frame
    inside = (frame["area_code"] == "A3").to_numpy()
    at = {w: int(np.flatnonzero((found.area == "A3") & (found.wave == w))[0]) for w in WAVES}
    two = frame["wave"].isin(["w0", "w2"]).to_numpy()
    change = design.change(scores, (frame["wave"] == "w2").to_numpy(), inside & two)
    i, j = at["w2"], at["w0"]
    V = found.covariance
    assert found.mean[i] - found.mean[j] == pytest.approx(change.estimate)
    assert V[i, i] + V[j, j] - 2 * V[i, j] == pytest.approx(change.std_error**2)
    assert V[i, j] > 0  # the same persons


def test_models_of_change_agree_with_the_agreed_contrast_when_areas_are_alike():
    made, rows = rows_of(by_models_of_change, "total")
    for category in ("method=mixed_model", "method=gee"):
        row = rows.loc[category]
        assert row["estimate"] == pytest.approx(agreed(made), abs=0.1)
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        assert np.isnan(row["p_value"])
        assert (row["n"], row["n_clusters"]) == (480, 8)
    assert rows.loc["method=gee", "df"] == 6
    assert rows.loc["method=mixed_model", "df"] <= 6


def test_an_ordered_answer_gives_an_odds_ratio_of_a_better_answer():
    """Health is coded from 1 (best); a higher latent effect must give an odds ratio above one."""
    made, rows = rows_of(by_models_of_change, "good")
    row = rows.loc["method=ordinal"]
    assert row["unit"] == "odds_ratio"
    assert row["estimate"] > 1.5
    assert 0 < row["ci_low"] < row["estimate"] < row["ci_high"]
    assert rows.loc["method=gee", "unit"] == "share"
    good = made.codebook.scales["good"]
    assert ordered_codes(made, good) == ("5", "4", "3", "2", "1")
    last = good.model_copy(update={"good_codes": ("4", "5")})
    assert ordered_codes(made, last) == ("1", "2", "3", "4", "5")
    assert ordered_codes(made, good.model_copy(update={"good_codes": ("2", "4")})) == ()


def test_a_model_that_is_refused_is_a_row_with_a_reason():
    frames = waves()
    for frame in frames.values():
        frame["health"] = np.where(frame["health"] == "5", "4", frame["health"])
    _, rows = rows_of(by_models_of_change, "good", frames)
    assert rows.loc["method=ordinal", "reason"] == "empty_category:1"
    assert rows.loc["method=ordinal", "unit"] == "odds_ratio"


def test_a_constant_outcome_is_no_estimate():
    frames = {wave: frame.assign(grade=7.0) for wave, frame in waves().items()}
    _, rows = rows_of(by_models_of_change, "grade", frames)
    assert set(rows["reason"]) == {"constant_outcome"}


def test_the_mix_of_modes_held_fixed_undoes_a_shift_of_mode():
    """Online answers are two points lower; only the pilot side moves online. No true effect."""
    frames = waves(effect=0.0)
    draw = np.random.default_rng(4)
    pilot = frames["w0"]["area_code"].isin(AREAS[:4])
    for wave, frame in frames.items():
        online = draw.random(len(frame)) < np.where(pilot & (wave == "w2"), 0.7, 0.35)
        frame["mode"] = np.where(online, "online", "post")
        frame["grade"] = frames["w0"]["grade"].clip(4, 8) - 2.0 * online
    made, rows = rows_of(by_measurement, "grade", frames)
    assert agreed(made) < -0.5
    for mode in ("post", "online", "standardised"):
        row = rows.loc[f"mode={mode}"]
        assert abs(row["estimate"]) < 0.35
        assert row["ci_low"] < row["ci_high"]


def test_one_mode_throughout_gives_no_rows():
    frames = {wave: frame.assign(mode="post") for wave, frame in waves().items()}
    _, rows = rows_of(by_measurement, "grade", frames)
    assert rows.empty


def test_a_rare_mode_is_refused():
    frames = waves()
    for frame in frames.values():
        rare = frame.groupby("area_code").cumcount() < 9
        frame["mode"] = np.where(rare, "online", "post")
    _, rows = rows_of(by_measurement, "grade", frames)
    assert rows.loc["mode=online", "reason"] == "few_in_mode:16"
    assert rows.loc["mode=standardised", "reason"] == "few_in_mode:16"
    assert np.isfinite(rows.loc["mode=post", "estimate"])


def test_the_contrast_before_the_change_and_over_unchanged_items():
    """The new wording of q1 adds points on the pilot side only; nothing else is planted."""
    frames = waves(effect=0.0)
    pilot = frames["w2"]["area_code"].isin(AREAS[:4])
    frames["w2"].loc[pilot, "q1"] = "5"
    book = scale_codebook(q1=[change("w2", "wording")])
    made, rows = rows_of(by_measurement, "total", frames, book)
    assert agreed(made) > 1
    for category in ("measurement=before_change|wave=w1", "measurement=unchanged_items"):
        row = rows.loc[category]
        assert abs(row["estimate"]) < 0.6
        assert row["ci_low"] < row["estimate"] < row["ci_high"]


def test_a_change_at_the_first_follow_up_leaves_nothing_before_it():
    book = scale_codebook(grade=[change("w1", "wording")])
    _, rows = rows_of(by_measurement, "grade", book=book)
    row = rows.loc["measurement=before_change|wave=w0"]
    assert row["reason"] == "changed_at_first_follow_up"


def test_a_change_from_the_baseline_on_is_no_change():
    book = scale_codebook(grade=[change("w0", "wording")])
    _, rows = rows_of(by_measurement, "grade", book=book)
    assert not rows.index.str.startswith("measurement=").any()


def test_stayers_are_another_population():
    for analysis in (by_models_of_change, by_measurement):
        _, rows = rows_of(analysis, "total", population=Population.STAYERS)
        assert set(rows["reason"]) == {"population_not_supported:stayers"}
