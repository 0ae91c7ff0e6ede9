"""Serves a queue for half an hour while everything goes wrong, and shows that nothing of it shows in the alerts.

    python tests/soak/soak.py [--seconds 1800] [--seed N] [--rate 20] [--calm]

CloudTrail is generated as it would come: objects out of order, some twice, some under two names, every event within the
lateness that is configured; a queue tells of each object, of some three times, in any order. The service is killed at
random every 5 to 30 seconds, and the destination of its alerts fails, hangs and throttles. In the end

- the alerts are those of one clean run over all objects,
- each was told to the destination, and none twice but for what was in flight when the service was killed,
- nothing is left in the queue, in the outbox, or set aside.

--calm    nothing goes wrong: for a look at memory, which is printed each ten seconds

Needs the extra `test`. Exit status: 0 all of it holds; 1 something does not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(CHECKOUT))

from tests.sources.cloud import ACCOUNT, ENVIRON, REGION, Cloud, news, running

LATENESS = 15.0
"""Seconds that an event may be on its way."""

TIMESPAN = 10.0
"""Of the correlations, seconds."""

VISIBILITY = 4
"""Seconds that a queue hides a message; short, so that what a killed process held comes back soon."""

REGIONS = ("eu-west-1", "us-east-1", "ap-south-1")

RULES = """
title: A trail was stopped
name: stopped
level: high
logsource: {product: aws, service: cloudtrail}
detection: {call: {eventName: StopLogging}, condition: call}
---
title: A call was denied
name: denied
level: low
logsource: {product: aws, service: cloudtrail}
detection: {call: {errorCode: AccessDenied}, condition: call}
---
title: Somebody came in
name: entered
level: low
logsource: {product: aws, service: cloudtrail}
detection: {call: {eventName: ConsoleLogin}, condition: call}
---
title: Many denied calls
level: medium
correlation: {type: event_count, rules: [denied], group-by: [userIdentity.userName], timespan: 10s, condition: {gte: 4}}
---
title: Denied calls in several regions
level: medium
correlation:
  type: value_count
  rules: [denied]
  group-by: [userIdentity.userName]
  timespan: 10s
  condition: {gte: 3, field: awsRegion}
---
title: In after denied calls
level: high
correlation: {type: temporal_ordered, rules: [denied, entered], group-by: [userIdentity.userName], timespan: 10s}
---
title: A new address
language: detect
level: medium
correlation:
  type: first_seen
  rules: [entered]
  group-by: [userIdentity.userName]
  field: sourceIPAddress
  timespan: 30d
  learning: 0s
"""

CONFIG = """
sources: ["{source}"]
rules: [rules.yml]
state: {state}.db
lateness: {lateness}s
limits: {{workers: 1}}
schedule: {{every: 1s, follow: true}}
health: {{listen: ""}}
alerts: {{dedup_window: 10s, resolve_after: 10s, give_up: 1d, wait: 30s}}
notifiers:
  hook: {{type: webhook, url: "http://127.0.0.1:{port}/{state}", allow: [127.0.0.1], timeout: 2s}}
routes:
  - {{to: [hook], group_wait: 0s, group_interval: 0s, repeat_interval: 30d, send_resolved: true, most_per_rule: 0}}
