"""The errors a user can meet: what, where, what is allowed, what to do next.

Messages never contain a value of a person; they name files, columns, rules and counts.
"""

from __future__ import annotations


class EvaluatieError(Exception):
    """Base of every error this package raises on purpose."""


class UserError(EvaluatieError):
    """A mistake the user can mend: shown as plain sentences, without a traceback.

    Parameters
    ----------
    what : str
        One sentence: what is wrong, with the count where there is one.
    where : str, optional
        File and line, feed and column, or question and audience.
    allowed : str, optional
        What would have been accepted.
    remedy : str, optional
        What to do next.
    """

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        allowed: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what, self.where, self.allowed, self.remedy = what, where, allowed, remedy
        super().__init__(what, where, allowed, remedy)  # every part, so that it pickles

    def __str__(self) -> str:
        parts = [self.what if self.where is None else f"{self.where}: {self.what}"]
        if self.allowed:
            parts.append(f"Allowed: {self.allowed}.")
        if self.remedy:
            parts.append(f"What to do: {self.remedy}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.what, self.where, self.allowed, self.remedy))


def _rebuild(
    kind: type[UserError], what: str, where: str | None, allowed: str | None, remedy: str | None
) -> UserError:
    return kind(what, where=where, allowed=allowed, remedy=remedy)


class DeclarationError(UserError):
    """A YAML file of the study or the dictionary says something that cannot be."""


class AgreementError(UserError):
    """A report or a question goes beyond what was agreed."""


class FeedError(UserError):
    """A raw feed cannot be read, or has problems that block."""


class RefusedError(UserError):
    """A method refuses data that violate its assumptions."""


class DisclosureError(UserError):
    """A publication would reveal something about a person, household or provider."""


class RunError(UserError):
    """A report could not be executed or rendered."""


class ReleaseError(UserError):
    """A release may not go on, or the register of releases is not what it was."""
