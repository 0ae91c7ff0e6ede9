"""States of correlations in a store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from engine.correlate.states import Change, Kept
from engine.stores import Slots, Store

__all__ = ["Stored"]


class Stored:
    """What `engine.correlate.States` asks for, kept in the file of a store."""

    def __init__(self, store: Store) -> None:
        self._slots = Slots(store)

    def correlations(self) -> list[Kept]:
        return [Kept(*row) for row in self._slots.correlations()]

    def slots(self, meaning: str) -> Iterator[tuple[str, bytes, int | None]]:
        return self._slots.slots(meaning)

    def chunks(self, meaning: str, group: str) -> list[tuple[int, bytes]]:
        return self._slots.chunks(meaning, group)

    def write(self, correlations: Iterable[Kept], changes: Iterable[Change], forgotten: Iterable[str]) -> None:
        self._slots.write(correlations, changes, forgotten)
