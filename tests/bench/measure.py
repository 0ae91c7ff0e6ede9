"""Run a command and say what it took: seconds, CPU seconds, and the peak memory of its whole process tree.

Ratios are taken from interleaved pairs (A B A B ...), because a machine drifts by more than what is to be measured.
Linux only: memory is read from /proc.
"""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Run(NamedTuple):
    """One finished command.

    rss_bytes  greatest sum of resident memory over its processes at one time; shared pages count in each of them
    """

    seconds: float
    cpu_seconds: float
    rss_bytes: int
    status: int
    stdout: str
    stderr: str


class Spread(NamedTuple):
    """Of several measurements: least, middle, greatest."""

    least: float
    middle: float
    greatest: float

    def show(self, digits: int = 2) -> str:
        return " / ".join(f"{value:,.{digits}f}" for value in self)


def spread(values: Sequence[float]) -> Spread:
    return Spread(min(values), statistics.median(values), max(values))


def run(
    command: Sequence[str],
    *,
    cores: Sequence[int] | None = None,
    env: Mapping[str, str] | None = None,
    statuses: Sequence[int] = (0,),
    stdout: Path | None = None,
    cwd: Path | None = None,
) -> Run:
    """Run to the end, on these cores only, stdout into a file if one is named (else into the result).

    Raises RuntimeError with the tail of stderr on an exit status that was not expected.
    """
    into = None if stdout is None else stdout.open("wb")
    before = os.times()
    allowed = os.sched_getaffinity(0)
    if cores is not None:
        os.sched_setaffinity(0, set(cores))  # the child inherits it
    began = time.perf_counter()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if into is None else into,
            stderr=subprocess.PIPE,
            env={**os.environ, **(env or {})},
            cwd=cwd,
        )
    finally:
        os.sched_setaffinity(0, allowed)
    watch = _Watch(process.pid)
    out, err = process.communicate()
    seconds = time.perf_counter() - began
    after = os.times()
    if into is not None:
        into.close()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    texts = [(text or b"").decode(errors="replace") for text in (out, err)]
    done = Run(seconds, cpu, watch.peak(), process.returncode, *texts)
    if done.status not in statuses:
        raise RuntimeError(f"status {done.status} from: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")
    return done


class _Watch:
    """Adds up the resident memory of a process and its descendants until it is gone.

    Memory is read every 20 ms; who the descendants are every 200 ms, because that reads all of /proc.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak_bytes = 0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._over = threading.Event()
        self._thread.start()

    def _look(self) -> None:
        turn, pids = 0, [self._pid]
        while not self._over.wait(0.02):
            if turn % 10 == 0:
                pids = _tree(self._pid)
            turn += 1
            self._peak_bytes = max(self._peak_bytes, sum(map(_rss_bytes, pids)))

    def peak(self) -> int:
        self._over.set()
        self._thread.join()
        return self._peak_bytes


def _rss_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _tree(pid: int) -> list[int]:
    """The process and all its descendants; not every kernel lists children, so parents are read of all processes."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path(f"/proc/{entry}/stat").read_text()
            except OSError:
                continue
            children.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(entry))
    found = [pid]
    for each in found:
        found += children.get(each, ())
    return found


class Pairs(NamedTuple):
    """Results of interleaved runs, in order: `a[i]` and `b[i]` ran one after the other."""

    a: list[float]
    b: list[float]

    @property
    def ratio(self) -> Spread:
        """Of `a` to `b`, pair by pair."""
        return spread([x / y for x, y in zip(self.a, self.b, strict=True)])


def interleave(a: Callable[[], float], b: Callable[[], float], pairs: int) -> Pairs:
    """Run a b, b a, a b ...: which of the two goes first changes, so that drift within a pair cancels too."""
    result = Pairs([], [])
    for number in range(pairs):
        for call, into in ((a, result.a), (b, result.b)) if number % 2 == 0 else ((b, result.b), (a, result.a)):
            into.append(call())
    return result


def machine() -> str:
    """Kernel, processor, cores and Python, in one line without the machine's name."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = len(os.sched_getaffinity(0))
    load = os.getloadavg()[0]
    return (
        f"{platform.system()} {platform.release()}, {platform.machine()}, {model}, {cores} cores, "
        f"{platform.python_implementation()} {platform.python_version()}, load before {load:.1f}"
    )


def pick(count: int | None = None) -> list[int] | None:
    """The first `count` processors this process may use (numbered from the last, which interrupts visit least)."""
    return None if count is None else sorted(os.sched_getaffinity(0), reverse=True)[:count]
