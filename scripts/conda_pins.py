"""Write `environment.yml` with the versions of requirements.lock; `--check` only compares.

Conda brings Python, make and Quarto; every direct dependency comes from the same wheels as the
lock, so that both ways of installing give the same numbers.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEAD = """\
# For conda users: conda env create -f environment.yml && conda activate evaluatie
# Written by 'make lock' from pyproject.toml and requirements.lock; do not edit the pins by hand.
name: evaluatie
channels:
  - conda-forge
  - nodefaults
dependencies:
  - python=3.11
  - make
  - pip
  - quarto
  - pip:
"""


def direct_dependencies() -> list[str]:
    """Return the run-time dependencies in pyproject.toml: names, with the extras they ask for."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [re.split(r"[<>=!~; ]", text, maxsplit=1)[0] for text in project["dependencies"]]


def locked_versions() -> dict[str, list[str]]:
    """Return every version the lock has for a package; more than one when it depends on Python."""
    versions: dict[str, list[str]] = {}
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([a-z0-9._-]+)==(\S+)", line):
            versions.setdefault(found[1], []).append(found[2])
    return versions


def environment() -> str:
    """Return the text of `environment.yml`."""
    versions, lines = locked_versions(), []
    for name in direct_dependencies():
        found = versions.get(name.split("[")[0], [])
        if len(found) != 1:
            sys.exit(f"{name}: {len(found)} versions in requirements.lock, expected one")
        lines.append(f"      - {name}=={found[0]}\n")
    return HEAD + "".join(lines) + "      - --editable .\n"


def main() -> None:
    """Write the file, or compare it and say what to do."""
    path = ROOT / "environment.yml"
    if "--check" not in sys.argv:
        path.write_text(environment(), encoding="utf-8")
    elif not path.exists() or path.read_text(encoding="utf-8") != environment():
        sys.exit("environment.yml and requirements.lock disagree: run 'make lock'")


if __name__ == "__main__":
    main()
