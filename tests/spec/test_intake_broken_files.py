"""A file that is broken says so, with counts; nothing is lost silently or counted twice."""

import codecs

import pytest
from public_example import cost_headers, problems, study_in, vektis_text, write_cbs, write_vektis

from evaluatie.errors import FeedError
from evaluatie.intake import require_clean


@pytest.fixture
def place(tmp_path):
    return study_in(tmp_path)


def read(place, content):
    study, codebook = place
    write_vektis(study, codebook, content)
    return problems(study, codebook)


def whole(place):
    return vektis_text(place[1])[0]


def refused(data):
    with pytest.raises(FeedError) as caught:
        require_clean(data)
    return str(caught.value)


def test_a_file_that_ends_mid_line_blocks_wherever_it_is_cut(place):
    text = whole(place)
    last = text.rstrip("\n").rfind("\n") + 1
    for cut in range(last + 1, len(text) - 1):
        data, found = read(place, text[:cut])
        # a last amount cut behind its mark ("20.") is no number either
        assert set(found.index) - {"wrong_type"} == {"truncated_file"}, (cut, text[last:cut][-12:])
        assert found.loc["truncated_file", "count"] == 1
    assert "the last line is incomplete, so rows may be missing" in refused(data)


def test_a_whole_last_line_without_a_line_end_is_read_and_counted(place):
    data, found = read(place, whole(place).rstrip("\n"))
    assert list(found.index) == ["no_final_newline"]
    assert data.feeds["vektis"]["amount_eur"].sum() == pytest.approx(
        30.75 * len(cost_headers(place[1]))
    )
    require_clean(data)


def test_a_file_that_ends_inside_a_quoted_field_blocks(place):
    text = whole(place).replace("MAASTRICHT", '"MAASTRICHT"')
    cut = text.rfind("MAASTRICHT") + 4
    data, found = read(place, text[:cut])
    assert list(found.index) == ["truncated_file"]
    assert "vektis" not in data.feeds
    assert "truncated file" in refused(data)


def test_a_line_end_inside_the_quoted_field_where_it_breaks_off_is_no_excuse(place):
    text = whole(place)
    data, found = read(place, text + 'M;"5 t/m\n 9 jaar";MAASTRICHT;1')
    assert "truncated_file" in found.index
    assert "ragged_row" not in found.index  # one broken row is one message
    refused(data)


def test_a_byte_order_mark_is_no_part_of_the_first_header(place):
    for encoding in ("utf-8", "latin-1"):
        text = whole(place).replace("ELDERS", "CÔTE")
        content = codecs.BOM_UTF8 + text.encode(encoding)
        data, found = read(place, content)
        assert set(found.index) <= {"wrong_encoding"}
        assert len(data.feeds["vektis"]) == 2 * len(cost_headers(place[1]))


def test_latin_bytes_are_read_as_such_and_said_to_be(place):
    data, found = read(place, whole(place).replace("ELDERS", "CÔTE").encode("latin-1"))
    assert found.loc["wrong_encoding", ["count", "allowed"]].tolist() == [1, "utf-8"]
    require_clean(data)


def test_another_delimiter_blocks_with_both_names(place):
    data, found = read(place, whole(place).replace(";", ","))
    assert found.loc["wrong_delimiter", "allowed"] == "semicolon, not comma"
    assert "wrong delimiter" in refused(data)


def test_another_delimiter_is_found_in_headers_with_years_too(place):
    study, codebook = place
    content = write_cbs(study, codebook).read_bytes().replace(b",", b";")
    write_cbs(study, codebook, content)
    _, found = problems(study, codebook)
    assert found.loc["wrong_delimiter", "allowed"] == "comma, not semicolon"


def test_a_header_that_occurs_twice_blocks_under_any_of_its_names(place):
    text = whole(place).replace("KOSTEN_MONDZORG", "kosten_farmacie")
    data, found = read(place, text)
    assert found.loc["duplicate_column", ["column", "count"]].tolist() == ["farmacie", 2]
    assert "column name occurs twice (2)" in refused(data)


@pytest.mark.parametrize(
    ("amount", "why"),
    [
        ("1.234,56", "both marks"),
        ("10,25", "the other mark"),
        ("1 234.56", "a blank for thousands"),
        ("1.234", "a mark that may stand for thousands"),
        ("€ 10.25", "a sign"),
        ("1e3", "another notation"),
    ],
)
def test_an_amount_in_another_notation_is_counted_and_blocks(place, amount, why):
    data, found = read(place, whole(place).replace("20.50", amount, 1))
    issue = found.loc["wrong_type"]
    assert (issue["column"], issue["count"], issue["severity"]) == ("amount_eur", 1, "block"), why
    assert "value of the wrong type (1)" in refused(data)


def test_rows_with_too_many_fields_are_counted_and_block_where_they_hold_money(place):
    text = whole(place)
    row = text.splitlines()[-1]
    data, found = read(place, f"{text}{row};1.00\n{row};2.00\n")
    issue = found.loc["ragged_row"]
    assert (issue["count"], issue["severity"]) == (2, "block")
    assert len(data.feeds["vektis"]) == 2 * len(cost_headers(place[1]))
    assert "row with another number of fields (2)" in refused(data)


def test_a_row_that_occurs_twice_counts_once_and_blocks(place):
    text = whole(place)
    data, found = read(place, text + text.splitlines()[-1] + "\n")
    assert found.loc["duplicate", "count"] == len(cost_headers(place[1]))
    assert data.feeds["vektis"]["amount_eur"].sum() == pytest.approx(
        30.75 * len(cost_headers(place[1]))
    )
    refused(data)


def test_a_file_that_breaks_off_in_the_header_holds_no_rows(place):
    for cut in (3, 40):
        data, found = read(place, whole(place)[:cut])
        assert list(found.index) == ["no_rows"]
        refused(data)


def test_the_whole_file_has_no_problem(place):
    _, found = read(place, whole(place))
    assert found.empty
