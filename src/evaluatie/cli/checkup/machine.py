"""Whether this machine can run the package, and where it lets data of persons go."""

from __future__ import annotations

import os
import platform
import stat
import tempfile
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path

from evaluatie.cli.checkup.finding import Finding, Level

PACKAGES = (
    "pandas", "numpy", "duckdb", "statsmodels", "lifelines", "papermill", "jupyterlab", "seaborn",
    "great-tables", "typst", "pypandoc-binary", "highspy",
)  # fmt: skip
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
SWAPS = Path("/proc/swaps")
IN_MEMORY = "zram"


def check_machine() -> Iterator[Finding]:
    """Tell versions, renderer, threads, and where memory and temporary files can end up."""
    from evaluatie.reports.render import choose_renderer

    yield Finding(Level.OK, f"Python {platform.python_version()}")
    yield from _packages()
    yield Finding(Level.OK, choose_renderer("auto").line)
    yield threads(os.environ)
    yield temporary_folder(Path(tempfile.gettempdir()))
    yield swap(SWAPS)


def _packages() -> Iterator[Finding]:
    found: list[str] = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            remedy = "run 'make setup' again."
            yield Finding(Level.OPEN, f"{package} is not installed", (), remedy)
    yield Finding(Level.OK, ", ".join(found))


def threads(environment: Mapping[str, str]) -> Finding:
    """Tell whether each process computes with one thread."""
    more = tuple(f"{n}={environment[n]}" for n in THREADS if environment.get(n, "1") != "1")
    if not more:
        return Finding(Level.OK, "one thread per process for linear algebra")
    what = "linear algebra uses more than one thread per process, which makes runs slower"
    return Finding(Level.NOTE, what, more, "set these variables to 1, or unset them.")


def temporary_folder(folder: Path) -> Finding:
    """Tell whether the folder for temporary files is shared, and whether it protects its files.

    Our own files in it stand in folders of mode 0700; what it shows is their names and number.
    """
    mode = folder.stat().st_mode if os.name == "posix" else 0
    if not mode & stat.S_IWOTH:
        return Finding(Level.OK, f"temporary files are in {folder}, which is not shared")
    remedy = "set TMPDIR to a folder of your own, on an encrypted disk."
    if not mode & stat.S_ISVTX:
        what = "every user can remove and replace the temporary files of others"
        return Finding(Level.OPEN, what, (str(folder),), remedy)
    what = "temporary files are in a folder that all users share; ours can be read by you alone"
    return Finding(Level.NOTE, what, (str(folder),), remedy)


def swap(listing: Path) -> Finding:
    """Tell whether memory, and the data of persons in it, can be written to a disk."""
    try:
        lines = listing.read_text(encoding="utf-8").splitlines()[1:]
    except OSError:
        return Finding(Level.OK, "no swap was found")
    devices = tuple(line.split()[0] for line in lines if line.split())
    on_disk = tuple(device for device in devices if IN_MEMORY not in device)
    if not on_disk:
        return Finding(Level.OK, "memory is not swapped to a disk")
    what = "memory with data of persons can be written to swap on a disk"
    return Finding(Level.NOTE, what, on_disk, "make sure that this swap is encrypted.")
