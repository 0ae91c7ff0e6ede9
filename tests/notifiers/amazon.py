"""AWS on loopback: moto's server, and in front of it one that knows signatures and limits as the real one does."""

from __future__ import annotations

import atexit
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from xml.etree import ElementTree

import pytest

from engine.alert import Message
from tests.notifiers.contract import NotifierContract
from tests.notifiers.made import alert, message
from tests.notifiers.server import Answer, Request, Server, serving

REGION = "eu-west-1"
ACCOUNT = "123456789012"
KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET = NotifierContract.secret
LONGEST = 262_144
GROUP = re.compile(r"[!-~]{1,128}")
LEGAL = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")

_XML = "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error></ErrorResponse>"


class Taken(NamedTuple):
    """A call that was accepted: "sns:Publish", and what it was given."""

    operation: str
    given: dict[str, Any]


class Fault(Exception):
    """Why a call is refused: status, code and text."""


class Amazon:
    """Judges each call, and hands the good ones to moto.

    keys   access key -> secret, and the session token that has to come with it
    taken  what was accepted, of the services that tell people
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.keys: dict[str, tuple[str, str | None]] = {KEY: (SECRET, None)}
        self.taken: list[Taken] = []
        self.longest = LONGEST
        forwarded(port, Request("POST", "/moto-api/reset", {}, b""))

    def __call__(self, request: Request) -> Answer:
        target = request.headers.get("x-amz-target", "")
        try:
            service = self.signed(request)
            call = told(service, target, request)
            looked_at(call, self.longest)
        except Fault as fault:
            return refusal(bool(target), *fault.args)
        answer = forwarded(self.port, request)
        if answer.status == 200 and call.operation in CHECKS:
            self.taken.append(call)
        if answer.status == 200 and call.operation == "sts:AssumeRole":
            found = {one.tag.rpartition("}")[2]: one.text or "" for one in ElementTree.fromstring(answer.body).iter()}
            self.keys[found["AccessKeyId"]] = (found["SecretAccessKey"], found["SessionToken"])
        return answer

    def signed(self, request: Request) -> str:
        """The service that a call is signed for (Signature Version 4)."""
        found = re.fullmatch(
            r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/(\w+)/aws4_request, SignedHeaders=([\w;-]+), "
            r"Signature=([0-9a-f]{64})",
            request.headers.get("authorization", ""),
        )
        if not found:
            raise Fault(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
        key, day, region, service, names, signature = found.groups()
        secret, token = self.keys.get(key, ("", None))
        if not secret or request.headers.get("x-amz-security-token") != token:
            raise Fault(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
        path, _, query = request.path.partition("?")
        headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";"))
        canonical = "\n".join((request.method, path, query, headers, names, hashlib.sha256(request.body).hexdigest()))
        scope = f"{day}/{region}/{service}/aws4_request"
        signing = f"AWS4{secret}".encode()
        for part in scope.split("/"):
            signing = hmac.digest(signing, part.encode(), "sha256")
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        text = f"AWS4-HMAC-SHA256\n{request.headers['x-amz-date']}\n{scope}\n{digest}"
        if hmac.digest(signing, text.encode(), "sha256").hex() != signature:
            raise Fault(403, "SignatureDoesNotMatch", "The request signature we calculated does not match")
        if region != REGION:
            raise Fault(400, "InvalidParameter", "wrong region")
        return service


def told(service: str, target: str, request: Request) -> Taken:
    """A call in the form that boto3 gives it, whether JSON or a query is on the wire."""
    if target:
        return Taken(f"{service}:{target.rpartition('.')[2]}", request.json)
    flat = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    given: dict[str, Any] = {name: one for name, one in flat.items() if "." not in name}
    given["MessageAttributes"] = {
        flat[f"{at}.Name"]: {
            "DataType": flat[f"{at}.Value.DataType"],
            "StringValue": flat[f"{at}.Value.StringValue"],
        }
        for number in range(1, 20)
        if f"{(at := f'MessageAttributes.entry.{number}')}.Name" in flat
    }
    return Taken(f"{service}:{given.pop('Action')}", given)


def refusal(as_json: bool, status: int, code: str, text: str) -> Answer:
    body = json.dumps({"__type": code, "message": text}) if as_json else _XML.format(code, text)
    return Answer(status, body.encode(), {"Content-Type": "application/x-amz-json-1.0" if as_json else "text/xml"})


def forwarded(port: int, request: Request) -> Answer:
    """What moto says."""
    inner = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        inner.request(request.method, request.path, request.body, request.headers)
        answer = inner.getresponse()
        kept = {name: one for name, one in answer.getheaders() if name.lower().startswith(("content-type", "x-amz"))}
        return Answer(answer.status, answer.read(), kept)
    finally:
        inner.close()


def utf8(text: str) -> int:
    return len(text.encode())


def _attributes(given: Mapping[str, Any], code: str) -> int:
    """Bytes of attributes, if they are good ones."""
    found = given.get("MessageAttributes", {})
    if len(found) > 10:
        raise Fault(400, code, "more than 10 attributes")
    for name, one in found.items():
        value = one["StringValue"]
        if not re.fullmatch(r"[\w.-]{1,256}", name, re.ASCII) or not value or not LEGAL.fullmatch(value):
            raise Fault(400, code, f"The message attribute '{name}' is invalid")
        if one["DataType"] == "Number" and not re.fullmatch(r"-?\d{1,38}", value):
            raise Fault(400, code, f"The message attribute '{name}' is no number")
        if one["DataType"] == "String.Array" and not isinstance(json.loads(value), list):
            raise Fault(400, code, f"The message attribute '{name}' is no list")
    return sum(utf8(name) + sum(map(utf8, one.values())) for name, one in found.items())


def _fifo(given: Mapping[str, Any], name: str, code: str) -> None:
    for option in ("MessageGroupId", "MessageDeduplicationId"):
        if given[name].endswith(".fifo") != (option in given) or not GROUP.fullmatch(given.get(option, "x")):
            raise Fault(400, code, f"{option} is invalid")


def _publish(given: Mapping[str, Any], longest: int) -> None:
    code = "InvalidParameter"
    if "TopicArn" not in given or not given.get("Message"):
        raise Fault(400, code, "Invalid parameter: Empty message")
    subject = given.get("Subject", "x")
    if not re.fullmatch(r"[!-~][ -~]{0,98}", subject):
        raise Fault(400, code, "Invalid parameter: Subject")
    if utf8(given["Message"]) + _attributes(given, "ParameterValueInvalid") > longest:
        raise Fault(400, code, "Invalid parameter: Message too long")
    if not LEGAL.fullmatch(given["Message"]):
        raise Fault(400, code, "Invalid parameter: Message")
    if given.get("MessageStructure") == "json":
        parts = json.loads(given["Message"])
        if not isinstance(parts.get("default"), str) or not all(isinstance(one, str) for one in parts.values()):
            raise Fault(400, code, "Invalid parameter: Message Structure - No default entry in JSON message body")
        if len(parts.get("sms", "")) > 1_600:
            raise Fault(400, code, "Invalid parameter: SMS message too long")
    _fifo(given, "TopicArn", code)


def _send(given: Mapping[str, Any], longest: int) -> None:
    if "QueueUrl" not in given or not given.get("MessageBody"):
        raise Fault(400, "MissingParameter", "The request must contain the parameter MessageBody.")
    if not LEGAL.fullmatch(given["MessageBody"]):
        raise Fault(400, "InvalidMessageContents", "The message contains characters outside the allowed set.")
    if utf8(given["MessageBody"]) + _attributes(given, "InvalidParameterValue") > longest:
        said = f"One or more parameters are invalid. Reason: Message must be shorter than {longest} bytes."
        raise Fault(400, "InvalidParameterValue", said)
    _fifo(given, "QueueUrl", "InvalidParameterValue")


def _events(given: Mapping[str, Any], longest: int) -> None:
    code = "ValidationException"
    entries = given.get("Entries", [])
    if not 1 <= len(entries) <= 10:
        raise Fault(400, code, "1 to 10 entries")
    for one in entries:
        if not all(one.get(name) for name in ("Source", "DetailType", "Detail")):
            raise Fault(400, "InvalidArgument", "Parameter is not valid. Reason: it is a required argument.")
        if one["Source"].startswith("aws.") or len(one["DetailType"]) > 128 or len(one["Source"]) > 256:
            raise Fault(400, code, "Source or DetailType is not valid")
        if not isinstance(json.loads(one["Detail"]), dict):
            raise Fault(400, "MalformedDetail", "Detail is malformed.")
        if 14 + sum(utf8(one[name]) for name in ("Source", "DetailType", "Detail")) >= longest:
            raise Fault(400, code, "Total size of the entries in the request is over the limit.")
        if abs(datetime.fromtimestamp(one["Time"], UTC).year - 2026) > 10:
            raise Fault(400, code, "Time")


CHECKS: Mapping[str, Callable[[Mapping[str, Any], int], None]] = {
    "sns:Publish": _publish, "sqs:SendMessage": _send, "events:PutEvents": _events,
}  # fmt: skip


def looked_at(call: Taken, longest: int = LONGEST) -> None:
    """Raises Fault for a call that the real one refuses."""
    try:
        if call.operation in CHECKS:
            CHECKS[call.operation](call.given, longest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Fault(400, "InvalidParameter", str(error)) from None


def judged(operation: str, given: dict[str, Any]) -> str:
    """The code and the text with which a call is refused; "" where it is fine."""
    try:
        looked_at(Taken(operation, given))
    except Fault as fault:
        return ": ".join(fault.args[1:])
    return ""


@cache
def moto() -> int:
    """The port of moto's server, which is one for all tests of a process."""
    server = pytest.importorskip("moto.server", reason="needs moto's server")
    threaded = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    threaded.start()
    atexit.register(threaded.stop)
    return int(threaded.get_host_and_port()[1])


