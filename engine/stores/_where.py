"""By how it is named, which kind of store keeps the state: a file, or a schema of a PostgreSQL server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from engine.errors import InUse, Place, StoreError
from engine.stores._lock import Alone
from engine.stores.sqlite import Store

__all__ = ["alone", "held", "is_server", "open_store", "owned"]

AGAIN = 1.0
"""Seconds after which one that stands by looks again."""


def is_server(where: str) -> bool:
    """Whether a state is kept by a server: postgresql://USER@HOST/DATABASE."""
    return where.startswith(("postgresql://", "postgres://"))


def open_store(where: str, wait: float = 10.0) -> Store:
    """Open the state that is named so; it is made where there is none. Raises StoreError."""
    if not is_server(where):
        return Store(where, wait)
    try:
        from engine.stores._postgres import PostgresStore
    except ImportError:
        hint = 'pip install "detect-engine[postgres]"'
        raise StoreError("psycopg is not installed", Place(where.partition("://")[0]), hint) from None
    return PostgresStore(where, wait)


def alone(where: str) -> AbstractContextManager[Any]:
    """Be the only run on a state until the block is left or the process ends. Raises StoreError where another is."""
    if not is_server(where):
        return Alone(where)
    from engine.stores._postgres import Held

    return Held(where, "run")


@contextmanager
def owned(where: str, wait: float = 10.0, standing_by: Callable[[], None] | None = None) -> Iterator[Store]:
    """Open a state, alone, and claim it: who had it before can write nothing more. Raises StoreError.

    standing_by  called once when another run has it, which is then waited for; None: raise InUse
    """
    with ExitStack() as stack:
        waited = False
        if standing_by is None:  # the store first, as it says more of what is wrong with a file
            store = stack.enter_context(open_store(where, wait))
        while True:
            lock = alone(where)
            try:
                stack.enter_context(lock)
                break
            except StoreError as error:
                if standing_by is None or not (waited or isinstance(error, InUse)):
                    raise
            if not waited:
                waited = True
                standing_by()
            time.sleep(AGAIN)
        if standing_by is not None:
            store = stack.enter_context(open_store(where, wait))
        store.claim()
        store.hold(lock)
        yield store


@contextmanager
def held(where: str, name: str, wait: float) -> Iterator[bool]:
    """Hold a lock of a server by its name; false where another process has it for all of `wait` seconds."""
    from engine.stores._postgres import Held

    lock = Held(where, name, wait)
    if not lock.take():
        yield False
        return
    try:
        yield True
    finally:
        lock.close()
