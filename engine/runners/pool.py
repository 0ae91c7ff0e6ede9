"""Blobs over several processes, results in the order of the blobs."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, NamedTuple

from engine.model import Blob, Problem
from engine.runners.collector import calm
from engine.runners.worker import Piece, Tally, Worker

__all__ = ["scan_all"]

TASK_BYTES = 4 << 20
"""Stored bytes given to a process at a time, about: enough that handing over does not show."""

TASK_BLOBS = 64

AHEAD = 3
"""Tasks under way for each process: enough that none waits, few enough that results do not pile up."""

KEEP = 4_000
"""Detections that a process holds before it writes them down, at most."""


def scan_all(blobs: Sequence[Blob], worker: Worker, workers: int) -> Iterator[Piece]:
    """Scan all blobs; pieces come in order of blobs, whoever scanned them."""
    tasks = list(_tasks(blobs))
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            yield from _in_this_process(task, worker)
        return
    yield from _with_processes(tasks, worker, min(workers, len(tasks)))


class _Task(NamedTuple):
    """Blobs that stand side by side, and the number of the first; or one stream."""

    first: int
    blobs: list[Blob]

    @property
    def stream(self) -> bool:
        """Whether only this process has what is to be read."""
        return self.blobs[0].size is None


def _tasks(blobs: Sequence[Blob]) -> Iterator[_Task]:
    held: list[Blob] = []
    size = 0
    for number, blob in enumerate(blobs):
        if held and (blob.size is None or size >= TASK_BYTES or len(held) >= TASK_BLOBS):
            yield _Task(number - len(held), held)
            held, size = [], 0
        held.append(blob)
        size += TASK_BYTES if blob.size is None else blob.size
    if held:
        yield _Task(len(blobs) - len(held), held)


def _in_this_process(task: _Task, worker: Worker) -> Iterator[Piece]:
    for number, tally, found in worker.scan(task.blobs):
        yield task.first + number, tally, found


def _with_processes(tasks: Sequence[_Task], worker: Worker, workers: int) -> Iterator[Piece]:
    """Keep every process busy and hand results on in order; what a dead process was at is tried once more, alone."""
    waiting: deque[_Waiting] = deque()
    with tempfile.TemporaryDirectory(prefix="detect-") as folder:
        pool = _Pool(worker, workers, folder)
        try:
            coming = iter(tasks)
            while True:
                while len(waiting) < workers * AHEAD and (task := next(coming, None)) is not None:
                    waiting.append((task, pool.submit(task)))
                if not waiting:
                    return
                task, future = waiting.popleft()
                if future is None:
                    yield from _in_this_process(task, worker)
                    continue
                try:
                    results: Iterable[Iterator[Piece]] = [_read(future.result())]
                except BrokenProcessPool:
                    pool.restart()
                    results = pool.alone(task)
                    waiting = deque((later, _kept(done) or pool.submit(later)) for later, done in waiting)
                except OSError:  # no room for temporary files
                    results = [_in_this_process(task, worker)]
                for pieces in results:
                    yield from pieces
        finally:
            pool.stop()


def _read(path: str) -> Iterator[Piece]:
    """The pieces that a process has written down; takes the file away when all are read."""
    with open(path, "rb") as stream:
        while True:
            try:
                yield from pickle.load(stream)  # noqa: S301  # written by our own worker, in our own folder
            except EOFError:
                break
    os.unlink(path)


def _kept(future: Future[str] | None) -> Future[str] | None:
    """A result that was there before its process died."""
    return future if future is not None and future.done() and not future.exception() else None


_Waiting = tuple[_Task, Future[str] | None]
"""A task, and its result to come; None for a task that is left to this process."""


class _Pool:
    """Processes that each hold a worker.

    They give back no more than the name of a file that the result is in. The pipe between us takes so little at once:
    of a longer message half may be in it when a process is killed, and who reads it would wait for ever.
    """

    def __init__(self, worker: Worker, workers: int, folder: str) -> None:
        self._worker = worker
        self._workers = workers
        self._folder = folder
        self._pool = self._start(workers)

    def _start(self, workers: int) -> ProcessPoolExecutor:
        # fork hands the compiled rules over for nothing; elsewhere it is not safe or not there.
        context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        return ProcessPoolExecutor(workers, context, _begin, (self._worker, self._folder))

    def submit(self, task: _Task) -> Future[str] | None:
        """Hand a task over, unless it is a stream; where a process has died meanwhile, the future says so."""
        if task.stream:
            return None
        try:
            return self._pool.submit(_scan, task)
        except BrokenProcessPool as error:
            broken: Future[str] = Future()
            broken.set_exception(error)
            return broken

    def restart(self) -> None:
        self.stop()
        self._pool = self._start(self._workers)

    def alone(self, task: _Task) -> Iterator[Iterator[Piece]]:
        """A task in a process of its own; if that dies too, each of its blobs, and one that kills it is reported."""
        pool = self._start(1)
        try:
            pieces = _read(pool.submit(_scan, task).result())
        except BrokenProcessPool:
            if len(task.blobs) > 1:
                for number, blob in enumerate(task.blobs, task.first):
                    yield from self.alone(_Task(number, [blob]))
                return
            fault = "the process that scanned it was killed (out of memory?)"
            problem = Problem(task.blobs[0].ref, None, fault, True, "unreadable")
            pieces = iter([(task.first + 1, Tally(problems=[problem]), [])])
        finally:
            _end(pool)
        yield pieces

    def stop(self) -> None:
        """End the processes now: what they have not given yet is not wanted any more."""
        _end(self._pool)


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


_here: dict[str, Any] = {}
"""In a worker process: its worker and the folder for results."""


def _begin(worker: Worker, folder: str) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    calm()
    _here.update(worker=worker, folder=folder)


def _end_with_parent() -> None:
    """A parent that is killed leaves nobody to hand tasks over: without this we would wait for one for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _scan(task: _Task) -> str:
    """Scan in a worker process; returns the file that the pieces are in."""
    worker: Worker = _here["worker"]
    folder: str = _here["folder"]
    pieces: list[Piece] = []
    held = 0
    handle, path = tempfile.mkstemp(dir=folder)
    with open(handle, "wb") as stream:
        for number, tally, found in worker.scan(task.blobs):
            pieces.append((task.first + number, tally, found))
            held += len(found)
            if held >= KEEP:
                pickle.dump(pieces, stream, pickle.HIGHEST_PROTOCOL)
                pieces, held = [], 0
        pickle.dump(pieces, stream, pickle.HIGHEST_PROTOCOL)
    return path
