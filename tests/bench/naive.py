"""Naive evaluation: every rule's condition walked over every fully decoded record, by the oracle of the tests.

    python tests/bench/naive.py CORPUS RULES [--events 2000] [--seconds 10]

Rules that are not meant for CloudTrail are left out, as the engine leaves them out. Prints one JSON object: events,
rules, seconds (decoding in it, loading of rules not), events a second, hits as [rule id, event id], and the ids of the
events looked at.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from engine.load import load
from engine.logsources import routed
from engine.model import LogSource
from tests.oracle import matches

CLOUDTRAIL = LogSource("aws", "cloudtrail")


def records(corpus: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(corpus.rglob("*.json.gz")):
        yield from json.loads(gzip.decompress(path.read_bytes()))["Records"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus", type=Path)
    options.add_argument("rules", type=Path)
    options.add_argument("--events", type=int, default=2000)
    options.add_argument("--seconds", type=float, default=10.0)
    arguments = options.parse_args()
    rules = [rule for rule in load([arguments.rules]).rules if routed(rule.logsource, CLOUDTRAIL)]
    hits, ids = [], []
    began = time.perf_counter()
    for record in islice(records(arguments.corpus), arguments.events):
        ids.append(record["eventID"])
        hits += [(rule.id, record["eventID"]) for rule in rules if matches(rule, record)]
        if time.perf_counter() - began > arguments.seconds:
            break
    seconds = time.perf_counter() - began
    shown = {"events": len(ids), "rules": len(rules), "seconds": seconds, "events_per_second": len(ids) / seconds}
    print(json.dumps({**shown, "hits": hits, "ids": ids}))


if __name__ == "__main__":
    main()
