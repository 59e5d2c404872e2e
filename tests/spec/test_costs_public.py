"""Public figures: standardised by hand, nothing filled in, own figures never mixed with them."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from public_example import study_in, write_cbs

from evaluatie.costs.amounts.public import public_by_law, public_insured
from evaluatie.errors import RefusedError
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.evaluation.monitor.reference import reference_rows
from evaluatie.intake import read_study
from evaluatie.results import estimates_frame

YEAR = 2019
OLD_PILOT, OLD_OTHER = ("m", "10+", 10, (500, 0, 0)), ("m", "10+", 30, (600, 0, 0))
PARTS = ("farmacie", "huisarts_consult", "huisarts_overig")


@pytest.fixture
def place(tmp_path):
    study, codebook = study_in(tmp_path)
    level = {"price_level": YEAR}  # so that euros are euros of the year
    return study.model_copy(update=level), codebook


def cells(where, rows):
    """rows: sex, age class, insured years, EUR per category."""
    return pd.DataFrame(
        [
            where | {
                "year": YEAR, "sex": sex, "age_class": age, "insured_persons": int(years),
                "insured_years": float(years), "category": part, "amount_eur": float(eur),
            }
            for sex, age, years, amounts in rows
            for part, eur in zip(PARTS, amounts, strict=True)
        ]
    )  # fmt: skip


def example(study):
    public = cells(
        {"municipality": "MAASTRICHT"},
        [("m", "0-4", 100, (1000, 200, 0)), ("m", "5-9", 100, (3000, 200, 0)),
         ("m", "10+", 800, (80000, 1600, 800))],
    )  # fmt: skip
    pilot, other = (a.code for a in (study.areas_on("pilot")[0], study.areas_on("comparison")[0]))
    own = pd.concat(
        [
            cells({"area_code": pilot}, [("m", "0-9", 30, (900, 0, 30)), OLD_PILOT]),
            cells({"area_code": other}, [("m", "0-9", 10, (100, 0, 0)), OLD_OTHER]),
        ]
    )  # fmt: skip
    return public, own


def test_rates_are_standardised_to_the_insured_of_the_pilot(place):
    study, codebook = place
    public, own = example(study)
    found = public_insured(public, own, codebook.feed("vektis"), study, codebook)
    whole = found[found["part"] == ""].set_index("place")
    assert whole.loc["municipality", "eur_per_insured_year"] == pytest.approx(86800 / 1000)
    # bands common to both files: 0-9 and 10+; weights of the pilot 3/4 and 1/4
    assert whole.loc["municipality", "standardised"] == pytest.approx(
        0.75 * 4400 / 200 + 0.25 * 82400 / 800
    )
    assert whole.loc["pilot", "standardised"] == whole.loc["pilot", "eur_per_insured_year"]
    assert whole.loc["comparison", "standardised"] == pytest.approx(0.75 * 10 + 0.25 * 20)
    assert whole.loc["municipality", ["insured_persons", "insured_years"]].tolist() == [1000, 1000]


def test_parts_add_up_and_group_the_columns_of_every_generation(place):
    study, codebook = place
    public, own = example(study)
    found = public_insured(public, own, codebook.feed("vektis"), study, codebook)
    for _, rows in found.groupby("place"):
        total = rows.loc[rows["part"] == "", "standardised"].item()
        assert rows.loc[rows["part"] != "", "standardised"].sum() == pytest.approx(total)
    assert set(found["part"]) == {"", "zvw_farmacie", "zvw_huisarts"}


def test_without_the_own_insurer_there_is_nothing_to_standardise_to(place):
    study, codebook = place
    public, _ = example(study)
    found = public_insured(public, None, codebook.feed("vektis"), study, codebook)
    assert set(found["place"]) == {"municipality"}
    assert found["standardised"].isna().all()


def test_a_stratum_without_insured_years_gives_its_weight_to_the_others(place):
    study, codebook = place
    public, own = example(study)
    public = public[public["age_class"] != "10+"]
    found = public_insured(public, own, codebook.feed("vektis"), study, codebook)
    row = found[(found["place"] == "municipality") & (found["part"] == "")].iloc[0]
    assert row["covered"] <= 1
    assert row["standardised"] == pytest.approx(4400 / 200)


def test_insured_years_that_differ_between_categories_are_refused(place):
    study, codebook = place
    public, own = example(study)
    public.loc[0, "insured_years"] = 7.0
    with pytest.raises(RefusedError, match="1 cells"):
        public_insured(public, own, codebook.feed("vektis"), study, codebook)


def test_an_empty_amount_is_counted(place):
    study, codebook = place
    public, own = example(study)
    public.loc[0, "amount_eur"] = np.nan
    found = public_insured(public, own, codebook.feed("vektis"), study, codebook)
    row = found[(found["place"] == "municipality") & (found["part"] == "")].iloc[0]
    assert row["missing"] == 1
    assert row["eur_per_insured_year"] == pytest.approx(85800 / 1000)


def test_totals_by_law_are_those_of_the_published_table(place):
    study, codebook = place
    write_cbs(study, codebook)
    feed = read_study(study, codebook).feeds["cbs_costs"]
    found = public_by_law(feed, codebook.feed("cbs_costs"), study)
    whole = found[found["part"] == ""].set_index(["place", "law"])
    assert whole.loc[("municipality", "zvw"), ["eur", "users"]].tolist() == [296_381_702, 101_164]
    country = feed[feed["category"] == "wlz_eur"]["value"]
    assert whole.loc[("country", "wlz"), "eur"] == country.sum()
    assert whole.loc[("country", "wlz"), "municipalities"] == country.notna().sum() == 390


def asked(study, codebook, indicator, feeds):
    data = SimpleNamespace(feeds=feeds)
    products = SimpleNamespace(data=data)
    question = SimpleNamespace(id="q")
    return Asked(study, codebook, None, products, question, codebook.indicators[indicator])


def test_rows_name_published_figures_and_own_figures_apart(place):
    study, codebook = place
    public, own = example(study)
    name = "public_zvw_cost"
    feeds = {"vektis": public, "zvw": own}
    frame = estimates_frame(reference_rows(asked(study, codebook, name, feeds)))
    municipal = frame["category"].str.startswith("place=municipality")
    assert frame["term"].str.startswith("public_").equals(municipal)
    assert set(frame.loc[municipal, "area"]) == {""}
    assert set(frame.loc[~municipal, "area"]) == {"pilot", "comparison"}
    assert frame.loc[~municipal, "n"].notna().all()
    alone = estimates_frame(reference_rows(asked(study, codebook, name, {"vektis": public})))
    assert set(alone.loc[alone["status"] != "estimated", "reason"]) == {"nothing_to_standardise_to"}


def test_a_table_without_the_municipality_says_so(place):
    study, codebook = place
    table = pd.DataFrame(
        {"municipality": ["Elders"] * 2, "category": ["zvw_eur", "zvw_users"],
         "year": [2014, 2014], "value": [100.0, 4.0]}
    )  # fmt: skip
    name = "public_law_cost"
    frame = estimates_frame(reference_rows(asked(study, codebook, name, {"cbs_costs": table})))
    first = frame.iloc[0]
    assert (first["status"], first["reason"]) == ("not_estimable", "municipality_absent")
    assert frame.set_index("term").loc["public_per_user", "estimate"] == 25.0
