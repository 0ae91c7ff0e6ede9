"""What every notifier is: options, declarations, and a `send` that always answers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import msgspec

from engine.alert import Action, Message, Outcome, Refused, Retry
from engine.destination import Part, Rate
from engine.secret import Secret
from engine.terminal import visible

__all__ = ["ALL", "NotifierOptions", "Undelivered"]

ALL: frozenset[Action] = frozenset(("trigger", "update", "acknowledge", "resolve"))

LONGEST_REASON = 400


class Undelivered(Exception):
    """Ends a `deliver` from wherever it stands; `outcome` is what becomes of the message."""

    def __init__(self, outcome: Retry | Refused) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class NotifierOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """What all notifiers have in common.

    templates  part -> template, in place of the one that comes with the notifier
    """

    parts: ClassVar[Mapping[str, Part]] = {}
    """The texts that templates make for it, by the names under which it finds them in `Message.parts`."""

    rates: ClassVar[tuple[Rate, ...]] = ()
    """How much the destination takes, all of them at once; the outbox waits accordingly."""

    templates: dict[str, str] = {}

    def __post_init__(self) -> None:
        unknown = [name for name in self.templates if name not in self.parts]
        if unknown:
            known = f"one of {', '.join(self.parts)}" if self.parts else "it has none"
            raise ValueError(f'templates: there is no part "{unknown[0]}" to write a template for; {known}')
        self.check()

    @property
    def actions(self) -> frozenset[Action]:
        """What the destination is told. One that cannot change what it was sent leaves out "update"."""
        return ALL

    def check(self) -> None:
        """Raise ValueError, beginning with the name of the option and a colon, where options contradict each other."""

    def deliver(self, message: Message) -> Outcome:
        """Send the message once, and say what became of it.

        Idempotent as far as the destination allows: `message.id` is the same when the same message comes again, and
        the first time it may have arrived. May raise Undelivered.
        """
        raise NotImplementedError

    def send(self, message: Message) -> Outcome:
        """`deliver`, which may fail as it likes: what it raises is "not now", no reason holds a secret or an escape."""
        try:
            outcome = self.deliver(message)
        except Undelivered as end:
            outcome = end.outcome
        except Exception as error:  # noqa: BLE001 -- a message is never lost to a notifier's own fault
            outcome = Retry(f"{type(error).__name__}: {error}")
        if isinstance(outcome, (Retry, Refused)):
            return outcome._replace(reason=self._reason(outcome.reason))
        return outcome

    def close(self) -> None:
        """Let go of connections; `send` opens them again."""

    def _reason(self, reason: str) -> str:
        for secret in sorted(secrets_of(self), key=len, reverse=True):
            reason = reason.replace(secret, "***")
        return visible(" ".join(reason.split()))[:LONGEST_REASON]


def secrets_of(options: Any) -> Iterator[str]:
    """The texts of all secrets among options, as far as they can be read, and the parts of addresses among them."""
    if isinstance(options, Secret):
        try:
            text = options.reveal()
        except ValueError:
            return
        yield from (part for part in (text, *re.split(r"[/?&=@:]", text)) if len(part) >= 8 or (part and part == text))
    elif isinstance(options, msgspec.Struct):
        for name in options.__struct_fields__:
            yield from secrets_of(getattr(options, name))
    elif isinstance(options, dict):
        for value in options.values():
            yield from secrets_of(value)
    elif isinstance(options, (list, tuple)):
        for value in options:
            yield from secrets_of(value)
