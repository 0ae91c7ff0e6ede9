"""webhook: an HTTP call of any shape, signed if there is a key for it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from time import time
from typing import ClassVar, Literal

import msgspec

from engine.alert import Delivered, Message, Outcome
from engine.destination import Part
from engine.notifiers import HttpOptions, document, encoded, good_url, revealed
from engine.secret import Secret

__all__ = ["Basic", "Notifier"]

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OURS = {"host", "content-length", "transfer-encoding", "connection", "content-type", "idempotency-key"}


class Basic(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user name and its password, sent as HTTP's basic authentication.

    user      the name
    password  a secret
    """

    user: str | Secret
    password: Secret


class Notifier(HttpOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Calls a URL. The body is the whole message as JSON, or what the template `body` makes (JSON) or `text` (no JSON).

    The call carries `Idempotency-Key`, which is the same when the same message is sent again. With `signing_key` it
    carries `Webhook-Timestamp`, seconds since 1970, and `Webhook-Signature`: "v1=" and, in hexadecimal, the HMAC-SHA256
    of timestamp, "." and body. Whoever receives it should refuse timestamps older than five minutes.

    url          where to; a secret where there is a token in it
    method       POST, PUT or PATCH
    headers      sent besides; a value may be a secret
    basic        user and password
    bearer       token for "Authorization: Bearer"
    signing_key  for the signature
    content_type  of the body, where it is not "application/json", or "text/plain; charset=utf-8" for `text`
    """

    parts: ClassVar[Mapping[str, Part]] = {
        "body": Part("json", 1_000_000, "bytes", optional=True),
        "text": Part("plain", 1_000_000, "bytes", optional=True),
    }

    url: str | Secret
    method: Literal["POST", "PUT", "PATCH"] = "POST"
    headers: dict[str, str | Secret] = msgspec.field(default_factory=dict)
    basic: Basic | None = None
    bearer: Secret | None = None
    signing_key: Secret | None = None
    content_type: str | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("url", self.url)
        if self.basic and self.bearer:
            raise ValueError("bearer: there is basic as well; only one of them can be sent")
        for name, value in self.headers.items():
            _good_header(name, value)
        if self.content_type is not None:
            _one_line("content_type", self.content_type)

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`."""
        kind, body = _body(message)
        headers = {
            "Content-Type": self.content_type or kind,
            "Idempotency-Key": message.id,
            **{name: _one_line(name, revealed(value)) for name, value in self.headers.items()},
            **self._authorization(),
            **self._signature(message, body),
        }
        self.call(self.method, self.url, body=body, headers=headers)
        return Delivered()

    def _authorization(self) -> dict[str, str]:
        if self.bearer is not None:
            return {"Authorization": _one_line("bearer", f"Bearer {revealed(self.bearer)}")}
        if self.basic is not None:
            pair = f"{revealed(self.basic.user)}:{revealed(self.basic.password)}".encode()
            return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        return {}

    def _signature(self, message: Message, body: bytes) -> dict[str, str]:
        if self.signing_key is None:
            return {}
        stamp = str(int(time()))
        digest = hmac.new(revealed(self.signing_key).encode(), f"{stamp}.".encode() + body, hashlib.sha256)
        return {"Webhook-Id": message.id, "Webhook-Timestamp": stamp, "Webhook-Signature": f"v1={digest.hexdigest()}"}


def _body(message: Message) -> tuple[str, bytes]:
    """Its type and bytes."""
    if "text" in message.parts:
        return "text/plain; charset=utf-8", message.parts["text"].encode()
    if "body" in message.parts:
        return "application/json", message.parts["body"].encode()
    return "application/json", encoded(document(message))


def _good_header(name: str, value: str | Secret) -> None:
    if not _TOKEN.fullmatch(name):
        raise ValueError(f'headers: "{name}" is no name of a header')
    if name.lower() in _OURS:
        raise ValueError(f'headers: "{name}" is set by the notifier itself')
    if isinstance(value, str):
        _one_line(name, value)


def _one_line(name: str, value: str) -> str:
    if not value.isprintable() or not value.isascii():
        raise ValueError(f"{name}: its value has a line break, or letters beyond ASCII")
    return value
