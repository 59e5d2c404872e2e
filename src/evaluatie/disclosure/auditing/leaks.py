"""Which reports leak a number: one of them alone, or only some together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

Leaks = Callable[[frozenset[str]], bool]
"""Returns whether a number still follows from what these reports say."""


def smallest_leak(
    reports: Iterable[str], leaks: Leaks, known: Iterable[tuple[str, ...]] = ()
) -> tuple[str, ...]:
    """Return a smallest set of reports from which a number follows: none of them can be missed.

    Parameters
    ----------
    known
        Sets that leaked another number, tried first.

    Notes
    -----
    One report that leaks by itself is always found. Where none does, reports are dropped one by
    one, in the order of their names, as long as the number still follows (deletion filter); every
    report that is left is needed, although another set with fewer reports may exist.

    References
    ----------
    Chinneck & Dravnieks (1991), Locating minimal infeasible constraint sets in linear programs.
    """
    every = sorted(set(reports))
    if leaks(frozenset()):  # it follows without any report
        return ()
    for one in every:
        if leaks(frozenset([one])):
            return (one,)
    start = next((kept for kept in known if leaks(frozenset(kept))), tuple(every))
    kept = set(start)
    for one in sorted(start):
        if leaks(frozenset(kept - {one})):
            kept.remove(one)
    return tuple(sorted(kept))
