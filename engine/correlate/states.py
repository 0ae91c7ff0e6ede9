"""Where the state of correlations is kept: what a store of it offers, and one that is a dict.

A *slot* is one correlation for one group. It is known by the correlation's *meaning* (a digest of everything that its
state depends on, so that a threshold may change and the state stays) and the text of its group. Its state is a *head*,
small and written anew at each commit, and numbered *chunks* of what is only added to: at a commit new ones follow, and
the oldest go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

__all__ = ["Change", "Kept", "Memory", "States"]


class Kept(NamedTuple):
    """One correlation that has state.

    meaning  digest of what its state depends on
    key      of the correlation that wrote it last
    body     how far it was decided, and the like; opaque
    """

    meaning: str
    key: str
    body: bytes


class Change(NamedTuple):
    """What has become of one slot since the last commit.

    meaning, group  by which the slot is known
    head            None: the slot is gone, with all its chunks
    wake_at         event time at which something happens to it without a hit, microseconds; None: never
    first           chunks of lower numbers are gone
    chunks          (number, body) of those that are new, ascending
    """

    meaning: str
    group: str
    head: bytes | None
    wake_at: int | None
    first: int
    chunks: tuple[tuple[int, bytes], ...]


class States(Protocol):
    """What a store of states offers. What one call of `write` brings is kept together or not at all."""

    def correlations(self) -> Iterable[tuple[str, str, bytes]]:
        """Every correlation that has state, in any order; the fields of `Kept`."""

    def slots(self, meaning: str) -> Iterable[tuple[str, bytes, int | None]]:
        """(group, head, wake_at) of every slot of a correlation, in any order."""

    def chunks(self, meaning: str, group: str) -> Iterable[tuple[int, bytes]]:
        """(number, body) of every chunk of a slot, ascending."""

    def write(self, correlations: Iterable[Kept], changes: Iterable[Change], forgotten: Iterable[str]) -> None:
        """Keep these correlations and changes of slots, and forget all state of the meanings named last.

        The forgotten go first. A slot that changes stands in `changes` once.
        """


class Memory:
    """States in dicts: what a run needs that leaves nothing behind, and what tests look into."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.heads: dict[str, dict[str, tuple[bytes, int | None]]] = {}
        self.bodies: dict[tuple[str, str], dict[int, bytes]] = {}

    def correlations(self) -> list[Kept]:
        return list(self.kept.values())

    def slots(self, meaning: str) -> Iterator[tuple[str, bytes, int | None]]:
        for group, (head, wake_at) in self.heads.get(meaning, {}).items():
            yield group, head, wake_at

    def chunks(self, meaning: str, group: str) -> list[tuple[int, bytes]]:
        return sorted(self.bodies.get((meaning, group), {}).items())

    def write(self, correlations: Iterable[Kept], changes: Iterable[Change], forgotten: Iterable[str]) -> None:
        for meaning in forgotten:
            self.kept.pop(meaning, None)
            for group in self.heads.pop(meaning, {}):
                self.bodies.pop((meaning, group), None)
        for each in correlations:
            self.kept[each.meaning] = each
        for change in changes:
            self._change(change)

    def _change(self, change: Change) -> None:
        heads = self.heads.setdefault(change.meaning, {})
        key = change.meaning, change.group
        if change.head is None:
            heads.pop(change.group, None)
            self.bodies.pop(key, None)
            return
        heads[change.group] = change.head, change.wake_at
        bodies = self.bodies.setdefault(key, {})
        for number in [number for number in bodies if number < change.first]:
            del bodies[number]
        bodies.update(change.chunks)
        if not bodies:
            del self.bodies[key]
