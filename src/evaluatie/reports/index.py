"""`build/index.html`: which reports there are, for whom, in which forms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from evaluatie.agreement.model import ReportRun
from evaluatie.domain import Sensitivity
from evaluatie.errors import DeclarationError
from evaluatie.present.wording import message
from evaluatie.reports.defaults import asset
from evaluatie.reports.job import RUN_FILE
from evaluatie.reports.slice import FORMATS, read_texts
from evaluatie.study import Study

INDEX_FILE = "index.html"
WORDS = {
    "nl": {
        "contents": "Rapporten", "data": "Gegevens achter de rapporten",
        "estimates": "Schattingen na onthullingscontrole (CSV)", "verdicts": "Oordelen (CSV)",
        "numbers": "cijfers", "notebook": "notebook", "failed": "mislukt; zie",
        "stale": "niet bijgewerkt", "none": "Er zijn nog geen rapporten gemaakt.",
        "skip": "Naar de inhoud", "label": "Aard van de gegevens", "report": "Rapport",
        "wave": "Meting", "area": "Gebied", "forms": "Vormen", "whole": "hele gebied",
        "made_with": "Opmaak", "reach": "Verspreiding",
    },
    "en": {
        "contents": "Reports", "data": "Data behind the reports",
        "estimates": "Estimates after disclosure control (CSV)", "verdicts": "Verdicts (CSV)",
        "numbers": "numbers", "notebook": "notebook", "failed": "failed; see",
        "stale": "not updated", "none": "No reports have been made yet.",
        "skip": "Skip to content", "label": "Nature of the data", "report": "Report",
        "wave": "Wave", "area": "Area", "forms": "Forms", "whole": "whole area",
        "made_with": "Made with", "reach": "Distribution",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Link:
    """A file beside the index."""

    name: str
    href: str


@dataclass(frozen=True)
class Entry:
    """One report on the index."""

    run: ReportRun
    title: str
    audience: str
    wave: str
    area: str
    links: tuple[Link, ...]
    failed: str = ""  # relative path of the notebook of a failed run
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    marking: str = ""  # the same in words, in the language of the report


def entries_of(
    study: Study,
    runs: Sequence[ReportRun],
    slices: Mapping[str, Path],
    language: str | None = None,
) -> tuple[Entry, ...]:
    """Return one entry per run that was made or failed, in order of audience and wave."""
    words = language or study.language
    entries = [_entry(study, run, slices[run.name], words) for run in runs]
    waves = [wave.id for wave in study.waves]
    found = [entry for entry in entries if entry.links or entry.failed]
    return tuple(
        sorted(found, key=lambda e: (e.audience, -waves.index(e.run.wave), e.title, e.run.name))
    )


def _entry(study: Study, run: ReportRun, slice_folder: Path, language: str) -> Entry:
    texts = read_texts(slice_folder)
    agreement = texts.agreement
    failed = study.build / "failed" / run.name / f"{run.name}.ipynb"
    return Entry(
        run=run,
        title=texts.title,
        audience=agreement.organisation[language] if agreement else run.audience,
        wave=study.wave(run.wave).label[language],
        area=run.provider or _area_name(study, run.area, language),
        links=_links(study.build, run.name),
        failed=failed.relative_to(study.build).as_posix() if failed.is_file() else "",
        sensitivity=texts.sensitivity,
        marking=texts.marking,
    )


def _area_name(study: Study, area: str, language: str) -> str:
    if not area:
        return WORDS[language]["whole"]
    try:
        return study.area(area).name
    except DeclarationError:
        return area  # a side of the comparison


def _links(build: Path, name: str) -> tuple[Link, ...]:
    folder = build / "reports" / name
    if not (folder / RUN_FILE).is_file():
        return ()
    record = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    forms = [form for form in FORMATS if form in record["formats"]]
    return tuple(Link(form.upper(), f"reports/{name}/{name}.{form}") for form in forms)


def write_index(
    build: Path,
    entries: Sequence[Entry],
    *,
    title: str,
    label: str = "",
    renderer: str = "",
    language: str = "nl",
) -> Path:
    """Write ``build/index.html`` and return its path; the same entries give the same bytes.

    The page names restricted reports with their reader: it is then itself for the makers alone.

    Parameters
    ----------
    build : Path
        Build folder; ``estimates.csv`` and ``verdicts.csv`` are linked when they are there.
    entries : sequence of Entry
        From `entries_of`.
    title, label, renderer : str
        Name of the study, running label, and the line of the renderer.
    language : {"nl", "en"}
        Language of the page.
    """
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True,
                              lstrip_blocks=True)  # fmt: skip
    template = environment.from_string(asset("index.html.j2").read_text(encoding="utf-8"))
    words = WORDS[language]
    public = all(entry.sensitivity is Sensitivity.PUBLIC for entry in entries)
    names = ("estimates", "verdicts")
    text = template.render(
        title=title,
        label=label,
        renderer=renderer.removeprefix("Renderer: "),
        language=language,
        words=words,
        sensitivity=str(Sensitivity.PUBLIC if public else Sensitivity.RESTRICTED),
        marking=message(f"sensitivity.{'public' if public else 'makers'}", language).text,
        css=asset("report.css").read_text(encoding="utf-8"),
        groups=[(name, list(group)) for name, group in groupby(entries, lambda e: e.audience)],
        data=[Link(words[n], f"{n}.csv") for n in names if (build / f"{n}.csv").is_file()],
    )
    path = build / INDEX_FILE
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path
    build.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{INDEX_FILE}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)
    return path
