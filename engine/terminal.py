"""Text for a terminal: made harmless, measured in columns, cut, padded and painted."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from engine.model import Level

__all__ = ["Paint", "account", "columns", "count", "cut", "fill", "moment", "short", "visible"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CODES = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34", "cyan": "36",
    "critical": "1;97;41", "high": "1;31", "medium": "33", "low": "36", "informational": "2",
}  # fmt: skip


def visible(text: str) -> str:
    r"""The text with every character that a terminal would obey, hide or reorder by written as an escape.

    Control characters, bidirectional overrides, zero-width and private characters, lone surrogates and all spaces
    but the plain one come out as \x1b, \u202e or \U000e0041; all others as they are.
    """
    return text if text.isprintable() else "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    code = ord(char)
    named = {9: "\\t", 10: "\\n", 13: "\\r"}.get(code)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")


def columns(text: str) -> int:
    """How many columns a terminal gives to the (visible) text."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(char: str) -> int:
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def cut(text: str, width: int) -> str:
    """The text made visible, and its end replaced by an ellipsis where it is wider than `width` columns."""
    shown = visible(text[: 4 * width + 4])
    if len(text) <= 4 * width + 4 and columns(shown) <= width:
        return shown
    kept, used = [], 0
    for char in shown:
        used += _columns(char)
        if used > width - 1:
            break
        kept.append(char)
    return "".join(kept) + "…" if width > 0 else ""


def fill(text: str, width: int, *, right: bool = False) -> str:
    """The text cut and padded to exactly `width` columns."""
    shown = cut(text, width)
    space = " " * (width - columns(shown))
    return space + shown if right else shown + space


def account(name: str) -> str:
    """The account in an ARN, "" where there is none."""
    parts = name.split(":", 5)
    return parts[4] if len(parts) == 6 and parts[0] == "arn" else ""


def short(name: str, with_account: bool = True) -> str:
    """An ARN as `resource@account`, so that cutting its end keeps what matters; any other name as it is.

    Of an assumed role the word "assumed-role" goes: `role/session@account`.
    """
    parts = name.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return name
    resource = parts[5].removeprefix("assumed-role/")
    return f"{resource}@{parts[4]}" if parts[4] and with_account else resource


def count(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"


def moment(time: int, tz: tzinfo | None) -> tuple[str, str]:
    """Date ("2023-07-10") and time of day ("08:12:31") of µs since the epoch, in `tz` (default UTC).

    A time that the calendar of years 1 to 9999 cannot hold gives ("", the number).
    """
    try:
        local = (_EPOCH + timedelta(microseconds=time)).astimezone(tz or UTC)
    except (OverflowError, ValueError):
        return "", str(time)
    return local.strftime("%Y-%m-%d").rjust(10, "0"), local.strftime("%H:%M:%S")


class Paint(NamedTuple):
    """Colours text when `on`, leaves it alone otherwise."""

    on: bool

    def __call__(self, text: str, *looks: str) -> str:
        if not self.on or not text:
            return text
        return f"\x1b[{';'.join(_CODES[look] for look in looks)}m{text}\x1b[0m"

    def level(self, level: Level, width: int) -> str:
        """The name of a level in its colour, in `width` columns; only the word itself is painted."""
        word = "info" if level is Level.informational else level.name
        return self(word, level.name) + " " * (width - len(word))
