"""Advice to merge categories: which ones, and no more than needed."""

import itertools

import numpy as np
import pytest

from evaluatie.disclosure.planning.redesign.merging import AREA, cross_tables, merge_advice
from evaluatie.disclosure.planning.redesign.partitions import (
    best_groups,
    names,
    neighbours,
    stepwise,
)
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.systems import build_systems

AGES = ("18-34", "35-49", "50-64", "65-74", "75+")
LEAST, SHARE = 10, 1 / 3


def cells_of(counts, name="age", areas=("A1", "A2", "A3"), waves=("w",), family="f", union=True):
    """Claims of areas x categories: {(area, category): n} with the totals over both."""
    values = {}
    for wave in waves:
        for area in [(a,) for a in areas] + ([tuple(areas)] if union else []):
            inside = {c: n for (a, c), n in counts.items() if a in area}
            for category in dict.fromkeys(c for _, c in counts):
                n = sum(m for (a, c), m in counts.items() if a in area and c == category)
                cell = Cell(family, wave, ("",), area, (), ((name, category),))
                values[cell, "persons"] = float(n)
            assert inside
    return values


def advice(values):
    return merge_advice(build_systems(values), LEAST, SHARE)


def partitions(items):
    """All ways to divide a list, written down independently of the package."""
    if not items:
        yield []
        return
    first, rest = items[0], items[1:]
    for smaller in partitions(rest):
        for i, group in enumerate(smaller):
            yield [*smaller[:i], [first, *group], *smaller[i + 1 :]]
        yield [[first], *smaller]


def least_lost(table, ordered):
    """Fewest categories lost by any division that leaves at most a third small, by trying all."""
    k = table.shape[1]
    best = None
    for groups in partitions(list(range(k))):
        if ordered and any(max(g) - min(g) + 1 != len(g) for g in groups):
            continue
        sums = np.array([table[:, g].sum(axis=1) for g in groups])
        small = ((sums > 0) & (sums < LEAST)).mean()
        if small <= SHARE and (best is None or k - len(groups) < best):
            best = k - len(groups)
    return best


def test_the_two_smallest_neighbouring_ages_are_merged_and_nothing_else():
    counts = {
        (area, age): n
        for area in ("A1", "A2", "A3")
        for age, n in zip(AGES, (40, 30, 25, 6, 7), strict=True)
    }
    (found,) = advice(cells_of(counts))
    assert found.crossed == ("age", AREA)
    assert found.dimension == "age"
    assert found.merged == (("65-74", "75+"),)
    assert (found.small_before, found.cells_before) == (6, 15)
    assert (found.small_after, found.cells_after) == (0, 12)


def test_intervals_are_only_merged_with_their_neighbours():
    sizes = (6, 40, 7, 40, 6)
    counts = {(a, age): n for a in ("A1", "A2", "A3") for age, n in zip(AGES, sizes, strict=True)}
    (found,) = advice(cells_of(counts, union=False))
    at = {age: i for i, age in enumerate(AGES)}
    for group in found.merged:
        places = [at[age] for age in group]
        assert places == list(range(min(places), max(places) + 1))
    assert found.small_after <= SHARE * found.cells_after


def test_categories_without_an_order_join_the_smallest_other_one():
    counts = {
        (area, name): n
        for area in ("A1", "A2", "A3")
        for name, n in {"rent": 6, "own": 50, "boat": 5, "other": 30}.items()
    }
    (found,) = advice(cells_of(counts, "home", union=False))
    assert found.merged == (("rent", "boat"),)


def test_whole_numbers_and_words_as_categories_get_the_same_advice():
    sizes = (6, 50, 5, 30)
    found = []
    for labels in (("1", "2", "3", "4"), ("rent", "own", "boat", "other")):
        counts = {(a, n): s for a in ("A1", "A2") for n, s in zip(labels, sizes, strict=True)}
        (one,) = advice(cells_of(counts, "home", areas=("A1", "A2"), union=False))
        found.append(tuple(tuple(labels.index(v) for v in group) for group in one.merged))
    assert found[0] == found[1]


