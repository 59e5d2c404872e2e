"""Say which renderer the reports get; install Quarto once, quietly, where there is none.

`quarto-cli` downloads its binary while it installs, which fails in a closed network. That is no
error: the embedded renderer needs no download. The outcome is remembered in the environment, so
that the attempt is made once; `--again` repeats it. EVALUATIE_QUARTO=no never tries.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
OUTCOME, LOG = BIN.parent / ".quarto-tried", BIN.parent / "quarto.log"
TIMEOUT_SECONDS = 180


def quarto_version() -> str | None:
    """Return the version of a Quarto that answers; the wrapper may exist without a binary."""
    for command in (shutil.which("quarto"), shutil.which("quarto", path=str(BIN))):
        if command is None:
            continue
        try:
            answer = subprocess.run(
                [command, "--version"], capture_output=True, text=True, timeout=30, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        if answer.returncode == 0 and answer.stdout.strip():
            return answer.stdout.split()[0]
    return None


def install() -> None:
    """Try to install Quarto, everything it says going to the log; end all of it at the timeout."""
    command = [str(BIN / "uv"), "pip", "install", "--python", sys.executable, "--no-deps"]
    command += ["--require-hashes", "-r", "scripts/quarto.lock"]
    with LOG.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            log.write(f"\nstopped after {TIMEOUT_SECONDS} seconds\n")


def main() -> None:
    """Print one line: the renderer, and how to try Quarto again."""
    again = "--again" in sys.argv
    version = quarto_version()
    wanted = again or (os.environ.get("EVALUATIE_QUARTO") != "no" and not OUTCOME.exists())
    if version is None and wanted:
        print("Quarto is not here; trying to install it (once, three minutes at most)", flush=True)
        install()
        version = quarto_version()
        OUTCOME.write_text(version or "not installed; see quarto.log\n", encoding="utf-8")
    if version is not None:
        print(f"Renderer: Quarto {version}")
    else:
        print("Renderer: embedded (pandoc and typst); 'make quarto' tries to install Quarto")


if __name__ == "__main__":
    main()
