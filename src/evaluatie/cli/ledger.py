"""`evaluatie ledger`: write the cost ledger for a large machine or cluster, and ask it questions.

For a region or the country. Both commands handle amounts of persons: what they write can be read
by its owner alone, and nothing of it is publishable. Numbers for readers come from the reports.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from evaluatie.cli.console import console, progress_bars

app = typer.Typer(help="The cost ledger of a region, on DuckDB or Spark.", no_args_is_help=True)

FOLDER = "ledger"


@app.command("export")
def export(
    context: typer.Context,
    to: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to write; default: build/ledger.")
    ] = None,
) -> None:
    """Write the ledger as Parquet: one row per person, product, provider, area, month, basis."""
    from evaluatie.costs import build_ledger, write_parquet
    from evaluatie.dictionary import load_codebook
    from evaluatie.intake import read_study, require_clean
    from evaluatie.study import open_study

    study = open_study(context.obj)
    codebook = load_codebook(study)
    with progress_bars() as progress:
        data = read_study(study, codebook, progress)
    require_clean(data)
    ledger = build_ledger(data, codebook, study)
    try:
        path = write_parquet(ledger, to or study.build / FOLDER)
    finally:
        ledger.close()
    console.print(f"Ledger in {path}", markup=False)
    console.print("It holds amounts of persons: only its owner can read it. Do not pass it on.")


@app.command("query")
def query(
    context: typer.Context,
    table: Annotated[str, typer.Argument(help="cells, active or stacking.")],
    period: Annotated[str, typer.Option(help="month, quarter or year.")] = "quarter",
    engine: Annotated[
        str | None, typer.Option(help="duckdb or spark; default: 'engine' of study.yml.")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--from", metavar="FOLDER", help="Default: build/ledger.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Default: build/ledger/TABLE-PERIOD.csv.")
    ] = None,
) -> None:
    """Sum an exported ledger by area, law and period and write the table as CSV."""
    from evaluatie.costs.booking.codes import laws_by_arrangement
    from evaluatie.costs.volume.engine import chosen, open_engine
    from evaluatie.costs.volume.tables import ask, write_table
    from evaluatie.dictionary import load_codebook
    from evaluatie.study import open_study

    study = open_study(context.obj)
    laws = tuple(laws_by_arrangement(load_codebook(study)))
    folder = source or study.build / FOLDER
    with open_engine(folder, chosen(study.engine, engine)) as opened:
        frame = ask(opened, table, period, laws)
    path = write_table(frame, to or study.build / FOLDER / f"{table}-{period}.csv")
    console.print(f"{len(frame)} rows, by {opened.kind}, in {path}", markup=False)
    console.print(
        "Numbers before disclosure control, of areas and small groups: not for publication. Only "
        "the reports hold what may leave."
    )
