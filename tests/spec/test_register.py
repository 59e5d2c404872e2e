"""The register of releases: whatever is done to it afterwards is found and named."""

from __future__ import annotations

import json
import multiprocessing
import os
import subprocess
import sys
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluatie.domain import Sensitivity
from evaluatie.errors import ReleaseError
from evaluatie.register import (
    Kind,
    append,
    check_folders,
    digest,
    published_frames,
    read_register,
    verify,
    write_rows,
)
from evaluatie.register import writing as writing_module
from evaluatie.register.chain import REGISTER_FILE, Register, next_entry
from evaluatie.register.folders import FILES, MANIFEST_FILE, beside, manifest_text
from evaluatie.register.published import ROWS_FILE
from evaluatie.register.witnesses import HEAD_FILE, head_of, witness_name, witness_text
from evaluatie.results import Table, estimate_row, estimates_frame
from evaluatie.store import file_digest

NOON = datetime(2024, 5, 1, 14, tzinfo=timezone.utc)  # noqa: UP017
ENTRIES = 5


def fill(folder: Path, entries: int = ENTRIES) -> list[bytes]:
    """Write a register and return its lines."""
    for number in range(entries):
        append(folder, Kind.REVIEW, "ann", {"request": "r0001", "step": number}, NOON)
    return (folder / REGISTER_FILE).read_bytes().splitlines(keepends=True)


def rows(value: float, run: str = "a") -> pd.DataFrame:
    row = estimate_row(Table.SCORE, "mean", area="x", estimate=value, n=40)
    return estimates_frame([row]).assign(publication="shown", run=run)


def release(folder: Path, name: str, frame: pd.DataFrame, *, synthetic: bool = False) -> None:
    """Publish one file and the rows behind it, as a release does."""
    home = folder / name
    (home / FILES / "a").mkdir(parents=True)
    file = home / FILES / "a" / "a.html"
    file.write_text(f"<p>{name}</p>")
    write_rows(frame, home / ROWS_FILE, Sensitivity.PUBLIC)
    content = {
        "request": name,
        "release": name,
        "synthetic": synthetic,
        "sensitivity": "public",
        "files": {"a/a.html": {"sha256": file_digest(file), "size": 1, "label": "public"}},
        "rows": file_digest(home / ROWS_FILE),
    }
    manifest = manifest_text(name, content)
    (home / MANIFEST_FILE).write_text(manifest)
    content["manifest"] = sha256(manifest.encode()).hexdigest()
    entry = append(folder, Kind.PUBLISH, "ann", content)
    for beside_name, text in beside(entry).items():
        (home / beside_name).write_bytes(text)


# ---------------------------------------------------------------------------- what it holds


def test_an_absent_folder_is_an_empty_register(tmp_path):
    assert read_register(tmp_path / "releases") == Register()
    assert digest(tmp_path / "releases") == ""
    assert published_frames(tmp_path / "releases") == ()
    assert not (tmp_path / "releases").exists()


def test_an_entry_is_a_canonical_line_whose_digest_anyone_can_work_out(tmp_path):
    line, *_ = fill(tmp_path, 2)
    told = json.loads(line)
    body = {name: told[name] for name in told if name != "digest"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert told["digest"] == sha256(text.encode()).hexdigest()
    assert (told["number"], told["previous"], told["at"]) == (1, "", "2024-05-01T14:00:00+00:00")


def test_every_entry_holds_the_digest_of_the_one_before(tmp_path):
    fill(tmp_path)
    entries = read_register(tmp_path).entries
    assert [e.number for e in entries] == [1, 2, 3, 4, 5]
    assert [e.previous for e in entries] == ["", *(e.digest for e in entries[:-1])]
    assert read_register(tmp_path).head == entries[-1].digest


def test_an_entry_can_be_decided_on_what_stands_in_the_register_and_refused(tmp_path):
    fill(tmp_path, 2)
    before = (tmp_path / REGISTER_FILE).read_bytes()
    entry = append(tmp_path, Kind.REVIEW, "b", lambda register: {"seen": len(register.entries)})
    assert entry.content == {"seen": 2}

    def refuse(register: Register) -> dict:
        raise ReleaseError("no")

    with pytest.raises(ReleaseError, match="no"):
        append(tmp_path, Kind.REVIEW, "b", refuse)
    assert (tmp_path / REGISTER_FILE).read_bytes() == before + entry.line


def test_what_is_no_json_is_refused_before_anything_is_written(tmp_path):
    fill(tmp_path, 1)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="JSON"):
        append(tmp_path, Kind.REVIEW, "b", {"x": float("nan")})
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


