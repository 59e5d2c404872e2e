"""Every method is listed for reviewers, with what it agrees with."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHARED = {"inputs", "intervals", "irls", "small_sample"}  # arithmetic that methods share


def test_every_file_with_a_method_stands_in_the_list():
    files = (ROOT / "src" / "evaluatie" / "methods").rglob("*.py")
    made = {path.stem for path in files} - {"__init__"} - SHARED
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"`(\w+)`", text))
    assert made - listed == set()


def test_every_folder_of_methods_has_a_heading():
    folders = {p.name for p in (ROOT / "src" / "evaluatie" / "methods").iterdir() if p.is_dir()}
    text = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    assert {name for name in folders - {"__pycache__"} if f"`{name}/`" not in text} == set()
