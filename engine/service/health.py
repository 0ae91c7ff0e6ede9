"""How a service is: /healthz, /readyz and /metrics over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from engine.errors import UsageError
from engine.service.measured import measured
from engine.service.metrics import Metrics
from engine.version import __version__

__all__ = ["Health", "HealthServer"]

STALLED = 60_000_000
"""Outside a scan, the service looks around every second; silent for so many microseconds, something holds it."""

VITAL = ("state", "delivery")
"""Faults with which no news reaches anybody."""


class Health:
    """Numbers and conditions of a service; one thread changes them, others read.

    clock    now, in microseconds
    steady   microseconds that nobody sets: by which it is known whether the service moves. None: the clock
    hide     takes out of a text what nobody may see
    metrics  the numbers
    faults   what -> why the service is not ready
    """

    def __init__(
        self,
        clock: Callable[[], int],
        steady: Callable[[], int] | None = None,
        hide: Callable[[str], str] = lambda text: text,
    ) -> None:
        self._clock = clock
        self._steady = steady or clock
        self.hide = hide
        self._lock = threading.Lock()
        self.numbers = Metrics()
        self.faults: dict[str, str] = {}
        self.reached: dict[str, int] = {}
        self.state: str | None = None
        self._seen = self._steady()
        self._scanning: int | None = None
        self._good: int | None = None
        self.numbers.set("build_info", 1, __version__)
        self.numbers.set("start_timestamp_seconds", clock() / 1e6)

    def add(self, name: str, number: float = 1, *labels: str) -> None:
        """Count."""
        self.numbers.add(name, number, *map(self.hide, labels))

    def gauge(self, **values: float) -> None:
        """Say how much there is now, of what has no labels."""
        for name, value in values.items():
            self.numbers.set(name, value)

    def gauges(self, name: str, numbers: Mapping[str, float]) -> None:
        """Say how much there is now, by label."""
        self.numbers.replace(name, [((self.hide(label),), number) for label, number in numbers.items()])

    def now(self, name: str) -> None:
        """Say that something happened now."""
        self.numbers.set(name, self._clock() / 1e6)

    def fault(self, what: str, why: str | None) -> bool:
        """Note a condition that people should look at; None: it is over. Whether that is news."""
        said = None if why is None else self.hide(why)
        with self._lock:
            before = self.faults.pop(what, None)
            if said is not None:
                self.faults[what] = said
            return before != said

    def scanned(self, *, well: bool) -> None:
        """A scan has ended."""
        self._good = self._steady() if well else None

    def alive(self, *, scanning: bool = False) -> None:
        """The service has looked around; a scan takes as long as it takes."""
        self._seen = self._steady()
        self._scanning = self._seen if scanning else None

    def healthz(self) -> tuple[int, dict[str, Any]]:
        """200 while the service moves, else 503."""
        silent = self._steady() - self._seen
        if self._scanning is None and silent > STALLED:
            return 503, {"status": "stalled", "silent_seconds": silent // 1_000_000}
        return 200, {"status": "ok", "version": __version__}

    def readyz(self) -> tuple[int, dict[str, Any]]:
        """200 when nothing is wrong, else 503 with what is."""
        with self._lock:
            faults = dict(sorted(self.faults.items()))
        return (503, {"status": "not ready", "faults": faults}) if faults else (200, {"status": "ready"})

    def dying(self, longest: int, oldest: int) -> str | None:
        """Why nobody should believe that this service does its work, as far as it can know; None where it does.

        longest  microseconds that a scan may take; oldest: that a message may wait
        """
        if self.healthz()[0] != 200:
            return "the service does not move"
        if (began := self._scanning) is not None and self._steady() - began > longest:
            return f"a scan takes longer than {longest // 1_000_000} s"
        if self._good is None:
            return "no scan has ended well since the last that did not"
        waits = self.numbers.all().get("outbox_age_seconds", {})
        if (age := max(waits.values(), default=0.0)) * 1e6 > oldest:
            return f"a message waits for {age:.0f} s"
        with self._lock:
            return next((f"{what}: {self.faults[what]}" for what in VITAL if what in self.faults), None)

    def metrics(self) -> str:
        """All numbers in Prometheus' text format, version 0.0.4."""
        with self._lock:
            faults, reached = list(self.faults), dict(self.reached)
        now = self._clock()
        self.gauge(ready=not faults)
        self.gauges("fault", dict.fromkeys(faults, 1))
        self.gauges("reached_timestamp_seconds", {source: time / 1e6 for source, time in reached.items()})
        self.gauges("lag_seconds", {source: max(0, now - time) / 1e6 for source, time in reached.items()})
        self.gauge(**measured(self.state))
        return self.numbers.text()


class HealthServer:
    """Answers for a service at ADDRESS:PORT; port 0 is any that is free.

    address  where it listens, once it is entered

    Raises UsageError where it cannot.
    """

    def __init__(self, health: Health, listen: str) -> None:
        self._health = health
        self._listen = listen
        self.address = ("", 0)

    def __enter__(self) -> Self:
        host, _, port = self._listen.rpartition(":")
        health = self._health

        class Answers(BaseHTTPRequestHandler):
            timeout = 10

            def do_GET(self) -> None:
                path = self.path.partition("?")[0]
                if path == "/metrics":
                    self._say(200, "text/plain; version=0.0.4; charset=utf-8", health.metrics())
                elif path in ("/healthz", "/readyz"):
                    status, said = health.healthz() if path == "/healthz" else health.readyz()
                    self._say(status, "application/json", json.dumps(said) + "\n")
                else:
                    self._say(404, "text/plain; charset=utf-8", "/healthz, /readyz or /metrics\n")

            def _say(self, status: int, kind: str, text: str) -> None:
                body = text.encode("utf-8", "backslashreplace")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Nothing: what asks every few seconds is not news."""

        try:
            self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), Answers)
        except (OSError, OverflowError, ValueError) as error:
            hint = 'health: {listen: "127.0.0.1:9464"} names another address; "" is nowhere'
            raise UsageError(f"cannot listen on {self._listen}: {error}", hint=hint) from None
        self.address = self._server.server_address[:2]  # type: ignore[assignment]
        threading.Thread(target=self._server.serve_forever, daemon=True, name="health").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
