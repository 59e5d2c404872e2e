"""What `--record` writes: which test keeps its coverage and its level, in which scenario."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import yaml

from evaluatie.agreement.calibrated import CalibrationFile, CalibrationRecord, Rate
from evaluatie.calibration.replicates import TESTS
from evaluatie.calibration.scenarios import Kind
from evaluatie.calibration.stamp import Stamp
from evaluatie.study import Study

HEADER = """\
# yaml-language-server: $schema=schemas/calibration.schema.json
# Written by `evaluatie calibrate --record`; the tables are in docs/calibration.md. A test that
# misses its coverage or its level in a scenario (meets: false) may not carry a verdict.
"""


def calibration_file(
    study: Study,
    stamp: Stamp,
    replicates: Mapping[str, pd.DataFrame],
    summaries: Mapping[str, pd.DataFrame],
    kinds: Mapping[str, Kind],
) -> CalibrationFile:
    """Return one record per scenario and test, each with the worst question.

    False positives are the larger of two shares: two-sided rejections of no effect before any
    gate, and verdicts that the truth denies. The second are the agreed test's alone.
    """
    records = [
        _record(name, test, replicates[name], summary, kinds[name])
        for name, summary in summaries.items()
        for test in TESTS
        if (summary["test"] == test).any()
    ]
    return CalibrationFile(
        version=stamp.version,
        code=stamp.code,
        declarations=stamp.declarations,
        report_date=study.report_date,
        records=tuple(records),
    )


def to_yaml(file: CalibrationFile) -> str:
    """Return the text of `calibration.yml`."""
    content = file.model_dump(mode="json", exclude_none=True)
    return HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100)


def _record(
    scenario: str, test: str, replicates: pd.DataFrame, summary: pd.DataFrame, kind: Kind
) -> CalibrationRecord:
    rows, seeds = summary[summary["test"] == test], replicates["seed"]
    null = kind is Kind.NULL
    judged = rows["meets"].dropna().astype(bool)  # a question that showed nothing judges nothing
    return CalibrationRecord(
        scenario=scenario,
        test=test,
        replicates=int(rows["replicates"].min()),
        first_seed=int(seeds.min()),
        last_seed=int(seeds.max()),
        coverage=_worst(rows, "coverage", -1),
        false_positives=_false_positives(rows) if null else None,
        meets=bool(judged.all()) if len(judged) else None,
    )


def _false_positives(rows: pd.DataFrame) -> Rate | None:
    claims = _worst(rows[rows["agreed"].astype(bool)], "false_claims", 1)
    found = [rate for rate in (_worst(rows, "rejected", 1), claims) if rate is not None]
    return max(found, key=lambda rate: rate.share, default=None)


def _worst(rows: pd.DataFrame, share: str, sign: int) -> Rate | None:
    known = rows[rows[share].notna()]
    if known.empty:
        return None
    row = known.loc[(sign * known[share]).idxmax()]
    return Rate(
        question=str(row["question"]),
        share=round(float(row[share]), 4),
        mcse=round(float(row[f"{share}_mcse"]), 4),
    )
