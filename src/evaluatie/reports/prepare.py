"""Three levels, each made once: estimates of the study, one disclosure plan, a slice per run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie.agreement import AgreementBook, ReportRun, check_run, load_agreements
from evaluatie.dictionary import Codebook, dictionary_folders, load_codebook
from evaluatie.domain import Progress, no_progress
from evaluatie.errors import DisclosureError
from evaluatie.reports.slices import Published, shown_verdicts, write_slices
from evaluatie.results import estimates_frame
from evaluatie.store import Store, environment_digest, folder_digest, package_digest
from evaluatie.study import Study

CACHE = ".cache"
ESTIMATES, VERDICTS, META = "estimates.parquet", "verdicts.parquet", "meta.json"
ESTIMATING = (
    "agreement", "costs", "declarations.py", "dictionary", "domain.py", "evaluation", "intake",
    "methods", "results.py", "study.py", "survey",
)  # fmt: skip
Ingredients = dict[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A study of which everything but the reports themselves is made.

    ``published`` is the folder with the results after disclosure control, ``slices`` run name ->
    folder of its slice, ``synthetic`` whether every raw file comes from the generator.
    """

    study: Study
    codebook: Codebook
    book: AgreementBook
    published: Path
    slices: Mapping[str, Path]
    synthetic: bool

    def check(self, run: ReportRun) -> None:
        """Refuse a run that was not agreed, not signed, or comes too early."""
        check_run(self.book, self.study, run, self.synthetic)


def prepare_study(
    study: Study,
    progress: Progress = no_progress,
    declared: tuple[Codebook, AgreementBook] | None = None,
) -> Prepared:
    """Make, or find, the estimates, the disclosure plan over every run, and all slices.

    ``declared`` are dictionary and agreements where the caller has read them already.
    """
    codebook, book = declared or read_declarations(study)
    store = Store(study.build / CACHE)
    inputs = ingredients_of(study)

    def estimate(folder: Path) -> None:
        _estimate(study, codebook, book, folder, progress)

    estimated = store.product("estimates", inputs, estimate, progress)
    planned = inputs | {"disclosure": package_digest("disclosure", "reports")}

    def publish(folder: Path) -> None:
        _publish(study, codebook, book, estimated, folder, progress)

    published = store.product("published", planned, publish, progress)
    sliced = planned | {"present": package_digest("present", "reports")}

    def cut(folder: Path) -> None:
        write_slices(study, codebook, book, read_published(published), folder)

    home = store.product("slices", sliced, cut, progress)
    slices = {run.name: home / run.name for run in book.run_matrix()}
    synthetic = bool(_read_meta(published)["synthetic"])
    return Prepared(study, codebook, book, published, slices, synthetic)


def read_declarations(study: Study) -> tuple[Codebook, AgreementBook]:
    """Read the dictionary and the agreements of a study."""
    codebook = load_codebook(study)
    return codebook, load_agreements(study, codebook)


def prepare_slice(study: Study, run: ReportRun, progress: Progress = no_progress) -> Path:
    """Return the folder with the slice of one run; made first where needed."""
    prepared = prepare_study(study, progress)
    prepared.check(run)
    return prepared.slices[run.name]


def ingredients_of(study: Study) -> Ingredients:
    """Return what the estimates depend on: raw files, declarations, dictionary, code, packages."""
    dictionaries = [folder_digest(folder) for folder in dictionary_folders(study)]
    return {
        "raw": folder_digest(study.raw) if study.raw.is_dir() else "",
        "analysis": folder_digest(study.analysis, (".yml", ".yaml")),
        "dictionary": dictionaries,
        "package": package_digest(*ESTIMATING),
        "environment": environment_digest(),
    }


def _estimate(
    study: Study, codebook: Codebook, book: AgreementBook, folder: Path, progress: Progress
) -> None:
    # Imported here: a run with nothing to do must not wait for statistics to load.
    from evaluatie.evaluation import estimate_study
    from evaluatie.intake import read_study, require_clean

    data = read_study(study, codebook, progress)
    require_clean(data)
    results = estimate_study(study, codebook, book, data, progress)
    results.estimates.to_parquet(folder / ESTIMATES, index=False)
    results.verdicts.to_parquet(folder / VERDICTS, index=False)
    meta = {
        "synthetic": data.synthetic,
        "unavailable": dict(data.unavailable),
        "sources": [asdict(source) for source in data.sources],
    }
    _write_meta(folder, meta)


def _publish(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    estimated: Path,
    folder: Path,
    progress: Progress,
) -> None:
    from evaluatie.disclosure import audit_publishable, load_rules, plan_release, publishable
    from evaluatie.evaluation.facts import fact
    from evaluatie.reports.scope import rows_of_run

    rules = load_rules(study)
    quoted = estimates_frame([fact("threshold", rules.threshold.value, "persons")])
    estimates = pd.concat([pd.read_parquet(estimated / ESTIMATES), quoted], ignore_index=True)
    shown = {
        run.name: estimates.loc[rows_of_run(estimates, study, codebook, book, run), "id"].tolist()
        for run in book.run_matrix()
    }
    plan = plan_release(
        estimates, study, codebook, rules, shown, progress=progress
    )  # fmt: skip
    frame = publishable(estimates, plan)
    _require_safe(audit_publishable(frame, study, codebook, rules, truth=estimates))
    frame.to_parquet(folder / ESTIMATES, index=False)
    verdicts = pd.read_parquet(estimated / VERDICTS)
    shown_verdicts(verdicts, frame).to_parquet(folder / VERDICTS, index=False)
    _write_meta(folder, _read_meta(estimated) | {"plan": plan.digest})


def _require_safe(findings: pd.DataFrame) -> None:
    """Refuse to publish what the auditor, who does not know the plan, can work back."""
    if len(findings):
        raise DisclosureError(
            f"the audit found {len(findings)} numbers that follow from what is shown",
            where="disclosure plan",
            remedy="this is a fault of the plan; nothing was published. Report it.",
        )


def read_published(folder: Path) -> Published:
    """Read the results after disclosure control."""
    meta = _read_meta(folder)
    return Published(
        estimates=pd.read_parquet(folder / ESTIMATES),
        verdicts=pd.read_parquet(folder / VERDICTS),
        synthetic=bool(meta["synthetic"]),
        unavailable=meta["unavailable"],
        sources=tuple(meta["sources"]),
        plan=meta["plan"],
    )


def _write_meta(folder: Path, meta: Mapping[str, Any]) -> None:
    text = json.dumps(meta, ensure_ascii=False, indent=1, sort_keys=True)
    (folder / META).write_text(text + "\n", encoding="utf-8")


def _read_meta(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / META).read_text(encoding="utf-8"))
    return content
