"""`evaluatie synth`: write the raw files of a synthetic study with known truth."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from evaluatie.cli.console import console, progress_bars


class Scenario(StrEnum):
    """What is planted in the data."""

    effect = "effect"
    null = "null"
    confounded = "confounded"


def command(
    context: typer.Context,
    seed: Annotated[
        int | None, typer.Option(help="Same seed, same bytes; default: the seed of study.yml.")
    ] = None,
    scenario: Annotated[Scenario, typer.Option(help="What is planted.")] = Scenario.effect,
) -> None:
    """Write a synthetic study under data/raw, and its truth under data/truth."""
    from evaluatie.agreement import load_agreements
    from evaluatie.dictionary import load_codebook
    from evaluatie.study import open_study
    from evaluatie.synthetic import draw_study, refuse_foreign, write_study

    study = open_study(context.obj)
    refuse_foreign(study)
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    chosen = study.seed if seed is None else seed
    with progress_bars() as progress:
        drawn = draw_study(study, codebook, book, chosen, scenario.value, progress)
        write_study(drawn, study, codebook, progress)
    console.print(f"Synthetic study (seed {chosen}, scenario {scenario.value}) in {study.raw}")
