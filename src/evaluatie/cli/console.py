"""The two consoles, and progress bars that any layer can report to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from evaluatie import domain

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


@contextmanager
def progress_bars() -> Iterator[domain.Progress]:
    """Show one bar per kind of work, with counts and time left; silent when not a terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=errors, disable=not errors.is_terminal) as bars:

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
                if not errors.is_terminal:
                    errors.print(f"{what} ...")
            bars.update(tasks[what], completed=done, total=total)

        yield report
