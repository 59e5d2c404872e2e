"""Execute notebooks with papermill on kernels forked from one warm, single-threaded server.

A fork server imports the packages a report needs once; every run gets a fresh fork of it, so
that a kernel starts in tens of milliseconds and still shares nothing with another run. Where
fork is not safe (other than Linux) every run starts an ordinary kernel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import papermill
from ipykernel.kernelspec import get_kernel_dict
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_core.utils import ensure_event_loop
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from evaluatie.errors import EvaluatieError, RunError
from evaluatie.reports.warm import (
    ENVIRONMENT,
    SLICE_VARIABLE,
    PopenView,
    fork_is_safe,
    warm_server,
)

ENGINE = "evaluatie"


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, str],
    *,
    slice_folder: Path,
    folder: Path,
    warm: bool | None = None,
    timeout: int | None = None,
) -> None:
    """Execute ``source`` with papermill and write it, cell after cell, to ``target``.

    Parameters
    ----------
    source, target : Path
        Notebook without outputs, and where the executed one goes (also when a cell fails).
    parameters : mapping of str to str
        Values of the injected cell.
    slice_folder : Path
        Report slice; the notebook finds it in the environment variable ``EVALUATIE_SLICE``.
    folder : Path
        Working folder of the kernel.
    warm : bool, optional
        Fork from the warm server; default: where that is safe.
    timeout : int, optional
        Seconds a cell may take; default without limit.

    Raises
    ------
    RunError
        A cell failed, or the kernel died; ``target`` then holds what was done. Only its owner can
        read it: whatever a cell printed stands in it.
    """
    _closed(target)
    with tempfile.TemporaryDirectory(prefix="evaluatie-ipython-") as profile:
        environment = {
            **os.environ,
            **ENVIRONMENT,
            SLICE_VARIABLE: str(slice_folder.resolve()),
            "IPYTHONDIR": profile,  # start-up files of the user are no part of the report
        }
        try:
            papermill.execute_notebook(
                str(source),
                str(target),
                parameters=dict(parameters),
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                execution_timeout=timeout,
                environment=environment,
                folder=str(folder),
                warm=fork_is_safe() if warm is None else warm,
            )
        except PapermillExecutionError as error:
            raise RunError(
                _told(str(error.ename), str(error.evalue)), where=f"cell {error.cell_index + 1}"
            ) from None
        except RunError:
            raise
        except Exception as error:
            # papermill and nbclient raise many kinds: a dead kernel, a time-out, no start
            raise RunError(f"the kernel stopped: {type(error).__name__}") from error
        finally:
            ensure_event_loop().close()  # jupyter opens one per thread and leaves it open


def _closed(target: Path) -> None:
    """Make the file and its folder so that only their owner can read them; papermill keeps that."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    target.parent.chmod(0o700)
    target.touch(mode=0o600)
    target.chmod(0o600)


def _told(kind: str, text: str) -> str:
    """Return what may be printed of an error in a notebook.

    Our own errors never hold a value of a person. Any other can quote one: of those only the kind
    is named, and the text stays in the notebook.
    """
    if kind in {cls.__name__ for cls in _family(EvaluatieError)}:
        return f"{kind}: {text.strip()}"
    return f"{kind}; what it says can quote data, and stands in the notebook only"


def _family(kind: type[EvaluatieError]) -> Iterator[type[EvaluatieError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _family(below)


class ReportEngine(Engine):  # type: ignore[misc]
    """A papermill engine that passes environment and folder to the kernel, never `chdir`."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        environment: dict[str, str],
        folder: str,
        warm: bool,
        execution_timeout: int | None = None,
        **_ignored: Any,
    ) -> None:
        """Execute the cells of ``nb_man`` on a fresh kernel."""
        client = PapermillNotebookClient(
            nb_man,
            timeout=execution_timeout,
            startup_timeout=120,
            kernel_name=kernel_name,
            kernel_manager_class=WarmKernelManager if warm else RunKernelManager,
            shutdown_kernel="immediate",
        )
        # what a cell writes past the notebook goes nowhere, and never to the terminal of the batch
        nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        client.execute(env=environment, cwd=folder, **nowhere)


papermill_engines.register(ENGINE, ReportEngine)


class RunKernelManager(AsyncKernelManager):
    """A kernel of this very interpreter, on its own sockets in its own folder."""

    _sockets: str = ""

    @property
    def kernel_spec(self) -> KernelSpec:
        """Spec of this interpreter; one that happens to be installed elsewhere is not asked."""
        return KernelSpec(**get_kernel_dict())

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        if os.name == "posix":  # ports can collide between runs, a socket of one's own cannot
            self._sockets = tempfile.mkdtemp(prefix="evaluatie-")
            self.transport, self.ip = "ipc", f"{self._sockets}/k"
        return await super()._async_pre_start_kernel(**kw)

    pre_start_kernel = _async_pre_start_kernel

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        await super()._async_cleanup_resources(restart)
        if self._sockets and not restart:
            shutil.rmtree(self._sockets, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources


class WarmKernelManager(RunKernelManager):
    """The same kernel, forked from the warm server."""

    async def _async_pre_start_kernel(self, **kw: Any) -> Any:
        self.kernel_id = self.kernel_id or kw.pop("kernel_id", None) or os.urandom(8).hex()
        self.provisioner = ForkProvisioner(
            kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
        )
        return await super()._async_pre_start_kernel(**kw)

    pre_start_kernel = _async_pre_start_kernel


class ForkProvisioner(LocalProvisioner):
    """Launch a kernel by forking the warm server instead of starting an interpreter."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel with the arguments, environment and folder of ``cmd`` and ``kwargs``."""
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        child = warm_server().fork(arguments, kwargs["env"], kwargs.get("cwd"))
        view: Any = PopenView(child)
        self.process = view
        self.pid = self.pgid = child.pid
        return self.connection_info
