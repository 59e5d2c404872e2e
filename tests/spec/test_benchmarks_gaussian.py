"""The peer of the benchmarks: no primary cell follows from what Gaussian elimination publishes."""

import importlib.util
import itertools
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

PEER = Path(__file__).parents[2] / "benchmarks" / "disclosure" / "gaussian.py"


@pytest.fixture(scope="module")
def peer():
    spec = importlib.util.spec_from_file_location("gaussian_peer", PEER)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def rank(rows) -> int:
    """Rank in exact fractions."""
    rest = [[Fraction(int(x)) for x in row] for row in rows]
    found = 0
    for column in range(len(rest[0]) if rest else 0):
        pivot = next((i for i in range(found, len(rest)) if rest[i][column]), None)
        if pivot is None:
            continue
        rest[found], rest[pivot] = rest[pivot], rest[found]
        for i in range(found + 1, len(rest)):
            factor = rest[i][column] / rest[found][column]
            rest[i] = [a - factor * b for a, b in zip(rest[i], rest[found], strict=True)]
        found += 1
    return found


def follows(matrix, cell, told) -> bool:
    """Whether a cell is a linear combination of the cells that are told."""
    told = [matrix[i] for i in told]
    return rank([*told, matrix[cell]]) == rank(told)


def table(rows, columns, extra, rng):
    """Cells of a two-way table with margins and some unions, over its inner cells."""
    inner = np.eye(rows * columns)
    across = np.kron(np.eye(rows), np.ones(columns))
    down = np.kron(np.ones(rows), np.eye(columns))
    unions = rng.integers(0, 2, (extra, rows * columns))
    unions[:, 0] = 1
    every = np.vstack([inner, across, down, np.ones(rows * columns), unions])
    return np.unique(every, axis=0).astype(int)


@pytest.mark.parametrize("seed", range(15))
def test_no_primary_cell_follows_from_the_published_and_every_hidden_one_would_tell(peer, seed):
    rng = np.random.default_rng(seed)
    matrix = table(3, 3, 4, rng)
    values = matrix @ rng.integers(1, 15, 9).astype(float)
    primary = values < 10
    order = np.argsort(-values, kind="stable")
    hidden = peer.eliminate(sparse.csr_matrix(matrix), primary, order.tolist())
    published = np.flatnonzero(~hidden)
    assert np.all(hidden[primary])
    for cell in np.flatnonzero(primary):
        assert not follows(matrix, cell, published)
    for cell in np.flatnonzero(hidden & ~primary):  # greedy: none could have been published
        assert any(follows(matrix, p, [*published, cell]) for p in np.flatnonzero(primary))


def test_a_row_with_one_primary_cell_gets_a_second_hidden_one(peer):
    matrix = sparse.csr_matrix(np.vstack([np.eye(3), np.ones(3)]))
    values = np.array([3.0, 20.0, 30.0, 53.0])
    hidden = peer.gaussian_suppression(matrix, values, values < 10)
    assert hidden.tolist() == [True, True, False, False]  # the smallest other is given up


def test_the_best_of_the_orders_is_the_one_that_hides_the_fewest(peer):
    rng = np.random.default_rng(2)
    matrix = sparse.csr_matrix(table(3, 4, 3, rng))
    values = matrix @ rng.integers(1, 15, 12).astype(float)
    found = peer.compare_orders(matrix, values, values < 10)
    assert int(found.mask.sum()) == min(found.tried.values()) == found.tried[found.order]
    mask = peer.gaussian_suppression(matrix, values, values < 10)
    assert mask.tolist() == found.mask.tolist()


def test_an_exhaustive_search_never_needs_more_cells_than_the_peer(peer):
    rng = np.random.default_rng(4)
    matrix = table(2, 3, 0, rng)
    values = matrix @ np.array([2, 11, 12, 13, 4, 15])
    primary = values < 10
    others = np.flatnonzero(~primary)

    def safe(extra):
        told = [i for i in others if i not in extra]
        return not any(follows(matrix, p, told) for p in np.flatnonzero(primary))

    least = next(
        k for k in range(len(others) + 1) if any(map(safe, itertools.combinations(others, k)))
    )
    found = peer.gaussian_suppression(sparse.csr_matrix(matrix), values.astype(float), primary)
    assert int((found & ~primary).sum()) >= least


def test_an_insider_of_a_cell_of_one_cannot_compute_another_primary_cell(peer):
    matrix = np.vstack([np.eye(3), np.ones(3)]).astype(int)
    values = np.array([1.0, 5.0, 30.0, 36.0])
    primary = values < 10
    order = [3, 2]
    plain = peer.eliminate(sparse.csr_matrix(matrix), primary, order)
    assert plain.tolist() == [True, True, False, False]  # 36 - 30 - 1 = 5 for who knows the 1
    careful = peer.eliminate(sparse.csr_matrix(matrix), primary, order, values == 1)
    told = [*np.flatnonzero(~careful), 0]
    assert not follows(matrix, 1, told)
    assert careful.sum() == 3
