"""What notifiers share that go to AWS: who asks and where, what faults mean, and a message small enough to be taken.

boto3 is imported when it is used. What AWS refuses for now is tried again by the outbox, and not by boto3 as well.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

import msgspec

from engine.alert import Message, Refused, Retry
from engine.destination import Rate
from engine.dialects import DIALECTS, cut
from engine.model import Level
from engine.notifiers import (
    RETRIED,
    NotifierOptions,
    Undelivered,
    document,
    encoded,
    fitted,
    good_timeout,
    good_url,
    revealed,
)  # fmt: skip
from engine.notifiers._addresses import Forbidden, Unresolved, addresses
from engine.notifiers._http import retry_after
from engine.options import Duration, FilePath
from engine.secret import Secret

__all__ = ["MISSING", "AwsOptions", "attributes", "body", "classed", "digest", "weight"]

MISSING = 'a library is missing: pip install "detect-engine[aws]"'

LONGEST_WORD = 200
"""Bytes of a value that filters look at; they compare 256 at the most."""

WORDS = 40
"""Values of one attribute that holds several."""

_SEVERITIES = {Level.critical: 5, Level.high: 4, Level.medium: 3, Level.low: 2, Level.informational: 1}
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,512}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-\d{1,2}", re.ASCII)
_LATER = {
    "RequestLimitExceeded", "BandwidthLimitExceeded", "TooManyRequestsException", "SlowDown", "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException", "LimitExceededException", "OverLimit", "RequestTimeout",
    "RequestTimeoutException", "ServiceUnavailable", "ServiceUnavailableException", "InternalFailure", "InternalError",
    "InternalException", "InternalErrorException", "InternalServerError", "ExpiredToken", "ExpiredTokenException",
    "RequestExpired",
}  # fmt: skip


class AwsOptions(NotifierOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What all notifiers have in common that go to AWS.

    Credentials are found as by any AWS tool, where none are said.

    region         where it is; as for any AWS tool, where neither this nor the destination's own name says it
    profile        of the AWS configuration, whose credentials and region are taken
    access_key     id of a key to use instead
    secret_key     its secret
    session_token  that belongs to a key which is temporary
    role           ARN of a role that is assumed
    external_id    that the role wants to hear
    endpoint       another address than AWS's own, such as that of an endpoint in a VPC
    sts_endpoint   the same for STS, where a role is assumed
    timeout        how long to wait for a connection, and for an answer
    allow          hosts, addresses and networks that an endpoint may have though they are loopback or private
    proxy          "http://host:port"; else what the environment names
    ca             file of the certificates to trust, instead of the system's
    longest        bytes that are taken at once
    """

    rates: ClassVar[tuple[Rate, ...]] = (Rate(50, 1.0),)

    service: ClassVar[str] = ""
    """As boto3 calls it."""

    region: str | None = None
    profile: str | None = None
    access_key: Secret | None = None
    secret_key: Secret | None = None
    session_token: Secret | None = None
    role: str | None = None
    external_id: str | None = None
    endpoint: str | None = None
    sts_endpoint: str | None = None
    timeout: Duration = Duration(10_000_000)
    allow: tuple[str, ...] = ()
    proxy: str | None = None
    ca: FilePath | None = None
    longest: Annotated[int, msgspec.Meta(ge=1_024, le=1_048_576)] = 262_144

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        good_timeout(self.timeout)
        for option, url in (("endpoint", self.endpoint), ("sts_endpoint", self.sts_endpoint), ("proxy", self.proxy)):
            if url is not None:
                good_url(option, url)
        if self.region is not None and not _REGION.fullmatch(self.region):
            raise ValueError(f'region: "{self.region}" is none, such as eu-west-1')
        if (self.access_key is None) != (self.secret_key is None):
            raise ValueError("secret_key: access_key and secret_key belong together")
        if self.access_key is None and self.session_token is not None:
            raise ValueError("session_token: it belongs to an access_key, which is not said")
        if self.access_key is not None and self.profile is not None:
            raise ValueError("profile: there is an access_key already; say one of them")
        if self.role is not None and not _ROLE.fullmatch(self.role):
            raise ValueError(f'role: "{self.role}" is none, such as arn:aws:iam::111122223333:role/detect')
        if self.role is None and (self.external_id is not None or self.sts_endpoint is not None):
            raise ValueError("role: external_id and sts_endpoint are for a role, which is not said")

    @property
    def place(self) -> str | None:
        """The region, where options say it."""
        return self.region

    def ask(self, operation: str, **given: Any) -> dict[str, Any]:
        """Make one call, by its name in boto3. Raises Undelivered."""
        try:
            from botocore.exceptions import BotoCoreError, ClientError
        except ImportError:
            raise Undelivered(Refused(MISSING)) from None
        self._judge(self.endpoint)
        try:
            answer: dict[str, Any] = getattr(self._client(), operation)(**given)
        except (BotoCoreError, ClientError, OSError) as error:
            raise Undelivered(_meaning(error)) from None
        return answer

    def close(self) -> None:
        """See `NotifierOptions.close`."""
        held = self.__dict__.pop("held", None)
        if held is not None:
            held[1].close()

    def _judge(self, url: str | None) -> None:
        """Raise Undelivered where a message, or a request for credentials, must not go."""
        if url is None:
            return
        parts = urlsplit(url)
        try:
            addresses(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80), self.allow)
        except Forbidden as error:
            raise Undelivered(Refused(str(error))) from None
        except Unresolved as error:
            raise Undelivered(Retry(str(error))) from None

    def _client(self) -> Any:
        """The client; another one in another process, and for other credentials than it was made with."""
        keys = [
            None if one is None else revealed(one) for one in (self.access_key, self.secret_key, self.session_token)
        ]
        wanted = (os.getpid(), *keys)
        held = self.__dict__.get("held")
        if held is None or held[0] != wanted:
            self.__dict__["held"] = held = (wanted, self._connected(keys))
        return held[1]

    def _connected(self, keys: list[str | None]) -> Any:
        from botocore.config import Config
        from botocore.session import Session

        seconds = self.timeout / 1_000_000
        config = Config(
            connect_timeout=seconds, read_timeout=seconds, retries={"total_max_attempts": 1, "mode": "standard"},
            user_agent_appid="detect", proxies={"http": self.proxy, "https": self.proxy} if self.proxy else None,
        )  # fmt: skip
        session = Session(profile=self.profile)
        if keys[0] is not None:
            session.set_credentials(*keys)
        more = {"region_name": self.place, "config": config, "verify": self.ca}
        if self.role is not None:
            self._judge(self.sts_endpoint)
            session = self._assumed(session.create_client("sts", endpoint_url=self.sts_endpoint, **more))
        return session.create_client(self.service, endpoint_url=self.endpoint, **more)

    def _assumed(self, sts: Any) -> Any:
        """A session with the credentials of the role, which are renewed before they end."""
        from botocore.credentials import DeferredRefreshableCredentials
        from botocore.session import Session

        asked = {"RoleArn": self.role, "RoleSessionName": "detect"}
        if self.external_id is not None:
            asked["ExternalId"] = self.external_id

        def fetched() -> dict[str, str]:
            given = sts.assume_role(**asked)["Credentials"]
            return {
                "access_key": given["AccessKeyId"], "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"], "expiry_time": given["Expiration"].isoformat(),
            }  # fmt: skip

        session = Session(profile=self.profile)
        session._credentials = DeferredRefreshableCredentials(fetched, "assume-role")
        return session


