"""Write CloudTrail of any size, in S3 layout, the same for the same seed, with attacks in it and a truth file.

    python tests/bench/corpus.py OUT --events 100000 --seed 1

The default background is quiet: about one event in a hundred is of a kind that public rule sets for AWS look at, the
planted attacks included. `--match-share 0.5` makes half of them so. `--roles 0.6` lets role sessions make most calls,
as in a real organisation; one public rule matches every call of a role session, so by default there are few of them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import sys
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parent))

from trail.attacks import SCENARIOS, Scenario, Scene, mean_events
from trail.calls import QUIET, WATCHED, Call, shape
from trail.shape import ALNUM, Dice, Shape, dumps
from trail.world import ACCOUNTS, REGIONS, Caller, callers, words

START = datetime(2024, 3, 4, 6, 0, tzinfo=UTC)
DELIVERY = timedelta(minutes=5)
ERROR_SHARE = 0.04
AGAIN = 0.4
"""How often the next record is the same caller doing the same again: real logs come in bursts."""
RECORDS = (500, 2000)
GLOBAL = {f"{name}.amazonaws.com" for name in ("iam", "route53", "cloudfront", "organizations", "health")}


class Plan(NamedTuple):
    """What to write.

    match_share  share of events of a watched kind; attacks count towards it
    roles        share of the quiet calls that role sessions make
    duplicates   share of records that are delivered once more, in the next file of the same account and region
    attacks      how many to plant
    level        of gzip
    """

    out: Path
    events: int
    seed: str
    match_share: float = 0.01
    roles: float = 0.0
    duplicates: float = 0.0
    attacks: int = 10
    accounts: int = len(ACCOUNTS)
    regions: int = len(REGIONS)
    level: int = 6
    records: Path | None = None


class File(NamedTuple):
    """One delivery: where, when, and how many new records."""

    account: str
    region: str
    delivered: datetime
    count: int


class Writer:
    """Draws the background records of one account and region after another."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.dice = Dice(plan.seed, words(plan.seed))
        self.callers = {account: callers(account, plan.seed) for account in ACCOUNTS[: plan.accounts]}
        self.quiet, self.watched = self._table(QUIET), self._table(WATCHED)
        self.turn = 0
        """Which callers are busy: others in every file, a few of them doing most of the work."""
        self.identities: dict[int, Callable[[], str]] = {}

    def _table(self, calls: list[Call]) -> tuple[list[Any], list[float]]:
        """Per call: the call, how to write it, how to write it when it fails; and the cumulated weights."""
        rows = [
            (call, shape(call).on(self.dice), [shape(call, error).on(self.dice) for error in call.errors])
            for call in calls
        ]
        return rows, list(accumulate(1 / (rank + 2) ** 0.9 for rank in range(len(calls))))

    def _draw(self, table: tuple[list[Any], list[float]], region: str) -> Any:
        """A call by its weight; calls of global services are logged in the first region only."""
        (rows, weights), rng = table, self.dice.random
        while True:
            row = rows[min(len(rows) - 1, bisect(weights, rng.random() * weights[-1]))]
            if region == REGIONS[0] or row[0].source not in GLOBAL:
                return row

    def _caller(self, call: Call, account: str, watched: bool) -> Caller:
        rng, kinds = self.dice.random, call.by
        if not watched and "role" in kinds:
            others = [kind for kind in kinds if kind != "role"]
            kinds = ("role",) if not others or rng.random() < self.plan.roles else tuple(others)
        candidates = self.callers[account][kinds[int(rng.random() * len(kinds))]]
        return candidates[(self.turn + int(rng.random() ** 3 * len(candidates))) % len(candidates)]

    def records(self, file: File) -> list[str]:
        """The background of one file, in the order of the file."""
        rng = self.dice.random
        self.turn = rng.randrange(1000)
        watched = max(0.0, self.plan.match_share - self.plan.attacks * mean_events() / max(1, self.plan.events))
        times = _times(rng, file)
        found = []
        again = False
        for when in times:
            if not again:
                is_watched = rng.random() < watched
                call, write, fail = self._draw(self.watched if is_watched else self.quiet, file.region)
                caller = self._caller(call, file.account, is_watched)
                self._caller_here(file, call, caller, when)
            self._place_here(file, when)
            failing = fail and rng.random() < ERROR_SHARE * 2.6
            found.append(fail[int(rng.random() * len(fail))]() if failing else write())
            again = rng.random() < AGAIN
        return found

    def _place_here(self, file: File, when: int) -> None:
        """What is new in every record of a file, whoever calls."""
        here, rng = self.dice.here, self.dice.random
        here["account"], here["region"], here["time"], here["when"] = *file[:2], _iso(when), _words(when + 3600)
        here["private"] = f"10.{int(rng.random() * 256)}.{int(rng.random() * 256)}.{int(rng.random() * 256)}"

    def _caller_here(self, file: File, call: Call, caller: Caller, when: int) -> None:
        """What stays for as long as a caller goes on: its session, address and program."""
        here, rng = self.dice.here, self.dice.random
        here["began"] = _iso(when - int(rng.random() * 20000))
        here["agent"] = caller.agents[int(rng.random() ** 2 * len(caller.agents))]
        here["origin"] = caller.origins[0] if caller.origins else _address(rng)
        identity = self.identities.get(id(caller))
        if identity is None:
            identity = self.identities[id(caller)] = caller.identity.on(self.dice)
        here["identity"] = identity()
        here["tail"] = caller.tail.replace("<host>", f"{call.source[:-14]}.{file.region}.amazonaws.com")