"""


class Told(NamedTuple):
    """A message that the destination took."""

    id: str
    alerts: tuple[str, ...]
    at: float


class Destination(ThreadingHTTPServer):
    """Takes messages, unless it is in no mood to; `moody` is the share of them that it does not take."""

    daemon_threads = True

    def __init__(self, chance: random.Random, moody: float) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.chance, self.moody = chance, moody
        self.told: list[Told] = []
        self.lock = threading.Lock()


class _Answers(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        with self.server.lock:
            mood = (
                self.server.chance.choice([500, 429, 503, 0])
                if self.server.chance.random() < self.server.moody
                else 200
            )
            if mood == 200 and self.path == "/served":
                alerts = tuple(alert["id"] for alert in body["alerts"])
                self.server.told.append(Told(self.headers["Idempotency-Key"], alerts, time.monotonic()))
        if mood == 0:
            time.sleep(3)  # longer than the client waits
            return
        self.send_response(mood)
        if mood == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Trail:
    """Makes events and brings them to the bucket, as late and as often as it comes."""

    def __init__(self, cloud: Cloud, chance: random.Random, rate: float, calm: bool) -> None:
        self.cloud, self.chance, self.rate, self.calm = cloud, chance, rate, calm
        self.events = 0
        self.objects = 0
        self.last = 0.0

    def bring(self, seconds: float) -> None:
        """Do so for a time."""
        end = time.monotonic() + seconds
        held: list[tuple[float, dict[str, Any]]] = []
        while time.monotonic() < end or held:
            now = time.time()
            if time.monotonic() < end:
                held += [(now + self.delay(), self.event(now)) for _ in range(max(1, int(self.rate * 0.25)))]
            due = [event for at, event in held if at <= now]
            held = [(at, event) for at, event in held if at > now]
            if due:
                self.deliver(due)
            time.sleep(0.25)

    def delay(self) -> float:
        """How long an event is on its way; never as long as the lateness, as objects and messages take time too."""
        return self.chance.uniform(0, 0.2 if self.calm else LATENESS * 0.4)

    def event(self, now: float) -> dict[str, Any]:
        """One record, of a user of whom there are few, so that windows fill."""
        chance = self.chance
        self.events += 1
        self.last = now
        name = chance.choices(["GetObject", "StopLogging", "ConsoleLogin"], [96, 1, 3])[0]
        made = {
            "eventVersion": "1.11",
            "eventID": f"{self.events:08x}-0000-4000-8000-{chance.getrandbits(48):012x}",
            "eventTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": "s3.amazonaws.com",
            "eventName": name,
            "awsRegion": chance.choice(REGIONS),
            "sourceIPAddress": f"198.51.100.{chance.randrange(40)}",
            "recipientAccountId": ACCOUNT,
            "userIdentity": {"type": "IAMUser", "userName": f"user{chance.randrange(30)}"},
        }
        return made | ({"errorCode": "AccessDenied"} if name == "GetObject" and chance.random() < 0.1 else {})

    def deliver(self, events: list[dict[str, Any]]) -> None:
        """Put events into objects, some into two, and have the queue told, in any order."""
        chance = self.chance
        chance.shuffle(events)
        told = []
        while events:
            some, events = events[: chance.randint(1, 20)], events[20:] if len(events) > 20 else []
            for _ in range(1 if self.calm or chance.random() < 0.8 else 2):
                self.objects += 1
                date = datetime.now(UTC)
                key = (
                    f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/{date:%Y/%m/%d}/"
                    f"{ACCOUNT}_CloudTrail_{REGION}_{date:%Y%m%dT%H%MZ}_{self.objects:06}.json.gz"
                )
                self.cloud.put(key, *some)
                told += [key] * (1 if self.calm else chance.choice([1, 1, 1, 2, 3]))
        chance.shuffle(told)
        for key in told:
            self.cloud.send(news(key))


class House:
    """The folder of the service, and its process."""

    def __init__(self, top: Path, cloud: Cloud, port: int) -> None:
        self.top, self.cloud = top, cloud
        self.environ = {**os.environ, **ENVIRON, "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"}
        (top / "rules.yml").write_text(RULES)
        self.configure("served", cloud.sqs(visibility=f"{VISIBILITY}s"), port)
        self.configure("clean", cloud.s3("logs/AWSLogs/"), port)
        self.process: subprocess.Popen[bytes] | None = None
        self.kills = 0
        self.memory: list[int] = []

    def configure(self, name: str, source: str, port: int) -> None:
        text = CONFIG.format(source=source, state=name, lateness=int(LATENESS), port=port)
        (self.top / f"{name}.yml").write_text(text)

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "engine.cli", *words]

    def start(self) -> None:
        with (self.top / "log").open("ab") as log:
            command = self.command("serve", "-c", "served.yml")
            self.process = subprocess.Popen(command, cwd=self.top, env=self.environ, stderr=log)

    def end(self, number: int) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.memory.append(self.resident())
        self.process.send_signal(number)
        self.process.wait(30)

    def resident(self) -> int:
        """Megabytes that the process has in memory."""
        assert self.process is not None
        try:
            text = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0
        return int(next(line for line in text.splitlines() if line.startswith("VmHWM")).split()[1]) >> 10

    def clean(self) -> None:
        """One run over all objects that were ever brought."""
        words = self.command("run", "-c", "clean.yml", "--quiet", "-o", os.devnull, "--format", "ndjson")
        done = subprocess.run(words, cwd=self.top, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def alerts(self, name: str) -> dict[str, dict[str, Any]]:
        """Id -> what an alert says, as people are shown it."""
        command = self.command("alerts", "list", "--state", f"{name}.db", "--format", "json", "--most", "1000000")
        done = subprocess.run(command, cwd=self.top, env=self.environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return {alert["id"]: alert for alert in json.loads(done.stdout)}

    def left(self) -> dict[str, int]:
        """What is not done: messages of the queue, deliveries, what was set aside."""
        import sqlite3

        database = sqlite3.connect(self.top / "served.db")
        ask = "SELECT (SELECT count(*) FROM delivery WHERE state != 'sent'), (SELECT count(*) FROM aside)"
        deliveries, aside = database.execute(ask).fetchone()
        database.close()
        return {"messages": self.cloud.left(), "deliveries": deliveries, "aside": aside}


def soaked(seconds: float, seed: int, rate: float, calm: bool, kill: tuple[float, float], say: Any) -> list[str]:
    """Do all of it; what does not hold in the end."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder, running() as cloud, destination(chance, calm) as hook:
        os.environ.update(ENVIRON)
        cloud.bucket()
        cloud.queue()
        house = House(Path(folder), cloud, hook.server_address[1])
        trail = Trail(cloud, chance, rate, calm)
        bringing = threading.Thread(target=trail.bring, args=(seconds,), daemon=True)
        house.start()
        bringing.start()
        began = time.monotonic()
        while bringing.is_alive():
            time.sleep(10 if calm else chance.uniform(*kill))
            if calm:
                say(f"{time.monotonic() - began:6.0f} s  {trail.events:9,} events  {house.resident():5} MB")
            else:
                house.end(signal.SIGKILL)
                house.kills += 1
                house.start()
        hook.moody = 0.0
        settle(house, trail, say)
        house.end(signal.SIGTERM)
        house.clean()
        say(f"{trail.events:,} events in {trail.objects:,} objects, {house.kills} kills, {len(hook.told):,} messages")
        say(f"memory {max(house.memory)} MB at most")
        return list(faults(house, hook))


