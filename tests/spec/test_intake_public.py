"""Public files are read as they are published: every generation of headers, and nothing half."""

import csv
import io

import numpy as np
import pytest
from public_example import (
    DATA,
    YEARS,
    cost_headers,
    problems,
    study_in,
    vektis_text,
    write_cbs,
    write_vektis,
)

from evaluatie.errors import DeclarationError, FeedError
from evaluatie.intake import plain_name, read_study, require_clean


@pytest.fixture
def place(tmp_path):
    return study_in(tmp_path)


def blocked(data):
    with pytest.raises(FeedError) as caught:
        require_clean(data)
    return str(caught.value)


# --- Vektis ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("generation", ["usual", "old", "new"])
def test_every_generation_of_headers_is_read_to_the_cent(place, generation):
    study, codebook = place
    text, columns = vektis_text(codebook, generation)
    write_vektis(study, codebook, text)
    data, found = problems(study, codebook)
    assert found.empty, found.to_string()
    feed = data.feeds["vektis"]
    assert len(feed) == 2 * columns  # neither the rest row nor another municipality
    assert feed["amount_eur"].sum() == pytest.approx(columns * (10.25 + 20.50))
    assert set(feed["year"]) == {YEARS[0]}
    assert set(feed["age_class"]) == {"5-9", "90+"}
    assert feed.groupby("age_class")["insured_years"].first().to_dict() == {
        "5-9": 20.5,
        "90+": 10.5,
    }


def test_the_year_comes_from_the_name_of_the_file_and_years_may_differ_in_header(place):
    study, codebook = place
    for year, generation in zip(YEARS, ("usual", "new"), strict=True):
        write_vektis(study, codebook, vektis_text(codebook, generation)[0], year)
    data, found = problems(study, codebook)
    assert found.empty
    sums = data.feeds["vektis"].groupby("year")["amount_eur"].sum()
    expected = [len(cost_headers(codebook, g)) * 30.75 for g in ("usual", "new")]
    assert sums.to_dict() == pytest.approx(dict(zip(YEARS, expected, strict=True)))


def test_a_year_without_a_file_leaves_the_other_years(place):
    study, codebook = place
    write_vektis(study, codebook, vektis_text(codebook)[0])
    data = read_study(study, codebook)
    missing = data.issues[data.issues["rule"] == "missing_file"]
    assert any(str(YEARS[1]) in name for name in missing["file"])
    assert "vektis" not in data.unavailable
    require_clean(data)


def test_a_file_by_postcode_is_read_where_the_study_names_its_postcodes(tmp_path):
    study, codebook = study_in(tmp_path, postcodes=["621", "622"])
    text, columns = vektis_text(codebook, key="POSTCODE_3", name="621")
    more = text.splitlines()[-1].replace(";621;", ";622;") + "\n"
    write_vektis(study, codebook, text + more)
    data, found = problems(study, codebook)
    assert found.empty
    assert data.feeds["vektis"]["amount_eur"].sum() == pytest.approx(columns * (30.75 + 20.5))


def test_a_municipality_that_is_not_in_the_file_blocks_and_names_what_looks_like_it(place):
    study, codebook = place
    write_vektis(study, codebook, vektis_text(codebook, name="MAASTRICH")[0])
    data, found = problems(study, codebook)
    assert found.loc["municipality_absent", "allowed"] == "Maastricht; the file has: maastrich"
    assert found.loc["municipality_absent", "count"] == 3
    assert "the municipality is not in the file" in blocked(data)
    assert "vektis" not in data.feeds


def test_names_are_compared_without_capitals_accents_and_marks():
    assert plain_name("'s-Gravenhage") == plain_name("S GRAVENHAGE")
    assert plain_name("Súdwest-Fryslân") == plain_name("SUDWEST-FRYSLAN")
    assert plain_name("Bergen (L.)") != plain_name("Bergen (NH.)")


def test_another_header_says_what_is_missing_what_is_there_and_what_looks_like_it(place):
    study, codebook = place
    text = vektis_text(codebook)[0].replace("KOSTEN_FARMACIE", "KOSTEN_GENEESMIDDELEN")
    write_vektis(study, codebook, text.replace("KOSTEN_MONDZORG", "KOSTEN_MONDZRG"))
    data, found = problems(study, codebook)
    missing = found.loc[["missing_column"]].set_index("column")["allowed"]
    assert missing["mondzorg"] == (
        "KOSTEN_MONDZORG or kosten_mondzorg (the file has 'KOSTEN_MONDZRG')"
    )
    assert missing["farmacie"].startswith("KOSTEN_FARMACIE or kosten_farmacie")
    unknown = set(found.loc[["unknown_amount"], "column"])
    assert unknown == {"KOSTEN_GENEESMIDDELEN", "KOSTEN_MONDZRG"}
    said = blocked(data)
    assert "missing column" in said
    assert "totals are too low" in said or "unknown column of amounts" in said


def test_a_new_column_of_amounts_blocks_because_totals_would_be_too_low(place):
    study, codebook = place
    lines = vektis_text(codebook)[0].splitlines()
    text = "\n".join([lines[0] + ";KOSTEN_NIEUW", *(f"{line};1.00" for line in lines[1:])]) + "\n"
    write_vektis(study, codebook, text)
    data, found = problems(study, codebook)
    assert found.loc["unknown_amount", "column"] == "KOSTEN_NIEUW"
    assert "KOSTEN_NIEUW" in blocked(data)


