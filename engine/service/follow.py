"""Waiting for news of sources, so that what comes is read at once and not when it is time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from engine import sources

__all__ = ["Follower"]


class Follower:
    """Threads that watch sources which can be watched, and call `news` when there may be something new.

    watched  the sources that are; the others are asked when it is time
    """

    def __init__(self, targets: Iterable[str], news: Callable[[], None]) -> None:
        self._stop = threading.Event()
        self._news = news
        self.watched = [target for target in targets if sources.can_be_watched(target)]
        for target in self.watched:
            threading.Thread(target=self._watch, args=(target,), daemon=True, name=f"follow {target}").start()

    def _watch(self, target: str) -> None:
        for _ in sources.news(target, self._stop):
            if self._stop.is_set():
                return
            self._news()

    def close(self) -> None:
        """Watch no longer; a thread that waits for an answer ends when it has come."""
        self._stop.set()
