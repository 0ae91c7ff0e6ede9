"""What correlations cost, beside matching: `python -m tests.bench.correlate` prints a table. Nothing here is asserted.

stream   a million events with 5 % hits, 20 correlations, each hit feeding two of them, groups of Zipf's law: the
         time a hit takes in `take` and `settle`
hot      one group with 100,000 hits in its window, committed every thousand hits, for each type
idle     memory of a group with one hit in its window
saved    state of 200,000 groups written to a store and read again
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import tempfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from engine.correlate import Correlator, Memory, States
from engine.hit import Evidence, Hit
from engine.model import Ref
from engine.rules import Correlation, Ruleset
from engine.stores import Slots, Store

SECOND = 1_000_000
HOUR = 3600 * SECOND

TYPES: dict[str, dict[str, Any]] = {
    "event_count": {"gte": 50},
    "value_count": {"gte": 20, "field": ["ip"]},
    "temporal": {},
    "temporal_ordered": {},
    "value_sum": {"gte": 10**9, "field": ["size"]},
    "value_avg": {"gte": 10**6, "field": ["size"]},
    "value_percentile": {"gte": 10**6, "field": ["size"], "percentile": 95},
    "value_median": {"gte": 10**6, "field": ["size"]},
}


def correlation(number: int, kind: str, rules: tuple[str, ...], condition: dict[str, Any], span: int) -> Correlation:
    key = f"c{number}"
    return Correlation(
        key=key, title=key, path="bench.yml", line=1, name=key, type=kind, rules=rules, names=rules, timespan=span,
        group_by=("user",), options={"condition": condition},
    )  # fmt: skip


def hit(rule: str, time: int, number: int, user: str, chance: random.Random) -> Hit:
    """A hit as a worker makes it of a CloudTrail event."""
    ip = f"198.51.100.{chance.randrange(250)}"
    shown = {"userIdentity.arn": user, "sourceIPAddress": ip, "eventName": "AssumeRole"}
    event = f"{number:08x}-6c5e-4d3f-9b1e-0f2d7c1b{number % 10_000:04d}"
    ref = Ref(f"2026/07/{number % 28:02d}/{number // 200}.json.gz", number % 200)
    return Hit(rule, time, event, {"user": user, "ip": ip, "size": chance.randrange(10**5)}, (
        Evidence(rule, time, ref, event, shown),
    ))  # fmt: skip


def stream(events: int, active: int, idle: int) -> tuple[Ruleset, list[Hit], list[Hit]]:
    """Twenty correlations, a hit that each idle user left before, and those of 5 % of a day's events.

    The first users in Zipf's order have most of them. Hits come as files do: not in order.
    """
    chance = random.Random(7)
    kinds = list(TYPES)
    made = [
        correlation(n, kinds[n % 8], (f"r{n % 10}", f"s{n}") if "temporal" in kinds[n % 8] else (f"r{n % 10}",),
                    TYPES[kinds[n % 8]], 24 * HOUR)
        for n in range(20)
    ]  # fmt: skip
    names = [f"arn:aws:iam::123456789012:user/{number:06d}" for number in range(active + idle)]
    before = [hit(f"r{n % 10}", n, n, user, chance) for n, user in enumerate(names[active:])]
    count = events // 20
    who = chance.choices(names[:active], [1 / rank for rank in range(1, active + 1)], k=count)
    times = sorted(HOUR + chance.randrange(22 * HOUR) for _ in who)
    hits = [
        hit(f"r{n % 10}", time, idle + n, user, chance) for n, (time, user) in enumerate(zip(times, who, strict=True))
    ]
    return Ruleset((), correlations=tuple(made)), before, hits


def timed(work: Callable[[], Any], clock: Callable[[], float] = process_time) -> float:
    gc.collect()
    start = clock()
    work()
    return clock() - start


def row(name: str, *cells: str) -> None:
    print(f"{name:32}", *(f"{cell:>16}" for cell in cells), flush=True)


def show_stream(events: int) -> None:
    """All hits at once, and in a hundred settlements; without and with 48,000 idle groups beside."""
    for idle in (0, 48_000):
        ruleset, before, hits = stream(events, 2_000, idle)
        for parts in (1, 100):
            took = min(stream_once(ruleset, before, hits, parts) for _ in range(3))
            name = f"stream, {idle:,} idle, {parts} part{'s' if parts > 1 else ''}"
            row(name, f"{len(hits):,} hits", f"{took / len(hits) * 1e6:.1f} µs a hit", f"{took:.2f} s")


def stream_once(ruleset: Ruleset, before: list[Hit], hits: list[Hit], parts: int) -> float:
    correlator = Correlator(ruleset)
    settled(correlator, before)
    size = -(-len(hits) // parts)
    lots = [hits[start : start + size] for start in range(0, len(hits), size)]
    shuffled = [random.Random(5).sample(lot, len(lot)) for lot in lots]

    def work() -> None:
        for lot in shuffled:
            settled(correlator, lot)

    return timed(work)


def settled(correlator: Correlator, hits: list[Hit]) -> None:
    """Have these decided; whatever it says is read."""
    correlator.take(hits)
    for _ in correlator.settle(max([hit.time for hit in hits], default=0)):
        pass


def hot(kind: str, count: int, states: States) -> float:
    """Seconds for so many hits of one group, all in the window, with a commit every thousand."""
    chance = random.Random(1)
    rules = ("a", "b") if "temporal" in kind else ("a",)
    condition = TYPES[kind] | ({"gte": 10**12} if "value" in kind or kind == "event_count" else {})
    correlator = Correlator(Ruleset((), correlations=(correlation(0, kind, rules, condition, HOUR),)), states)
    hits = [hit(rules[n % len(rules)], n * 10, n, "root", chance) for n in range(count)]

    def work() -> None:
        for start in range(0, count, 1000):
            settled(correlator, hits[start : start + 1000])
            correlator.commit()

    return timed(work)


def show_hot(count: int) -> None:
    for kind in TYPES:
        few, many = hot(kind, count // 10, Memory()), hot(kind, count, Memory())
        with opened() as store:
            stored = hot(kind, count, store)
        cells = (f"{seconds / hits * 1e6:.1f} µs" for seconds, hits in ((few, count // 10), (many, count)))
        row(f"hot, {kind}", *cells, f"{stored / count * 1e6:.1f} µs stored")


class opened:
    """A store in a folder that goes afterwards."""

    def __enter__(self) -> Slots:
        self._folder = tempfile.TemporaryDirectory()
        self._store = Store(str(Path(self._folder.name) / "state"))
        return Slots(self._store)

    def __exit__(self, *_: object) -> None:
        self._store.close()
        self._folder.cleanup()


def grouped(groups: int, states: States | None, kind: str) -> tuple[Ruleset, Correlator]:
    """A correlator with so many groups of one hit each in their windows."""
    chance = random.Random(3)
    ruleset = Ruleset((), correlations=(correlation(0, kind, ("a",), TYPES[kind], HOUR),))
    correlator = Correlator(ruleset, states)

    for start in range(0, groups, 20_000):
        some = range(start, min(start + 20_000, groups))
        settled(correlator, [hit("a", n, n, f"arn:aws:iam::123456789012:user/{n:06d}", chance) for n in some])
    return ruleset, correlator


def show_idle(groups: int) -> None:
    for kind in TYPES:
        if "temporal" in kind:
            continue
        tracemalloc.start()
        _, correlator = grouped(groups, None, kind)
        gc.collect()
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        row(f"idle, {kind}", f"{held / groups:,.0f} bytes a group", f"{correlator.watermark:,}")


def show_saved(groups: int) -> None:
    with opened() as store:
        ruleset, correlator = grouped(groups, store, "event_count")
        save = timed(correlator.commit, perf_counter)
        load = timed(lambda: Correlator(ruleset, store), perf_counter)
        again = Correlator(ruleset, store)
        touch = timed(lambda: list(again.close(groups, final=True)), perf_counter)
        row(f"saved, {groups:,} groups", f"save {save:.2f} s", f"load {load:.2f} s", f"touch all {touch:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["stream", "hot", "idle", "saved"])
    parser.add_argument("--events", type=int, default=1_000_000)
    asked = parser.parse_args()
    print(f"Python {sys.version.split()[0]}")
    gc.set_threshold(200_000, 20, 20)  # as a scan has it
    for name in asked.parts:
        {
            "stream": lambda: show_stream(asked.events),
            "hot": lambda: show_hot(asked.events // 10),
            "idle": lambda: show_idle(asked.events // 50),
            "saved": lambda: show_saved(asked.events // 5),
        }[name]()


if __name__ == "__main__":
    main()
