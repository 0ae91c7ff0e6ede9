"""Where the time of a scan goes on one core: microseconds an event for each stage, in this process, after a warm-up.

    python tests/bench/stages.py CORPUS RULES [--rounds 3] [--functions]

    gunzip   decompress.chunks, nothing else
    decode   decoders.decode, into what the rules need, less gunzip
    match    Detector.match
    rest     Worker.scan less all of the above: times and counts of every event; detections, rendered

Each stage is the best of the rounds, taken over the whole corpus. With --functions, Python's profiler lists the
functions that take longest (it slows small functions down, so it shows where, not how much). Named stages and not
profile, because that is a module of Python's own.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine import decoders, sources
from engine.decompress import chunks
from engine.load import load
from engine.match import Detector
from engine.model import Batch, Blob, Reading
from engine.outputs.ndjson import Output
from engine.runners.worker import Worker


class Stages:
    """The parts of a scan of one corpus, each as one call over all of it."""

    def __init__(self, corpus: Path, rules: Path) -> None:
        files = sources.for_target(str(corpus))
        self.source = files
        self.blobs = [blob for blob in files.find(str(corpus)) if isinstance(blob, Blob)]
        self.worker = Worker(Detector(load([rules])), Output.row, Reading())

    def gunzip(self) -> None:
        for blob in self.blobs:
            with self.source.open(blob) as stream:
                for _ in chunks(stream, self.worker.reading.max_bytes):
                    pass

    def batches(self) -> Iterator[Batch]:
        for blob in self.blobs:
            with self.source.open(blob) as stream:
                for item in decoders.decode(blob, stream, self.worker.reading):
                    if isinstance(item, Batch):
                        yield item

    def decode(self) -> None:
        for _ in self.batches():
            pass

    def match(self) -> None:
        """Decoding with it."""
        for batch in self.batches():
            self.worker.detector.match(batch)

    def scan(self) -> int:
        """All of it; how many events."""
        return sum(tally.events for _, tally, _ in self.worker.scan(self.blobs))


def best(stage: Callable[[], object], rounds: int) -> float:
    """Seconds of the quickest round."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        stage()
        found.append(time.perf_counter() - began)
    return min(found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", type=Path)
    options.add_argument("rules", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--functions", action="store_true")
    arguments = options.parse_args()
    stages = Stages(arguments.corpus, arguments.rules)
    events = stages.scan()  # warms the caches
    gunzip, decode, match, scan = (
        best(stage, arguments.rounds) for stage in (stages.gunzip, stages.decode, stages.match, stages.scan)
    )
    parts = {"gunzip": gunzip, "decode": decode - gunzip, "match": match - decode, "rest": scan - match, "all": scan}
    for name, seconds in parts.items():
        print(f"{name:8} {seconds / events * 1e6:6.2f} µs an event {seconds / scan:6.0%}")
    print(f"{events:,} events, {events / scan:,.0f} a second")
    if arguments.functions:
        with cProfile.Profile() as profile:
            stages.scan()
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)


if __name__ == "__main__":
    main()
