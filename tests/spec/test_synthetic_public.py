"""Public files of the synthetic study: written as published, read back to the cent."""

from pathlib import Path

import numpy as np
import pytest

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.intake import plain_name, raw_parts, read_study, require_clean
from evaluatie.study import open_study
from evaluatie.synthetic.draw import PARTS, draw_study
from evaluatie.synthetic.settings import load_settings
from evaluatie.synthetic.write import write_study

ROOT = Path(__file__).parents[2]
FEEDS = PARTS["public"]


@pytest.fixture(scope="module")
def drawn():
    study = open_study(ROOT)
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    small = study.model_copy(update={"feeds": FEEDS})
    scenarios = [
        draw_study(study, codebook, book, study.seed, scenario, parts=["public"])
        for scenario in ("effect", "null")
    ]
    return small, codebook, scenarios


def test_what_is_written_is_read_back_without_a_problem(drawn, tmp_path):
    study, codebook, (made, _) = drawn
    here = study.model_copy(update={"root": tmp_path})
    write_study(made, here, codebook)
    data = read_study(here, codebook)
    assert data.issues.empty, data.issues.to_string()
    require_clean(data)
    assert data.synthetic
    for feed, column in zip(FEEDS, ("amount_eur", "value"), strict=True):
        written = made.raw.feeds[feed]
        assert len(data.feeds[feed]) == len(written)
        assert data.feeds[feed][column].sum() == pytest.approx(written[column].sum(), rel=1e-9)
        years = data.feeds[feed].groupby("year")[column].sum()
        assert years.to_numpy() == pytest.approx(written.groupby("year")[column].sum().to_numpy())


def test_there_is_a_file_for_every_year_and_the_year_stands_in_its_name_only(drawn, tmp_path):
    study, codebook, (made, _) = drawn
    here = study.model_copy(update={"root": tmp_path})
    write_study(made, here, codebook)
    parts = [part for part in raw_parts(here, codebook) if part.year]
    first, last = study.cost_years
    assert [part.year for part in parts] == list(range(first, last + 1))
    for part in parts:
        header = (here.raw / part.path).read_text(encoding="utf-8").partition("\n")[0]
        assert "JAAR" not in header.replace("VERZEKERDEJAREN", "").split(";")
        assert header.startswith("GEMEENTENAAM;GESLACHT;LEEFTIJDSKLASSE;AANTAL_BSN")


def test_public_files_do_not_depend_on_what_the_pilot_does(drawn):
    _, _, (effect, null) = drawn
    for feed in FEEDS:
        assert effect.raw.feeds[feed].equals(null.raw.feeds[feed])


def test_totals_are_about_the_published_ones(drawn):
    study, codebook, (made, _) = drawn
    profile = load_settings(study, codebook).public
    table = made.raw.feeds["cbs_costs"]
    own = table[table["municipality"].map(plain_name) == plain_name(study.municipality.name)]
    for category, by_year in profile.published.items():
        for year, value in by_year.items():
            found = own[(own["category"] == category) & (own["year"] == year)]["value"].item()
            assert found == pytest.approx(value, rel=0.05)
    insured = made.raw.feeds["vektis"]
    total = insured[insured["year"] == profile.zvw_year]["amount_eur"].sum()
    assert total == pytest.approx(profile.zvw_eur, rel=0.03)
    people = (
        insured.drop_duplicates(["year", "sex", "age_class"]).groupby("year")["insured_years"].sum()
    )
    assert people.to_numpy() == pytest.approx(
        np.array([122_533, 122_533, 122_753, 122_723, 121_565, 121_575]), rel=1e-4
    )