def _address(rng: random.Random) -> str:
    """A private address behind an endpoint, or one of the range set aside for benchmarks (RFC 2544)."""
    network = f"10.{int(rng.random() * 256)}" if rng.random() < 0.4 else f"198.{18 + int(rng.random() * 2)}"
    return f"{network}.{int(rng.random() * 256)}.{int(rng.random() * 256)}"


@lru_cache(maxsize=64)
def _day(day: int) -> tuple[str, str]:
    date = datetime.fromtimestamp(day * 86400, UTC)
    return date.strftime("%Y-%m-%dT"), f"{date:%b} {date.day}, {date.year}, "


def _iso(when: int) -> str:
    day, second = divmod(when, 86400)
    return f"{_day(day)[0]}{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}Z"


def _words(when: int) -> str:
    """A time as it stands inside requests and responses: "Mar 4, 2024, 6:05:00 AM"."""
    day, second = divmod(when, 86400)
    hour = second // 3600
    return f"{_day(day)[1]}{hour % 12 or 12}:{second // 60 % 60:02}:{second % 60:02} {'AM' if hour < 12 else 'PM'}"


def _times(rng: random.Random, file: File) -> list[int]:
    """Event times in seconds: minutes before delivery, and out of order like the real ones."""
    end = int(file.delivered.timestamp())
    delays = sorted((min(608.0, rng.lognormvariate(5.27, 0.45)) for _ in range(file.count)), reverse=True)
    times = [end - int(delay) for delay in delays]
    runs, at = [], 0
    while at < len(times):
        length = 1 + int(rng.random() * 3.8)
        runs.append(times[at : at + length])
        at += length
    rng.shuffle(runs)
    return [when for run in runs for when in run]


def _files(plan: Plan) -> Iterator[File]:
    """Deliveries until there are enough events: the first accounts and regions are the busiest."""
    rng = random.Random(f"files/{plan.seed}")
    streams = [(account, region) for account in ACCOUNTS[: plan.accounts] for region in REGIONS[: plan.regions]]
    weights = [1 / (rank + 1) for rank in range(len(streams))]
    delivered = dict.fromkeys(streams, START)
    left = plan.events
    while left > 0:
        stream = rng.choices(streams, weights)[0]
        delivered[stream] += DELIVERY
        count = min(left, rng.randint(*RECORDS))
        left -= count
        yield File(*stream, delivered[stream], count)


