"""Ways to take categories together, from losing few of them to losing many."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Groups = tuple[tuple[int, ...], ...]
Shapes = Callable[[int, int], Iterator[Groups]]

MOST_TRIED = 5_000  # beyond this, the smallest category is merged step by step


def neighbours(categories: int, lost: int) -> Iterator[Groups]:
    """Yield every way to merge ordered categories with their neighbours, losing ``lost``."""
    for closed in itertools.combinations(range(1, categories), lost):
        starts = [i for i in range(categories) if i not in closed]
        ends = [*starts[1:], categories]
        yield tuple(tuple(range(a, b)) for a, b in zip(starts, ends, strict=True))


def names(categories: int, lost: int) -> Iterator[Groups]:
    """Yield every way to merge categories without an order, losing ``lost``."""
    yield from _spread(categories, categories - lost, 0, ())


def _spread(categories: int, groups: int, item: int, made: Groups) -> Iterator[Groups]:
    if item == categories:
        if len(made) == groups:
            yield made
        return
    if len(made) + categories - item < groups:
        return
    for place, group in enumerate(made):
        joined = (*made[:place], (*group, item), *made[place + 1 :])
        yield from _spread(categories, groups, item + 1, joined)
    if len(made) < groups:
        yield from _spread(categories, groups, item + 1, (*made, (item,)))


def chain(areas: Sequence[Sequence[str]], wider: Sequence[Sequence[str]]) -> list[Groups]:
    """Return areas one by one, then within ever wider unions of them, then all together."""
    found: list[Groups] = [tuple((i,) for i in range(len(areas)))]
    for size in sorted({len(union) for union in wider}):
        unions = [set(union) for union in wider if len(union) <= size]
        groups: dict[object, list[int]] = {}
        for i, own in enumerate(areas):
            around = [tuple(sorted(u)) for u in unions if u > set(own)]
            groups.setdefault(max(around, key=len, default=i), []).append(i)
        found.append(tuple(map(tuple, groups.values())))
    found.append((tuple(range(len(areas))),))
    return found


def best_groups(
    shapes: Shapes,
    sizes: NDArray[np.float64],
    small_share: Callable[[Groups], float],
    limit: float,
) -> Groups:
    """Return the groups that lose the fewest categories with at most ``limit`` of cells small.

    Parameters
    ----------
    shapes : `neighbours` or `names`
    sizes : (K,) array
        Persons per category, over everything it is crossed with.
    small_share : function groups -> share of the cells that is small

    Notes
    -----
    Exact while `MOST_TRIED` ways have not been tried; among equal losses the way with the smallest
    share. From there on the smallest category joins the smaller of its neighbours (or the smallest
    other one) until it is enough, or until one category is left.
    """
    categories, tried = len(sizes), 0
    for lost in range(categories):
        best: tuple[float, Groups] | None = None
        for groups in shapes(categories, lost):
            tried += 1
            if tried > MOST_TRIED:
                return stepwise(shapes, sizes, small_share, limit)
            share = small_share(groups)
            if best is None or share < best[0]:
                best = (share, groups)
        if best is not None and (best[0] <= limit or lost == categories - 1):
            return best[1]
    return ()


def stepwise(
    shapes: Shapes,
    sizes: NDArray[np.float64],
    small_share: Callable[[Groups], float],
    limit: float,
) -> Groups:
    """Return groups found by merging the smallest category again and again."""
    groups: list[tuple[int, ...]] = [(i,) for i in range(len(sizes))]
    while len(groups) > 1 and small_share(tuple(groups)) > limit:
        size = [float(sizes[list(group)].sum()) for group in groups]
        smallest = min(range(len(groups)), key=lambda i: (size[i], i))
        near = (
            [i for i in (smallest - 1, smallest + 1) if 0 <= i < len(groups)]
            if shapes is neighbours
            else [i for i in range(len(groups)) if i != smallest]
        )
        other = min(near, key=lambda i: (size[i], i))
        a, b = sorted((smallest, other))
        groups[a : b + 1] = [
            tuple(sorted((*groups[a], *groups[b]))), *groups[a + 1 : b]
        ]  # fmt: skip
    return tuple(groups)