# ---------------------------------------------------------------------------- tampering


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    """A register with witnesses: two folders know an entry."""
    folder = tmp_path_factory.mktemp("register")
    fill(folder)
    for entry, name in zip(read_register(folder).entries, ("r0001", "r0002"), strict=False):
        (folder / "requests" / name).mkdir(parents=True)
        (folder / "requests" / name / witness_name(entry)).write_bytes(witness_text(entry))
    return folder


def files_of(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}


def put(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


@given(data=st.data())
@settings(max_examples=400)
def test_any_changed_byte_of_register_head_or_witness_is_found(original, tmp_path_factory, data):
    files = files_of(original)
    name = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    value = data.draw(st.integers(0, 255).filter(lambda b: b != files[name][place]))
    folder = tmp_path_factory.mktemp("changed")
    put(folder, files | {name: files[name][:place] + bytes([value]) + files[name][place + 1 :]})
    with pytest.raises(ReleaseError):
        read_register(folder)


@given(order=st.lists(st.integers(0, ENTRIES - 1), max_size=ENTRIES + 2))
@settings(max_examples=300)
def test_any_other_choice_or_order_of_lines_is_found(original, tmp_path_factory, order):
    files = files_of(original)
    lines = files[REGISTER_FILE].splitlines(keepends=True)
    folder = tmp_path_factory.mktemp("ordered")
    put(folder, files | {REGISTER_FILE: b"".join(lines[i] for i in order)})
    if order == list(range(ENTRIES)):
        assert len(read_register(folder).entries) == ENTRIES
    else:
        with pytest.raises(ReleaseError):
            read_register(folder)


@given(cut=st.integers(0, 10_000))
@settings(max_examples=200)
def test_any_cut_of_the_file_is_found(original, tmp_path_factory, cut):
    files = files_of(original)
    folder = tmp_path_factory.mktemp("cut")
    put(folder, files | {REGISTER_FILE: files[REGISTER_FILE][: cut % len(files[REGISTER_FILE])]})
    with pytest.raises(ReleaseError):
        read_register(folder)


def edited(lines: list[bytes], place: int) -> bytes:
    """Change an entry, and give it the digest that fits its new content."""
    told = json.loads(lines[place])
    body = {n: told[n] for n in told if n != "digest"} | {"by": "eve"}
    text = json.dumps(body, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    whole = body | {"digest": sha256(text.encode()).hexdigest()}
    return json.dumps(whole, sort_keys=True, separators=(",", ":")).encode() + b"\n"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda x: [x[0], x[1].replace(b"ann", b"eve"), *x[2:]], "entry 2 was changed"),
        (lambda x: [x[0], edited(x, 1), *x[2:]], "entry 3 does not follow on entry 2"),
        (lambda x: [*x[:4], edited(x, 4)], "entry 5 was replaced: head.json"),
        (lambda x: [x[0], *x[2:]], "entry 2 is missing: at its place stands entry 3"),
        (lambda x: [x[0], x[2], x[1], *x[3:]], "entry 2 stands further down"),
        (lambda x: [*x[:3], x[1], *x[3:]], "entry 2 stands twice: again as line 4"),
        (lambda x: x[:3], "entries 4 to 5 were deleted from the end: head.json"),
        (lambda x: [*x[:4], x[4][:-1]], "entry 5, the last one, is cut off"),
        (lambda x: [*x[:2], b"{}\n", *x[2:]], "entry 3 is not what was written"),
        (lambda x: [*x[:2], b"\n", *x[2:]], "entry 3 is not what was written"),
        (lambda x: [x[0].replace(b":", b": "), *x[1:]], "entry 1 is not what was written"),
        (lambda x: [], "entries 1 to 5 were deleted"),
    ],
)
def test_tampering_is_named_with_the_entry(tmp_path, change, named):
    lines = fill(tmp_path)
    (tmp_path / REGISTER_FILE).write_bytes(b"".join(change(lines)))
    with pytest.raises(ReleaseError, match=named) as caught:
        read_register(tmp_path)
    assert "What to do:" in str(caught.value)
    with pytest.raises(ReleaseError, match=named):
        append(tmp_path, Kind.REVIEW, "ann", {})


