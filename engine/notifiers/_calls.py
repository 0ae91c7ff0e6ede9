"""What notifiers share that are called by HTTP: options, one way to call, and what answers mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from engine.alert import Refused, Retry
from engine.notifiers._contract import NotifierOptions, Undelivered
from engine.notifiers._document import encoded
from engine.notifiers._http import Answer, Transport, check_url, retry_after
from engine.options import Duration, FilePath
from engine.secret import Secret

__all__ = ["RETRIED", "HttpOptions", "good_timeout", "good_url", "revealed"]

RETRIED = frozenset({408, 425, 429, *range(500, 600)})
"""Answers that mean "not now"."""


class HttpOptions(NotifierOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What all notifiers have in common that are called by HTTP.

    timeout       how long to wait for a connection, and for an answer
    allow         hosts, addresses and networks that messages may go to though they are loopback or private
    proxy         "http://host:port"; none is taken from the environment
    ca            file of the certificates to trust, instead of the system's
    cert, key     files of our own certificate and its key, for servers that ask for one
    key_password  of the key
    """

    retried: ClassVar[frozenset[int]] = RETRIED
    """Answers that mean "not now"; whatever else is no success means "never"."""

    timeout: Duration = Duration(10_000_000)
    allow: tuple[str, ...] = ()
    proxy: str | None = None
    ca: FilePath | None = None
    cert: FilePath | None = None
    key: FilePath | None = None
    key_password: Secret | None = None

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        good_timeout(self.timeout)
        if self.key and not self.cert:
            raise ValueError("key: a key without its certificate; name it with cert")
        if self.proxy is not None:
            good_url("proxy", self.proxy)

    def call(
        self,
        method: str,
        url: str | Secret,
        *,
        json: Any = None,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        accept: Sequence[int] = (),
    ) -> Answer:
        """Make one call; `json` is sent as such, and harmless whatever is in it.

        accept  answers beside 2xx that are given back; any other raises Undelivered, with Retry or Refused by `retried`
        """
        sent = dict(headers or {})
        if json is not None:
            body, sent = encoded(json), {"Content-Type": "application/json", **sent}
        address = revealed(url)
        answer = self._transport().call(method, address, headers=sent, body=body)
        if 200 <= answer.status < 300 or answer.status in accept:
            return answer
        raise Undelivered(self.classed(answer))

    def classed(self, answer: Answer) -> Retry | Refused:
        """What an answer that is no success means."""
        if answer.status in self.retried:
            return Retry(self.told(answer), retry_after(answer.headers))
        return Refused(self.told(answer))

    def told(self, answer: Answer) -> str:
        """What an answer says, for people: status and the beginning of the body."""
        if 300 <= answer.status < 400:
            return f"it answered {answer.status}, a redirect, and these are not followed; write the URL it leads to"
        return f"it answered {answer.status}: {answer.text[:300]}".rstrip(": ")

    def _transport(self) -> Transport:
        password = None if self.key_password is None else revealed(self.key_password)
        return Transport(self.timeout / 1_000_000, self.allow, self.proxy, self.ca, self.cert, self.key, password)


def revealed(secret: str | Secret) -> str:
    """The text of a secret, read now. Raises Undelivered with Retry where it cannot be: somebody may yet mend it."""
    if isinstance(secret, str):
        return secret
    try:
        return secret.reveal()
    except ValueError as error:
        raise Undelivered(Retry(str(error))) from None


def good_timeout(timeout: Duration) -> None:
    """Raise ValueError for one that nobody would wait, or that nothing could be done in."""
    if not 0 < timeout <= 300_000_000:
        raise ValueError("timeout: more than 0 seconds and at most 5 minutes")


def good_url(option: str, url: str | Secret) -> None:
    """Raise ValueError for what is no URL; a secret is looked at when it is used."""
    if isinstance(url, str):
        try:
            check_url(url)
        except Undelivered as end:
            raise ValueError(f"{option}: {end}") from None
