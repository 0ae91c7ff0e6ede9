"""AWS on loopback: moto's server, and in front of it one that can deny, throttle, and break off."""

from __future__ import annotations

import gzip
import json
import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest

REGION = "eu-west-1"
ACCOUNT = "111122223333"

ENVIRON = {
    "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example", "AWS_DEFAULT_REGION": REGION,
    "AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere",
}  # fmt: skip


class Fault(NamedTuple):
    """What the front does to requests whose "METHOD /path?query" it finds the pattern in."""

    pattern: str
    status: int
    code: str


class Cloud:
    """One server; `faults` happen in order, each as often as it is listed, and `asked` is what was asked for."""

    def __init__(self, port: int, behind: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self._behind = behind
        self.faults: list[Fault] = []
        self.asked: list[str] = []
        self.lock = threading.Lock()
        self._clients: dict[str, Any] = {}

    def reset(self) -> None:
        """Forget everything."""
        inner = HTTPConnection("127.0.0.1", self._behind, timeout=30)
        inner.request("POST", "/moto-api/reset")
        assert inner.getresponse().status == 200
        inner.close()
        self.faults, self.asked = [], []

    def client(self, service: str) -> Any:
        """A client that goes past the front."""
        if service not in self._clients:
            import boto3

            at = f"http://127.0.0.1:{self._behind}"
            self._clients[service] = boto3.client(service, endpoint_url=at, region_name=REGION)
        return self._clients[service]

    def fault_for(self, asked: str) -> Fault | None:
        with self.lock:
            self.asked.append(asked)
            found = next((each for each in self.faults if re.search(each.pattern, asked)), None)
            if found:
                self.faults.remove(found)
            return found

    def fail(self, pattern: str, status: int, code: str, times: int = 1) -> None:
        with self.lock:
            self.faults += [Fault(pattern, status, code)] * times

    def bucket(self, name: str = "logs") -> None:
        self.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})

    def put(self, key: str, *records: dict[str, Any], bucket: str = "logs", body: bytes | None = None) -> None:
        text = gzip.compress(json.dumps({"Records": records}).encode(), mtime=0) if body is None else body
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=text)

    def queue(self, name: str = "news", **attributes: str) -> str:
        return str(self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"])

    def send(self, body: Any, name: str = "news") -> None:
        sqs = self.client("sqs")
        text = body if isinstance(body, str) else json.dumps(body)
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageBody=text)

    def left(self, name: str = "news") -> int:
        """Messages in a queue, hidden ones too."""
        sqs = self.client("sqs")
        said = sqs.get_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], AttributeNames=["All"])[
            "Attributes"
        ]
        return int(said["ApproximateNumberOfMessages"]) + int(said["ApproximateNumberOfMessagesNotVisible"])

    def s3(self, path: str, **options: object) -> str:
        return self._target(f"s3://{path}", options)

    def sqs(self, name: str = "news", **options: object) -> str:
        return self._target(f"sqs://{name}", options)

    def _target(self, text: str, options: dict[str, object]) -> str:
        said = "&".join(f"{name}={quote(str(value))}" for name, value in options.items())
        return f"{text}?endpoint={self.endpoint}{f'&{said}' if said else ''}"


def trail(clock: str, region: str = REGION, day: str = "2026/01/31", account: str = ACCOUNT, name: str = "x") -> str:
    """The key of an object as CloudTrail writes it."""
    date = day.replace("/", "")
    return f"AWSLogs/{account}/CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{date}T{clock}Z_{name}.json.gz"


def news(key: str, bucket: str = "logs", **said: Any) -> dict[str, Any]:
    """What S3 says of a new object."""
    about = {"bucket": {"name": bucket}, "object": {"key": quote(key).replace("%20", "+"), **said}}
    return {"Records": [{"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": about}]}


@contextmanager
def running() -> Iterator[Cloud]:
    """A cloud, for as long as it is needed."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    moto.start()
    _, behind = moto.get_host_and_port()
    front = _Server(("127.0.0.1", 0), _Front)
    front.cloud = Cloud(front.server_address[1], behind)  # type: ignore[attr-defined]
    front.behind = behind  # type: ignore[attr-defined]
    threading.Thread(target=front.serve_forever, daemon=True).start()
    try:
        yield front.cloud  # type: ignore[attr-defined]
    finally:
        front.shutdown()
        front.server_close()
        moto.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """A client that was killed is no news."""


class _Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _do(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        about = self.headers.get("X-Amz-Target", "")
        fault = self.server.cloud.fault_for(f"{self.command} {self.path} {about}")  # type: ignore[attr-defined]
        if fault and fault.status != 200:
            self._refuse(fault, bool(about))
            return
        inner = HTTPConnection("127.0.0.1", self.server.behind, timeout=30)  # type: ignore[attr-defined]
        inner.request(self.command, self.path, body, dict(self.headers))
        answer = inner.getresponse()
        text = answer.read()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("connection", "transfer-encoding", "content-length", "date", "server"):
                self.send_header(name, value)
        self.send_header("Content-Length", answer.getheader("Content-Length") or str(len(text)))
        self.end_headers()
        self.wfile.write(text[: len(text) // 2] if fault else text)  # 200: it breaks off in the middle
        if fault:
            self.close_connection = True
        inner.close()

    def _refuse(self, fault: Fault, as_json: bool) -> None:
        said = json.dumps({"__type": fault.code, "message": "no"}) if as_json else _XML.format(fault.code)
        self.send_response(fault.status)
        self.send_header("Content-Length", str(len(said)))
        self.send_header("Content-Type", "application/x-amz-json-1.0" if as_json else "application/xml")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said.encode())

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = _do

    def log_message(self, *_: Any) -> None:
        """Nothing."""


_XML = '<?xml version="1.0"?><Error><Code>{0}</Code><Message>{0}</Message></Error>'


@pytest.fixture(scope="module")
def whole_cloud() -> Iterator[Cloud]:
    """A server for the tests of a module; each of them finds it empty."""
    pytest.importorskip("moto", reason="needs moto's server")
    with running() as found:
        yield found


@pytest.fixture
def cloud(whole_cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """An empty cloud, and credentials for it."""
    from engine.sources import sqs

    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    whole_cloud.reset()
    sqs._queues.clear()  # what was held of queues that are gone
    return whole_cloud
