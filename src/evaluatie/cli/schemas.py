"""`evaluatie schemas`: JSON schemas, so that an editor completes and checks the YAML files."""

from __future__ import annotations

import json

import typer

from evaluatie.cli.console import console


def command(context: typer.Context) -> None:
    """Write the JSON schemas of the study and the dictionary into analysis/schemas."""
    from evaluatie.study import open_study

    folder = open_study(context.obj).analysis / "schemas"
    folder.mkdir(exist_ok=True)
    files = schema_files()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    console.print(f"{len(files)} schemas in {folder}")


def schema_files() -> dict[str, str]:
    """Return file name -> JSON schema: of the study, and of each kind of dictionary file."""
    from evaluatie.agreement import json_schemas as agreement_schemas
    from evaluatie.dictionary import json_schemas as dictionary_schemas
    from evaluatie.release.people import json_schemas as release_schemas

    dictionary = {f"dictionary-{_stem(kind)}": s for kind, s in dictionary_schemas().items()}
    return {
        f"{name}.schema.json": json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True)
        + "\n"
        for name, schema in {**agreement_schemas(), **release_schemas(), **dictionary}.items()
    }


def _stem(kind: str) -> str:
    """Return ``feeds`` for ``feeds/*.yml`` and ``items`` for ``items.yml``."""
    return kind.removesuffix("/*.yml").removesuffix(".yml")
