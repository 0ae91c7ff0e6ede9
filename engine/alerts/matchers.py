"""Matchers: one condition on a label of an alert, as silences, routes and exceptions write it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import NamedTuple

from engine.alert import Alert
from engine.alerts.labels import labels
from engine.match.text import regex_test
from engine.model import Level

__all__ = ["Matcher", "all_hold", "first_false", "matcher"]

_FORM = re.compile(r"\s*(?P<name>[^=!~\"'\s][^=!~\"']*?)\s*(?P<operator>=~|!~|!=|=)\s*(?P<value>.*?)\s*", re.DOTALL)
_LEVELS = {**{level.name: level for level in Level}, "info": Level.informational}
MOST = 4_096


class Matcher(NamedTuple):
    """`name operator value`.

    =   some text under the label is the value; a level may be a range: level=high+, level=low-
    !=  none is
    =~  an expression (RE2) matches some text whole; !~ none
    A label that an alert does not have counts as the empty text.
    """

    name: str
    operator: str
    value: str

    def __str__(self) -> str:
        value = self.value if self.value and self.value.strip(" \"'") == self.value else f'"{self.value}"'
        return f"{self.name}{self.operator}{value}"

    def holds(self, alert: Alert) -> bool:
        """Whether an alert satisfies it."""
        test = _test(self.name, self.operator.strip("!"), self.value)
        return any(map(test, labels(alert, self.name) or ("",))) is not self.operator.startswith("!")


def matcher(text: str) -> Matcher:
    """Read one: `level=high+`, `tag =~ "attack[.].*"`, `userIdentity.type!=Root`. Raises ValueError, saying why."""
    found = _FORM.fullmatch(text) if len(text) <= MOST else None
    if found is None:
        raise ValueError(f'"{text[:80]}" is no matcher: write NAME=VALUE, with =, !=, =~ or !~')
    if found["name"].endswith(("<", ">")):  # no label is named so, and a route that nothing can take is silent
        raise ValueError(
            f'"{text[:80]}" is no matcher: there is no <= or >=; write ranges of levels level=high+, level=low-'
        )
    value = found["value"]
    if len(value) >= 2 and value[0] in "\"'" and value[-1] == value[0]:
        value = value[1:-1]
    made = Matcher(found["name"], found["operator"], value)
    _test(made.name, made.operator.strip("!"), made.value)
    return made


def all_hold(matchers: Iterable[Matcher], alert: Alert) -> bool:
    """Whether an alert satisfies every one; no matcher is satisfied by all."""
    return all(each.holds(alert) for each in matchers)


def first_false(matchers: Iterable[Matcher], alert: Alert) -> Matcher | None:
    """The first that an alert does not satisfy."""
    return next((each for each in matchers if not each.holds(alert)), None)


@lru_cache(maxsize=1_024)
def _test(name: str, operator: str, value: str) -> Callable[[str], bool]:
    if operator == "=~" or operator == "~":
        try:
            return regex_test(rf"\A(?:{value})\z", "s")
        except ValueError as error:
            raise ValueError(f'"{value}" is no expression that RE2 understands: {error}') from None
    if name == "level":
        return _levels(value)
    return lambda text: text == value


def _levels(value: str) -> Callable[[str], bool]:
    word, sign = (value[:-1], value[-1]) if value[-1:] in ("+", "-") else (value, "")
    if word.lower() not in _LEVELS:
        raise ValueError(
            f'"{value}" is no level; one of {", ".join(level.name for level in Level)}, with + or - for a range'
        )
    bound = _LEVELS[word.lower()]
    if sign == "+":
        return lambda text: _LEVELS[text] >= bound
    if sign == "-":
        return lambda text: _LEVELS[text] <= bound
    return lambda text: _LEVELS[text] == bound
