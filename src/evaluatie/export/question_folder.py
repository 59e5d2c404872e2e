"""The folder of one question: what was agreed, data, our numbers, and a script to check them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

import pandas as pd

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.domain import Sensitivity
from evaluatie.evaluation.products import Products
from evaluatie.export.answered import Answered
from evaluatie.export.cost_files import cell_files, insured_files
from evaluatie.export.pseudonyms import Pseudonyms
from evaluatie.export.survey_files import survey_files
from evaluatie.study import Study

ASSETS = Path(__file__).parent / "assets"
SCRIPTS = {
    "survey": "survey_question.R",
    "cost": "cost_question.R",
    "insured": "insured_question.R",
}
Tables = dict[str, pd.DataFrame]


def write_question(
    folder: Path,
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    products: Products,
    answered: Answered,
    names: Pseudonyms,
) -> None:
    """Write the folder of one question; see the README of the export for the files."""
    folder.mkdir(parents=True)
    kind = _kind(codebook, answered)
    if kind == "survey":
        tables = survey_files(study, codebook, products, answered, names)
    elif kind == "cost":
        tables = cell_files(study, codebook, products, answered)
    else:
        tables = insured_files(study, codebook, products, answered)
    ours = [tables.get("results"), pd.DataFrame(_contrast_rows(answered))]
    tables["results"] = pd.concat([t for t in ours if t is not None], ignore_index=True)
    tables["areas"] = pd.DataFrame(
        [(area.code, str(area.side), area.pair or "") for area in study.areas],
        columns=["area", "side", "pair"],
    )
    stated = _parameters(study, book, answered, products.data.synthetic)
    tables["parameters"] = pd.DataFrame(list(stated.items()), columns=["name", "value"])
    for name, table in tables.items():
        write_table(table, folder / f"{name}.csv")
    script = (ASSETS / SCRIPTS[kind]).read_text(encoding="utf-8")
    (folder / "analysis.R").write_text(script, encoding="utf-8")
    (folder / "README.md").write_text(_readme(kind, stated, answered), encoding="utf-8")


def write_table(table: pd.DataFrame, path: Path) -> None:
    """Write a CSV with numbers in full precision; missing is empty, infinity as R writes it.

    Every row says that it is confidential: answers of persons, or sums before disclosure control.
    """
    shown = table.astype(object).where(table.notna(), "")
    shown = shown.map(lambda value: _infinite(value) if isinstance(value, float) else value)
    shown.assign(sensitivity=str(Sensitivity.CONFIDENTIAL)).to_csv(path, index=False)


def _infinite(value: float) -> object:
    if not math.isinf(value):
        return value
    return "Inf" if value > 0 else "-Inf"


def _kind(codebook: Codebook, answered: Answered) -> str:
    indicator = codebook.indicators.get(answered.question.indicator)
    if indicator is None:
        return "survey"
    return "cost" if indicator.kind == "arrangement_cost" else "insured"


def _parameters(
    study: Study, book: AgreementBook, answered: Answered, synthetic: bool
) -> dict[str, Any]:
    question = answered.question
    return {
        "question": question.id,
        "data": "synthetic" if synthetic else "real",
        "title": question.label["en"],
        "role": book.role(question.id),
        "type": str(question.type),
        "population": str(question.population),
        "weighting": str(question.weighting),
        "test": question.test,
        "margin": question.margin.value if question.margin else "",
        "favourable": answered.sign,
        "alpha": study.design.alpha,
        "assignment": study.design.assignment,
        "baseline": study.baseline.id,
        "verdict_wave": question.verdict_wave,
        "waves": " ".join(answered.contrasts),
        "weights_trim": study.weights_trim,
        "downgraded": answered.downgraded,
        "indicator": question.indicator,
        "cost_basis": str(question.cost_basis or ""),
        "price_level": study.price_level,
    }


def _contrast_rows(answered: Answered) -> Iterator[dict[str, object]]:
    def row(quantity: str, wave: str, value: float, area: str = "") -> dict[str, object]:
        return {"quantity": quantity, "wave": wave, "area": area, "value": value}

    for wave, found in answered.contrasts.items():
        for area in answered.changes[wave].to_dict("records"):
            yield row("residents", wave, area["residents"], area["area"])
            yield row("contrast_change", wave, area["change"], area["area"])
        yield row("contrast", wave, found.estimate)
        yield row("contrast_low", wave, found.low)
        yield row("contrast_high", wave, found.high)
        if math.isfinite(found.p_value):
            yield row("p_value", wave, found.p_value)
            yield row("p_harm", wave, found.p_harm)
            yield row("p_attainable", wave, found.p_attainable)


def _readme(kind: str, stated: dict[str, Any], answered: Answered) -> str:
    template = Template((ASSETS / "question.md").read_text(encoding="utf-8"))
    data = (ASSETS / f"{kind}_files.md").read_text(encoding="utf-8")
    reason = answered.question.margin.reason["en"] if answered.question.margin else ""
    stated = stated | {"data_kind": stated["data"], "data": data.strip(), "reason": reason.strip()}
    return template.substitute(stated)
