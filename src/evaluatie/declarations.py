"""Read YAML into pydantic models; an error names file, line and what is allowed."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from evaluatie.errors import DeclarationError

Model = TypeVar("Model", bound="Declared")


class Declared(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Label(Declared):
    """A text for readers in both languages."""

    nl: str
    en: str

    def __getitem__(self, language: str) -> str:
        return self.en if language == "en" else self.nl


_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml: eight times as fast


class _UniqueKeyLoader(_Loader):  # type: ignore[misc]
    """PyYAML keeps the last of two equal keys in silence; this loader refuses the second."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key}' occurs twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        content: dict[Any, Any] = super().construct_mapping(node, deep)
        return content


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file.

    Raises
    ------
    DeclarationError
        The file is missing, is no YAML in UTF-8, or has the same key twice.
    """
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeyLoader)
    except FileNotFoundError:
        raise DeclarationError(
            "the file does not exist",
            where=str(path),
            remedy="create it, or start a complete study folder with 'evaluatie init DIR'.",
        ) from None
    except UnicodeDecodeError:
        raise DeclarationError(
            "the file is not UTF-8", where=str(path), remedy="save it as UTF-8 text."
        ) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise DeclarationError(
            f"not valid YAML: {error.problem or error.context}", where=f"{path}, line {line}"
        ) from None


def read_model(path: Path, model: type[Model], **extra: Any) -> Model:
    """Read one YAML mapping into ``model``; ``extra`` are fields the file itself does not hold.

    Raises
    ------
    DeclarationError
        Every invalid entry with file, line, what was found and what is allowed.
    """
    return build_model(path, read_yaml(path), model, **extra)


def build_model(path: Path, content: Any, model: type[Model], **extra: Any) -> Model:
    """Validate ``content`` that came from ``path``; see `read_model`."""
    if not isinstance(content, dict):
        raise DeclarationError(
            "a mapping of keys to values is expected",
            where=f"{path}, line 1",
            allowed=", ".join(model.model_fields),
        )
    try:
        return model.model_validate({**content, **extra})
    except ValidationError as error:
        lines = [_describe(path, model, problem) for problem in error.errors()]
        count = "one problem" if len(lines) == 1 else f"{len(lines)} problems"
        raise DeclarationError(f"{count} in {path.name}\n" + "\n".join(lines)) from None


def _describe(path: Path, model: type[BaseModel], problem: Any) -> str:
    location = tuple(problem["loc"])
    line = line_of(path, location)
    name = ".".join(str(part) for part in location) or "(the file as a whole)"
    message = str(problem["msg"]).removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        allowed = _fields_at(model, location[:-1])
        message = f"unknown key; allowed: {', '.join(allowed)}" if allowed else "unknown key"
        if close := difflib.get_close_matches(str(location[-1]), allowed, 1):
            message += f" (did you mean '{close[0]}'?)"
    elif problem["type"] == "missing":
        message = "this key is required"
    return f"  {path}, line {line}: {name}: {message}"


def _fields_at(model: type[BaseModel], location: tuple[Any, ...]) -> list[str]:
    """Follow ``location`` through nested models; an empty list where it cannot be followed."""
    schema: Any = model.model_json_schema()
    definitions, node = schema.get("$defs", {}), schema
    for part in location:
        node = _resolve(node, definitions)
        node = (
            node.get("items") or node.get("additionalProperties") or {}
            if isinstance(part, int) or "properties" not in node
            else node["properties"].get(part, {})
        )
    return list(_resolve(node, definitions).get("properties", {}))


def _resolve(node: Any, definitions: Any) -> Any:
    for option in node.get("anyOf", ()) if isinstance(node, dict) else ():
        if "$ref" in option:
            node = option
    while isinstance(node, dict) and "$ref" in node:
        node = definitions[node["$ref"].rsplit("/", 1)[1]]
    return node if isinstance(node, dict) else {}


def line_of(path: Path, location: tuple[Any, ...]) -> int:
    """Return the line on which the deepest existing part of ``location`` stands."""
    node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    line = 1
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if found is None:
                continue
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
            line = node.start_mark.line + 1
    return line
