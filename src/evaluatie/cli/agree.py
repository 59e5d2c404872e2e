"""`evaluatie agree check`: what the agreements promise, and what the design can show of it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Column, Table

from evaluatie.cli.console import console, progress_bars

if TYPE_CHECKING:
    from evaluatie.agreement import AgreementBook
    from evaluatie.dictionary import Codebook
    from evaluatie.evaluation.feasibility import Feasible
    from evaluatie.study import Study

app = typer.Typer(help="Check what was agreed, before anyone promises.", no_args_is_help=True)

WORDS = {
    "sufficient": "verdict",
    "accepted": "verdict, low power accepted",
    "low_power": "[yellow]descriptive, no verdict: low power[/]",
    "unattainable": "[yellow]descriptive, no verdict: p out of reach[/]",
    "uncalibrated": "[yellow]descriptive, no verdict: test missed its calibration, or has none[/]",
    "unplanned": "[red]refused[/]",
    "combined": "verdict if all its parts have one",
}
REFUSALS = {
    "no_planning": "no planning values: its power cannot be known. Add 'planning' to the question "
    "in analysis/questions.yml, or make it descriptive.",
    "no_residents": "the planning names no 'people', and not every area of analysis/study.yml has "
    "'residents'. Add one of them.",
    "one_area_in_an_arm": "one area on a side leaves no spread to judge a difference by. At least "
    "two on either side; or make the question descriptive.",
}


@app.command("check")
def check(
    context: typer.Context,
    simulate: Annotated[
        int | None, typer.Option(min=100, help="Studies to draw; default 2,000.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Default: the seed of the study.")] = None,
) -> None:
    """Print power, detectable difference, smallest p, burden, duplicates; refuse what cannot be."""
    from evaluatie.agreement import load_agreements
    from evaluatie.dictionary import load_codebook
    from evaluatie.evaluation.feasibility import feasibility
    from evaluatie.study import open_study

    study = open_study(context.obj)
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    with progress_bars() as progress:
        found = feasibility(study, codebook, book, simulate, seed, progress)
    _print_power(study, book, found)
    _print_reach(book, found)
    _print_calibration(study)
    _print_hopeless(book, found)
    _print_remedies(study, codebook, book, found)
    _print_burden(book)
    _print_duplicates(book, codebook)
    console.print("Sensitivity: public. From declarations and drawn studies; no data of persons.")
    refused = {name: f.reason for name, f in found.items() if f.outlook == "unplanned"}
    for name, reason in refused.items():
        console.print(f"[red]Refused[/] {name}: {REFUSALS.get(reason, reason)}")
    if refused:
        raise typer.Exit(1)


def _print_power(study: Study, book: AgreementBook, found: dict[str, Feasible]) -> None:
    minimum = study.design.minimum_power
    table = Table(
        Column("question", no_wrap=True), "margin", "SE", "detectable", "formula", "simulated",
        "after others",
        title=f"Power at the agreed margin: alpha {study.design.alpha:g}, minimum {minimum:g}",
    )  # fmt: skip
    for name, feasible in found.items():
        margin, planned = book.questions[name].margin, feasible.planned
        table.add_row(
            name, f"{margin.value:g}" if margin else "",
            f"{planned.std_error:.3g}" if planned else "", _number(feasible.detectable),
            _share(feasible.formula), _share(feasible.own, feasible.own_mcse),
            _share(feasible.power, feasible.power_mcse),
        )  # fmt: skip
    console.print(table)
    console.print(
        "SE and detectable (80% power, question alone): in units of the indicator, from the "
        "planning values of analysis/questions.yml. Formula: noncentral t, Bell-McCaffrey df, at "
        "the level the enumerated test can have (within about 0.05 of the test itself). Simulated: "
        "the agreed tests on drawn studies in which every claim is true by its margin, ± Monte "
        "Carlo error; after others: within the fixed sequence or max-T over the same assignments, "
        "so less if an earlier question has no such effect."
    )


def _print_reach(book: AgreementBook, found: dict[str, Feasible]) -> None:
    from evaluatie.evaluation.feasibility import DRAWS

    table = Table(
        Column("question", no_wrap=True), "role", "alone", "after others", "within reach",
        "what follows", title="Smallest attainable p, and what follows",
    )  # fmt: skip
    for name, feasible in found.items():
        table.add_row(
            name, book.role(name), f"{feasible.attainable:.4f}",
            f"{feasible.attainable_adjusted:.4f}",
            "" if feasible.planned is None else f"{feasible.reach:.0%}", WORDS[feasible.outlook],
        )  # fmt: skip
    console.print(table)
    console.print(
        "Within reach: drawn studies whose data let the adjusted p come down to alpha under any "
        f"assignment. A downgrade rests on {DRAWS:,} draws with the seed of the study, whatever is "
        "asked here; it is recorded nowhere else, so the reports follow these declarations."
    )


def _print_calibration(study: Study) -> None:
    """Print whether the tests were tried out for this study, and with which code."""
    from evaluatie.agreement import load_calibration
    from evaluatie.calibration import Stamp, stamp_of

    file = load_calibration(study)
    if file is None:
        console.print(
            "[yellow]Warning[/] the tests are not calibrated for this study: there is no "
            "analysis/calibration.yml. Run 'evaluatie calibrate --scenario all "
            "--record' before the first report."
        )
        return
    made = Stamp(file.version, file.declarations, file.code)
    other = made.differences(stamp_of(study.root))
    if other:
        console.print(
            f"[yellow]Warning[/] analysis/calibration.yml was made with {', '.join(other)}; "
            "calibrate again if what a study runs through has changed."
        )


def _print_hopeless(book: AgreementBook, found: dict[str, Feasible]) -> None:
    """Print which questions were accepted although they will practically never be shown."""
    for name, feasible in found.items():
        if book.questions[name].accepted_power and round(feasible.power, 2) == 0:
            console.print(
                f"[yellow]Warning[/] {name}: its verdict was accepted with a power of 0%. It will "
                "almost certainly be 'not demonstrated', even if its claim is true as planned, and "
                "may take from the questions beside it: make it descriptive, or tell the parties."
            )


def _number(value: float) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.3g}" if math.isfinite(value) else "none"


def _share(value: float, error: float = 0.0) -> str:
    if math.isnan(value):
        return ""
    return f"{value:.3f}" + (f" ±{error:.1g}" if error else "")


def _print_remedies(
    study: Study, codebook: Codebook, book: AgreementBook, found: dict[str, Feasible]
) -> None:
    from evaluatie.evaluation.remedies import remedy

    minimum = study.design.minimum_power
    for name, feasible in found.items():
        if feasible.planned is None or feasible.outlook == "sufficient":
            continue
        if feasible.crowded_out(minimum):
            console.print(
                f"{name}: its own power suffices; beside the other questions it falls short of "
                f"{minimum:g}. What would help is fewer questions with a verdict."
            )
            continue
        needed = remedy(study, codebook, book.questions[name], feasible)
        ways = [f"{needed.areas} areas on either side"] if needed.areas else []
        ways += [f"a margin of {needed.margin:.3g}"] if math.isfinite(needed.margin) else []
        ways += [f"{needed.people:.3g} times the respondents"] if needed.people else []
        more = "" if needed.people else "; more respondents do not suffice"
        told = " or ".join(ways) or "more than 100 areas on either side"
        console.print(f"{name}: alone, power {minimum:g} takes {told}{more}.")


def _print_burden(book: AgreementBook) -> None:
    from evaluatie.agreement import minutes_by_agreement, respondent_minutes

    for professionals, whom in ((False, "resident"), (True, "professional")):
        total = respondent_minutes(book, professionals=professionals)
        if not total:
            continue
        parts = ", ".join(
            f"{audience} {minutes:g} (asked by nobody else: {alone:g})"
            for audience, (minutes, alone) in minutes_by_agreement(
                book, professionals=professionals
            ).items()
            if minutes
        )
        console.print(
            f"Burden: {total:g} minutes per {whom} and wave over all agreements: {parts}."
        )


def _print_duplicates(book: AgreementBook, codebook: Codebook) -> None:
    from evaluatie.agreement import duplicates

    for found in duplicates(book, codebook):
        mark = "[yellow]Duplicate[/]" if found.kind == "same" else "Near duplicate"
        asked = f"asked by {', '.join(found.agreements)}"
        console.print(f"{mark}: {' and '.join(found.questions)}: {found.why}; {asked}.")
