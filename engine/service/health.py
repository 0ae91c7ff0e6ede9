"""How a service is: /healthz, /readyz and /metrics over HTTP."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from engine.errors import UsageError
from engine.version import __version__

__all__ = ["Health", "HealthServer"]

STALLED = 60_000_000
"""Outside a scan, the service looks around every second; silent for so many microseconds, something holds it."""

_HELP = {
    "events": "Events read.",
    "bytes": "Bytes read, as they are stored.",
    "files": "Files read.",
    "detections": "Rules that fired, and episodes that began.",
    "alerts": "Alerts raised.",
    "late": "Detections whose time was decided already.",
    "problems": "What could not be read.",
    "scans": "Scans ended, by how.",
    "reloads": "Rules and configuration read anew, by how that went.",
}
_GAUGES = {
    "outbox_messages": "Messages that wait to be delivered.",
    "outbox_age_seconds": "Age of the oldest message that waits.",
    "dead_letters": "Messages that cannot be delivered.",
    "open_alerts": "Alerts that are not over.",
    "scan_seconds": "How long the last scan took.",
    "lag_seconds": "How old the newest event was when the last scan ended.",
    "last_scan_timestamp_seconds": "When the last scan ended well.",
}


class Health:
    """Numbers and conditions of a service; one thread changes them, others read.

    faults  what -> why the service is not ready
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self.counts: Counter[tuple[str, str]] = Counter()
        self.gauges: dict[str, float] = {}
        self.faults: dict[str, str] = {}
        self._seen = clock()
        self._scanning = False

    def add(self, name: str, number: int = 1, label: str = "") -> None:
        """Count."""
        with self._lock:
            self.counts[name, label] += number

    def gauge(self, **values: float) -> None:
        """Say how much there is now."""
        with self._lock:
            self.gauges.update(values)

    def fault(self, what: str, why: str | None) -> None:
        """Note a condition that people should look at; None: it is over."""
        with self._lock:
            if why is None:
                self.faults.pop(what, None)
            else:
                self.faults[what] = why

    def alive(self, *, scanning: bool = False) -> None:
        """The service has looked around; a scan takes as long as it takes."""
        self._seen, self._scanning = self._clock(), scanning

    def healthz(self) -> tuple[int, dict[str, Any]]:
        """200 while the service moves, else 503."""
        silent = self._clock() - self._seen
        if not self._scanning and silent > STALLED:
            return 503, {"status": "stalled", "silent_seconds": silent // 1_000_000}
        return 200, {"status": "ok", "version": __version__}

    def readyz(self) -> tuple[int, dict[str, Any]]:
        """200 when nothing is wrong, else 503 with what is."""
        with self._lock:
            faults = dict(sorted(self.faults.items()))
        return (503, {"status": "not ready", "faults": faults}) if faults else (200, {"status": "ready"})

    def metrics(self) -> str:
        """All numbers in Prometheus' text format, version 0.0.4."""
        with self._lock:
            counts, gauges = dict(self.counts), dict(self.gauges)
            ready = not self.faults
        lines = [f'detect_build_info{{version="{__version__}"}} 1', f"detect_ready {int(ready)}"]
        for name, text in _HELP.items():
            lines += [f"# HELP detect_{name}_total {text}", f"# TYPE detect_{name}_total counter"]
            found = {label: number for (each, label), number in counts.items() if each == name} or {"": 0}
            for label, number in sorted(found.items()):
                lines.append(f"detect_{name}_total{_labelled(label)} {number}")
        for name, text in _GAUGES.items():
            if name in gauges:
                lines += [f"# HELP detect_{name} {text}", f"# TYPE detect_{name} gauge"]
                lines.append(f"detect_{name} {gauges[name]:.15g}")
        return "".join(f"{line}\n" for line in lines)


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


def _labelled(outcome: str) -> str:
    return f'{{outcome="{outcome}"}}' if outcome else ""
