"""How often the shipped rules would wake somebody where nothing happens.

    python tests/bench/quiet.py [--events 100000] [--seed quiet]

Background without attacks: a made-up organisation (`corpus.py`), and, where the shared data is, the samples of the
OpenSearch catalogue. What counts is what a person would be told of: single events folded by rule and actor within a
day, as alerts are by default, and episodes; at medium or higher. Wanted: at most one in 10,000 events.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import rulesets
from subject import CHECKOUT, Subject, summary
from table import markdown

WANTED = 1 / 10_000
LOUD = ("medium", "high", "critical")


def alerts(out: Path) -> Counter[tuple[str, str]]:
    """(level, rule) -> alerts."""
    found: dict[tuple[str, ...], tuple[str, str]] = {}
    with out.open("rb") as lines:
        for line in lines:
            row = json.loads(line)
            if row["kind"] in ("detection", "episode") and row["rule"]["level"] in LOUD:
                found[known(row)] = row["rule"]["level"], row["rule"]["title"]
    return Counter(found.values())


def known(row: dict[str, Any]) -> tuple[str, ...]:
    """By what two detections are the same alert."""
    if row.get("episode"):
        return ("episode", row["episode"]["id"])
    event = row["events"][0]
    who = event.get("derived", {}).get("actor") or event["record"].get("userIdentity", {}).get("arn")
    return (row["rule"]["title"], str(who), str(row["time"])[:10])


def measured(name: str, source: Path, work: Path, rules: list[Path]) -> tuple[list[str], list[list[str]]]:
    out = work / "out.ndjson"
    more = [word for each in rules[1:] for word in ("--rules", str(each))]
    Subject(work / "cache").run(source, rules[0], out, *more)
    events, found = summary(out)["events"], alerts(out)
    rate = found.total() / events * 10_000
    head = [name, f"{events:,}", str(found.total()), f"{rate:.2f}", "yes" if rate <= WANTED * 10_000 else "no"]
    return head, [[name, level, title, str(number)] for (level, title), number in found.most_common()]


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--events", type=int, default=100_000)
    options.add_argument("--seed", default="quiet")
    options.add_argument("--data", type=Path, default=rulesets.shared_data(), help="the folder of real data")
    options.add_argument("--rules", type=Path, action="append", help="default: the shipped set")
    asked = options.parse_args()
    rules = asked.rules or [CHECKOUT / "rules"]
    rows: list[list[str]] = []
    loud: list[list[str]] = []
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        made = [sys.executable, str(CHECKOUT / "tests/bench/corpus.py"), str(work / "background")]
        subprocess.run(
            [*made, "--events", str(asked.events), "--seed", asked.seed, "--attacks", "0"],
            check=True, capture_output=True,
        )  # fmt: skip
        sources = [("made up", work / "background")]
        real = None if asked.data is None else asked.data / "cloudtrail" / "opensearch-catalog"
        if real is not None and real.is_dir():
            sources.append(("OpenSearch catalogue", real))
        for name, source in sources:
            row, more = measured(name, source, work, rules)
            rows.append(row)
            loud += more
    print(markdown(["background", "events", "alerts", "per 10,000", "at most 1"], rows))
    if loud:
        print("\n" + markdown(["background", "level", "rule", "alerts"], loud))
    if real is None or not real.is_dir():
        print("\nleft out: the OpenSearch catalogue, as the shared data is not there")
    return 0


if __name__ == "__main__":
    sys.exit(main())
