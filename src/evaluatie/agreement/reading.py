"""Load the agreements of a study and refuse what cannot be promised."""

from __future__ import annotations

from evaluatie.agreement.agreement_checks import check_agreements
from evaluatie.agreement.book import AgreementBook
from evaluatie.agreement.declared import Declarations, read_declarations
from evaluatie.agreement.plan_checks import (
    check_deviations,
    check_events,
    check_projects,
    check_reports,
)
from evaluatie.agreement.problems import Problems
from evaluatie.agreement.question_checks import check_questions
from evaluatie.dictionary.model import CodebookContent
from evaluatie.study import Study


def load_agreements(study: Study, codebook: CodebookContent) -> AgreementBook:
    """Return what was agreed in a study, with every cross-reference checked.

    Parameters
    ----------
    study : Study
        The study whose `analysis` folder is read.
    codebook : CodebookContent
        The dictionary that names scales, indicators, feeds, laws and payers.

    Raises
    ------
    DeclarationError
        Every contradiction between the files at once: file, line, what, and what is allowed.
    """
    declared, problems = read_declarations(study), Problems()
    check_questions(declared, study, codebook, problems)
    check_agreements(declared, study, codebook, problems)
    check_projects(declared, codebook, problems)
    check_events(declared, study, problems)
    check_deviations(declared, problems)
    book = _book(declared, study)
    check_reports(declared, book, study, problems)
    problems.refuse()
    return book


def _book(declared: Declarations, study: Study) -> AgreementBook:
    return AgreementBook(
        questions={question.id: question for question in declared.questions.questions},
        testing_order=declared.questions.testing_order,
        agreements=declared.agreements,
        projects=declared.projects.projects,
        events=declared.events.events,
        reports={report.id: report for report in declared.reports.reports},
        deviations=declared.deviations.deviations,
        report_from={wave.id: wave.report_from for wave in study.waves},
    )
