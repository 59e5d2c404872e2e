"""`evaluatie`: gather the commands and turn a user's mistake into sentences."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from evaluatie import __version__
from evaluatie.cli import unexpected
from evaluatie.cli.console import errors
from evaluatie.errors import EvaluatieError

COMMANDS = (
    "init", "synth", "check", "run", "status", "codebook", "calibrate", "export-r", "schemas",
    "doctor",
)  # fmt: skip
GROUPS = ("agree", "ledger", "disclosure", "release")  # commands of their own below one name

app = typer.Typer(
    name="evaluatie",
    help="Evaluate a neighbourhood health programme: raw feeds in, agreed reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    study: Annotated[
        Path | None,
        typer.Option("--study", metavar="DIR", help="Study folder; default: here or above."),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Version.")
    ] = False,
) -> None:
    """Remember which study the command is about."""
    context.obj = study


for _name in COMMANDS:
    _module = import_module(f"evaluatie.cli.{_name.replace('-', '_')}")
    app.command(_name)(_module.command)

for _name in GROUPS:
    app.add_typer(import_module(f"evaluatie.cli.{_name}").app, name=_name)


def main() -> None:
    """Run the command line.

    Exit code 1 for a user's mistake, 2 for wrong usage, 70 for a fault of ours, 130 for Ctrl-C.
    """
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # before numpy is imported: two threads per worker thrash
    try:
        app()
    except EvaluatieError as error:
        errors.print(f"[bold red]Error[/] {_escaped(error)}")
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("Stopped. What was finished is kept; the same command goes on from there.")
        sys.exit(130)
    except Exception as error:
        if unexpected.wanted_in_full():
            raise
        errors.print(unexpected.where_it_happened(error), markup=False, end="")
        errors.print(unexpected.advice(), markup=False)
        sys.exit(70)


def _escaped(error: EvaluatieError) -> str:
    return str(error).replace("[", r"\[")
