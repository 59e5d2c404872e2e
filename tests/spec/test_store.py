"""The store: content keys, whole products or none, permissions, one builder at a time."""

from __future__ import annotations

import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from evaluatie.store import (
    PRODUCT_FILE,
    Store,
    canonical,
    content_key,
    differing,
    environment_digest,
    file_digest,
    folder_digest,
    in_place,
    locked,
    package_digest,
    remove_stale,
)


def write_answer(folder: Path) -> None:
    (folder / "answer.txt").write_text("42")


def test_a_key_does_not_depend_on_the_order_of_its_ingredients():
    assert content_key({"a": 1, "b": [2, "é"]}) == content_key({"b": [2, "é"], "a": 1})
    assert content_key({"a": 1}) != content_key({"a": 2})
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()


def test_a_number_that_is_not_a_number_is_no_ingredient():
    with pytest.raises(ValueError, match="JSON"):
        content_key({"a": float("nan")})


def test_a_folder_digest_sees_names_and_contents_and_ignores_the_rest(tmp_path):
    (tmp_path / "a.py").write_text("1")
    before = folder_digest(tmp_path, [".py"])
    (tmp_path / "note.txt").write_text("x")
    assert folder_digest(tmp_path, [".py"]) == before
    (tmp_path / "people.py").write_text("2")
    assert folder_digest(tmp_path, [".py"]) != before
    assert folder_digest(tmp_path, [".py"], ["people.py"]) == before
    (tmp_path / "people.py").unlink()
    (tmp_path / "a.py").rename(tmp_path / "b.py")
    assert folder_digest(tmp_path, [".py"]) != before


def test_digests_of_package_and_environment_are_sha256():
    for digest in (package_digest(), package_digest("store.py"), environment_digest()):
        assert len(digest) == 64
    assert package_digest("store.py") != package_digest("errors.py")


def test_a_product_is_built_once(tmp_path):
    built = []

    def build(folder: Path) -> None:
        built.append(folder)
        write_answer(folder)

    store = Store(tmp_path)
    first = store.product("answer", {"question": "?"}, build)
    second = store.product("answer", {"question": "?"}, build)
    assert first == second
    assert len(built) == 1
    assert (first / "answer.txt").read_text() == "42"


def test_another_ingredient_is_another_product_and_the_difference_is_named(tmp_path):
    store = Store(tmp_path)
    assert store.changed("answer", {"a": 1}) is None
    store.product("answer", {"a": 1, "b": 2}, write_answer)
    assert store.changed("answer", {"a": 1, "b": 2}) == ()
    assert store.changed("answer", {"a": 1, "b": 3, "c": 4}) == ("b", "c")


def test_only_the_newest_versions_stay(tmp_path):
    store = Store(tmp_path, keep=2)
    folders = [store.product("answer", {"a": i}, write_answer) for i in range(4)]
    assert [folder.is_dir() for folder in folders] == [False, False, True, True]


def test_a_product_that_fails_leaves_nothing(tmp_path):
    def fail(folder: Path) -> None:
        write_answer(folder)
        raise RuntimeError("half way")

    store = Store(tmp_path)
    with pytest.raises(RuntimeError, match="half way"):
        store.product("answer", {}, fail)
    assert not store.folder("answer", {}).exists()
    assert not [p for p in tmp_path.rglob("*") if p.name == "answer.txt"]


def test_what_a_killed_run_left_behind_is_removed_and_the_next_run_goes_on(tmp_path):
    store = Store(tmp_path)
    home = store.folder("answer", {}).parent
    stale = home / ".new-abc-12345678"
    stale.mkdir()
    (stale / "half.txt").write_text("half")
    folder = store.product("answer", {}, write_answer)
    assert not stale.exists()
    assert (folder / PRODUCT_FILE).is_file()
    (home / ".old-abc").mkdir()
    assert store.clean() == 1


def test_stale_folders_of_another_target_stay(tmp_path):
    mine, other = tmp_path / ".new-a-nl-12345678", tmp_path / ".new-a-nl-b-12345678"
    mine.mkdir()
    other.mkdir()
    assert remove_stale(tmp_path, "a-nl") == 1
    assert other.is_dir()


def test_microdata_can_be_read_by_their_owner_alone(tmp_path):
    folder = Store(tmp_path / "s").product("answer", {}, write_answer)
    modes = {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()}
    assert modes == {0o600}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (folder, folder.parent)} == {0o700}


def test_a_name_cannot_leave_the_store(tmp_path):
    with pytest.raises(ValueError, match="not a name"):
        Store(tmp_path).product("../x", {}, write_answer)


def test_a_folder_in_place_is_replaced_whole_or_not_at_all(tmp_path):
    target = tmp_path / "report"
    with in_place(target) as folder:
        (folder / "a").write_text("old")
        (folder / "b").write_text("old")
    with in_place(target) as folder:
        (folder / "a").write_text("new")
    assert [p.name for p in target.iterdir()] == ["a"]

    def fail() -> None:
        with in_place(target) as folder:
            (folder / "a").write_text("newer")
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        fail()
    assert (target / "a").read_text() == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["report"]


def test_two_builders_at_once_build_once_and_the_second_says_that_it_waits(tmp_path):
    store, built, said = Store(tmp_path), [], []
    started = threading.Event()

    def slow(folder: Path) -> None:
        started.set()
        built.append(folder)
        time.sleep(0.3)

    def second() -> None:
        started.wait()
        store.product("answer", {}, slow, lambda what, *_: said.append(what))

    threads = [threading.Thread(target=store.product, args=("answer", {}, slow)),
               threading.Thread(target=second)]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1
    assert said == ["waiting for answer"]


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
def test_a_lock_goes_away_with_the_process_that_held_it(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from evaluatie.store import locked\n"
        "with locked(Path(sys.argv[1])):\n print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "held"
        process.kill()
    waited = []
    with locked(tmp_path / "lock", lambda: waited.append(1)):
        assert not waited


def test_differing_counts_absent_ingredients():
    assert differing({"a": 1, "b": None}, {"a": 1}) == ("b",)


def test_a_file_digest_is_its_sha256(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert file_digest(tmp_path / "f") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    )
