"""Who may let results leave: `analysis/release.yml`, ids and roles, never names of persons."""

from __future__ import annotations

import getpass
import os
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from evaluatie.declarations import Declared, Label, read_model
from evaluatie.errors import ReleaseError
from evaluatie.store import content_key
from evaluatie.study import Study

FILE = "release.yml"
Task = Literal["request", "review", "publish"]
PersonId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class Person(Declared):
    """Somebody with a part in releases, by an id that says nothing about who it is."""

    id: PersonId
    role: Label
    organisation: Label
    may: tuple[Task, ...] = Field(min_length=1)


class ReleaseFile(Declared):
    """Content of `analysis/release.yml`.

    ``shared_account``: why several people work under one account of the machine. Without it one
    account cannot record what two people did: a review by the account of the requester is no
    second pair of eyes.
    """

    reviews: int = Field(default=2, ge=2)  # approvals a release needs, by others than who asks
    people: tuple[Person, ...] = Field(min_length=3)
    shared_account: str | None = Field(default=None, min_length=10)

    @model_validator(mode="after")
    def _enough_people(self) -> Self:
        ids = [person.id for person in self.people]
        if len(set(ids)) < len(ids):
            raise ValueError("every id of a person may occur once")
        for task in ("request", "publish"):
            if not any(task in person.may for person in self.people):
                raise ValueError(f"nobody may {task}")
        reviewers = {person.id for person in self.people if "review" in person.may}
        for person in self.people:
            if "request" in person.may and len(reviewers - {person.id}) < self.reviews:
                raise ValueError(
                    f"a request by '{person.id}' could never be published: it needs "
                    f"{self.reviews} reviewers beside him, and there are "
                    f"{len(reviewers - {person.id})}"
                )
        return self

    def person(self, ident: str, task: Task) -> Person:
        """Return the person with this id, or refuse: not declared, or not for this task."""
        allowed = [person.id for person in self.people if task in person.may]
        for person in self.people:
            if person.id == ident and task in person.may:
                return person
        known = any(person.id == ident for person in self.people)
        raise ReleaseError(
            f"'{ident}' may not {task}" if known else f"there is nobody called '{ident}'",
            where=f"analysis/{FILE}",
            allowed=", ".join(allowed),
            remedy="give your own id with --by.",
        )


def load_people(study: Study) -> ReleaseFile:
    """Read `analysis/release.yml`.

    Raises
    ------
    DeclarationError
        The file is missing or not valid.
    """
    return read_model(study.analysis / FILE, ReleaseFile)


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of the file, by name."""
    return {"release": ReleaseFile.model_json_schema()}


def account(study: Study) -> str:
    """Return a pseudonym of the account of the machine that runs this, the same within a study.

    Notes
    -----
    The account is the one the system knows, not the one the environment claims. Only a pseudonym
    stands in the register: that is made to be seen by others, and a name of an account often is
    the name of a person.
    """
    try:
        import pwd

        name = pwd.getpwuid(os.getuid()).pw_name
    except ImportError:  # Windows
        name = getpass.getuser()
    except KeyError:  # a container with a user that has no name
        name = str(os.getuid())
    return content_key({"study": study.id, "account": name})[:16]
