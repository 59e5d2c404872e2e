"""Hide further cells until nothing that must stay hidden can be derived."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluatie.disclosure.planning.attacker import Target, additive_values, narrowest
from evaluatie.disclosure.planning.pattern import Pattern, Problem, hide
from evaluatie.disclosure.planning.primary import Reason
from evaluatie.disclosure.rules import DisclosureRules
from evaluatie.disclosure.universe.cells import Cell
from evaluatie.disclosure.universe.claims import AMOUNT, HOUSEHOLDS, PERSONS, kind_of
from evaluatie.disclosure.universe.systems import System

Array = NDArray[np.float64]
Visible = Callable[[set[Cell]], set[tuple[Cell, str]]]
"""Returns the numbers that remain visible when cells are hidden."""

_SCALE = 1e4  # amounts are scaled so that the largest of a system is this


@dataclass(frozen=True)
class Task:
    """One system with its targets, in units of ``unit`` persons or euros.

    ``values`` (C,) are the true ones, ``additive`` (C,) the nearest table that adds up.
    """

    system: System
    targets: list[Target]
    unit: float
    values: Array
    additive: Array

    @property
    def exact(self) -> bool:
        """Whether the true values add up."""
        return bool(np.allclose(self.additive, self.values, rtol=1e-9, atol=1e-6))

    def mask(self, cells: set[Cell] | Mapping[Cell, object]) -> NDArray[np.bool_]:
        """Return which cells of the system are among ``cells``."""
        return np.array([cell in cells for cell in self.system.cells])


def task_of(system: System, primary: Mapping[Cell, Reason], rules: DisclosureRules) -> Task | None:
    """Return what is to be protected in a system, or None where nothing is."""
    targets = _targets(system, primary, rules)
    if not targets:
        return None
    unit = 1.0
    if kind_of(system.measure) == AMOUNT:
        unit = max(float(np.max(system.values)), 1.0) / _SCALE
    values = np.maximum(system.values, 0.0) / unit
    scaled = [Target(t.cell, t.low / unit, t.high / unit) for t in targets]
    return Task(system, scaled, unit, values, additive_values(system.matrix, values))


def _targets(
    system: System, primary: Mapping[Cell, Reason], rules: DisclosureRules
) -> list[Target]:
    """Return what an attacker may not know better, in the units of the system."""
    kind = kind_of(system.measure)
    percent = rules.p_percent.value / 100.0
    least = rules.households.value if kind == HOUSEHOLDS else rules.threshold.value
    targets = []
    for i, (cell, value) in enumerate(zip(system.cells, system.values, strict=True)):
        reason = primary.get(cell)
        if reason is None or value <= 0:
            continue
        if kind == AMOUNT:
            targets.append(Target(i, value * (1 - percent), value * (1 + percent)))
        elif reason is Reason.BELOW_THRESHOLD and (kind == PERSONS or round(value) < least):
            low = min(int(round(value) // 2), (least - 1) // 2)
            targets.append(Target(i, float(low), float(least)))
    return targets


def protect(task: Task, hidden: set[Cell], price: Mapping[Cell, int], fixed: set[Cell]) -> Pattern:
    """Return the pattern of one system, given what is hidden and what is known already."""
    problem = Problem(
        matrix=task.system.matrix,
        values=task.additive,
        price=np.array([float(price.get(cell, 0)) for cell in task.system.cells]),
        hidden=task.mask(hidden),
        fixed=task.mask(fixed),
        targets=task.targets,
    )
    return hide(problem)


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
                    task.system.matrix,
                    task.values,
                    blind,
                    task.mask(fixed),
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
    return np.array([(cell, measure) not in told for cell in task.system.cells])
