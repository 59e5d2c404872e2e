"""Read and validate every feed of a study: the front door of the package."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace

import pandas as pd

from evaluatie.dictionary import Codebook
from evaluatie.dictionary.model import Feed
from evaluatie.domain import Progress, no_progress
from evaluatie.errors import FeedError
from evaluatie.intake.data import ANSWER_COLUMNS, RawFrames, Source, StudyData
from evaluatie.intake.files import RawFile, raw_path, read_raw
from evaluatie.intake.headers import Place, missing_columns
from evaluatie.intake.issues import IssueLog
from evaluatie.intake.references import check_references
from evaluatie.intake.survey import AnswerCounts, validate_wave
from evaluatie.intake.validate import Context, validate_feed
from evaluatie.intake.wide import melt_categories
from evaluatie.study import Study

MANIFEST = "SYNTHETIC.json"  # what the generator wrote, with digests


@dataclass(frozen=True)
class RawPart:
    """One file a feed consists of; ``wave`` is empty and ``year`` 0 where it holds all."""

    feed: Feed
    path: str
    wave: str = ""
    year: int = 0


def read_study(study: Study, codebook: Codebook, progress: Progress = no_progress) -> StudyData:
    """Read every feed of the study from its raw folder and validate all of them.

    Parameters
    ----------
    study : Study
        Which feeds, waves and areas there are; files are below ``study.raw``.
    codebook : Codebook
        What the feeds look like.
    progress : Progress
        Called once per file.

    Returns
    -------
    StudyData
        All that could be used, and every problem. Nothing has stopped: see `require_clean`.

    Raises
    ------
    FeedError
        A path leads out of the raw folder.
    """
    log, parts = IssueLog(), list(raw_parts(study, codebook))
    files: list[tuple[RawPart, RawFile | None]] = []
    for done, part in enumerate(parts):
        progress("Reading feeds", done, len(parts))
        files.append((part, read_raw(study, codebook, part.feed, part.path, log)))
    progress("Reading feeds", len(parts), len(parts))
    sources = tuple(file.source for _, file in files if file is not None)
    raw = replace(_gather(files, log), synthetic=_all_synthetic(study, sources))
    data = _validate(study, codebook, raw, log)
    return replace(data, sources=sources, unavailable=_unavailable(files, log))


def validate_frames(study: Study, codebook: Codebook, raw: RawFrames) -> StudyData:
    """Apply the same rules to frames in memory; see `read_study`.

    A feed of the study that is not among the frames is unavailable.
    """
    data = _validate(study, codebook, raw, IssueLog())
    present = {*data.feeds, *(f"{kind}:{w}" for kind, w in _waves_present(codebook, data))}
    unavailable: dict[str, str] = {}
    for part in raw_parts(study, codebook):
        name = f"{part.feed.id}:{part.wave}" if part.wave else part.feed.id
        if name not in present:
            unavailable[name] = f"{part.path}: not among the frames"
    return replace(data, unavailable=_whole_feeds(unavailable, codebook, study))


def raw_parts(study: Study, codebook: Codebook) -> Iterator[RawPart]:
    """Yield the files of every feed of the study, in the order of the study."""
    for feed_id in study.feeds:
        feed = codebook.feed(feed_id)
        if feed.questionnaire:
            for wave in study.waves:
                path = feed.path_by_wave.get(wave.id, feed.path).replace("{wave}", wave.id)
                yield RawPart(feed, path, wave.id)
        elif "{year}" in feed.path:
            first, last = study.cost_years
            for year in range(first, last + 1):
                yield RawPart(feed, feed.path.replace("{year}", str(year)), year=year)
        else:
            yield RawPart(feed, feed.path)


def _gather(files: list[tuple[RawPart, RawFile | None]], log: IssueLog) -> RawFrames:
    """Put what was read together: questionnaires by wave, files by year below one another."""
    waves: dict[str, dict[str, pd.DataFrame]] = {"residents": {}, "professionals": {}}
    pieces: dict[str, list[pd.DataFrame]] = {}
    for part, file in files:
        if file is None:
            continue
        if part.feed.questionnaire:
            waves[part.feed.questionnaire][part.wave] = file.frame
        else:
            if part.year:  # afterwards one file that lacks a column hides behind the others
                _whole(part, file, log)
            frame = melt_categories(file.frame, part.feed, part.path, log)
            for column in part.feed.columns:
                if column.from_path:
                    frame[column.name] = str(part.year)
            pieces.setdefault(part.feed.id, []).append(frame)
    feeds = {feed: pd.concat(parts, ignore_index=True) for feed, parts in pieces.items()}
    return RawFrames(waves["residents"], waves["professionals"], feeds)


def _whole(part: RawPart, file: RawFile, log: IssueLog) -> None:
    """Report the columns that one of the files of a feed lacks."""
    feed = part.feed
    needed = [c for c in feed.columns if not c.from_path and c not in feed.wide_columns]
    present = [str(name) for name in file.frame.columns]
    missing_columns(needed, present, Place(feed.id, part.path), log)


def _validate(study: Study, codebook: Codebook, raw: RawFrames, log: IssueLog) -> StudyData:
    answers: list[AnswerCounts] = []
    waves: dict[str, dict[str, pd.DataFrame]] = {}
    for population, frames in (("residents", raw.survey), ("professionals", raw.professionals)):
        waves[population] = {}
        for context in _wave_contexts(study, codebook, population, frames, log):
            table, counts = validate_wave(frames[context.wave], context)
            waves[population][context.wave] = table.frame
            answers += counts
    contexts = {
        feed: Context(study, codebook, codebook.feed(feed), codebook.feed(feed).path, "", log)
        for feed in study.feeds
        if feed in raw.feeds
    }
    tables = {feed: validate_feed(raw.feeds[feed], context) for feed, context in contexts.items()}
    referring = check_references(tables, contexts)
    return StudyData(
        survey=waves["residents"],
        professionals=waves["professionals"],
        feeds=referring.frames,
        left_out=referring.left_out,
        issues=log.frame(),
        unavailable={},
        sources=(),
        synthetic=raw.synthetic,
        answers=pd.DataFrame([asdict(a) for a in answers], columns=list(ANSWER_COLUMNS)),
    )


def _wave_contexts(
    study: Study,
    codebook: Codebook,
    population: str,
    frames: Mapping[str, pd.DataFrame],
    log: IssueLog,
) -> Iterator[Context]:
    for part in raw_parts(study, codebook):
        if part.feed.questionnaire == population and part.wave in frames:
            yield Context(study, codebook, part.feed, part.path, part.wave, log)


def _unavailable(files: list[tuple[RawPart, RawFile | None]], log: IssueLog) -> dict[str, str]:
    """Return feed id (of a questionnaire ``feed:wave`` unless all waves lack) -> reason."""
    reasons: dict[str, str] = {}
    for feed_id in dict.fromkeys(part.feed.id for part, _ in files):
        own = [(part, file) for part, file in files if part.feed.id == feed_id]
        absent = {
            f"{feed_id}:{part.wave}" if part.wave else part.path: _reason(part, log)
            for part, file in own
            if file is None
        }
        if len(absent) == len(own):
            absent = {feed_id: "; ".join(absent.values())}
        reasons |= absent
    return reasons


def _reason(part: RawPart, log: IssueLog) -> str:
    readable = "could not be read" if log.blocks(part.feed.id, part.path) else "is missing"
    return f"{part.path} {readable}"


def _waves_present(codebook: Codebook, data: StudyData) -> Iterator[tuple[str, str]]:
    for population, waves in (("residents", data.survey), ("professionals", data.professionals)):
        feed = next((f for f in codebook.feeds.values() if f.questionnaire == population), None)
        if feed is not None:
            yield from ((feed.id, wave) for wave in waves)


def _whole_feeds(
    unavailable: Mapping[str, str], codebook: Codebook, study: Study
) -> dict[str, str]:
    """Write a questionnaire without any wave as one feed."""
    whole = dict(unavailable)
    for feed in codebook.feeds.values():
        names = [f"{feed.id}:{wave.id}" for wave in study.waves]
        if feed.questionnaire and all(name in whole for name in names):
            reasons = [whole.pop(name) for name in names]
            whole[feed.id] = reasons[0]
    return whole


def _all_synthetic(study: Study, sources: tuple[Source, ...]) -> bool:
    """Return whether every file that was read is, to the byte, one that the generator wrote."""
    path = raw_path(study, MANIFEST)
    if not path.is_file() or not sources:
        return False
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digests = dict(content.get("files", content))
    except (ValueError, AttributeError, TypeError):
        raise FeedError(
            "this is not the list of files that the generator wrote",
            where=f"data/raw/{MANIFEST}",
            remedy="remove it when the data are real; else generate the study again.",
        ) from None
    return all(digests.get(source.path) == source.sha256 for source in sources)
