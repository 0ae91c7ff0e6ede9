"""The state of correlations: what `engine.correlate.States` offers, in tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Protocol

from engine.stores.sqlite import Store

__all__ = ["Slots"]

_TOGETHER = 5_000


class Kept(Protocol):
    """`engine.correlate.states.Kept`, which this row does not know."""

    @property
    def meaning(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def body(self) -> bytes: ...


class Change(Protocol):
    """`engine.correlate.states.Change`."""

    @property
    def meaning(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def head(self) -> bytes | None: ...
    @property
    def wake_at(self) -> int | None: ...
    @property
    def first(self) -> int: ...
    @property
    def chunks(self) -> Sequence[tuple[int, bytes]]: ...


class Slots:
    """The states that a store holds."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def correlations(self) -> list[tuple[str, str, bytes]]:
        """(meaning, key, body) of every correlation that has state."""
        return self.store.execute("SELECT meaning, key, body FROM correlation ORDER BY meaning").fetchall()

    def slots(self, meaning: str) -> Iterator[tuple[str, bytes, int | None]]:
        sql = "SELECT grp, head, wake_at FROM slot WHERE meaning = ?"
        yield from self.store.execute(sql, (self._number(meaning),))

    def chunks(self, meaning: str, group: str) -> list[tuple[int, bytes]]:
        sql = "SELECT number, body FROM chunk WHERE meaning = ? AND grp = ? ORDER BY number"
        return self.store.execute(sql, (self._number(meaning), group)).fetchall()

    def write(self, correlations: Iterable[Kept], changes: Iterable[Change], forgotten: Iterable[str]) -> None:
        store = self.store
        with store.transaction():
            self._forget(forgotten)
            rows = ((each.meaning, each.key, each.body) for each in correlations)
            store.executemany(
                "INSERT INTO correlation (meaning, key, body) VALUES (?, ?, ?)"
                " ON CONFLICT (meaning) DO UPDATE SET key = excluded.key, body = excluded.body",
                rows,
            )
            left = iter(changes)
            while some := list(islice(left, _TOGETHER)):
                meanings = {each.meaning: None for each in some}
                known = "INSERT INTO meaning (meaning) VALUES (?) ON CONFLICT DO NOTHING"
                store.executemany(known, ((each,) for each in meanings))
                numbers = dict(store.execute("SELECT meaning, number FROM meaning"))
                self._change([(numbers[each.meaning], each) for each in some])

    def _change(self, changes: Sequence[tuple[int, Change]]) -> None:
        many = self.store.executemany
        gone = [(number, each.group) for number, each in changes if each.head is None]
        kept = [(number, each) for number, each in changes if each.head is not None]
        many("DELETE FROM slot WHERE meaning = ? AND grp = ?", gone)
        many("DELETE FROM chunk WHERE meaning = ? AND grp = ?", gone)
        many(
            "INSERT INTO slot (meaning, grp, head, wake_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (meaning, grp) DO UPDATE SET head = excluded.head, wake_at = excluded.wake_at",
            [(number, each.group, each.head, each.wake_at) for number, each in kept],
        )
        many(
            "DELETE FROM chunk WHERE meaning = ? AND grp = ? AND number < ?",
            [(number, each.group, each.first) for number, each in kept if each.first],
        )
        many(
            "INSERT INTO chunk (meaning, grp, number, body) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (meaning, grp, number) DO UPDATE SET body = excluded.body",
            [(number, each.group, at, body) for number, each in kept for at, body in each.chunks],
        )

    def _forget(self, meanings: Iterable[str]) -> None:
        for meaning in meanings:
            number = self._number(meaning)
            self.store.execute("DELETE FROM slot WHERE meaning = ?", (number,))
            self.store.execute("DELETE FROM chunk WHERE meaning = ?", (number,))
            self.store.execute("DELETE FROM meaning WHERE meaning = ?", (meaning,))
            self.store.execute("DELETE FROM correlation WHERE meaning = ?", (meaning,))

    def _number(self, meaning: str) -> int | None:
        row = self.store.execute("SELECT number FROM meaning WHERE meaning = ?", (meaning,)).fetchone()
        return None if row is None else int(row[0])