def test_an_entry_added_by_hand_is_found_although_the_chain_is_whole(tmp_path):
    fill(tmp_path)
    forged = next_entry(read_register(tmp_path), "2024-05-01T15:00:00+00:00", "publish", "eve", {})
    with (tmp_path / REGISTER_FILE).open("ab") as file:
        file.write(forged.line)
    with pytest.raises(ReleaseError, match="entry 6 was added by hand"):
        read_register(tmp_path)


def test_a_removed_register_or_head_is_found(tmp_path):
    fill(tmp_path)
    head = (tmp_path / HEAD_FILE).read_bytes()
    (tmp_path / HEAD_FILE).unlink()
    with pytest.raises(ReleaseError, match="the file is missing; the register has 5 entries"):
        read_register(tmp_path)
    (tmp_path / HEAD_FILE).write_bytes(head)
    (tmp_path / REGISTER_FILE).unlink()
    with pytest.raises(ReleaseError, match="the register was deleted"):
        read_register(tmp_path)


def test_the_end_cut_off_together_with_the_head_is_known_to_a_witness(original, tmp_path):
    """Everything replaced together but one folder: the folder tells."""
    files = files_of(original)
    first = Register(read_register(original).entries[:1])
    put(tmp_path, files | {REGISTER_FILE: first.entries[0].line, HEAD_FILE: head_of(first).text})
    with pytest.raises(ReleaseError, match=r"entry 2 was deleted: requests/r0002/entry-0002.json"):
        read_register(tmp_path)
    put(tmp_path, {REGISTER_FILE: b"", HEAD_FILE: head_of(Register()).text})
    with pytest.raises(ReleaseError, match="entry 1 was deleted"):
        read_register(tmp_path)


# ---------------------------------------------------------------------------- being interrupted


@pytest.mark.parametrize("step", range(9))
def test_interrupted_at_any_moment_the_register_is_the_old_or_the_new_one(
    tmp_path, monkeypatch, step
):
    """A crash before each fsync and each move of an append: what stands there is whole."""
    fill(tmp_path, 2)
    calls = 0

    def crash(real):
        def wrapped(*arguments):
            nonlocal calls
            calls += 1
            if calls == step + 1:
                raise KeyboardInterrupt
            return real(*arguments)

        return wrapped

    monkeypatch.setattr(writing_module.os, "fsync", crash(os.fsync))
    monkeypatch.setattr(Path, "replace", crash(Path.replace))
    with pytest.raises(KeyboardInterrupt):
        append(tmp_path, Kind.REVIEW, "ann", {"step": "new"})
    monkeypatch.undo()
    assert len(read_register(tmp_path).entries) in (2, 3)
    before = len(read_register(tmp_path).entries)
    assert append(tmp_path, Kind.REVIEW, "ann", {"step": "after"}).number == before + 1
    assert len(read_register(tmp_path).entries) == before + 1


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_first_entry_that_was_killed_is_no_tampering(tmp_path):
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from evaluatie.register import Kind, append, writing\n"
        "real = writing.write_whole\n"
        "def kill(path, *rest):\n"
        " if path.name == 'register.jsonl': os.kill(os.getpid(), signal.SIGKILL)\n"
        " real(path, *rest)\n"
        "writing.write_whole = kill\n"
        "append(Path(sys.argv[1]), Kind.REQUEST, 'ann', {})\n"
    )
    folder = tmp_path / "releases"
    done = subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    assert done.returncode == -9
    assert read_register(folder) == Register()
    append(folder, Kind.REQUEST, "ann", {})
    assert len(read_register(folder).entries) == 1


def _append_many(folder: Path, who: str) -> None:
    for number in range(8):
        append(folder, Kind.REVIEW, who, {"step": number})


