"""Other engines on the very same records and rules: how fast, how many rules, how big, and which matches differ.

    python tests/bench/peers.py --rsigma PATH     300,000 events; 60, 850, 3,141 and 10,000 rules
    python tests/bench/peers.py --quick

Speeds are of the whole command on one core, start-up in it, in interleaved pairs. Ours reads the S3 layout of .json.gz
files (with its rules in the compile cache, as from the second run on); rsigma reads the same records as plain NDJSON,
because it takes no gzip, with whichever of its switches is fastest. Ours on that same NDJSON is shown too. Where a rule
set holds rules for other logs (3,141), both route by logsource; on the Windows events neither does.

Zircolite and Suzaku are neither on PyPI nor on crates.io (what PyPI calls suzaku is something else), so they are only
named when they are found on the PATH: there is nothing here that could have been tried on them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import corpora
import differences
import measure
import rsigma
import rulesets
from measure import Spread
from rsigma import Rsigma
from subject import LINE, Subject, event_id, hits, summary
from table import markdown

AWS = "product=aws,service=cloudtrail"
TWICE = 2.0


class Contest(NamedTuple):
    """One set of records and rules.

    folder  what ours reads; None: the lines, too
    lines   the same records, one a line
    one     one record, one a line, for start-up
    ours    further options of ours
    """

    name: str
    rules: Path
    folder: Path | None
    lines: Path
    one: Path
    rsigma: Rsigma
    ours: tuple[str, ...] = ()


class Result(NamedTuple):
    """Of one contest, ours before theirs: events a second, seconds of start-up on one record, bytes of memory."""

    events: int
    loaded: tuple[int, int]
    speeds: tuple[Spread, Spread]
    ratio: Spread
    ratio_lines: Spread | None
    cold: tuple[float, float]
    warm: float
    rss: tuple[int, int]
    detections: tuple[int, int]
    switches: str
    groups: list[differences.Group]


def contest(given: Contest, work: Path, pairs: int) -> Result:
    subject, ours_out, theirs_out = Subject(work / "cache"), work / "ours.ndjson", work / "theirs.ndjson"
    switches, fastest = given.rsigma.fastest(given.lines, given.rules, theirs_out)
    ours_runs, theirs_runs, runs = [], [], []

    def ours(source: Path) -> float:
        runs.append(subject.run(source, given.rules, ours_out, *given.ours, cores=1))
        return runs[-1].seconds

    def theirs() -> float:
        theirs_runs.append(given.rsigma.run(given.lines, given.rules, theirs_out, *fastest))
        return theirs_runs[-1].seconds

    ours(given.lines)  # compiles the rules
    on_lines = measure.interleave(theirs, lambda: ours(given.lines), pairs).ratio
    main = on_lines if given.folder is None else None
    runs.clear()
    both = measure.interleave(theirs, lambda: ours(given.folder or given.lines), pairs)
    ours_runs = list(runs)
    said = summary(ours_out)
    found, other = set(hits(ours_out)), set(rsigma.hits(theirs_out))
    print(f"{given.name}: {both.ratio.show()} times rsigma", file=sys.stderr, flush=True)
    events = _events(given.lines, {hit.event for hit in found ^ other})
    return Result(
        events=said["events"],
        loaded=(said["rules"]["loaded"], rsigma.loaded(theirs_runs[0])),
        speeds=(_speed(said["events"], both.b), _speed(said["events"], both.a)),
        ratio=both.ratio,
        ratio_lines=None if main else on_lines,
        cold=(
            _cold(given, work),
            _median([given.rsigma.run(given.one, given.rules, work / "x").seconds for _ in range(3)]),
        ),
        warm=_median([subject.run(given.one, given.rules, work / "x", *given.ours, cores=1).seconds for _ in range(3)]),
        rss=(max(run.rss_bytes for run in ours_runs), max(run.rss_bytes for run in theirs_runs)),
        detections=(len(found), len(other)),
        switches=switches,
        groups=differences.compare(found, other, events, given.rules, given.rsigma, work),
    )


def _speed(events: int, seconds: list[float]) -> Spread:
    return measure.spread([events / each for each in seconds])


def _median(values: list[float]) -> float:
    return statistics.median(values)


def _cold(given: Contest, work: Path) -> float:
    """Ours without a compile cache."""
    found = []
    for _ in range(3):
        with tempfile.TemporaryDirectory(dir=work) as empty:
            run = Subject(Path(empty)).run(given.one, given.rules, work / "x", *given.ours, cores=1)
        found.append(run.seconds)
    return _median(found)


def _events(lines: Path, wanted: set[str]) -> dict[str, dict[str, Any]]:
    """The records with these ids."""
    found = {}
    if wanted:
        with lines.open("rb") as stream:
            for line in stream:
                record = json.loads(line)
                if event_id(record) in wanted:
                    found[event_id(record)] = record
    return found


def contests(arguments: argparse.Namespace, program: str) -> Iterator[Contest]:
    work, data = arguments.work, arguments.data
    corpus = corpora.corpus(work, arguments.events)
    lines = corpora.lines(work, corpus)
    one = _first(lines)
    for size in map(int, arguments.sizes.split(",")):
        rules = rulesets.build(size, work, data)
        peer = Rsigma(program, AWS if size == 3141 else None)
        yield Contest(f"CloudTrail, {size:,} rules", rules, corpus.folder, lines, one, peer)
    if not arguments.quick:
        real = _real(data, work)
        yield Contest(
            "real CloudTrail, 850 rules", rulesets.build(850, work, data), None, real, _first(real), Rsigma(program)
        )
        windows = real_windows(data, work)
        every = ("--all-logsources",)
        rules = rulesets.build(3141, work, data)
        yield Contest("real Windows, 3,141 rules", rules, None, windows, _first(windows), Rsigma(program), every)


def _first(lines: Path) -> Path:
    """A file with the first line only."""
    target = lines.with_suffix(".one.ndjson")
    with lines.open("rb") as stream:
        target.write_bytes(stream.readline())
    return target


def _real(data: Path, work: Path) -> Path:
    """The CloudTrail of the shared data as lines."""
    target = work / "real-cloudtrail.ndjson"
    with target.open("w", encoding="utf-8") as out:
        for path in sorted((data / "cloudtrail" / "invictus" / "CloudTrail").glob("*.json")):
            for record in json.loads(path.read_bytes())["Records"]:
                out.write(json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n")
    return target


def real_windows(data: Path, work: Path) -> Path:
    """The Windows events of the shared data as lines, numbered."""
    target = work / "real-windows.ndjson"
    stored = data / "windows" / "otrf-windows.ndjson.gz"
    with gzip.open(stored, "rt", encoding="utf-8") as lines, target.open("w", encoding="utf-8") as out:
        for number, line in enumerate(lines, 1):
            record = {**json.loads(line), LINE: number}
            out.write(json.dumps(record, separators=(",", ":"), ensure_ascii=False) + "\n")
    return target


HEAD = (
    "contest", "engine", "rules loaded", "events/s, one core", "ours by rsigma", "cold start, s", "warm start, s",
    "memory, MB", "matches",
)  # fmt: skip


def cells(name: str, result: Result) -> list[list[str]]:
    """Two lines of the table: ours, and rsigma."""
    ratio = f"{result.ratio.show()} times"
    if result.ratio_lines:
        ratio += f" (on the same NDJSON {result.ratio_lines.show()})"
    lines = []
    for side, engine in enumerate(("ours", f"rsigma, {result.switches}")):
        lines.append(
            [
                name if side == 0 else "",
                engine,
                f"{result.loaded[side]:,}",
                result.speeds[side].show(0),
                ratio if side == 0 else "",
                f"{result.cold[side]:.2f}",
                f"{result.warm:.2f}" if side == 0 else "–",
                f"{result.rss[side] / 1e6:,.0f}",
                f"{result.detections[side]:,}",
            ]
        )
    return lines


def show_groups(name: str, result: Result) -> None:
    if not result.groups:
        print(f"{name}: the same {result.detections[0]:,} matches")
        return
    total = sum(group.matches for group in result.groups)
    print(f"{name}: {total:,} matches of {result.detections[0]:,} differ")
    for group in result.groups:
        print(f"  only {group.side}: {group.matches:,} in {len(group.rules):,} rules, {group.cause}")
        print(f"    e.g. {group.example}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rsigma", help="its program; else RSIGMA names it, or it is on the PATH")
    options.add_argument("--work", type=Path, default=rulesets.default_work())
    options.add_argument("--data", type=Path, default=rulesets.shared_data())
    options.add_argument("--events", type=int, default=300_000)
    options.add_argument("--sizes", default=",".join(map(str, rulesets.SIZES)))
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument(
        "--quick", action="store_true", help="20,000 events, two pairs, 60 and 850 rules, no real logs"
    )
    arguments = options.parse_args()
    if arguments.quick:
        arguments.events, arguments.pairs, arguments.sizes = min(arguments.events, 20_000), 2, "60,850"
    if arguments.data is None:
        raise SystemExit("no shared data here: name its folder with --data or DETECT_SHARED_DATA")
    for name in ("zircolite", "suzaku"):
        print(f"{name}: {'found, but not run: see --help' if shutil.which(name) else 'not found, not measured'}")
    program = rsigma.find(arguments.rsigma)
    if program is None:
        raise SystemExit(
            f"rsigma: not found, so the target of {TWICE:g} times its speed is not measured\n\n{rsigma.__doc__}"
        )
    arguments.work.mkdir(parents=True, exist_ok=True)
    print(f"{Rsigma(program).version}\nmachine: {measure.machine()}\n")
    results = {each.name: contest(each, arguments.work, arguments.pairs) for each in contests(arguments, program)}
    print(markdown(HEAD, [line for name, result in results.items() for line in cells(name, result)]), end="\n\n")
    for name, result in results.items():
        show_groups(name, result)
    judged = results.get("CloudTrail, 850 rules")
    if judged is None or arguments.quick:
        print(f"\ntarget, {TWICE:g} times rsigma on one core with 850 rules: not measured (too small a run)")
    else:
        verdict = "met" if judged.ratio.middle >= TWICE else "NOT met"
        print(f"\ntarget, {TWICE:g} times rsigma on one core with 850 rules: {judged.ratio.show()}: {verdict}")


if __name__ == "__main__":
    main()
