"""One replicate: draw a study, walk the route to its verdicts, lay the truth beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from evaluatie.agreement import load_agreements
from evaluatie.dictionary import load_codebook
from evaluatie.evaluation import verdicts_only
from evaluatie.intake import validate_frames
from evaluatie.study import open_study
from evaluatie.synthetic import draw_study

PARTS = ("survey", "population", "register", "cost", "insured")  # what verdicts rest on
REPLICATE_COLUMNS = (
    "scenario", "seed", "question", "type", "verdict", "estimate", "ci_low", "ci_high",
    "p_value", "p_adjusted", "p_attainable", "truth", "margin", "favourable",
)  # fmt: skip


def replicate(root: Path, scenario: str, seed: int) -> list[dict[str, Any]]:
    """Return one row per verdict question of a synthetic study drawn with ``seed``.

    Nothing is written: the raw frames stay in memory and pass through the same validation,
    scoring, weighting and testing as files do.
    """
    study = open_study(root)
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    drawn = draw_study(study, codebook, book, seed, scenario, parts=PARTS)
    verdicts = verdicts_only(study, codebook, book, validate_frames(study, codebook, drawn.raw))
    truth = drawn.truth.set_index(["indicator", "wave", "weighting"])["truth"].to_dict()
    rows = []
    for verdict in verdicts.itertuples():
        question = book.questions[verdict.question]
        if question.margin is None:
            continue
        key = (question.indicator, question.verdict_wave, str(question.weighting))
        values = {name: getattr(verdict, name, np.nan) for name in REPLICATE_COLUMNS}
        values |= {"scenario": scenario, "seed": seed, "truth": truth.get(key, np.nan)}
        rows.append(values)
    return rows