@contextmanager
def amazon() -> Iterator[tuple[Amazon, Server, dict[str, Any]]]:
    """An empty AWS, its server, and the options by which a notifier reaches it."""
    played = Amazon(moto())
    with serving(played) as server:
        yield played, server, {
            "region": REGION, "endpoint": server.url, "allow": ["127.0.0.1"],
            "access_key": {"env": "NOTIFIER_KEY"}, "secret_key": {"env": "NOTIFIER_SECRET"},
        }  # fmt: skip


@cache
def client(service: str) -> Any:
    """A client of moto, past the front."""
    from botocore.session import Session

    session = Session()
    session.set_credentials("AKIATEST", "test")
    return session.create_client(service, region_name=REGION, endpoint_url=f"http://127.0.0.1:{moto()}")


def growing(longest: int) -> Iterator[Message]:
    """Messages that grow past a limit step by step, in what a step of it would not hold."""
    for length in range(longest - 4_000, longest, 100):
        yield message(alert(fields={"text": "é" * (length // 2)}), id=f"m{length}")


def strings(value: Any) -> list[str]:
    """Every text in JSON, names too."""
    if isinstance(value, dict):
        return [*value, *strings(list(value.values()))]
    if isinstance(value, list):
        return [text for one in value for text in strings(one)]
    return [value] if isinstance(value, str) else []


def busy(server: Server, as_json: bool = True) -> bool:
    """It throttles the next call."""
    answer = refusal(as_json, 400, "ThrottlingException", "Rate exceeded")
    server.next.append(answer._replace(headers={**answer.headers, "Retry-After": "7"}))
    return True


def received(queue: str) -> list[dict[str, Any]]:
    """All messages of a queue, which are taken out of it."""
    found: list[dict[str, Any]] = []
    while True:
        said = client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        if not said.get("Messages"):
            return found
        for one in said["Messages"]:
            client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
            found.append(one)


@cache
def loader(path: str | None = None) -> Any:
    from botocore.loaders import create_loader

    return create_loader(path)


def nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials but the test's own; skips where the extra is not there."""
    pytest.importorskip("moto", reason="needs moto's server")
    for name in ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION",
                 "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setattr("botocore.session.create_loader", loader)  # reads what AWS can do once for all tests
    monkeypatch.setenv("NOTIFIER_KEY", KEY)
    monkeypatch.setenv("NOTIFIER_SECRET", SECRET)
