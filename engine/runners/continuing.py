"""Runs that go on where an earlier one ended: what was read is not read again, what was found waits its time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from time import monotonic

from engine import sources
from engine.correlate import Correlator, States
from engine.hit import Episode, Hit
from engine.model import Blob, Problem
from engine.rules import Ruleset
from engine.runners.delivered import Word
from engine.runners.file import File
from engine.runners.retention import Keep, Retention
from engine.runners.states import Stored
from engine.runners.worker import Found
from engine.sources import Item
from engine.stores import Entry, Ledger, Store

__all__ = ["LATENESS", "Continuing"]

LATENESS = 15 * 60 * 1_000_000
"""How long an event may be on its way, microseconds: CloudTrail delivers most within five minutes, nearly all in 15."""

EVERY = 5.0
"""Seconds between two commits while logs are read, about."""

HELD = 20_000
"""Hits between two commits, at most."""

WRITING = 60_000_000
"""A file that was written to so short a time before it is read may be unfinished, microseconds."""

AGAIN = ("unreadable", "internal", "gone", "source", "unfinished")
"""Kinds of problems after which a file counts as not read: another time it may go well, or there is none any more."""


class Continuing:
    """What a run takes over from earlier ones, and leaves for the next.

    store     the state file
    lateness  microseconds that an event may be on its way
    flush     has everything that was printed reach its reader; None where output is whole only at the end of the run.
              Then nothing is committed before `finish`
    every     seconds between two commits while logs are read; None: EVERY
    keep      how long is remembered what was read and reported

    The order of things makes a crash harmless: what was found is printed first and committed then, so that after a
    crash in between it is printed once more, under the same ids, and never lost.
    """

    def __init__(
        self,
        store: Store,
        lateness: int = LATENESS,
        flush: Callable[[], None] | None = None,
        every: float | None = None,
        keep: Keep = Keep(),  # noqa: B008
    ) -> None:
        self.store = store
        self._keep = keep
        self.ledger = Ledger(store)
        self.lateness = lateness
        self.known = 0
        self.replaced = 0
        self._flush = flush
        self._every = EVERY if every is None else every
        self._outer = ExitStack()
        self._files: list[File] = []
        self._at = 0
        self._done: list[tuple[File, Entry]] = []
        self._failed: dict[str, str] = {}
        self._aside: dict[str, str] = {}
        self._receipts: dict[str, list[str]] = {}
        self._identities: list[bytes] = []
        self._hits: list[Hit] = []
        self._first: int | None = None
        self._end: int | None = None
        self._last_commit = monotonic()
        self._unfinished = False

    def begin(self, ruleset: Ruleset, now: int) -> States:
        """Start a run; the state of its correlations.

        What an unfinished one has read with other rules is forgotten, so that it is read again.
        """
        self.now = now
        ledger = self.ledger
        with self.store.transaction():
            self.run = ledger.mark("run") or 1
            if ledger.mark("rules") != ruleset.digest and ledger.mark("unfinished"):
                ledger.undo(self.run)
            ledger.set_mark("rules", ruleset.digest)
            ledger.set_mark("unfinished", 1)
        self._retention = Retention(ledger, self._keep, now)
        self._sizes = ledger.sizes()
        self._alone: dict[int, File] = {}
        self._contents: set[bytes] = set()
        return self.states

    @property
    def states(self) -> States:
        """What was kept of correlations."""
        return Stored(self.store)

    @property
    def oldest(self) -> int | None:
        """The least event time of all runs; of this one as far as it has been kept."""
        found: int | None = self.ledger.mark("oldest")
        return found

    @property
    def newest(self) -> int | None:
        """The greatest event time that was believed in all runs; of this one as far as it has been kept."""
        found: int | None = self.ledger.mark("newest")
        return found

    def reached(self, target: str) -> int | None:
        """How far a source has said in earlier runs that it has delivered, microseconds."""
        found: int | None = self.ledger.mark(_reached(target))
        return found

    def word(self, target: str, now: int | None) -> Word:
        """How far it says so now and has said before; kept with what is decided by it."""
        word = Word(now, self.reached(target))
        if now is not None:
            self.ledger.set_mark(_reached(target), word.reached)
        return word

    def unread(self, target: str, found: Iterable[Item]) -> Iterator[Item]:
        """Of what a source has, what was not read before; of a file that has grown only what is new will be taken."""
        place = sources.place(target)
        self._retention.asked(place)
        for item in found:
            if not isinstance(item, Blob):
                yield item
                continue
            self._retention.there(place, item.ref)
            file = File(target, place, item, self.ledger.entry(place, item.ref))
            file.before = file.before or self._rotated(file)
            if self._was_read(file):
                self.known += 1
                self._receipt(file)
            else:
                self._files.append(file)
                yield item

    def _rotated(self, file: File) -> Entry | None:
        """What was read of it before it was rotated: app.log is app.log.1 now, and has perhaps grown before that."""
        if file.blob.size is None or file.blob.content is not None:
            return None
        namesakes = self.ledger.namesakes(file.place, file.blob.ref, file.blob.size)
        return next((each for each in namesakes if file.begins_with(each)), None)

    def _was_read(self, file: File) -> bool:
        """Whether this content was read to its end, here or under another name, or will be in this run."""
        blob, before = file.blob, file.before
        if blob.size is None:
            return False
        if before and before.whole and (before.size, before.modified) == (blob.size, blob.modified):
            return True
        if not before and blob.size not in self._sizes:
            if blob.size not in self._alone:
                self._alone[blob.size] = file  # no file that we know has this size, so none has its content
                return False
            if content := self._alone[blob.size].content:
                self._contents.add(content)
        content = file.content
        if content is None:
            return False
        if content in self._contents or self.ledger.knows(content):
            return True
        self._contents.add(content)
        return False

    def fresh(self, found: Iterable[Found], blob: int) -> tuple[list[Found], int]:
        """Of detections in the blob of a number those that no earlier run has taken, and how many were reported."""
        skip = self._files[blob].skip if blob < len(self._files) else 0
        new = [each for each in found if each.position > skip]
        known = self.ledger.seen([each.identity for each in new if each.identity is not None])
        fresh = [each for each in new if each.identity not in known] if known else new
        return fresh, len(new) - len(fresh)

    def mark(self, blob: int) -> str:
        """What tells the records of a blob from those of any other that has the same name, now or in another run."""
        content = self._files[blob].content
        return f"@{self.run}" if content is None else f"@{content[:6].hex()}"

    def saw(self, first: int | None, last: int | None) -> None:
        """Note the least and the greatest event time of what is taken next."""
        self._first = min((time for time in (self._first, first) if time is not None), default=None)
        self._end = max((time for time in (self._end, last) if time is not None), default=None)

    def unfinished(self, blob: int, problems: Iterable[Problem]) -> list[Problem]:
        """The same problems; that a file ends early is none yet when somebody was writing to it a moment ago."""
        modified = self._files[blob].blob.modified if blob < len(self._files) else None
        if modified is None or modified < self.now - WRITING:
            return list(problems)
        return [each._replace(lost=False, kind="unfinished") if each.kind == "truncated" else each for each in problems]

    def take(
        self, blob: int, events: int, problems: Iterable[Problem], found: Sequence[Found], hits: Sequence[Hit]
    ) -> None:
        """Note what came of the blob of a number, after all that came of those before; `found` as `fresh` gave it."""
        for problem in problems:
            if problem.kind in AGAIN:
                self._failed[problem.ref] = problem.kind
            elif problem.lost:
                self._aside.setdefault(problem.ref, problem.fault)
        while self._at < blob:
            self._finish(self._files[self._at])
            self._at += 1
        if blob < len(self._files):
            file = self._files[blob]
            file.events += events
            file.position = max(file.position, *(each.position for each in found)) if found else file.position
        self._identities += [each.identity for each in found if each.identity is not None]
        if self._flush:
            self._hits += hits

    def _finish(self, file: File) -> None:
        """A file has been read to its end; one that could not be read is tried again next time."""
        failed = self._failed.get(file.blob.ref)
        if failed in (None, "gone"):
            self._receipt(file)
        if failed not in (None, "unfinished"):
            return
        self.replaced += file.was_replaced
        if (content := file.content) is not None:
            self._done.append((file, Entry(file.size, file.blob.modified, content, file.events, failed is None)))

    def _receipt(self, file: File) -> None:
        """Who told of the file is to hear that it was read, once that is kept."""
        if file.blob.receipt is not None:
            self._receipts.setdefault(file.target, []).append(file.blob.receipt)

    def _acknowledge(self) -> None:
        receipts, self._receipts = self._receipts, {}
        for target, some in receipts.items():
            sources.acknowledge(target, some)

    def commit_when_due(self) -> None:
        """Keep what was read and found so far, now and then."""
        if self._flush and (monotonic() - self._last_commit >= self._every or len(self._hits) >= HELD):
            self.commit()

    def commit(self) -> None:
        """Keep what was read and found so far; before that, have what was printed reach its reader."""
        if self._flush:
            self._flush()
        ledger = self.ledger
        with self.store.transaction():
            for file, entry in self._done:
                ledger.enter(file.place, file.blob.ref, entry, self.run, self.now)
                if fault := self._aside.pop(file.blob.ref, None):
                    ledger.set_aside(file.place, file.blob.ref, fault, file.body, self.now)
            for file in self._files[self._at : self._at + 1]:  # the one that is being read
                if file.position > file.skip and (content := file.content) is not None:
                    entry = Entry(file.size, file.blob.modified, content, file.position, False)
                    ledger.enter(file.place, file.blob.ref, entry, self.run, self.now)
            # A run that goes on from here reads no event of these files: from when to when they are must be known.
            self._bound("oldest", min, self._first)
            self._bound("newest", max, self._end)
            ledger.saw(self._identities, self.now, self.run)
            ledger.keep_hits(self._hits, self.run)
        self._done, self._identities, self._hits = [], [], []
        self._last_commit = monotonic()
        if self._flush:
            self._acknowledge()

    def _bound(self, name: str, best: Callable[..., int], time: int | None) -> None:
        if time is not None:
            known = self.ledger.mark(name)
            self.ledger.set_mark(name, time if known is None else best(known, time))

    def read(self) -> None:
        """All is read: keep that, and from here on, unless output is printed as it comes, commit with `finish`."""
        if not self._flush:
            self._outer.enter_context(self.store.transaction())
        self.commit()

    def keep(self, correlator: Correlator, episodes: Iterable[Episode], upto: int | None) -> None:
        """Keep what was decided together with the state that it left."""
        with self.store.transaction():
            correlator.commit()
            self.ledger.keep_episodes(episodes)
            self.ledger.drop_hits(upto)

    def wait(self, hits: Iterable[Hit]) -> None:
        """The run was cut short: keep its hits, and those of earlier ones, until one reads the rest."""
        self.read()
        with self.store.transaction():
            self.ledger.drop_hits(None)
            self.ledger.keep_hits(hits, self.run)
        self._unfinished = True

    def finish(self) -> None:
        """The output has reached its reader: keep that it has. The run is over, unless it was cut short."""
        with self.store.transaction():
            self.ledger.drop_episodes()
            if not self._unfinished:
                self._retention.forget(self._failed)
                self.ledger.set_mark("run", self.run + 1)
                self.ledger.set_mark("unfinished", 0)
        self._outer.close()
        self._acknowledge()


def _reached(target: str) -> str:
    return f"reached {sources.place(target)}"
