"""Look at a request with other eyes: approve or reject, once, and never one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evaluatie.domain import Progress, no_progress
from evaluatie.errors import ReleaseError
from evaluatie.register import Entry, Kind, Register, append
from evaluatie.register.access import file_mode, permitted
from evaluatie.register.folders import FILES, differences
from evaluatie.register.witnesses import REQUESTS, witness_name, witness_text
from evaluatie.register.writing import write_whole
from evaluatie.release.history import verify_history
from evaluatie.release.people import ReleaseFile, account, load_people
from evaluatie.release.state import Decision, RequestState, Stage, request_called
from evaluatie.study import Study

CHANGED = "a request holds for the files that were frozen. Make a new request."


def review(
    study: Study,
    ident: str,
    by: str,
    decision: Decision,
    note: str = "",
    progress: Progress = no_progress,
) -> Entry:
    """Record what one reviewer decides about a request.

    Parameters
    ----------
    ident : str
        Id of the request.
    by : str
        Who reviews, as declared in `analysis/release.yml`; somebody else than who asked.
    decision : Decision
        A rejection ends the request.
    note : str
        What the reviewer says; a rejection needs one. It stays in the register for ever.

    Raises
    ------
    UserError
        History is not what it was; the person may not review this, or did; the request ended; a
        frozen file is not what it was.
    """
    people = load_people(study)
    people.person(by, "review")
    if decision is Decision.REJECT and not note.strip():
        raise ReleaseError("a rejection says why", remedy="give the reason with --note.")
    verify_history(study, progress)
    told = {"decision": str(decision), "note": note.strip(), "account": account(study)}

    def decided(register: Register) -> dict[str, Any]:
        state = request_called(register, ident)
        _check_reviewer(state, by, people)
        state.check_account(by, told["account"], people)
        check_frozen(study, state)
        return {"request": ident, "of": state.entry.digest, **told}

    entry = append(study.releases, Kind.REVIEW, by, decided)
    mode = file_mode(study.releases, private=True)
    with permitted():
        write_whole(frozen_folder(study, ident) / witness_name(entry), witness_text(entry), mode)
    return entry


def _check_reviewer(state: RequestState, by: str, people: ReleaseFile) -> None:
    stage = state.stage(people)
    if stage in (Stage.REJECTED, Stage.PUBLISHED):
        raise ReleaseError(
            f"request {state.id} was {stage}: it takes no more reviews",
            remedy="make a new request." if stage is Stage.REJECTED else None,
        )
    if state.entry.by == by:
        raise ReleaseError(
            f"'{by}' made request {state.id} and cannot review it",
            allowed=", ".join(p.id for p in people.people if "review" in p.may and p.id != by),
        )
    if by in {entry.by for entry in state.reviews}:
        raise ReleaseError(f"'{by}' already reviewed request {state.id}, and does so once")


def frozen_folder(study: Study, ident: str) -> Path:
    """Return the folder of a request."""
    return study.releases / REQUESTS / ident


def check_frozen(study: Study, state: RequestState) -> None:
    """Refuse a request of which a frozen file is missing, was added or was changed."""
    folder = frozen_folder(study, state.id) / FILES
    with permitted():
        if not folder.is_dir():
            raise ReleaseError(f"the frozen files of request {state.id} are gone", remedy=CHANGED)
        wrong = differences(folder, state.content["files"])
    if wrong:
        raise ReleaseError(
            f"{len(wrong)} of the frozen files are not what was requested: {', '.join(wrong[:5])}",
            where=f"request {state.id}",
            remedy=CHANGED,
        )
