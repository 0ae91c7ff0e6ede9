"""The sender: takes messages from the outbox and hands them to their destinations, each in a thread of its own.

Claim, send, mark: what was sent is marked after it was sent. A destination that hangs holds only its own thread; a
process that dies leaves at most one message a destination of which nobody knows whether it arrived. Where the state
cannot be written for now, the thread keeps what it knows in hand and tries again, and sends nothing else meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.alerts.database import Database
from engine.alerts.outbox import Claim, Limits, claim, mark, orphaned, release, waits

__all__ = ["Destination", "Sender", "Sent", "Underway", "due_at"]

SECOND = 1_000_000
LOOK = 0.05
"""Seconds between two looks at whether all is done."""

AGAIN = 0.5
"""Seconds between two attempts to use a state that cannot be used, and the longest between two looks for messages."""


LONGEST_PAUSE = 86_400.0
"""Seconds; a notifier that asks for a longer one is taken to have asked for none."""


class Destination(NamedTuple):
    """Somebody to send to: `send` renders the message and gives it to the notifier; it may raise, and it may hang."""

    name: str
    send: Callable[[Message], Outcome]
    limits: Limits = Limits()


class Sent(NamedTuple):
    """What became of the outbox: messages sent by this sender, those left in it, and those that are dead."""

    sent: int
    left: int
    dead: int


class Underway:
    """Messages that this process has taken, and of which the state does not say yet what became of them.

    Senders of one process that follow each other share it: none sends again what another still has in hand.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.numbers: set[int] = set()


class Sender:
    """Sends from one state store.

    connect       opens the store anew, for one thread
    destinations  by name; messages to a name that is not there are left
    clock         now, in microseconds; monotonic enough to wait by
    chance        0 to 1, at random
    fallback      destinations that are told when a message is given up
    underway      shared with the senders before it; None: there was none
    """

    def __init__(
        self,
        connect: Callable[[], AbstractContextManager[Database]],
        destinations: Mapping[str, Destination],
        clock: Callable[[], int],
        chance: Callable[[], float],
        fallback: Sequence[str] = (),
        underway: Underway | None = None,
    ) -> None:
        self._connect = connect
        self._destinations = destinations
        self._clock = clock
        self._chance = chance
        self._fallback = tuple(fallback)
        self._underway = Underway() if underway is None else underway
        self._lock = self._underway.lock
        self._stop = threading.Event()
        self._given_up = False
        self._sent = 0
        self._failed: dict[str, BaseException] = {}
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Queue again what a dead process was sending, and start a thread for every destination."""
        with self._connect() as database:
            with self._lock:
                release(database, self._underway.numbers)
            give_up = max((one.limits.give_up for one in self._destinations.values()), default=Limits().give_up)
            orphaned(database, tuple(self._destinations), self._clock() - give_up)
        for destination in self._destinations.values():
            thread = threading.Thread(target=self._run, args=(destination,), daemon=True, name=destination.name)
            self._threads.append(thread)
            thread.start()

    def wait(self, until: int) -> Sent:
        """Wait until nothing can be sent before a time, or the time has come; then stop, and say what is left.

        Raises what a thread met that is no fault of its destination: the state file cannot be written.
        """
        with self._connect() as database:
            while self._clock() < until and self.failed is None:
                with self._lock:
                    if self._nothing(database, until):
                        break
                self._stop.wait(LOOK)
            self._stop.set()
            self._given_up = True
            if (failed := self.failed) is not None:
                raise failed
            with self._lock:
                counts = dict(database.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall())
                sent = self._sent
        return Sent(sent, counts.get("queued", 0) + counts.get("sending", 0), counts.get("dead", 0))

    def stop(self, seconds: float = 0.0) -> None:
        """Start nothing new; wait so long for what is being sent. What takes longer is marked when it has ended."""
        self._stop.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    @property
    def failed(self) -> BaseException | None:
        """What keeps a thread from its work and is no fault of its destination; None once it can go on."""
        return next(iter(list(self._failed.values())), None)

    def _nothing(self, database: Database, until: int) -> bool:
        """Whether no thread has anything under way or to do before a time; only under the lock.

        Else a message that is claimed between the two questions would be neither waiting nor under way.
        """
        if database.execute("SELECT 1 FROM delivery WHERE state = 'sending'").fetchone():
            return False
        return all(
            due is None or due >= until
            for due in (due_at(database, one.name, one.limits, self._clock()) for one in self._destinations.values())
        )

    def _run(self, destination: Destination) -> None:
        """Send until told to stop, and then until all that was sent is marked, or `wait` has given up."""
        hand: list[tuple[Claim, Outcome]] = []
        while (hand and not self._given_up) or not self._stop.is_set():
            try:
                with self._connect() as database:
                    self._serve(database, destination, hand)
            except BaseException as error:  # noqa: BLE001
                self._failed[destination.name] = error
                time.sleep(AGAIN)

    def _serve(self, database: Database, destination: Destination, hand: list[tuple[Claim, Outcome]]) -> None:
        """Mark what is in hand, then claim, send and mark until told to stop."""
        while True:
            if hand:
                self._mark(database, destination, *hand[0])
                hand.clear()
            if self._stop.is_set():
                return
            now = self._clock()
            with self._lock:
                taken = claim(database, destination.name, destination.limits, now)
                if taken is not None:
                    self._underway.numbers.add(taken.number)
            self._failed.pop(destination.name, None)
            if taken is not None:
                hand.append((taken, _sent(destination, taken.message)))
                continue
            due = due_at(database, destination.name, destination.limits, now)
            self._stop.wait(AGAIN if due is None else min(AGAIN, max(0.01, (due - now) / SECOND)))

    def _mark(self, database: Database, destination: Destination, taken: Claim, outcome: Outcome) -> None:
        with self._lock:
            state = mark(database, taken, outcome, destination.limits, self._clock(), self._chance(), self._fallback)
            self._underway.numbers.discard(taken.number)
            self._sent += state == "sent"


def due_at(database: Database, destination: str, limits: Limits, now: int) -> int | None:
    """When the next message to a destination can go; None when there is none."""
    row = database.execute(
        "SELECT min(next_at) FROM delivery AS mine WHERE state = 'queued' AND destination = ?"
        " AND NOT EXISTS (SELECT 1 FROM delivery WHERE thread = mine.thread AND destination = mine.destination"
        " AND number < mine.number AND state IN ('queued', 'sending'))",
        (destination,),
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return max(int(row[0]), waits(database, destination, limits, now))


def _sent(destination: Destination, message: Message) -> Outcome:
    """Send; what a notifier raises is its own fault, and no reason to lose the message or the others."""
    try:
        outcome = destination.send(message)
    except BaseException as error:  # noqa: BLE001
        return Retry(f"the notifier failed: {type(error).__name__}: {error}")
    match outcome:
        case Delivered(handle=str() | None) | Refused(reason=str()):
            return outcome
        case Retry(reason, after):
            fits = isinstance(after, int | float) and 0 <= after <= LONGEST_PAUSE
            return Retry(str(reason), after if fits else None)
    return Refused(f"the notifier gave {outcome!r} for an outcome")