def test_a_file_of_another_kind_shows_its_headers_because_they_are_public(place):
    study, codebook = place
    write_vektis(study, codebook, "Regio;Perioden;Bevolking\nNL;2019;17\n")
    data, found = problems(study, codebook)
    assert "(0 of" in found.loc["no_header", "allowed"]
    assert "the file has: Regio, Perioden, Bevolking" in found.loc["no_header", "allowed"]
    assert "vektis" not in data.feeds
    assert "no header" in blocked(data)


def test_a_column_of_people_that_one_year_lacks_blocks_for_that_year(place):
    study, codebook = place
    text = vektis_text(codebook)[0]
    write_vektis(study, codebook, text)
    write_vektis(study, codebook, text.replace("AANTAL_BSN", "AANTAL"), YEARS[1])
    _, found = problems(study, codebook)
    issue = found.loc["missing_column"]
    assert issue["column"] == "insured_persons"
    assert str(YEARS[1]) in issue["file"]


def test_an_amount_that_is_no_number_blocks(place):
    study, codebook = place
    write_vektis(study, codebook, vektis_text(codebook)[0].replace("10.25", "10,25", 1))
    data, found = problems(study, codebook)
    assert found.loc["wrong_type", ["column", "count", "severity"]].tolist() == [
        "amount_eur", 1, "block",
    ]  # fmt: skip
    assert "a number with a decimal point" in blocked(data)


# --- CBS ------------------------------------------------------------------------------------------


def shipped_rows():
    text = (DATA / "cbs-kosten-naar-wet-gemeenten.csv").read_text(encoding="utf-8")
    return list(csv.reader(io.StringIO(text)))


def as_csv(rows):
    handle = io.StringIO()
    csv.writer(handle, lineterminator="\n").writerows(rows)
    return handle.getvalue().encode("utf-8")


def test_the_published_table_is_read_as_it_is(place):
    study, codebook = place
    write_cbs(study, codebook)
    data, found = problems(study, codebook)
    assert found.empty, found.to_string()
    feed = data.feeds["cbs_costs"]
    assert feed["municipality"].nunique() == 390
    assert len(feed) == 390 * 26
    own = feed[feed["municipality"] == "Maastricht"].set_index(["category", "year"])["value"]
    assert own["zvw_eur", 2014] == 296_381_702
    assert own["zvw_users", 2014] == 101_164
    assert own["awbz_eur", 2014] == 210_102_340
    assert own["wlz_eur", 2015] == 148_613_057
    assert own["wlz_users", 2015] == 2_953
    assert feed["value"].isna().sum() == 8  # empty cells of the file stay empty


def test_the_year_is_read_from_the_header_and_columns_may_stand_in_any_order(place):
    study, codebook = place
    rows = [[row[0], *reversed(row[1:])] for row in shipped_rows()]
    rows[0] = [header.replace("[2014]", "[2016]") for header in rows[0]]
    write_cbs(study, codebook, as_csv(rows))
    data, found = problems(study, codebook)
    assert found.empty
    own = data.feeds["cbs_costs"].query("municipality == 'Maastricht'")
    assert own.set_index("category").loc["zvw_eur", ["year", "value"]].tolist() == [2016, 296381702]


def test_two_years_of_one_amount_are_two_rows(place):
    study, codebook = place
    rows = shipped_rows()
    twice = [[*row, row[1]] for row in rows]
    twice[0][-1] = rows[0][1].replace("2014", "2015")
    write_cbs(study, codebook, as_csv(twice))
    data, found = problems(study, codebook)
    assert found.empty
    zvw = data.feeds["cbs_costs"].query("category == 'zvw_eur' and municipality == 'Maastricht'")
    assert sorted(zvw["year"]) == [2014, 2015]


def test_the_same_header_twice_blocks_and_counts_nothing_double(place):
    study, codebook = place
    rows = [[*row, row[1]] for row in shipped_rows()]
    write_cbs(study, codebook, as_csv(rows))
    data, found = problems(study, codebook)
    assert found.loc["duplicate_column", ["column", "count"]].tolist() == ["zvw_eur [2014]", 2]
    assert len(data.feeds["cbs_costs"]) == 390 * 26
    assert "column name occurs twice" in blocked(data)


def test_a_header_without_its_year_blocks(place):
    study, codebook = place
    rows = shipped_rows()
    rows[0][1] = rows[0][1].removesuffix(" [2014]")
    write_cbs(study, codebook, as_csv(rows))
    data, found = problems(study, codebook)
    assert found.loc["year_missing", "column"] == "zvw_eur"
    assert "column without a year in its header" in blocked(data)


def test_a_total_that_is_missing_blocks_and_names_the_header_that_looks_like_it(place):
    study, codebook = place
    rows = shipped_rows()
    rows[0][3] = "Wet langdurige zorg (Wlz) - Kosten totaal [euro] [2015]"
    write_cbs(study, codebook, as_csv(rows))
    _, found = problems(study, codebook)
    issue = found.loc["missing_column"]
    assert issue["column"] == "wlz_eur"
    assert "(the file has 'Wet langdurige zorg (Wlz) - Kosten totaal [euro]')" in issue["allowed"]


def test_a_path_with_the_year_is_needed_for_a_year_from_the_path(place):
    study, _ = place
    from evaluatie.dictionary import load_codebook

    path = study.root / "data_dictionary" / "feeds" / "vektis.yml"
    path.write_text(path.read_text().replace("{year} ", ""))
    with pytest.raises(DeclarationError, match="a column from_path needs"):
        load_codebook(study)


def test_empty_cells_are_missing_and_not_zero(place):
    study, codebook = place
    write_cbs(study, codebook)
    feed = read_study(study, codebook).feeds["cbs_costs"]
    assert not (feed["value"] == 0).any()
    assert np.isnan(feed["value"]).any()
