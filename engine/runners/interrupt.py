"""Ctrl-C, and what may not be cut in two by it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

__all__ = ["Whole", "heeded"]


class Whole:
    """A block that Ctrl-C ends only behind it; a second Ctrl-C ends it at once, as its reader may never read on."""

    def __init__(self) -> None:
        self._inside = False
        self._asked = False

    def __enter__(self) -> None:
        self._inside = True

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._inside = False
        if self._asked and kind is None:
            self._asked = False
            raise KeyboardInterrupt

    def ask(self, *_: object) -> None:
        """What the signal does."""
        if self._inside and not self._asked:
            self._asked = True
        else:
            raise KeyboardInterrupt


@contextmanager
def heeded(whole: Whole) -> Iterator[None]:
    """Have Ctrl-C respect the block, where this is the main thread and nobody else decides what Ctrl-C does."""
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, whole.ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
