"""What was read, and what of it is still on its way: to correlations, and to whoever reads the output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from engine.errors import Place, StoreError
from engine.hit import Episode, Hit
from engine.stores._bodies import episode_of, hit_of, pack
from engine.stores.sqlite import Store

__all__ = ["Aside", "Entry", "Ledger"]

KEPT = 400
"""Parameters of one statement, at most; SQLite takes 999 in its oldest builds."""

T = TypeVar("T")


class Entry(NamedTuple):
    """One file as it was read.

    content   digest of its first `size` bytes
    modified  when it had been written, microseconds; None where nobody knows
    position  number of the last record that was taken, from 1
    whole     there is none after it
    """

    size: int
    modified: int | None
    content: bytes
    position: int
    whole: bool


class Aside(NamedTuple):
    """A file of which something could not be decoded; at: when, by the clock."""

    target: str
    ref: str
    fault: str
    body: str | None
    at: int


class Ledger:
    """The tables of a store that tell what was read. What belongs together is written in one `store.transaction()`."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def mark(self, name: str) -> Any:
        """A single value; None where it was never set."""
        row = self.store.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def set_mark(self, name: str, value: str | int | None) -> None:
        sql = "INSERT INTO mark (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
        self.store.execute(sql, (name, value))

    def entry(self, target: str, ref: str) -> Entry | None:
        """How a file was read last."""
        row = self.store.execute(
            "SELECT size, modified, content, position, whole FROM file WHERE target = ? AND ref = ?", (target, ref)
        ).fetchone()
        return None if row is None else Entry(row[0], row[1], row[2], row[3], bool(row[4]))

    def namesakes(self, target: str, ref: str, size: int) -> list[Entry]:
        """Shorter files beside one whose names are the same up to the first dot, the longest first."""
        stem = _stem(ref)
        rows = self.store.execute(
            "SELECT size, modified, content, position, whole, ref FROM file"
            " WHERE target = ? AND ref >= ? AND ref < ? AND size < ? ORDER BY size DESC LIMIT 20",
            (target, stem, stem + "\U0010ffff", size),
        )
        return [Entry(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows if _stem(row[5]) == stem]

    def sizes(self) -> set[int]:
        """The sizes of all files that were read to their end: one of another size is another file."""
        return {row[0] for row in self.store.execute("SELECT DISTINCT size FROM file WHERE whole = 1")}

    def knows(self, content: bytes) -> bool:
        """Whether a file of this content was read to its end, under whatever name."""
        found = self.store.execute("SELECT 1 FROM file WHERE content = ? AND whole = 1", (content,))
        return found.fetchone() is not None

    def enter(self, target: str, ref: str, entry: Entry, run: int, at: int) -> None:
        """Note how far a file was read, and when, by the clock."""
        self.store.execute(
            "INSERT INTO file (target, ref, size, modified, content, position, whole, run, read_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (target, ref) DO UPDATE SET size = excluded.size,"
            " modified = excluded.modified, content = excluded.content, position = excluded.position,"
            " whole = excluded.whole, run = excluded.run, read_at = excluded.read_at",
            (target, ref, *entry, run, at),
        )

    def read_before(self, time: int) -> list[tuple[str, str]]:
        """Target and name of the files that were last read before a time."""
        return self.store.execute("SELECT target, ref FROM file WHERE read_at < ?", (time,)).fetchall()

    def forget_files(self, files: Iterable[tuple[str, str]]) -> None:
        """Forget that some were read."""
        self.store.executemany("DELETE FROM file WHERE target = ? AND ref = ?", files)

    def set_aside(self, target: str, ref: str, fault: str, body: str | None, at: int) -> None:
        """Note a file of which something could not be decoded; body: its text, where nobody else keeps it."""
        self.store.execute(
            "INSERT INTO aside (target, ref, fault, body, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (target, ref)"
            " DO UPDATE SET fault = excluded.fault, body = excluded.body, at = excluded.at",
            (target, ref, fault, body, at),
        )

    def aside(self) -> list[Aside]:
        """What was set aside, the newest first."""
        rows = self.store.execute("SELECT target, ref, fault, body, at FROM aside ORDER BY at DESC, target, ref")
        return [Aside(*row) for row in rows]

    def seen(self, identities: Sequence[bytes]) -> set[bytes]:
        """Those of the detections that an earlier run has reported."""
        found: set[bytes] = set()
        for start in range(0, len(identities), KEPT):
            some = identities[start : start + KEPT]
            sql = f"SELECT identity FROM seen WHERE identity IN ({','.join('?' * len(some))})"  # noqa: S608
            found.update(row[0] for row in self.store.execute(sql, some))
        return found

    def saw(self, identities: Iterable[bytes], at: int, run: int) -> None:
        """Remember detections that were reported."""
        sql = "INSERT INTO seen (identity, at, run) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        self.store.executemany(sql, ((each, at, run) for each in identities))

    def forget_seen(self, before: int) -> None:
        """Forget detections that were reported before a time."""
        self.store.execute("DELETE FROM seen WHERE at < ?", (before,))

    def forget_aside(self, before: int) -> None:
        """Forget what was set aside before a time."""
        self.store.execute("DELETE FROM aside WHERE at < ?", (before,))

    def undo(self, run: int) -> None:
        """Forget what a run has read, so that it is read again."""
        for table in ("file", "seen", "waiting_hit"):
            self.store.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608

    def keep_hits(self, hits: Iterable[Hit], run: int) -> None:
        """Keep hits for correlations that will decide later."""
        rows = ((hit.time, run, pack(hit)) for hit in hits)
        self.store.executemany("INSERT INTO waiting_hit (time, run, body) VALUES (?, ?, ?)", rows)

    def hits(self) -> Iterator[Hit]:
        """The hits that are kept."""
        for (body,) in self.store.execute("SELECT body FROM waiting_hit ORDER BY number"):
            yield self._read(hit_of, body)

    def drop_hits(self, until: int | None) -> None:
        """Let go of the hits up to a time, which correlations have taken; None: of all."""
        if until is None:
            self.store.execute("DELETE FROM waiting_hit")
        else:
            self.store.execute("DELETE FROM waiting_hit WHERE time <= ?", (until,))

    def keep_episodes(self, episodes: Iterable[Episode]) -> None:
        """Keep what was decided until it is printed."""
        self.store.executemany("INSERT INTO unsaid_episode (body) VALUES (?)", ((pack(each),) for each in episodes))

    def episodes(self) -> Iterator[Episode]:
        """What was decided and not printed, in order."""
        for (body,) in self.store.execute("SELECT body FROM unsaid_episode ORDER BY number"):
            yield self._read(episode_of, body)

    def drop_episodes(self) -> None:
        """It is printed."""
        self.store.execute("DELETE FROM unsaid_episode")

    def _read(self, of: Any, body: bytes) -> Any:
        try:
            return of(body)
        except (ValueError, TypeError) as error:  # msgspec's faults are ValueErrors
            hint = "put a copy of it in its place, or start afresh with another file"
            raise StoreError(f"is damaged: {error}", Place(self.store.path), hint) from None


def _stem(ref: str) -> str:
    """A ref up to the first dot in the name of the file: a/app.log and a/app.log.1 are both a/app."""
    folder, slash, name = ref.rpartition("/")
    return folder + slash + name.partition(".")[0]
