"""What a report notebook opens: the publishable results of its own scope, in its own words.

A notebook selects, orders, captions and explains. In a batch the environment variable
``EVALUATIE_SLICE`` names the folder with its slice; opened by hand in JupyterLab the same slice is
prepared first. There is no way from here to microdata or to the results of another reader.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from evaluatie.agreement.model import Question, ReportRun
from evaluatie.domain import Progress, QuestionType, Status
from evaluatie.errors import AgreementError, RunError
from evaluatie.present import prose, verdicts
from evaluatie.present.fragments import (
    FigureView,
    Nothing,
    TableView,
    Text,
    heading,
    paragraphs,
)
from evaluatie.present.labels import Labels
from evaluatie.present.phrase import Phrase, join
from evaluatie.present.rows import select, shown
from evaluatie.reports.makers import Maker, View
from evaluatie.reports.monitor_parts import WHOLE_PERIOD
from evaluatie.reports.parts import FIGURES, PARTS, SURVEYED, TABLES
from evaluatie.reports.slice import ReportSlice, read_slice
from evaluatie.results import Table
from evaluatie.study import open_study

SLICE_VARIABLE = "EVALUATIE_SLICE"
SPOKES = 3  # scales that a spider needs


@dataclass(frozen=True)
class ReportContext:
    """One run: its rows, verdicts and texts, and the fragments that can be made of them.

    Attributes
    ----------
    slice : ReportSlice
        What this run may see.
    labels : Labels
        Names in the language of the run.
    """

    slice: ReportSlice
    labels: Labels

    @property
    def title(self) -> str:
        """Title of the report; the front matter prints it."""
        return self.slice.title

    @property
    def rows(self) -> pd.DataFrame:
        """Publishable rows of this run."""
        return self.slice.estimates

    @property
    def wave(self) -> str:
        """Wave the report is about."""
        return self.slice.run.wave

    @cached_property
    def kinds(self) -> frozenset[str]:
        """How the indicators of the agreed questions are measured."""
        return frozenset(self.labels.kinds.get(q.indicator, "scale") for q in self.slice.questions)

    @cached_property
    def descriptive(self) -> tuple[str, ...]:
        """Agreed questions that get no verdict by agreement."""
        return tuple(q.id for q in self.slice.questions if q.type is QuestionType.DESCRIPTIVE)

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Groups of scales that a question is about, or of which enough is shown for a spider."""
        known = set(self.labels.groups.values())
        asked = [q.indicator for q in self.slice.questions if q.indicator in known]
        seen = shown(select(self.rows, Table.SCORE, wave=self.wave))["indicator"].unique()
        found = [group for name, group in self.labels.groups.items() if name in seen]
        enough = [group for group in found if found.count(group) >= SPOKES]
        return tuple(dict.fromkeys((*asked, *enough)))

    def stamp(self) -> Text | Nothing:
        """Return the warning that the data are synthetic, where they are."""
        return _text(prose.stamp(self.labels, self.slice.synthetic))

    def section(self, key: str, level: int = 1) -> Text | Nothing:
        """Return the heading of a part; nothing where the part was not agreed with this reader."""
        if not self._agreed(key):
            return Nothing()
        return Text(heading(self._said(f"section.{key}").capitalised(), level))

    def text(self, key: str) -> Text | Nothing:
        """Return a paragraph of the catalogue; nothing where its part was not agreed."""
        if not self._agreed(key):
            return Nothing()
        said = [self._said(f"text.{key}")]
        if key == "costs" and self._runoff() > 0:
            said.append(self._said("text.costs_runoff"))
        if key == "limits":
            parts = (part for part in ("insured", "long_term") if self._agreed(part))
            said += [self._said(f"text.limits_{part}") for part in parts]
        return Text(join(said))

    def _said(self, key: str) -> Phrase:
        group = self.labels.name("indicator", self.groups[0]) if self.groups else Phrase()
        return prose.say(
            key,
            self.rows,
            self.labels,
            organisation=prose.organisation(self.slice.agreement, self.labels),
            wave=self.labels.name("wave", self.wave),
            group=group,
        )

    def _runoff(self) -> float:
        found = select(self.rows, Table.FACT, category="runoff_quarters")
        return 0.0 if found.empty else float(found["estimate"].iloc[0])

    def answers(self, level: int = 2) -> Text:
        """Return every agreed question with its answer and what the answer rests on."""
        said = verdicts.answers(
            self.slice.questions, self.rows, self.slice.verdicts, self.labels, self.wave,
            dict(self.slice.roles),
        )  # fmt: skip
        return Text(paragraphs(answer.markdown(level) for answer in said))

    def answer(self, question: str, level: int = 2) -> Text:
        """Return one agreed question with its answer.

        Raises
        ------
        AgreementError
            The question was not agreed with this audience, or belongs to another report.
        """
        asked = self._question(question)
        said = verdicts.answer(
            asked, self.rows, self.slice.verdicts, self.labels, self.wave,
            self.slice.roles.get(question, ""),
        )  # fmt: skip
        return Text(said.markdown(level))

    def table(self, name: str, indicator: str | None = None) -> View:
        """Return a table; nothing where its part was not agreed, a reason where it has no rows.

        Parameters
        ----------
        name : str
            A key of `TABLES`.
        indicator : str, optional
            Only the rows of this indicator; it must be one of this report.
        """
        return self._view(TABLES, name, indicator)

    def figure(self, name: str, indicator: str | None = None) -> View:
        """Return a figure; see `table`. ``name`` is a key of `FIGURES`."""
        return self._view(FIGURES, name, indicator)

    def _view(self, made: Mapping[str, Maker], name: str, indicator: str | None) -> View:
        kind = "fig" if made is FIGURES else "tbl"
        if name not in made:
            raise RunError(f"there is no '{name}' to show", allowed=", ".join(sorted(made)))
        part, maker = made[name]
        if not self._agreed(part):
            return Nothing()
        view = maker(self if indicator is None else self._only(indicator))
        if isinstance(view, (TableView, FigureView)):
            ending = name if indicator is None else f"{name}-{indicator}"
            return replace(view, label=f"{kind}-{ending}".replace("_", "-"))
        return self._explained(view, part, "figure" if kind == "fig" else "table")

    def _explained(self, view: View, part: str, kind: str) -> View:
        """Return why a part has no rows at all, where that is because a feed is not there."""
        no_rows = self.labels.say("unavailable.no_rows")
        if view != Text(self.labels.say(f"unavailable.{kind}", reason=no_rows)):
            return view
        if part in WHOLE_PERIOD and self.wave != self.labels.order("wave")[-1]:
            return Text(
                self.labels.say(
                    f"unavailable.{kind}", reason=self.labels.say("unavailable.whole_period")
                )
            )
        gone = select(self.rows, status=str(Status.UNAVAILABLE))
        if part in SURVEYED:
            scale = gone["indicator"].map(lambda name: self.labels.kinds.get(name, "scale"))
            gone = gone[scale == "scale"]
        if gone.empty:
            return view
        reason = self.labels.reason(gone.iloc[0].to_dict())
        return Text(self.labels.say(f"unavailable.{kind}", reason=reason))

    def _only(self, indicator: str) -> ReportContext:
        mine = {q.indicator for q in self.slice.questions} | set(self.rows["indicator"]) - {""}
        if indicator not in mine:
            raise AgreementError(
                f"indicator '{indicator}' is not part of this report",
                where=self.slice.run.name,
                allowed=", ".join(sorted(mine)),
                remedy="agree a question about it (analysis/agreements) or leave it out.",
            )
        kept = self.rows[self.rows["indicator"].isin([indicator, ""])]
        return replace(self, slice=replace(self.slice, estimates=kept))

    def _question(self, ident: str) -> Question:
        for question in self.slice.questions:
            if question.id == ident:
                return question
        raise AgreementError(
            f"question '{ident}' is not part of this report",
            where=self.slice.run.name,
            allowed=", ".join(q.id for q in self.slice.questions),
            remedy="a report contains the agreed questions of its audience and wave, no others.",
        )

    def not_evaluated(self) -> Text:
        """Return what was not evaluated and why."""
        said = prose.not_evaluated(self.slice.agreement, self.slice.unavailable, self.labels)
        return Text(said)

    def events(self) -> Text:
        """Return what happened at the same time."""
        return Text(prose.events(self.slice.events, self.rows, self.labels, self.wave))

    def method(self) -> Text:
        """Return how this was evaluated, in plain words."""
        found = self.slice
        return Text(prose.method(found.agreement, found.questions, self.rows, self.labels))

    def changes(self) -> Text:
        """Return amendments of the agreement and departures from the plan."""
        found = self.slice
        return Text(prose.changes(found.agreement, found.deviations, self.rows, self.labels))

    def disclosure_note(self) -> Text:
        """Return how personal data are protected."""
        return Text(prose.disclosure_note(self.rows, self.labels))

    def provenance(self) -> Text:
        """Return where the figures come from."""
        found = self.slice
        return Text(prose.provenance(found.provenance, found.plan, self.rows, self.labels))

    def _agreed(self, part: str) -> bool:
        condition = PARTS.get(part)
        return condition is None or condition(self)


