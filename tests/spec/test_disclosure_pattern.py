"""The optimiser of suppression patterns, against brute force and an attack of its own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from evaluatie.disclosure.planning.optimum.attacker import Target
from evaluatie.disclosure.planning.optimum.pattern import Problem, blocking, hide
from evaluatie.disclosure.planning.optimum.relations import relations
from evaluatie.errors import DisclosureError


def interval(problem, hidden, cell, known=()):
    """Return what scipy's solver derives of a cell from the cells that are shown."""
    shown = np.flatnonzero(~hidden | np.isin(np.arange(len(hidden)), known))
    row = problem.matrix[[cell]].toarray().ravel()
    ends = []
    for sense in (1.0, -1.0):
        equal = {"A_eq": problem.matrix[shown], "b_eq": problem.values[shown]} if len(shown) else {}
        done = linprog(-sense * row, **equal)
        assert done.status in (0, 3)
        ends.append(sense * np.inf if done.status == 3 else -sense * done.fun)
    return ends[1], ends[0]


def is_safe(problem, hidden):
    """Return whether every target keeps the interval it must have, insiders included."""
    for target in problem.targets:
        low, high = interval(problem, hidden, target.cell)
        if low > target.low + 1e-6 or high < target.high - 1e-6:
            return False
        if high - low < target.width - 1e-6:
            return False
    for known, target in itertools.product(problem.insiders, problem.targets):
        if (problem.matrix[[known]] != problem.matrix[[target.cell]]).nnz == 0:
            continue
        low, high = interval(problem, hidden, target.cell, (known,))
        if high - low < 1 - 1e-6:
            return False
    return True


def cheapest(problem):
    """Return the lowest cost of any safe pattern, by trying them all from cheap to dear."""
    choosable = np.flatnonzero(~problem.hidden & ~problem.fixed)
    patterns = []
    for bits in itertools.product((False, True), repeat=len(choosable)):
        hidden = problem.hidden.copy()
        hidden[choosable[list(bits)]] = True
        patterns.append((problem.cost(hidden), hidden))
    for cost, hidden in sorted(patterns, key=lambda pattern: pattern[0]):
        if is_safe(problem, hidden):
            return cost
    return None


def two_tables(seed, targets, *, insiders=False, fixed=0):
    """Return a 2 x 3 table with margins, and a second one of which a column is a pair of its cells.

    At most 12 cells: six inner ones, two rows, three columns, or a union, and the total.
    """
    rng = np.random.default_rng(seed)
    counts = rng.choice([0, 1, 1, 2, 3, 6, 12, 25, 40], size=6).astype(float)
    inner = np.eye(6)
    rows = np.array([[1, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 1]])
    columns = np.array([[1, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0]])
    union = np.array([[1, 1, 0, 0, 0, 0]])
    cells = np.vstack([inner, rows, columns, union, np.ones((1, 6))])
    values = cells @ counts
    small = (values > 0) & (values < 10)
    price = rng.integers(1, 5, len(values)).astype(float)
    none = np.zeros(len(values), dtype=bool)
    published = none.copy()
    choosable = np.flatnonzero(~small)
    published[rng.choice(choosable, size=min(fixed, len(choosable)), replace=False)] = True
    return Problem(
        sparse.csr_matrix(cells),
        values,
        price,
        small,
        published,
        [targets(int(i), values[i]) for i in np.flatnonzero(small)],
        tuple(np.flatnonzero(values == 1).tolist()) if insiders else (),
    )


