"""A real HTTP server on loopback that keeps what it is sent and answers as it is told."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

__all__ = ["Answer", "Request", "Server", "serving"]


class Request(NamedTuple):
    """What came; the names of headers in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Answer(NamedTuple):
    """What goes back.

    hang  seconds before it does
    raw   these bytes and nothing else, after the first line one every 50 ms
    """

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = {}  # noqa: RUF012
    hang: float = 0.0
    raw: bytes = b""


class Server:
    """What the destination is played by.

    judge   looks at a request and answers as the real destination would
    next    answers that come first, one a request
    """

    def __init__(self, judge: Callable[[Request], Answer]) -> None:
        self.judge = judge
        self.next: list[Answer] = []
        self.requests: list[Request] = []
        self.url = ""
        self.host = "127.0.0.1"

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        return self.next.pop(0) if self.next else self.judge(request)


@contextmanager
def serving(judge: Callable[[Request], Answer] = lambda _: Answer(), tls: ssl.SSLContext | None = None,
            name: str = "127.0.0.1") -> Iterator[Server]:  # fmt: skip
    """A server while the block runs. `name` is by which its URL calls it."""
    played = Server(judge)

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {key.lower(): value for key, value in self.headers.items()}
            answer = played.answer(Request(self.command, self.path, headers, self.rfile.read(length)))
            time.sleep(answer.hang)
            if answer.raw:
                line, _, rest = answer.raw.partition(b"\n")
                self.wfile.write(line + b"\n")
                for at in range(len(rest)):
                    self.wfile.write(rest[at : at + 1])
                    time.sleep(0.05)
                return
            self.send_response(answer.status)
            for key, value in answer.headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_CONNECT = handle_any

        def log_message(self, *_: Any) -> None: ...

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            """A client that went away is what some tests are about."""

    server = Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    played.url = f"{'https' if tls else 'http'}://{name}:{server.server_port}"
    threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True).start()
    try:
        yield played
    finally:
        server.shutdown()
        server.server_close()
