"""A process that raises alerts and sends them, and may be killed: at a commit that it is told, or at any moment.

    python -m tests.alerts.worker STATE PORT KILL_AT

KILL_AT is the number of a commit, from 1: negative right before it, positive right after it, 0 never. Exit status 0:
everything was decided and sent.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import time_ns

from engine.alerts.book import Book
from engine.alerts.desk import Desk, Rules
from engine.alerts.raised import Raised
from engine.alerts.routes import Branch, Target
from engine.alerts.sender import Destination, Sender
from engine.stores import Store
from tests.alerts.made import MINUTE, SECOND, START, Even, head, raised
from tests.alerts.server import post

BATCHES = 6
TREE = (
    Branch(Target("pager", ("pager",), group_wait=0, send_resolved=True), goes_on=True),
    Branch(Target("mail", ("mail",), group_by=("rule",), group_wait=0)),
)


class Mortal(Store):
    """A store that dies at one of its outer commits; of all of them in this process together."""

    commits = 0
    kill_at = 0
    lock = threading.Lock()

    @contextmanager
    def transaction(self) -> Iterator[Store]:
        outer = not self._depth
        with super().transaction():
            yield self
            if outer:
                with Mortal.lock:
                    Mortal.commits += 1
                    number = Mortal.commits
                if number == -Mortal.kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)
        if outer and number == Mortal.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)


def batch(number: int) -> list[Raised]:
    """Events of two rules under three keys, out of order, some of them again in the next batch."""
    times = [START + (number * 7 + step * 5) % 37 * MINUTE for step in range(8)]
    return [raised(time, f"e{time}", f"rule-{at % 2}", f"key-{at % 3}") for at, time in enumerate(times)]


def main(path: str, port: int, kill_at: int) -> None:
    Mortal.kill_at = kill_at
    clock = lambda: time_ns() // 1_000
    rules = Rules(TREE, ("mail",), max_age=1 << 60)
    with Mortal(path) as store:
        book, desk = Book(store, Even(window=3 * MINUTE), head), Desk(store, rules)
        for number in range(BATCHES):
            with store.transaction():
                book.take(batch(number), clock())
        with store.transaction():
            book.settle(START + 24 * 60 * MINUTE, clock())
            desk.flush(clock(), once=True)
    destinations = {name: Destination(name, partial(post, port, name)) for name in ("pager", "mail")}
    sender = Sender(lambda: Mortal(path), destinations, clock, lambda: 0.1)
    sender.start()
    if sender.wait(clock() + 20 * SECOND).left:
        sys.exit(3)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
