"""The message catalogue: every sentence a reader sees, in both languages, without a numeral.

One folder per language, one file per topic; together they are one catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from string import Formatter
from types import MappingProxyType
from typing import Any

from evaluatie.declarations import read_yaml
from evaluatie.errors import DeclarationError
from evaluatie.present.phrase import Phrase, join

FOLDER = Path(__file__).parent / "messages"
LANGUAGES = ("nl", "en")


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return all messages of a language, keyed ``section.name``.

    Raises
    ------
    DeclarationError
        There is no catalogue in this language, or two of its files give the same message.
    """
    if language not in LANGUAGES:
        raise DeclarationError(
            f"there are no messages in language '{language}'", allowed=", ".join(LANGUAGES)
        )
    messages: dict[str, str] = {}
    for path in sorted((FOLDER / language).glob("*.yml")):
        added = _flat(read_yaml(path))
        if twice := sorted(messages.keys() & added.keys()):
            raise DeclarationError(
                f"{len(twice)} messages are given twice, the first is '{twice[0]}'",
                where=f"{language}/{path.name}",
                remedy="keep one of them.",
            )
        messages |= added
    return MappingProxyType(messages)


def _flat(content: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    messages: dict[str, str] = {}
    for key, value in content.items():
        if isinstance(value, dict):
            messages |= _flat(value, f"{prefix}{key}.")
        else:
            messages[f"{prefix}{key}"] = str(value).strip()
    return messages


def has_message(key: str, language: str) -> bool:
    """Return whether the catalogue has this message."""
    return key in catalogue(language)


def fields_of(key: str, language: str) -> tuple[str, ...]:
    """Return the names of the values a message asks for, in order of appearance."""
    template = _template(key, language)
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name)


def message(key: str, language: str, **values: Phrase | str) -> Phrase:
    """Return a message with its values filled in and the provenance of their numbers kept.

    Parameters
    ----------
    key : str
        ``section.name`` in the catalogue.
    language : {"nl", "en"}
        Language of the reader.
    **values : Phrase or str
        What the message asks for. A number comes as a `Phrase` that names its row.

    Raises
    ------
    DeclarationError
        No such message, or a value that it asks for is not given.
    """
    pieces: list[Phrase | str] = []
    for literal, name, _, _ in Formatter().parse(_template(key, language)):
        pieces.append(literal)
        if name is None:
            continue
        if name not in values:
            raise DeclarationError(
                f"the message needs a value for '{name}'", where=f"messages/{language}, {key}"
            )
        pieces.append(values[name])
    return join(pieces, "")


def _template(key: str, language: str) -> str:
    try:
        return catalogue(language)[key]
    except KeyError:
        raise DeclarationError(
            f"there is no message '{key}'",
            where=f"messages/{language}",
            remedy="add it to every catalogue in present/messages.",
        ) from None
