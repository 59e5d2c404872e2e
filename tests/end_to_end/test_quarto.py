"""The same notebook through Quarto, where Quarto is: same report as the embedded renderer."""

from __future__ import annotations

import html as entities
import re
import zipfile
from pathlib import Path

import great_tables as gt
import nbformat
import pandas as pd
import pypdf
import pytest

from evaluatie.reports.defaults import default_file
from evaluatie.reports.notebook import read_notebook, write_notebook
from evaluatie.reports.render import read_settings
from evaluatie.reports.render.embedded import EmbeddedRenderer
from evaluatie.reports.render.html import OUTSIDE
from evaluatie.reports.render.quarto import find_quarto
from evaluatie.reports.render.quarto_project import top_level

V4 = nbformat.v4
QUARTO = find_quarto()
with_quarto = pytest.mark.skipif(QUARTO is None, reason="quarto does not answer")
LABEL = "SYNTHETISCHE GEGEVENS - VOORBEELD"
ALT = 'Een lijn die "stijgt" van links naar rechts & blijft.'
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="200pt" height="40pt"><path d="M0 0L9 9"/></svg>'
)
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJg"
    "gg=="
)
DATE = "1 september 2021"
FRONT = f"""---
title: "Meting: de wijken"
subtitle: Voor de gemeente
author: Onderzoekers
date: {DATE}
lang: nl
running-label: {LABEL}
released: true
---"""
WORDS = "Bewoners vulden een vragenlijst in over gezondheid en kwaliteit van leven. "
CAPTIONS = ("Figuur 1. Kosten per kwartaal", "Tabel 1. Aantallen")
STYLED = r'(?s)<w:p\b(?:(?!</w:p>).)*?<w:pStyle w:val="([^"]*)".*?</w:p>'
SECTIONS = ["Inhoud", "1 Eerst", "1.1 Onderdeel", "2 Dan"]


def code(source: str, data: dict[str, str], cell_id: str) -> nbformat.NotebookNode:
    return V4.new_code_cell(source, id=cell_id, outputs=[V4.new_output("display_data", data=data)])


def table() -> nbformat.NotebookNode:
    frame = pd.DataFrame({"g": ["Zorg", "Zorg", "Welzijn"], "wijk": ["Noord", "Oost", "Noord"],
                          "n": ["1.234,5", "12,0", "3,0"]})  # fmt: skip
    made = gt.GT(frame, id="t", rowname_col="wijk", groupname_col="g").cols_align("right", "n")
    made = made.cols_label(n="Aantal").tab_stubhead("Wijk").tab_source_note("Een noot.")
    return code(
        "#| label: tbl-n\n#| tbl-cap: Aantallen\nt()", {"text/html": made.as_raw_html()}, "t"
    )


def the_notebook(top: str = "##") -> nbformat.NotebookNode:
    alt = ALT.replace('"', '\\"')
    figure = f'#| label: fig-lijn\n#| fig-cap: Kosten *per* kwartaal\n#| fig-alt: "{alt}"\nf()'
    first = f"{top} Eerst {{#sec-eerst}}\n\nZie @fig-lijn, @tbl-n en @sec-dan. {WORDS * 30}"
    part = f"{top}# Onderdeel\n\nTekst met noot.[^1]\n\n[^1]: De noot."
    cells = [
        V4.new_raw_cell(FRONT, id="front"),
        V4.new_code_cell('report = "GEHEIM"', id="p", metadata={"tags": ["parameters"]}),
        V4.new_markdown_cell(first, id="a"),
        code(figure, {"image/svg+xml": SVG, "image/png": PNG}, "f"),
        table(),
        code("#| output: asis\nx", {"text/markdown": part}, "d"),
        V4.new_markdown_cell(f"{top} Dan {{#sec-dan}}\n\n" + (WORDS * 12 + "\n\n") * 6, id="b"),
        V4.new_markdown_cell(
            '::: {.callout-warning title="Voorlopig"}\nNog geen *oordeel*.\n:::', id="c"
        ),
    ]
    return V4.new_notebook(cells=cells)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("quarto")
    write_notebook(the_notebook(), folder / "r.ipynb")
    settings = read_settings(default_file("_quarto.yml"))
    assert QUARTO is not None
    assert QUARTO.render(folder / "r.ipynb", folder, ("html", "pdf", "docx"), settings) == []
    (folder / "embedded").mkdir()
    EmbeddedRenderer().render(folder / "r.ipynb", folder / "embedded", ("html", "docx"), settings)
    return folder


def page(folder: Path) -> str:
    return (folder / "r.html").read_text(encoding="utf-8")