def _text(phrase: Phrase) -> Text | Nothing:
    return Text(phrase) if phrase else Nothing()


def open_report(
    report: str,
    audience: str,
    wave: str,
    area: str = "",
    language: str = "nl",
    study: Path | None = None,
    provider: str = "",
) -> ReportContext:
    """Open the slice of one run.

    Parameters
    ----------
    report, audience, wave, area, language, provider : str
        Parameters of the run; they must be those of the slice.
    study : Path, optional
        Study folder, when opened by hand; by default the nearest one above the working folder.

    Raises
    ------
    AgreementError
        The slice is of another run: a notebook sees its own scope only.
    RunError
        The slice holds no labels in its language.
    """
    asked = ReportRun.model_validate(
        {
            "report": report,
            "audience": audience,
            "wave": wave,
            "area": area,
            "language": language,
            "provider": provider,
        }
    )
    given = os.environ.get(SLICE_VARIABLE)
    folder = Path(given) if given else _prepared(asked, study)
    return context_of(read_slice(folder), asked)


def context_of(report_slice: ReportSlice, asked: ReportRun) -> ReportContext:
    """Return the context of a slice after checking that it is the one that was asked for."""
    if report_slice.run != asked:
        raise AgreementError(
            f"this slice is of run '{report_slice.run.name}', asked was '{asked.name}'",
            remedy="give the notebook the parameters of its own run; a report shows its own "
            "audience, wave, area and provider only.",
        )
    labels = report_slice.texts.get("labels")
    if not labels or labels.get("language") != asked.language:
        raise RunError(
            f"the slice holds no labels in language '{asked.language}'",
            where=report_slice.run.name,
            remedy="prepare the slice again with 'evaluatie run'.",
        )
    return ReportContext(report_slice, Labels.from_dict(labels))


def _prepared(asked: ReportRun, study: Path | None) -> Path:
    from evaluatie.reports.prepare import prepare_slice

    progress: Progress = _say
    folder: Path = prepare_slice(open_study(study), asked, progress)
    return folder


def _say(what: str, done: int, total: int) -> None:
    print(f"\r{what}: {done}/{total}", end="" if done < total else "\n", flush=True)
