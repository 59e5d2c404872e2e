"""Three levels, each made once: estimates of the study, one disclosure plan, a slice per run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluatie import register
from evaluatie.agreement import AgreementBook, ReportRun, check_run, load_agreements
from evaluatie.dictionary import Codebook, dictionary_folders, load_codebook
from evaluatie.domain import Progress, no_progress
from evaluatie.reports.slices import Published, shown_verdicts, write_slices
from evaluatie.store import Store, environment_digest, folder_digest, package_digest
from evaluatie.study import Study

CACHE = ".cache"
ESTIMATES, VERDICTS, META = "estimates.parquet", "verdicts.parquet", "meta.json"
PLAN = "plan.json"
ESTIMATING = (
    "agreement", "costs", "declarations.py", "dictionary", "domain.py", "evaluation", "intake",
    "methods", "results.py", "study.py", "survey",
)  # fmt: skip
NOT_ESTIMATED = ("release.yml",)  # who may release says nothing about the numbers
Ingredients = dict[str, Any]


@dataclass(frozen=True)
class Prepared:
    """A study of which everything but the reports themselves is made.

    ``estimated`` is the folder with the results before disclosure control, which no reader sees,
    ``published`` that with the results after it, ``slices`` run name ->
    folder of its slice, ``synthetic`` whether every raw file comes from the generator.
    """

    study: Study
    codebook: Codebook
    book: AgreementBook
    estimated: Path
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
    planned = inputs | {
        "disclosure": package_digest("disclosure", "reports"),
        "register": register.digest(study.releases),
    }

    def publish(folder: Path) -> None:
        _publish(study, codebook, book, estimated, folder, progress)

    published = store.product("published", planned, publish, progress)
    sliced = planned | {"present": package_digest("present", "reports")}

    def cut(folder: Path) -> None:
        for audience in dict.fromkeys(run.audience for run in book.run_matrix()):
            seen = read_published(published, audience)
            write_slices(study, codebook, book, seen, folder, audience)

    home = store.product("slices", sliced, cut, progress)
    slices = {run.name: home / run.name for run in book.run_matrix()}
    synthetic = bool(_read_meta(published)["synthetic"])
    return Prepared(study, codebook, book, estimated, published, slices, synthetic)


def read_private(prepared: Prepared) -> pd.DataFrame:
    """Return the table of estimates before disclosure control; for the auditor alone."""
    return pd.read_parquet(prepared.estimated / ESTIMATES)


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
        "analysis": folder_digest(study.analysis, (".yml", ".yaml"), NOT_ESTIMATED),
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
    # Imported here for the same reason.
    from evaluatie.disclosure import write_plan
    from evaluatie.reports.planned import plan_study, publish_frames

    estimates, meta = pd.read_parquet(estimated / ESTIMATES), _read_meta(estimated)
    planned = plan_study(study, codebook, book, estimates, bool(meta["synthetic"]), progress)
    verdicts = pd.read_parquet(estimated / VERDICTS)
    for audience, frame in publish_frames(planned, study, codebook).items():
        place = folder / audience
        place.mkdir(exist_ok=True)
        frame.to_parquet(place / ESTIMATES, index=False)
        shown_verdicts(verdicts, frame).to_parquet(place / VERDICTS, index=False)
    write_plan(planned.plan, folder / PLAN)
    stricter = {"stricter": list(planned.plan.audiences)}
    _write_meta(folder, meta | {"plan": planned.plan.digest} | stricter)


def read_published(folder: Path, audience: str = "") -> Published:
    """Read the results after disclosure control: for everybody, or for one audience.

    An audience without rules of its own may see what everybody may.
    """
    meta = _read_meta(folder)
    place = folder / audience if audience in meta["stricter"] else folder
    return Published(
        estimates=pd.read_parquet(place / ESTIMATES),
        verdicts=pd.read_parquet(place / VERDICTS),
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
