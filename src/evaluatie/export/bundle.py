"""The whole export: one folder per question, the shared functions, and a script over all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pandas as pd

from evaluatie import __version__
from evaluatie.agreement import AgreementBook, load_agreements
from evaluatie.dictionary import Codebook, load_codebook
from evaluatie.domain import Progress, Sensitivity, no_progress
from evaluatie.errors import AgreementError, DeclarationError, RefusedError
from evaluatie.evaluation.feasibility import downgraded
from evaluatie.evaluation.products import Products, build_products
from evaluatie.export.answered import (
    Answered,
    answer,
    require_agreed,
    require_contrast,
    with_verdict,
)
from evaluatie.export.place import MARK, export_folder
from evaluatie.export.pseudonyms import Pseudonyms
from evaluatie.export.question_folder import ASSETS, write_question, write_table
from evaluatie.export.together import verdict_rows
from evaluatie.intake import read_study, require_clean
from evaluatie.store import close, in_place, locked, remove_stale
from evaluatie.study import Study

STEPS = 3
SYNTHETIC = "**SYNTHETIC DATA - EXAMPLE. Every person in these files was drawn by a computer.**"


@dataclass(frozen=True)
class Exported:
    """What was written: ``questions`` in it, and question -> reason for those left out."""

    folder: Path
    questions: tuple[str, ...]
    left_out: Mapping[str, str]
    synthetic: bool


def export_for_r(
    study: Study,
    question: str | None = None,
    to: Path | None = None,
    progress: Progress = no_progress,
) -> Exported:
    """Write data, design and runnable R scripts for one question, or for all with a verdict.

    Parameters
    ----------
    study : Study
        The study, with its raw data.
    question : str, optional
        Id of a question; without it every question that can be exported.
    to : Path, optional
        Folder to write; default ``build/export-r``. An earlier export there is replaced.
    progress : callable, optional
        Told what is being done.

    Returns
    -------
    Exported

    Raises
    ------
    AgreementError, DeclarationError, FeedError, RefusedError, UserError
        An unknown or descriptive question, one without a number, data with blocking problems, or
        a folder where persons' answers may not stand. Nothing is written then.
    """
    codebook = load_codebook(study)
    book = load_agreements(study, codebook)
    folder = export_folder(study, to)
    asked = _asked(book, question)
    data = read_study(study, codebook, progress)
    require_clean(data)
    progress("Exporting for R", 0, STEPS)
    products = build_products(study, codebook, book, data, lambda _: None)
    progress("Exporting for R", 1, STEPS)
    without = downgraded(study, codebook, book)
    answered, left_out = _answers(study, codebook, book, products, asked, without)
    progress("Exporting for R", 2, STEPS)
    verdicts = verdict_rows(study, codebook, book, products, without) if question is None else None
    _write(folder, study, codebook, book, products, answered, verdicts)
    progress("Exporting for R", STEPS, STEPS)
    return Exported(folder, tuple(answered), left_out, data.synthetic)


def _asked(book: AgreementBook, question: str | None) -> tuple[str, ...]:
    if question is None:
        return tuple(q.id for q in with_verdict(book))
    if question not in book.questions:
        raise DeclarationError(
            f"there is no question '{question}'",
            allowed=", ".join(q.id for q in with_verdict(book)),
        )
    require_contrast(book, book.questions[question])
    return (question,)


def _answers(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    products: Products,
    asked: Sequence[str],
    without: Mapping[str, str],
) -> tuple[dict[str, Answered], dict[str, str]]:
    """Return the answered questions, and question -> why it is left out.

    Raises
    ------
    AgreementError, RefusedError
        Nothing is left.
    """
    answered: dict[str, Answered] = {}
    left_out: dict[str, str] = {}
    for name in asked:
        question = book.questions[name]
        try:
            require_agreed(study, book, question, products.data.synthetic)
            answered[name] = answer(study, codebook, products, question, without.get(name, ""))
        except (AgreementError, RefusedError) as error:
            if len(asked) == 1:
                raise
            left_out[name] = error.what
    if not answered:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in left_out.items())
        raise RefusedError(f"no question has a number that R could check ({reasons})")
    return answered, left_out


def _write(
    folder: Path,
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    products: Products,
    answered: Mapping[str, Answered],
    verdicts: pd.DataFrame | None,
) -> None:
    names = Pseudonyms()
    with locked(study.build / ".locks" / "export-r.lock"):
        remove_stale(folder.parent, folder.name)  # an interrupted export holds answers of persons
        with in_place(folder) as temporary:
            for name, each in answered.items():
                target = temporary / "questions" / name
                write_question(target, study, codebook, book, products, each, names)
            shutil.copy(ASSETS / "evaluatie.R", temporary)
            if verdicts is not None:
                write_table(verdicts, temporary / "verdicts.csv")
                shutil.copy(ASSETS / "all_questions.R", temporary)
            _describe(temporary, study, tuple(answered), products.data.synthetic)
            close(temporary)


def _describe(folder: Path, study: Study, questions: tuple[str, ...], synthetic: bool) -> None:
    template = Template((ASSETS / "readme.md").read_text(encoding="utf-8"))
    text = template.substitute(
        study=study.title["en"],
        label=SYNTHETIC if synthetic else "",
        version=__version__,
        date=study.report_date.isoformat(),
        questions="\n".join(f"- `questions/{name}`" for name in questions),
    )
    (folder / "README.md").write_text(text, encoding="utf-8")
    content = {
        "evaluatie": __version__,
        "study": study.id,
        "synthetic": synthetic,
        "sensitivity": str(Sensitivity.CONFIDENTIAL),
        "questions": list(questions),
    }
    (folder / MARK).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
