"""What it costs to run for years: `python -m tests.bench.service` prints a table. Nothing here is asserted.

s3, sqs   the same objects read from a folder, from a bucket that is listed, and from one that a queue tells of; the
          bucket is moto's, on loopback, so the numbers say what we and the client cost, not what S3 does
lag       a folder that is followed while 5,000 events a second come into it: from when an object is written to when
          the webhook hears of what is in it
commit    what a commit of the state costs, empty and with a thousand detections and files
start     a scan that finds nothing new, with 100,000 files in the ledger and 200,000 windows
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from engine.stores import Entry, Ledger, Store
from tests.bench.measure import Spread, spread
from tests.sources.cloud import ENVIRON, REGION, Cloud, news, running

CHECKOUT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, **ENVIRON, "PYTHONPATH": str(CHECKOUT)}
RULES = """
title: A trail was stopped
name: stopped
logsource: {product: aws, service: cloudtrail}
detection: {call: {eventName: StopLogging}, condition: call}
level: high
"""
ACCOUNT = "111122223333"


def event(number: int, name: str, now: float) -> dict[str, Any]:
    """A record of about the usual size."""
    return {
        "eventVersion": "1.11",
        "eventID": f"{number:08x}-0000-4000-8000-000000000000",
        "eventTime": datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": "s3.amazonaws.com",
        "eventName": name,
        "awsRegion": REGION,
        "sourceIPAddress": "198.51.100.7",
        "userAgent": "aws-sdk-go-v2/1.30.3 os/linux lang/go#1.22.5 md/GOOS#linux md/GOARCH#amd64 api/s3#1.58.2",
        "recipientAccountId": ACCOUNT,
        "requestParameters": {"bucketName": f"data-{number % 50}", "key": f"part-{number:08}.parquet", "x-id": name},
        "responseElements": None,
        "userIdentity": {
            "type": "AssumedRole",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/loader/worker-{number % 200}",
            "principalId": f"AROAEXAMPLE:worker-{number % 200}",
            "accountId": ACCOUNT,
            "sessionContext": {"attributes": {"mfaAuthenticated": "false"}, "sessionIssuer": {"type": "Role"}},
        },
    }


def name_of(number: int, now: float) -> str:
    date = datetime.fromtimestamp(now, UTC)
    return f"{ACCOUNT}_CloudTrail_{REGION}_{date:%Y%m%dT%H%MZ}_{number:06}.json.gz"


def packed(first: int, events: int, now: float) -> bytes:
    """An object: its first event is the one that a rule looks for."""
    records = [event(first + n, "GetObject" if n else "StopLogging", now) for n in range(events)]
    return gzip.compress(json.dumps({"Records": records}).encode(), 6)


def row(name: str, *cells: str) -> None:
    print("| " + " | ".join((name, *cells)) + " |", flush=True)


def scanned(top: Path, *words: str) -> float:
    """Seconds of a whole command."""
    command = [
        sys.executable,
        "-m",
        "engine.cli",
        "run",
        "--rules",
        str(top / "rules.yml"),
        "--quiet",
        "--workers",
        "1",
    ]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--format", "ndjson", "-o", os.devnull, *words], env=ENV, capture_output=True, text=True, check=False
    )
    took = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(done.stderr)
    return took


def show_sources(top: Path, objects: int, events: int, pairs: int) -> None:
    """Folder, bucket and queue, with the same objects."""
    now = time.time()
    with running() as cloud:
        os.environ.update(ENVIRON)
        cloud.bucket()
        cloud.queue()
        folder = top / "folder"
        folder.mkdir()
        names = [name_of(number, now) for number in range(objects)]
        for number, name in enumerate(names):
            body = packed(number * events, events, now)
            (folder / name).write_bytes(body)
            cloud.put(name, body=body)
        took: dict[str, list[float]] = {"folder": [], "bucket": [], "queue": []}
        for pair in range(pairs):
            state = ["--state", str(top / f"state{pair}")]
            took["folder"].append(scanned(top, "--source", str(folder), *state))
            state = ["--state", str(top / f"state{pair}-s3")]
            took["bucket"].append(scanned(top, "--source", cloud.s3("logs"), *state))
            for name in names:
                cloud.send(news(name, size=(folder / name).stat().st_size, eTag=etag(cloud, name)))
            state = ["--state", str(top / f"state{pair}-sqs")]
            took["queue"].append(scanned(top, "--source", cloud.sqs(most=100_000), *state))
        for kind, seconds in took.items():
            rates = spread([objects * events / each for each in seconds])
            row(f"{objects} objects of {events} events from a {kind}", f"{rates.show(0)} events/s, whole command")


def etag(cloud: Cloud, name: str) -> str:
    return str(cloud.client("s3").head_object(Bucket="logs", Key=name)["ETag"])


class Ear(ThreadingHTTPServer):
    """Notes when each event was first told of."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Listening)
        self.heard: dict[str, float] = {}


