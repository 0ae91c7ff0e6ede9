"""One file of a run that goes on from others: what was read of it before, and how far this run has come."""

from __future__ import annotations

import hashlib
from functools import cached_property

from engine import sources
from engine.model import Blob
from engine.stores import Entry

__all__ = ["File"]

_CHUNK = 1 << 20


class File:
    """One file.

    target  what the user named; place: what that is remembered by
    before  how an earlier run has read it; under another name, where it was rotated
    """

    def __init__(self, target: str, place: str, blob: Blob, before: Entry | None) -> None:
        self.target = target
        self.place = place
        self.blob = blob
        self.before = before
        self.size = blob.size or 0
        self.events = 0

    @cached_property
    def _digests(self) -> tuple[bytes, bytes] | None:
        """Of as many bytes as were read before, and of as many as were listed; None of a stream, or what is gone."""
        if self.blob.size is None:
            return None
        if self.blob.content is not None:
            known = hashlib.blake2b(self.blob.content.encode("utf-8", "surrogatepass"), digest_size=20).digest()
            return known, known
        cut = self.before.size if self.before else 0
        digest, start, left = hashlib.blake2b(digest_size=20), None, self.size
        try:
            with sources.source(self.blob.source).open(self.blob) as stream:
                for want in (min(cut, left), left - min(cut, left)):
                    while want and (chunk := stream.read(min(want, _CHUNK))):
                        digest.update(chunk)
                        want -= len(chunk)
                    start = start or digest.digest()
        except OSError:
            return None
        return start or b"", digest.digest()

    @property
    def body(self) -> str | None:
        """What is to be kept of a file that cannot be decoded, where nobody else keeps it: the text of a message."""
        return self.blob.path if self.blob.source == "sqs" else None

    @property
    def content(self) -> bytes | None:
        """Digest of the file as it was listed."""
        return self._digests and self._digests[1]

    @cached_property
    def skip(self) -> int:
        """The number of the last record that an earlier run has taken, where the file has only grown since."""
        before, digests = self.before, self._digests
        return before.position if before and digests and digests[0] == before.content else 0

    @property
    def was_replaced(self) -> bool:
        """Whether it holds something else than what was read of it."""
        return bool(self.before and self.before.position and not self.skip)

    def begins_with(self, entry: Entry) -> bool:
        """Whether its first bytes are what was read of another file."""
        return entry.content == self._digest(entry.size)

    def _digest(self, size: int) -> bytes | None:
        """Of so many bytes from the start; None where they cannot be read."""
        digests = File(self.target, self.place, self.blob._replace(size=size), None)._digests
        return digests and digests[1]

    @cached_property
    def position(self) -> int:
        """The number of the last record with a detection that was taken."""
        return self.skip
