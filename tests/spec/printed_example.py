"""Small finished files that say what `LEDGER` says, in every form, to be tampered with."""

import base64
import json
import zipfile

import pandas as pd
import typst

ALT = "Staafgrafiek: van 12,3% naar 45,6%."
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg"><g id="xtick_1"><!-- 80 --></g><g id="text_4">'
    "<!-- 12,3% --><path d='M 0 0 L 9 9'/></g></svg>"
)
LEDGER = pd.DataFrame(
    [
        ("12,3%", "a", "estimate", "text"),
        ("1.234", "b", "estimate", "text"),
        ("12,3%", "a", "estimate", "alt"),
        ("45,6%", "c", "estimate", "alt"),
        ("0.123457", "a", "estimate", "drawn"),
        ("0.456123", "c", "estimate", "drawn"),
    ],
    columns=["text", "row", "field", "channel"],
)
TITLE = "Verslag over wijken"

HTML = f"""<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>{TITLE}</title>
<meta name="viewport" content="initial-scale=1"><style>p {{ width: 80px }}</style></head><body>
<h1 id="s1">{TITLE}</h1>
<nav><ul><li><a href="#s2"><span class="header-section-number">1</span> Antwoord</a></li></ul></nav>
<h2 id="s2"><span class="header-section-number">1</span> Antwoord</h2>
<div tabindex="0" aria-label="Tabel 1"><table><caption><span class="caption-number">Tabel 1.</span>
Kosten</caption><tr><td colspan="2">12,3%</td><td>€ 1.234</td></tr></table></div>
<img alt="{ALT}" src="data:image/svg+xml;base64,{base64.b64encode(DRAWING.encode()).decode()}">
</body></html>"""

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
DOCUMENT = f"""<w:document xmlns:w="{W}" xmlns:wp="{WP}"><w:body>
<w:p><w:r><w:t>{TITLE}</w:t></w:r></w:p>
<w:p><w:r><w:rPr><w:rStyle w:val="SectionNumber"/></w:rPr><w:t>1</w:t></w:r>
<w:r><w:t>Antwoord</w:t></w:r></w:p>
<w:p><w:pPr><w:pStyle w:val="TableCaption"/></w:pPr><w:r><w:t>Tabel 1. Kosten</w:t></w:r></w:p>
<w:p><w:r><w:t>12,3%</w:t></w:r></w:p><w:p><w:r><w:t>€ 1.234</w:t></w:r></w:p>
<w:p><w:r><wp:docPr descr="{ALT}" id="7" name="Picture"/></w:r></w:p></w:body></w:document>"""
COMMENTS = f'<w:comments xmlns:w="{W}"/>'
FOOTER = (
    f'<w:ftr xmlns:w="{W}"><w:p><w:r><w:t>pagina </w:t></w:r><w:fldSimple w:instr=" PAGE ">'
    "<w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>"
)
CORE = f"<cp xmlns:dc='x'><dc:title>{TITLE}</dc:title><created>2000-01-01</created></cp>"
PARTS = {
    "word/document.xml": DOCUMENT,
    "word/comments.xml": COMMENTS,
    "word/footer1.xml": FOOTER,
    "docProps/core.xml": CORE,
}

NUMBERS = [["12,3%", "a", "estimate", "text"], ["1.234", "b", "estimate", "text"]]
TABLE = "<table><tr><td>12,3%</td><td>1.234</td></tr></table>"
CELLS = [
    {"cell_type": "raw", "metadata": {}, "source": f"---\ntitle: {TITLE}\nlang: nl\n---"},
    {
        "cell_type": "code",
        "metadata": {"tags": ["x"]},
        "source": ['#| tbl-cap: "Kosten"\n', 'this.table("kosten")'],
        "execution_count": 1,
        "outputs": [
            {
                "output_type": "execute_result",
                "execution_count": 1,
                "data": {"text/html": TABLE, "text/plain": "Kosten"},
                "metadata": {"evaluatie": {"numbers": NUMBERS, "caption": "Kosten"}},
            }
        ],
    },
    {
        "cell_type": "code",
        "metadata": {},
        "source": f'#| fig-alt: "{ALT}"\nthis.figure("kosten")',
        "execution_count": 2,
        "outputs": [
            {
                "output_type": "display_data",
                "data": {"image/svg+xml": DRAWING, "image/png": "eA==", "text/plain": ALT},
                "metadata": {"image/png": {"width": 640, "height": 480}},
            }
        ],
    },
]

TYPST = f"""#set document(title: "{TITLE}", author: "Team")
#set page(footer: [pagina 1 van 1])
{TITLE}

= Antwoord
12,3% en € 1.234

#figure(rect(), alt: "{ALT}")
"""


def write_docx(path, **changed):
    """Write a Word document; ``changed`` are parts by the name of their file without suffix."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in PARTS.items():
            stem = name.rpartition("/")[2].partition(".")[0]
            archive.writestr(name, changed.pop(stem, content))
        for name, content in changed.items():
            archive.writestr(f"word/{name}.xml", content)
    return path


def write_notebook(path, cells):
    metadata = {"language_info": {"name": "python", "version": "3.11.7"}}
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_pdf(path, source=TYPST):
    text = path.with_suffix(".typ")
    text.write_text(source, encoding="utf-8")
    typst.compile(str(text), output=str(path), format="pdf", pdf_standards=["ua-1"])
    return path