class _Listening(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        for alert in body["alerts"]:
            for each in alert["events"]:
                self.server.heard.setdefault(each["id"], time.time())
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def listening() -> Iterator[Ear]:
    ear = Ear()
    threading.Thread(target=ear.serve_forever, daemon=True).start()
    try:
        yield ear
    finally:
        ear.shutdown()
        ear.server_close()


CONFIG = """
sources: [logs]
rules: [rules.yml]
state: state.db
limits: {{workers: 1}}
schedule: {{every: 10s, follow: true}}
health: {{listen: ""}}
alerts: {{rules: [{{match: ["level=high"], dedup_key: "{{eventID}}"}}]}}
notifiers:
  hook: {{type: webhook, url: "http://127.0.0.1:{port}/", allow: [127.0.0.1]}}
routes:
  - {{to: [hook], early: true, group_by: [], group_wait: 0s, group_interval: 0s, most_per_rule: 0}}
"""


def show_lag(top: Path, rate: int, seconds: int) -> None:
    """A service that follows a folder, into which an object of 250 events comes so often that it is `rate` a second."""
    house = top / "lag"
    (house / "logs").mkdir(parents=True)
    shutil.copy(top / "rules.yml", house)
    with listening() as ear:
        (house / "detect.yml").write_text(CONFIG.format(port=ear.server_address[1]))
        command = [sys.executable, "-m", "engine.cli", "serve", "-c", "detect.yml"]
        process = subprocess.Popen(command, cwd=house, env=ENV, stderr=subprocess.PIPE, text=True)
        lines: list[str] = []
        threading.Thread(target=lambda: lines.extend(process.stderr or ()), daemon=True).start()
        while not any("scan finished" in line for line in lines):
            if process.poll() is not None:
                raise RuntimeError("".join(lines))
            time.sleep(0.05)
        written = bring(house / "logs", rate, seconds)
        time.sleep(5)
        process.terminate()
        process.wait(30)
        lags = sorted(ear.heard[id] - at for id, at in written.items() if id in ear.heard)
    told = f"{len(lags)} of {len(written)} objects"
    at = [lags[int(len(lags) * share)] for share in (0.5, 0.95)] if lags else [0.0, 0.0]
    scans = sum("scan finished" in line for line in lines)
    row(f"lag at {rate:,} events/s for {seconds} s", f"median {at[0]:.2f} s, 95 % {at[1]:.2f} s, most {lags[-1]:.2f} s;"
        f" {told}, {scans} scans")  # fmt: skip


def bring(folder: Path, rate: int, seconds: int) -> dict[str, float]:
    """Write objects at a steady rate; event id -> when the object was there."""
    written: dict[str, float] = {}
    began, number = time.time(), 0
    while (due := time.time() - began) < seconds:
        while number * 250 < due * rate:
            now = time.time()
            path = folder / name_of(number, now)
            beside = folder / f".{path.name}"
            beside.write_bytes(packed(number * 250, 250, now))
            beside.rename(path)
            written[event(number * 250, "", now)["eventID"]] = time.time()
            number += 1
        time.sleep(0.005)
    return written


def show_commits(top: Path, times: int) -> None:
    """Commits of the store, the disk's share included."""
    with Store(str(top / "commits")) as store:
        ledger = Ledger(store)
        for name, many in (("nothing", 0), ("1,000 detections and files", 1_000)):
            took = [timed_commit(store, ledger, number, many) for number in range(times)]
            row(f"a commit of {name}", f"{Spread(*(1_000 * each for each in spread(took))).show()} ms")


def timed_commit(store: Store, ledger: Ledger, number: int, many: int) -> float:
    chance = random.Random(number)
    identities = [chance.randbytes(16) for _ in range(many)]
    began = time.perf_counter()
    with store.transaction():
        ledger.set_mark("newest", number)
        ledger.saw(identities, number, number)
        for each in identities:
            ledger.enter("logs", each.hex(), Entry(1, 1, each, 1, True), number, 1)
    return time.perf_counter() - began


WINDOWS = """
---
title: A thousand trails were stopped
level: high
correlation:
  type: event_count
  rules: [stopped]
  group-by: [userIdentity.principalId]
  timespan: 52w
  condition: {gte: 1000}
"""


def show_start(top: Path, files: int, groups: int, pairs: int) -> None:
    """Whole scans that find nothing new."""
    folder, state, now = top / "seen", top / "large", time.time()
    folder.mkdir()
    (top / "rules.yml").write_text(RULES + WINDOWS)
    scan = ["--source", str(folder), "--state", str(state), "--lateness", "1s"]
    (folder / name_of(0, now)).write_bytes(packed(0, 1, now))
    scanned(top, *scan)
    small = [scanned(top, *scan) for _ in range(pairs)]
    records = [event(number, "StopLogging", now - 600) for number in range(groups)]
    for number, each in enumerate(records):
        each["userIdentity"]["principalId"] = f"AROAEXAMPLE:{number}"
    (folder / name_of(1, now + 60)).write_bytes(gzip.compress(json.dumps({"Records": records}).encode(), 1))
    first = scanned(top, *scan)
    with Store(str(state)) as store, store.transaction():
        ledger = Ledger(store)
        for number in range(files):
            digest = number.to_bytes(20, "big")
            ledger.enter("/elsewhere", f"{number:09}.json.gz", Entry(number, number, digest, 1, True), 1, number)
    large = [scanned(top, *scan) for _ in range(pairs)]
    row("a scan that finds nothing new", f"{spread(small).show()} s")
    row(f"the first with {groups:,} new groups", f"{first:.2f} s")
    row(
        f"nothing new, with {files:,} files and {groups:,} windows",
        f"{spread(large).show()} s, {state.stat().st_size >> 20} MB",
    )


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--quick", action="store_true", help="small, to see that it runs")
    quick = reader.parse_args().quick
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        top = Path(folder)
        (top / "rules.yml").write_text(RULES)
        row("what", "how much")
        row("---", "---")
        show_sources(top, 20 if quick else 500, 50 if quick else 400, 1 if quick else 3)
        show_lag(top, 500 if quick else 5_000, 3 if quick else 30)
        show_commits(top, 5 if quick else 30)
        show_start(top, 1_000 if quick else 100_000, 1_000 if quick else 200_000, 1 if quick else 3)


if __name__ == "__main__":
    main()
