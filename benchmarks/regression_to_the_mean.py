"""Table of docs/regression_to_the_mean.md: naive and compared change where the truth is known.

Run from the project root: ``python -m benchmarks.regression_to_the_mean [--replicates 500]
[--write]``; with ``--write`` the table in the document is replaced. Minutes, one core.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import benchmarks.timing  # isort: skip  # noqa: F401  (one thread, before numpy)

import numpy as np

from benchmarks.selected_households import CHOSEN, simulate
from evaluatie.errors import RefusedError
from evaluatie.methods import expected_change_lognormal, expected_change_normal

DOCUMENT = Path(__file__).parents[1] / "docs" / "regression_to_the_mean.md"
BEGIN, END = "<!-- simulation: begin -->", "<!-- simulation: end -->"
HEAD = (
    "| households chosen by | truth | naive change | expected without approach | closed form: "
    "normal, lognormal | difference (MCSE) | SD, mean SE | coverage: households | coverage: areas "
    "| comparators worth | studies, refused |\n|---|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Setting:
    label: str
    how: str
    effect: float = 0.0
    drift: float = 0.0
    gap: int = 0
    part: float = 0.4  # of the studies: the two lines without any effect get all of them


SETTINGS = (
    Setting("threshold on last year's cost", "threshold", part=1.0),
    Setting("nomination at a peak, with noise", "nomination", part=1.0),
    Setting("nomination at a peak that the weights are not told of", "nomination", gap=3),
    Setting("threshold, a quarter of cost saved", "threshold", effect=0.25),
    Setting("nomination, a quarter of cost saved", "nomination", effect=0.25),
    Setting("nomination, neighbourhoods drift apart", "nomination", drift=0.15),
    Setting("nomination that hardly ever passes the dearest over", "steep"),
    Setting("nomination by who knows the next quarter", "foresight"),
    Setting("threshold, nobody elsewhere is as expensive", "unmatched"),
)


def run(setting: Setting, replicates: int) -> str:
    """Return one line of the table."""
    rows, refused = [], 0
    for seed in range(replicates):
        rng = np.random.default_rng([seed, 4])
        study, truth = simulate(rng, setting.how, setting.effect, setting.drift)
        try:
            cohort, found = study.compare(setting.gap)
        except RefusedError:
            refused += 1
            continue
        pool = cohort.pool
        after = study.cost[pool.unit[:, None], pool.month[:, None] + np.arange(1, 13)].sum(axis=1)
        forms = [
            form(cohort.chosen.window, pool.window, after, pool.unit, cohort.pool_base).change
            for form in (expected_change_normal, expected_change_lognormal)
        ]
        ends = [found.difference, found.difference_areas or found.difference]
        rows.append(
            (truth, found.change.estimate, found.expected_change.estimate, *forms,
             found.difference.estimate, found.difference.std_error, cohort.weighting.effective_n,
             *(x for end in ends for x in (end.ci_low, end.ci_high)))
        )  # fmt: skip
    return line(setting, np.array(rows, dtype=float).reshape(-1, 12), refused)


def line(setting: Setting, rows: np.ndarray, refused: int) -> str:
    """Return the Monte Carlo summary of one setting."""
    count = f"{len(rows) + refused}, {refused}"
    if len(rows) < 2:
        return f"| {setting.label} | - | - | - | - | refused | - | - | - | - | {count} |"
    mean, sd = rows.mean(axis=0), rows.std(axis=0, ddof=1)
    mcse = sd / np.sqrt(len(rows))
    covered = [
        f"{((rows[:, k] <= mean[0]) & (mean[0] <= rows[:, k + 1])).mean():.3f}" for k in (8, 10)
    ]
    euros = [f"{x:,.0f}".replace("-", "−") for x in (*mean[:6], mcse[5], sd[5], mean[6])]
    return (
        f"| {setting.label} | {euros[0]} | {euros[1]} | {euros[2]} | {euros[3]}, {euros[4]} | "
        f"{euros[5]} ({euros[6]}) | {euros[7]}, {euros[8]} | {covered[0]} | {covered[1]} | "
        f"{mean[7]:.0f} | {count} |"
    )


def main() -> None:
    """Print the table, and write it into the document when asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--only", type=int, nargs="*")
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    lines = [HEAD]
    print(HEAD)
    for index, setting in enumerate(SETTINGS):
        if chosen.only is None or index in chosen.only:
            lines.append(run(setting, round(setting.part * chosen.replicates)))
            print(lines[-1], flush=True)
    note = (
        f"{CHOSEN} chosen households in every study, months 1 to 12; "
        "EUR per household per year. Coverage of 95% intervals of the mean true effect."
    )
    if chosen.write:
        before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        text = "\n".join(["", *lines, "", note, ""])
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
