"""Windows logs with SigmaHQ's Windows rules on one core: from a cold start, warmed up, with values never seen before.

    python tests/bench/windows.py [--rsigma PATH]

Real events (shared data), a file of two halves: the odd and the even lines.

    cold     the whole command over all 40,648 events, rules from the compile cache, less its start-up on one event
    warmed   one process scans one half, then the other is timed; then the halves change places
    fresh    the same events with process ids, GUIDs, logon ids and command lines that come only once
    rsigma   its whole command over the same lines by ours, interleaved; it has no routing by channel, so every one of
             its rules sees every event, and what the two find is not compared here (peers.py does that)

The shared machine this is written on differs by a third from minute to minute; the floor says how fast it just was:
msgspec decoding every line into a struct of four fields.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import measure
import msgspec
import rsigma
import rulesets
import yaml
from measure import Spread
from peers import real_windows
from rsigma import Rsigma
from subject import CHECKOUT, Subject, summary
from table import markdown

FRESH = re.compile(r"(Guid|ProcessId|ProcessID|ThreadID|LogonId|CommandLine)$")


def rules(work: Path, data: Path) -> Path:
    """SigmaHQ's rules for Windows alone."""
    target = work / "rules-windows"
    if not target.is_dir():
        target.mkdir()
        for path in sorted(rulesets.build(3141, work, data).rglob("*.yml")):
            if any(_is_windows(one) for one in yaml.load_all(path.read_bytes(), yaml.CSafeLoader)):
                shutil.copy(path, target / path.name)
    return target


def _is_windows(document: Any) -> bool:
    return isinstance(document, dict) and document.get("logsource", {}).get("product") == "windows"


def fresh(lines: Path) -> Path:
    """The same events with values that no cache has seen."""
    target, chance = lines.with_suffix(".fresh.ndjson"), random.Random(7)
    with lines.open("rb") as stream, target.open("wb") as out:
        for line in stream:
            record = {name: _fresh(name, value, chance) for name, value in json.loads(line).items()}
            out.write(json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode() + b"\n")
    return target


def _fresh(name: str, value: Any, chance: random.Random) -> Any:
    if not FRESH.search(name) or not value:
        return value
    if name.endswith("Guid"):
        return f"{{{uuid.UUID(int=chance.getrandbits(128))}}}"
    if name.endswith("CommandLine"):
        return f"{value} /{chance.getrandbits(48):x}"
    return str(chance.getrandbits(31)) if isinstance(value, str) else chance.getrandbits(31)


def halves(lines: Path) -> tuple[Path, Path]:
    """Odd and even lines."""
    every = lines.read_bytes().splitlines(keepends=True)
    targets = lines.with_suffix(".odd.ndjson"), lines.with_suffix(".even.ndjson")
    for start, target in enumerate(targets):
        target.write_bytes(b"".join(every[start::2]))
    return targets


def inside(ruleset: Path, first: Path, second: Path) -> None:
    """Scan one file and then, timed, the other, in this process; prints events a second."""
    sys.path.insert(0, str(CHECKOUT))
    from engine.load import load
    from engine.match import Detector
    from engine.model import Blob, Reading
    from engine.outputs.ndjson import Output
    from engine.runners.worker import Worker

    worker = Worker(Detector(load([str(ruleset)])), Output.row, Reading())

    def scanned(path: Path) -> int:
        blob = Blob("files", path.name, str(path), True, path.stat().st_size)
        return sum(tally.events for _, tally, _ in worker.scan([blob]))

    gc.freeze()
    gc.set_threshold(200_000, 20, 20)  # as a scan has it
    scanned(first)
    start = time.perf_counter()
    events = scanned(second)
    print(json.dumps(events / (time.perf_counter() - start)))


def warmed(ruleset: Path, lines: Path, pairs: int) -> Spread:
    """Events a second of either half after the other, in turns."""
    odd, even = halves(lines)
    found = []
    for turn in range(pairs):
        first, second = (odd, even) if turn % 2 else (even, odd)
        command = [sys.executable, __file__, "--inside", str(ruleset), str(first), str(second)]
        found.append(float(json.loads(measure.run(command, cores=measure.pick(1)).stdout)))
    return measure.spread(found)


def cold(subject: Subject, ruleset: Path, lines: Path, out: Path, pairs: int) -> Spread:
    """Events a second of the whole command, less what it takes for one event."""
    one = lines.with_suffix(".one.ndjson")
    with lines.open("rb") as stream:
        one.write_bytes(stream.readline())
    subject.run(one, ruleset, out, cores=1)  # compiles the rules
    both = measure.interleave(
        lambda: subject.run(lines, ruleset, out, cores=1).seconds,
        lambda: subject.run(one, ruleset, out, cores=1).seconds,
        pairs,
    )
    subject.run(lines, ruleset, out, cores=1)
    events = summary(out)["events"]
    return measure.spread([events / (a - b) for a, b in zip(both.a, both.b, strict=True)])


def floor(lines: Path) -> float:
    """Events a second of decoding four fields of every line, as fast as that goes here just now."""
    fields = [(name, Any, None) for name in ("Channel", "EventID", "Provider_Name", "Computer")]
    decoder = msgspec.json.Decoder(msgspec.defstruct("Floor", fields))
    every = lines.read_bytes().splitlines()
    start = time.perf_counter()
    for line in every:
        decoder.decode(line)
    return len(every) / (time.perf_counter() - start)


def rows(arguments: argparse.Namespace) -> Iterator[list[str]]:
    work, ruleset = arguments.work, rules(arguments.work, arguments.data)
    subject, out = Subject(work / "cache"), work / "out.ndjson"
    program = rsigma.find(arguments.rsigma)
    logged = real_windows(arguments.data, work)
    for name, lines in (("as logged", logged), ("fresh values", fresh(logged))):
        row = [name, f"{floor(lines):,.0f}", cold(subject, ruleset, lines, out, arguments.pairs).show(0)]
        row.append(warmed(ruleset, lines, arguments.pairs).show(0))
        if program:
            peer = Rsigma(program)
            _, fastest = peer.fastest(lines, ruleset, work / "theirs.ndjson")
            both = measure.interleave(
                lambda: peer.run(lines, ruleset, work / "theirs.ndjson", *fastest).seconds,  # noqa: B023
                lambda: subject.run(lines, ruleset, out, cores=1).seconds,  # noqa: B023
                arguments.pairs,
            )
            row.append(both.ratio.show())
        yield row


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rsigma", help="its program; else RSIGMA names it, or it is on the PATH")
    options.add_argument("--work", type=Path, default=rulesets.default_work())
    options.add_argument("--data", type=Path, default=rulesets.shared_data())
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--inside", nargs=3, type=Path, metavar=("RULES", "FIRST", "SECOND"), help=argparse.SUPPRESS)
    arguments = options.parse_args()
    if arguments.inside:
        inside(*arguments.inside)
        return
    if arguments.data is None:
        raise SystemExit("no shared data here: name its folder with --data or DETECT_SHARED_DATA")
    arguments.work.mkdir(parents=True, exist_ok=True)
    print(f"machine: {measure.machine()}\n")
    head = ["events", "floor, events/s", "cold, events/s", "warmed, events/s", "ours by rsigma, whole commands"]
    found = list(rows(arguments))
    print(f"three figures are least / median / greatest of {arguments.pairs}\n")
    print(markdown(head[: len(found[0])], found))


if __name__ == "__main__":
    main()
