"""What it costs to keep things, in a state file and on a PostgreSQL server.

python tests/bench/stores.py
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from engine.stores import Entry, Ledger, Store, open_store
from tests.postgres import server

ROUNDS = 200


def nothing(ledger: Ledger, number: int) -> None:
    """A transaction that writes one value."""
    ledger.set_mark("n", number)


def thousand(ledger: Ledger, number: int) -> None:
    """A thousand detections, and ten files."""
    ledger.saw([b"%d %d" % (number, each) for each in range(1_000)], number, number)
    for each in range(10):
        ledger.enter("logs", f"{number} {each}", Entry(1, 1, b"%20d" % each, 1, True), number, number)


def took(store: Store, step: Callable[[Ledger, int], None], rounds: int) -> str:
    """Median, 95 % and most, in milliseconds."""
    ledger, times = Ledger(store), []
    for number in range(rounds):
        began = time.perf_counter()
        with store.transaction():
            step(ledger, number)
        times.append((time.perf_counter() - began) * 1_000)
    times.sort()
    return f"{statistics.median(times):.2f} / {times[int(rounds * 0.95)]:.2f} / {times[-1]:.2f}"


def main() -> None:
    print("| a commit of | state file, ms | server, ms |")
    print("| --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder, server() as address, ExitStack() as stack:
        file = stack.enter_context(open_store(str(Path(folder, "state"))))
        kept = stack.enter_context(open_store(address))
        synced = kept.execute("SHOW fsync").fetchone()[0], kept.execute("SHOW synchronous_commit").fetchone()[0]
        for store in (file, kept):
            store.claim()
        print(f"| one value | {took(file, nothing, ROUNDS)} | {took(kept, nothing, ROUNDS)} |")
        print(f"| 1,000 detections, 10 files | {took(file, thousand, 50)} | {took(kept, thousand, 50)} |")
    print(f"\nfsync and synchronous_commit of the server: {', '.join(synced)}")


if __name__ == "__main__":
    main()
