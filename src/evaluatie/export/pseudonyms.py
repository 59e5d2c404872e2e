"""Names that link rows of one file and nothing else."""

from __future__ import annotations

import hashlib
import hmac
import secrets

import pandas as pd

LENGTH = 16


class Pseudonyms:
    """Replace identifiers by a keyed digest; the key is drawn anew and is never written.

    Within one file the same person or household keeps the same name, so that panel and household
    links stay. Between files (of two questions) and between exports the names differ.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def replace(self, identifiers: pd.Series, what: str) -> pd.Series:
        """Return a pseudonym per identifier, empty where there is none.

        Parameters
        ----------
        identifiers : pandas.Series
            Identifiers as text.
        what : str
            What is named, and in which file; part of the digest.
        """
        distinct = identifiers.dropna().astype(str).unique()
        names = {identifier: self._name(what, identifier) for identifier in distinct}
        return identifiers.map(names).fillna("")

    def _name(self, what: str, identifier: str) -> str:
        message = f"{what}\0{identifier}".encode()
        return hmac.new(self._key, message, hashlib.sha256).hexdigest()[:LENGTH]
