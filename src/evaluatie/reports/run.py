"""Make many reports: what is up to date is left alone, a failure does not stop the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from evaluatie.agreement.model import ReportRun
from evaluatie.domain import Progress, no_progress
from evaluatie.errors import RunError
from evaluatie.reports.defaults import QUARTO_FILE, study_file
from evaluatie.reports.job import Job, Outcome, make
from evaluatie.reports.render import Renderer
from evaluatie.reports.slice import FORMATS, read_texts
from evaluatie.reports.warm import fork_is_safe, warm_server
from evaluatie.study import Study

WORK = "Reports"


@dataclass(frozen=True)
class RunOptions:
    """How reports are made.

    Parameters
    ----------
    renderer : Renderer
        From `choose_renderer`.
    formats : tuple of {"html", "pdf", "docx"}
        Forms to make, of those that were agreed for the report.
    workers : int
        Reports at once.
    warm : bool or None
        Fork kernels from a warm server; None: where that is safe.
    timeout : int or None
        Seconds a cell may take; None: no limit.
    """

    renderer: Renderer
    formats: tuple[str, ...] = FORMATS
    workers: int = 2
    warm: bool | None = None
    timeout: int | None = None


@dataclass(frozen=True)
class RunSummary:
    """What a batch did; every tuple in the order of the run matrix."""

    renderer: str
    made: tuple[ReportRun, ...]
    unchanged: tuple[ReportRun, ...]
    failed: tuple[Outcome, ...]
    warnings: tuple[str, ...]

    @property
    def line(self) -> str:
        """One line with the counts."""
        return (
            f"{len(self.made)} reports made, {len(self.unchanged)} unchanged, "
            f"{len(self.failed)} failed"
        )


@dataclass(frozen=True)
class RunStatus:
    """Whether a report must be made, and because of what."""

    run: ReportRun
    reasons: tuple[str, ...]

    @property
    def up_to_date(self) -> bool:
        """Whether nothing it depends on has changed."""
        return not self.reasons


def jobs_of(
    study: Study, runs: Sequence[ReportRun], slices: Mapping[str, Path], options: RunOptions
) -> tuple[Job, ...]:
    """Return one job per run.

    Parameters
    ----------
    study : Study
        Where notebooks, `_quarto.yml` and the build folder are.
    runs : sequence of ReportRun
        Rows of the run matrix.
    slices : mapping of str to Path
        Folder of the slice of each run, by run name.
    options : RunOptions
        How to make them.

    Raises
    ------
    RunError
        A run has no slice, or none of the forms that are asked for was agreed for any run.
    """
    if absent := [run.name for run in runs if run.name not in slices]:
        raise RunError(f"{len(absent)} runs have no slice: {', '.join(absent[:5])}")
    return tuple(_job(study, run, slices[run.name], options) for run in runs)


def _job(study: Study, run: ReportRun, slice_folder: Path, options: RunOptions) -> Job:
    texts = read_texts(slice_folder)
    notebook = study_file(study.root, f"notebooks/{texts.notebook}")
    inside = notebook.is_relative_to(study.root)
    return Job(
        run=run,
        slice_folder=slice_folder,
        notebook=notebook,
        settings_file=study_file(study.root, QUARTO_FILE),
        build=study.build,
        folder=notebook.parent if inside else study.root,
        formats=tuple(f for f in FORMATS if f in options.formats and f in texts.formats),
        renderer=options.renderer,
        warm=options.warm,
        timeout=options.timeout,
    )


def run_reports(
    study: Study,
    runs: Sequence[ReportRun],
    slices: Mapping[str, Path],
    options: RunOptions,
    progress: Progress = no_progress,
    executor: Executor | None = None,
) -> RunSummary:
    """Make the reports of ``runs`` that are not up to date.

    Parameters
    ----------
    study, runs, slices, options
        See `jobs_of`.
    progress : callable
        Told after each report.
    executor : Executor, optional
        Who runs the jobs, such as a process pool or ``distributed.Client.get_executor()``;
        default ``options.workers`` threads, each with its own warm kernel.

    Notes
    -----
    Every report is built in a temporary folder under a lock and moved into place: killed at any
    moment, the next call goes on; two calls at once make each report once.
    """
    jobs = jobs_of(study, runs, slices, options)
    todo = [job for job in jobs if job.reasons()]
    progress(WORK, len(jobs) - len(todo), len(jobs))
    outcomes = {job.run.name: Outcome(job.run) for job in jobs}
    if todo:
        if executor is None and options.warm is not False and fork_is_safe():
            warm_server().start()
        pool = nullcontext(executor) if executor else ThreadPoolExecutor(options.workers)
        with pool as workers:
            done = len(jobs) - len(todo)
            for outcome in _outcomes(workers, todo):
                outcomes[outcome.run.name] = outcome
                done += 1
                progress(WORK, done, len(jobs))
    return _summary(options.renderer.line, tuple(outcomes[job.run.name] for job in jobs))


def _outcomes(executor: Executor, jobs: Sequence[Job]) -> Iterator[Outcome]:
    futures: dict[Future[Outcome], Job] = {executor.submit(make, job): job for job in jobs}
    try:
        for future in as_completed(futures):
            yield future.result()
    except BaseException:  # Ctrl-C among others: stop what runs, then let it through
        for future in futures:
            future.cancel()
        warm_server().stop()
        raise


def _summary(renderer: str, outcomes: tuple[Outcome, ...]) -> RunSummary:
    return RunSummary(
        renderer=renderer,
        made=tuple(o.run for o in outcomes if o.made),
        unchanged=tuple(o.run for o in outcomes if not o.made and not o.message),
        failed=tuple(o for o in outcomes if o.message),
        warnings=tuple(f"{o.run.name}: {text}" for o in outcomes for text in o.warnings),
    )


def status(
    study: Study, runs: Sequence[ReportRun], slices: Mapping[str, Path], options: RunOptions
) -> tuple[RunStatus, ...]:
    """Tell for each run whether it is up to date, and which ingredients of its key changed."""
    return tuple(RunStatus(job.run, job.reasons()) for job in jobs_of(study, runs, slices, options))
