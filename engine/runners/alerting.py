"""A run that raises alerts: what it finds goes into the book, what is due into the outbox, and from there out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from typing import Any

from engine.alerts.book import Book
from engine.alerts.compiled import Alerting
from engine.alerts.desk import Desk
from engine.alerts.outbox import forget_sent
from engine.alerts.raised import Raised, Raising
from engine.alerts.sender import Destination, Sender, Sent
from engine.alerts.settings import length
from engine.glance import who
from engine.hit import Episode
from engine.model import Detection, Event, RuleHead, Summary
from engine.outputs import Output, tell
from engine.redact import Redactor
from engine.stores import Store, export, held, is_server, open_store, restore

__all__ = ["Alerted", "Rows", "copied", "deliver", "sending"]

HELD = 20_000
"""Detections that wait in memory for the book, at most."""

MONTH = 30 * 86_400_000_000
"""How long messages that were sent are remembered, microseconds."""


class Rows:
    """What a worker makes of a detection: the row of the output, and what is raised. Picklable."""

    def __init__(self, row: Callable[[Detection], Any], raising: Raising, redactor: Redactor | None = None) -> None:
        self.row = row
        self.raising = raising
        self.redactor = redactor or None

    def __call__(self, detection: Detection) -> tuple[Any, Raised | None]:
        if self.redactor:
            detection = self.redactor.detection(detection)
        return self.row(detection), self.raising(detection)

    def who(self, event: Event) -> str:
        """By which name the summary knows people."""
        return who(self.redactor.event(event) if self.redactor else event)


class Alerted:
    """An output that hands everything on to another one, and to the book what alerts need.

    store      in which alerts are kept; the one of the run, so that they are kept together with what was read
    watermark  of what the run saw, up to which event time it has decided; None: nothing can be decided
    clock      now, in microseconds
    redactor   takes out what is not to be shown, before anything is written, kept or told
    once       nobody comes back soon to tell what is grouped: tell it at the end

    What is raised may be kept earlier than that its file was read: after a crash it is raised again, and known.
    """

    def __init__(
        self,
        output: Output,
        alerting: Alerting,
        store: Store,
        watermark: Callable[[Summary], int | None],
        clock: Callable[[], int],
        redactor: Redactor | None = None,
        *,
        once: bool = True,
    ) -> None:
        self.output = output
        self._once = once
        self.extension = output.extension
        self.person = output.person
        self.lines = getattr(output, "lines", False)
        self.row = Rows(output.row, alerting.raising(), redactor)
        self._redactor = redactor or None
        self.alerting = alerting
        self.book = Book(store, alerting, alerting.head)
        self.desk = Desk(store, alerting.rules)
        self.waiting = 0
        self._store = store
        self._watermark = watermark
        self._clock = clock
        self._raised: list[Raised] = []
        self._episodes: list[Episode] = []
        self._foreseen: list[Episode] = []
        self.foresees = alerting.foresees

    def start(self) -> None:
        """Before the first row."""
        self.output.start()

    def write(self, row: tuple[Any, Raised | None]) -> None:
        """One detection, as `row` made it."""
        self.output.write(row[0])
        if row[1] is not None:
            self._raised.append(row[1])
            if len(self._raised) >= HELD:
                self.keep()

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """One episode."""
        if self._redactor:
            episode = self._redactor.episode(episode)
        tell(self.output, correlation, episode, new)
        if self.alerting.raises(correlation.key):
            self._episodes.append(episode)
            if len(self._episodes) >= HELD // 10:
                self.keep()

    def foresee(self, episode: Episode) -> None:
        """One episode after the watermark, which nothing can undo: for routes that do not wait."""
        if self.alerting.raises(episode.correlation):
            self._foreseen.append(self._redactor.episode(episode) if self._redactor else episode)

    def keep(self) -> None:
        """Put what was raised so far into the book."""
        with self._store.transaction():
            self.book.take(self._raised, self._clock())
            self.book.foreseen(self._foreseen, self._clock())
            self.book.episodes(self._episodes, self._clock())
        self._raised, self._episodes, self._foreseen = [], [], []

    def close(self, summary: Summary) -> None:
        """After the last row: decide what the watermark has passed, and put into the outbox what is due."""
        self.output.close(summary)
        now = self._clock()
        with self._store.transaction():
            self.keep()
            watermark = None if summary.interrupted else self._watermark(summary)
            if watermark is not None:
                self.book.settle(watermark, now)
            self.desk.flush(now, once=self._once)
            self.book.forget(now - length(self.alerting.settings.keep))
            forget_sent(self._store, now - MONTH)
            self.waiting = self.book.waiting()


def deliver(
    path: str,
    destinations: Mapping[str, Destination],
    alerting: Alerting,
    clock: Callable[[], int],
    chance: Callable[[], float],
) -> Sent:
    """Send what is in the outbox of a state file, for as long as the settings allow, and say what is left.

    Where another process is sending from the same file it is left to that one, unless it ends in time.
    """
    until = clock() + length(alerting.settings.wait)
    with sending(path, max(0, until - clock()) / 1_000_000) as mine:
        sender = Sender(lambda: open_store(path), destinations, clock, chance, alerting.fallback)
        if mine:
            sender.start()
            return sender.wait(until)
        return sender.wait(clock())


@contextmanager
def sending(path: str, wait: float) -> Iterator[bool]:
    """Hold the right to send from a state file; false where another process has it for all of `wait` seconds.

    It is the lock of an SQLite file beside it, which the system takes back from a process that dies; or one of the
    server.
    """
    if is_server(path):
        with held(path, "sending", wait) as mine:
            yield mine
        return
    with closing(sqlite3.connect(f"{path}-sending", timeout=wait, isolation_level=None)) as lock:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            yield False
            return
        try:
            yield True
        finally:
            with suppress(sqlite3.Error):
                lock.execute("ROLLBACK")


def copied(path: str, to: str) -> None:
    """Copy a state to a file, whoever is writing to it, for a run that only shows what it would do."""
    if is_server(path):
        with open_store(path) as store:
            restore(export(store), path, to)
        return
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as known, closing(sqlite3.connect(to)) as new:
        known.backup(new)
