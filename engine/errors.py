"""The errors a user can meet: each names a place, a fault and a way out.

    DetectError
    ├── UsageError       the call itself is wrong, or nothing could be run
    ├── ConfigError      every fault of a configuration, together
    ├── RuleError        one rule cannot be used
    ├── RulesError       every rule of a load that cannot be used, together
    ├── SourceError      an input that cannot be read
    └── StoreError       a state file that cannot be used

All of them survive pickling, because workers raise them too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = [
    "ConfigError",
    "DetectError",
    "Place",
    "RuleError",
    "RulesError",
    "SourceError",
    "StoreError",
    "UsageError",
    "rules_of",
]


class Place(NamedTuple):
    """Where a fault is: a file, and as much of line and column (both from 1) or byte offset (from 0) as is known."""

    path: str
    line: int | None = None
    column: int | None = None
    offset: int | None = None

    def __str__(self) -> str:
        parts = [self.path]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        text = ":".join(parts)
        return text if self.offset is None else f"{text} (byte {self.offset})"


class DetectError(Exception):
    """A fault with its place and a hint; `str()` is what the user reads."""

    def __init__(self, fault: str, place: Place | None = None, hint: str | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{where}{self.fault}{self._excerpt()}{hint}"

    def _excerpt(self) -> str:
        """What stands between fault and hint, from a line break on."""
        return ""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.fault, self.place, self.hint)


class UsageError(DetectError):
    """The command or call is wrong, or left nothing to do."""


class ConfigError(DetectError):
    """Every fault of a configuration, in order of file and line; each is a UsageError with its place.

    what  the file is, where it is no configuration
    """

    def __init__(self, errors: tuple[UsageError, ...], what: str = "the configuration") -> None:
        number = len(errors)
        super().__init__(f"{what} has {number} fault{'' if number == 1 else 's'}")
        self.errors = errors
        self.what = what

    def __str__(self) -> str:
        if len(self.errors) == 1:
            return str(self.errors[0])
        return "\n".join([f"{self.fault}:", *map(str, self.errors)])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.errors, self.what)


class SourceError(DetectError):
    """An input that cannot be read at all."""


class StoreError(DetectError):
    """A file of state that cannot be opened, read or written; what it held is not lost."""


class InUse(StoreError):
    """A state that another run has; it may be free later."""


class TakenOver(StoreError):
    """A state that was ours, and that another process has taken over: whoever sees this must write nothing more."""


class RuleError(DetectError):
    """One rule that cannot be used.

    rule   its title or id where that much could be read
    shown  the line of the file at fault with a caret below the column, two lines
    """

    def __init__(
        self,
        fault: str,
        place: Place | None = None,
        hint: str | None = None,
        rule: str | None = None,
        shown: str | None = None,
    ) -> None:
        super().__init__(fault, place, hint)
        self.rule = rule
        self.shown = shown

    def _excerpt(self) -> str:
        return f"\n{self.shown}" if self.shown else ""

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.fault, self.place, self.hint, self.rule, self.shown)


def rules_of(errors: Iterable[RuleError]) -> int:
    """How many rules the errors are about: all of one title in a file are one rule's, as are those without a title."""
    return len({(error.place.path if error.place else "", error.rule) for error in errors})


class RulesError(DetectError):
    """Every rule of one load that cannot be used, in order of file and line."""

    def __init__(self, errors: tuple[RuleError, ...]) -> None:
        count = rules_of(errors)
        super().__init__(f"{count} rule{'' if count == 1 else 's'} cannot be used")
        self.errors = errors

    def __str__(self) -> str:
        return "\n".join([f"{self.fault}:", *map(str, self.errors)])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.errors,)
