"""S3: the objects below s3://BUCKET/PREFIX.

A trail writes one object per account and region every few minutes, so a bucket soon has millions. In the layout of
AWSLogs/[o-org/]ACCOUNT/CloudTrail/REGION/YEAR/MONTH/DAY/ the prefixes of regions are listed side by side, and each
only from the day on that is asked for: from `after`, less `look_back`, when an earlier run has listed what was there.
Anything else is listed whole. Digests of CloudTrail are not listed unless they are named.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import errno
import io
import os
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, BinaryIO, NamedTuple, cast

from engine.errors import UsageError
from engine.model import Blob, Delivered, Problem
from engine.options import Duration
from engine.sources._aws import Address, blob_of, client, faults, meaning, read_address
from engine.sources._dated import MARGIN, outside

__all__ = ["fetch", "find", "open"]

SIDE_BY_SIDE = 16
"""Requests under way at a time; each takes some tens of milliseconds, in which there is nothing to do."""

AT_ONCE = 32 << 20
"""An object up to this size is fetched as a whole, and begun again where that breaks off."""

TRIES = 3

PAGE = 1_000
"""Keys of one answer, at most."""

_REGION = re.compile(r"(?:^|/)CloudTrail(?:-Insight|-NetworkActivity)?/[a-z0-9-]+/$")
"""A prefix below which there are years, months and days."""

_DIGEST = "/CloudTrail-Digest/"
_LAYOUT = re.compile(r"(?:^|/)AWSLogs/(?:o-[a-z0-9]+/)?(?:[0-9]{12}/(?:[^/]+/)?)?$")
"""A prefix whose next part is an organisation, account, service or region."""


def find(
    target: str, since: int | None = None, until: int | None = None, after: int | None = None
) -> Iterator[Blob | Problem | Delivered]:
    """Yield the objects, in order of key; their refs are relative to what was named.

    Raises UsageError where the bucket is not there or may not be read. What fails later is a problem, and then nothing
    is said of how far all is delivered.
    """
    now = time.time_ns() // 1_000
    listing = _Listing(read_address(target), since, until, after)
    listing.begin()
    for item in listing.items():
        if isinstance(item, Blob) and (fault := outside(item.path.partition("?")[0], since, until)):
            yield Problem(item.ref, None, fault, False, "out-of-range")
        else:
            yield item
    if not listing.failed:
        yield Delivered(now)


def open(blob: Blob) -> BinaryIO:
    """The bytes of an object as it was when it was listed. Raises OSError."""
    coming = _coming.pop(blob.path, None)
    if coming is not None:
        return coming.result()
    return _opened(blob)


def fetch(blobs: Sequence[Blob]) -> None:
    """Begin to fetch objects that are opened soon."""
    _coming.clear()  # what an earlier task left is not wanted any more
    if len(blobs) > 1:
        for blob in blobs:
            _coming[blob.path] = _threads(os.getpid()).submit(_opened, blob)


_coming: dict[str, Future[BinaryIO]] = {}
"""In a worker: objects on their way, at most those of one task."""


@lru_cache(maxsize=1)
def _threads(process: int) -> ThreadPoolExecutor:
    """Those of a process: they do not survive a fork."""
    return ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="s3")


def _opened(blob: Blob) -> BinaryIO:
    address = read_address(blob.path)
    asked: dict[str, Any] = {"Bucket": address.host, "Key": address.path}
    if blob.content:
        asked["IfMatch"] = blob.content.rpartition(" ")[2]
    if address.options.requester_pays:
        asked["RequestPayer"] = "requester"
    s3 = client("s3", address.options)
    for attempt in range(TRIES):
        try:
            body = s3.get_object(**asked)["Body"]
            if blob.size is None or blob.size > AT_ONCE:
                return cast(BinaryIO, io.BufferedReader(_Body(body), 1 << 20))
            return io.BytesIO(body.read())
        except faults() as error:
            found = meaning(error)
            if attempt == TRIES - 1 or getattr(error, "response", None) is not None:
                if found.code == "NoSuchKey":
                    raise FileNotFoundError(errno.ENOENT, "it is gone") from None
                raise OSError(errno.EIO, _said(found.code, found.fault)) from None
    raise AssertionError("it is returned or raised")


def _said(code: str, fault: str) -> str:
    """What went wrong with an object, so that one knows what to do."""
    if code in ("PreconditionFailed", "412"):
        return "it was replaced after it was listed; the next scan reads it"
    if code == "InvalidObjectState":
        return "it is archived (Glacier), and must be restored first"
    return fault


class _Body(io.RawIOBase):
    """The body of an answer, whose faults are OSErrors."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        try:
            data = self._body.read(len(buffer))
        except faults() as error:
            raise OSError(errno.EIO, meaning(error).fault) from None
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._body.close()
        super().close()


class _Place(NamedTuple):
    """A prefix to list, from behind a key."""

    prefix: str
    behind: str | None


