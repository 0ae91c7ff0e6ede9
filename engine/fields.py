"""How a dotted field name finds its value in a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import UNSET

__all__ = ["flatten", "getter", "resolve", "scalars"]


def flatten(value: Any) -> Iterator[Any]:
    """The members of a list, those of lists inside it too, in order; anything else is its own only member.

    Without recursion: a log may nest lists deeper than Python's stack.
    """
    if type(value) is not list:
        yield value
        return
    stack = [iter(value)]
    while stack:
        for member in stack[-1]:
            if type(member) is list:
                stack.append(iter(member))
                break
            yield member
        else:
            stack.pop()


def resolve(value: Any, segments: tuple[str, ...]) -> Any:
    """The value at a path: one value, a list of several where the path runs through lists, or UNSET.

    At every object the longest key wins that leads to a value: of "a.b.c" first the key "a.b.c", then "a.b", then "a".
    """
    if not segments:
        return value
    if type(value) is dict:
        for length in range(len(segments), 0, -1):
            key = ".".join(segments[:length])
            if key in value:
                found = resolve(value[key], segments[length:])
                if found is not UNSET:
                    return found
    elif type(value) is list:
        members = [found for member in flatten(value) if (found := resolve(member, segments)) is not UNSET]
        if members:
            return members
    return UNSET


def getter(path: str) -> Callable[[dict[str, Any]], Any]:
    """`resolve` for one path, without the work that most records do not need."""
    segments = tuple(path.split("."))
    if len(segments) == 1:
        return lambda record: record.get(path, UNSET)
    head, rest = segments[0], segments[1:]
    if len(segments) == 2:
        last = segments[1]

        def two(record: dict[str, Any]) -> Any:
            if path in record:
                return record[path]
            inner = record.get(head, UNSET)
            if type(inner) is dict:
                return inner.get(last, UNSET)
            return resolve(inner, rest) if type(inner) is list else UNSET

        return two
    return lambda record: resolve(record, segments)


def scalars(record: Any) -> Iterator[Any]:
    """Every value of a record that is no list, object or null, at any depth, in order; keys are not values."""
    stack = [record]
    while stack:
        value = stack.pop()
        kind = type(value)
        if kind is dict:
            stack.extend(reversed(value.values()))
        elif kind is list:
            stack.extend(reversed(value))
        elif value is not None:
            yield value
