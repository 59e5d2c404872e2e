"""What a finished file says: the numbers in HTML, PDF, Word, notebooks and CSV, as intervals.

Reads files as anybody can who has them; knows nothing of how they were made.
"""

import zipfile
from pathlib import Path
from xml.etree import ElementTree

from pypdf.errors import PyPdfError

from evaluatie.disclosure.auditing.printed.output import Beside, Printed
from evaluatie.errors import DisclosureError

FORMS = ("html", "pdf", "docx", "ipynb")
DAMAGED = (ValueError, KeyError, zipfile.BadZipFile, ElementTree.ParseError, PyPdfError)

__all__ = ["FORMS", "Beside", "Printed", "read_output"]


def read_output(path: Path, label: str = "") -> Printed:
    """Return everything a finished file says.

    Parameters
    ----------
    path : Path
        A report as HTML, PDF or Word, or its executed notebook.
    label : str
        Text that stands on top of every page of a PDF.

    Raises
    ------
    DisclosureError
        Not a form that can be read, or damaged.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in FORMS:
        raise DisclosureError(
            f"the audit cannot read '{path.name}'",
            allowed=", ".join(FORMS),
            remedy="take it out of the folder: what is not read cannot be released.",
        )
    try:
        return _read(path, form, label)
    except DAMAGED as error:
        raise DisclosureError(
            f"'{path.name}' is damaged and cannot be read ({type(error).__name__})",
            remedy="make the report again with 'evaluatie run'.",
        ) from None


def _read(path: Path, form: str, label: str) -> Printed:
    if form == "html":
        from evaluatie.disclosure.auditing.printed.html import read_html

        return read_html(path.read_text(encoding="utf-8"), path)
    if form == "pdf":
        from evaluatie.disclosure.auditing.printed.pdf import read_pdf

        return read_pdf(path, label)
    if form == "docx":
        from evaluatie.disclosure.auditing.printed.docx import read_docx

        return read_docx(path)
    from evaluatie.disclosure.auditing.printed.notebook import read_notebook

    return read_notebook(path)
