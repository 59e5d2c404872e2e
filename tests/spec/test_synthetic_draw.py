"""A synthetic study: known truth, independent parts, planted defects that intake finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement import AgreementBook, load_agreements
from evaluatie.dictionary import Codebook, load_codebook
from evaluatie.domain import Side
from evaluatie.errors import DeclarationError, UserError
from evaluatie.intake import validate_frames
from evaluatie.study import Study, open_study
from evaluatie.survey.scoring import score_waves
from evaluatie.synthetic import PARTS, SyntheticStudy, draw_study, load_settings
from evaluatie.synthetic.answers import draw_answers, fit_instruments, treated_here
from evaluatie.synthetic.calendar import quarter_window
from evaluatie.synthetic.coding import asked, file_answers
from evaluatie.synthetic.latent import draw_adults
from evaluatie.synthetic.population import draw_population
from evaluatie.synthetic.settings import SyntheticSettings
from evaluatie.synthetic.world import World

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(ROOT)


@pytest.fixture(scope="module")
def codebook(study: Study) -> Codebook:
    return load_codebook(study)


@pytest.fixture(scope="module")
def book(study: Study, codebook: Codebook) -> AgreementBook:
    return load_agreements(study, codebook)


@pytest.fixture(scope="module")
def small(study: Study, codebook: Codebook) -> SyntheticSettings:
    """A twelfth of the people, no defects, everything booked and started before extraction."""
    settings = load_settings(study, codebook)
    areas = {
        code: area.model_copy(update={"inhabitants": area.inhabitants // 12})
        for code, area in settings.areas.items()
    }
    assert settings.durations is not None
    changes = {
        "areas": areas,
        "defects": (),
        "extracted_on": study.report_date.replace(year=study.report_date.year + 4),
        "durations": settings.durations.model_copy(
            update={"unstarted_share": 0.0, "feedback_share": 1.0}
        ),
    }
    return settings.model_copy(update=changes)


@pytest.fixture(scope="module")
def both(
    study: Study, codebook: Codebook, book: AgreementBook, small: SyntheticSettings
) -> tuple[SyntheticStudy, SyntheticStudy]:
    """The same world with and without the effects of the pilot."""
    worlds = [
        draw_study(study, codebook, book, 7, scenario, settings=small)
        for scenario in ("effect", "null")
    ]
    return worlds[0], worlds[1]


def pilot_codes(study: Study) -> list[str]:
    return [area.code for area in study.areas_on(Side.PILOT)]


def truth_of(synthetic: SyntheticStudy, indicator: str, wave: str, population: str) -> pd.Series:
    rows = synthetic.truth
    rows = rows[(rows["indicator"] == indicator) & (rows["wave"] == wave)]
    return rows[rows["population"] == population].set_index("weighting")["truth"]


@pytest.mark.parametrize("scenario", ["null", "confounded"])
def test_without_an_effect_the_truth_is_exactly_zero(
    scenario: str,
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    small: SyntheticSettings,
) -> None:
    drawn = draw_study(study, codebook, book, 3, scenario, settings=small)
    assert len(drawn.truth) > 100
    assert (drawn.truth["truth"] == 0).all()


def test_before_the_start_the_truth_is_zero_and_afterwards_it_has_the_planted_size(
    both: tuple[SyntheticStudy, SyntheticStudy], small: SyntheticSettings, study: Study
) -> None:
    truth = both[0].truth
    assert (truth.loc[truth["wave"] == study.baseline.id, "truth"] == 0).all()
    sizes = small.scenarios["effect"].effects
    for indicator in ("sf12_mcs", "quality_of_care", "municipal_cost", "zvw_cost"):
        for wave, size in sizes[indicator].items():
            rows = truth[(truth["indicator"] == indicator) & (truth["wave"] == wave)]
            equal = rows[rows["weighting"] == "resident_weighted"]["truth"]
            assert equal.to_numpy() == pytest.approx(size, rel=0.15), (indicator, wave)


def test_survey_truth_is_the_difference_of_two_scored_worlds(
    study: Study, codebook: Codebook, book: AgreementBook, small: SyntheticSettings
) -> None:
    """Brute force: every adult of the pilot answers in both worlds, the survey layer scores."""
    people = draw_population(study, small, 7)
    world = World(study, codebook, small, book, people, "effect", 7)
    adults = draw_adults(world)
    answers = draw_answers(world, fit_instruments(codebook, small), adults)
    drawn = draw_study(study, codebook, book, 7, "effect", parts=["survey"], settings=small)
    index, wave = len(study.waves) - 1, study.waves[-1]
    rows = np.flatnonzero(treated_here(study, adults, index))
    scored = []
    for treated in (True, False):
        frame = {"respondent_id": rows.astype(str), "birth_year": 1970.0}
        frame |= {"completed_on": pd.Timestamp(wave.start)}
        for item in codebook.items.values():
            if asked(item, wave.id):
                one = answers.items[item.id]
                values = one.values(index, rows, np.full(len(rows), treated))
                coded = file_answers(study, item, one.model.levels, values, wave.id)
                frame[item.id] = pd.Series(coded).map(_undo(study, codebook, item.id, wave.id))
        scored.append(score_waves({wave.id: _complete(frame)}, codebook))
    area = np.array([a.code for a in study.areas])[adults.area[index, rows]]
    for scale in ("sf12_mcs", "eq5d_index", "loneliness", "resilience", "ph_meaning"):
        gain = scored[0][scale] - scored[1][scale]
        found = truth_of(drawn, scale, wave.id, "current_residents")
        assert found["resident_weighted"] == pytest.approx(gain.mean(), abs=1e-9)
        by_area = gain.groupby(area).mean()
        assert found["neighbourhood_equal"] == pytest.approx(by_area.mean(), abs=1e-9)


def _undo(study: Study, codebook: Codebook, item: str, wave: str) -> object:
    """Undo the coding of the file, as intake does; numbers stay as they are."""
    order = [w.id for w in study.waves]
    for change in reversed(codebook.items[item].changes):
        if change.recode and order.index(change.wave) <= order.index(wave):
            return change.recode
    return lambda value: value


def _complete(columns: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(columns)
    for name in ("person_id", "household_id", "area_code", "mode", "sex", "education"):
        frame[name] = None
    return frame


def test_cost_truth_is_the_difference_of_what_two_worlds_declare(
    both: tuple[SyntheticStudy, SyntheticStudy], study: Study, codebook: Codebook
) -> None:
    """Brute force from the raw feeds: declared lines by address, per person-year lived there."""
    first, last = quarter_window(study.waves[-1])
    level = [_declared(drawn, study, codebook, first, last) for drawn in both]
    years = _person_years(both[0], study, first, last)
    gain = (level[0] - level[1]).reindex(pilot_codes(study))
    found = truth_of(both[0], "municipal_cost", study.waves[-1].id, "current_residents")
    people = years.reindex(pilot_codes(study))
    assert found["resident_weighted"] == pytest.approx(gain.sum() / people.sum(), rel=1e-6)
    assert found["neighbourhood_equal"] == pytest.approx((gain / people).mean(), rel=1e-6)


def _declared(
    drawn: SyntheticStudy, study: Study, codebook: Codebook, first: object, last: object
) -> pd.Series:
    feeds = drawn.raw.feeds
    lines = feeds["declarations"].merge(feeds["arrangements"], on="assignment_no")
    lines = lines[(lines["month"] >= pd.Timestamp(first)) & (lines["month"] < pd.Timestamp(last))]
    # the home in a month is that of the first day of care in it
    lines["day"] = lines[["month", "start"]].max(axis=1)
    placed = lines.merge(feeds["addresses"], on="household_id", suffixes=("", "_lives"))
    ends = placed["end_lives"].fillna(pd.Timestamp("2099-01-01"))
    placed = placed[(placed["start_lives"] <= placed["day"]) & (placed["day"] <= ends)]
    price = placed["month"].dt.year.map(
        lambda year: codebook.price_factor(int(year), study.price_level)
    )
    return (placed["amount_eur"] * price).groupby(placed["area_code"]).sum()


def _person_years(drawn: SyntheticStudy, study: Study, first: object, last: object) -> pd.Series:
    feeds = drawn.raw.feeds
    spells = feeds["residents"].merge(feeds["addresses"], on="household_id")
    start = spells["start"].clip(lower=pd.Timestamp(first))
    until = (spells["end"] + pd.Timedelta(days=1)).fillna(pd.Timestamp(last))
    lived = (until.clip(upper=pd.Timestamp(last)) - start).dt.days.clip(lower=0)
    days = (pd.Timestamp(last) - pd.Timestamp(first)).days
    return (lived / days).groupby(spells["area_code"]).sum()


def test_insured_truth_is_the_difference_of_what_the_insurer_reports(
    both: tuple[SyntheticStudy, SyntheticStudy], study: Study, codebook: Codebook
) -> None:
    year = study.waves[-1].start.year - 1
    euros, years = [], None
    for drawn in both:
        zvw = drawn.raw.feeds["zvw"]
        zvw = zvw[(zvw["year"] == year) & zvw["area_code"].isin(pilot_codes(study))]
        euros.append(zvw["amount_eur"].sum())
        cells = zvw.drop_duplicates(["area_code", "sex", "age_class"])
        years = cells["insured_years"].sum()
    gain = (euros[0] - euros[1]) * codebook.price_factor(year, study.price_level) / years
    found = truth_of(both[0], "zvw_cost", study.waves[-1].id, "insured")
    assert found["resident_weighted"] == pytest.approx(gain, rel=1e-3)  # cells are rounded


def test_duration_truth_is_the_difference_of_two_worlds(
    both: tuple[SyntheticStudy, SyntheticStudy], study: Study
) -> None:
    first, last = (pd.Timestamp(day) for day in quarter_window(study.waves[-1]))
    means = []
    for drawn in both:
        frame = drawn.raw.feeds["requests"].merge(drawn.raw.feeds["addresses"], on="household_id")
        ends = frame["end"].fillna(pd.Timestamp("2099-01-01"))
        here = (frame["start"] <= frame["requested_on"]) & (frame["requested_on"] <= ends)
        now = (frame["requested_on"] >= first) & (frame["requested_on"] < last)
        frame = frame[here & now & frame["area_code"].isin(pilot_codes(study))]
        means.append((frame["started_on"] - frame["requested_on"]).dt.days.mean())
    found = truth_of(both[0], "wmo_waiting_days", study.waves[-1].id, "current_residents")
    assert found["resident_weighted"] == pytest.approx(means[0] - means[1], abs=1e-9)
    assert found["resident_weighted"] < -3


def test_a_scenario_changes_the_pilot_only(
    both: tuple[SyntheticStudy, SyntheticStudy], study: Study
) -> None:
    """Same seed, same random numbers: comparison areas and the first wave are identical."""
    effect, null = (drawn.raw for drawn in both)
    first, last = study.baseline.id, study.waves[-1].id
    pd.testing.assert_frame_equal(effect.survey[first], null.survey[first])
    assert (effect.survey[last]["person_id"] == null.survey[last]["person_id"]).all()
    pilot = effect.survey[last]["area_code"].isin(pilot_codes(study))
    pd.testing.assert_frame_equal(effect.survey[last][~pilot], null.survey[last][~pilot])
    assert not effect.survey[last][pilot].equals(null.survey[last][pilot])


def test_a_part_is_the_same_whether_or_not_others_are_drawn(
    both: tuple[SyntheticStudy, SyntheticStudy],
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    small: SyntheticSettings,
) -> None:
    for part in PARTS:
        alone = draw_study(study, codebook, book, 7, "effect", parts=[part], settings=small)
        drawn = {**alone.raw.feeds, **alone.raw.survey, **alone.raw.professionals}
        assert drawn, part
        for name, frame in alone.raw.feeds.items():
            pd.testing.assert_frame_equal(frame, both[0].raw.feeds[name])
        for wave, frame in alone.raw.survey.items():
            pd.testing.assert_frame_equal(frame, both[0].raw.survey[wave])


def test_intake_accepts_the_feeds_and_finds_exactly_the_planted_defects(
    study: Study, codebook: Codebook, book: AgreementBook, small: SyntheticSettings
) -> None:
    settings = small.model_copy(
        update={
            "defects": load_settings(study, codebook).defects,
            "extracted_on": study.waves[-1].end,
        }
    )
    drawn = draw_study(study, codebook, book, 11, "effect", settings=settings)
    key = ["feed", "file", "column", "rule", "count"]
    planted = drawn.defects[drawn.defects["rule"] != "wrong_encoding"]  # only in a file
    issues = validate_frames(study, codebook, drawn.raw).issues
    assert sorted(planted[key].itertuples(index=False)) == sorted(
        issues[key].itertuples(index=False)
    )
    assert set(issues["severity"]) == {"tolerate"}
    assert len(planted) >= 35


def test_every_id_is_visibly_artificial(both: tuple[SyntheticStudy, SyntheticStudy]) -> None:
    raw = both[0].raw
    for frame in (*raw.feeds.values(), *raw.survey.values(), *raw.professionals.values()):
        for name in frame.columns:
            if name.endswith(("person_id", "household_id", "respondent_id", "professional_id")):
                assert frame[name].str.startswith("SYN-").all(), name


def test_unknown_scenarios_and_parts_are_refused(
    study: Study, codebook: Codebook, book: AgreementBook, small: SyntheticSettings
) -> None:
    with pytest.raises(UserError, match=r"no scenario 'miracle'[\s\S]*effect, null, .*confounded"):
        draw_study(study, codebook, book, 1, "miracle", settings=small)
    with pytest.raises(UserError, match=r"no part magic[\s\S]*survey"):
        draw_study(study, codebook, book, 1, "null", parts=["magic"], settings=small)


def test_settings_that_name_an_unknown_area_are_refused(
    tmp_path: Path, study: Study, codebook: Codebook
) -> None:
    folder = tmp_path / "analysis"
    folder.mkdir()
    text = (ROOT / "analysis" / "synthetic.yml").read_text(encoding="utf-8")
    code = study.areas[0].code
    (folder / "synthetic.yml").write_text(text.replace(code, "BU00000000"), encoding="utf-8")
    with pytest.raises(DeclarationError, match="unknown area: BU00000000"):
        load_settings(study.model_copy(update={"root": tmp_path}), codebook)
