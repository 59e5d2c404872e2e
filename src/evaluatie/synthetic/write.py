"""Write a synthetic study as the raw files of a study folder; never over files of others."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Feed
from evaluatie.domain import Progress, no_progress
from evaluatie.errors import UserError
from evaluatie.intake import MANIFEST, raw_parts
from evaluatie.store import made
from evaluatie.study import Study
from evaluatie.synthetic.draw import SyntheticStudy
from evaluatie.synthetic.files import csv_bytes, sav_bytes

PRIVATE = 0o600  # files with records of persons or households
PUBLIC = 0o644
FALLBACK_ENCODING = "latin-1"
TRUTH_FILES = ("truth", "defects")


def write_study(
    synthetic: SyntheticStudy,
    study: Study,
    codebook: Codebook,
    progress: Progress = no_progress,
) -> tuple[Path, ...]:
    """Write the raw feeds below `data/raw` and the truth below `data/truth`.

    Everything is built in a temporary folder and moved into place; the same synthetic study gives
    the same bytes. Nothing is written outside `data`.

    Returns
    -------
    tuple of Path
        The files written, below the study folder.

    Raises
    ------
    UserError
        `data/raw` holds files that this function did not write, or that were changed since.
    """
    data = study.raw.parent
    refuse_foreign(study)
    made(data)
    with tempfile.TemporaryDirectory(dir=data, prefix=".synthetic-") as name:
        built = Path(name)
        _build_raw(synthetic, study, codebook, built / study.raw.name, progress)
        _build_truth(synthetic, built / truth_folder(study).name)
        for folder in (path for path in built.rglob("*") if path.is_dir()):
            folder.chmod(0o700)  # nobody else comes near: the temporary folder is closed as well
        refuse_foreign(study)  # nothing arrived in the meantime
        for folder in (study.raw, truth_folder(study)):
            _replace(built / folder.name, folder, built / f"old-{folder.name}")
    folders = (study.raw, truth_folder(study))
    return tuple(sorted(path for folder in folders for path in folder.rglob("*") if path.is_file()))


def truth_folder(study: Study) -> Path:
    """Return the folder with the truth, beside the raw feeds: intake cannot read it."""
    return study.raw.parent / "truth"


def refuse_foreign(study: Study) -> None:
    """Refuse a raw folder with anything in it that the generator did not write.

    Raises
    ------
    UserError
        Files without a manifest, files that the manifest does not name, changed files, other files
        in the folder with the truth, or a folder that is a link.
    """
    _refuse_links(study)
    other = {p.name for p in _files(truth_folder(study))} - {f"{name}.csv" for name in TRUTH_FILES}
    if other:
        raise UserError(
            f"{len(other)} files in it were not written by the generator, first: {min(other)}",
            where="data/truth",
            remedy="move them elsewhere; this folder is replaced as a whole.",
        )
    present = {p.relative_to(study.raw).as_posix() for p in _files(study.raw)}
    if not present:
        return
    try:
        content = json.loads((study.raw / MANIFEST).read_text(encoding="utf-8"))
        written = dict(content["files"])
    except (OSError, ValueError, KeyError, TypeError):
        written = {}
    foreign = sorted(present - set(written) - {MANIFEST})
    changed = [
        path
        for path in sorted(present & set(written))
        if _digest(study.raw / path) != written[path]
    ]
    if foreign or changed or not written:
        named = ", ".join([*foreign, *changed][:5]) or MANIFEST
        raise UserError(
            f"{len(foreign) + len(changed)} files in it were not written by the generator or were "
            f"changed since, first: {named}",
            where="data/raw",
            allowed="an empty folder, or only files of an earlier synthetic study",
            remedy="move these files elsewhere, or generate in another study folder.",
        )


def _refuse_links(study: Study) -> None:
    for folder in (study.raw.parent, study.raw, truth_folder(study)):
        if folder.is_symlink() or not folder.resolve().is_relative_to(study.root.resolve()):
            raise UserError(
                "this folder leads out of the study folder",
                where=str(folder.relative_to(study.root)),
                remedy="replace the link by a folder.",
            )


def _files(folder: Path) -> Iterator[Path]:
    return (p for p in folder.rglob("*") if not p.is_dir() or p.is_symlink())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _build_raw(
    synthetic: SyntheticStudy,
    study: Study,
    codebook: Codebook,
    folder: Path,
    progress: Progress,
) -> None:
    digests = {}
    parts = list(raw_parts(study, codebook))
    for done, part in enumerate(parts):
        progress("Writing", done, len(parts))
        frame = _frame(synthetic, part.feed, part.wave, part.year)
        if frame is None:
            continue
        content = _content(synthetic, study, codebook, part.feed, part.wave, part.path, frame)
        _write(folder / part.path, content, PRIVATE if part.feed.about_persons else PUBLIC)
        digests[part.path] = hashlib.sha256(content).hexdigest()
    progress("Writing", len(parts), len(parts))
    manifest = {"seed": synthetic.seed, "scenario": synthetic.scenario, "files": digests}
    _write(folder / MANIFEST, (json.dumps(manifest, indent=1) + "\n").encode(), PUBLIC)


def _frame(synthetic: SyntheticStudy, feed: Feed, wave: str, year: int = 0) -> pd.DataFrame | None:
    raw = synthetic.raw
    if feed.questionnaire:
        waves = raw.survey if feed.questionnaire == "residents" else raw.professionals
        return waves.get(wave)
    frame = raw.feeds.get(feed.id)
    if frame is None or not any(column.from_path for column in feed.columns):
        return frame
    return frame[frame["year"] == year].reset_index(drop=True)


def _content(
    synthetic: SyntheticStudy,
    study: Study,
    codebook: Codebook,
    feed: Feed,
    wave: str,
    path: str,
    frame: pd.DataFrame,
) -> bytes:
    if Path(path).suffix == ".sav":
        return sav_bytes(study, codebook, feed, frame, wave)
    defects = synthetic.defects
    other = (defects["file"] == path) & (defects["rule"] == "wrong_encoding")
    encoding = FALLBACK_ENCODING if other.any() else feed.encoding
    return csv_bytes(codebook, feed, frame, encoding)


def _build_truth(synthetic: SyntheticStudy, folder: Path) -> None:
    for name in TRUTH_FILES:
        table: pd.DataFrame = getattr(synthetic, name)
        text = table.to_csv(index=False, lineterminator="\n", float_format="%.10g")
        _write(folder / f"{name}.csv", text.encode("utf-8"), PRIVATE)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    path.chmod(mode)


def _replace(new: Path, place: Path, aside: Path) -> None:
    """Move a folder into place; what was there goes aside first and comes back on failure."""
    existed = place.exists()
    if existed:
        place.rename(aside)
    try:
        new.rename(place)
    except OSError:
        if existed:
            with contextlib.suppress(OSError):
                aside.rename(place)
        raise
    if existed:
        shutil.rmtree(aside)