def _plant(plan: Plan, files: list[File]) -> dict[int, list[tuple[Scenario, list[dict[str, Any]]]]]:
    """Number of a file -> the attacks in it, with times and ids; every scenario in turn."""
    rng = random.Random(f"attacks/{plan.seed}")
    home = [number for number, file in enumerate(files) if file.region == REGIONS[0]] or [0]
    dice = Dice(f"attacks/{plan.seed}", {})
    planted: dict[int, list[tuple[Scenario, list[dict[str, Any]]]]] = {}
    for number in range(plan.attacks):
        scenario = SCENARIOS[number % len(SCENARIOS)]
        where = rng.choice(home) if scenario.everywhere else rng.randrange(len(files))
        file = files[where]
        records = scenario.make(Scene(file.account, file.region, dice))
        when = int(file.delivered.timestamp()) - 500 + rng.randrange(60)
        for each in records:
            each |= {"eventTime": _iso(when), "requestID": dice.uuid(), "eventID": dice.uuid()}
            when += rng.randrange(1, 25)
        planted.setdefault(where, []).append((scenario, records))
    return planted


def _rule_ids() -> dict[str, str]:
    """Path of a shipped rule (without root and suffix) -> its id, for those that are there."""
    root = Path(__file__).resolve().parents[2] / "rules" / "aws" / "cloudtrail"
    found = {}
    for path in sorted(root.rglob("*.yml")):
        line = re.search(r"^id:\s*(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        if line:
            found[path.relative_to(root).with_suffix("").as_posix()] = line[1]
    return found


def _truth(scenario: Scenario, records: list[dict[str, Any]], file: str, ids: dict[str, str]) -> dict[str, Any]:
    first, found = records[0], records[-scenario.found :]
    return {
        "scenario": scenario.name,
        "rule": ids.get(scenario.rule),
        "rule_path": f"aws/cloudtrail/{scenario.rule}.yml",
        "file": file,
        "account": first["recipientAccountId"],
        "region": first["awsRegion"],
        "principal": first["userIdentity"].get("arn"),
        "first": first["eventTime"],
        "last": records[-1]["eventTime"],
        "events": [each["eventID"] for each in records],
        "found": [each["eventID"] for each in found],
    }


class Replay:
    """Real records, one after another in random order, with new ids, times, addresses and keys."""

    _FRESH = (
        (re.compile(r'"(A[SK]IA)[A-Z0-9]{16}"'), r'"\1<key16>"'),
        (re.compile(r'"sourceIPAddress":"[0-9.]+"'), '"sourceIPAddress":"<origin>"'),
        (re.compile(r'"eventTime":"[^"]*"'), '"eventTime":"<time>"'),
        (re.compile(r'"eventID":"[^"]*"'), '"eventID":"<uuid:event>"'),
        (re.compile(r'"requestID":"[^"]*"'), '"requestID":"<uuid:request>"'),
    )

    def __init__(self, folder: Path, dice: Dice) -> None:
        self.dice = dice
        self.texts = []
        for path in sorted(p for p in folder.rglob("*") if p.name.endswith((".json", ".json.gz"))):
            data = path.read_bytes()
            content = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
            for each in content["Records"] if isinstance(content, dict) else content:
                text = dumps(each).replace("<", "\\u003c")
                for old, new in self._FRESH:
                    text = old.sub(new, text)
                self.texts.append(Shape(text).on(dice))
        if not self.texts:
            raise SystemExit(f"{folder}: no CloudTrail records")

    def records(self, file: File) -> list[str]:
        rng, here, found = self.dice.random, self.dice.here, []
        for when in _times(rng, file):
            here["time"], here["origin"] = _iso(when), _address(rng)
            found.append(self.texts[int(rng.random() * len(self.texts))]())
        return found


def write(plan: Plan) -> dict[str, Any]:
    """Write the corpus and its `truth.json` under `plan.out`; counts and sizes come back."""
    files = list(_files(plan))
    planted, ids = _plant(plan, files), _rule_ids()
    writer = Writer(plan)
    source = Replay(plan.records, writer.dice) if plan.records else writer
    late: dict[tuple[str, str], list[str]] = {}
    truth: list[dict[str, Any]] = []
    records = text_bytes = stored = 0
    for number, file in enumerate(files):
        writer.dice.reseed(f"{plan.seed}/{number}")
        rng = writer.dice.random
        texts = source.records(file)
        name = _name(file, writer.dice)
        for scenario, attack in planted.get(number, ()):
            truth.append(_truth(scenario, attack, name, ids))
            start = rng.randrange(len(texts) // 2 + 1)
            for each in attack:
                start += rng.randrange(1, 8)
                texts.insert(start, dumps(each))
        again = [text for text in texts if rng.random() < plan.duplicates] if plan.duplicates else []
        texts += late.get(file[:2], [])
        late[file[:2]] = again
        records += len(texts)
        data = ('{"Records":[' + ",".join(texts) + "]}").encode()
        text_bytes += len(data)
        stored += _store(plan.out / name, data, plan.level)
    report = {"seed": plan.seed, "events": records, "files": len(files), "bytes": text_bytes, "stored_bytes": stored,
              "match_share": plan.match_share, "attacks": truth}  # fmt: skip
    (plan.out / "truth.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def _name(file: File, dice: Dice) -> str:
    """Where CloudTrail would put it: the date in the path is the delivery's."""
    unique = dice.letters(ALNUM, 16)
    base = f"AWSLogs/{file.account}/CloudTrail/{file.region}/{file.delivered:%Y/%m/%d}"
    return f"{base}/{file.account}_CloudTrail_{file.region}_{file.delivered:%Y%m%dT%H%MZ}_{unique}.json.gz"


def _store(path: Path, data: bytes, level: int) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    packed = gzip.compress(data, level, mtime=0)
    path.write_bytes(packed)
    return len(packed)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path, help="folder to write into; made if missing")
    parser.add_argument(
        "--events", type=int, default=100_000, help="background events (attacks and duplicates come on top)"
    )
    parser.add_argument("--seed", default="1")
    parser.add_argument(
        "--match-share", type=float, default=0.01, metavar="SHARE", help="share of events that common AWS rules match"
    )
    parser.add_argument(
        "--roles", type=float, default=0.0, metavar="SHARE", help="share of quiet calls made by role sessions"
    )
    parser.add_argument(
        "--duplicates", type=float, default=0.0, metavar="SHARE", help="share of records delivered twice"
    )
    parser.add_argument(
        "--attacks", type=int, default=None, help="default: one in 10,000 events, at least one of each kind"
    )
    parser.add_argument("--accounts", type=int, default=len(ACCOUNTS), choices=range(1, len(ACCOUNTS) + 1))
    parser.add_argument("--regions", type=int, default=len(REGIONS), choices=range(1, len(REGIONS) + 1))
    parser.add_argument("--level", type=int, default=6, help="of gzip, 1 to 9")
    parser.add_argument(
        "--records", type=Path, help="folder of real CloudTrail to replay instead of the made-up background"
    )
    given = parser.parse_args(argv)
    planted = max(len(SCENARIOS), given.events // 10_000) if given.attacks is None else given.attacks
    plan = Plan(**{**vars(given), "attacks": planted})
    began = time.perf_counter()
    report = write(plan)
    size, packed = report["bytes"] / report["events"], report["bytes"] / report["stored_bytes"]
    print(
        f"{report['events']:,} events in {report['files']:,} files, {size:,.0f} bytes a record, "
        f"packed {packed:.1f} times, {len(report['attacks'])} attacks, {time.perf_counter() - began:.1f} s"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
