"""Picture of who pays: what changed beyond the comparison areas, per law and payer."""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from evaluatie.present import canvas
from evaluatie.present import numbers as fmt
from evaluatie.present.drawn import MEASURED, draws
from evaluatie.present.fragments import FigureView, Text
from evaluatie.present.labels import Labels
from evaluatie.present.monitor.payers import ALL, PAYER, cell_row, matrix_lines, payer_rows_at
from evaluatie.present.numbers import Row
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.tables import CONTRAST_AREA, absent, measured

WIDTH, NAMES = 7.2, 34
BETWEEN = " · "


def payer_figure(
    rows: pd.DataFrame, labels: Labels, wave: str, stamp: str = ""
) -> FigureView | Text:
    """Draw euros per year beyond the comparison areas: bars with intervals, right is more cost.

    A payer's total and the whole are hatched; a bar that may not be shown is words.
    """
    found = payer_rows_at(rows, wave)
    lines = [
        (payer, law, cell_row(found, law, "beyond", CONTRAST_AREA))
        for payer, law in matrix_lines(labels, found)
    ]
    drawn = [row for _, _, row in lines if row is not None and fmt.is_shown(row)]
    if not drawn:
        return absent(labels, found[found["term"] == "beyond"], "figure")
    with canvas.style():
        figure = canvas.blank(WIDTH, 1.2 + 0.42 * len(lines))
        axes = figure.subplots()
        axes.axvline(0, color=canvas.INK, linewidth=1.0, zorder=4)
        for height, (_, law, row) in enumerate(reversed(lines)):
            _bar(axes, height, law, row, labels)
        names = [_tick(_name(labels, payer, law).text) for payer, law, _ in reversed(lines)]
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(-0.6, len(names) - 0.4)
        _axis(axes, drawn, labels)
        items = [
            labels.say("alt.payer_item", name=_name(labels, payer, law),
                       estimate=value, interval=spread)
            for payer, law, row in lines
            for value, spread in [measured(row, labels)]
        ]  # fmt: skip
        alt = labels.say("alt.payers", items=join(items))
        caption = labels.say("caption.payer_figure")
        return canvas.finish(figure, caption, alt, stamp, drawn=draws(drawn, *MEASURED))


def _name(labels: Labels, payer: str, law: str) -> Phrase:
    if law == ALL:
        return labels.say("cost.every_payer")
    if law.startswith(PAYER):
        return labels.law(law).capitalised()
    return join((labels.law(law), labels.name("payer", payer)), BETWEEN).capitalised()


def _tick(name: str) -> str:
    """Return a name on as many lines as it needs, the payer on its own."""
    return "\n".join(line for part in name.split(BETWEEN) for line in textwrap.wrap(part, NAMES))


def _bar(axes: Axes, height: int, law: str, row: Row | None, labels: Labels) -> None:
    if row is None or not fmt.is_shown(row):
        key = "word.suppressed" if row is not None and row["publication"] == "suppressed" else (
            "axis.no_amount"
        )  # fmt: skip
        axes.annotate(labels.say(key).text, (0, height), xytext=(6, 0), va="center", fontsize=8,
                      textcoords="offset points", color=canvas.SOFT)  # fmt: skip
        return
    total = law == ALL or law.startswith(PAYER)
    color = canvas.INK if total else canvas.PILOT
    axes.barh(height, row["estimate"], height=0.5, color=color if not total else "white",
              edgecolor=color, hatch="////" if total else "", alpha=0.85, zorder=2)  # fmt: skip
    if np.isfinite([row["ci_low"], row["ci_high"]]).all():
        axes.plot([row["ci_low"], row["ci_high"]], [height, height], color=canvas.NEUTRAL,
                  linewidth=2.2, solid_capstyle="butt", zorder=3)  # fmt: skip
        axes.plot([row["ci_low"], row["ci_high"]], [height, height], "|", color=canvas.NEUTRAL,
                  markersize=9, markeredgewidth=1.6, zorder=3)  # fmt: skip


def _axis(axes: Axes, drawn: list[Row], labels: Labels) -> None:
    ends = [abs(float(r[f])) for r in drawn for f in ("estimate", "ci_low", "ci_high")]
    reach = 1.08 * max((end for end in ends if np.isfinite(end)), default=1.0)
    axes.set_xlim(-reach, reach)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(fmt.axis_formatter(labels.language))
    less, more = labels.say("axis.pays_less").text, labels.say("axis.pays_more").text
    axes.set_xlabel(f"{labels.say('unit.eur_year').text}\n← {less}          {more} →")
    canvas.quiet_rows(axes)
