"""Two scans of the same logs by other rules: what one finds and the other does not, by rule and by principal."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from engine.glance import who
from engine.hit import Episode
from engine.model import Detection, RuleHead, Summary

__all__ = ["Difference", "Seen", "compared"]


class Mark(NamedTuple):
    """One detection: whose it is, and what it says beside that it is there."""

    who: str
    said: str


class Fired:
    """What one rule has found. name: by which the same rule is known in another set."""

    def __init__(self, name: str, title: str) -> None:
        self.name, self.title = name, title
        self.marks: dict[bytes, Mark] = {}


class Seen:
    """An output that writes nothing, and remembers of what was found as much as is needed to compare it.

    That takes some 200 bytes a detection. A rule is known by its id, else by its title; an event by the id that its log
    gives it, else by its place; an episode by its group and when it began.
    """

    extension = ""
    person = False
    lines = True

    def __init__(self) -> None:
        self.rules: dict[str, Fired] = {}

    @staticmethod
    def row(detection: Detection) -> tuple[str, str, bytes, Mark]:
        """What is kept of it."""
        rule, event = detection.rule, detection.events[0]
        known = event.id or f"{event.ref.file} {event.ref.position}"
        return _name(rule), rule.title, _digest(known), Mark(who(event), rule.level.name)

    def start(self) -> None:
        """There is nothing to begin."""

    def write(self, row: tuple[str, str, bytes, Mark]) -> None:
        """One detection."""
        name, title, event, mark = row
        self._fired(name, title).marks[event] = mark

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """One episode; what was said of it last counts."""
        del new
        group = ", ".join("–" if value is None else value for _, value in episode.group)
        said = f"{correlation.level.name} {episode.end} {episode.hits} {episode.value}"
        marks = self._fired(_name(correlation), correlation.title).marks
        marks[_digest(f"{episode.start} {episode.group!r}")] = Mark(group, said)

    def close(self, summary: Summary) -> None:
        """Nor is there anything to end."""

    def _fired(self, name: str, title: str) -> Fired:
        if name not in self.rules:
            self.rules[name] = Fired(name, title)
        return self.rules[name]


class Difference(NamedTuple):
    """One rule in both sets.

    name            by which it is known: its id, else its title
    before, after   how often it fired with the one set and with the other
    new, gone       of these those that the other has not; changed: those of which it says something else
    who_new, who_gone  whose they are -> how many
    """

    name: str
    title: str
    before: int
    after: int
    new: int
    gone: int
    changed: int
    who_new: Counter[str]
    who_gone: Counter[str]


def compared(before: Mapping[str, Fired], after: Mapping[str, Fired]) -> list[Difference]:
    """Each rule that fired with either set; those with most differences first."""
    found = [_difference(before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys())]
    return sorted(found, key=lambda each: (-each.new - each.gone - each.changed, -each.after, each.title, each.name))


def _difference(before: Fired | None, after: Fired | None) -> Difference:
    one = after or before
    assert one is not None  # noqa: S101 -- a name stands in one of the two
    was: Mapping[bytes, Mark] = before.marks if before else {}
    now: Mapping[bytes, Mark] = after.marks if after else {}
    new, gone = now.keys() - was.keys(), was.keys() - now.keys()
    changed = sum(was[each].said != now[each].said for each in was.keys() & now.keys())
    return Difference(
        one.name, one.title, len(was), len(now), len(new), len(gone), changed,
        Counter(now[each].who for each in new), Counter(was[each].who for each in gone),
    )  # fmt: skip


def _name(rule: RuleHead) -> str:
    return rule.id or rule.title


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).digest()
