"""The full synthetic study resembles the public totals, and has the tails that make it hard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import Codebook, load_codebook
from evaluatie.study import Study, open_study
from evaluatie.synthetic import SyntheticStudy, draw_study, load_settings

ROOT = Path(__file__).parents[2]
# CBS, Kosten naar wet, Maastricht; inhabitants of the municipality
INHABITANTS = 122_500
ZVW_2014, WLZ_2015 = 296_381_702, 148_613_057


@pytest.fixture(scope="module")
def study() -> Study:
    return open_study(ROOT)


@pytest.fixture(scope="module")
def codebook(study: Study) -> Codebook:
    return load_codebook(study)


@pytest.fixture(scope="module")
def drawn(study: Study, codebook: Codebook) -> SyntheticStudy:
    book = load_agreements(study, codebook)
    settings = load_settings(study, codebook).model_copy(update={"defects": ()})
    return draw_study(study, codebook, book, study.seed, "effect", settings=settings)


def inhabitants(drawn: SyntheticStudy) -> pd.Series:
    return drawn.raw.feeds["population"].groupby("year")["inhabitants"].sum()


def test_the_areas_have_about_thirty_thousand_inhabitants(drawn: SyntheticStudy) -> None:
    assert (inhabitants(drawn) % 5 == 0).all()
    assert inhabitants(drawn).between(28_000, 32_000).all()


def test_insured_cost_per_insured_year_lies_near_the_public_total(drawn: SyntheticStudy) -> None:
    zvw = drawn.raw.feeds["zvw"]
    first = zvw[zvw["year"] == zvw["year"].min()]
    years = first.drop_duplicates(["area_code", "sex", "age_class"])["insured_years"].sum()
    assert first["amount_eur"].sum() / years == pytest.approx(ZVW_2014 / INHABITANTS, rel=0.10)


def test_long_term_care_per_resident_lies_near_the_public_total(drawn: SyntheticStudy) -> None:
    wlz = drawn.raw.feeds["wlz"]
    year = wlz["year"].min()
    total = wlz.loc[wlz["year"] == year, "amount_eur"].sum()
    assert total / inhabitants(drawn)[year] == pytest.approx(WLZ_2015 / INHABITANTS, rel=0.10)


def declared(drawn: SyntheticStudy) -> pd.DataFrame:
    feeds = drawn.raw.feeds
    lines = feeds["declarations"].merge(feeds["arrangements"], on="assignment_no")
    return lines.assign(year=lines["month"].dt.year)


def test_municipal_cost_per_resident_is_what_the_settings_ask(
    drawn: SyntheticStudy, study: Study, codebook: Codebook
) -> None:
    settings = load_settings(study, codebook)
    assert settings.care is not None
    lines = declared(drawn)
    law = lines["product_code"].map(lambda code: codebook.code_lists["products"][code].law)
    for name, target in settings.care.eur_per_resident.items():
        before = lines[(law == name) & (lines["year"] < study.pilot_start.year)]
        years = before["year"].unique()
        price = before["year"].map(lambda y: codebook.price_factor(int(y), study.price_level))
        euros = (before["amount_eur"] * price).sum() / inhabitants(drawn)[years].sum()
        assert euros == pytest.approx(target, rel=0.15), name


def test_few_households_make_most_of_the_cost_and_keep_doing_so(drawn: SyntheticStudy) -> None:
    lines = declared(drawn)
    by_year = lines.pivot_table(
        index="household_id", columns="year", values="amount_eur", aggfunc="sum", fill_value=0
    )
    one = by_year[by_year.columns[1]].sort_values(ascending=False)
    one = one[one > 0]
    assert one.head(len(one) // 100).sum() / one.sum() > 0.10
    assert one.head(len(one) // 10).sum() / one.sum() > 0.45
    following = by_year[by_year.columns[:2]].corr().iloc[0, 1]
    assert following > 0.5
    families = (by_year > 100_000).sum()
    assert families.sum() > 0
    assert families.max() < 40
    # chosen because they were extreme, they cost less the year after: regression to the mean
    extreme = by_year[by_year[by_year.columns[1]] > 50_000]
    assert extreme[by_year.columns[3]].mean() < 0.8 * extreme[by_year.columns[1]].mean()


def test_three_bases_of_cost_differ_and_credits_are_matched(drawn: SyntheticStudy) -> None:
    lines = declared(drawn)
    supplied = (lines["delivered_volume"] * lines["rate_eur"]).sum()
    assert 1.001 < lines["amount_eur"].sum() / supplied < 1.05
    credit = lines[lines["amount_eur"] < 0].set_index("credit_of")["amount_eur"]
    original = lines.set_index("declaration_no")["amount_eur"]
    np.testing.assert_allclose(-credit.to_numpy(), original.loc[credit.index].to_numpy())


def test_the_last_quarters_are_incomplete(drawn: SyntheticStudy) -> None:
    lines = declared(drawn)
    quarter = lines.groupby(lines["month"].dt.to_period("Q"))["amount_eur"].sum()
    before = quarter.iloc[-8:-4].mean()
    assert quarter.iloc[-1] < 0.85 * before
    assert quarter.iloc[-5] == pytest.approx(before, rel=0.15)


def test_void_replaced_and_open_records_occur(drawn: SyntheticStudy, codebook: Codebook) -> None:
    frame = drawn.raw.feeds["arrangements"]
    void = frame["start"] == frame["end"]
    assert 300 < void.sum() < 2000
    assert set(frame.loc[void, "change_reason"]) == {"01", "13"}
    assert (
        not drawn.raw.feeds["declarations"]["assignment_no"]
        .isin(frame[void]["assignment_no"])
        .any()
    )
    assert frame["end"].isna().sum() > 1000
    assert (frame["change_reason"] == "90").sum() > 3000
    assert codebook.code_lists["change_reasons"].keys() >= set(frame["change_reason"].dropna())


def test_response_is_about_as_large_as_published_and_selective(
    drawn: SyntheticStudy, study: Study
) -> None:
    first = study.baseline.id
    answered = drawn.raw.survey[first]
    assert len(answered) == pytest.approx(1441, rel=0.06)
    sizes = answered["area_code"].value_counts()
    assert len(sizes) == len(study.areas)
    assert sizes.max() > 1.5 * sizes.min()
    invited = drawn.raw.feeds["sample"]
    invited = invited[invited["wave"] == first.upper()]
    share = answered.groupby("sex").size() / invited.groupby("sex").size()
    assert share["1"] < share["2"]  # men answer less
    assert answered["birth_year"].mean() < invited["birth_year"].mean() - 2  # so do the young
    again = set(answered["person_id"]) & set(drawn.raw.survey[study.waves[1].id]["person_id"])
    assert 0.35 < len(again) / len(answered) < 0.7
