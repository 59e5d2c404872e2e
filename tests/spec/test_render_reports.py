"""What a reader gets: label on every page, alt text, captions, references, nothing from outside."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import sys
import zipfile
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import great_tables as gt
import nbformat
import pandas as pd
import pypdf
import pytest

from evaluatie.errors import RunError
from evaluatie.reports.defaults import default_file, study_file
from evaluatie.reports.notebook import write_notebook
from evaluatie.reports.render import choose_renderer, read_settings
from evaluatie.reports.render.embedded import EmbeddedRenderer
from evaluatie.reports.render.pandoc import pandoc_path
from evaluatie.reports.render.quarto import find_quarto, portable

V4 = nbformat.v4
LABEL = "SYNTHETISCHE GEGEVENS - VOORBEELD"
ALT = 'Een lijn die "stijgt" van links naar rechts & blijft.'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="40pt"><path d="M0 0L9 9"/></svg>'
)
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)
FRONT = f"""---
title: "Meting: de wijken"
subtitle: Voor de gemeente
author: Onderzoekers
date: 1 september 2021
lang: nl
running-label: {LABEL}
released: true
---"""
WORDS = "Bewoners vulden een vragenlijst in over gezondheid en kwaliteit van leven. "


def code(source: str, data: dict, cell_id: str) -> nbformat.NotebookNode:
    return V4.new_code_cell(source, id=cell_id, outputs=[V4.new_output("display_data", data=data)])


def markdown(source: str, cell_id: str) -> nbformat.NotebookNode:
    return V4.new_markdown_cell(source, id=cell_id)


def figure(options: str = "", cell_id: str = "fig") -> nbformat.NotebookNode:
    alt = ALT.replace('"', '\\"')
    source = (
        options or f'#| label: fig-lijn\n#| fig-cap: Kosten *per* kwartaal\n#| fig-alt: "{alt}"'
    )
    return code(source + "\nf()", {"image/svg+xml": SVG, "image/png": PNG}, cell_id)


def table() -> nbformat.NotebookNode:
    frame = pd.DataFrame({"g": ["Zorg", "Zorg", "Welzijn"], "wijk": ["Noord", "Oost", "Noord"],
                          "n": ["1.234,5", "12,0", "3,0"]})  # fmt: skip
    html = gt.GT(frame, id="t", rowname_col="wijk", groupname_col="g").cols_align("right", "n")
    html = html.cols_label(n="Aantal").tab_stubhead("Wijk").as_raw_html()
    return code("#| label: tbl-n\n#| tbl-cap: Aantallen\nt()", {"text/html": html}, "tbl")


def the_cells() -> list[nbformat.NotebookNode]:
    return [
        V4.new_raw_cell(FRONT, id="front"),
        V4.new_code_cell('report = ""', id="p", metadata={"tags": ["parameters"]}),
        V4.new_code_cell('report = "GEHEIM"', id="i", metadata={"tags": ["injected-parameters"]}),
        markdown("## Eerst {#sec-eerst}\n\nZie @fig-lijn, @tbl-n en @sec-dan. " + WORDS * 30, "a"),
        figure(),
        table(),
        markdown("## Dan {#sec-dan}\n\n" + (WORDS * 12 + "\n\n") * 6, "b"),
        markdown("::: {.callout-warning}\n## Voorlopig\nNog geen oordeel.\n:::", "c"),
        code("x", {"text/markdown": "### Onderdeel\n\nTekst met noot.[^1]\n\n[^1]: De noot."}, "d"),
    ]


def settings():
    return read_settings(default_file("_quarto.yml"))


def render(cells, folder: Path, formats=("html", "pdf", "docx")) -> list[str]:
    folder.mkdir(exist_ok=True)
    write_notebook(V4.new_notebook(cells=cells), folder / "r.ipynb")
    return EmbeddedRenderer().render(folder / "r.ipynb", folder, formats, settings())


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    assert render(the_cells(), folder) == []
    return folder


@pytest.fixture(scope="module")
def html(made) -> str:
    return (made / "r.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def pdf(made) -> pypdf.PdfReader:
    return pypdf.PdfReader(made / "r.pdf")


def part(made: Path, name: str) -> str:
    with zipfile.ZipFile(made / "r.docx") as archive:
        return archive.read(name).decode()


def docx_text(made: Path) -> str:
    root = ElementTree.fromstring(part(made, "word/document.xml"))
    spaces = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
    return " ".join(
        "".join(t.text or "" for t in p.iter(f"{spaces}t")) for p in root.iter(f"{spaces}p")
    )


def plain(html: str) -> str:
    body = re.sub(r"<(style|head)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", "", body).split())


def structure(reader: pypdf.PdfReader):
    def walk(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                yield from walk(child)
        elif isinstance(node, dict):
            yield node
            yield from walk(node.get("/K", []))

    return list(walk(reader.trailer["/Root"]["/StructTreeRoot"]["/K"]))


def test_the_label_stands_on_every_page_of_the_pdf(pdf):
    assert len(pdf.pages) >= 2
    for page in pdf.pages:
        assert LABEL in page.extract_text()


def test_every_page_of_the_pdf_has_its_number(pdf):
    last = len(pdf.pages)
    for number, page in enumerate(pdf.pages, start=1):
        assert f"pagina {number} van {last}" in page.extract_text()


def test_the_pdf_is_tagged_and_says_language_and_title(pdf):
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "nl"
    assert pdf.metadata.title == "Meting: de wijken"
    kinds = {node.get("/S") for node in structure(pdf)}
    assert {"/H1", "/Figure", "/TH", "/TD"} <= kinds


def test_the_label_is_in_html_on_top_and_repeats_in_print(html):
    assert f"<span>{LABEL}</span></aside>" in html
    assert "table-header-group" in html


def test_the_label_is_in_the_header_of_every_page_in_word(made):
    names = re.findall(r'<w:headerReference[^>]*r:id="([^"]+)"', part(made, "word/document.xml"))
    relations = part(made, "word/_rels/document.xml.rels")
    assert len(names) == 1
    assert re.search(rf'Id="{names[0]}" Target="header9.xml"', relations)
    assert LABEL in part(made, "word/header9.xml")
    assert "PAGE" in part(made, "word/footer9.xml")


def test_alt_text_survives_in_all_three(made, html, pdf):
    escaped = ALT.replace("&", "&amp;").replace('"', "&quot;")
    assert f'alt="{escaped}"' in html
    assert f'descr="{escaped}"' in part(made, "word/document.xml")
    assert [n["/Alt"] for n in structure(pdf) if n.get("/S") == "/Figure"] == [ALT]


def test_captions_are_numbered_once_and_references_resolve(made, html, pdf):
    paper = " ".join(" ".join(page.extract_text() for page in pdf.pages).split())
    for text in (plain(html), " ".join(docx_text(made).split()), paper):
        text = text.replace("\u00a0", " ")
        assert text.count("Figuur 1. Kosten per kwartaal") == 1
        assert text.count("Tabel 1. Aantallen") == 1
        assert "Zie Figuur 1, Tabel 1 en Paragraaf 2." in text
        assert "Figuur 1: Figuur" not in text
    assert 'href="#fig-lijn"' in html
    assert 'id="fig-lijn"' in html


def test_the_head_of_a_long_table_repeats_in_print_and_its_note_does_not(tmp_path):
    frame = pd.DataFrame({"wijk": ["Noord"] * 90, "n": ["1"] * 90})
    html = gt.GT(frame, id="t").tab_source_note("Bron: vragenlijst").as_raw_html()
    front = V4.new_raw_cell(FRONT, id="front")
    render([front, code("#| label: tbl-x\n#| tbl-cap: Lang\nx", {"text/html": html}, "c")],
           tmp_path, ("pdf",))  # fmt: skip
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "r.pdf").pages]
    assert len(pages) >= 2
    assert all("wijk" in page for page in pages)
    assert sum("Bron: vragenlijst" in page for page in pages) == 1


def test_callouts_subheadings_and_notes_are_there(made, html):
    for text in (plain(html), docx_text(made)):
        for words in ("Voorlopig", "Nog geen oordeel.", "Onderdeel"):
            assert words in text
    assert "De noot." in html
    assert "De noot." in part(made, "word/footnotes.xml")
    assert '<div class="callout callout-warning" role="note">' in html


def test_parameter_cells_and_code_are_not_printed(made, html, pdf):
    paper = "".join(page.extract_text() for page in pdf.pages)
    for text in (html, docx_text(made), paper):
        assert "GEHEIM" not in text
        assert "f()" not in text


def test_the_page_asks_nothing_of_the_network(html):
    outside = re.sub(r'xmlns="[^"]*"', "", html)
    assert not re.search(r"https?:|//cdn|<script|<link|@import", outside)
    assert base64.b64encode(SVG.encode()).decode() in html


def test_the_page_can_be_used_without_a_mouse_or_a_screen(html):
    assert '<html lang="nl">' in html
    assert '<a class="skip-link" href="#main">Naar de inhoud</a>' in html
    for landmark in ("<header", "<nav", '<main id="main"', "<aside"):
        assert html.count(landmark) == 1, landmark
    levels = [int(n) for n in re.findall(r"<h([1-6])[ >]", html)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_table_headings_say_what_they_head_and_numbers_stand_right(html):
    assert '<th style="text-align: left;" scope="col">Wijk</th>' in html
    assert '<th style="text-align: right;" scope="col">Aantal</th>' in html
    assert re.search(r'<th colspan="2" class="gt_group_heading"[^>]*scope="rowgroup">Zorg', html)
    assert re.search(r'<th class="gt_stub"[^>]*scope="row">Noord</th>', html)
    assert '<td style="text-align: right;">1.234,5</td>' in html


def test_a_table_in_word_is_a_table_with_a_repeated_head(made):
    document = part(made, "word/document.xml")
    assert "<w:tblHeader" in document
    assert re.search(r'<w:jc w:val="right" />.{0,120}1\.234,5', document, re.DOTALL)


@pytest.mark.parametrize("kind", ["html", "pdf", "docx"])
def test_the_same_notebook_gives_the_same_bytes(made, tmp_path, kind):
    render(the_cells(), tmp_path, (kind,))
    assert (tmp_path / f"r.{kind}").read_bytes() == (made / f"r.{kind}").read_bytes()


def test_a_released_figure_without_alt_text_is_refused(tmp_path):
    cells = [V4.new_raw_cell(FRONT, id="f"), figure("#| fig-cap: Alleen een bijschrift")]
    with pytest.raises(RunError, match="cell fig: a figure has no alt text"):
        render(cells, tmp_path, ("html",))


def test_a_draft_figure_without_alt_text_is_a_warning(tmp_path):
    draft = FRONT.replace("released: true", "released: false")
    cells = [V4.new_raw_cell(draft, id="f"), figure("#| fig-cap: Bijschrift")]
    assert any("no alt text" in text for text in render(cells, tmp_path, ("html",)))


def test_a_cosmetic_option_is_a_warning_and_an_unknown_one_an_error(tmp_path):
    cells = [code("#| fig-width: 3\nx", {"text/markdown": "a"}, "c")]
    assert any("'fig-width' changes only the look" in t for t in render(cells, tmp_path, ("html",)))
    cells = [code("#| fig-with: 3\nx", {"text/markdown": "a"}, "c")]
    with pytest.raises(RunError, match="cell c: unknown option 'fig-with'"):
        render(cells, tmp_path, ("html",))


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("Zie @fig-nergens.", "reference @fig-nergens: there is no such label"),
        ("![x](https://example.org/a.png)", "not in the notebook"),
        ("::: {.callout-vreemd}\nx\n:::", "unknown callout vreemd"),
    ],
)
def test_what_cannot_be_printed_is_said(tmp_path, source, message):
    with pytest.raises(RunError, match=message):
        render([markdown(source, "m")], tmp_path, ("html",))


def test_a_script_in_a_text_is_refused(tmp_path):
    text = '<script src="https://cdn.example.org/a.js"></script>'
    with pytest.raises(RunError, match="from outside"):
        render([markdown(text, "m")], tmp_path, ("html",))


def test_a_failed_cell_is_never_printed(tmp_path):
    wrong = V4.new_output("error", ename="KeyError", evalue="'x'", traceback=[])
    cell = V4.new_code_cell("x", id="bad", outputs=[wrong])
    with pytest.raises(RunError, match="cell bad: KeyError"):
        render([cell], tmp_path, ("html",))


def test_a_text_in_place_of_a_figure_keeps_number_and_reference(tmp_path):
    absent = code('#| label: fig-weg\n#| fig-cap: "Kosten"\nf()',
                  {"text/markdown": "Niet beschikbaar: geen gegevens."}, "c")  # fmt: skip
    render([absent, markdown("Zie @fig-weg.", "m")], tmp_path)
    text = plain((tmp_path / "r.html").read_text()).replace("\u00a0", " ")
    assert "Figuur 1. Kosten" in text
    assert "Niet beschikbaar: geen gegevens." in text
    assert "Zie Figuur 1." in text


def test_english_reports_have_english_words(tmp_path):
    front = FRONT.replace("lang: nl", "lang: en")
    render([V4.new_raw_cell(front, id="f"), *the_cells()[3:]], tmp_path, ("html", "pdf"))
    html = (tmp_path / "r.html").read_text()
    assert '<html lang="en">' in html
    assert "Skip to content" in html
    assert "Figure 1." in plain(html)
    assert "page 1 of" in pypdf.PdfReader(tmp_path / "r.pdf").pages[0].extract_text()


def test_without_a_label_there_is_no_banner(tmp_path):
    front = "\n".join(line for line in FRONT.splitlines() if "running-label" not in line)
    render([V4.new_raw_cell(front, id="f"), markdown("## K\n\nTekst", "m")], tmp_path)
    assert "<aside" not in (tmp_path / "r.html").read_text()
    with zipfile.ZipFile(tmp_path / "r.docx") as archive:
        assert not [n for n in archive.namelist() if "header" in n]


def test_markup_in_the_front_matter_is_text(tmp_path):
    front = '---\ntitle: "a #strong[b] <script>x</script>"\nlang: nl\n---'
    render([V4.new_raw_cell(front, id="f"), markdown("## K\n\nTekst", "m")], tmp_path,
           ("html", "pdf"))  # fmt: skip
    assert "<script>" not in (tmp_path / "r.html").read_text()
    assert "#strong[b]" in pypdf.PdfReader(tmp_path / "r.pdf").pages[0].extract_text()


def test_settings_that_would_execute_again_or_fetch_are_refused(tmp_path):
    file = tmp_path / "_quarto.yml"
    file.write_text("execute: {enabled: true}")
    with pytest.raises(RunError, match="execute: enabled must be false"):
        read_settings(file)
    file.write_text("execute: {enabled: false}\nformat: {html: {embed-resources: false}}")
    with pytest.raises(RunError, match="embed-resources must be true"):
        read_settings(file)


def test_a_study_without_quarto_file_gets_the_shipped_one(tmp_path):
    assert study_file(tmp_path, "_quarto.yml") == default_file("_quarto.yml")
    (tmp_path / "_quarto.yml").write_text("lang: en")
    assert study_file(tmp_path, "_quarto.yml") == tmp_path / "_quarto.yml"
    with pytest.raises(RunError, match="neither in the study nor shipped"):
        study_file(tmp_path, "notebooks/none.ipynb")


def fake_quarto(folder: Path, version: str) -> Path:
    """Write a program that answers --version and notes what it is asked to render."""
    program = folder / "quarto"
    program.write_text(
        f"#!{sys.executable}\n"
        "import sys, pathlib, zipfile\n"
        f"if sys.argv[1] == '--version': print({version!r}); sys.exit({int(not version)})\n"
        "out = pathlib.Path(sys.argv[sys.argv.index('--output') + 1])\n"
        "asked = ' '.join(sys.argv[1:]) + pathlib.Path('_quarto.yml').read_text()\n"
        "if out.suffix == '.docx':\n"
        "    with zipfile.ZipFile(out, 'w') as z: z.writestr('[Content_Types].xml', asked)\n"
        "else: out.write_text(asked)\n"
    )
    program.chmod(0o755)
    return program


def test_the_embedded_renderer_is_chosen_without_quarto(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert choose_renderer("auto").name == "embedded"
    assert "embedded (pypandoc-binary" in choose_renderer("auto").line
    with pytest.raises(RunError, match="does not answer"):
        choose_renderer("quarto")
    with pytest.raises(RunError, match="unknown renderer 'word'"):
        choose_renderer("word")


def test_a_quarto_wrapper_without_a_binary_is_no_quarto(tmp_path, monkeypatch):
    fake_quarto(tmp_path, "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_quarto() is None


def test_quarto_prints_without_executing_and_gets_the_label(tmp_path, monkeypatch):
    fake_quarto(tmp_path, "1.9.3")
    monkeypatch.setenv("PATH", str(tmp_path))
    renderer = choose_renderer("auto")
    assert renderer.line == "Renderer: Quarto 1.9.3"
    write_notebook(V4.new_notebook(cells=the_cells()), tmp_path / "r.ipynb")
    renderer.render(tmp_path / "r.ipynb", tmp_path, ("html", "docx"), settings())
    asked = (tmp_path / "r.html").read_text()
    assert "render r.ipynb --to html --output out.html --no-execute" in asked
    assert "enabled: false" in asked
    assert "template: report.html5" in asked  # ours, which prints the label of the front matter
    assert "reference-doc: evaluatie-reference.docx" in asked


def test_quarto_gets_tables_as_markdown_so_that_it_adds_no_scripts():
    notebook = portable(V4.new_notebook(cells=[table()]), "html")
    data = notebook.cells[0].outputs[0].data
    assert "text/html" not in data
    assert data["text/markdown"].startswith("``````{=html}\n")


def test_pandoc_accepts_the_word_file_it_made(made):
    """A broken part or relation makes pandoc, and Word, refuse the file."""
    program = EmbeddedRenderer().pandoc
    done = subprocess.run([program, str(made / "r.docx"), "-t", "plain"], capture_output=True,
                          check=True)  # fmt: skip
    assert b"Nog geen oordeel." in done.stdout
    with zipfile.ZipFile(io.BytesIO((made / "r.docx").read_bytes())) as archive:
        assert {i.date_time for i in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                ElementTree.fromstring(archive.read(name))


def test_pandoc_is_the_bundled_one_whatever_else_is_on_the_path(tmp_path, monkeypatch):
    other = tmp_path / "pandoc"
    other.write_text("#!/bin/sh\necho pandoc 99.9\n")
    other.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert Path(pandoc_path()).parent.parent.name == "pypandoc"
