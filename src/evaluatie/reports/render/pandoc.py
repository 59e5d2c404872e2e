"""The pandoc that is installed with this package, whatever else is on the machine."""

from __future__ import annotations

import os
from pathlib import Path


def pandoc_path() -> str:
    """Return the path of the bundled pandoc; where there is none, of the one pypandoc finds.

    Notes
    -----
    pypandoc looks for the newest pandoc and keeps what it has found so far in a global: a second
    thread that asks meanwhile gets whatever came first, for instance an old one of the system.
    """
    import pypandoc  # takes long to import, and only rendering needs it

    name = "pandoc.exe" if os.name == "nt" else "pandoc"
    bundled = Path(pypandoc.__file__).parent / "files" / name
    return str(bundled) if bundled.is_file() else str(pypandoc.get_pandoc_path())
