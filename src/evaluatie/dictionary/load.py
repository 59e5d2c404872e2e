"""Read the dictionary folders of a study into one checked codebook."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evaluatie.dictionary.check import check_references
from evaluatie.dictionary.codebook import Codebook
from evaluatie.dictionary.files import (
    ID_FILES,
    WHOLE_FILES,
    Entry,
    read_code_list,
    read_feed,
    read_id_file,
    read_value_set,
    read_whole,
)
from evaluatie.errors import DeclarationError
from evaluatie.study import Study, default_path

STANDARD = "data_dictionary"  # the one folder that falls back to the standard dictionary
OTHERS = ("disclosure.yml", "README.md")  # in the same folder, not read here
FOLDERS = {"feeds": (".yml",), "code_lists": (".yml", ".csv"), "value_sets": (".csv",)}
Found = dict[str, dict[str, Entry]]  # kind -> id -> entry


def load_codebook(study: Study) -> Codebook:
    """Read the dictionary folders of the study, in order, and check every cross reference.

    Raises
    ------
    DeclarationError
        A folder or file that is missing or unknown, an entry that is invalid, an id that two
        folders declare without ``override: true``, or a reference to something unknown.
    """
    found: Found = {kind: {} for kind in (*ID_FILES, *WHOLE_FILES, *FOLDERS)}
    for folder in dictionary_folders(study):
        for kind, key, entry in _entries(folder):
            _add(found[kind], kind, key, entry)
    _require_complete(study, found)
    check_references(study, found)
    values = {
        kind: {key: entry.value for key, entry in entries.items()}
        for kind, entries in found.items()
    }
    whole = {k: values.pop(k).get(k) for k in WHOLE_FILES}
    return Codebook(**values, **whole)


def dictionary_folders(study: Study) -> tuple[Path, ...]:
    """Return the dictionary folders, each in the study or, for the standard one, as shipped."""
    return tuple(_locate(study, name) for name in study.dictionaries)


def _locate(study: Study, name: str) -> Path:
    folder = study.root / name
    if folder.is_dir():
        return folder
    if name == STANDARD and (shipped := default_path(STANDARD)).is_dir():
        return shipped
    raise DeclarationError(
        "this dictionary folder does not exist",
        where=str(folder),
        allowed=f"folders below the study folder, and '{STANDARD}' for the standard dictionary",
        remedy="correct 'dictionaries' in analysis/study.yml.",
    )


def _entries(folder: Path) -> Iterator[tuple[str, str, Entry]]:
    _refuse_unknown(folder)
    for kind in ID_FILES:
        if (path := folder / f"{kind}.yml").is_file():
            for key, entry in read_id_file(path, kind).items():
                yield kind, key, entry
    for kind, (stem, _) in WHOLE_FILES.items():
        if (path := folder / f"{stem}.yml").is_file():
            yield kind, kind, read_whole(path, kind)
    readers = {"feeds": read_feed, "code_lists": read_code_list, "value_sets": read_value_set}
    for kind, read in readers.items():
        for path in sorted((folder / kind).glob("[!.]*")):
            yield kind, path.stem, read(path)


def _refuse_unknown(folder: Path) -> None:
    files = [f"{stem}.yml" for stem in (*ID_FILES, *(stem for stem, _ in WHOLE_FILES.values()))]
    for path in sorted(p for p in folder.iterdir() if not p.name.startswith(".")):
        suffixes = FOLDERS.get(path.name, ())
        inside = [p for p in path.glob("[!.]*") if p.suffix not in suffixes] if suffixes else []
        if inside or (path.name not in (*files, *OTHERS) and not suffixes):
            raise DeclarationError(
                "a dictionary folder has no such file",
                where=str(inside[0] if inside else path),
                allowed=", ".join((*files, *(f"{k}/*{'|'.join(s)}" for k, s in FOLDERS.items()))),
                remedy="correct its name or move it elsewhere.",
            )


def _add(entries: dict[str, Entry], kind: str, key: str, entry: Entry) -> None:
    earlier = entries.get(key)
    if earlier is not None and not entry.override:
        raise DeclarationError(
            f"{kind.replace('_', ' ')}: '{key}' is already declared in {earlier.path}",
            where=str(entry.path),
            remedy="give it another id, or write 'override: true' with it to replace the first.",
        )
    entries[key] = entry


def _require_complete(study: Study, found: Found) -> None:
    needed = {"items", "scales", "feeds", "laws", "payers", "survey_age_groups", "prices"}
    for kind in sorted(k for k in needed if not found[k]):
        name = WHOLE_FILES[kind][0] + ".yml" if kind in WHOLE_FILES else kind
        raise DeclarationError(
            f"no dictionary folder holds {name if kind == 'feeds' else name.removesuffix('.yml')}",
            where=", ".join(str(study.root / d) for d in study.dictionaries),
            remedy="add the file, or start from the standard dictionary with 'evaluatie init DIR'.",
        )
