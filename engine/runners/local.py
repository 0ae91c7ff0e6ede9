"""A scan on this machine: finds the blobs, has them scanned by one process or many, and writes in order."""

from __future__ import annotations

from collections.abc import Iterator

from engine import sources
from engine.errors import UsageError
from engine.match import Detector
from engine.model import Problem, Summary
from engine.runners.collector import calmed
from engine.runners.interrupt import heeded
from engine.runners.pool import scan_all
from engine.runners.report import Report
from engine.runners.scan import Scan
from engine.runners.worker import Worker
from engine.sources import Item

__all__ = ["Scan", "run"]


@calmed()
def run(scan: Scan) -> Summary:
    """Scan everything and write every detection; the same output for any number of workers.

    Ctrl-C ends the scan early: what was found is written, and the summary says `interrupted`.

    Raises UsageError for a source that is not there.
    """
    report, of_detector, of_worker = _parts(scan)
    blobs = [blob for target in scan.sources for blob in report.blobs(target, _found(target, scan))]
    scan.output.start()
    try:
        worker = of_worker(
            scan.detector or of_detector(scan.ruleset, all_logsources=scan.all_logsources),
            scan.output.row,
            scan.reading,
            scan.since,
            scan.until,
            report.hits,
        )
        report.reading_starts()
        with heeded(report.whole):
            for done, tally, found in scan_all(blobs, worker, scan.workers):
                report.add(tally, found, done)
                if scan.progress:
                    scan.progress(done, len(blobs), report.tally.events)
    except KeyboardInterrupt:
        report.interrupted = True
    report.decide()
    summary = report.summary()
    scan.output.close(summary)
    if scan.continuing is None:  # nothing is kept, so nothing is done with
        for target in scan.sources:
            sources.give_back(target)
    return summary


def _found(target: str, scan: Scan) -> Iterator[Item]:
    """What a target has. One that a patient scan gets no answer from is a problem, and the others are read."""
    if target in scan.resting:
        return
    after = scan.continuing.reached(target) if scan.continuing else None
    try:
        yield from sources.for_target(target).find(target, since=scan.since, until=scan.until, after=after)
    except UsageError as error:
        if not scan.patient:
            raise
        hint = f"; hint: {error.hint}" if error.hint else ""
        yield Problem(sources.place(target), None, f"{error.fault}{hint}", True, "source")


def _parts(scan: Scan) -> tuple[Report, type[Detector], type[Worker]]:
    """What a scan is made of; one without correlations, state and profile knows nothing of them."""
    correlated = bool(scan.ruleset.correlations or scan.continuing)
    if not scan.profile and not correlated:
        return Report(scan), Detector, Worker
    if not scan.profile:
        from engine.runners.correlated import CorrelatedReport

        return CorrelatedReport(scan), Detector, Worker
    from engine.match.profile import ProfilingDetector
    from engine.runners.profile import ProfilingReport, ProfilingWorker

    report = _both(scan) if correlated else ProfilingReport(scan)
    return report, ProfilingDetector, ProfilingWorker


def _both(scan: Scan) -> Report:
    from engine.runners.correlated import CorrelatedReport
    from engine.runners.profile import ProfilingReport

    class Both(CorrelatedReport, ProfilingReport):
        """A report that decides, and sums what rules cost."""

    return Both(scan)
