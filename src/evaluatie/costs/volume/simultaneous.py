"""The largest number of arrangements that a household has at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evaluatie.costs.booking.valuation import Ints
from evaluatie.errors import RefusedError

_THREADS = 2  # sorting and sweeping let go of Python's lock
_KEY_BITS = 32
_BUCKETS, _SMALLEST_BUCKET = 256, 14  # a bucket of 2^14 households stays near the processor

Keys = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Holdings:
    """A chunk of arrangements; arrays of shape (n,), one element per arrangement.

    Attributes
    ----------
    household : array of int
        Household number, from 0.
    first, last : array of int
        First and last day of care, both included, days since 1970.
    """

    household: Ints
    first: Ints
    last: Ints


def most_at_once(
    chunks: Iterable[Holdings], households: int, opening: int, horizon: int
) -> npt.NDArray[np.int32]:
    """Return the largest number of arrangements that each household has on one day.

    Parameters
    ----------
    chunks : iterable of Holdings
        Arrangements in any order, divided in any way.
    households : int
        Number of households; one without an arrangement in the window has 0.
    opening, horizon : int
        First and last day of the window, days since 1970.

    Returns
    -------
    array of int, shape (households,)
        ``numpy.bincount`` of it is the distribution over households.

    Raises
    ------
    RefusedError
        A household that does not exist, or a window of more than some 80 years.

    Notes
    -----
    A sweep over begins and ends in order of household and day: +1 where an arrangement begins, -1
    on the day after its last. Both are one number (household, day, begin or end), so one sort of
    32-bit numbers per bucket of households replaces a window over rows; an end sorts before a
    begin of that day, so that arrangements that follow one another are not at the same time. All
    begins of a household have their end in the window, so its count returns to 0 and the running
    total needs no restart. Memory: 8 bytes per arrangement, and twice one bucket per thread.
    An arrangement without days (last < first) counts for nothing.
    """
    layout = _Layout.of(households, horizon - opening + 1)
    buckets: list[list[Keys]] = [[] for _ in range(layout.buckets)]
    for chunk in chunks:
        if len(chunk.household):
            _distribute(chunk, layout, opening, households, buckets)
    most = np.zeros(layout.buckets << layout.household_bits, dtype=np.int32)

    def sweep(number: int) -> None:
        pieces, buckets[number] = buckets[number], []
        if pieces:
            base = number << layout.household_bits
            _sweep(pieces, layout, most[base : base + (1 << layout.household_bits)])

    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(sweep, range(layout.buckets)):
            pass
    return most[:households]


@dataclass(frozen=True)
class _Layout:
    """How household, day and kind of event share the bits of one key."""

    day_bits: int
    household_bits: int
    buckets: int
    days: int

    @classmethod
    def of(cls, households: int, days: int) -> _Layout:
        """Return the layout for so many households, in buckets that fit their keys."""
        day_bits = int(days).bit_length()
        room = _KEY_BITS - day_bits - 1
        if days < 1 or room < _SMALLEST_BUCKET:
            raise RefusedError(
                "the window has no days, or more than 40,000",
                where="simultaneous arrangements",
            )
        wanted = max(_SMALLEST_BUCKET, (max(households, 1) // _BUCKETS).bit_length())
        bits = min(room, wanted)
        return cls(day_bits, bits, max(1, -(-households >> bits)), days)


def _distribute(
    chunk: Holdings, layout: _Layout, opening: int, households: int, buckets: list[list[Keys]]
) -> None:
    """Append the keys of a chunk to the bucket of their household."""
    if (outside := (chunk.household < 0) | (chunk.household >= households)).any():
        raise RefusedError(
            f"{int(outside.sum())} arrangements have a household that does not exist",
            where="simultaneous arrangements",
            allowed=f"numbers from 0 to {households - 1}",
        )
    first = np.clip(np.subtract(chunk.first, opening, dtype=np.int64), 0, layout.days)
    after = np.subtract(chunk.last, opening - 1, dtype=np.int64).clip(first, layout.days)
    row = chunk.household.astype(np.int64) << (layout.day_bits + 1)
    keys = np.concatenate([row + (2 * first + 1), row + 2 * after])
    keys.sort()
    shift = layout.day_bits + 1 + layout.household_bits
    begin, end = int(keys[0]) >> shift, int(keys[-1]) >> shift
    edges = np.searchsorted(keys, np.arange(begin, end + 2, dtype=np.int64) << shift)
    low = (keys & ((1 << shift) - 1)).astype(np.uint32)
    for number, start, stop in zip(range(begin, end + 1), edges[:-1], edges[1:], strict=True):
        if stop > start:
            buckets[number].append(low[start:stop])


def _sweep(pieces: list[Keys], layout: _Layout, most: npt.NDArray[np.int32]) -> None:
    """Fill ``most`` for the households of one bucket."""
    keys = np.concatenate(pieces)
    pieces.clear()
    keys.sort()
    count = np.cumsum(2 * (keys & 1).astype(np.int8) - 1, dtype=np.int32)
    household = keys >> (layout.day_bits + 1)
    begin = np.flatnonzero(np.append(True, household[1:] != household[:-1]))
    most[household[begin]] = np.maximum.reduceat(count, begin)
