"""What a scan is asked to do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.model import Level, Reading
from engine.outputs import Output
from engine.rules import Ruleset

if TYPE_CHECKING:
    from engine.correlate import Limits
    from engine.match import Detector
    from engine.runners.continuing import Continuing

__all__ = ["Scan"]

IN_MEMORY = 200_000
"""Hits of correlations that wait in memory by default: about 300 MB of CloudTrail's."""

Progress = Callable[[int, int, int], None]
"""Called with (files done, files in all, events so far)."""


@dataclass(frozen=True)
class Scan:
    """What to scan, with what, and where the result goes.

    sources       targets: folders, files, globs, "-"
    workers       processes; 1 scans in this one
    since, until  microseconds; events outside are counted, not reported
    fail_on       the level from which on `Summary.fail_on_met` is set
    profile       find out what each rule costs, which makes it slower
    started       `time.perf_counter()` when the run began, for the summary's seconds
    now           microseconds; when the sources are asked what they have
    final         decide windows that are still open at the end as if nothing more came
    in_memory     hits, and episodes, that wait in memory; more than that wait on disk
    limits        how much correlations remember; None: `engine.correlate.Limits()`
    continuing    the runs that this one goes on from; None: it stands alone
    patient       a source that does not answer is a problem of the run, and the others are read
    detector      one that has been used for this ruleset before, and so is quicker; None: a new one
    resting       sources that are left alone in this run, as they did not answer in the last
    """

    sources: tuple[str, ...]
    ruleset: Ruleset
    output: Output
    workers: int = 1
    since: int | None = None
    until: int | None = None
    reading: Reading = field(default_factory=Reading)
    all_logsources: bool = False
    fail_on: Level | None = None
    progress: Progress | None = None
    profile: bool = False
    started: float = field(default_factory=time.perf_counter)
    now: int = field(default_factory=lambda: time.time_ns() // 1_000)
    final: bool = False
    in_memory: int = IN_MEMORY
    limits: Limits | None = None
    continuing: Continuing | None = None
    detector: Detector | None = None
    patient: bool = False
    resting: frozenset[str] = frozenset()
