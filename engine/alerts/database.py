"""What alerts ask of the state store: SQL, and one transaction for all that belongs together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from engine.alert import Alert, Message

__all__ = ["Database", "Rows", "alert_body", "alert_of", "message_body", "message_of", "watermark_of"]


class Rows(Protocol):
    """The answer to one statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Database(Protocol):
    """A connection to the file that holds the state; `transaction` may be entered inside another, and then joins it."""

    def transaction(self) -> AbstractContextManager[Any]: ...
    def execute(self, sql: str, parameters: Sequence[Any] = ...) -> Rows: ...
    def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Rows: ...


_encode = msgspec.msgpack.Encoder().encode
_alert = msgspec.msgpack.Decoder(Alert).decode
_message = msgspec.msgpack.Decoder(Message).decode


def alert_body(alert: Alert) -> bytes:
    """An alert as it is stored."""
    return _encode(alert)


def alert_of(body: bytes) -> Alert:
    """The alert that was stored."""
    return _alert(body)


def message_body(message: Message) -> bytes:
    """A message as it is stored, before it is rendered."""
    return _encode(message)


def message_of(body: bytes) -> Message:
    """The message that was stored."""
    return _message(body)


def watermark_of(database: Database) -> int:
    """Up to which event time it is decided what is an alert, microseconds; before all time at first."""
    row = database.execute("SELECT watermark FROM alert_clock").fetchone()
    return -(1 << 62) if row is None else int(row[0])
