"""Accumulate the problems of all feeds, and write them down for people.

An issue names file, column, rule and count, and never a value of a person.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Literal

import jinja2
import pandas as pd

from evaluatie.domain import Sensitivity, Severity
from evaluatie.errors import FeedError
from evaluatie.intake.data import ISSUE_COLUMNS, StudyData
from evaluatie.intake.texts import RULES
from evaluatie.store import write_private

HALF = 0.5
MANY_ROWS = 20  # below this, a large share is bad luck rather than another coding


@dataclass(frozen=True)
class Issue:
    """One problem: a rule that some rows of one column of one file break."""

    feed: str
    file: str
    column: str
    rule: str
    count: int
    severity: Severity
    allowed: str
    remedy: str


class IssueLog:
    """The problems found so far; nothing stops until all feeds are read."""

    def __init__(self) -> None:
        self._issues: list[Issue] = []

    def add(
        self,
        rule: str,
        *,
        feed: str,
        file: str,
        column: str = "",
        count: int = 1,
        severity: Severity = Severity.TOLERATE,
        allowed: str = "",
    ) -> None:
        """Add a problem; a count of zero adds nothing."""
        if count:
            remedy = RULES[rule].remedy.en
            self._issues.append(
                Issue(feed, file, column, rule, int(count), severity, allowed, remedy)
            )

    def add_rows(
        self,
        rule: str,
        *,
        feed: str,
        file: str,
        column: str,
        count: int,
        rows: int,
        severity: Severity,
        allowed: str,
    ) -> None:
        """Add a problem of ``count`` out of ``rows`` rows.

        Where more than half of a file breaks one rule it is not a typing error but another coding
        or another file; setting it to missing would hide that, so it blocks.
        """
        if count >= MANY_ROWS and count > HALF * rows:
            severity = Severity.BLOCK
        self.add(
            rule,
            feed=feed,
            file=file,
            column=column,
            count=count,
            severity=severity,
            allowed=allowed,
        )

    def blocks(self, feed: str, file: str) -> bool:
        """Return whether a blocking problem of this file was found so far."""
        return any(
            i.feed == feed and i.file == file and i.severity == Severity.BLOCK for i in self._issues
        )

    def frame(self) -> pd.DataFrame:
        """Return one row per problem, blocking ones first, columns ``ISSUE_COLUMNS``."""
        return issues_frame(self._issues)


def issues_frame(issues: Iterable[Issue]) -> pd.DataFrame:
    """Return issues as a frame with columns ``ISSUE_COLUMNS``, blocking ones first."""
    ordered = sorted(issues, key=lambda issue: issue.severity != Severity.BLOCK)
    frame = pd.DataFrame([astuple(issue) for issue in ordered], columns=list(ISSUE_COLUMNS))
    frame["severity"] = frame["severity"].map(str).astype("object")
    return frame.astype({"count": "int64"})


def require_clean(data: StudyData) -> None:
    """Stop when a feed has a problem that blocks.

    Raises
    ------
    FeedError
        Every blocking problem: file, column, rule, count and what is allowed.
    """
    blocking = data.issues[data.issues["severity"] == str(Severity.BLOCK)]
    if blocking.empty:
        return
    count = "one problem blocks" if len(blocking) == 1 else f"{len(blocking)} problems block"
    lines = [f"{count} the raw data"]
    lines += [f"  {describe(Issue(**row))}" for row in blocking.to_dict("records")]
    raise FeedError(
        "\n".join(lines), remedy="mend these; 'evaluatie check' shows every problem of every feed."
    )


def describe(issue: Issue) -> str:
    """Return one issue as a sentence for a terminal."""
    where = f"{issue.file}, column {issue.column}" if issue.column else issue.file
    allowed = f"; allowed: {issue.allowed}" if issue.allowed else ""
    return f"{where}: {RULES[issue.rule].title.en} ({issue.count}){allowed}; {issue.remedy}"


def write_issues_csv(issues: pd.DataFrame, path: Path) -> None:
    """Write the issues as CSV (UTF-8, comma), one row per problem.

    They are counts of persons before disclosure control: for the owner of the data alone.
    """
    table = issues.loc[:, list(ISSUE_COLUMNS)].assign(sensitivity=str(Sensitivity.CONFIDENTIAL))
    write_private(path, table.to_csv(index=False, lineterminator="\n"))


def write_issues_html(issues: pd.DataFrame, path: Path, language: Literal["nl", "en"]) -> None:
    """Write the issues as one self-contained accessible page, grouped by feed; see the CSV."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("evaluatie.intake"), autoescape=True, trim_blocks=True
    )
    groups = [(str(feed), rows.to_dict("records")) for feed, rows in issues.groupby("feed")]
    page = environment.get_template("issues.html.j2").render(
        language=language,
        groups=groups,
        rules=RULES,
        sensitivity=str(Sensitivity.CONFIDENTIAL),
        blocking=int((issues["severity"] == str(Severity.BLOCK)).sum()),
        tolerated=int((issues["severity"] == str(Severity.TOLERATE)).sum()),
    )
    write_private(path, page)
