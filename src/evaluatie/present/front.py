"""The front matter of a report: title, subtitle, date, author, and the stamp on every page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evaluatie.domain import Sensitivity
from evaluatie.present import numbers as fmt
from evaluatie.present.labels import Labels
from evaluatie.present.phrase import NUMERAL, NumberRef, Phrase
from evaluatie.present.rows import first
from evaluatie.results import Table


@dataclass(frozen=True)
class FrontMatter:
    """What stands above a report, and the numbers in it (a date, at most)."""

    title: str
    subtitle: str
    date: str
    author: str
    label: str
    marking: str
    numbers: tuple[NumberRef, ...]

    @property
    def entries(self) -> tuple[tuple[str, str, str, str], ...]:
        """Numbers as the slice stores them: text, row, field, channel."""
        return tuple((n.text, n.row, n.field, n.channel) for n in self.numbers)


def front_matter(
    labels: Labels,
    rows: pd.DataFrame,
    *,
    report: Phrase | str,
    organisation: Phrase | str,
    wave: str,
    area: str = "",
    provider: str = "",
    synthetic: bool = False,
    sensitivity: Sensitivity = Sensitivity.PUBLIC,
) -> FrontMatter:
    """Return the front matter of one run.

    Parameters
    ----------
    rows : DataFrame
        Publishable rows of the run; the date is its constant ``report_date``.
    report, organisation : Phrase or str
        Label of the report and name of the reader.
    wave, area, provider : str
        Ids; ``area`` is empty for the whole study, ``provider`` where the report is for nobody
        alone.
    synthetic : bool
        Whether the pages must be stamped.
    sensitivity : Sensitivity
        Who may have the report; ``marking`` says it on every page.
    """
    title = labels.say("front.title", report=report, organisation=organisation)
    moment = labels.name("wave", wave)
    subtitle = labels.say("front.subtitle", wave=moment)
    if area:
        subtitle = labels.say("front.subtitle_area", area=labels.area(area), wave=moment)
    elif provider:
        named = labels.name("provider", provider)
        subtitle = labels.say("front.subtitle_provider", provider=named, wave=moment)
    row = first(rows, Table.FACT, category="report_date")
    date = Phrase() if row is None else fmt.date_of(row, language=labels.language)
    author = labels.say("front.author")
    stamp = labels.say("front.synthetic") if synthetic else Phrase()
    said = (title, subtitle, date, author, stamp)
    numbers = tuple(number for phrase in said for number in phrase.numbers)
    return FrontMatter(
        title.text, subtitle.text, date.text, author.text, stamp.text,
        marking=marking(labels, sensitivity, organisation, provider).text, numbers=numbers,
    )  # fmt: skip


def marking(
    labels: Labels, sensitivity: Sensitivity, organisation: Phrase | str, provider: str = ""
) -> Phrase:
    """Return who may have a report, in words; a restricted one names its reader.

    A name with a numeral in it is left to the title page: on every page it would be a number that
    no row accounts for.
    """
    if sensitivity is Sensitivity.PUBLIC:
        return labels.say("sensitivity.public")
    named = labels.name("provider", provider) if provider else organisation
    if NUMERAL.search(str(named)):
        return labels.say("sensitivity.restricted_titled")
    key = "restricted_provider" if provider else "restricted"
    return labels.say(f"sensitivity.{key}", reader=named)
