"""Every number in HTML, DOCX and PDF text is one field of one publishable row."""

import re

import pytest
from studies import LABEL

from evaluatie.disclosure.auditing.printed.docx import docx_document, docx_text
from evaluatie.disclosure.auditing.printed.html import read_html
from evaluatie.disclosure.auditing.printed.ledger import (
    faults_with_ledger,
    faults_with_rows,
    read_ledger,
)
from evaluatie.disclosure.auditing.printed.numbers import spaced, spans, tokens
from evaluatie.disclosure.auditing.printed.pdf import pdf_pages, pdf_text

POSITIONS = 25  # digits that are altered in each form of each report
OTHER_DIGIT = {str(n): str((n + 5) % 10) for n in range(10)}


def html_text(source):
    return read_html(source).text


def text_of(report, form):
    if form == "html":
        return html_text(report.path("html").read_text(encoding="utf-8"))
    if form == "docx":
        return docx_text(docx_document(report.path("docx")))
    return pdf_text(pdf_pages(report.path("pdf")), LABEL)


def faults(report, form):
    found = tokens(text_of(report, form), report.language)
    return faults_with_ledger(found, read_ledger(report.folder / "numbers.csv"), report.language)


# ------------------------------------------------------------------------ the extractor itself


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("T0, EQ-5D-5L, SF-12, COVID-19, A2, 3e en Q3", []),
        ("SF\u00ad12 op één re\u00ad\ngel", []),
        ("Wmo-kosten: € 1.234,5 of −0,8%", ["1.234,5", "−0,8%"]),
        ("p < 0,001; p\u00a0=\u00a00,029.", ["0,001", "0,029"]),
        ("1 september\u00a02017, 30 juni\n2021", ["1 september 2017", "30 juni 2021"]),
        ("18-34 jaar, 18 tot 34, (65+)", ["18", "34", "18", "34", "65"]),
        ("2019\u00a0Q3", ["2019"]),
        ("vingerafdruk 0123456789ab en 123456789012", []),
        ("buurt BU09350402, 12.345.678", ["12.345.678"]),
    ],
)
def test_a_number_is_what_a_reader_takes_for_one(text, expected):
    assert tokens(text) == expected


def test_english_marks():
    assert tokens("€ 1,234.5, 12.3% on 1 May 2019", "en") == ["1,234.5", "12.3%", "1 May 2019"]


def test_structure_is_left_out_of_html():
    page = (
        "<head><title>9</title></head><body><nav><a>1 Eerste</a></nav><h2><span "
        'class="header-section-number">1</span> Eerste</h2><p>3<b>4</b> mensen</p><table><caption>'
        '<span class="caption-number">Tabel 7.</span> Van 2 dagen</caption><td>5</td><td>6</td>'
        "</table><svg><text>8</text></svg><script>0</script></body>"
    )
    assert tokens(html_text(page)) == ["34", "2", "5", "6"]


def test_structure_is_left_out_of_pdf():
    pages = [
        f"{LABEL}\nTitel\nInhoud\n1 Een lange . . . . . . 1\n1.1 Twee titels, waarvan\nde tweede "
        ". . . . . 2\nvoet pagina 1 van 3",
        f"{LABEL}\n1 Een lange\n1 mens van 2.\n1.1 Twee titels, waarvan\nTabel 1. Met 3 kop.\n"
        "Jaar 2019 2020\na 4 5\nNoot 95%\nvoet pagina 2 van 3",
        f"{LABEL}\nJaar 2019 2020\nb 6 7\nNoot 95%\nvoet pagina 3 van 3",
    ]
    expected = ["1", "2", "3", "2019", "2020", "4", "5", "6", "7", "95%"]
    assert tokens(pdf_text(pages, LABEL)) == expected


# ---------------------------------------------------------------------------------- the reports


@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_every_number_is_in_the_ledger_and_the_other_way_round(first, second, form):
    reports = [*first.reports.values(), *second.reports.values()]
    printed = [report for report in reports if form in report.formats]
    assert len(printed) > 5
    assert {r.name: f for r in printed if (f := faults(r, form))} == {}


