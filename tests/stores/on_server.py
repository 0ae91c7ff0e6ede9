"""A plugin for pytest: tests that make a state file get a schema of a PostgreSQL server instead, one a path.

    DETECT_TEST_SERVER=postgresql://... pytest -p tests.stores.on_server tests/alerts

What they say of a store must hold there too; those that are about files have nothing to say.
"""

from __future__ import annotations

import hashlib
import itertools
import os
from typing import Any

from engine import stores
from engine.stores._postgres import PostgresStore

_unnamed = itertools.count()


def address(path: object) -> str:
    """Where the state is kept that would be in a file."""
    said = f"{path}{next(_unnamed) if path == ':memory:' else ''}"
    schema = f"t_{hashlib.blake2b(said.encode(), digest_size=10).hexdigest()}_{os.getpid()}"
    server = os.environ["DETECT_TEST_SERVER"]
    return f"{server}{'&' if '?' in server else '?'}schema={schema}"


class OnServer(PostgresStore):
    """What tests take for a file."""

    def __init__(self, path: object = ":memory:", wait: float = 10.0) -> None:
        super().__init__(str(path) if stores.is_server(str(path)) else address(path), wait)


def pytest_configure() -> None:
    """Before any test is imported."""
    given: Any = OnServer
    stores.Store = stores.open_store = given
    from tests.alerts import made

    made.Plain = given
