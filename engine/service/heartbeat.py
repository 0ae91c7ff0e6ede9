"""A sign of life for somebody elsewhere, who raises the alarm when none comes any more: a dead man's switch.

It is sent only while the service does its work, as far as it can know that itself (`Health.dying`). What it cannot know
of, such as a machine that is gone, is why somebody elsewhere has to listen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from engine.notifiers import HttpOptions, Undelivered
from engine.secret import Secret
from engine.service.health import Health

__all__ = ["Beat", "Heartbeat", "beat_of"]

LOOK = 0.5
"""Seconds between two looks at whether it is time."""


class Beat(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """One call of a URL, which is a secret: whoever has it can say that all is well."""

    url: Secret

    def send(self) -> str | None:  # type: ignore[override]
        """Make it; why it failed, without anything secret in it, or None."""
        try:
            self.call("POST", self.url)
        except Undelivered as end:
            return self._reason(end.outcome.reason)
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with it, the service goes on
            return self._reason(f"{type(error).__name__}: {error}")
        return None


class Heartbeat:
    """Sends signs of life from a thread of its own, while it is entered.

    send     makes one; why it failed, or None
    every    microseconds from one to the next
    longest  microseconds that a scan may take; oldest: that a message may wait
    log      takes one line of what happened: (what, numbers and words)
    """

    def __init__(
        self,
        send: Callable[[], str | None],
        every: int,
        health: Health,
        log: Callable[[str, dict[str, object]], None],
        *,
        longest: int,
        oldest: int,
    ) -> None:
        self._send, self._every = send, every / 1e6
        self._health, self._log = health, log
        self._longest, self._oldest = longest, oldest
        self._stop = threading.Event()
        self._withheld: str | None = None
        self._thread = threading.Thread(target=self._run, daemon=True, name="heartbeat")

    def beat(self) -> None:
        """Send one, unless something is wrong."""
        why = self._health.dying(self._longest, self._oldest)
        if why is not None:
            self._health.add("heartbeats", 1, "withheld")
        if why is not None and self._withheld is None:  # once, not each time with another number of seconds in it
            self._log("heartbeat withheld", {"fault": self._health.hide(why)})
        self._withheld = why
        if why is not None:
            return
        fault = self._send()
        self._health.add("heartbeats", 1, "sent" if fault is None else "failed")
        if fault is None:
            self._health.now("last_heartbeat_timestamp_seconds")
        if self._health.fault("heartbeat", fault) and fault is not None:
            self._log("heartbeat failed", {"fault": fault})

    def _run(self) -> None:
        while not self._stop.wait(LOOK):  # the first scan may be over in a moment
            if self._health.dying(self._longest, self._oldest) is None:
                break
        while not self._stop.is_set():
            self.beat()
            self._stop.wait(self._every)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join(0.1)


def beat_of(said: Any) -> Beat:
    """The call that settings describe."""
    return Beat(url=said.url, timeout=said.timeout, allow=said.allow, proxy=said.proxy, ca=said.ca)
