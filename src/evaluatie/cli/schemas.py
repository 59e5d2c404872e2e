"""`evaluatie schemas`: JSON schemas, so that an editor completes and checks the YAML files."""

from __future__ import annotations

import json

import typer

from evaluatie.cli.console import console


def command(context: typer.Context) -> None:
    """Write the JSON schemas of the study and the dictionary into analysis/schemas."""
    from evaluatie.agreement import json_schemas as agreement_schemas
    from evaluatie.dictionary import json_schemas as dictionary_schemas
    from evaluatie.study import open_study

    folder = open_study(context.obj).analysis / "schemas"
    folder.mkdir(exist_ok=True)
    schemas = {**agreement_schemas(), **dictionary_schemas()}
    for name, schema in schemas.items():
        text = json.dumps(schema, indent=1, ensure_ascii=False, sort_keys=True)
        (folder / f"{name}.schema.json").write_text(text + "\n", encoding="utf-8")
    console.print(f"{len(schemas)} schemas in {folder}")
