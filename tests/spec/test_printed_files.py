"""Every number in a finished file is found, wherever in the file it hides."""

import base64
import copy

import pandas as pd
import pytest
from printed_example import (
    ALT,
    CELLS,
    DOCUMENT,
    DRAWING,
    FOOTER,
    HTML,
    LEDGER,
    TITLE,
    TYPST,
    W,
    write_docx,
    write_notebook,
    write_pdf,
)

from evaluatie.disclosure.auditing.printed import read_output
from evaluatie.disclosure.auditing.printed.ledger import (
    HIDDEN_PRINTED,
    NOT_ITS_ROW,
    UNCLAIMED,
    faults_in_file,
    faults_with_rows,
)
from evaluatie.disclosure.auditing.printed.output import numbering_faults
from evaluatie.disclosure.auditing.printed.pdf import pdf_text
from evaluatie.errors import DisclosureError


def faults(path):
    return faults_in_file(read_output(path), LEDGER)


def found(path):
    """Return the numbers that nothing covers, in order."""
    told = faults(path)
    assert {fault.kind for fault in told} <= {UNCLAIMED}
    return [fault.number for fault in told]


@pytest.fixture
def page(tmp_path):
    def write(old="", new=""):
        assert old in HTML
        path = tmp_path / "report.html"
        path.write_text(HTML.replace(old, new, 1) if old else HTML, encoding="utf-8")
        return path

    return write


@pytest.fixture
def notebook(tmp_path):
    def write(change=lambda cells: None):
        cells = copy.deepcopy(CELLS)
        change(cells)
        return write_notebook(tmp_path / "report.ipynb", cells)

    return write


# --------------------------------------------------------------------------------------- HTML


def test_an_honest_page_has_no_fault(page):
    assert faults(page()) == []


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        ("<td>€ 1.234</td>", "<td>€ 1.235</td>", "1.235"),  # one digit
        ("<td>€ 1.234</td>", "<td>€ 1.234</td><td>1.234</td>", "1.234"),  # once too often
        ("</h1>", '</h1><p style="display:none">7</p>', "7"),
        ("</h1>", "</h1><!-- 7 personen -->", "7"),
        ('<td colspan="2">', '<td colspan="2" title="7">', "7"),
        ('<td colspan="2">', '<td colspan="2" data-value="7">', "7"),
        ('aria-label="Tabel 1"', 'aria-label="Tabel 1, totaal 7"', "1"),
        ('aria-label="Tabel 1"', 'aria-label="n 7"', "7"),
        ("van 12,3%", "van 7 en 12,3%", "7"),  # in the text alternative
        (f"<title>{TITLE}", f"<title>{TITLE} 7", "7"),
        ('<meta charset="utf-8">', '<meta name="description" content="7 personen">', "7"),
        ("</nav>", "<p>7</p></nav>", "7"),
        ("</body>", "<template><p>7</p></template></body>", "7"),
        ("</body>", '<script type="application/json">{"n": 7}</script></body>', "7"),
        ("</body>", "<svg><text>7</text></svg></body>", "7"),
        ("</body>", "<svg><g><title>7</title></g></svg></body>", "7"),
        ("</body>", "<svg><desc>n is 7</desc></svg></body>", "7"),
        ('number">Tabel 1.</span>', 'number">Tabel 7.</span>', "Tabel 7."),
        ('<span class="header-section-number">1</span> Antwoord</h2>',
         '<span class="header-section-number">7</span> Antwoord</h2>', "7"),
    ],
)  # fmt: skip
def test_a_number_hidden_anywhere_in_a_page_is_found(page, old, new, number):
    assert number in found(page(old, new))


def test_a_number_that_is_drawn_in_a_figure_must_be_drawn_by_a_row(page):
    said = base64.b64encode(DRAWING.encode()).decode()
    other = base64.b64encode(DRAWING.replace("12,3%", "12,4%").encode()).decode()
    assert found(page(said, other)) == ["12,4%"]
    drawn = base64.b64encode(DRAWING.replace("12,3%", "45,61%").encode()).decode()
    assert found(page(said, drawn)) == []  # 0.456123 of the ledger, rounded


def test_numbers_along_an_axis_say_where_and_not_what(page):
    said = base64.b64encode(DRAWING.encode()).decode()
    other = base64.b64encode(DRAWING.replace(" 80 ", " 90 ").encode()).decode()
    assert found(page(said, other)) == []


def test_a_part_that_cannot_be_read_is_a_fault(page):
    told = faults(page("</body>", '<object data="x"></object></body>'))
    assert [fault.told for fault in told] == ["cannot be read: object"]