def test_areas_become_the_sides_that_are_shown_elsewhere():
    values = {}
    sides = {("A1", "A2"): (5, 6), ("B1", "B2"): (4, 9)}
    for side, sizes in sides.items():
        values[Cell("f", "w", ("",), side, (), ()), "persons"] = float(sum(sizes))
        for area, n in zip(side, sizes, strict=True):
            values[Cell("f", "w", ("",), (area,), (), ()), "persons"] = float(n)
    everywhere = tuple(area for side in sides for area in side)
    values[Cell("f", "w", ("",), everywhere, (), ()), "persons"] = 24.0
    (found,) = advice(values)
    assert found.dimension == AREA
    assert found.merged == (("A1", "A2"), ("B1", "B2"))
    assert (found.small_before, found.small_after, found.cells_after) == (4, 0, 2)


def test_a_table_with_at_most_a_third_small_gets_no_advice():
    counts = {(a, age): n for a in ("A1", "A2", "A3") for age, n in zip(AGES, (9, 20, 20, 20, 20),
                                                                       strict=True)}  # fmt: skip
    assert advice(cells_of(counts)) == ()


def test_zero_is_not_small():
    counts = {(a, age): 0 for a in ("A1", "A2") for age in AGES}
    assert advice(cells_of(counts, areas=("A1", "A2"))) == ()


def test_waves_of_one_table_get_one_advice_together():
    counts = {(a, age): n for a in ("A1", "A2") for age, n in zip(AGES, (40, 40, 40, 6, 6),
                                                                 strict=True)}  # fmt: skip
    one = advice(cells_of(counts, areas=("A1", "A2"), union=False))
    four = advice(cells_of(counts, areas=("A1", "A2"), waves=("a", "b", "c", "d"), union=False))
    assert len(one) == len(four) == 1
    assert four[0].merged == one[0].merged
    assert four[0].cells_before == 4 * one[0].cells_before


def test_a_union_of_answers_is_no_category_of_its_own():
    values = cells_of({("A1", c): n for c, n in {"1": 4, "2": 5, "3": 40}.items()}, "answer",
                      areas=("A1",))  # fmt: skip
    good = Cell("f", "w", ("",), ("A1",), (), (("answer", "1 or 2"),))
    values[good, "persons"] = 9.0
    (table,) = cross_tables(build_systems(values))
    assert table.values == (("1", "2", "3"),)
    (found,) = advice(values)
    assert found.merged == (("1", "2"),) or found.merged == (("1", "2", "3"),)


def test_overlapping_views_are_left_alone():
    values = cells_of({("A1", d): n for d, n in {"<30": 3, "<60": 5, "<90": 8}.items()},
                      "ended_within", areas=("A1",))  # fmt: skip
    assert advice(values) == ()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("ordered", [True, False])
def test_no_division_of_the_categories_loses_fewer(seed, ordered):
    rng = np.random.default_rng(seed)
    table = rng.poisson(rng.uniform(3, 20, 6), (4, 6)).astype(float)
    labels = ("18-24", "25-34", "35-44", "45-54", "55-64", "65+") if ordered else tuple("abcdef")
    counts = {(f"A{i}", c): table[i, j] for i in range(4) for j, c in enumerate(labels)}
    areas = ("A0", "A1", "A2", "A3")
    values = cells_of(counts, "x", areas=areas, union=False)
    (crossing,) = cross_tables(build_systems(values))
    shapes = neighbours if ordered else names

    def small_share(groups):
        sums = np.array([table[:, list(g)].sum(axis=1) for g in groups])
        return ((sums > 0) & (sums < LEAST)).mean()

    exact = best_groups(shapes, table.sum(axis=0), small_share, SHARE)
    step = stepwise(shapes, table.sum(axis=0), small_share, SHARE)
    best = least_lost(table, ordered)
    assert crossing.cells == 24
    assert sorted(itertools.chain(*exact)) == list(range(6)) == sorted(itertools.chain(*step))
    assert 6 - len(exact) == best
    assert 6 - len(step) >= best
    assert small_share(step) <= SHARE


def test_where_one_dimension_is_not_enough_the_next_one_is_merged_too():
    counts = {(a, c): n for a in ("A1", "A2", "A3") for c, n in {"a": 2, "b": 1, "c": 2}.items()}
    found = advice(cells_of(counts, "x"))
    crossed = [f for f in found if f.crossed == ("x", AREA)]
    assert [f.dimension for f in crossed] in (["x", AREA], [AREA, "x"])
    assert crossed[-1].small_after == 0
