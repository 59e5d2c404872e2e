"""How a part of a report gets its rows: conditions and wrappers that the tables of contents use."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from evaluatie.present import cost_tables
from evaluatie.present.fragments import FigureView, Nothing, TableView, Text
from evaluatie.results import Table

if TYPE_CHECKING:
    from evaluatie.reports.context import ReportContext

View = TableView | FigureView | Text | Nothing
Condition = Callable[["ReportContext"], bool]
Maker = tuple[str, Callable[["ReportContext"], View]]


def has(table: Table) -> Condition:
    """Return whether the slice holds anything for a table, be it a reason why there is nothing."""
    return lambda report: cost_tables.has_rows(report.rows, table)


def of_kind(*kinds: str) -> Condition:
    """Return whether an agreed question has an indicator of one of these kinds."""
    return lambda report: bool(report.kinds & set(kinds))


def stamped(make: Callable[..., FigureView | Text]) -> Callable[[ReportContext], View]:
    """Give a figure of a wave the label of the report."""
    return lambda report: make(report.rows, report.labels, report.wave, report.slice.label)


def plain(make: Callable[..., TableView | Text]) -> Callable[[ReportContext], View]:
    """Give a table its rows and labels."""
    return lambda report: make(report.rows, report.labels)


def at_wave(make: Callable[..., TableView | Text]) -> Callable[[ReportContext], View]:
    """Give a table its rows, labels and wave."""
    return lambda report: make(report.rows, report.labels, report.wave)


def judged(make: Callable[..., TableView | Text]) -> Callable[[ReportContext], View]:
    """Give a table its rows, verdicts, labels and wave."""
    return lambda report: make(report.rows, report.slice.verdicts, report.labels, report.wave)


def drawn(make: Callable[..., FigureView | Text]) -> Callable[[ReportContext], View]:
    """Give a figure over all years the label of the report."""
    return lambda report: make(report.rows, report.labels, report.slice.label)
