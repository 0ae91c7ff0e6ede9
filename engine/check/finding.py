"""What a check is, and what it says."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

from engine.errors import Place

if TYPE_CHECKING:
    from engine.check.subject import Subject

__all__ = ["Check", "Finding", "Found", "Severity", "across", "check"]


class Severity(IntEnum):
    """note: could be better; warning: is probably not what was meant; error: does not work."""

    note = 0
    warning = 1
    error = 2


class Found(NamedTuple):
    """What a check found in one rule.

    steps     keys and list indexes from the root of the document to where it is
    key       point at the key of the last step, not at its value
    severity  where it is not that of the check
    subject   for checks that look at all rules: the one it is about
    """

    fault: str
    hint: str | None = None
    steps: tuple[str | int, ...] = ()
    key: bool = False
    severity: Severity | None = None
    subject: Subject | None = None


class Finding(NamedTuple):
    """One finding with its place; `rule` is the rule's title, None where not even that could be read."""

    place: Place
    severity: Severity
    check: str
    fault: str
    hint: str | None = None
    rule: str | None = None


class Check(NamedTuple):
    """One check: its name, how bad what it finds is, its help, and one of two ways to run it."""

    name: str
    severity: Severity
    help: str
    each: Callable[[Subject], Iterable[Found]] | None = None
    all: Callable[[Sequence[Subject]], Iterable[Found]] | None = None

    @property
    def summary(self) -> str:
        """The first sentence of its help."""
        return self.help.split("\n\n")[0].replace("\n", " ")


def check(severity: Severity) -> Callable[[Callable[[Subject], Iterable[Found]]], Check]:
    """Make a function a check of one rule at a time: its name is the check's name, its docstring the help."""

    def made(function: Callable[[Subject], Iterable[Found]]) -> Check:
        return Check(_name(function), severity, inspect.cleandoc(function.__doc__ or ""), each=function)

    return made


def across(severity: Severity) -> Callable[[Callable[[Sequence[Subject]], Iterable[Found]]], Check]:
    """The same for a function that looks at all rules together."""

    def made(function: Callable[[Sequence[Subject]], Iterable[Found]]) -> Check:
        return Check(_name(function), severity, inspect.cleandoc(function.__doc__ or ""), all=function)

    return made


def _name(function: Callable[..., object]) -> str:
    return function.__name__.replace("_", "-")
