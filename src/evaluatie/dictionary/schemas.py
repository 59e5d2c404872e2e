"""JSON schemas of the dictionary files, for completion and checking in an editor."""

from __future__ import annotations

from typing import Any

from evaluatie.dictionary.files import ID_FILES, WHOLE_FILES, CodeListFile
from evaluatie.dictionary.model import Feed


def json_schemas() -> dict[str, dict[str, Any]]:
    """Return file name (glob below a dictionary folder) -> JSON schema.

    The id of an entry is its key (of a feed: its file name), so the schema does not ask for it;
    every entry may say ``override: true``.
    """
    by_id = {f"{kind}.yml": model for kind, model in ID_FILES.items()}
    whole = {f"{stem}.yml": model for stem, model in WHOLE_FILES.values()}
    whole |= {"code_lists/*.yml": CodeListFile, "feeds/*.yml": Feed}
    entries = {name: _as_written(model.model_json_schema()) for name, model in by_id.items()}
    files = {name: model.model_json_schema() for name, model in whole.items()}
    return {**entries, **{name: _as_written(_overridable(s)) for name, s in files.items()}}


def _as_written(schema: dict[str, Any]) -> dict[str, Any]:
    """Make the id optional where the key of the entry gives it."""
    for part in (schema, *schema.get("$defs", {}).values()):
        if {"id", "label"} <= set(part.get("properties", {})):
            _overridable(part)
            part["required"] = [name for name in part.get("required", []) if name != "id"]
    return schema


def _overridable(part: dict[str, Any]) -> dict[str, Any]:
    part["properties"]["override"] = {"type": "boolean", "default": False}
    return part
