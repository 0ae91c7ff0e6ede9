"""SQS: objects of S3 as messages tell of them: those of S3 and CloudTrail itself, straight, by SNS or by EventBridge.

sqs://QUEUE is a queue of the account, by name; sqs://HOST/ACCOUNT/QUEUE is its whole address. A message is hidden from
others for as long as it is worked on, and deleted only when what it told of has been read and kept. One that tells of
no object is read as a log itself, as EventBridge sends on events of CloudTrail without a bucket; where it is none, it
is a fault like a file that cannot be read, and leaves the queue too.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html
"""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO, NamedTuple

from engine.errors import UsageError
from engine.model import Blob, Delivered, Problem
from engine.options import Duration
from engine.sources._aws import Address, blob_of, client, faults, meaning, read_address
from engine.sources._notices import Object, objects_of

__all__ = ["acknowledge", "find", "give_back", "news", "open"]

BATCH = 10
"""Messages of one request, at most: SQS allows no more."""

LONGEST = 10
"""Seconds to wait for a first message in one request, at most."""

PAUSE = 0.05
"""Seconds between two looks whether messages that wait have been asked for."""

SIDE_BY_SIDE = 16

_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
           "ApproximateNumberOfMessagesDelayed"]  # fmt: skip


def find(
    target: str, since: int | None = None, until: int | None = None, after: int | None = None
) -> Iterator[Blob | Problem | Delivered]:
    """Yield the objects that waiting messages tell of, and say how far the queue has delivered.

    Nothing is passed over for its date: a message must be done with. Raises UsageError where the queue is not there or
    may not be read.
    """
    try:
        yield from _queue(target).told()
    except faults() as error:
        _queues.pop(target, None)
        said = meaning(error)
        raise UsageError(f"{target.partition('?')[0]}: {said.fault}", hint=said.hint) from None


def open(blob: Blob) -> BinaryIO:
    """The text of a message that is a log itself."""
    return io.BytesIO(blob.path.encode("utf-8", "surrogatepass"))


def acknowledge(target: str, receipts: Sequence[str]) -> None:
    """Delete messages; one that told of several objects when it was named as often. What fails comes back by itself."""
    if queue := _queues.get(target):
        queue.done(receipts)


def give_back(target: str) -> None:
    """Let others see the messages that were not deleted."""
    if queue := _queues.get(target):
        queue.let_go(stashed=True)


def news(target: str, stop: threading.Event) -> Iterator[None]:
    """Yield when there is a message, which the next `find` will have."""
    while not stop.is_set():
        try:
            there = _queue(target).look(LONGEST, stop)
        except UsageError:
            there = stop.wait(LONGEST)
        except faults():
            there = stop.wait(LONGEST)  # whoever scans next says what is wrong
        if there:
            yield


_queues: dict[str, _Queue] = {}
"""What this process has of each queue."""


_making = threading.Lock()


def _queue(target: str) -> _Queue:
    with _making:  # who watches and who scans must have the same
        if target not in _queues:
            _queues[target] = _Queue(read_address(target))
        return _queues[target]


class _Message(NamedTuple):
    """A message that is hidden from others; sent: microseconds."""

    id: str
    handle: str
    body: str
    sent: int


