"""What is said of an AWS source in its address, the clients that it makes of that, and what AWS's faults mean."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec

from engine.errors import UsageError
from engine.model import Blob
from engine.options import Duration, did_you_mean

__all__ = ["Address", "Options", "blob_of", "client", "faults", "meaning", "read_address"]

TRIES = 4
"""Requests for one answer, at most, where AWS is busy or the line is bad; botocore waits longer each time."""


class Options(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand behind the "?" of an address.

    region          of bucket or queue; not said: as for any AWS tool
    profile         of the AWS configuration whose credentials are used
    role            ARN of a role to assume
    external_id     that the role wants to hear
    endpoint        another place than AWS, http://127.0.0.1:9000
    requester_pays  who reads pays, and agrees
    look_back       how late an object may appear under an old name
    visibility      how long a queue hides a message that is being worked on; it is extended while that goes on
    most            messages taken at a time
    wait            how long to wait for a first message
    """

    region: str | None = None
    profile: str | None = None
    role: str | None = None
    external_id: str | None = None
    endpoint: str | None = None
    requester_pays: bool = False
    look_back: str = "6h"
    visibility: str = "5m"
    most: int = 1_000
    wait: str = "1s"


class Address(NamedTuple):
    """An address in its parts: what is between "://" and the first "/", the rest up to "?", and the options."""

    text: str
    host: str
    path: str
    options: Options


@lru_cache(maxsize=1_024)
def read_address(target: str) -> Address:
    """SCHEME://HOST/PATH?OPTION=VALUE&..., taken apart. Raises UsageError."""
    rest = target.partition("://")[2]
    named, _, query = rest.partition("?")
    host, _, path = named.partition("/")
    if not host:
        raise UsageError(f'"{target}" names nothing', hint="s3://BUCKET/PREFIX or sqs://QUEUE")
    said = dict(parse_qsl(query, keep_blank_values=True))
    for name in said.keys() - set(Options.__struct_fields__):
        raise UsageError(f'"{target}": there is no option "{name}"', hint=did_you_mean(name, Options.__struct_fields__))
    try:
        options = msgspec.convert(said, Options, strict=False)
        for each in (options.look_back, options.visibility, options.wait):
            Duration.parse(each)
    except (msgspec.ValidationError, ValueError) as error:
        raise UsageError(f'"{target}": {error}') from None
    return Address(target, host, unquote(path), options)


def blob_of(address: Address, key: str, ref: str, size: int, etag: str, modified: int | None) -> Blob:
    """An object as a blob; its content is known by its ETag, and only under its own name."""
    query = address.text.partition("?")[2]
    path = f"s3://{address.host}/{_quoted(key)}{f'?{query}' if query else ''}"
    content = f"{address.host}/{key} {etag.strip(chr(34))}"
    return Blob("s3", ref, path, False, size, modified, content)


def _quoted(key: str) -> str:
    return key.replace("%", "%25").replace("?", "%3F")


def client(service: str, options: Options) -> Any:
    """A client for a service; one a process, as connections must not be shared between processes."""
    return _client(service, options, os.getpid())


@lru_cache(maxsize=32)
def _client(service: str, options: Options, process: int) -> Any:
    from botocore.config import Config

    # Retries cover what AWS answers; of a body that breaks off we begin again ourselves.
    config = Config(retries={"mode": "standard", "total_max_attempts": TRIES}, connect_timeout=10, read_timeout=60,
                    max_pool_connections=32, user_agent_appid="detect", tcp_keepalive=True)  # fmt: skip
    session = _session(options)
    return session.create_client(service, region_name=_region(session, options), endpoint_url=options.endpoint,
                                 config=config)  # fmt: skip


@lru_cache(maxsize=32)
def _session(options: Options) -> Any:
    """Credentials as any AWS tool finds them, or those of the role, renewed before they end."""
    try:
        from botocore.credentials import (
            AssumeRoleCredentialFetcher,
            DeferredRefreshableCredentials,
            create_mfa_serial_refresher,
        )
        from botocore.session import Session
    except ImportError:
        raise UsageError("reading from AWS needs boto3", hint="pip install 'detect-engine[aws]'") from None

    session = Session(profile=options.profile)
    if options.role is None:
        return session
    more = {"ExternalId": options.external_id} if options.external_id else {}
    source = session.get_credentials()
    if source is None:
        raise UsageError("there are no AWS credentials to assume a role with", hint=_NO_CREDENTIALS)

    def made(name: str, **given: Any) -> Any:
        given = {"region_name": _region(session, options), **given}
        return session.create_client(name, endpoint_url=options.endpoint, **given)

    fetcher = AssumeRoleCredentialFetcher(
        made, source, options.role, {"RoleSessionName": "detect", **more}, mfa_prompter=create_mfa_serial_refresher
    )
    assumed = Session(profile=options.profile)
    assumed._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    return assumed


def _region(session: Any, options: Options) -> str:
    """The region; S3 tells itself which one a bucket is in."""
    return str(options.region or session.get_config_variable("region") or "us-east-1")


_NO_CREDENTIALS = "aws configure, AWS_PROFILE, or the role of the machine give some"


def faults() -> tuple[type[Exception], ...]:
    """What a call of AWS raises."""
    from botocore.exceptions import BotoCoreError, ClientError

    return BotoCoreError, ClientError, OSError


class Meaning(NamedTuple):
    """A fault in words, its code, and what to do."""

    fault: str
    code: str
    hint: str | None


def meaning(error: Exception) -> Meaning:
    """What a fault of AWS means for whoever runs us."""
    response = getattr(error, "response", None)
    if isinstance(response, dict) and "Error" in response:
        said = response["Error"]
        code = str(said.get("Code", ""))
        return Meaning(f"{said.get('Message') or code} ({code})".strip(), code, _HINTS.get(code))
    name = type(error).__name__
    hint = _NO_CREDENTIALS if "Credentials" in name else _HINTS.get(name)
    return Meaning(str(error) or name, name, hint)


_HINTS = {
    "NoSuchBucket": "is the name right?",
    "AWS.SimpleQueueService.NonExistentQueue": "is the name right, and the region?",
    "QueueDoesNotExist": "is the name right, and the region?",
    "AccessDenied": "reading needs s3:ListBucket and s3:GetObject, a queue sqs:ReceiveMessage, sqs:DeleteMessage,"
    " sqs:ChangeMessageVisibility and sqs:GetQueueAttributes, an encrypted object kms:Decrypt",
    "403": "reading needs s3:ListBucket and s3:GetObject",
    "InvalidAccessKeyId": _NO_CREDENTIALS,
    "ExpiredToken": "log in again",
    "EndpointConnectionError": "is the endpoint right, and can it be reached?",
    "ProfileNotFound": "aws configure list-profiles names those there are",
}
