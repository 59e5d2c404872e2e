"""Whether history obeys its own rules: every release asked for, approved by others, once."""

from __future__ import annotations

from evaluatie.domain import Progress, no_progress
from evaluatie.errors import ReleaseError
from evaluatie.register import Entry, Kind, Register, verify
from evaluatie.release.state import Decision
from evaluatie.study import Study

SAME = ("files", "rows", "runs", "synthetic", "sensitivity")
LEAST = 2


def verify_history(study: Study, progress: Progress = no_progress) -> Register:
    """Verify the chain, the folders, and that every release was asked for and approved.

    Raises
    ------
    ReleaseError
        The entry and what is wrong with it.
    """
    register = verify(study.releases, progress)
    requests: dict[str, Entry] = {}
    approved: dict[str, set[str]] = {}
    ended: set[str] = set()
    for entry in register.entries:
        ident = str(entry.content.get("request"))
        if problem := _problem(entry, ident, requests, approved, ended):
            raise ReleaseError(
                f"entry {entry.number} breaks the rules: {problem}",
                where="releases/register.jsonl",
                remedy="it was not made by 'evaluatie release'. Find out who did.",
            )
        if entry.kind == Kind.REQUEST:
            requests[ident], approved[ident] = entry, set()
        elif entry.kind == Kind.REVIEW and entry.content["decision"] == Decision.APPROVE:
            approved[ident].add(entry.by)
        else:
            ended.add(ident)
    return register


def _problem(
    entry: Entry,
    ident: str,
    requests: dict[str, Entry],
    approved: dict[str, set[str]],
    ended: set[str],
) -> str:
    """Return what is wrong with an entry, given those before it; empty: nothing."""
    if entry.kind == Kind.REQUEST:
        return f"{ident} was requested before" if ident in requests else ""
    asked = requests.get(ident)
    if asked is None or entry.content.get("of") != asked.digest:
        return f"there was no request {ident} as it says"
    if ident in ended:
        return f"request {ident} had ended"
    if entry.kind == Kind.REVIEW:
        twice = entry.by in approved[ident] | {asked.by}
        return f"'{entry.by}' made request {ident} or reviewed it before" if twice else ""
    if entry.kind != Kind.PUBLISH:
        return f"'{entry.kind}' is no kind of entry"
    if len(approved[ident]) < max(LEAST, int(asked.content["reviews"])):
        return f"request {ident} had {len(approved[ident])} approvals"
    differ = [name for name in SAME if entry.content.get(name) != asked.content.get(name)]
    return f"it differs from request {ident} in {', '.join(differ)}" if differ else ""
