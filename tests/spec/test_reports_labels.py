"""Who may have a report stands in every file of it; who made it, where and when stands in none."""

from __future__ import annotations

import io
import re
import struct
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pandas as pd
import pypdf
import pytest
from test_present_sample import labels, sample_slice
from test_render_reports import FRONT, fake_quarto, render, settings, the_cells

from evaluatie.agreement.model import ReportRun
from evaluatie.domain import Sensitivity
from evaluatie.present import canvas
from evaluatie.present.drawn import draws
from evaluatie.present.front import marking
from evaluatie.present.phrase import NUMERAL, Phrase
from evaluatie.release.labels import read_label
from evaluatie.reports.context import context_of
from evaluatie.reports.notebook import write_notebook
from evaluatie.reports.publish import public_rows
from evaluatie.reports.render import choose_renderer
from evaluatie.reports.render.docx import finished_docx, reference_docx
from evaluatie.reports.render.pandoc import pandoc_path
from evaluatie.reports.slice import ReportSlice, write_slice
from evaluatie.results import Table, estimate_row, estimates_frame

V4 = nbformat.v4
WORDS = {"public": "Openbaar na vrijgave", "restricted": "Beperkt: alleen voor A & B"}
TAGS = re.compile(r"<[^>]+>")
CHUNKS = {"IHDR", "IDAT", "IEND", "pHYs"}  # of a PNG: size, picture, end, dots per metre
WHO_AND_WHEN = ("creator", "lastModifiedBy", "created", "modified", "revision", "Company",
                "Manager", "TotalTime", "Template", "AppVersion")  # fmt: skip


def labelled(sensitivity: str) -> list[nbformat.NotebookNode]:
    front = FRONT.replace(
        "released: true",
        f"released: true\nsensitivity: {sensitivity}\nmarking: '{WORDS[sensitivity]}'",
    )
    return [V4.new_raw_cell(front, id="front"), *the_cells()[1:]]


