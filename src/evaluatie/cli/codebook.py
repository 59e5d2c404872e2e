"""`evaluatie codebook`: the data dictionary as a page for people."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from evaluatie.cli.console import console


class Language(StrEnum):
    """Languages of the dictionary."""

    nl = "nl"
    en = "en"


def command(
    context: typer.Context,
    language: Annotated[Language, typer.Option(help="Language of the page.")] = Language.nl,
) -> None:
    """Write build/codebook.html: every item, scale, feed, law and price with its source."""
    from evaluatie.dictionary import load_codebook, write_codebook_html
    from evaluatie.study import open_study

    study = open_study(context.obj)
    study.build.mkdir(exist_ok=True)
    path = study.build / "codebook.html"
    write_codebook_html(load_codebook(study), path, language.value)
    console.print(f"Codebook: {path}")
