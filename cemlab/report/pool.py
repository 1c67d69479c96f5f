"""Run tasks, each in a fresh process of its own: one that fails, hangs or is killed is its own loss only.

joblib is not used: a killed worker ends its whole run. With a fork server the heavy libraries are imported once, and
each task still starts from a clean copy (2.9 s of imports saved per report).
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import time
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

PRELOADED = [
    "cemlab.report.engine",
    "numpy",
    "pandas",
    "matplotlib.pyplot",
    "seaborn",
    "scipy.stats",
    "statsmodels.api",
    "pingouin",
    "pyarrow.parquet",
    "duckdb",
    "narwhals",
    "nbconvert.exporters",
    "papermill",
    "pydantic",
    "ruamel.yaml",
    "babel.numbers",
]
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Ended:
    """How a task ended: what it returned, or why it returned nothing."""

    task: Any
    value: Any = None
    failure: str = ""
    seconds: float = 0.0


@dataclass
class _Running:
    task: Any
    process: Any
    pipe: Connection
    started: float = field(default_factory=time.monotonic)

    def ended(self, value: Any = None, failure: str = "") -> Ended:
        return Ended(self.task, value, failure, time.monotonic() - self.started)


def run_tasks(
    work: Callable[[Any], Any], tasks: Iterable[Any], *, jobs: int = 1, timeout_seconds: float = 3600
) -> Iterator[Ended]:
    """Yield each task's end as it comes, with at most `jobs` processes at a time.

    Parameters
    ----------
    work : callable
        A function of a module; it gets one task. What it returns must be picklable.
    tasks : iterable
        Drawn from only when a process is free.
    jobs : int
        Processes at a time.
    timeout_seconds : float
        A task that takes longer is ended.

    Yields
    ------
    Ended
        The task with its value, or with the reason why there is none.
    """
    context = _context()
    waiting, running = iter(tasks), list[_Running]()
    exhausted = False
    try:
        while True:
            while not exhausted and len(running) < max(1, jobs):
                task = next(waiting, _NOTHING)
                if task is _NOTHING:
                    exhausted = True
                else:
                    running.append(_start(context, work, task))
            if not running:
                return
            yield from _finished(running, timeout_seconds)
    finally:
        for one in running:
            _stop(one)


_NOTHING = object()


def _context() -> Any:
    """A fork server where there is one, else a new interpreter per task."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


def _start(context: Any, work: Callable[[Any], Any], task: Any) -> _Running:
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(work, task, sender), daemon=True)
    with _one_thread_each(), _without_main():
        process.start()
    sender.close()
    return _Running(task, process, receiver)


@contextlib.contextmanager
def _one_thread_each() -> Iterator[None]:
    """Numbers must not depend on how many threads a machine has, and processes must not fight for them."""
    added = [name for name in THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _without_main() -> Iterator[None]:
    """Keep the child from running the caller's script again, as it would to find the caller's functions."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _child(work: Callable[[Any], Any], task: Any, sender: Connection) -> None:
    """Run the task and send its value; the parent alone decides on interruption."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError):
        sender.send(work(task))


def _finished(running: list[_Running], timeout_seconds: float) -> Iterator[Ended]:
    """Wait for at least a moment and yield what has ended; it is taken off `running`."""
    wait([one.pipe for one in running] + [one.process.sentinel for one in running], timeout=1.0)
    for one in list(running):
        end = _end_of(one, timeout_seconds)
        if end is not None:
            running.remove(one)
            _stop(one)
            yield end


def _end_of(one: _Running, timeout_seconds: float) -> Ended | None:
    dead = not one.process.is_alive()  # asked before the pipe: what it sent last is still read
    if one.pipe.poll():
        try:
            return one.ended(value=one.pipe.recv())
        except (EOFError, OSError):
            one.process.join(5)
            dead = True
    if dead:
        return one.ended(failure=f"Its process ended before it was done ({_reason(one.process.exitcode)}).")
    if time.monotonic() - one.started > timeout_seconds:
        return one.ended(failure=f"It took longer than {timeout_seconds:g} seconds and was stopped.")
    return None


def _reason(exitcode: int | None) -> str:
    if exitcode is not None and exitcode < 0:
        return f"killed by signal {-exitcode}; often the machine ran out of memory"
    return f"exit code {exitcode}"


def _stop(one: _Running) -> None:
    one.pipe.close()
    if one.process.is_alive():
        one.process.join(0.2)
    if one.process.is_alive():
        one.process.terminate()
        one.process.join(2)
    if one.process.is_alive():
        one.process.kill()
        one.process.join(2)
