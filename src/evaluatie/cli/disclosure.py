"""`evaluatie disclosure`: what is hidden, why, and whether the finished files keep it hidden."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from evaluatie.cli.console import console, progress_bars
from evaluatie.cli.disclosure_audit import audit

if TYPE_CHECKING:
    from evaluatie.disclosure import DisclosurePlan
    from evaluatie.disclosure.planning.explain import Explanation, Protected
    from evaluatie.disclosure.planning.redesign.merging import MergeAdvice
    from evaluatie.reports.prepare import Prepared
    from evaluatie.study import Study

app = typer.Typer(help="What is hidden in the reports, and why.", no_args_is_help=True)
app.command("audit")(audit)

MOST = 25  # matches and reports that are listed
SPELLED = 2  # categories that a union names one by one
WORDS = {
    "below_threshold": "too few people or households are behind it",
    "dominance": "one or two households or providers make up most of the amount",
    "protects_another": "with it, a smaller group or amount could be worked back",
    "unknown_count": "it does not say how many people are behind it",
    "not_reported": "no report asks for it",
}
SHORT = {
    "below_threshold": "too few",
    "dominance": "dominated",
    "protects_another": "protects",
    "unknown_count": "unknown n",
    "not_reported": "not asked",
}


@app.command("plan")
def plan(
    context: typer.Context,
    reports: Annotated[bool, typer.Option(help="One line per report of the matrix.")] = True,
) -> None:
    """Say what the disclosure plan over all reports hides, and how good the plan is."""
    from evaluatie.register import published_frames
    from evaluatie.study import open_study

    study = open_study(context.obj)
    prepared, found = _prepared(study)
    for line in _totals(found):
        console.print(line, markup=False)
    for audience, own in found.audiences.items():
        console.print(
            f"Audience {audience} has stricter rules: {len(own.reasons)} rows more are hidden "
            f"from it, of {len(own.seen)} that its reports would show.",
            markup=False,
        )
    earlier = published_frames(study.releases, prepared.synthetic)
    rows = sum(len(set(frame["id"])) for frame in earlier)
    console.print(
        f"Earlier releases that stay known: {len(earlier)}, with {rows} rows."
        if earlier
        else "Nothing was released before."
    )
    if reports:
        console.print(_reports(prepared))
    for line in dict.fromkeys(_in_words(advice) for advice in found.advice):
        console.print(line, markup=False)  # persons and households of one table say the same


@app.command("explain")
def explain(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="Id of a row of estimates.csv, or a part of it.")],
    audience: Annotated[str, typer.Option(help="As this audience sees it.")] = "",
    confidential: Annotated[
        bool, typer.Option("--confidential", help="Also true values and intervals: for you alone.")
    ] = False,
) -> None:
    """Say why a number is hidden and which small group it would give away; never the number."""
    from evaluatie.disclosure.planning.explain import explain as explained
    from evaluatie.disclosure.planning.solve import ask
    from evaluatie.disclosure.rules import load_rules
    from evaluatie.disclosure.universe.cells import CellReader
    from evaluatie.register import published_frames
    from evaluatie.reports.planned import asked_rows
    from evaluatie.reports.prepare import read_private
    from evaluatie.study import open_study

    study = open_study(context.obj)
    prepared, found = _prepared(study)
    row = _one(number, found, audience)
    if row is None:
        return
    rules = load_rules(study).for_audience(audience)
    estimates = asked_rows(read_private(prepared), rules)
    earlier = published_frames(study.releases, prepared.synthetic)
    asked = ask(estimates, CellReader(study, prepared.codebook), rules, set(), earlier)
    told = explained(row, asked, found, audience)
    value = estimates.set_index("id").loc[row, "estimate"]
    for line in _explained(told, found, float(value), confidential):
        console.print(line, markup=False)
    _print_reports(row, prepared)


def _prepared(study: Study) -> tuple[Prepared, DisclosurePlan]:
    """Return the study with everything but its reports made, and the plan."""
    from evaluatie.disclosure import read_plan
    from evaluatie.reports.prepare import PLAN, prepare_study

    with progress_bars() as progress:
        prepared = prepare_study(study, progress)
    return prepared, read_plan(prepared.published / PLAN)


def _totals(found: DisclosurePlan) -> list[str]:
    counted = Counter(str(status) for status in found.status.values())
    why = Counter(str(reason) for reason in found.reasons.values())
    reasons = "; ".join(f"{why[key]} because {words}" for key, words in WORDS.items() if why[key])
    return [
        f"{len(found.status)} rows: {counted['shown']} shown, {counted['suppressed']} hidden, "
        f"{counted['not_estimable']} not estimable.",
        f"Hidden: {reasons or 'nothing'}.",
        f"{found.cells} groups of people or amounts: {found.primary} small or dominated, "
        f"{found.secondary} hidden to protect those and {found.groups} small groups that no row "
        "shows.",
        f"{found.systems} tables with something to protect; {found.proven} with a pattern that is "
        f"proven to hide the fewest; {found.out_of_time} on which the time ran out.",
        f"Rows lost to protect others: {found.cost:g}, proven lower bound {found.bound:g}, so at "
        f"most {found.gap:.0%} too many. Planned in {found.seconds:.1f} s with {found.solver}.",
    ]


def _reports(prepared: Prepared) -> Table:
    """Return a line per report: rows shown, not estimable, and hidden by reason."""
    import pandas as pd

    from evaluatie.domain import Publication
    from evaluatie.reports.slice import ROWS_FILE

    keys = [key for key in WORDS if key != "not_reported"]
    table = Table("report", "shown", "not estimable", *(SHORT[key] for key in keys))
    for run in prepared.book.run_matrix():
        file = prepared.slices[run.name] / ROWS_FILE
        rows = pd.read_parquet(file, columns=["id", "publication", "reason"])
        state = rows["publication"].value_counts()
        why = rows.loc[rows["publication"] == Publication.SUPPRESSED, "reason"].value_counts()
        numbers = [state.get(Publication.SHOWN, 0), state.get(Publication.NOT_ESTIMABLE, 0)]
        numbers += [why.get(key, 0) for key in keys]
        table.add_row(escape(run.name), *(str(n) if n else "" for n in numbers))
    table.columns[0].no_wrap, table.columns[0].overflow = True, "fold"
    for column in table.columns[1:]:
        column.justify = "right"
    return table


def _in_words(advice: MergeAdvice) -> str:
    merged = "; ".join(" + ".join(map(_short, group)) for group in advice.merged)
    dimension = "areas" if advice.dimension == "@area" else advice.dimension
    return (
        f"Advice: in the table of {advice.family} by "
        f"{', '.join(name.lstrip('@') for name in advice.crossed)}, {advice.small_before} of "
        f"{advice.cells_before} cells are small. Take together in {dimension}: {merged}; then "
        f"{advice.small_after} of {advice.cells_after} are."
    )


def _short(category: str) -> str:
    """Return a category, and a union of many as how many they are."""
    parts = category.split(" or ")
    return category if len(parts) <= SPELLED else f"{len(parts)} together"


def _one(number: str, found: DisclosurePlan, audience: str) -> str | None:
    """Return the row that is meant; where several match, list them and return None."""
    from evaluatie.errors import DisclosureError

    if number in found.status:
        return number
    parts = number.lower().split()
    matching = [row for row in found.status if all(part in row.lower() for part in parts)]
    if not parts or not matching:
        raise DisclosureError(
            f"no row has '{number}' in its id",
            remedy="copy an id, or parts of one separated by spaces, from build/estimates.csv.",
        )
    if len(matching) == 1:
        return matching[0]
    reasons = found.reasons_for(audience)
    hidden = [row for row in matching if row in reasons]
    if len(hidden) == 1:
        return hidden[0]
    table = Table("row", "why hidden")
    for row in (hidden or matching)[:MOST]:
        why = reasons.get(row)
        table.add_row(escape(row), WORDS[str(why)] if why else str(found.status[row]))
    console.print(table)
    console.print(f"{len(matching)} rows match, {len(hidden)} of them hidden. Name one of them.")
    return None


def _explained(
    told: Explanation, found: DisclosurePlan, value: float, confidential: bool
) -> list[str]:
    lines = [told.row]
    if told.reason is None:
        return [*lines, f"This row is not hidden: it is {found.status[told.row]}."]
    lines.append(f"Hidden: {WORDS[str(told.reason)]}.")
    for group in told.protects:
        lines.append(_followed(group, confidential))
    if not told.protects and told.hidden_cells:
        lines.append(
            "By itself it would give nothing away, but it is about a group, or needs one, of "
            "which another number is hidden; count, mean and total share one status:"
        )
        lines += [f"  {cell}" for cell in told.hidden_cells]
    if confidential and not math.isnan(value):
        lines.append(f"CONFIDENTIAL, not to be passed on: the value of the row is {value:.10g}.")
    return lines


def _followed(group: Protected, confidential: bool) -> str:
    """Return what would follow for one small group."""
    what = group.measure.partition(":")[0]
    if group.own:
        line = f"It is itself a number ({what}) that must be hidden: {group.group}."
    else:
        line = (
            f"If it were shown, a hidden number ({what}) would follow too closely: {group.group}."
        )
    if not confidential:
        return line
    most = "any number" if math.isinf(group.high) else f"{group.high:.6g}"
    return (
        f"{line} CONFIDENTIAL: it is {group.value:.6g}; from what is shown would follow "
        f"{group.low:.6g} to {most}, and that must reach from {group.least:.6g} or less to "
        f"{group.most:.6g} or more."
    )


def _print_reports(row: str, prepared: Prepared) -> None:
    """Say in which reports the number would stand."""
    import pandas as pd

    from evaluatie.reports.slice import ROWS_FILE

    names = [
        run.name
        for run in prepared.book.run_matrix()
        if row in set(pd.read_parquet(prepared.slices[run.name] / ROWS_FILE, columns=["id"])["id"])
    ]
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    listed = ", ".join(names[:MOST]) + more
    console.print(f"Reports in which it would stand: {listed or 'none'}.", markup=False)
