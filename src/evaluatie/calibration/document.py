"""`docs/calibration.md`: the tables of a calibration, every number from the stores."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import pandas as pd

from evaluatie.agreement.calibrated import CalibrationFile, CalibrationRecord
from evaluatie.calibration.scenarios import Kind
from evaluatie.study import Study
from evaluatie.synthetic import SyntheticSettings

INTRODUCTION = """\
# Calibration

*Written by `evaluatie calibrate --record`: every number comes from stored replicates, made with
package {version}, code {code} and declarations {declarations}; report date of the study {date}. How
many studies, and with which seeds, stands with each scenario.*

Each replicate is a synthetic study with known truth that walks the whole route: drawing people and
records, scoring, weighting, the cost ledger, the contrast, the test, the adjustment and the
decision rule. It starts from validated data; that the way through raw files and intake gives the
same rows is a test (`tests/end_to_end/test_calibration_slice.py`), which also draws some of these
replicates again and compares every number. Replicates have none of the planted defects: those test
intake.

*Truth* is the stored contrast of potential outcomes (pilot residents with and without the
programme). *Coverage* is the share of {level} intervals that hold it, *width* their mean width.
*Rejected* is the share of two-sided p-values of "no effect" at or below {alpha:g}, before any
sequence, step-down or downgrade: the size of the test in a null, its own power elsewhere. *False
claim* is a verdict that the truth denies; a claim that combines questions is denied in every study
in which the truth denies the favourable word of any of its parts. *Favourable* is "improved", "not
worse" or "equivalent"; a question that the design cannot answer has no verdict and none of these.
Shares are followed by their Monte Carlo standard error (MCSE), sqrt(p(1 - p)/R).

**Criterion**: coverage at least {level} - 2 MCSE; false claims, and in a null rejections, at most
{alpha:.0%} + 2 MCSE. A test that misses it in any scenario, or that was not tried, may not carry a
verdict. A test over all assignments is exact if the areas are exchangeable. These areas were
chosen, not drawn by lot, and are unequal in size: how much that matters is what the scenarios
check. With many questions some miss by chance alone.