def _meaning(error: Exception) -> Retry | Refused:
    """What a fault of boto3 means: an answer by its code, a network that fails and credentials amiss "not now"."""
    import botocore.exceptions as failures

    if isinstance(error, failures.ClientError):
        said, about = error.response.get("Error", {}), error.response.get("ResponseMetadata", {})
        status, headers = about.get("HTTPStatusCode", 0), about.get("HTTPHeaders", {})
        outcome = classed(str(said.get("Code", "")), str(said.get("Message", "")), status)
        return outcome._replace(after=retry_after(headers)) if isinstance(outcome, Retry) else outcome
    if isinstance(error, failures.NoRegionError):
        return Refused("AWS has many regions; write which one as region")
    if isinstance(error, failures.NoCredentialsError):
        return Retry("there are no AWS credentials: write access_key or profile, or give the machine a role")
    if isinstance(error, (failures.ParamValidationError, failures.ProfileNotFound, failures.PartialCredentialsError)):
        return Refused(str(error))
    return Retry(f"AWS cannot be reached: {error}")


def classed(code: str, said: str, status: int = 400) -> Retry | Refused:
    """What a fault that AWS names means."""
    reason = f"AWS answered {code}: {said}".rstrip(": ")
    later = status in RETRIED or code in _LATER or "throttl" in code.lower()
    return Retry(reason) if later else Refused(reason)


def digest(text: str) -> str:
    """Of any text, what may be an id in AWS."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def body(message: Message, longest: int) -> str:
    """The message as JSON of at most so many bytes, with its labels; what it is about is cut last."""
    whole = document(message)
    head = {name: one for name, one in whole.items() if name not in ("alerts", "links")}
    head = fitted(head, longest // 2) | labels(message)
    if len(encoded(head)) > longest // 2:  # a queue for little
        head = fitted(head, longest // 2)
    tail = fitted({name: whole[name] for name in ("alerts", "links")}, longest - len(encoded(head)))
    return encoded(head | tail).decode()


def labels(message: Message) -> dict[str, Any]:
    """What patterns and filters look at, of all alerts together."""
    rules = [alert.rule for alert in message.alerts]
    return {
        "severity": _SEVERITIES[message.level],
        "rules": _several(rule.id or rule.key for rule in rules),
        "tags": _several(tag for rule in rules for tag in rule.tags),
        "logsources": _several("/".join(filter(None, rule.logsource)) for rule in rules),
    }


def attributes(message: Message, longest: int) -> dict[str, dict[str, str]]:
    """The labels as SNS and SQS take them, and four words; none where they are more than half of what is taken."""
    words = {"action": message.action, "level": message.level.name, "id": message.id, "thread": message.thread}
    made = {name: _attribute("String", shown) for name, word in words.items() if (shown := _word(word))}
    for name, value in labels(message).items():
        if isinstance(value, int):
            made[name] = _attribute("Number", str(value))
        elif value:
            made[name] = _attribute("String.Array", encoded(value).decode())
    return made if weight(made) <= longest // 2 else {}


def weight(given: dict[str, dict[str, str]]) -> int:
    """Bytes of attributes, which count as the message's own."""
    return sum(
        len(name.encode()) + sum(len(text.encode()) for text in attribute.values()) for name, attribute in given.items()
    )


def _attribute(kind: str, text: str) -> dict[str, str]:
    return {"DataType": kind, "StringValue": text}


def _word(text: str) -> str:
    plain = DIALECTS["plain"]
    return cut(plain.escape(text), LONGEST_WORD, "bytes", plain)


def _several(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, map(_word, texts))))[:WORDS]
