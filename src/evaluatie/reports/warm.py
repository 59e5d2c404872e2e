"""The fork server: a single-threaded process that has the imports of a report, and its forks.

Kept apart from papermill and its client: a kernel imports this module, not those.
"""

from __future__ import annotations

import contextlib
import functools
import io
import os
import random
import signal
import sys
import threading
import zlib
from collections.abc import Iterator, Mapping
from multiprocessing import forkserver as mp_forkserver
from multiprocessing import popen_fork, popen_forkserver, process, reduction, spawn, util
from multiprocessing.context import ForkServerProcess, set_spawning_popen
from pathlib import Path
from types import ModuleType
from typing import Any

SLICE_VARIABLE = "EVALUATIE_SLICE"
PRELOADED = (
    "ipykernel.kernelapp",
    "matplotlib.pyplot",  # not its inline backend: that must meet the kernel when it is imported
    "pyarrow.parquet",
    "great_tables",
    "evaluatie.reports.context",
    "evaluatie.reports.warm",
)
ENVIRONMENT = {
    # ipykernel sets this before matplotlib is imported; without it a fork loses every PNG
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONHASHSEED": "0",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "SOURCE_DATE_EPOCH": "946684800",
    "TZ": "UTC",
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}


def fork_is_safe() -> bool:
    """Return whether this platform can fork warm kernels."""
    return sys.platform == "linux"


class WarmServer:
    """The fork server of this process and the kernels that live."""

    def __init__(self) -> None:
        self.server = mp_forkserver.ForkServer()
        self.server.set_forkserver_preload(list(PRELOADED))
        self.lock = threading.Lock()
        self.children: set[_Child] = set()
        self.stopped = False

    def start(self) -> None:
        """Start the server, so that it imports while the caller does something else."""
        with self.lock:
            self.stopped = False
            self._ensure_running()

    def _ensure_running(self) -> None:
        with _environment(ENVIRONMENT):
            self.server.ensure_running()

    def fork(self, arguments: list[str], environment: dict[str, str], folder: str | None) -> _Child:
        """Return a new kernel process; refuse once the batch was interrupted."""
        with self.lock:
            if self.stopped:
                raise InterruptedError("the batch was interrupted")
            self._ensure_running()
            self.children = {child for child in self.children if child.is_alive()}
            child = _Child(target=_kernel_main, args=(arguments, environment, folder), daemon=True)
            child.server = self.server
            child.start()
            self.children.add(child)
        return child

    def stop(self) -> None:
        """Kill every kernel that lives and start no more; for an interrupted batch."""
        with self.lock:
            self.stopped = True
            for child in self.children:
                with contextlib.suppress(ProcessLookupError, ValueError):
                    child.kill()


@functools.cache
def warm_server() -> WarmServer:
    """Return the one fork server of this process; a worker process gets its own."""
    return WarmServer()


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """Lend variables to a process started inside; the hash seed can be given in no other way."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class _ForkPopen(popen_forkserver.Popen):
    """Launch without importing the caller's main module, which would cost a second per kernel."""

    _fds: list[int]

    def __init__(self, child: _Child) -> None:
        self._fds = []
        popen_fork.Popen.__init__(self, child)

    def _launch(self, child: _Child) -> None:
        prepared = spawn.get_preparation_data(child.name)
        for key in ("init_main_from_path", "init_main_from_name"):
            prepared.pop(key, None)
        buffer = io.BytesIO()
        set_spawning_popen(self)
        try:
            reduction.dump(prepared, buffer)
            reduction.dump(child, buffer)
        finally:
            set_spawning_popen(None)
        self.sentinel, write = child.server.connect_to_new_process(self._fds)
        kept = os.dup(write)
        self.finalizer = util.Finalize(self, _close_all, (kept, self.sentinel))
        with open(write, "wb", closefd=True) as pipe:
            pipe.write(buffer.getbuffer())
        self.pid = mp_forkserver.read_signed(self.sentinel)


def _close_all(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


class _Child(ForkServerProcess):
    server: Any = None

    @staticmethod
    def _Popen(process_obj: Any) -> Any:  # noqa: N802 - name given by multiprocessing
        return _ForkPopen(process_obj)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "server"}


class PopenView:
    """What a provisioner expects of a `subprocess.Popen`."""

    def __init__(self, child: _Child) -> None:
        self._child, self.pid = child, child.pid
        self.stdin = self.stdout = self.stderr = None

    def poll(self) -> int | None:
        """Return the exit code, or None while it lives."""
        return self._child.exitcode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end."""
        self._child.join(timeout)
        return self._child.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(int(self.pid or 0), number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)


def _let_go_of_server() -> None:
    """Close this process's end of the pipe that keeps the server alive.

    A forked process may itself ask the server for processes, and therefore gets that end; a
    kernel that kept it would keep the server, and so itself, alive after the batch was killed.
    """
    server: Any = mp_forkserver._forkserver
    if server._forkserver_alive_fd is not None:
        os.close(server._forkserver_alive_fd)
    server._forkserver_alive_fd = server._forkserver_address = server._forkserver_pid = None


def _let_go_of_terminal() -> None:
    """Let nothing a cell writes reach the terminal or log of the batch: it could be data.

    What goes through ipykernel stands in the notebook all the same.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _kernel_main(arguments: list[str], environment: dict[str, str], folder: str | None) -> None:
    """Become an ordinary kernel: own session, environment, folder, main module, random state."""
    os.setsid()
    _let_go_of_server()
    _let_go_of_terminal()
    os.environ.clear()
    os.environ.update(environment)
    if folder:
        os.chdir(folder)
    sys.argv = ["ipykernel_launcher", *arguments]
    sys.modules["__main__"] = ModuleType("__main__")
    process.current_process()._config.pop("daemon", None)  # type: ignore[attr-defined]
    seed = zlib.crc32(Path(environment[SLICE_VARIABLE]).name.encode())
    random.seed(seed)
    if "numpy" in sys.modules:  # forks would share the state of the legacy generator
        sys.modules["numpy"].random.seed(seed)
    from ipykernel.kernelapp import IPKernelApp

    # the kernel ends with the server, and the server with the process that started it
    IPKernelApp.launch_instance(
        argv=[*arguments, f"--IPKernelApp.parent_handle={os.getppid()}"],
    )