def reach_ten(cell, value):
    return Target(cell, float(value // 2), 10.0)


def one_wide(cell, value):
    return Target(cell, float(value), float(value), width=1.0)


@pytest.mark.parametrize("targets", [reach_ten, one_wide])
@pytest.mark.parametrize("seed", range(8))
def test_the_pattern_is_the_cheapest_of_all_safe_ones(seed, targets):
    problem = two_tables(seed, targets)
    pattern = hide(problem)
    assert is_safe(problem, pattern.hidden)
    assert pattern.proven
    assert pattern.cost == problem.cost(pattern.hidden) == cheapest(problem)


@pytest.mark.parametrize("seed", range(8))
def test_respondents_who_know_their_own_cell_cost_what_brute_force_says(seed):
    problem = two_tables(seed, reach_ten, insiders=True)
    pattern = hide(problem)
    assert is_safe(problem, pattern.hidden)
    assert pattern.bound <= pattern.cost == cheapest(problem)


@pytest.mark.parametrize("seed", range(6))
def test_what_was_published_is_never_hidden_and_infeasibility_is_found(seed):
    problem = two_tables(seed, reach_ten, fixed=3)
    least = cheapest(problem)
    if least is None:
        with pytest.raises(DisclosureError, match="published before"):
            hide(problem)
        return
    pattern = hide(problem)
    assert not (pattern.hidden & problem.fixed).any()
    assert pattern.cost == least


def test_an_insider_makes_a_second_cell_of_one_necessary():
    """Rows 1 + 3 of 4 and 20 + 30 of 50: whoever is the 1 knows the 3 if only these are hidden."""
    cells = np.array(
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1],
         [1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]
    )  # fmt: skip
    values = cells @ np.array([1.0, 3.0, 20.0, 30.0])
    hidden, none = np.array([True, True, *[False] * 6]), np.zeros(8, dtype=bool)
    targets = [one_wide(0, 1.0), one_wide(1, 3.0)]
    without = Problem(sparse.csr_matrix(cells), values, np.ones(8), hidden, none, targets)
    knowing = Problem(sparse.csr_matrix(cells), values, np.ones(8), hidden, none, targets, (0,))
    assert hide(without).cost == cheapest(without)
    assert hide(knowing).cost == cheapest(knowing) > hide(without).cost


def linked(seed):
    """Return a 4 x 4 x 2 table with all margins (75 cells), rule T1."""
    rng = np.random.default_rng(seed)
    choices = [[*np.eye(n), np.ones(n)] for n in (4, 4, 2)]
    cells = np.array([
        np.einsum("i,j,k->ijk", *parts).ravel() for parts in itertools.product(*choices)
    ])  # fmt: skip
    values = cells @ rng.poisson(14, 32).astype(float)
    small = (values > 0) & (values < 10)
    targets = [reach_ten(int(i), values[i]) for i in np.flatnonzero(small)]
    none = np.zeros(len(values), dtype=bool)
    price = np.ones(len(values))
    return Problem(sparse.csr_matrix(cells), values, price, small, none, targets)


def test_showing_any_further_cell_of_the_cheapest_pattern_gives_a_small_cell_away():
    problem = linked(3)
    pattern = hide(problem)
    assert pattern.proven
    assert is_safe(problem, pattern.hidden)
    extra = np.flatnonzero(pattern.hidden & ~problem.hidden)
    assert len(extra) > 2
    for cell in extra:
        mutated = pattern.hidden.copy()
        mutated[cell] = False
        assert not is_safe(problem, mutated)


def test_the_same_problem_gets_the_same_pattern_again():
    first, again = hide(linked(5)), hide(linked(5))
    assert first.hidden.tolist() == again.hidden.tolist()
    assert (first.cost, first.bound, first.proven) == (again.cost, again.bound, again.proven)
    assert not first.out_of_time


def test_without_time_the_pattern_is_safe_all_the_same_and_says_so():
    problem = linked(5)
    hurried = hide(problem, seconds=0.0)
    assert is_safe(problem, hurried.hidden)
    assert hurried.out_of_time
    assert not hurried.proven
    best = hide(problem)
    assert hurried.bound <= best.cost <= hurried.cost


def test_blocking_cells_are_a_smallest_set_that_gives_the_target_away():
    """The small cell is the total less the other two; what else was published is no matter."""
    cells = np.vstack([np.eye(3), np.ones((1, 3)), [[1, 1, 0]]])
    cells = np.hstack([cells, np.zeros((5, 1))])
    cells = np.vstack([cells, [[0, 0, 0, 1]]])
    values = cells @ np.array([3.0, 20.0, 30.0, 11.0])
    hidden = np.array([True, *[False] * 5])
    fixed = np.array([False, True, True, True, False, True])
    problem = Problem(
        sparse.csr_matrix(cells), values, np.ones(6), hidden, fixed, [reach_ten(0, 3.0)]
    )
    with pytest.raises(DisclosureError, match="published before"):
        hide(problem)
    assert blocking(problem, problem.demands[0]) == (1, 2, 3)
    fixed[3] = False
    assert blocking(problem, problem.demands[0]) == ()


def test_relations_hold_and_leave_no_combination_of_cells_out():
    problem = linked(1)
    found = relations(problem.matrix)
    assert not np.any(found @ problem.matrix.toarray())
    rank = np.linalg.matrix_rank
    assert rank(found.toarray()) == len(problem.values) - rank(problem.matrix.toarray())