@pytest.fixture(scope="module", params=["public", "restricted"])
def made(request, tmp_path_factory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    assert render(labelled(request.param), folder) == []
    return request.param, folder


def parts_of(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        return {name: archive.read(name).decode() for name in names}


# -------------------------------------------------------------------------------------- labels


def test_every_form_says_who_may_have_it_to_a_program(made):
    sensitivity, folder = made
    for form in ("html", "pdf", "docx"):
        assert read_label(folder / f"r.{form}") == sensitivity, form


def test_every_page_says_it_to_a_reader(made):
    sensitivity, folder = made
    words = WORDS[sensitivity]
    escaped = words.replace("&", "&amp;")
    html = (folder / "r.html").read_text(encoding="utf-8")
    assert f'<p class="sensitivity sensitivity-{sensitivity}">{escaped}</p>' in html
    assert f'<footer class="sensitivity sensitivity-{sensitivity}">{escaped}</footer>' in html
    pages = pypdf.PdfReader(folder / "r.pdf").pages
    assert len(pages) >= 2
    for number, page in enumerate(pages, start=1):
        last = page.extract_text().strip().splitlines()[-1]
        assert words in last
        assert last.endswith(f"pagina {number} van {len(pages)}")  # of one line with the page
    parts = parts_of(folder / "r.docx")
    assert words in "".join(ElementTree.fromstring(parts["word/footer9.xml"]).itertext())
    assert "footer9.xml" in parts["word/_rels/document.xml.rels"]


def test_a_notebook_without_a_label_makes_files_without_one(tmp_path):
    render(the_cells(), tmp_path)
    assert [read_label(tmp_path / f"r.{form}") for form in ("html", "pdf", "docx")] == [None] * 3
    assert "<footer" not in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_restricted_report_names_its_reader_unless_the_name_holds_a_number():
    names = labels("nl")
    public = marking(names, Sensitivity.PUBLIC, "Gemeente")
    assert public.text == "Openbaar na vrijgave"
    assert marking(names, Sensitivity.RESTRICTED, "VGZ").text == "Beperkt: alleen voor VGZ"
    one = marking(names, Sensitivity.RESTRICTED, "VGZ", "SYN-A-1002")
    assert one.text == "Beperkt: alleen voor aanbieder SYN-A-1002"
    for provider in ("75751234", "Zorg 24"):
        said = marking(names, Sensitivity.RESTRICTED, "VGZ", provider)
        assert not NUMERAL.search(said.text)
        assert said.text.startswith("Beperkt: ")
    assert marking(labels("en"), Sensitivity.RESTRICTED, "X").text == "Restricted: for X only"


# ------------------------------------------------------------------------------------ metadata


def test_word_properties_are_ours_alone(made):
    sensitivity, folder = made
    parts = parts_of(folder / "r.docx")
    assert {name for name in parts if name.startswith("docProps/")} == {
        "docProps/core.xml", "docProps/app.xml",
    }  # fmt: skip
    assert not [name for name, text in parts.items() if "docProps/custom" in text]
    core = ElementTree.fromstring(parts["docProps/core.xml"])
    told = {element.tag.rpartition("}")[2]: element.text for element in core}
    assert told == {
        "title": "Meting: de wijken", "creator": "Onderzoekers", "language": "nl",
        "keywords": f"sensitivity: {sensitivity}",
    }  # fmt: skip
    app = ElementTree.fromstring(parts["docProps/app.xml"])
    assert [(e.tag.rpartition("}")[2], e.text) for e in app] == [("Application", "evaluatie")]


def test_nothing_of_a_study_s_own_reference_document_but_its_styles_reaches_a_report():
    """Somebody made that document in Word: his name and company are in its properties."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(reference_docx(pandoc_path(), PAGE, ""))) as before, \
            zipfile.ZipFile(buffer, "w") as after:  # fmt: skip
        for name in before.namelist():
            content = before.read(name)
            if name.startswith("docProps/") and name.endswith(".xml"):
                content = "".join(f"<{w}>Jan Jansen 12:30</{w}>" for w in WHO_AND_WHEN).encode()
            after.writestr(name, content)
    done = finished_docx(buffer.getvalue(), {**PAGE, "sensitivity": "public", "title": "a < b"})
    with zipfile.ZipFile(io.BytesIO(done)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        core = archive.read("docProps/core.xml")
    assert b"Jansen" not in everything
    assert b"12:30" not in everything
    assert ElementTree.fromstring(core)[0].text == "a < b"


PAGE = {"lang": "nl", "page": "pagina", "of": "van", "marking": "Openbaar"}


def test_the_properties_of_a_pdf_are_title_author_label_and_program(made):
    sensitivity, folder = made
    reader = pypdf.PdfReader(folder / "r.pdf")
    told = dict(reader.metadata)
    program = told.pop("/Creator")
    assert re.fullmatch(r"Typst [\d.]+", program)
    assert told == {
        "/Title": "Meting: de wijken", "/Author": "Onderzoekers",
        "/Keywords": f"sensitivity: {sensitivity}",
    }  # fmt: skip
    packet = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    assert not re.search(r"\d{4}-\d\d-\d\dT|CreateDate|ModifyDate|file:|/home|/tmp", packet)


def test_a_page_has_no_other_metadata_than_its_own(made):
    sensitivity, folder = made
    html = (folder / "r.html").read_text(encoding="utf-8")
    found = dict(re.findall(r'<meta name="([^"]+)" content="([^"]*)"', html))
    assert found == {
        "viewport": "width=device-width, initial-scale=1", "generator": "evaluatie",
        "author": "Onderzoekers", "sensitivity": sensitivity,
    }  # fmt: skip
    assert "<!--" not in TAGS.sub("", html)


def test_a_figure_tells_nothing_of_program_clock_or_host():
    row = {"id": "a", "publication": "shown", "estimate": 1.0}
    with canvas.style():
        figure = canvas.blank(3, 2)
        figure.subplots().plot([0, 1], [0, 1])
        view = canvas.finish(figure, Phrase("c"), Phrase("a"), "S", drawn=draws([row]))
    place, chunks = 8, set()
    while place < len(view.png):
        length, kind = struct.unpack(">I4s", view.png[place : place + 8])
        chunks.add(kind.decode())
        place += 12 + length
    assert chunks <= CHUNKS
    metadata = re.search(r"<metadata>(.*?)</metadata>", view.svg, re.DOTALL)[1]
    assert TAGS.sub("", metadata).split() == ["image/svg+xml"]
    assert not re.search(r"matplotlib v|\d{4}-\d\d-\d\dT", view.svg)


# ------------------------------------------------------------------------------ Quarto, tables


def test_what_quarto_wrote_gets_our_properties_too(tmp_path, monkeypatch):
    program = fake_quarto(tmp_path, "1.9.3")
    program.write_text(program.read_text().replace(
        "z.writestr('[Content_Types].xml', asked)",
        "[z.writestr(n, 'Jan Jansen') for n in ('[Content_Types].xml', 'docProps/core.xml',"
        " 'docProps/app.xml', 'docProps/custom.xml', '_rels/.rels')]",
    ))  # fmt: skip
    monkeypatch.setenv("PATH", str(tmp_path))
    write_notebook(V4.new_notebook(cells=labelled("restricted")), tmp_path / "r.ipynb")
    choose_renderer("quarto").render(tmp_path / "r.ipynb", tmp_path, ("html", "docx"), settings())
    assert read_label(tmp_path / "r.docx") is Sensitivity.RESTRICTED
    with zipfile.ZipFile(tmp_path / "r.docx") as archive:
        assert "docProps/custom.xml" not in archive.namelist()
        assert b"Jansen" not in archive.read("docProps/app.xml")
    assert sys.executable  # the program that stands in for Quarto runs on it


def test_quarto_finds_label_and_marking_in_the_front_matter(tmp_path, monkeypatch):
    """Our page template, which Quarto uses as well, reads them from there."""
    template = (Path(canvas.__file__).parents[1] / "reports/assets/report.html5").read_text()
    assert '<meta name="sensitivity" content="$sensitivity$">' in template
    assert "$marking$" in template


def a_run(folder: Path, audience: str, sensitivity: Sensitivity, rows: pd.DataFrame) -> Path:
    return write_slice(
        ReportSlice(
            run=ReportRun(report="r", audience=audience, wave="t1"), notebook="n.ipynb",
            formats=("html",), title="T", estimates=rows, verdicts=pd.DataFrame({"q": ["q"]}),
            sensitivity=sensitivity,
        ),
        folder / audience,
    )  # fmt: skip


def test_the_public_table_holds_what_public_reports_show_and_nothing_else(tmp_path):
    names = ("public", "both", "restricted", "stricter", "hidden", "nowhere")
    rows = [estimate_row(Table.SCORE, "mean", indicator=n, estimate=1.5, n=20.0) for n in names]
    named = estimate_row(Table.MIRROR, "clients", category="provider=P", estimate=30.0)
    frame = estimates_frame([*rows, named]).assign(publication="shown")
    is_hidden = frame["indicator"] == "hidden"
    frame.loc[is_hidden, ["publication", "estimate", "n"]] = ["suppressed", None, None]

    def of(*chosen: str) -> pd.DataFrame:
        return frame[frame["indicator"].isin(chosen) | frame["category"].isin(chosen)]

    strict = of("public", "both", "stricter", "hidden", "provider=P").copy()
    strict.loc[strict["indicator"] == "stricter", "publication"] = "suppressed"
    slices = [
        a_run(tmp_path, "all", Sensitivity.PUBLIC, strict),
        a_run(tmp_path, "one", Sensitivity.RESTRICTED, of("both", "restricted", "stricter")),
    ]
    kept = public_rows(frame, slices)
    assert sorted(kept["indicator"]) == ["both", "hidden", "public"]


def test_a_slice_of_the_sample_is_public_and_opens():
    made = sample_slice("nl")
    assert made.sensitivity is Sensitivity.PUBLIC
    assert context_of(made, made.run).title == made.title