class _Listing:
    """What is below one address."""

    def __init__(self, address: Address, since: int | None, until: int | None, after: int | None) -> None:
        self.address = address
        self.failed = False
        look_back = Duration.parse(address.options.look_back)
        bounds = [since - MARGIN if since is not None else None, after - look_back if after is not None else None]
        self._from = max((each for each in bounds if each is not None), default=None)
        self._until = until + 2 * MARGIN if until is not None else None
        self._known = None if after is None else after - look_back
        self._prefix = address.path
        self._more = {"RequestPayer": "requester"} if address.options.requester_pays else {}
        self._faults: list[Problem] = []

    def begin(self) -> None:
        """See whether the bucket answers, and whether the address is that of one object. Raises UsageError."""
        try:
            self._s3 = client("s3", self.address.options)
            found = self._page(self._prefix, MaxKeys=1).get("Contents", [])
        except faults() as error:
            said = meaning(error)
            raise UsageError(f"{self._named()}: {said.fault}", hint=said.hint) from None
        whole = bool(found) and found[0]["Key"] == self._prefix
        if self._prefix and not whole and not self._prefix.endswith("/"):
            self._prefix += "/"

    def items(self) -> Iterator[Blob | Problem]:
        """The objects, in order of the parts of their keys; a prefix that cannot be listed is a problem."""
        found: list[Blob] = []
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="s3-list") as threads:
            coming = [(place, threads.submit(self._objects, place)) for place in self._places(threads, found)]
            for place, objects in coming:
                try:
                    found += objects.result()
                except faults() as error:
                    yield self._fault(place.prefix, error)
        yield from self._faults
        yield from sorted(found, key=lambda blob: blob.ref.split("/"))

    def _fault(self, prefix: str, error: Exception) -> Problem:
        self.failed = True
        return Problem(self._named(), None, f"{prefix or 'the bucket'}: {meaning(error).fault}", True, "source")

    def _named(self) -> str:
        return self.address.text.partition("?")[0]

    def _page(self, prefix: str, **more: Any) -> dict[str, Any]:
        asked = {"Bucket": self.address.host, "Prefix": prefix, "MaxKeys": PAGE, **more, **self._more}
        page: dict[str, Any] = self._s3.list_objects_v2(**asked)
        return page

    def _pages(self, prefix: str, **more: Any) -> Iterator[dict[str, Any]]:
        while True:
            page = self._page(prefix, **more)
            yield page
            if not page.get("IsTruncated"):
                return
            more = {**more, "ContinuationToken": page["NextContinuationToken"]}

    def _places(self, threads: ThreadPoolExecutor, found: list[Blob]) -> Iterator[_Place]:
        """The prefixes that together hold all there is, but for what stands right on the way to them."""
        level = [self._prefix]
        while level:
            inner: list[str] = []
            on_the_way = [prefix for prefix in level if self._is_on_the_way(prefix)]
            for prefix, pages in [(each, threads.submit(self._level, each)) for each in on_the_way]:
                try:
                    folders, objects = pages.result()
                except faults() as error:
                    self._faults.append(self._fault(prefix, error))
                    continue
                if prefix == self._prefix and not _LAYOUT.search(prefix) and f"{prefix}AWSLogs/" not in folders:
                    yield _Place(prefix, None)
                    return
                found += objects
                inner += folders
            for prefix in level:
                if not self._is_on_the_way(prefix):
                    yield _Place(prefix, self._first_of(prefix) if _REGION.search(prefix) else None)
            level = [each for each in inner if not self._is_digest(each)]

    def _is_digest(self, key: str) -> bool:
        return _DIGEST in f"/{key}" and _DIGEST not in f"/{self._prefix}"

    def _is_on_the_way(self, prefix: str) -> bool:
        """Whether the prefixes below are looked at one by one."""
        if _LAYOUT.search(prefix):
            return True
        return prefix == self._prefix and prefix[-1:] in ("", "/") and "AWSLogs/" not in prefix

    def _level(self, prefix: str) -> tuple[list[str], list[Blob]]:
        """The prefixes right below one, and the objects there."""
        folders: list[str] = []
        objects: list[Blob] = []
        for page in self._pages(prefix, Delimiter="/"):
            folders += [each["Prefix"] for each in page.get("CommonPrefixes", [])]
            objects += self._blobs(page, _Place(prefix, None))
        return folders, objects

    def _first_of(self, prefix: str) -> str | None:
        """The key behind which the objects of a region stand that are asked for."""
        if self._from is None or self._from < 0:
            return None
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self._from)
        day = f"{prefix}{moment:%Y/%m/%d}/"
        names = re.search(r"(?:^|/)([0-9]{12})/(CloudTrail[^/]*)/([^/]+)/$", prefix)
        # Objects of the day itself are named by their minute: 111122223333_CloudTrail_eu-west-1_20260131T2355Z_...
        return f"{day}{names[1]}_{names[2]}_{names[3]}_{moment:%Y%m%dT%H%M}" if names else day

    def _objects(self, place: _Place) -> list[Blob]:
        """The objects below a prefix. Only what an earlier run has listed is left out."""
        more = {"StartAfter": place.behind} if place.behind else {}
        return [blob for page in self._pages(place.prefix, **more) for blob in self._blobs(page, place)]

    def _blobs(self, page: dict[str, Any], place: _Place) -> Iterator[Blob]:
        for said in page.get("Contents", []):
            key, modified = said["Key"], int(said["LastModified"].timestamp() * 1_000_000)
            old = self._known is not None and place.behind is None and modified < self._known
            if not (old or self._is_digest(key) or key.endswith("/")):
                ref = key[len(self._prefix) :] or key.rpartition("/")[2]
                yield blob_of(self.address, key, ref, said["Size"], said["ETag"], modified)