def test_two_processes_append_at_once_and_a_third_reads(tmp_path):
    folder = tmp_path / "releases"
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_append_many, args=(folder, who)) for who in ("ann", "bob")]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        read_register(folder)  # never a half-written state
    for writer in writers:
        writer.join()
    entries = read_register(folder).entries
    assert [w.exitcode for w in writers] == [0, 0]
    for who in ("ann", "bob"):
        assert [e.content["step"] for e in entries if e.by == who] == list(range(8))


# ---------------------------------------------------------------------------- what was published


def test_the_rows_of_every_release_come_back_exactly(tmp_path):
    release(tmp_path, "r0001", pd.concat([rows(0.1 + 0.2), rows(0.1 + 0.2, "b")]))
    release(tmp_path, "r0002", rows(5))
    first, second = published_frames(tmp_path)
    assert first["estimate"].tolist() == [0.1 + 0.2, 0.1 + 0.2]
    assert first[["run", "release"]].to_numpy().tolist() == [["a", "r0001"], ["b", "r0001"]]
    assert second["estimate"].tolist() == [5.0]
    assert first["n"].tolist() == [40.0, 40.0]
    assert first["period"].tolist() == ["", ""]


def test_rehearsals_are_no_knowledge_of_a_real_study(tmp_path):
    release(tmp_path, "r0001", rows(1), synthetic=True)
    assert published_frames(tmp_path, synthetic=False) == ()
    assert len(published_frames(tmp_path, synthetic=True)) == 1


def test_only_a_release_changes_the_digest_of_what_is_known(tmp_path):
    fill(tmp_path, 2)
    assert digest(tmp_path) == ""
    release(tmp_path, "r0001", rows(1))
    known = digest(tmp_path)
    append(tmp_path, Kind.REQUEST, "ann", {"request": "r0002"})
    assert digest(tmp_path) == known
    release(tmp_path, "r0002", rows(2))
    assert digest(tmp_path) != known


def test_equal_rows_are_equal_bytes(tmp_path):
    frame = pd.concat([rows(1, "b"), rows(2, "a")])
    write_rows(frame, tmp_path / "one", Sensitivity.PUBLIC)
    write_rows(frame.iloc[::-1].reset_index(drop=True), tmp_path / "two", Sensitivity.PUBLIC)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@given(data=st.data())
@settings(max_examples=60)
def test_any_change_below_a_release_is_found(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("releases")
    release(folder, "r0001", rows(1))
    release(folder, "r0002", rows(2))
    assert len(verify(folder).entries) == 2
    names = sorted(n for n in files_of(folder) if n.startswith("r0"))
    path = folder / data.draw(st.sampled_from(names))
    content = path.read_bytes()
    what = data.draw(st.sampled_from(["remove", "change", "add", "link"]))
    if what == "change":
        place = data.draw(st.integers(0, len(content) - 1))
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
    elif what == "add":
        path.with_name("more.html").write_text("")
    else:
        path.unlink()
    if what == "link":
        (folder / "same").write_bytes(content)
        path.symlink_to(folder / "same")
    with pytest.raises(ReleaseError) as caught:
        verify(folder)
    assert path.parent.name in str(caught.value) or path.name in str(caught.value)


def test_a_deleted_or_added_release_is_named(tmp_path):
    release(tmp_path, "r0001", rows(1))
    register = read_register(tmp_path)
    (tmp_path / "r0001").rename(tmp_path / "kept")
    with pytest.raises(ReleaseError, match="r0001 is missing, of entry 1"):
        check_folders(tmp_path, register)
    with pytest.raises(ReleaseError, match="rows of the release in entry 1 are not there"):
        published_frames(tmp_path)
    (tmp_path / "kept").rename(tmp_path / "r0001")
    (tmp_path / "r0009").mkdir()
    with pytest.raises(ReleaseError, match="r0009 was added: no entry"):
        check_folders(tmp_path, register)


def test_rows_that_were_changed_are_not_used(tmp_path):
    release(tmp_path, "r0001", rows(1))
    write_rows(rows(2), tmp_path / "r0001" / ROWS_FILE, Sensitivity.PUBLIC)
    with pytest.raises(ReleaseError, match="not those of the release in entry 1"):
        published_frames(tmp_path)
