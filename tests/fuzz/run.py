"""Fuzz the engine: python tests/fuzz/run.py --minutes 5 [--target decoders]...

Needs atheris (the extra `fuzz`). Every target runs in a process of its own, as many at a time as `--jobs` says. What is
found lands in tests/fuzz/findings/TARGET/, one input a file, and from then on is replayed by the core tests
(test_replay.py); so mend it and commit it. The status is 1 when something was found.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parent.parent
sys.path.insert(0, str(CHECKOUT))

from tests.fuzz.registry import TARGETS

__all__ = ["main"]


class Outcome(NamedTuple):
    """How one target did."""

    target: str
    executions: int
    found: list[str]
    ended_well: bool
    tail: str


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5, help="for each target (default 5)")
    parser.add_argument("--target", action="append", choices=TARGETS, help="only this one; repeatable")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time (default 1)")
    parser.add_argument("--corpus", type=Path, help="folder that keeps what was learnt for the next run")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(given.jobs) as pool:
        corpus = given.corpus or Path(folder)
        outcomes = pool.map(lambda name: fuzz(name, given.minutes, corpus.resolve()), given.target or TARGETS)
        found = 0
        for outcome in outcomes:
            found += len(outcome.found) or not outcome.ended_well
            print(
                f"{outcome.target:14} {outcome.executions:>10,} executions  {len(outcome.found)} findings", flush=True
            )
            if outcome.found or not outcome.ended_well:
                print(outcome.tail)
    return 1 if found else 0


def fuzz(target: str, minutes: float, corpus: Path) -> Outcome:
    """One target for so long; its seeds go into the corpus first."""
    findings, learnt = HERE / "findings" / target, corpus / target
    findings.mkdir(parents=True, exist_ok=True)
    learnt.mkdir(parents=True, exist_ok=True)
    module = import_module(f"tests.fuzz.{target}")
    for number, seed in enumerate(module.seeds()):
        (learnt / f"seed-{number}").write_bytes(seed)
    words = corpus / f"{target}.dict"
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in module.WORDS))
    before = set(os.listdir(findings))
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.one", target, str(findings), str(learnt), f"-dict={words}",
         f"-max_total_time={max(1, round(minutes * 60))}", "-timeout=30", "-rss_limit_mb=2500", "-max_len=8192",
         "-print_final_stats=1", "-close_fd_mask=0"],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        env={**os.environ, "DETECT_CACHE_DIR": str(corpus / "cache")},
    )  # fmt: skip
    said = done.stdout.decode("utf-8", "replace")
    counts = re.findall(r"number_of_executed_units: *(\d+)", said) or re.findall(r"^#(\d+)", said, re.MULTILINE)
    found = sorted(set(os.listdir(findings)) - before)
    if not any(findings.iterdir()):
        findings.rmdir()
    notable = "\n".join(line for line in said.splitlines() if not line.startswith(("#", "INFO", "stat::")))
    return Outcome(target, int(counts[-1]) if counts else 0, found, done.returncode == 0, notable[-12_000:])


def _escaped(word: bytes) -> str:
    return "".join(chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    sys.exit(main())
