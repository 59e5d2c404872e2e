"""A newcomer clones, types the two commands of the README, and goes on without network."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow

LOOPBACK_ONLY = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:  # kernels talk over 127.0.0.1
    fcntl.ioctl(link, 0x8914, struct.pack("16sh", b"lo", 0x1 | 0x40))
os.execvp(sys.argv[1], sys.argv[1:])
"""
KEPT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "PIP_CERT",
    "PYENV_ROOT",
)


def bare_environment(home: Path) -> dict[str, str]:
    """Return what a new account has: a path, a certificate store, and an empty home.

    Without CI, so that the inner `make test` leaves out the slow tests, this one among them.
    """
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return {**kept, "HOME": str(home), "EVALUATIE_QUARTO": "no"}


def without_network() -> tuple[list[str], dict[str, str]]:
    """Return a command prefix and variables that cut the network off."""
    for flags in (["-n"], ["-r", "-n"]):
        prefix = ["unshare", *flags, sys.executable, "-c", LOOPBACK_ONLY]
        if (
            shutil.which("unshare")
            and subprocess.run([*prefix, "true"], check=False).returncode == 0
        ):
            return prefix, {}
    closed = "http://127.0.0.1:9"  # the discard port: nobody listens
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    return [], dict.fromkeys(names, closed)


def run(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-6000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("newcomer") / "evaluatie"
    subprocess.run(["git", "clone", "--quiet", "--no-local", ROOT, folder], check=True)
    return folder


def test_both_commands_work_on_a_bare_clone_and_then_without_network(clone, tmp_path):
    environment = bare_environment(tmp_path / "home")
    (tmp_path / "home").mkdir()

    first = run(["make", "report"], clone, environment)
    assert "Renderer: " in first
    made = {
        name: (clone / "build" / name).read_bytes() for name in ("estimates.csv", "verdicts.csv")
    }
    assert (clone / "build" / "index.html").is_file()
    assert "passed" in run(
        ["make", "test"], clone, {**environment, "PYTEST_ADDOPTS": "tests/reference"}
    )

    # Everything once more without network, from the raw feeds on; of the tests those that start
    # commands and kernels: the others open no connection.
    prefix, proxies = without_network()
    offline = environment | proxies
    run(["make", "clean"], clone, offline)
    assert (clone / "data" / "raw").is_dir()
    run([*prefix, "make", "report"], clone, offline)
    assert {name: (clone / "build" / name).read_bytes() for name in made} == made
    assert "passed" in run(
        [*prefix, "make", "test"], clone, {**offline, "PYTEST_ADDOPTS": "tests/end_to_end"}
    )

    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True
    ).stdout
    assert changed == "", "the two commands leave the checkout as it was"
