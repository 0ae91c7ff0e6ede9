"""One table from one run: how fast `detect run` is, beside the floor, naive evaluation, start-up and memory.

    python tests/bench/table.py                   a million events, all rule sets: about half an hour the first time
    python tests/bench/table.py --quick           small and soon done, to see that it works; judges no target

What the columns mean
    events/s       events of the corpus by the seconds of the whole command `detect run --workers N --format ndjson -o
                   FILE`, rules from the compile cache, less its start-up: the same command on one record
    of the floor   the floor's seconds (floor.py: gunzip with isal and a simdjson parse) by ours, in interleaved pairs
                   on the same single core: least / median / greatest; "whole" has the start-up in it
    2 cores, all   how many times one core is reached with as many workers as cores: interleaved pairs, less start-up
    naive          the oracle over fully decoded records, on a subset; its hits are compared with ours
    cold           the start-up when the compile cache is empty
    memory         peak resident memory of all processes together, with one and with two workers

Nothing here asserts: the figures are for people, and a target that was not measured is said to be so.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import corpora
import correlated
import measure
import rulesets
import targets
from corpora import Corpus
from measure import Spread
from subject import Subject, hits, summary

HERE = Path(__file__).resolve().parent


class Row(NamedTuple):
    """One rule set on one corpus; seconds, events a second, shares from 0 to 1, bytes. None: not measured.

    hits        share of events with a hit; detections: per event
    floor       events a second of the floor
    one         events a second of ours on one core, less start-up
    of_floor    ours to the floor, pair by pair, less start-up; whole: with it
    two, every  times one core, less start-up
    agrees      the naive evaluation of the subset found the same
    """

    rules: int
    loaded: int
    events: int
    hits: float
    detections: float
    floor: Spread
    one: Spread
    of_floor: Spread
    whole: Spread
    two: Spread | None
    every: Spread | None
    naive: float | None
    agrees: bool | None
    warm: Spread
    cold: float
    rss_one: int
    rss_two: int | None


class Bench:
    """Runs the command on rule sets and corpora of one work folder."""

    def __init__(self, work: Path, pairs: int) -> None:
        self.work = work
        self.pairs = pairs
        self.subject = Subject(work / "cache")
        self.out = work / "out.ndjson"
        self.cores = len(os.sched_getaffinity(0))
        self._started: dict[tuple[Path, int], Spread] = {}

    def row(self, size: int, rules: Path, corpus: Corpus, naive_events: int) -> Row:
        cold, warm = self.cold(rules, corpus), self.warm(rules, corpus, 1)
        rss: dict[int, int] = {}
        facts: dict[str, Any] = {}

        def ours(workers: int) -> float:
            seconds, rss[workers] = self.seconds(rules, corpus, workers, rss.get(workers, 0))
            facts.update(summary(self.out))
            if facts["problems"]["total"] or not facts["events"]:
                raise RuntimeError(f"not all of the corpus was read, so nothing is measured: {facts['problems']}")
            return seconds

        against = measure.interleave(lambda: ours(1), lambda: self.floor(corpus), self.pairs)
        two = self.speedup(rules, corpus, 2, ours) if self.cores >= 2 else None
        every = self.speedup(rules, corpus, self.cores, ours) if self.cores > 2 else None
        events = facts["events"]
        net = [seconds - warm.middle for seconds in against.a]
        naive, agrees = self.naive(rules, corpus, naive_events)
        print(f"{size:,} rules: {events / statistics.median(net):,.0f} events/s", file=sys.stderr, flush=True)
        return Row(
            rules=size,
            loaded=facts["rules"]["loaded"],
            events=events,
            hits=facts["events_with_hits"] / events,
            detections=facts["detections"] / events,
            floor=measure.spread([events / seconds for seconds in against.b]),
            one=measure.spread([events / seconds for seconds in net]),
            of_floor=measure.spread([b / a for a, b in zip(net, against.b, strict=True)]),
            whole=measure.spread([b / a for a, b in zip(against.a, against.b, strict=True)]),
            two=two,
            every=every,
            naive=naive,
            agrees=agrees,
            warm=warm,
            cold=cold,
            rss_one=rss[1],
            rss_two=rss.get(2),
        )

    def seconds(self, rules: Path, corpus: Corpus, workers: int, rss: int = 0) -> tuple[float, int]:
        """Of the whole command on as many cores as workers, and the peak memory of this and the runs before."""
        done = self.subject.run(corpus.folder, rules, self.out, workers=workers, cores=workers)
        return done.seconds, max(rss, done.rss_bytes)

    def floor(self, corpus: Corpus) -> float:
        command = [sys.executable, str(HERE / "floor.py"), str(corpus.folder), "--rounds", "1"]
        found: dict[str, float] = json.loads(measure.run(command, cores=measure.pick(1)).stdout)
        return found["seconds"]

    def speedup(self, rules: Path, corpus: Corpus, workers: int, ours: Any) -> Spread:
        """How many times one core's speed so many cores reach, both less their start-up."""
        alone, together = self.warm(rules, corpus, 1).middle, self.warm(rules, corpus, workers).middle
        both = measure.interleave(lambda: ours(1), lambda: ours(workers), self.pairs)
        return measure.spread([(a - alone) / (b - together) for a, b in zip(both.a, both.b, strict=True)])

    def cold(self, rules: Path, corpus: Corpus) -> float:
        """Start-up without a compile cache: median of three, or of the pairs if they are fewer."""
        one = corpora.one_record(self.work, corpus)
        found = []
        for _ in range(min(3, self.pairs)):
            with tempfile.TemporaryDirectory(dir=self.work) as empty:
                found.append(Subject(Path(empty)).run(one, rules, self.out, cores=1).seconds)
        return statistics.median(found)

    def warm(self, rules: Path, corpus: Corpus, workers: int) -> Spread:
        """Start-up with the compile cache: the whole command on one record, the first run of which does not count."""
        key = rules, workers
        if key not in self._started:
            one = corpora.one_record(self.work, corpus)
            runs = [
                self.subject.run(one, rules, self.out, workers=workers, cores=workers) for _ in range(1 + self.pairs)
            ]
            self._started[key] = measure.spread([run.seconds for run in runs[1:]])
        return self._started[key]

    def naive(self, rules: Path, corpus: Corpus, events: int) -> tuple[float | None, bool | None]:
        """Events a second of the oracle, and whether it found on its subset what the last run found."""
        if not events:
            return None, None
        command = [sys.executable, str(HERE / "naive.py"), str(corpus.folder), str(rules), "--events", str(events)]
        found = json.loads(measure.run(command, cores=measure.pick(1)).stdout)
        seen = set(found["ids"])
        ours = {tuple(hit) for hit in hits(self.out) if hit.event in seen}
        return found["events_per_second"], ours == {tuple(hit) for hit in found["hits"]}

    def slower(self, corpus: Corpus, rules: Path, than: Path) -> Spread:
        """Seconds with one rule set by seconds with the other, less start-up, in interleaved pairs on one core."""
        starts = [self.warm(each, corpus, 1).middle for each in (rules, than)]
        both = measure.interleave(
            lambda: self.seconds(rules, corpus, 1)[0] - starts[0],
            lambda: self.seconds(than, corpus, 1)[0] - starts[1],
            self.pairs,
        )
        return both.ratio

    def correlated(self, rules: Path, corpus: Corpus) -> Spread:
        """Seconds with twenty correlations by seconds without, whole commands, in interleaved pairs on one core."""
        self.subject.run(corpus.folder, rules, self.out, workers=1, cores=1)
        more = str(correlated.write(self.work / "correlations.yml", hits(self.out)))
        facts: dict[str, Any] = {}

        def seconds(*words: str) -> float:
            done = self.subject.run(corpus.folder, rules, self.out, *words, workers=1, cores=1)
            facts.update(summary(self.out))
            return done.seconds

        seconds("--rules", more)  # which compiles them
        given = sum(each["hits"] for each in facts["correlations"])
        if not given:
            raise RuntimeError("no correlation was given anything, so nothing is measured")
        share = facts["events_with_hits"] / facts["events"]
        print(f"{len(facts['correlations'])} correlations, {given:,} hits given to them, {share:.1%} of events hit\n")
        return measure.interleave(lambda: seconds("--rules", more), seconds, self.pairs).ratio

    def memory(self, rules: Path, events: Sequence[int]) -> dict[int, int]:
        """Peak resident memory with two workers, by number of events."""
        return {each: self.seconds(rules, corpora.corpus(self.work, each), 2)[1] for each in events}


