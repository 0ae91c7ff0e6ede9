"""sqs: a message as JSON in a queue of Amazon SQS. Needs the extra: pip install "detect-engine[aws]"."""

from __future__ import annotations

import re
from typing import ClassVar

from engine.alert import Delivered, Message, Outcome
from engine.notifiers import Undelivered, good_url
from engine.notifiers._aws import AwsOptions, attributes, body, digest, weight

__all__ = ["Notifier"]

_REGION = re.compile(r"https://(?:[\w-]+\.)?sqs(?:-fips)?\.([a-z0-9-]+)\.(?:vpce\.)?amazonaws\.", re.ASCII)
_SHORTER = re.compile(r"shorter than (\d{4,7}) bytes")


class Notifier(AwsOptions, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """Puts messages into a queue of Amazon SQS, for programs. Needs the extra: pip install "detect-engine[aws]"

        notifiers:
          soar:
            type: sqs
            queue: https://sqs.eu-west-1.amazonaws.com/111122223333/alerts

    The body is the whole message as JSON, cut to what the queue takes. Its attributes say action, level, severity (1 to
    5), id, thread, rules, tags and logsources. Who sends needs sqs:SendMessage, and kms:GenerateDataKey and kms:Decrypt
    for a queue with a key of its own. A FIFO queue keeps the order of a thread, and takes a repeat once.

    queue  its URL
    """

    service: ClassVar[str] = "sqs"

    queue: str

    def check(self) -> None:
        """See `NotifierOptions.check`."""
        super().check()
        good_url("queue", self.queue)
        if not re.search(r"/[\w-]{1,80}(?:\.fifo)?\Z", self.queue, re.ASCII):
            raise ValueError("queue: the URL ends with the name of the queue")

    @property
    def place(self) -> str | None:
        """See `AwsOptions.place`: the URL has it."""
        found = _REGION.match(self.queue)
        return self.region or (found[1] if found else None)

    def deliver(self, message: Message) -> Outcome:
        """See `NotifierOptions.deliver`. A queue may take less than its service does, and says how much."""
        try:
            self._put(message, self.longest)
        except Undelivered as end:
            found = _SHORTER.search(end.outcome.reason)
            if found is None or not 1_024 <= int(found[1]) <= self.longest:
                raise
            self._put(message, int(found[1]) - 1)
        return Delivered()

    def _put(self, message: Message, longest: int) -> None:
        given = attributes(message, longest)
        more = {}
        if self.queue.endswith(".fifo"):
            more = {"MessageGroupId": digest(message.thread), "MessageDeduplicationId": digest(message.id)}
        self.ask(
            "send_message", QueueUrl=self.queue, MessageBody=body(message, longest - weight(given)),
            MessageAttributes=given, **more,
        )  # fmt: skip