def test_words_beside_the_page_may_repeat_it_and_no_more(page):
    assert found(page("<td>€", '<td title="Kosten">€')) == []
    assert found(page("<td>€", f'<td title="{ALT}">€')) == []
    assert found(page("<td>€", '<td title="van 12,3% naar 5,6%">€')) == ["12,3%", "5,6%"]


# --------------------------------------------------------------------------------------- Word

SAYING = "<w:p><w:r><w:t>het zijn er 7</w:t></w:r></w:p>"
DELETED = "<w:p><w:r><w:delText>7</w:delText></w:r></w:p>"


def test_an_honest_word_document_has_no_fault(tmp_path):
    assert faults(write_docx(tmp_path / "r.docx")) == []


@pytest.mark.parametrize(
    ("part", "content"),
    [
        ("document", DOCUMENT.replace("€ 1.234", "€ 1.234</w:t></w:r><w:r><w:t> 7")),
        ("document", DOCUMENT.replace("van 12,3%", "van 7 en 12,3%")),
        ("document", DOCUMENT.replace("</w:body>", DELETED + "</w:body>")),
        ("comments", f'<w:comments xmlns:w="{W}"><w:comment>{SAYING}</w:comment></w:comments>'),
        ("footer1", FOOTER.replace("pagina ", "n 7, pagina ")),
        ("core", "<cp xmlns:dc='x'><dc:subject>7</dc:subject></cp>"),
        ("footnotes", f'<w:footnotes xmlns:w="{W}">{SAYING}</w:footnotes>'),
        ("custom", "<Properties><property name='n'><lpwstr>7</lpwstr></property></Properties>"),
    ],
)  # fmt: skip
def test_a_number_hidden_anywhere_in_a_word_document_is_found(tmp_path, part, content):
    assert found(write_docx(tmp_path / "r.docx", **{part: content})) == ["7"]


# ---------------------------------------------------------------------------------------- PDF


def test_an_honest_pdf_has_no_fault(tmp_path):
    read = read_output(write_pdf(tmp_path / "r.pdf"))
    assert read.alternatives == (ALT,)
    assert "1.234" in read.text
    assert faults_in_file(read, LEDGER) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("€ 1.234", "€ 1.234 en 7"),
        ("van 12,3%", "van 7 en 12,3%"),
        (f'title: "{TITLE}"', f'title: "{TITLE} 7"'),
        ('author: "Team"', 'author: "Team", keywords: "7 personen"'),
    ],
)
def test_a_number_hidden_anywhere_in_a_pdf_is_found(tmp_path, old, new):
    assert old in TYPST
    assert set(found(write_pdf(tmp_path / "r.pdf", TYPST.replace(old, new)))) == {"7"}


def test_a_head_that_is_repeated_overleaf_is_no_fault_in_a_pdf(tmp_path):
    twice = TYPST.replace("12,3% en", "12,3% en 12,3% en")
    assert found(write_pdf(tmp_path / "r.pdf", twice)) == []


# ----------------------------------------------------------------------------------- notebooks


def test_an_honest_notebook_has_no_fault(notebook):
    assert faults(notebook()) == []


def output(**data):
    return {"output_type": "display_data", "data": data, "metadata": {}}


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells[1]["outputs"].append(
            {"output_type": "stream", "name": "stdout", "text": ["totaal ", "7\n"]}
        ),
        lambda cells: cells[1]["outputs"].append(output(**{"text/plain": "7"})),
        lambda cells: cells[1]["outputs"].append(output(**{"application/json": {"n": 7}})),
        lambda cells: cells[1]["outputs"][0]["data"].update({"text/plain": "Kosten 7"}),
        lambda cells: cells[1]["outputs"][0]["data"].update({"text/latex": "$7$"}),
        lambda cells: cells[1]["outputs"][0]["metadata"].update({"hidden": 7}),
        lambda cells: cells[1]["outputs"][0]["metadata"]["evaluatie"].update(caption="Kosten 7"),
        lambda cells: cells[1]["outputs"][0]["data"].update({"text/html": TABLE_WITH_TITLE}),
        lambda cells: cells[1]["metadata"].update(note="7 personen"),
        lambda cells: cells[1].update(source="total = 7"),
        lambda cells: cells[2].update(source=f'#| fig-alt: "{ALT} 7"'),
        lambda cells: cells.append(
            {"cell_type": "markdown", "metadata": {}, "source": "er zijn 7"}
        ),
        lambda cells: cells[0].update(source=f"---\ntitle: {TITLE}\nsubtitle: n 7\n---"),
    ],
)
def test_a_number_hidden_anywhere_in_a_notebook_is_found(notebook, change):
    assert "7" in found(notebook(change))


