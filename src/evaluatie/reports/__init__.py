"""Run matrix, execution, rendering, and the context a notebook opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluatie.reports.context import ReportContext, open_report

__all__ = ["ReportContext", "open_report"]


def __getattr__(name: str) -> Any:
    """Import the context only where a notebook asks: it brings every figure library along."""
    if name in __all__:
        from evaluatie.reports import context

        return getattr(context, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
