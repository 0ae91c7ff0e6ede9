"""How values are written."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence

from engine.check.finding import Found, Severity, check
from engine.check.subject import Item, Subject

_PLACES = ("contains", "startswith", "endswith")
_REWRITTEN = ("re", "base64", "base64offset", "wide", "utf16", "utf16le", "utf16be", "cidr", "expand", "fieldref")
"""Modifiers after which a value is no longer the text as written."""


@check(Severity.note)
def wildcard_for_modifier(subject: Subject) -> Iterator[Found]:
    """A wildcard at the end of a value where a modifier says the same: `'*foo*'` is `|contains: foo`.

    The modifier says at a glance what is meant, and cannot be spoilt by a `*` or `?` in the value that is meant as
    itself.
    """
    for item in subject.items:
        if item.field is None or item.has(*_PLACES, *_REWRITTEN):
            continue
        shapes = {_shape(value) for _, value in item.values}
        if len(shapes) == 1 and (modifier := shapes.pop()) is not None:
            name = "|".join([item.field, modifier, *item.modifiers])
            yield Found(f'wildcards do what "{modifier}" is for', f'write "{name}:" and no *', item.steps, key=True)


@check(Severity.note)
def wildcard_and_modifier(subject: Subject) -> Iterator[Found]:
    """A `*` at the end of a value where its modifier allows anything: in `|contains: '*foo'` it does nothing."""
    for item in subject.items:
        if item.has(*_REWRITTEN):
            continue
        for steps, value in item.values:
            if not isinstance(value, str) or len(value) < 2:
                continue
            begins = value[0] == "*" and item.has("contains", "endswith")
            ends = _open_end(value) and item.has("contains", "startswith")
            if begins or ends:
                yield Found(f'the * of "{value}" does nothing: the modifier allows anything there', "remove it", steps)


@check(Severity.warning)
def duplicate_value(subject: Subject) -> Iterator[Found]:
    """The same value twice in one list, or twice but for the case of letters where case does not count."""
    for item in subject.items:
        if len(item.values) < 2:
            continue
        seen: set[tuple[str, str]] = set()
        for steps, value in item.values:
            if isinstance(value, dict | list):
                continue
            text = str(value) if item.has("cased", *_REWRITTEN) else str(value).lower()
            key = (str(isinstance(value, str)), text)
            if key in seen:
                yield Found(f'"{value}" stands in the list already', "remove it", steps)
            seen.add(key)


@check(Severity.note)
def covered_value(subject: Subject) -> Iterator[Found]:
    """Values that a shorter one of the same list includes: beside `|contains: foo`, `foobar` adds nothing."""
    for item in subject.items:
        if item.has("all", "neq", *_REWRITTEN) or not item.has(*_PLACES):
            continue
        texts = {
            value if item.has("cased") else value.lower(): (steps, value)
            for steps, value in item.values
            if isinstance(value, str) and value and _plain(value)
        }
        sizes = sorted({len(text) for text in texts})
        covered = [(text, wider) for text in texts if (wider := _wider(item, text, texts, sizes)) is not None]
        if covered:
            steps, value = texts[covered[0][0]]
            more = f", and {len(covered) - 1} more" if len(covered) > 1 else ""
            fault = f'"{value}" adds nothing to "{texts[covered[0][1]][1]}", which stands in the same list{more}'
            yield Found(fault, "remove it" if len(covered) == 1 else "remove them", steps)


@check(Severity.warning)
def empty_text(subject: Subject) -> Iterator[Found]:
    """An empty value under `contains`, `startswith` or `endswith`, which any text matches."""
    for item in subject.items:
        for steps, value in item.values:
            if value == "" and item.has(*_PLACES):
                yield Found(
                    "any text matches an empty value", 'to ask whether a field is there, write "|exists: true"', steps
                )


def _shape(value: object) -> str | None:
    """The modifier that the wildcards of a value stand for."""
    if not isinstance(value, str) or len(value) < 2:
        return None
    begins, ends = value[0] == "*", _open_end(value)
    inner = value[begins : len(value) - ends]
    if not inner or not _plain(inner) or not (begins or ends):
        return None
    return "contains" if begins and ends else "startswith" if ends else "endswith"


def _open_end(value: str) -> bool:
    """Whether a value ends with a * that is a wildcard."""
    body = value[:-1]
    return value.endswith("*") and (len(body) - len(body.rstrip("\\"))) % 2 == 0


def _plain(text: str) -> bool:
    return not any(mark in text for mark in "*?")


def _wider(item: Item, text: str, texts: Mapping[str, object], sizes: Sequence[int]) -> str | None:
    """A shorter text of the list that matches wherever this one does; `sizes` are the lengths of all of them."""
    shorter = sizes[: bisect_left(sizes, len(text))]
    if item.has("startswith"):
        parts = (text[:size] for size in shorter)
    elif item.has("endswith"):
        parts = (text[-size:] for size in shorter)
    else:
        parts = (text[at : at + size] for size in shorter for at in range(len(text) - size + 1))
    return next((part for part in parts if part in texts), None)