def test_every_number_in_a_text_alternative_is_in_the_ledger(first, second):
    for report in [*first.reports.values(), *second.reports.values()]:
        source = report.path("html").read_text(encoding="utf-8")
        found = [
            t for text in read_html(source).alternatives for t in tokens(text, report.language)
        ]
        ledger = read_ledger(report.folder / "numbers.csv")
        assert faults_with_ledger(found, ledger, report.language, "alt") == [], report.name


def test_every_entry_is_its_row_rounded(first, second):
    for study in (first, second):
        for report in study.reports.values():
            ledger = read_ledger(report.folder / "numbers.csv")
            rows, texts = study.rows(report.name), study.texts(report.name)
            assert len(ledger) > 30, report.name
            assert faults_with_rows(ledger, rows, texts, report.language) == [], report.name


# ------------------------------------------------------------------------------------ mutations


def digits_in(clean, language):
    """Return places of digits inside numbers, spread over the text."""
    inside = [n for low, high in spans(clean, language) for n in range(low, high)]
    places = [n for n in inside if clean[n].isdigit()]
    return places[:: max(1, len(places) // POSITIONS)]


def altered(text, place):
    return text[:place] + OTHER_DIGIT[text[place]] + text[place + 1 :]


@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_one_altered_digit_is_found(first, form):
    report = first.reports["financier-gemeente-t3-nl"]
    ledger = read_ledger(report.folder / "numbers.csv")
    text = spaced(text_of(report, form))
    places = digits_in(text, report.language)
    assert len(places) >= POSITIONS
    for place in places:
        found = tokens(altered(text, place), report.language)
        assert faults_with_ledger(found, ledger, report.language), text[place - 20 : place + 20]


def test_one_altered_digit_in_the_file_itself_is_found(first):
    report = first.reports["financier-gemeente-t3-nl"]
    ledger = read_ledger(report.folder / "numbers.csv")
    source = report.path("html").read_text(encoding="utf-8")
    document = docx_document(report.path("docx")).decode()
    cells = ((source, "td", html_text), (document, "w:t", lambda text: docx_text(text.encode())))
    for whole, tag, read in cells:
        found = re.finditer(rf"<{tag}[^>]*>(?:€.)?\u2212?[\d.]*,(\d)\d*%?<", whole)
        places = [match.start(1) for match in found]
        assert len(places) > 10
        for place in places[:: len(places) // 8]:
            mutated = tokens(read(altered(whole, place)), report.language)
            assert faults_with_ledger(mutated, ledger), whole[place - 20 : place + 20]


def test_one_altered_digit_in_a_row_is_found(first):
    report = first.reports["financier-gemeente-t3-nl"]
    ledger = read_ledger(report.folder / "numbers.csv")
    rows, texts = first.rows(report.name), first.texts(report.name)
    used = ledger[ledger["row"].isin(rows["id"])].drop_duplicates(["row", "field"])
    numbers = used[used["field"].map(lambda f: rows[f].dtype.kind == "f")]
    for text, row, field, *_ in numbers.iloc[::7].itertuples(index=False):
        other = rows.copy()
        value = other.loc[other["id"] == row, field].iloc[0]
        other.loc[other["id"] == row, field] = next_printed(value, text)
        assert faults_with_rows(ledger, other, texts), (row, field)


def next_printed(value, text):
    """Return a value that differs by one unit of the last printed digit."""
    if " " in text:  # a date
        return value + 1
    decimals = len(text.removesuffix("%").partition(",")[2])
    return value + 10.0**-decimals * (0.01 if "%" in text else 1)


def test_a_row_that_is_hidden_or_gone_is_found(first):
    report = first.reports["financier-gemeente-t3-nl"]
    ledger = read_ledger(report.folder / "numbers.csv")
    rows, texts = first.rows(report.name), first.texts(report.name)
    row = ledger["row"].iloc[-1]
    assert faults_with_rows(ledger, rows[rows["id"] != row], texts)
    hidden = rows.assign(publication=rows["publication"].where(rows["id"] != row, "suppressed"))
    assert faults_with_rows(ledger, hidden, texts)


def test_only_what_may_be_shown_has_numbers(first, second):
    for study in (first, second):
        for report in study.reports.values():
            rows = study.rows(report.name)
            hidden = rows[rows["publication"] != "shown"]
            numeric = [c for c in rows.columns if rows[c].dtype.kind == "f"]
            assert hidden[numeric].isna().all().all()
