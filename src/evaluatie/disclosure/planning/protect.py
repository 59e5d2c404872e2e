"""Hide further cells until nothing that must stay hidden can be derived."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from evaluatie.disclosure.planning.optimum.attacker import Target, additive_values, narrowest
from evaluatie.disclosure.planning.optimum.pattern import Pattern, Problem, hide
from evaluatie.disclosure.planning.primary import Reason
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import AMOUNT, HOUSEHOLDS, PERSONS, kind_of
from evaluatie.disclosure.universe.gaps import HiddenGroup, hidden_groups
from evaluatie.disclosure.universe.systems import System

Array = NDArray[np.float64]
Visible = Callable[[set[Cell]], set[tuple[Cell, str]]]
"""Returns the numbers that remain visible when cells are hidden."""

_SCALE = 1e4  # amounts are scaled so that the largest of a system is this


@dataclass(frozen=True)
class Task:
    """One system with its targets, in units of ``unit`` persons or euros.

    Attributes
    ----------
    matrix : (C + G, A) sparse matrix
        The C cells of the system, and G hidden groups that no row shows.
    targets : list of Target
    unit : float
    values, additive : (C + G,) arrays
        The true values, and the nearest table that adds up.
    """

    system: System
    matrix: sparse.csr_matrix
    targets: list[Target]
    unit: float
    values: Array
    additive: Array

    @property
    def exact(self) -> bool:
        """Whether the true values add up."""
        return bool(np.allclose(self.additive, self.values, rtol=1e-9, atol=1e-6))

    @property
    def groups(self) -> int:
        """How many hidden groups are protected with the cells."""
        return len(self.values) - len(self.system.cells)

    def mask(
        self, cells: Collection[Cell] | Mapping[Cell, object], groups: bool
    ) -> NDArray[np.bool_]:
        """Return which rows are among ``cells``; the hidden groups are, or are not."""
        own = [cell in cells for cell in self.system.cells]
        return np.array([*own, *[groups] * self.groups])


def tasks_of(
    systems: Iterable[System], primary: Mapping[Cell, Reason], rules: DisclosureRules
) -> list[Task]:
    """Return every system in which something is to be protected.

    A hidden group is as secret as a cell: its number, and the amount of the same people.
    """
    systems = tuple(systems)
    groups = {
        number: hidden_groups(system, _least(system, rules))
        for number, system in enumerate(systems)
        if kind_of(system.measure) != AMOUNT
    }
    apart = [group for found in groups.values() for group in found]
    tasks = []
    for number, system in enumerate(systems):
        if number in groups:
            told = [(group.atoms, group.value) for group in groups[number]]
        else:
            told = _amounts_of(apart, system)
        if (task := _task_of(system, told, primary, rules)) is not None:
            tasks.append(task)
    return tasks


def _amounts_of(
    groups: Iterable[HiddenGroup], system: System
) -> list[tuple[NDArray[np.intp], float]]:
    """Return atoms and amount of the hidden groups whose cells all have an amount."""
    held = set(system.cells)
    found = [group.within(system) for group in groups if held.issuperset(group.recipe)]
    return [told for told in found if told is not None and told[1] > 0]


def _task_of(
    system: System,
    groups: Sequence[tuple[NDArray[np.intp], float]],
    primary: Mapping[Cell, Reason],
    rules: DisclosureRules,
) -> Task | None:
    """Return what is to be protected in a system, or None where nothing is."""
    values = np.array([*system.values, *(value for _, value in groups)])
    small = [(i, primary.get(cell)) for i, cell in enumerate(system.cells)]
    small += [(i, Reason.BELOW_THRESHOLD) for i in range(len(system.cells), len(values))]
    targets = _targets(system, values, small, rules)
    if not targets:
        return None
    unit = 1.0
    if kind_of(system.measure) == AMOUNT:
        unit = max(float(np.max(system.values)), 1.0) / _SCALE
    values = np.maximum(values, 0.0) / unit
    scaled = [Target(t.cell, t.low / unit, t.high / unit) for t in targets]
    matrix = _with_groups(system.matrix, [atoms for atoms, _ in groups])
    return Task(system, matrix, scaled, unit, values, additive_values(matrix, values))


def _with_groups(
    matrix: sparse.csr_matrix, groups: Sequence[NDArray[np.intp]]
) -> sparse.csr_matrix:
    """Return the matrix of cells with a row for every hidden group."""
    if not groups:
        return matrix
    edges = np.cumsum([0, *(len(atoms) for atoms in groups)])
    atoms = np.concatenate(groups)
    further = sparse.csr_matrix(
        (np.ones(len(atoms)), atoms, edges), shape=(len(groups), matrix.shape[1])
    )
    return sparse.csr_matrix(sparse.vstack([matrix, further]))


def _least(system: System, rules: DisclosureRules) -> int:
    """Return the smallest number of persons or households that may be shown."""
    households = kind_of(system.measure) == HOUSEHOLDS
    return (rules.households if households else rules.threshold).value


def _targets(
    system: System,
    values: Array,
    small: Iterable[tuple[int, Reason | None]],
    rules: DisclosureRules,
) -> list[Target]:
    """Return what an attacker may not know better, in the units of the system."""
    kind, least = kind_of(system.measure), _least(system, rules)
    percent = rules.p_percent.value / 100.0
    targets = []
    for i, reason in small:
        value = float(values[i])
        if reason is None or value <= 0:
            continue
        if kind == AMOUNT:
            targets.append(Target(i, value * (1 - percent), value * (1 + percent)))
        elif reason is Reason.BELOW_THRESHOLD and (kind == PERSONS or round(value) < least):
            low = min(round(value) // 2, (least - 1) // 2)
            targets.append(Target(i, float(low), float(least)))
    return targets


def protect(
    task: Task, hidden: set[Cell], price: Mapping[Cell, int], fixed: set[Cell], seconds: float
) -> Pattern:
    """Return the pattern of one system, given what is hidden and what is known already.

    Raises
    ------
    DisclosureError
        What was published before makes it impossible.
    """
    return hide(problem_of(task, hidden, price, fixed), seconds)


def problem_of(
    task: Task, hidden: set[Cell], price: Mapping[Cell, int], fixed: set[Cell]
) -> Problem:
    """Return the system as the optimiser takes it."""
    prices = [float(price.get(cell, 0)) for cell in task.system.cells]
    counts = kind_of(task.system.measure) != AMOUNT
    return Problem(
        matrix=task.matrix,
        values=task.additive,
        price=np.array([*prices, *[0.0] * task.groups]),
        hidden=task.mask(hidden, groups=True),
        fixed=task.mask(fixed, groups=False),
        targets=task.targets,
        insiders=tuple(np.flatnonzero(np.isclose(task.values, 1.0)).tolist()) if counts else (),
    )


def settle(
    tasks: Sequence[Task], hidden: set[Cell], fixed: set[Cell], visible: Visible
) -> set[Cell]:
    """Return ``hidden`` with what tables that do not quite add up need on top.

    There, hiding a number elsewhere can bring the nearest tables closer together; so they are
    looked at again, with the numbers that in the end are visible, until nothing changes.
    """
    result = set(hidden)
    told = visible(result)
    seen: dict[int, bytes] = {}  # what each task was last found safe with
    while any(
        seen.get(number) != _blind(task, told).tobytes() for number, task in enumerate(tasks)
    ):
        for number, task in enumerate(tasks):
            blind = _blind(task, told)
            while seen.get(number) != blind.tobytes():
                further = narrowest(
                    task.matrix,
                    task.values,
                    blind,
                    task.mask(fixed, groups=False),
                    task.targets,
                    task.unit,
                )
                if further is None:
                    seen[number] = blind.tobytes()
                else:
                    result.add(task.system.cells[further])
                    told = visible(result)
                    blind = _blind(task, told)
    return result


def _blind(task: Task, told: set[tuple[Cell, str]]) -> NDArray[np.bool_]:
    """Return which numbers of the system nobody sees."""
    measure = task.system.measure
    own = [(cell, measure) not in told for cell in task.system.cells]
    return np.array([*own, *[True] * task.groups])
