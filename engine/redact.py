"""Redaction: what of a log is not to be shown, by field path; applied before anything is written or told.

Matching and correlating see the log as it is. What a path names is dropped, masked, or replaced by a pseudonym, which
is the same for the same value, so that one can still tell that it was one person, count, and search. The same values
are also replaced wherever else they stand in what is shown of an event: `alice` in an ARN, in a title, in a key.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from engine.alert import Alert
from engine.hit import Episode, Evidence
from engine.model import Detection, Event, Matched
from engine.secret import Secret
from engine.values import text_of

__all__ = ["MASK", "RedactSettings", "Redactor"]

MASK = "[redacted]"

SHORTEST = 4
"""Characters of a value that is replaced within other texts; shorter ones only where they are the whole text."""

_PSEUDONYM = re.compile(r"pseudonym-[0-9a-f]{16}")
_DROP = object()
Path = tuple[str, ...]


class RedactSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What of a log is not shown, by field path: `userIdentity.userName`, `requestParameters.*.password`.

    drop       fields that are left out
    mask       fields whose values are "[redacted]"
    pseudonym  fields whose values are replaced by a keyed hash: the same value, the same pseudonym
    key        of the hash, at least 16 characters; a secret
    """

    drop: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    pseudonym: tuple[str, ...] = ()
    key: Secret | None = None

    def __post_init__(self) -> None:
        for option, paths in (("drop", self.drop), ("mask", self.mask), ("pseudonym", self.pseudonym)):
            for path in paths:
                if not all(path.split(".")) or path.strip("*.") == "":
                    raise ValueError(f'{option}: "{path}" is no path of a field')
        if self.pseudonym and self.key is None:
            raise ValueError("key: pseudonyms need a key, as a secret: {env: NAME} or {file: PATH}")

    def redactor(self) -> Redactor:
        """What does it. Raises ValueError where the key cannot be read or is too short."""
        key = "" if self.key is None or not self.pseudonym else self.key.reveal()
        return Redactor(self.drop, self.mask, self.pseudonym, key.encode())


class _Seen(NamedTuple):
    """What is replaced by what, and a search for those that are long enough to be sought in other texts."""

    whole: dict[str, str]
    within: re.Pattern[str] | None


