"""`evaluatie codebook`: the data dictionary as a page for people."""

from __future__ import annotations

from typing import Annotated

import typer

from evaluatie.cli.console import console


def command(
    context: typer.Context,
    language: Annotated[str, typer.Option(help="nl or en.")] = "nl",
) -> None:
    """Write build/codebook.html: every item, scale, feed, law and price with its source."""
    from evaluatie.dictionary import load_codebook, write_codebook_html
    from evaluatie.study import open_study

    if language not in ("nl", "en"):
        raise typer.BadParameter("nl or en", param_hint="--language")
    study = open_study(context.obj)
    study.build.mkdir(exist_ok=True)
    path = study.build / "codebook.html"
    write_codebook_html(load_codebook(study), path, language)
    console.print(f"Codebook: {path}")