def plain(markup: str) -> str:
    text = re.sub(r"(?s)<(style|script|head)\b.*?</\1>", "", markup)
    return " ".join(entities.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ").split())


def squeezed(markup: str) -> str:
    """Text without any space: a tag between two letters is no difference."""
    return plain(markup).replace(" ", "")


def document(folder: Path) -> str:
    with zipfile.ZipFile(folder / "r.docx") as archive:
        return archive.read("word/document.xml").decode()


def paragraphs(markup: str) -> list[str]:
    found = re.findall(r"(?s)<w:p\b.*?</w:p>", markup)
    texts = ["".join(re.findall(r"<w:t(?: [^>]*)?>([^<]*)", p)) for p in found]
    return [" ".join(entities.unescape(t).replace("\xa0", " ").split()) for t in texts]


@with_quarto
def test_the_page_loads_nothing_and_carries_the_label(made: Path) -> None:
    text = page(made)
    assert OUTSIDE.search(text) is None
    assert "<script" not in text
    assert text.count('<aside class="running-label"') == 1
    assert LABEL in plain(text)
    assert "GEHEIM" not in text
    assert '<html lang="nl"' in text
    assert "@media print" in text  # our style sheet


@with_quarto
def test_sections_have_numbers_below_one_title(made: Path) -> None:
    headings = re.findall(r"(?s)<h([1-6])\b[^>]*>(.*?)</h\1>", page(made))
    assert [plain(h) for level, h in headings if level == "1"] == ["Meting: de wijken"]
    assert [plain(h) for level, h in headings if level != "1"] == SECTIONS
    assert [level for level, _ in headings] == ["1", "2", "2", "3", "2"]


@with_quarto
def test_captions_references_alt_text_and_callout_are_on_the_page(made: Path) -> None:
    text = page(made)
    captions = [plain(c) for c in re.findall(r"(?s)<figcaption\b.*?</figcaption>", text)]
    assert captions == list(CAPTIONS)
    assert "ZieFiguur1,Tabel1enParagraaf2." in squeezed(text)
    assert [entities.unescape(a) for a in re.findall(r'<img\b[^>]*\balt="([^"]*)"', text)] == [ALT]
    assert 'class="callout callout-warning"' in text
    assert "VoorlopigNoggeenoordeel." in squeezed(text)
    assert DATE in plain(text)


@with_quarto
def test_the_table_keeps_headings_and_alignment(made: Path) -> None:
    found = re.findall(r"(?s)<table\b.*?</table>", page(made))
    assert len(found) == 1
    assert 'scope="row"' in found[0]
    assert 'scope="col"' in found[0]
    assert re.search(r"<td[^>]*text-align: right[^>]*>1\.234,5</td>", found[0])
    assert "gt_table" not in found[0]
    assert "<style" not in found[0]


@with_quarto
def test_both_renderers_say_the_same(made: Path) -> None:
    ours = page(made / "embedded")
    assert squeezed(page(made)) == squeezed(ours)
    assert [p for p in paragraphs(document(made)) if p] == [
        p for p in paragraphs(document(made / "embedded")) if p
    ]


@with_quarto
def test_word_has_the_label_native_tables_and_alt_text(made: Path) -> None:
    with zipfile.ZipFile(made / "r.docx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    headers = [parts[n].decode() for n in parts if n.startswith("word/header")]
    assert headers
    assert all(LABEL in h for h in headers)
    text = document(made)
    assert "<w:headerReference" in text
    assert text.count("<w:tbl>") == 1  # no table of one cell around a figure or a table
    assert re.search(r"(?s)<w:tbl>.*1\.234,5.*</w:tbl>", text)
    styles = dict(zip(paragraphs(text), re.findall(STYLED, text), strict=True))
    assert [styles[c] for c in CAPTIONS] == ["ImageCaption", "TableCaption"]
    alts = re.findall(r'<wp:docPr[^>]*descr="([^"]*)"', text)
    assert [entities.unescape(a) for a in alts] == [ALT]
    assert [n for n in parts if n.startswith("word/media/")] != []
    assert not [n for n in parts if n.endswith(".svg")]
    assert "evaluatie-quarto-" not in text  # no path of this machine
    assert all(c in paragraphs(text) for c in CAPTIONS)


@with_quarto
def test_every_page_on_paper_has_the_label_and_the_figure_its_alt_text(made: Path) -> None:
    reader = pypdf.PdfReader(made / "r.pdf")
    texts = [p.extract_text() for p in reader.pages]
    assert len(texts) > 1
    assert all(LABEL in t for t in texts)
    assert all(f"pagina {n} van {len(texts)}" in t for n, t in enumerate(texts, 1))
    whole = " ".join(" ".join(texts).replace("\xa0", " ").split())
    for expected in (*CAPTIONS, "Inhoud", "Figuur 1, Tabel 1", DATE, "Voorlopig"):
        assert expected in whole
    assert reader.trailer["/Root"]["/Lang"].startswith("nl")
    assert ALT in alt_texts(reader.trailer["/Root"]["/StructTreeRoot"])


def alt_texts(node: object, seen: set[int] | None = None) -> set[str]:
    """Alt texts in the structure tree of a PDF."""
    seen = set() if seen is None else seen
    node = node.get_object() if hasattr(node, "get_object") else node
    if id(node) in seen or not isinstance(node, dict | list):
        return set()
    seen.add(id(node))
    if isinstance(node, list):
        return set().union(*(alt_texts(child, seen) for child in node))
    own = {str(node["/Alt"])} if "/Alt" in node else set()
    return own | (alt_texts(node["/K"], seen) if "/K" in node else set())


@with_quarto
def test_the_date_stays_the_same_east_of_greenwich(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")
    write_notebook(the_notebook("#"), tmp_path / "r.ipynb")
    settings = read_settings(default_file("_quarto.yml"))
    assert QUARTO is not None
    QUARTO.render(tmp_path / "r.ipynb", tmp_path, ("html",), settings)
    text = page(tmp_path)
    assert re.search(f'<span class="date">{DATE}</span>', text)
    assert [plain(h) for h in re.findall(r"(?s)<h[2-6]\b.*?</h[2-6]>", text)] == SECTIONS


@pytest.mark.parametrize(("top", "level"), [("#", 1), ("##", 2)])
def test_the_highest_heading_is_found_also_in_outputs(top: str, level: int, tmp_path: Path) -> None:
    notebook = the_notebook(top)
    fenced = V4.new_markdown_cell("```\n# no heading\n```", id="z")
    notebook.cells.append(fenced)
    write_notebook(notebook, tmp_path / "n.ipynb")
    assert top_level(read_notebook(tmp_path / "n.ipynb")) == level
