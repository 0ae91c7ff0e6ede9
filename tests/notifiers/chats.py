"""What tests of chats share: judging by a schema of limits, and sending through the real outbox."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine.alert import Message
from engine.alerts import outbox
from engine.alerts.sender import Sender, Sent
from engine.notifiers import NotifierOptions
from engine.stores import Store
from tests.notifiers.made import NOW, destination

MINUTE = 60_000_000


def utf16(text: str) -> int:
    """Length as a program in JavaScript or Java counts it."""
    return len(text.encode("utf-16-le")) // 2


def changed(value: Any, path: Sequence[Any], new: Any) -> Any:
    """A copy of JSON with another value at a path; `...` takes it out."""
    first, rest = path[0], path[1:]
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    if rest:
        copy[first] = changed(copy[first], rest, new)
    elif new is ...:
        del copy[first]
    else:
        copy[first] = new
    return copy


def through_outbox(path: Path, kind: str, made: NotifierOptions, messages: Sequence[Message]) -> Sent:
    """What becomes of messages that the outbox sends, by a clock that goes 300 times as fast."""
    with Store(str(path)) as store:
        for each in messages:
            outbox.enqueue(store, "it", each._replace(time=NOW))
    began = time.monotonic()
    sender = Sender(
        lambda: Store(str(path)),
        {"it": destination(kind, made)},
        lambda: NOW + int((time.monotonic() - began) * 300 * 1_000_000),
        lambda: 0.5,
    )
    sender.start()
    return sender.wait(NOW + 60 * MINUTE)
