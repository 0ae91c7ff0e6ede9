"""An end to what goes on for ever: a server that sends a byte now and then, which no timeout of a socket notices."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from socket import SHUT_RDWR
from typing import Any, Self

__all__ = ["Watch"]


class Watch:
    """While entered: after so many seconds, shuts the sockets of connections, which makes reading from them fail.

    connections  gives those there are, each with a `sock`
    rang         whether it has come to that
    """

    def __init__(self, seconds: float, connections: Callable[[], Iterable[Any]]) -> None:
        self.rang = False
        self._connections = connections
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _ring(self) -> None:
        self.rang = True
        for connection in self._connections():
            with suppress(OSError, AttributeError):
                connection.sock.shutdown(SHUT_RDWR)