TABLE_WITH_TITLE = '<table title="7"><tr><td>12,3%</td><td>1.234</td></tr></table>'


def test_an_error_and_an_unknown_kind_of_output_are_found(notebook):
    def fail(cells):
        error = {"output_type": "error", "ename": "KeyError", "evalue": "7", "traceback": []}
        cells[1]["outputs"] += [error, output(**{"application/vnd.plotly": "x"})]

    told = faults(notebook(fail))
    assert [fault.number for fault in told] == ["7", ""]
    assert told[1].told == "cannot be read: cell 2, application/vnd.plotly"


def test_a_ledger_inside_a_notebook_cannot_say_more_than_the_ledger(notebook):
    def claim(cells):
        told = cells[1]["outputs"][0]["metadata"]["evaluatie"]
        told["numbers"] = [*told["numbers"], ["7", "d", "n", "text"]]

    assert found(notebook(claim)) == ["7"]


# ----------------------------------------------------------------------------- ledger and rows


def rows(**changed):
    frame = pd.DataFrame(
        {"id": ["a", "b", "c"], "estimate": [0.1234567, 1234.4, 0.456123], "term": "level",
         "unit": ["share", "EUR", "share"], "table": "score", "indicator": "i",
         "publication": "shown"}
    )  # fmt: skip
    return frame.assign(**changed)


def test_every_entry_is_its_row_rounded():
    assert faults_with_rows(LEDGER, rows(), {}) == []


def test_an_entry_that_its_row_does_not_bear_out_is_found():
    wrong = rows(estimate=[0.1234567, 1234.6, 0.456123])
    assert [(f.kind, f.number) for f in faults_with_rows(LEDGER, wrong, {})] == [
        (NOT_ITS_ROW, "1.234")
    ]
    moved = rows(estimate=[0.1234567, 1234.4, 0.456125])  # 45,6% still, and drawn elsewhere
    assert [f.number for f in faults_with_rows(LEDGER, moved, {})] == ["0.456123"]


def test_an_entry_of_a_hidden_or_unknown_row_is_found():
    hidden = rows(publication=["shown", "suppressed", "shown"])
    assert [(f.kind, f.row) for f in faults_with_rows(LEDGER, hidden, {})] == [
        (HIDDEN_PRINTED, "b")
    ]
    told = faults_with_rows(LEDGER, rows().iloc[1:], {})
    assert {(f.kind, f.row) for f in told} == {(NOT_ITS_ROW, "a")}


def test_a_number_of_the_agreements_stands_where_the_ledger_says():
    ledger = pd.DataFrame([("8.1", "declared/questions/q/id", "id", "text"),
                           ("7", "declared/questions/q/label", "text", "text")],
                          columns=list(LEDGER.columns))  # fmt: skip
    texts = {"questions": [{"id": "q", "label": "vraag 8.1"}]}
    told = faults_with_rows(ledger, rows(), texts)
    assert [(f.kind, f.number) for f in told] == [(NOT_ITS_ROW, "8.1"), (NOT_ITS_ROW, "7")]


# ----------------------------------------------------------------------------------- numbering


def test_numbers_of_sections_tables_and_figures_count_on():
    right = ["1", "1.1", "1.2", "2", "2.1", "2.1.1", "3", "Tabel 1.", "Figuur 1.", "Tabel 2."]
    assert numbering_faults(right) == []
    assert numbering_faults(["1", "3", "2", "2.2"]) == ["3", "2.2"]
    assert numbering_faults(["Tabel 1.", "Tabel 7.", "Tabel 3."]) == ["Tabel 7."]


def test_a_form_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(DisclosureError, match="cannot read"):
        read_output(tmp_path / "figures.xlsx")


@pytest.mark.parametrize("form", ["pdf", "docx", "ipynb", "html"])
def test_a_damaged_file_is_refused_without_saying_what_is_in_it(tmp_path, form):
    path = tmp_path / f"report.{form}"
    path.write_bytes(b"\xff 1234 damaged")
    with pytest.raises(DisclosureError, match="damaged") as caught:
        read_output(path)
    assert "1234" not in str(caught.value)


def test_dots_of_the_contents_that_lead_to_no_page_are_text():
    page = "1 Antwoord" + " ." * 200 + "\nvoorbeeld\n1.1 Meer . . . . . 3\n1 Antwoord\n12 mensen"
    assert pdf_text([page]).split("\n")[-1] == "12 mensen"
