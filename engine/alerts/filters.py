"""The filters of templates: times, links, cutting, and how a destination writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jinja2 import Undefined
from msgspec import UNSET, json

from engine.alert import Alert, Link
from engine.alerts.budget import Budget
from engine.alerts.sandbox import Safe, plain, shown
from engine.dialects import CUT, Dialect, href_of
from engine.fields import resolve
from engine.hit import Evidence
from engine.links import attack_link, cloudtrail_link
from engine.terminal import count, moment, short

__all__ = ["filters"]

_MARKS = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵", "informational": "⚪"}
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def filters(dialect: Dialect, budget: Callable[[], Budget], now: Callable[[], int]) -> dict[str, Callable[..., Any]]:
    """Those for one dialect.

    budget  what is left of the rendering
    now     when the message was made, microseconds
    """
    own = _Written(dialect, budget)
    return {
        "time": _time,
        "ago": lambda us: _ago(us, now()),
        "duration": _duration,
        "tojson": own.tojson,
        "attack": _attack,
        "cloudtrail": _cloudtrail,
        "cut": own.cut,
        "bold": own.bold,
        "code": own.code,
        "link": own.link,
        "field": _field,
        "short": lambda value: short(shown(value, budget())),
        "number": _number,
        "mark": lambda level: _MARKS.get(shown(level, budget()), ""),
        "pairs": _pairs,
    }


class _Written:
    """Filters that give text as the destination writes it."""

    def __init__(self, dialect: Dialect, budget: Callable[[], Budget]) -> None:
        self._dialect = dialect
        self._budget = budget

    def _text(self, value: Any) -> str:
        return shown(value, self._budget())

    def _escaped(self, value: Any) -> str:
        return value if type(value) is Safe else self._dialect.escape(self._text(value))

    def bold(self, value: Any) -> Safe:
        """In bold letters."""
        text = self._escaped(value)
        return Safe(self._dialect.bold(text) if text.strip() else text)

    def code(self, value: Any) -> Safe:
        """In fixed width, where nothing becomes a link; what is empty is a dash."""
        return Safe(self._dialect.code(self._text(value)))

    def link(self, value: Any, text: Any = None) -> Safe:
        """A link: of a `Link`, or of an address and a text. An address that is none is shown as text."""
        if isinstance(value, Link):
            href, text = value.href, value.text if text is None else text
        else:
            href = self._text(value)
        checked = href_of(href)
        said = self._escaped(href if text is None else text)
        return Safe(self._dialect.link(checked, said) if checked else said)

    def cut(self, value: Any, longest: int = 200) -> Any:
        """At most so many characters, with a visible end."""
        text = self._text(value)
        longest = max(int(longest), len(CUT))
        return text if len(text) <= longest else text[: longest - len(CUT)].rstrip() + CUT

    def tojson(self, value: Any) -> Any:
        """JSON, all of it in printable characters; in a template that writes JSON, as it stands."""
        text = json.encode(None if isinstance(value, Undefined) else plain(self._budget().weigh(value))).decode()
        text = text if text.isprintable() else "".join(c if c.isprintable() else _unicode(c) for c in text)
        return Safe(text) if self._dialect.name == "json" else text


def _unicode(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _time(us: Any, zone: str = "UTC") -> str:
    """Microseconds as "2023-07-10 11:45:00 UTC"; an event without a time says so."""
    if isinstance(us, Undefined) or not us:
        return "no time"
    date, clock = moment(int(us), _zone(zone))
    return f"{date} {clock} {zone}".strip()


def _zone(name: str) -> tzinfo:
    try:
        return UTC if name == "UTC" else ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f'there is no time zone "{name}"') from None


def _ago(us: Any, now: int) -> str:
    """How long before the message was made: "3 min ago"."""
    if isinstance(us, Undefined) or not us:
        return "no time"
    seconds = (now - int(us)) // 1_000_000
    return (
        "just now" if 0 <= seconds < 5 else f"{_duration(seconds)} ago" if seconds > 0 else f"in {_duration(-seconds)}"
    )


def _duration(seconds: Any) -> str:
    """Seconds in at most two units: "2 h 5 min"."""
    left = 0 if isinstance(seconds, Undefined) else int(seconds or 0)
    parts: list[str] = []
    for size, unit in _UNITS:
        if left >= size and len(parts) < 2:
            parts.append(f"{left // size:,} {unit}")
            left %= size
        elif parts:
            break
    return " ".join(parts) or "0 s"


def _attack(tags: Any) -> list[Link]:
    """Links to what tags name in ATT&CK."""
    return [link for tag in tags or () if isinstance(tag, str) and (link := attack_link(tag))]


def _cloudtrail(event: Any, region: Any = None) -> Any:
    """The link to an event, by the evidence that has it or by its id and region; "" where there is none."""
    if isinstance(event, Evidence):
        region = event.shown.get("awsRegion", region)
        event = event.id
    return (cloudtrail_link(event, region if isinstance(region, str) else "") if isinstance(event, str) else None) or ""


def _field(value: Any, path: str) -> Any:
    """What an alert, its fields or an event of it has under a dotted name; "" where it has nothing."""
    fields = value.fields if isinstance(value, Alert) else value.shown if isinstance(value, Evidence) else value
    found = resolve(fields, tuple(str(path).split("."))) if isinstance(fields, dict) else UNSET
    return "" if found is UNSET or found is None else found


def _number(value: Any) -> Any:
    """A number with its thousands apart."""
    return count(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _pairs(value: Any, most: int = 12) -> list[tuple[str, Any]]:
    """Names and values of what people see of an event: those that are not empty."""
    items: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else value or ()
    return [(str(name), one) for name, one in items if one not in (None, "", [], {})][: max(0, int(most))]
