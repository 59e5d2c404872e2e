"""A plan as a file: what is hidden and why, without a single value."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from evaluatie.disclosure.planning.plan import DisclosurePlan, Stricter
from evaluatie.disclosure.planning.primary import Reason
from evaluatie.disclosure.planning.redesign.merging import MergeAdvice
from evaluatie.domain import Publication


def write_plan(plan: DisclosurePlan, path: Path) -> None:
    """Write a plan as JSON."""
    content: dict[str, Any] = {each.name: getattr(plan, each.name) for each in fields(plan)}
    content["audiences"] = {
        audience: {"seen": sorted(own.seen), "reasons": dict(own.reasons)}
        for audience, own in plan.audiences.items()
    }
    content["advice"] = [asdict(each) for each in plan.advice]
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def read_plan(path: Path) -> DisclosurePlan:
    """Read a plan that `write_plan` wrote."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    content["status"] = {row: Publication(word) for row, word in content["status"].items()}
    content["reasons"] = _reasons(content["reasons"])
    content["audiences"] = {
        audience: Stricter(frozenset(own["seen"]), _reasons(own["reasons"]))
        for audience, own in content["audiences"].items()
    }
    content["advice"] = tuple(_advice(each) for each in content["advice"])
    return DisclosurePlan(**content)


def _advice(content: dict[str, Any]) -> MergeAdvice:
    merged = tuple(tuple(values) for values in content["merged"])
    return MergeAdvice(**{**content, "crossed": tuple(content["crossed"]), "merged": merged})


def _reasons(content: dict[str, str]) -> dict[str, Reason]:
    return {row: Reason(why) for row, why in content.items()}
