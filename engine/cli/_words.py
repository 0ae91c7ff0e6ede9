"""Words of the command line that mean a value: a level, a size, a duration, a time zone, a kind of log."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from engine.model import Level, LogSource

__all__ = ["DURATION", "FORMAT", "LEVEL", "LEVELS", "LOGSOURCE", "SIZE", "ZONE", "near"]

if TYPE_CHECKING:
    _Word = click.ParamType[Any]
else:
    _Word = click.ParamType  # generic in newer click only

_SIZE = re.compile(r"([0-9]+)\s*([kmgt]?)(?:i?b)?", re.IGNORECASE | re.ASCII)
_DURATION = re.compile(r"([0-9]{1,7})\s*([smhdw])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_OFFSET = re.compile(r"(?:UTC)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?", re.ASCII)


def near(word: str, known: list[str]) -> str:
    """A hint for a word that is none of the known."""
    found = get_close_matches(word.lower(), known, 1)
    return f'did you mean "{found[0]}"?' if found else f"one of {', '.join(known)}"


class _LevelType(_Word):
    """A level; with `ranges` also "high+", "low-"; short "info" is understood."""

    name = "level"

    def __init__(self, ranges: bool) -> None:
        self._ranges = ranges

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, Level):
            return value
        text = str(value).strip().lower()
        sign = text[-1:] if self._ranges and text[-1:] in ("+", "-") else ""
        name = text.removesuffix(sign)
        name = "informational" if name == "info" else name
        if name not in Level.__members__:
            self.fail(f'"{value}" is no level; {near(name, [level.name for level in Level])}', param, ctx)
        return f"{name}{sign}" if self._ranges else Level[name]

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        words = [f"{level.name}{sign}" for level in reversed(Level) for sign in (("+", "") if self._ranges else ("",))]
        return [CompletionItem(word) for word in words if word.startswith(incomplete.lower())]


class _SizeType(_Word):
    """Bytes, with k, M, G or T for powers of 1024."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _SIZE.fullmatch(str(value).strip())
        if not found or not int(found[1]):
            self.fail(f'"{value}" is no size; write 500M or 8G', param, ctx)
        return int(found[1]) << 10 * " kmgt".index(found[2].lower() or " ")


class _DurationType(_Word):
    """How long: a whole number of s, m, h, d or w; in microseconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = _DURATION.fullmatch(str(value).strip().lower())
        if not found:
            self.fail(f'"{value}" is no duration; write 90s, 15m, 24h or 7d', param, ctx)
        return int(found[1]) * _SECONDS[found[2]] * 1_000_000


class _ZoneType(_Word):
    """A time zone: "UTC", "local", "+02:00" or a name such as "Europe/Berlin"."""

    name = "zone"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        if isinstance(value, tzinfo):
            return value
        text = str(value).strip()
        if text.upper() in ("UTC", "Z"):
            return UTC
        if offset := _OFFSET.fullmatch(text):
            length = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
            if length < timedelta(hours=24):
                return timezone(length if offset[1] == "+" else -length)
        return self._named(text, param, ctx)

    def _named(self, text: str, param: click.Parameter | None, ctx: click.Context | None) -> tzinfo:
        from zoneinfo import ZoneInfo, available_timezones

        if text.lower() == "local":
            return _Local()
        try:
            return ZoneInfo(text)
        except (ValueError, OSError, KeyError):
            names = {name.lower(): name for name in available_timezones()}
            found = get_close_matches(text.lower(), names, 1)
            hint = (
                f'did you mean "{names[found[0]]}"?' if found else 'write "Europe/Berlin", "+02:00", "local" or "UTC"'
            )
            self.fail(f'"{text}" is no time zone; {hint}', param, ctx)


class _Local(tzinfo):
    """The zone this machine is set to, with its changes over the year."""

    def __str__(self) -> str:
        return "local time"

    def utcoffset(self, moment: Any) -> Any:
        return moment.replace(tzinfo=None).astimezone().utcoffset()

    def dst(self, moment: Any) -> None:
        return None

    def tzname(self, moment: Any) -> Any:
        return moment.replace(tzinfo=None).astimezone().tzname()

    def fromutc(self, moment: Any) -> Any:
        return moment.replace(tzinfo=UTC).astimezone().replace(tzinfo=self)


class _LogSourceType(_Word):
    """ "product=okta,service=okta": what to call the events."""

    name = "logsource"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> LogSource:
        if isinstance(value, LogSource):
            return value
        words: dict[str, str] = {}
        for part in str(value).split(","):
            name, equals, word = (side.strip() for side in part.partition("="))
            if not equals or not word or name.lower() in words:
                self.fail(f'cannot read "{value}"; write product=okta,service=okta', param, ctx)
            if name.lower() not in LogSource._fields:
                self.fail(f'"{name}" is no part of a logsource; {near(name, list(LogSource._fields))}', param, ctx)
            words[name.lower()] = word
        return LogSource(**words)


class _FormatType(_Word):
    """The name of an output."""

    name = "format"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from engine.outputs import known

        if not known(str(value)):
            from engine.outputs import names

            self.fail(f'"{value}" is no format; {near(str(value), list(names()))}', param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from engine.outputs import names

        return [CompletionItem(name) for name in names() if name.startswith(incomplete)]


DURATION = _DurationType()
LEVEL = _LevelType(ranges=False)
LEVELS = _LevelType(ranges=True)
SIZE = _SizeType()
ZONE = _ZoneType()
LOGSOURCE = _LogSourceType()
FORMAT = _FormatType()