HEAD = (
    "rules (loaded)",
    "events",
    "events with a hit",
    "detections an event",
    "floor, events/s",
    "one core, events/s",
    "of the floor",
    "of the floor, whole",
    "2 cores",
    "all cores",
    "naive, events/s",
    "start-up, s",
    "cold, s",
    "memory 1 / 2 workers, MB",
)


def cells(row: Row) -> list[str]:
    """One row of the table as text; a dash is what was not measured."""
    agreed = {None: "", True: ", same hits", False: ", OTHER HITS"}[row.agrees]
    return [
        f"{row.rules:,} ({row.loaded:,})",
        f"{row.events:,}",
        f"{row.hits:.2%}",
        f"{row.detections:.4f}",
        f"{row.floor.middle:,.0f}",
        row.one.show(0),
        percent(row.of_floor),
        percent(row.whole),
        row.two.show() if row.two else "–",
        row.every.show() if row.every else "–",
        f"{row.naive:,.0f}{agreed}" if row.naive else "–",
        row.warm.show(),
        f"{row.cold:.2f}",
        f"{row.rss_one / 1e6:,.0f} / {row.rss_two / 1e6:,.0f}" if row.rss_two else f"{row.rss_one / 1e6:,.0f}",
    ]


def percent(values: Spread) -> str:
    return " / ".join(f"{value:.0%}" for value in values)


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(["| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows)])


def parse() -> argparse.Namespace:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument(
        "--work", type=Path, default=rulesets.default_work(), help="where corpora and rule sets are kept"
    )
    options.add_argument("--data", type=Path, default=rulesets.shared_data(), help="the folder of real rules")
    options.add_argument("--events", type=int, default=1_000_000)
    options.add_argument("--sizes", default=",".join(map(str, rulesets.SIZES)))
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--naive-events", type=int, default=2000)
    options.add_argument("--no-memory", action="store_true", help="leave out the row on memory by number of events")
    options.add_argument("--no-half", action="store_true", help="leave out the row where half the events match")
    options.add_argument("--no-correlations", action="store_true", help="leave out what correlations cost")
    options.add_argument("--quick", action="store_true", help="20,000 events, two pairs, 60 and 850 rules")
    arguments = options.parse_args()
    if arguments.data is None:
        raise SystemExit("no shared data here: name its folder with --data or DETECT_SHARED_DATA")
    if arguments.quick:
        arguments.events, arguments.pairs, arguments.naive_events = min(arguments.events, 20_000), 2, 100
        arguments.sizes, arguments.no_memory = "60,850", True
    return arguments


def main() -> None:
    arguments = parse()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    print(f"machine: {measure.machine()}\n")
    bench = Bench(work, arguments.pairs)
    quiet = corpora.corpus(work, arguments.events)
    sets = {size: rulesets.build(size, work, arguments.data) for size in map(int, arguments.sizes.split(","))}
    rows = {size: bench.row(size, rules, quiet, arguments.naive_events) for size, rules in sets.items()}
    shown = [["quiet", *cells(row)] for row in rows.values()]
    if 850 in sets:
        natives = rulesets.build("native", work, arguments.data)
        label = f"quiet, {rulesets.NATIVE} rules native"
        shown.append([label, *cells(bench.row(850, natives, quiet, arguments.naive_events))])
    if not arguments.no_half and 850 in sets:
        half = corpora.corpus(work, arguments.events // 5, 0.5)  # a fifth: most of its time goes into the output
        shown.append(["half", *cells(bench.row(850, sets[850], half, arguments.naive_events))])
    print(f"three figures are least / median / greatest of {arguments.pairs} pairs\n")
    print(markdown(("corpus", *HEAD), shown), end="\n\n")
    growth = bench.slower(quiet, sets[10_000], sets[850]) if {850, 10_000} <= sets.keys() else None
    memory = None
    if not arguments.no_memory and 850 in sets:
        memory = bench.memory(sets[850], (100_000, 300_000, 1_000_000))
        print("memory with two workers, 850 rules: ", end="")
        print(", ".join(f"{events:,} events {peak / 1e6:,.0f} MB" for events, peak in memory.items()), end="\n\n")
    with_them = None
    if not arguments.no_correlations and 850 in sets:
        with_them = bench.correlated(sets[850], corpora.corpus(work, arguments.events, correlated.SHARE))
    measured = targets.Measured(rows.get(850), growth, memory, with_them)
    print(markdown(("target", "must", "measured", "verdict"), targets.judge(measured, judged=not arguments.quick)))


if __name__ == "__main__":
    main()
