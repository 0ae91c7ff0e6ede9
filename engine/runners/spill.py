"""More items than memory should hold, given back in order: what is too much goes to disk in sorted runs."""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from typing import IO, Any, Generic, TypeVar

from engine.errors import Place, StoreError

__all__ = ["FAN", "Spill"]

T = TypeVar("T")

FAN = 64
"""Runs that are open at a time; when there are more they become one."""

_PAGE = 500
"""Items that are read from a run at a time."""


class Spill(Generic[T]):
    """Takes items in any order and gives them back in that of their keys; equal ones as they came.

    key    of an item; keys compare
    limit  items kept in memory, at least 1; beyond that they wait in temporary files, which vanish with the process

    Raises StoreError where there is no room for them.
    """

    def __init__(self, key: Callable[[T], Any], limit: int) -> None:
        self._key = key
        self._limit = max(1, limit)
        self._held: list[T] = []
        self._runs: list[IO[bytes]] = []
        self.spilled = 0

    def add(self, items: Iterable[T]) -> None:
        """Take items in."""
        self._held.extend(items)
        if len(self._held) >= self._limit:
            self._held.sort(key=self._key)
            self.spilled += len(self._held)
            self._write(self._held)
            self._held = []

    def __bool__(self) -> bool:
        return bool(self._held or self._runs)

    def drain(self) -> Iterator[T]:
        """Every item, in order, each once: what was given back is no longer held here."""
        held, self._held = self._held, []
        runs, self._runs = self._runs, []
        held.sort(key=self._key)
        try:
            yield from heapq.merge(*map(_read, runs), held, key=self._key) if runs else held
        finally:
            _close(runs)

    def close(self) -> None:
        """Forget everything."""
        self._held = []
        _close(self._runs)
        self._runs = []

    def _write(self, items: Iterable[T]) -> None:
        if len(self._runs) >= FAN:
            runs, self._runs = self._runs, []
            self._write(heapq.merge(*map(_read, runs), key=self._key))
            _close(runs)
        left = iter(items)
        try:
            run = tempfile.TemporaryFile(prefix="detect-")  # noqa: SIM115  # lives until it is read
            self._runs.append(run)
            while page := list(islice(left, _PAGE)):
                pickle.dump(page, run, pickle.HIGHEST_PROTOCOL)
            run.flush()
            run.seek(0)
        except OSError as error:
            fault = f"no room for what was found: {error.strerror or error}"
            raise StoreError(fault, Place(tempfile.gettempdir()), "make room there, or set TMPDIR") from None


def _read(run: IO[bytes]) -> Iterator[Any]:
    with suppress(EOFError):
        while True:
            yield from pickle.load(run)  # noqa: S301  # written by this process


def _close(runs: list[IO[bytes]]) -> None:
    for run in runs:
        run.close()
