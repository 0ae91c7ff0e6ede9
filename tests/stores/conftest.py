"""Stores of both kinds: a state file, and a schema of a real PostgreSQL server."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import server

_number = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server."""
    with server() as address:
        yield address


@pytest.fixture(params=["file", "server"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The name of a state that is new, of either kind."""
    if request.param == "file":
        return str(tmp_path / "state")
    address = request.getfixturevalue("postgres")
    return f"{address}{'&' if '?' in address else '?'}schema=s{next(_number)}"


@pytest.fixture
def lone_server() -> Iterator[str]:
    """The address of a server that nobody else needs."""
    with server() as address:
        yield address
