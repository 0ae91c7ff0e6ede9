"""A real HTTP server on the loopback that counts what arrives, and answers as a path says."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from engine.alert import Delivered, Message, Outcome, Refused, Retry

ANSWERS = {"ok": 200, "429": 429, "500": 500, "302": 302, "404": 404}


class Server(ThreadingHTTPServer):
    """POST to /PATH: what arrived is counted by path and Idempotency-Key, then answered.

    answers  path -> answers in order, the last for ever: one of `ANSWERS`, "garbage", "hang", "slam" (count, then no
             answer at all); "ok" where nothing is said
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, list[str]] = {}
        self.taken: Counter[tuple[str, str]] = Counter()
        self.seen: Counter[tuple[str, str]] = Counter()
        self.order: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.let_go = threading.Event()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def arrived(self, path: str) -> Counter[str]:
        """Key -> how often a message was taken under a path."""
        return Counter({key: count for (at, key), count in self.taken.items() if at == path})


class _Handler(BaseHTTPRequestHandler):
    server: Any

    def do_POST(self) -> None:
        path = self.path.strip("/")
        key = self.headers.get("Idempotency-Key", "")
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with self.server.lock:
            answers = self.server.answers.get(path) or ["ok"]
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            self.server.seen[path, key] += 1
            if answer in ("ok", "slam"):
                self.server.taken[path, key] += 1
                self.server.order.append((path, key))
        if answer == "hang":
            self.server.let_go.wait(60)
        elif answer == "garbage":
            self.wfile.write(b"\x00\x01 this is no HTTP \r\n\r\n")
        elif answer != "slam":
            self.send_response(ANSWERS[answer])
            if answer == "429":
                self.send_header("Retry-After", "2")
            if answer == "302":
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Not on the terminal."""


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.let_go.set()
        server.shutdown()
        server.server_close()
        thread.join()


def post(port: int, path: str, message: Message, timeout: float = 5.0) -> Outcome:
    """Send as a notifier would."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("POST", f"/{path}", b"{}", {"Idempotency-Key": message.id})
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        return Retry(f"{type(error).__name__}: {error}")
    finally:
        connection.close()
    if answer.status < 300:
        return Delivered()
    if answer.status == 429 or answer.status >= 500:
        after = answer.headers.get("Retry-After")
        return Retry(f"status {answer.status}", float(after) if after else None)
    return Refused(f"status {answer.status}")