def settle(house: House, trail: Trail, say: Any) -> None:
    """Wait until all is read, decided and told: the last event is older than the lateness, and what it may begin."""
    until = trail.last + LATENESS + 3 * TIMESPAN + 10  # and its alert resolved
    say(f"waiting {max(0, until - time.time()):.0f} s for what is open")
    while time.time() < until or any(house.left().values()):
        assert house.process is not None
        assert house.process.poll() is None, (house.top / "log").read_text()
        if time.time() > until + 120:
            return
        time.sleep(0.5)


def faults(house: House, hook: Destination) -> Iterator[str]:
    """What does not hold."""
    left = {name: number for name, number in house.left().items() if number}
    if left:
        yield f"left: {left}"
    served, clean = house.alerts("served"), house.alerts("clean")
    for id in sorted(served.keys() - clean.keys()):
        yield f"alert that a clean run has not: {served[id]}"
    for id in sorted(clean.keys() - served.keys()):
        yield f"alert that is missing: {clean[id]}"
    for id in sorted(clean.keys() & served.keys()):
        if wrong := differing(served[id], clean[id]):
            yield f"alert that is another: {wrong}"
    told = Counter(message.id for message in hook.told)
    heard = {alert for message in hook.told for alert in message.alerts}
    for id in sorted(clean.keys() - heard):
        yield f"alert that nobody was told of: {clean[id]['title']}"
    again = sum(told.values()) - len(told)
    if again > house.kills:
        yield f"{again} messages came twice, after {house.kills} kills"
    if not clean:
        yield "no alert at all: nothing was tried"


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Where two alerts differ; of an event that came in several objects it does not matter in which it was found."""
    for each in (one, other):
        for event in each["events"]:
            event.pop("file", None)
            event.pop("position", None)
    clocked = ("opened_at",)
    return {name: (one[name], other.get(name)) for name in one if name not in clocked and one[name] != other.get(name)}


@contextmanager
def destination(chance: random.Random, calm: bool) -> Iterator[Destination]:
    """The destination, for as long as it is needed."""
    server = Destination(random.Random(chance.random()), 0.0 if calm else 0.3)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def main() -> int:
    """What the module says."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--seconds", type=float, default=1_800)
    reader.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    reader.add_argument("--rate", type=float, default=20.0, help="events a second")
    reader.add_argument("--calm", action="store_true")
    asked = reader.parse_args()
    print(f"seed {asked.seed}", flush=True)
    wrong = soaked(asked.seconds, asked.seed, asked.rate, asked.calm, (5, 30), lambda text: print(text, flush=True))
    for each in wrong:
        print(each)
    print("all of it holds" if not wrong else f"{len(wrong)} things do not hold")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
