"""How far a request is, as the register tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from evaluatie.errors import ReleaseError
from evaluatie.register import Entry, Kind, Register
from evaluatie.release.people import ReleaseFile


class Decision(StrEnum):
    """What a reviewer may say."""

    APPROVE = "approve"
    REJECT = "reject"


class Stage(StrEnum):
    """How far a request is."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHED = "published"


@dataclass(frozen=True)
class RequestState:
    """A request with everything that was recorded of it.

    Attributes
    ----------
    entry : Entry
        The request itself.
    reviews : list of Entry
        In order.
    published : Entry or None
        The entry that published it.
    """

    entry: Entry
    reviews: list[Entry] = field(default_factory=list)
    published: Entry | None = None

    @property
    def id(self) -> str:
        """Name of the request, and of the release it becomes."""
        return str(self.content["request"])

    @property
    def content(self) -> Mapping[str, Any]:
        """What was asked for."""
        return self.entry.content

    def approvals(self, people: ReleaseFile) -> tuple[str, ...]:
        """Return who approved, of those who may review and are not who asked."""
        may = {person.id for person in people.people if "review" in person.may}
        said = [r.by for r in self.reviews if r.content["decision"] == Decision.APPROVE]
        return tuple(who for who in dict.fromkeys(said) if who in may - {self.entry.by})

    def needed(self, people: ReleaseFile) -> int:
        """Return how many approvals it takes: as many as at the request, or as now if more."""
        return max(int(self.content["reviews"]), people.reviews)

    def stage(self, people: ReleaseFile) -> Stage:
        """Return how far the request is."""
        if self.published is not None:
            return Stage.PUBLISHED
        if any(r.content["decision"] == Decision.REJECT for r in self.reviews):
            return Stage.REJECTED
        enough = len(self.approvals(people)) >= self.needed(people)
        return Stage.APPROVED if enough else Stage.OPEN

    def check_account(self, by: str, account: str, people: ReleaseFile) -> None:
        """Refuse one account that records what two people did, unless that was declared."""
        others = {e.by for e in (self.entry, *self.reviews) if e.content["account"] == account}
        if others - {by} and people.shared_account is None:
            raise ReleaseError(
                f"this account of the machine already recorded something as "
                f"'{', '.join(sorted(others - {by}))}', and cannot as '{by}' as well",
                where=self.id,
                remedy=f"let '{by}' do it under an account of his own. Where everybody works under "
                "one account, say why with 'shared_account' in analysis/release.yml.",
            )


def requests_of(register: Register) -> dict[str, RequestState]:
    """Return every request by its id, in order.

    Raises
    ------
    ReleaseError
        An entry is about a request that nobody made: it was written past `evaluatie release`.
    """
    found: dict[str, RequestState] = {}
    for entry in register.entries:
        ident = str(entry.content.get("request"))
        if entry.kind == Kind.REQUEST:
            found[ident] = RequestState(entry)
        elif ident not in found:
            raise ReleaseError(
                f"entry {entry.number} is about request '{ident}', which nobody made",
                where="releases/register.jsonl",
                remedy="it was not made by 'evaluatie release'. Find out who did.",
            )
        elif entry.kind == Kind.REVIEW:
            found[ident].reviews.append(entry)
        else:
            found[ident] = replace(found[ident], published=entry)
    return found


def request_called(register: Register, ident: str) -> RequestState:
    """Return the request with this id, or refuse with those there are."""
    found = requests_of(register)
    if ident not in found:
        raise ReleaseError(
            f"there is no request '{ident}'",
            allowed=", ".join(found) or "none was made yet",
            remedy="see 'evaluatie release list'.",
        )
    return found[ident]


def check_unpublished(register: Register, content: Mapping[str, Any]) -> tuple[str, ...]:
    """Refuse what was published before; return the releases that a correction replaces.

    Parameters
    ----------
    content : mapping
        Of the request: ``runs``, ``files`` and ``correction``.

    Raises
    ------
    ReleaseError
        A run was published with the same content, or with another one and no correction is given.

    Notes
    -----
    The same content: every file that a reader gets has the digest it had. `run.json` is left out,
    for it also names the software. A form that was not published before is no correction.
    """
    corrected: dict[str, None] = {}
    for group in groups_of(content):
        earlier = [e for e in register.of(Kind.PUBLISH) if group in groups_of(e.content)]
        if not earlier:
            continue
        now = _readable(content, group)
        before: dict[str, str] = {}
        for entry in earlier:
            before |= _readable(entry.content, group)
        if now.items() <= before.items():
            raise ReleaseError(
                f"{group} was already published as {earlier[-1].content['release']}, with the same "
                "content",
                remedy="leave it out of the request.",
            )
        if any(before.get(name, digest) != digest for name, digest in now.items()):
            corrected |= dict.fromkeys(e.content["release"] for e in earlier)
    if corrected and not content.get("correction"):
        raise ReleaseError(
            f"this was published before with another content, as {', '.join(corrected)}",
            remedy="a release is for ever. If it must be corrected, request it with "
            "--correction 'why'; both stay known.",
        )
    return tuple(corrected)


def groups_of(content: Mapping[str, Any]) -> list[str]:
    """Return the runs and the tables a request is about: the folder or name of each file."""
    return list(dict.fromkeys(name.split("/")[0] for name in content["files"]))


def _readable(content: Mapping[str, Any], group: str) -> dict[str, str]:
    files = content["files"].items()
    kept = [(n, note) for n, note in files if n.split("/")[0] == group]
    return {name: note["sha256"] for name, note in kept if not name.endswith("/run.json")}
