"""How long people wait: medians and numbers per side and year."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evaluatie.costs import durations
from evaluatie.domain import Side, Status
from evaluatie.evaluation.monitor.asked import Asked
from evaluatie.results import Table, estimate_row

Row = dict[str, Any]


def waiting_rows(asked: Asked) -> Iterator[Row]:
    """Yield the median days between two dates, per side and year."""
    study, products, indicator = asked.study, asked.products, asked.indicator
    found = durations(products.data, indicator, study)
    for cell in found[found["side"].isin(list(Side))].to_dict("records"):
        place = asked.where | {
            "area": cell["side"], "period": str(cell["year"]),
            "category": f"{indicator.by}={cell['by']}" if cell["by"] else "",
        }  # fmt: skip
        behind = {"n": cell["persons"], "n_households": cell["households"]}
        median = cell["km_median_days"]
        absent = {} if median == median else {
            "status": Status.NOT_ESTIMABLE, "reason": "fewer_than_half_completed",
        }  # fmt: skip
        yield estimate_row(
            Table.PROCESS, "median", estimate=median, unit="days", method="kaplan_meier",
            **absent, **place, **behind,
        )  # fmt: skip
        for term in ("n", "censored"):
            yield estimate_row(
                Table.PROCESS, {"n": "records"}.get(term, term), estimate=cell[term],
                unit="records", **place, **behind,
            )  # fmt: skip
