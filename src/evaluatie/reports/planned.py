"""The disclosure plan over every run of the matrix, and what it leaves to publish."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from evaluatie.agreement import AgreementBook
from evaluatie.dictionary import Codebook
from evaluatie.disclosure import (
    DisclosurePlan,
    DisclosureRules,
    audit_publishable,
    load_rules,
    plan_release,
    publishable,
)
from evaluatie.disclosure.rules import RULES_FILE
from evaluatie.domain import Progress
from evaluatie.errors import DeclarationError, DisclosureError
from evaluatie.evaluation.facts import fact
from evaluatie.register import published_frames
from evaluatie.reports.scope import rows_of_run
from evaluatie.results import estimates_frame
from evaluatie.study import Study


@dataclass(frozen=True)
class Planned:
    """The plan of a release with what it was made from.

    ``estimates`` are all rows with their true values: they never leave the house. ``shown`` says
    which rows every run of the matrix asks for.
    """

    estimates: pd.DataFrame
    rules: DisclosureRules
    shown: dict[str, list[str]]
    plan: DisclosurePlan


def plan_study(
    study: Study,
    codebook: Codebook,
    book: AgreementBook,
    estimates: pd.DataFrame,
    synthetic: bool,
    progress: Progress,
) -> Planned:
    """Plan every run of the matrix, given all that was ever released.

    Releases of synthetic data say nothing about real persons, and the other way round.

    Raises
    ------
    DeclarationError
        The rules name an audience that has no agreement.
    DisclosureError
        What was released before makes the plan impossible.
    """
    rules, runs = load_rules(study), book.run_matrix()
    if unknown := sorted(set(rules.audiences) - set(book.agreements)):
        raise DeclarationError(
            f"stricter rules for '{unknown[0]}', an audience without an agreement",
            where=RULES_FILE,
            allowed=", ".join(book.agreements),
            remedy="write the id of the audience as its agreement has it.",
        )
    asked = asked_rows(estimates, rules)
    shown = {
        run.name: asked.loc[rows_of_run(asked, study, codebook, book, run), "id"].tolist()
        for run in runs
    }
    plan = plan_release(
        asked,
        study,
        codebook,
        rules,
        shown,
        earlier=published_frames(study.releases, synthetic),
        progress=progress,
        audiences={run.name: run.audience for run in runs},
    )
    return Planned(asked, rules, shown, plan)


def asked_rows(estimates: pd.DataFrame, rules: DisclosureRules) -> pd.DataFrame:
    """Return the estimates with the constants that reports quote from the rules."""
    quoted = estimates_frame([fact("threshold", rules.threshold.value, "persons")])
    return pd.concat([estimates, quoted], ignore_index=True)


def publish_frames(planned: Planned, study: Study, codebook: Codebook) -> dict[str, pd.DataFrame]:
    """Return what everybody may see (empty name), and each audience with stricter rules.

    Raises
    ------
    DisclosureError
        The auditor, who does not know the plan, works back what is hidden.
    """
    frames = {}
    for audience in ("", *planned.plan.audiences):
        frame = publishable(planned.estimates, planned.plan, audience)
        rules = planned.rules.for_audience(audience)
        found = audit_publishable(frame, study, codebook, rules, truth=planned.estimates)
        _require_safe(found, audience)
        frames[audience] = frame
    return frames


def _require_safe(findings: pd.DataFrame, audience: str) -> None:
    """Refuse to publish what the auditor can work back."""
    if len(findings):
        raise DisclosureError(
            f"the audit found {len(findings)} numbers that follow from what is shown",
            where=f"disclosure plan, audience '{audience}'" if audience else "disclosure plan",
            remedy="this is a fault of the plan; nothing was published. Report it.",
        )
