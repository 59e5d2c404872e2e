"""A survey of eight areas and three waves with planted answers, for tests of scales and change."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from survey_study import codebook, item, label, scale, study

from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.model import Margin, Question
from evaluatie.declarations import Label
from evaluatie.dictionary import Codebook
from evaluatie.domain import Aim, Horizon, Population, QuestionType, Weighting
from evaluatie.evaluation.changes import changes_since_baseline
from evaluatie.evaluation.products import Products
from evaluatie.evaluation.sensitivity.analysis import Setting
from evaluatie.intake.data import StudyData
from evaluatie.study import Study
from evaluatie.survey import score_waves, weigh_panel

TEXT = Label(nl="x", en="x")
AREAS = tuple(f"A{i}" for i in range(8))
WAVES = ("w0", "w1", "w2")
PER_AREA = 60
POINTS = "12345"


def area_study() -> Study:
    sides = ["pilot"] * 4 + ["comparison"] * 4
    areas = [{"code": c, "name": c, "side": s} for c, s in zip(AREAS, sides, strict=True)]
    waves = [
        {
            "id": wave,
            "label": label(wave),
            "start": f"{2000 + i}-05-01",
            "end": f"{2000 + i}-06-30",
            "report_from": f"{2000 + i}-09-01",
        }
        for i, wave in enumerate(WAVES)
    ]
    return study(areas=areas, waves=waves, report_date="2003-01-01", cost_years=[1999, 2002])


def change(wave: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"wave": wave, "kind": kind, "note": label("changed")} | more


def scale_codebook(**changes: list[dict[str, Any]]) -> Codebook:
    """Items q1-q4 (1-5), a grade and health (1 best to 5 worst); ``changes`` per item id."""
    items = [item(f"q{i}", POINTS) for i in range(1, 5)]
    items += [item("grade", minimum=0, maximum=10), item("health", POINTS), item("vendor")]
    for each in items:
        each["changes"] = changes.get(each["id"], [])
    scales = [
        scale("total", "sum", ["q1", "q2", "q3", "q4"], minimum=4, maximum=20, mid=2.0),
        scale("grade", "single", ["grade"], minimum=0, maximum=10),
        scale("good", "share_of_codes", ["health"], good_codes=["1", "2"], minimum=0, maximum=1),
        scale("vendor", "imported", ["vendor"]),
    ]
    return codebook(items, scales)


def answers(wave: str, effect: float = 0.0, seed: int = 1) -> pd.DataFrame:
    """One wave: everybody answers in every wave; ``effect`` on the pilot side after w0, in SD."""
    people = np.random.default_rng(seed)  # the same persons in every wave
    n = PER_AREA * len(AREAS)
    area = np.repeat(AREAS, PER_AREA)
    well = people.normal(size=n)
    sex, born = people.choice(["m", "v"], n), people.choice([1930, 1950, 1970], n)
    mode, education = people.choice(["online", "post"], n), people.choice(["high", "low"], n)
    draw = np.random.default_rng((seed, WAVES.index(wave)))
    treated = np.isin(area, AREAS[:4]) & (wave != WAVES[0])
    latent = well + effect * treated
    columns = {f"q{i}": _codes(latent + draw.normal(size=n)) for i in range(1, 5)}
    columns["health"] = _codes(-latent + 0.5 * draw.normal(size=n))
    year = 2000 + WAVES.index(wave)
    return pd.DataFrame(
        {
            "respondent_id": [f"{wave}-{i}" for i in range(n)],
            "person_id": [f"p{i}" for i in range(n)],
            "household_id": [f"h{i // 2}" for i in range(n)],
            "area_code": area,
            "completed_on": pd.Timestamp(year, 5, 20),
            "mode": mode,
            "sex": sex,
            "birth_year": born,
            "education": education,
            "grade": np.clip(np.round(6 + latent + draw.normal(size=n)), 0, 10),
            "vendor": np.clip(50 + 10 * latent, 0, 100),
            **columns,
        }
    )


def _codes(latent: np.ndarray) -> pd.Series:
    return pd.Series(np.clip(np.round(3 + latent), 1, 5).astype(int).astype(str), dtype=object)


def products(waves: dict[str, pd.DataFrame], book: Codebook) -> Products:
    groups = ["18-39", "40-64", "65+"]
    rows = [
        (area, year, sex, group, 100.0)
        for area in AREAS
        for year in (2000, 2001, 2002)
        for sex in "mv"
        for group in groups
    ]
    names = ["area_code", "year", "sex", "age_group", "persons"]
    population = pd.DataFrame(rows, columns=names)
    panel = weigh_panel(score_waves(waves, book), population, area_study(), book)
    feeds = {"population_age_sex": population}
    data = StudyData(waves, {}, feeds, pd.DataFrame(), {}, (), False)
    return Products(data, panel, None, None, None, None, None)


def question(indicator: str, population: Population = Population.CURRENT_RESIDENTS) -> Question:
    return Question(
        id=f"about_{indicator}", label=TEXT, aim=Aim.QUALITY_OF_LIFE, indicator=indicator,
        type=QuestionType.SUPERIORITY, population=population, weighting=Weighting.RESIDENT,
        contrast="difference_in_differences", test="randomisation",
        margin=Margin(value=1.0, reason=TEXT, source="test"), verdict_wave=WAVES[-1],
        horizon=Horizon.QUICK_WIN, decision=TEXT, section="survey",
    )  # fmt: skip


def agreements(*questions: Question) -> AgreementBook:
    return AgreementBook({q.id: q for q in questions}, (), {}, (), (), {}, (), {})


def setting(
    indicator: str,
    waves: dict[str, pd.DataFrame],
    book: Codebook,
    population: Population = Population.CURRENT_RESIDENTS,
) -> Setting:
    made, asked, place = products(waves, book), question(indicator, population), area_study()
    changes = changes_since_baseline(place, book, made, asked, WAVES[-1])
    assert not isinstance(changes, str)
    return Setting(place, book, agreements(asked), made, asked, WAVES[-1], changes)
