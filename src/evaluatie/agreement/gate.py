"""The gate before a report: agreed, signed, and due."""

from __future__ import annotations

from datetime import date

from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.model import Agreement, ReportRun
from evaluatie.errors import AgreementError
from evaluatie.study import Study


def check_run(
    book: AgreementBook,
    study: Study,
    run: ReportRun,
    synthetic: bool,
    today: date | None = None,
) -> None:
    """Refuse a report that nobody agreed to, or that comes too early.

    Parameters
    ----------
    book : AgreementBook
        What was agreed.
    study : Study
        The study the report is about.
    run : ReportRun
        The report to make.
    synthetic : bool
        Whether every number comes from synthetic data; only then an example agreement will do.
    today : date, optional
        The day the report is made; None takes the report date of the study, which the report
        carries, so that the same study gives the same answer on any day.

    Raises
    ------
    AgreementError
        Unknown report, audience, wave, area, provider or language; an agreement that is not
        signed; a wave before its date.
    """
    _check_known(book, run)
    _check_signed(book.agreements[run.audience], synthetic)
    _check_due(study, run, today or study.report_date)


def _check_known(book: AgreementBook, run: ReportRun) -> None:
    if run.report not in book.reports:
        raise _unknown("report", run.report, list(book.reports), "")
    spec = book.reports[run.report]
    where = f"report '{run.report}'"
    for kind, name, allowed in (
        ("audience", run.audience, spec.audiences),
        ("wave", run.wave, spec.waves),
        ("area", run.area, spec.areas or ("",)),
        ("provider", run.provider, spec.providers or ("",)),
        ("language", run.language, spec.languages),
    ):
        if name not in allowed:
            raise _unknown(kind, name, list(allowed), where)


def _unknown(kind: str, name: str, allowed: list[str], where: str) -> AgreementError:
    what = f"{kind} '{name}'" if name else f"no {kind}"
    return AgreementError(
        f"{what} is not in the agreed list of reports",
        where=where or None,
        allowed=", ".join(text or "(none: the whole study)" for text in allowed),
        remedy="choose one that is, or agree on it and add it to analysis/reports.yml.",
    )


def _check_signed(agreement: Agreement, synthetic: bool) -> None:
    if agreement.status == "signed" or (agreement.status == "example" and synthetic):
        return
    why = {
        "draft": "the agreement is still a draft",
        "example": "the agreement is an example, and the data are not synthetic",
    }[agreement.status]
    raise AgreementError(
        f"{why}: no report can be made for audience '{agreement.id}'",
        where=f"analysis/agreements/{agreement.id}.yml, key 'status'",
        allowed="signed; or example, with data written by 'evaluatie synth'",
        remedy="agree with the audience, fill in agreed_on and agreed_by, set 'status: signed'.",
    )


def _check_due(study: Study, run: ReportRun, today: date) -> None:
    due = study.wave(run.wave).report_from
    if today < due:
        raise AgreementError(
            f"wave {run.wave} may be reported from {due} on, and the report is dated {today}",
            where=f"report '{run.report}' for '{run.audience}'",
            remedy="wait until the data are complete; if the date itself is wrong, change "
            "report_from of the wave or report_date in analysis/study.yml.",
        )
