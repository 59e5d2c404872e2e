"""Neighbouring cells with too few respondents become one cell."""

from __future__ import annotations


def merge_neighbours(counts: list[int], minimum: int) -> list[tuple[list[int], int]]:
    """Merge the smallest cell with its smaller neighbour until all reach ``minimum``.

    Parameters
    ----------
    counts : list of int
        Respondents per cell, cells in their natural order.
    minimum : int
        Respondents a cell needs.

    Returns
    -------
    list of (positions, size)
        The cells after merging; one cell may stay too small when nothing is left to merge with.
    """
    blocks = [([i], n) for i, n in enumerate(counts)]
    while len(blocks) > 1 and min(size for _, size in blocks) < minimum:
        at = min(range(len(blocks)), key=lambda i: blocks[i][1])
        beside = [i for i in (at - 1, at + 1) if 0 <= i < len(blocks)]
        other = min(beside, key=lambda i: blocks[i][1])
        low, high = sorted((at, other))
        joined = (blocks[low][0] + blocks[high][0], blocks[low][1] + blocks[high][1])
        blocks[low : high + 1] = [joined]
    return blocks
