"""Controlled rounding: additive, as near as can be, and nothing small can be worked out."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from evaluatie.disclosure.planning.rounding.controlled import round_counts
from evaluatie.disclosure.planning.rounding.model import RoundingModel
from evaluatie.disclosure.planning.rounding.pinned import pinned_cells, table_of
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.systems import build_systems
from evaluatie.errors import DisclosureError

BASE = 5


def two_way(rows: int, columns: int) -> sparse.csr_matrix:
    """Inner cells, row totals, column totals and the total of a table, over its inner cells."""
    inner = np.eye(rows * columns)
    across = np.kron(np.eye(rows), np.ones(columns))
    down = np.kron(np.ones(rows), np.eye(columns))
    return sparse.csr_matrix(np.vstack([inner, across, down, np.ones(rows * columns)]))


def linked(atoms) -> tuple[sparse.csr_matrix, np.ndarray]:
    """Three two-way tables of a 2 x 2 x 3 cross, without the cross itself."""
    index = np.arange(12).reshape(2, 2, 3)
    rows = []
    for kept in itertools.chain(*(itertools.combinations(range(3), k) for k in range(3))):
        for chosen in itertools.product(*(range(index.shape[d]) for d in kept)):
            where = [slice(None)] * 3
            for dimension, category in zip(kept, chosen, strict=True):
                where[dimension] = category
            row = np.zeros(12)
            row[index[tuple(where)].ravel()] = 1
            rows.append(row)
    matrix = sparse.csr_matrix(np.array(rows))
    return matrix, matrix @ np.asarray(atoms, dtype=float)


def everything_adds_up(matrix, rounded) -> bool:
    """Whether the rounded cells lie in the space that tables span: every relation holds."""
    dense = matrix.toarray()
    fitted = dense @ np.linalg.lstsq(dense, rounded, rcond=None)[0]
    return bool(np.allclose(fitted, rounded, atol=1e-6))


def intervals_by_counting(matrix, rounded, reach, most):
    """Smallest and largest value of every cell over all whole tables near the rounded one."""
    dense = matrix.toarray()
    every = itertools.product(range(most + 1), repeat=dense.shape[1])
    tables = (dense @ np.array(atoms) for atoms in every)
    fitting = np.array([t for t in tables if np.all(np.abs(t - rounded) <= reach)])
    return fitting.min(axis=0), fitting.max(axis=0)


def nearest_by_counting(matrix, values, base, most):
    """Least sum of differences over all tables of multiples of the base, within the same limits."""
    best = np.inf
    free = np.mod(values, base) != 0
    for atoms in itertools.product(range(most + 1), repeat=matrix.shape[1]):
        rounded = base * (matrix @ np.array(atoms, dtype=float))
        away = np.abs(rounded - values)
        if np.any(rounded[values == 0]) or np.any(away > np.where(free, base - 1, base)):
            continue
        best = min(best, float(away.sum()))
    return best


@pytest.mark.parametrize("seed", range(12))
def test_small_tables_are_rounded_as_near_as_counting_every_table_can_find(seed):
    rng = np.random.default_rng(seed)
    matrix = two_way(2, 3)
    values = matrix @ rng.integers(0, 8, 6).astype(float)
    found = round_counts(matrix, values, BASE)
    best = nearest_by_counting(matrix, values, BASE, most=2)
    assert np.abs(found.values - values).sum() == best
    assert found.error == pytest.approx(best / len(values))
    assert found.bound == pytest.approx(found.error)
    assert found.proven


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=12, max_size=12))
def test_linked_tables_stay_additive_near_and_zero_where_they_were_zero(atoms):
    matrix, values = linked(atoms)
    found = round_counts(matrix, values, BASE)
    away = np.abs(found.values - values)
    assert everything_adds_up(matrix, found.values)
    assert np.all(found.values % BASE == 0)
    assert np.all(found.values >= 0)
    assert np.all(found.values[values == 0] == 0)
    assert np.all(away[values % BASE != 0] < BASE)
    assert found.largest == away.max() <= BASE
    assert found.additive
    assert table_of(matrix, found.values, BASE)[0] is not None  # a table, not only relations
    assert found.pinned == ()


@pytest.mark.parametrize("seed", range(6))
def test_every_count_keeps_an_interval_of_base_minus_one_by_counting_all_tables(seed):
    rng = np.random.default_rng(seed)
    matrix = two_way(2, 2)
    values = matrix @ rng.integers(0, 7, 4).astype(float)
    found = round_counts(matrix, values, BASE)
    reach = max(BASE - 1, found.largest)
    low, high = intervals_by_counting(matrix, found.values, reach, most=15)
    assert np.all(low <= values)
    assert np.all(values <= high)
    filled = matrix @ np.ones(4) > 0
    assert np.all((high - low)[filled] >= BASE - 1)


def test_rounding_to_the_nearest_is_undone_exactly_and_controlled_rounding_is_not():
    matrix = sparse.csr_matrix(np.vstack([np.eye(4), np.ones(4)]))
    values = np.array([2.0, 2.0, 2.0, 2.0, 8.0])
    nearest = np.array([0.0, 0.0, 0.0, 0.0, 10.0])  # 0 for 2 or less, 10 for 8 and more
    low, high = intervals_by_counting(matrix, nearest, 2, most=3)
    assert low.tolist() == high.tolist() == values.tolist()  # 4 x at most 2 is at least 8
    assert set(pinned_cells(matrix, nearest, 2, range(5))) == {0, 1, 2, 3, 4}
    found = round_counts(matrix, values, BASE)
    low, high = intervals_by_counting(matrix, found.values, BASE - 1, most=12)
    assert np.all(high - low >= BASE - 1)
    assert pinned_cells(matrix, found.values, BASE - 1, range(5)) == {}


def test_what_is_known_elsewhere_is_counted_in_and_another_rounding_is_looked_for():
    matrix = two_way(2, 2)
    values = matrix @ np.array([1.0, 2.0, 4.0, 6.0])
    low, high = np.zeros(9), np.full(9, np.inf)
    for cell in (4, 5, 8):  # both row totals and the total are shown exactly in another report
        low[cell] = high[cell] = values[cell]
    alone = round_counts(matrix, values, BASE)
    careful = round_counts(matrix, values, BASE, known=(low, high))

    def widths(rounded):
        tables = (matrix @ np.array([a, 3.0 - a, c, 10.0 - c]) for a in range(4) for c in range(11))
        fitting = np.array([t for t in tables if np.all(np.abs(t - rounded) < BASE)])
        return np.ptp(fitting, axis=0)

    assert widths(alone.values)[:2].tolist() == [2, 2]  # 1 and 2 are told to within one
    assert np.all(widths(careful.values)[:4] > 2)
    assert careful.pinned == (4,)  # 3 people, told by the other report
    assert careful.error > alone.error
    assert everything_adds_up(matrix, careful.values)


def test_a_count_that_is_known_exactly_elsewhere_is_reported_as_pinned():
    matrix = two_way(1, 2)[:3]
    values = np.array([3.0, 4.0, 7.0])
    known = (np.array([3.0, 0.0, 0.0]), np.array([3.0, np.inf, np.inf]))
    assert 0 in round_counts(matrix, values, BASE, known=known).pinned


def test_a_pinned_count_makes_the_model_choose_another_rounding():
    matrix = two_way(1, 2)[:3]
    model = RoundingModel(matrix, np.array([3.0, 4.0, 7.0]), BASE, np.full(3, np.nan), wide=False)
    first = model.solve(np.inf)
    assert model.change_one([0, 1])
    second = model.solve(np.inf)
    assert second[:2].tolist() != first[:2].tolist()
    assert np.abs(second - model.counts).sum() >= np.abs(first - model.counts).sum()


def test_numbers_printed_before_stay_as_they_are():
    matrix = two_way(2, 2)
    values = matrix @ np.array([3.0, 4.0, 6.0, 8.0])
    free = round_counts(matrix, values, BASE)
    other = np.full(len(values), np.nan)
    other[-1] = 25 if free.values[-1] == 20 else 20  # the total, 21, the other way
    kept = round_counts(matrix, values, BASE, other)
    assert kept.values[-1] == other[-1]
    assert everything_adds_up(matrix, kept.values)
    assert kept.error >= free.error


def test_numbers_printed_before_that_are_no_rounding_of_the_counts_are_refused():
    matrix = two_way(1, 2)[:3]
    values = np.array([3.0, 4.0, 7.0])
    for printed in (15.0, 7.0):
        with pytest.raises(DisclosureError, match="1 of 1 counts published before"):
            round_counts(matrix, values, BASE, np.array([np.nan, np.nan, printed]))


def test_counts_that_do_not_quite_add_up_are_rounded_to_a_table_that_does():
    matrix = two_way(2, 2)
    values = matrix @ np.array([13.0, 4.0, 6.0, 28.0])
    values[4] += 2.0  # two people are counted in one row only
    values[-1] -= 1.4
    found = round_counts(matrix, values, BASE)
    assert everything_adds_up(matrix, found.values)
    assert np.all(np.abs(found.values - np.rint(values)) <= BASE)


def test_counts_that_contradict_one_another_are_refused():
    matrix = two_way(1, 2)[:3]
    with pytest.raises(DisclosureError, match="cannot be rounded"):
        round_counts(matrix, np.array([40.0, 30.0, 10.0]), BASE)
    with pytest.raises(DisclosureError, match="1 of 3 counts"):
        round_counts(matrix, np.array([4.0, np.nan, 10.0]), BASE)


def test_no_part_is_rounded_above_its_whole_without_a_row_that_says_so():
    """A part and a whole without the rest: no relation, but a table all the same."""
    matrix = sparse.csr_matrix(np.array([[1.0, 0.0], [1.0, 1.0]]))
    found = round_counts(matrix, np.array([3.0, 7.0]), BASE)  # 5 and 5
    assert found.values.tolist() == [5, 5]
    printed = np.array([np.nan, 0.0])
    forced = round_counts(matrix, np.array([3.0, 4.0]), BASE, printed)
    assert forced.values.tolist() == [0, 0]  # nearest alone would be 5 of 0


def test_the_same_input_gives_the_same_rounding():
    rng = np.random.default_rng(5)
    matrix, values = linked(rng.integers(0, 30, 12))
    first, second = (round_counts(matrix, values, BASE) for _ in range(2))
    assert first.values.tolist() == second.values.tolist()


@pytest.mark.parametrize("names", [("0", "1", "2"), ("low", "mid", "high"), ("b", "a", "c")])
def test_whole_numbers_and_words_as_categories_give_the_same_rounding(names):
    counts = {("A", 0): 3, ("A", 1): 11, ("A", 2): 4, ("B", 0): 8, ("B", 1): 2, ("B", 2): 6}
    values = {}
    for area in (("A",), ("B",), ("A", "B")):
        for code in (0, 1, 2, None):
            own = [n for (a, c), n in counts.items() if a in area and code in (c, None)]
            selection = () if code is None else (("answer", names[code]),)
            values[Cell("f", "w", ("",), area, (), selection), "persons"] = float(sum(own))
    (system,) = build_systems(values)
    found = round_counts(system.matrix, system.values, BASE)
    plain = {("0", "1", "2")[names.index(v)] for c in system.cells for _, v in c.selection}
    assert plain == {"0", "1", "2"}
    assert (
        found.values.tolist()
        == round_counts(two_systems()[0], two_systems()[1], BASE).values.tolist()
    )


def two_systems():
    """The table of the test above, written down by hand in the same order of cells."""
    atoms = np.array([3.0, 11.0, 4.0, 8.0, 2.0, 6.0])
    one, code = np.eye(2), np.eye(3)
    areas = [one[0], one[1], np.ones(2)]
    rows = [np.kron(a, c) for a in areas for c in (*code, np.ones(3))]
    matrix = sparse.csr_matrix(np.array(rows))
    return matrix, matrix @ atoms


def test_a_large_system_is_rounded_block_by_block_and_says_how_far_from_the_best():
    rng = np.random.default_rng(3)
    matrix = two_way(20, 20)
    values = matrix @ rng.poisson(6, 400).astype(float)
    found = round_counts(matrix, values, BASE)
    assert everything_adds_up(matrix, found.values)
    assert found.bound <= found.error <= found.bound * 1.02
    assert found.pinned == ()