class _Queue:
    """One queue, and the messages of it that this process holds."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.hidden = int(Duration.parse(address.options.visibility)) // 1_000_000
        self._sqs = client("sqs", address.options)
        self.url = self._url()
        self._lock = threading.Lock()
        self._held: dict[str, _Message] = {}
        self._left: dict[str, int] = {}
        self._stash: list[_Message] = []
        self._extending = False

    def _url(self) -> str:
        host, path, options = self.address.host, self.address.path, self.address.options
        if not path:
            return str(self._sqs.get_queue_url(QueueName=host)["QueueUrl"])
        return f"{(options.endpoint or f'https://{host}').rstrip('/')}/{path}"

    def told(self) -> Iterator[Blob | Problem | Delivered]:
        """What messages tell of, and then how far all is delivered."""
        self.let_go()
        found: list[tuple[_Message, list[Object]]] = []
        taken, empty, began = 0, False, 0
        while not empty and taken < self.address.options.most:
            began = time.time_ns() // 1_000
            messages = self._receive(0 if taken else int(Duration.parse(self.address.options.wait)) // 1_000_000)
            empty = not messages
            taken += len(messages)
            for message in messages:
                objects = objects_of(message.body)
                if objects is None:
                    yield self._itself(message)
                else:
                    found.append((message, objects))
        yield from self._objects(found)
        reached = self._reached(began if empty else None)
        if reached is not None:
            yield Delivered(reached)

    def _itself(self, message: _Message) -> Blob:
        """A message that tells of no object, as a log."""
        self._left[message.id] = 1
        size = len(message.body.encode("utf-8", "surrogatepass"))
        content = f"{self.url} {message.id}"
        return Blob("sqs", f"message {message.id}", message.body, True, size, message.sent, content, message.id)

    def _objects(self, found: list[tuple[_Message, list[Object]]]) -> Iterator[Blob | Problem]:
        nothing = [message.id for message, objects in found if not objects]
        for message, objects in found:
            self._left[message.id] = len(objects)
        self._delete(nothing)
        asked = [(message, each) for message, objects in found for each in objects]
        with ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="sqs-head") as threads:
            yield from threads.map(self._blob, asked)

    def _blob(self, asked: tuple[_Message, Object]) -> Blob | Problem:
        message, each = asked
        query = self.address.text.partition("?")[2]
        bucket = Address(f"s3://{each.bucket}?{query}", each.bucket, "", self.address.options)
        ref = f"{each.bucket}/{each.key}"
        if each.size is None or each.etag is None:
            try:
                said = client("s3", bucket.options).head_object(Bucket=each.bucket, Key=each.key)
            except faults() as error:
                found = meaning(error)
                if found.code in ("404", "NoSuchKey"):
                    self.done([message.id])
                    return Problem(ref, None, "it is gone", True, "gone")
                self._left.pop(message.id, None)  # it is told of once more, later
                return Problem(ref, None, f"cannot be read: {found.fault}", True, "unreadable")
            each = each._replace(size=said["ContentLength"], etag=said["ETag"])
        blob = blob_of(bucket, each.key, ref, each.size or 0, each.etag or "", None)
        return blob._replace(receipt=message.id)

    def _reached(self, empty_at: int | None) -> int | None:
        """Up to when all that was sent has been received; None where nobody can tell.

        Messages that a process held when it died are hidden for a while, so an empty answer alone says nothing.
        """
        said = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=_COUNTS)["Attributes"]
        waiting, hidden, delayed = (int(said.get(name, 0)) for name in _COUNTS)
        with self._lock:
            held, oldest = len(self._held), min((each.sent for each in self._held.values()), default=None)
        if empty_at is not None and not waiting and not delayed and hidden <= held:
            return empty_at
        return None if oldest is None else oldest - self.hidden * 1_000_000

    def look(self, seconds: int, stop: threading.Event) -> bool:
        """Wait for a message, and keep it for whoever asks next; whether there is one."""
        while self._stash and not stop.is_set():  # nobody has asked yet
            stop.wait(PAUSE)
        return bool(self._receive(seconds, to_keep=True))

    def _receive(self, seconds: int, *, to_keep: bool = False) -> list[_Message]:
        """Messages that wait here or come within so many seconds; to keep: for whoever asks next."""
        with self._lock:
            stash, self._stash = self._stash, []
        if stash:
            return stash
        said = self._sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=seconds, VisibilityTimeout=self.hidden,
            MessageSystemAttributeNames=["SentTimestamp"],
        )  # fmt: skip
        found = [
            _Message(each["MessageId"], each["ReceiptHandle"], each["Body"], _sent(each))
            for each in said.get("Messages", [])
        ]
        with self._lock:
            self._held.update((message.id, message) for message in found)
            self._stash += found if to_keep else []
            begin = bool(found) and not self._extending
            self._extending = self._extending or begin
        if begin:
            threading.Thread(target=self._extend, daemon=True, name="sqs-visibility").start()
        return found

    def _extend(self) -> None:
        """Keep what is held hidden, until nothing is held any more."""
        while True:
            time.sleep(max(0.2, self.hidden / 3))
            with self._lock:
                held = list(self._held.values())
                if not held:
                    self._extending = False
                    return
            self._hide(held, self.hidden)

    def _hide(self, messages: Sequence[_Message], seconds: int) -> None:
        for start in range(0, len(messages), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": each.handle, "VisibilityTimeout": seconds}
                for number, each in enumerate(messages[start : start + BATCH])
            ]
            try:
                self._sqs.change_message_visibility_batch(QueueUrl=self.url, Entries=entries)
            except faults():
                return  # what is seen by others too is read twice, and known

    def let_go(self, *, stashed: bool = False) -> None:
        """Give back what an earlier scan has not brought to its end; stashed: also what nobody has asked for yet."""
        with self._lock:
            self._stash = [] if stashed else self._stash
            stash = {message.id for message in self._stash}
            held = [message for message in self._held.values() if message.id not in stash]
            for message in held:
                del self._held[message.id]
        self._left.clear()
        self._hide(held, 0)

    def done(self, receipts: Sequence[str]) -> None:
        """Note that objects were read; delete the messages of which all are."""
        finished: list[str] = []
        with self._lock:
            for receipt in receipts:
                left = self._left.get(receipt)
                if left is not None:
                    self._left[receipt] = left - 1
                    if left == 1:
                        finished.append(receipt)
        self._delete(finished)

    def _delete(self, ids: Sequence[str]) -> None:
        with self._lock:
            messages = [self._held.pop(id) for id in ids if id in self._held]
        for start in range(0, len(messages), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": each.handle}
                for number, each in enumerate(messages[start : start + BATCH])
            ]
            try:
                self._sqs.delete_message_batch(QueueUrl=self.url, Entries=entries)
            except faults():
                return  # they come back, and are known


def _sent(message: dict[str, Any]) -> int:
    return int(message.get("Attributes", {}).get("SentTimestamp", time.time() * 1_000)) * 1_000
