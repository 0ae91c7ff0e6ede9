"""Bugs in what is read from where; engine/sources/."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

S3 = "engine/sources/s3.py"
SQS = "engine/sources/sqs.py"
NOTICES = "engine/sources/_notices.py"
AWS = "engine/sources/_aws.py"

BUGS = [
    Bug(
        "a later listing begins where the last one ended",
        S3,
        "after - look_back if after is not None else None]",
        "after if after is not None else None]",
    ),
    Bug("a listing begins at no minute but at the day", S3, "if names else day", "if False else day"),
    Bug(
        "a part of the listing that fails is not said",
        S3,
        "                    yield self._fault(place.prefix, error)\n",
        "                    pass\n",
    ),
    Bug("all is delivered though a part could not be listed", S3, "    if not listing.failed:\n", "    if True:\n"),
    Bug("digests are listed", S3, 'return _DIGEST in f"/{key}" and _DIGEST not in f"/{self._prefix}"', "return False"),
    Bug("only the first page is listed", S3, '            if not page.get("IsTruncated"):\n', "            if True:\n"),
    Bug("a prefix is no folder", S3, '            self._prefix += "/"\n', "            pass\n"),
    Bug("an object that was replaced is read", S3, "    if blob.content:\n", "    if False:\n"),
    Bug("a body that breaks off is a fault at once", S3, "attempt == TRIES - 1 or", "True or"),
    Bug(
        "objects fetched ahead are mixed up",
        S3,
        "_coming.pop(blob.path, None)",
        "_coming.pop(next(iter(_coming), None), None)",
    ),
    Bug("keys with a question mark lose their end", AWS, '.replace("?", "%3F")', ""),
    Bug(
        "content is known by its hash alone",
        AWS,
        'content = f"{address.host}/{key} {etag.strip(chr(34))}"',
        'content = f" {etag.strip(chr(34))}"',
    ),
    Bug(
        "a message is deleted when its first object is read",
        SQS,
        "                    if left == 1:\n",
        "                    if True:\n",
    ),
    Bug("messages are not hidden any longer", SQS, "            self._hide(held, self.hidden)\n", "            pass\n"),
    Bug("what is not read is not given back", SQS, "        self._hide(held, 0)\n", "        pass\n"),
    Bug(
        "an empty answer means that all is delivered", SQS, " and not waiting and not delayed and hidden <= held:", ":"
    ),
    Bug(
        "while more waits all is delivered",
        SQS,
        "return None if oldest is None else oldest - self.hidden * 1_000_000",
        "return time.time_ns() // 1_000",
    ),
    Bug("tests stay in the queue", SQS, "        self._delete(nothing)\n", ""),
    Bug(
        "a message that tells of nothing is deleted",
        SQS,
        "                    yield self._itself(message)\n",
        "                    self._delete([message.id])\n",
    ),
    Bug(
        "a denied object is forgotten",
        SQS,
        "                self._left.pop(message.id, None)  # it is told of once more, later\n",
        "                self.done([message.id])\n",
    ),
    Bug(
        "keys of S3 stay as in a form",
        NOTICES,
        'unquote_plus(record["s3"]["object"]["key"])',
        'record["s3"]["object"]["key"]',
    ),
    Bug("removed objects are read", NOTICES, 'startswith("ObjectCreated:")', 'startswith("Object")'),
    Bug(
        "the second object of a message is not told of",
        NOTICES,
        "([keys] if isinstance(keys, str) else keys)]",
        "([keys] if isinstance(keys, str) else keys[:1])]",
    ),
]
