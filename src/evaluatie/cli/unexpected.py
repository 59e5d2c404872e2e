"""What is shown of an error that nobody foresaw: where it happened, never what it says.

The text of an error of a library can quote a value: a date that could not be read, a key that was
not found. Those values may be a person's, and what is printed ends up in logs and messages.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator

from evaluatie.errors import EvaluatieError

SHOW = "EVALUATIE_TRACEBACK"
"""Environment variable: set, the whole traceback is shown to whoever may see the data."""


def wanted_in_full() -> bool:
    """Return whether the user asked for tracebacks with their texts."""
    return bool(os.environ.get(SHOW))


def where_it_happened(error: BaseException) -> str:
    """Return the traceback of an error and its causes, without any text of a library."""
    parts = ["".join(_one(each)) for each in _chain(error)]
    return "\nwhich led to:\n".join(parts)


def advice() -> str:
    """Return what a user does with such an error."""
    return (
        "This is a fault of evaluatie, not of yours. What the error says is left out above: "
        f"it can quote data of persons. Set {SHOW}=1 and run the command again to see it, where "
        "nobody reads along. Report the lines above."
    )


def _chain(error: BaseException) -> list[BaseException]:
    """Return the error and what caused it, the first cause first."""
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        context = None if current.__suppress_context__ else current.__context__
        current = current.__cause__ or context
    return found[::-1]


def _one(error: BaseException) -> Iterator[str]:
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}, line {frame.lineno}, in {frame.name}\n"
        if frame.line:
            yield f"    {frame.line}\n"
    said = f": {error}" if isinstance(error, EvaluatieError) else ""
    yield f"{type(error).__qualname__}{said}\n"
