"""`_quarto.yml` as both renderers read it, and the words a report frame needs."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluatie.declarations import read_yaml
from evaluatie.errors import RunError
from evaluatie.reports.defaults import ASSETS

QUARTO_NAME = {"html": "html", "pdf": "typst", "docx": "docx"}
"""Our name of a format to Quarto's; PDF is made by typst in both renderers."""

READ = {
    "lang", "toc", "toc-depth", "toc-title", "number-sections", "execute", "format", "project",
    "css", "reference-doc", "bibliography", "csl", "theme", "embed-resources", "papersize",
}  # fmt: skip
EXECUTE = {"enabled": False, "echo": False, "warning": False, "include": True, "output": True}
WORDS = {
    "nl": {
        "toc-title": "Inhoud", "skip-link": "Naar de inhoud", "label-name": "Aard van de gegevens",
        "page": "pagina", "of": "van",
    },
    "en": {
        "toc-title": "Contents", "skip-link": "Skip to content", "label-name": "Nature of the data",
        "page": "page", "of": "of",
    },
}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Content of `_quarto.yml` and where it came from."""

    file: Path
    content: dict[str, Any]

    def for_format(self, name: str) -> dict[str, Any]:
        """Return the options of one format: those of ``format`` over those of the whole file."""
        common = {k: v for k, v in self.content.items() if k not in ("project", "format")}
        own = (self.content.get("format") or {}).get(QUARTO_NAME[name]) or {}
        return merged(common, own if isinstance(own, dict) else {})

    def resource(self, name: str) -> Path:
        """Return a file named in `_quarto.yml`: beside it, or the shipped one of that name."""
        for candidate in (self.file.parent / name, ASSETS / Path(name).name):
            if candidate.is_file():
                return candidate
        raise RunError(f"'{name}' does not exist", where=self.file.name)

    def resources(self, name: str, key: str) -> list[Path]:
        """Return the files under ``key`` (one name or a list) of format ``name``."""
        value = self.for_format(name).get(key) or []
        return [self.resource(str(v)) for v in (value if isinstance(value, list) else [value])]

    def ingredients(self) -> dict[str, str]:
        """Return name and sha256 of this file and of everything it names."""
        files = [self.file]
        for name in QUARTO_NAME:
            for key in ("css", "reference-doc", "bibliography", "csl"):
                files += self.resources(name, key)
        return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in dict.fromkeys(files)}

    def warnings(self) -> list[str]:
        """Return one line per option that only Quarto uses."""
        found = [*self.content]
        found += [k for f in QUARTO_NAME for k in self.for_format(f) if k not in self.content]
        return [
            f"{self.file.name}: option '{key}' is used by Quarto alone"
            for key in dict.fromkeys(found)
            if key not in READ
        ]


def read_settings(file: Path) -> Settings:
    """Read and check `_quarto.yml`.

    Raises
    ------
    RunError
        Quarto would execute the notebooks again, or the HTML would not be self-contained.
    """
    content = read_yaml(file) or {}
    execute = content.get("execute") or {}
    if execute.get("enabled", False) is not False:
        raise RunError(
            "execute: enabled must be false: papermill executes, the renderer only prints",
            where=file.name,
        )
    settings = Settings(file, content)
    if settings.for_format("html").get("embed-resources") is not True:
        raise RunError("format: html: embed-resources must be true", where=file.name)
    return settings


def merged(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Return ``first`` with ``second`` over it, mappings merged and lists replaced."""
    out = dict(first)
    for key, value in second.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = merged(out[key], value) if both else value
    return out
