"""A mistake in a YAML file is named by file and line, with what is allowed."""

from pathlib import Path

import pytest

from evaluatie.declarations import Declared, Label, read_model, read_yaml
from evaluatie.errors import DeclarationError


class Leaf(Declared):
    name: str
    label: Label
    size: int = 1


class Tree(Declared):
    id: str
    leaves: tuple[Leaf, ...]


VALID = """\
id: oak
leaves:
  - name: first
    label: {nl: eerste, en: first}
  - name: second
    label:
      nl: tweede
      en: second
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "tree.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_valid_file_becomes_a_frozen_model(tmp_path):
    tree = read_model(write(tmp_path, VALID), Tree)
    assert [leaf.name for leaf in tree.leaves] == ["first", "second"]
    assert tree.leaves[0].label["en"] == "first"
    assert tree.leaves[0].label["nl"] == "eerste"
    with pytest.raises(ValueError, match="frozen"):
        tree.id = "elm"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("name: second", "naem: second", 5, "leaves.1.name: this key is required"),
        ("name: second", "name: second\n    sise: 3", 6, "did you mean 'size'?"),
        ("name: second", "name: second\n    sise: 3", 6, "allowed: name, label, size"),
        ("name: first", "name: first\n    size: many", 4, "valid integer"),
        ("      en: second\n", "", 6, "leaves.1.label.en: this key is required"),
        ("id: oak", "id: oak\nheight: 3", 2, "unknown key; allowed: id, leaves"),
    ],
)
def test_an_error_names_the_line_and_what_is_allowed(tmp_path, old, new, line, message):
    path = write(tmp_path, VALID.replace(old, new))
    with pytest.raises(DeclarationError) as caught:
        read_model(path, Tree)
    found = [text for text in str(caught.value).splitlines() if message in text]
    assert found, str(caught.value)
    assert f"{path}, line {line}:" in found[0]


def test_all_problems_of_a_file_come_at_once(tmp_path):
    text = VALID.replace("id: oak\n", "").replace("name: first", "name: first\n    size: x")
    with pytest.raises(DeclarationError, match=r"2 problems in tree\.yml"):
        read_model(write(tmp_path, text), Tree)


def test_a_key_that_occurs_twice_is_refused(tmp_path):
    path = write(tmp_path, "id: oak\nleaves: []\nid: elm\n")
    with pytest.raises(DeclarationError, match=r"line 3: .*the key 'id' occurs twice"):
        read_yaml(path)


def test_text_that_is_no_yaml_is_refused_with_its_line(tmp_path):
    with pytest.raises(DeclarationError, match=r"tree.yml, line 2: not valid YAML"):
        read_yaml(write(tmp_path, "id: oak\nleaves: one: two\n"))


def test_a_list_where_a_mapping_belongs_is_refused(tmp_path):
    with pytest.raises(DeclarationError, match="a mapping of keys to values is expected"):
        read_model(write(tmp_path, "- oak\n"), Tree)


def test_a_missing_file_says_how_to_start_a_study(tmp_path):
    with pytest.raises(DeclarationError, match="evaluatie init"):
        read_yaml(tmp_path / "absent.yml")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "tree.yml"
    path.write_bytes("id: één\n".encode("latin-1"))
    with pytest.raises(DeclarationError, match="not UTF-8"):
        read_yaml(path)