What is in all scenarios: neighbourhoods of unequal size ({sizes} inhabitants), serial correlation
of the neighbourhood shocks ({serial:g} from wave to wave), shocks that outcomes partly share,
selective response, and a heavy tail of cost: household propensities are Pareto with shape
{shape:g}, so that one household in a hundred makes more than a tenth of the cost of support (a test
counts it). Neighbourhood x wave shocks have an SD of {survey:.0%} of the outcome SD for survey
outcomes, {care:.0%} of the level per quarter for cost of support and {insured:.0%} of the level per
year for insured cost; a scenario may multiply all of them.
"""


def document(
    study: Study,
    settings: SyntheticSettings,
    file: CalibrationFile,
    declarations: str,
    summaries: Mapping[str, pd.DataFrame],
    kinds: Mapping[str, Kind],
    families: Mapping[str, pd.DataFrame] | None = None,
) -> str:
    """Return the Markdown of the calibration; ``families``: scenario -> `any_false_claim`."""
    parts = [_introduction(study, settings, file, declarations), _verdict(file)]
    for name, summary in summaries.items():
        label = settings.scenarios[name].label.en
        count = int(summary["replicates"].min())
        factor = settings.scenarios[name].shocks
        parts += [f"## {label[0].upper()}{label[1:]} (`{name}`)\n"]
        seeds = _seeds(file, name)
        parts += [f"{count:,} studies{seeds}; neighbourhood shocks times {factor:g}.\n"]
        parts += [NOTES[kinds[name]]] if kinds[name] in NOTES else []
        parts += ["\n".join(_agreed(summary)) + "\n"]
        if families and name in families:
            parts += [FAMILY, "\n".join(_family(families[name])) + "\n"]
        parts += ["\n".join(_others(summary)) + "\n"]
    return "\n".join(parts)


NOTES = {
    Kind.CONFOUNDED: (
        "Something else happens on the pilot side. The truth is no effect; what stands under bias "
        "is what that event does to the contrast. No test can tell the two apart, so this "
        "scenario judges no test: it shows what the assumption of the design is worth.\n"
    ),
}

FAMILY = """\
Studies with at least one false claim, by the role of the question. A false "worse" on a
non-inferiority or equivalence question comes from the safety rule, which is not adjusted.
"""


def _seeds(file: CalibrationFile, scenario: str) -> str:
    found = [(r.first_seed, r.last_seed) for r in file.records if r.scenario == scenario]
    return f" (seeds {found[0][0]}-{found[0][1]})" if found else ""


def _family(family: pd.DataFrame) -> Iterator[str]:
    head = ("role", "questions", "studies", "any false favourable claim", "any false claim")
    rows = [
        [str(row["role"]), str(row["questions"]), f"{row['studies']:,}",
         _cell(row, "favourable"), _cell(row, "any")]
        for row in family.to_dict("records")
    ]  # fmt: skip
    yield from _table(head, 1, rows)


def _introduction(
    study: Study, settings: SyntheticSettings, file: CalibrationFile, declarations: str
) -> str:
    sizes = [profile.inhabitants for profile in settings.areas.values()]
    care, insured = settings.care, settings.insured
    return INTRODUCTION.format(
        version=file.version,
        code=file.code[:8],
        declarations=declarations[:8],
        date=file.report_date.isoformat(),
        alpha=study.design.alpha,
        level=f"{1 - study.design.alpha:.0%}",
        sizes=f"{min(sizes):,} to {max(sizes):,}",
        serial=settings.shock.serial,
        shape=care.pareto_shape if care else math.nan,
        survey=settings.shock.sd_share,
        care=care.shock.sd_share if care else 0,
        insured=insured.shock.sd_share if insured else 0,
    )


def _verdict(file: CalibrationFile) -> str:
    head = ("scenario", "test", "studies", "lowest coverage", "most false positives", "meets")
    rows = [_record_cells(record) for record in file.records]
    return "## Which test keeps its promise\n\n" + "\n".join(_table(head, 2, rows)) + "\n"


def _record_cells(record: CalibrationRecord) -> list[str]:
    meets = {True: "yes", False: "**no**", None: "not judged"}[record.meets]
    worst = [
        f"{_share(rate.share, rate.mcse)} ({rate.question})" if rate else "-"
        for rate in (record.coverage, record.false_positives)
    ]
    return [f"`{record.scenario}`", record.test, f"{record.replicates:,}", *worst, meets]


def _agreed(summary: pd.DataFrame) -> Iterator[str]:
    head = (
        "question", "type", "truth", "bias", "coverage", "width", "rejected", "improved",
        "favourable", "worse", "false claims", "meets",
    )  # fmt: skip
    rows = []
    for row in summary[summary["agreed"]].to_dict("records"):
        decimals = _decimals(row["width"])
        shares = [_cell(row, name) for name in ("rejected", "improved", "favourable", "worse")]
        rows.append([
            str(row["question"]), str(row["type"]).replace("_", "-"),
            _number(row["truth"], decimals), _bias(row, decimals), _cell(row, "coverage"),
            _number(row["width"], decimals), *shares, _cell(row, "false_claims"), _meets(row),
        ])  # fmt: skip
    yield from _table(head, 2, rows)


def _others(summary: pd.DataFrame) -> Iterator[str]:
    """Yield the tests that no question was agreed with, on the same changes."""
    head = ("question", "other test", "coverage", "width", "rejected", "unbounded", "meets")
    rows = []
    for row in summary[~summary["agreed"]].to_dict("records"):
        shares = [_cell(row, "rejected"), _cell(row, "unbounded")]
        width = _number(row["width"], _decimals(row["width"]))
        cells = [str(row["question"]), str(row["test"]), _cell(row, "coverage"), width]
        rows.append([*cells, *shares, _meets(row)])
    yield from _table(head, 2, rows)


def _table(head: tuple[str, ...], texts: int, rows: list[list[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "|" + "---|" * texts + "--:|" * (len(head) - texts)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _cell(row: Mapping[object, float], name: str) -> str:
    return _share(row[name], row[f"{name}_mcse"])


def _share(share: float, mcse: float) -> str:
    return "-" if math.isnan(share) else f"{100 * share:.1f}% ± {100 * mcse:.1f}"


def _bias(row: Mapping[object, float], decimals: int) -> str:
    if math.isnan(row["bias"]):
        return "-"
    return f"{_number(row['bias'], decimals)} ± {row['bias_mcse']:.{decimals}f}"


def _number(value: float, decimals: int) -> str:
    if math.isnan(value):
        return "-"
    return f"{round(value, decimals) + 0.0:,.{decimals}f}"


def _decimals(width: float) -> int:
    """Return the decimals that show a width in three digits."""
    return max(0, 2 - math.floor(math.log10(width))) if width > 0 else 2


def _meets(row: Mapping[object, object]) -> str:
    meets = row["meets"]
    return "not judged" if meets is None else "yes" if meets else "**no**"