class Redactor:
    """Redacts by path. Plain data and pickled as such.

    drop, mask, pseudonym  dotted paths; through lists any member, `*` for any one name. What a path leads to goes
                           with all that is in it
    key                    of the pseudonyms: who has it can tell whether a pseudonym is of a value they guess
    """

    def __init__(
        self, drop: Iterable[str] = (), mask: Iterable[str] = (), pseudonym: Iterable[str] = (), key: bytes = b""
    ) -> None:
        self._given = (tuple(drop), tuple(mask), tuple(pseudonym), key)
        if self._given[2] and len(key) < 16:
            raise ValueError("pseudonyms need a key of at least 16 bytes")
        ways: Sequence[Callable[[str], Any]] = (lambda _: _DROP, lambda _: MASK, self._pseudonym)
        self._rules = [
            (tuple(path.split(".")), way) for paths, way in zip(self._given[:3], ways, strict=True) for path in paths
        ]

    def __reduce__(self) -> tuple[Any, ...]:
        return Redactor, self._given

    def __bool__(self) -> bool:
        return bool(self._rules)

    def detection(self, detection: Detection) -> Detection:
        """A detection as it may be shown."""
        seen: dict[str, str] = {}
        for event in detection.events:
            self._collect(event.fields, seen)
            self._collect(event.record, seen)
            self._collect(dict(event.derived), seen)
        known = _known(seen)
        return detection._replace(
            group=tuple((name, self._named(name, value, known)) for name, value in detection.group),
            matched=tuple(self._matched(one, known) for one in detection.matched),
            events=tuple(self._event(event, known) for event in detection.events),
        )

    def alert(self, alert: Alert) -> Alert:
        """An alert as it may be told; its key, title and value as far as they hold what its fields do."""
        seen: dict[str, str] = {}
        self._collect(alert.fields, seen)
        self._collect(dict(alert.group), seen)
        for one in alert.evidence:
            self._collect(one.shown, seen)
        known = _known(seen)
        return alert._replace(
            key=_within(alert.key, known),
            title=_within(alert.title, known),
            value=_within(alert.value, known) if isinstance(alert.value, str) else alert.value,
            group=tuple((name, self._named(name, value, known)) for name, value in alert.group),
            fields=self._shown(alert.fields, known),
            evidence=tuple(self._evidence(one, known) for one in alert.evidence),
        )

    def episode(self, episode: Episode) -> Episode:
        """An episode as it may be shown."""
        seen: dict[str, str] = {}
        self._collect(dict(episode.group), seen)
        self._collect(episode.values, seen)
        for one in episode.evidence:
            self._collect(one.shown, seen)
        known = _known(seen)
        return episode._replace(
            value=_within(episode.value, known) if isinstance(episode.value, str) else episode.value,
            group=tuple((name, self._named(name, value, known)) for name, value in episode.group),
            values=self._shown(episode.values, known),
            evidence=tuple(self._evidence(one, known) for one in episode.evidence),
        )

    def event(self, event: Event) -> Event:
        """An event as it may be shown."""
        seen: dict[str, str] = {}
        for record in (event.fields, event.record, dict(event.derived)):
            self._collect(record, seen)
        return self._event(event, _known(seen))

    def _event(self, event: Event, known: _Seen) -> Event:
        return event._replace(
            fields=self._shown(event.fields, known),
            original=None if event.original is None else self._shown(event.original, known),
            derived=tuple(self._shown(dict(event.derived), known).items()),
        )

    def _evidence(self, evidence: Evidence, known: _Seen) -> Evidence:
        return evidence._replace(shown=self._shown(evidence.shown, known))

    def _matched(self, matched: Matched, known: _Seen) -> Matched:
        value = matched.value
        if matched.field is not None:
            value = self._named(matched.field, value, known)
        return matched._replace(value=_swept(value, known))

    def _shown(self, record: Mapping[str, Any], known: _Seen) -> dict[str, Any]:
        kept: dict[str, Any] = _swept(self._walked(dict(record), [(path, way) for path, way in self._rules]), known)
        return kept

    def _named(self, name: str, value: Any, known: _Seen) -> Any:
        """A value that stands alone under the name of its field."""
        segments = tuple(name.split("."))
        for path, way in self._rules:
            if len(path) <= len(segments) and all(_is(one, two) for one, two in zip(path, segments, strict=False)):
                replaced = _replaced(value, way)
                return None if replaced is _DROP else replaced
        return _swept(value, known)

    def _walked(self, value: Any, rules: Sequence[tuple[Path, Callable[[str], Any]]]) -> Any:
        """The value without what the rest of some paths names; only what changes is made anew."""
        if isinstance(value, dict):
            made = {}
            for name, one in value.items():
                below = [(path[n:], way) for path, way in rules if (n := _eaten(path, str(name)))]
                done = next((way for path, way in below if not path), None)
                kept = _replaced(one, done) if done else self._walked(one, below) if below else one
                if kept is not _DROP:
                    made[name] = kept
            return made
        if isinstance(value, (list, tuple)):
            return [kept for one in value if (kept := self._walked(one, rules)) is not _DROP]
        return value

    def _collect(self, record: Mapping[str, Any], seen: dict[str, str]) -> None:
        """Note what the paths lead to, and what takes its place elsewhere."""
        todo: list[tuple[Any, Sequence[tuple[Path, Callable[[str], Any]]]]] = [(record, self._rules)]
        while todo:
            value, rules = todo.pop()
            if isinstance(value, dict):
                for name, one in value.items():
                    below = [(path[n:], way) for path, way in rules if (n := _eaten(path, str(name)))]
                    done = next((way for path, way in below if not path), None)
                    if done:
                        for text in _texts(one):
                            kept = done(text)
                            seen.setdefault(text, MASK if kept is _DROP else kept)
                    elif below:
                        todo.append((one, below))
            elif isinstance(value, (list, tuple)):
                todo += [(one, rules) for one in value]

    def _pseudonym(self, text: str) -> str:
        if _PSEUDONYM.fullmatch(text):
            return text
        digest = hmac.new(self._given[3], text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        return f"pseudonym-{digest[:16]}"


def _eaten(path: Path, name: str) -> int:
    """How many segments of a path a key takes: "a.b" takes two. 0: it is another key."""
    segments = name.split(".")
    if len(segments) > len(path):
        return 0
    return len(segments) if all(_is(one, two) for one, two in zip(path, segments, strict=False)) else 0


def _is(segment: str, name: str) -> bool:
    return segment in ("*", name)


def _replaced(value: Any, way: Callable[[str], Any]) -> Any:
    """What takes the place of a value: of each that is in it, so that the shape stays. Null is nobody's secret."""
    if way("") is _DROP:
        return _DROP
    if value is None:
        return None
    if isinstance(value, dict):
        return {name: _replaced(one, way) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(one, way) for one in value]
    text = text_of(value)
    return way(str(value) if text is None else text)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _texts(one)]
    text = None if isinstance(value, bool) else text_of(value)
    return [text] if text else []


def _known(seen: dict[str, str]) -> _Seen:
    parts = sorted((one for one in seen if len(one) >= SHORTEST), key=len, reverse=True)
    return _Seen(seen, re.compile("|".join(map(re.escape, parts))) if parts else None)


def _within(text: str, known: _Seen) -> str:
    """A text with every known value in it replaced."""
    if text in known.whole:
        return known.whole[text]
    return known.within.sub(lambda found: known.whole[found[0]], text) if known.within else text


def _swept(value: Any, known: _Seen) -> Any:
    """The value with known values replaced in all of its texts."""
    if not known.whole:
        return value
    if isinstance(value, str):
        return _within(value, known)
    if isinstance(value, dict):
        return {name: _swept(one, known) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_swept(one, known) for one in value]
    return value
