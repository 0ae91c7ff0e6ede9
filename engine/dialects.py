"""Dialects: how a destination writes text, so that what stands in a log is shown as text and nothing else.

Whatever the dialect, a value is one line: control characters, line breaks, characters of no width and those that turn
the direction round are written as escapes (`engine.terminal.visible`). Where people read, "http://" in a value becomes
"http[:]//", because chats and mail programs make links of whatever looks like one. Characters that a destination
cannot escape are replaced by ones that look alike.
"""

from __future__ import annotations

import html as _html
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from msgspec import json as _json

from engine.destination import Unit, size
from engine.terminal import visible

__all__ = ["DIALECTS", "Dialect", "cut", "href_of"]

CUT = "… (cut)"
"""What stands where text is missing."""


class Dialect(NamedTuple):
    """One way to write. All functions take and give text.

    escape  of any text, what shows it as text
    bold    of escaped text
    code    of any text, what shows it in fixed width; where there is no such thing, as `escape`
    link    of an address, checked by `href_of`, and escaped text
    tidy    mends the end of text that was cut anywhere, so that no escape or element is left open
    lines   whether it may have several; else line breaks of the template become spaces
    """

    name: str
    escape: Callable[[str], str]
    bold: Callable[[str], str]
    code: Callable[[str], str]
    link: Callable[[str, str], str]
    tidy: Callable[[str], str]
    lines: bool = True


def href_of(href: str) -> str:
    """An address that may stand in a link, with every character escaped that any dialect knows; else "".

    Only http and https with a host. What is already escaped stays so.
    """
    try:
        parts = urlsplit(href.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname or not href.isprintable():
            return ""
    except ValueError:
        return ""
    return quote(href.strip(), safe=":/?#[]@!$&+,;=%~-._")


def cut(text: str, longest: int, unit: Unit, dialect: Dialect) -> str:
    """At most so much of a text, with a visible end where some of it is missing; its escapes and elements whole.

    longest  0: no limit
    """
    if not longest or size(text, unit) <= longest:
        return text
    end = dialect.escape(CUT)
    room = longest - size(end, unit)
    while room > 0:
        short = dialect.tidy(_first(text, room, unit)).rstrip() + end
        over = size(short, unit) - longest
        if over <= 0:
            return short
        room -= over
    return _first("…", longest, unit)


def _first(text: str, room: int, unit: Unit) -> str:
    """The longest beginning of a text that fits, in whole characters."""
    if unit == "characters":
        return text[:room]
    if unit == "bytes":
        return text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore")
    return text.encode("utf-16-le", "replace")[: 2 * room].decode("utf-16-le", "ignore")


def _harmless(text: str) -> str:
    return visible(text).replace("://", "[:]//")


def _same(text: str) -> str:
    return text


def _text_and_address(href: str, text: str) -> str:
    return f"{text}: {href}" if text and text != href else href


# html

_ENTITY_CUT = re.compile(r"&[#\w]*\Z", re.ASCII)
_TAG_CUT = re.compile(r"<[^>]*\Z")
_VOID = {"br", "hr", "img", "meta", "link", "input", "wbr", "col"}


class _Open(HTMLParser):
    """Which elements a text leaves open."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            while self.open.pop() != tag:
                pass


def _html_tidy(text: str) -> str:
    text = _ENTITY_CUT.sub("", _TAG_CUT.sub("", text))
    reader = _Open()
    reader.feed(text)
    return text + "".join(f"</{tag}>" for tag in reversed(reader.open))


def _html_escape(text: str) -> str:
    return _html.escape(_harmless(text))


# mrkdwn, of Slack and Google Chat: only & < > can be escaped

_FORMATTING = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ"})
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")  # inside a word it means nothing
_MRKDWN_CUT = re.compile(r"<[^>]*\Z|&\w*\Z", re.ASCII)


def _amp(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _mrkdwn_escape(text: str) -> str:
    return _amp(_UNDERSCORE.sub("ˍ", _harmless(text).translate(_FORMATTING)))


def _mrkdwn_code(text: str) -> str:
    return f"`{_amp(visible(text).replace('`', 'ˋ'))}`" if text.strip() else "–"


def _mrkdwn_tidy(text: str) -> str:
    return _pairs(_MRKDWN_CUT.sub("", text), "`", "*")


def _mrkdwn_link(href: str, text: str) -> str:
    return f"<{href.replace('&', '&amp;')}|{text}>"


# markdown: CommonMark, GitHub's, and what Discord and Teams make of it

_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&])")
_QUIET = re.compile(r"(?<=\w)\\([.\-])(?=\w)")  # between letters and digits these mean nothing
_MENTION = re.compile(r"@(?=everyone|here|channel|all)|(?<!\w)@", re.IGNORECASE)
_MARKDOWN_CUT = re.compile(r"\\\Z|!?\[(?:[^\]\\]|\\.)*(?:\](?:\([^)]*)?)?\Z")


def _markdown_escape(text: str) -> str:
    return _unmentioned(_QUIET.sub(r"\1", _PUNCTUATION.sub(r"\\\1", _harmless(text))))


def _markdown_code(text: str) -> str:
    return f"`{_unmentioned(visible(text).replace('`', 'ˋ'))}`" if text.strip() else "–"


def _unmentioned(text: str) -> str:
    """With a space of no width where @ would call somebody; an e-mail address keeps its @."""
    return _MENTION.sub("@\u200b", text)


def _markdown_tidy(text: str) -> str:
    if _odd_backslashes(text):
        text = text[:-1]
    return _pairs(_MARKDOWN_CUT.sub("", text), "`", "**")


def _odd_backslashes(text: str) -> bool:
    return (len(text) - len(text.rstrip("\\"))) % 2 == 1


def _pairs(text: str, *marks: str) -> str:
    """Close on the last line what is open there; a mark behind a backslash is text."""
    last = text[text.rfind("\n") + 1 :]
    for mark in marks:
        if len(re.findall(rf"(?<!\\){re.escape(mark)}", last)) % 2:
            text += mark
    return text


def _markdown_link(href: str, text: str) -> str:
    return f"[{text}]({href})"


def _card_escape(text: str) -> str:
    return _markdown_escape(text).replace("{", "{\u200b")


def _card_code(text: str) -> str:
    return _card_escape(text) if text.strip() else "–"


# for machines


def _json_escape(text: str) -> str:
    quoted = _json.encode(text.encode("utf-8", "backslashreplace").decode()).decode()[1:-1]
    return quoted if quoted.isprintable() else "".join(c if c.isprintable() else _unicode(c) for c in quoted)


def _unicode(char: str) -> str:
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


_JSON_CUT = re.compile(r"\\u[0-9a-f]{0,3}\Z")


def _json_tidy(text: str) -> str:
    text = _JSON_CUT.sub("", text)
    return text[:-1] if _odd_backslashes(text) else text


def _cef_value(text: str) -> str:
    return visible(text.replace("\\", "\\\\").replace("=", "\\="))


def _cef_header(text: str) -> str:
    return visible(text.replace("\\", "\\\\").replace("|", "\\|"))


def _cef_tidy(text: str) -> str:
    return text[:-1] if _odd_backslashes(text) else text


DIALECTS = {
    one.name: one
    for one in (
        Dialect("plain", _harmless, _same, _harmless, _text_and_address, _same),
        Dialect("header", _harmless, _same, _harmless, _text_and_address, _same, lines=False),
        Dialect(
            "html", _html_escape, lambda text: f"<b>{text}</b>",
            lambda text: f"<code>{_html_escape(text)}</code>" if text.strip() else "–",
            lambda href, text: f'<a href="{_html.escape(href)}">{text}</a>', _html_tidy,
        ),
        Dialect("mrkdwn", _mrkdwn_escape, lambda text: f"*{text}*", _mrkdwn_code, _mrkdwn_link, _mrkdwn_tidy),
        Dialect("markdown", _markdown_escape, lambda text: f"**{text}**", _markdown_code, _markdown_link,
                _markdown_tidy),
        Dialect("discord", _markdown_escape, lambda text: f"**{text}**", _markdown_code, _markdown_link,
                _markdown_tidy),
        Dialect("adaptive", _card_escape, lambda text: f"**{text}**", _card_code, _markdown_link, _markdown_tidy),
        Dialect("json", _json_escape, _same, _json_escape, lambda href, text: href, _json_tidy),
        Dialect("cef", _cef_value, _same, _cef_value, lambda href, text: href, _cef_tidy, lines=False),
        Dialect("cef_header", _cef_header, _same, _cef_header, lambda href, text: href, _cef_tidy, lines=False),
    )
}  # fmt: skip
"""By name: plain (text for people), header (one line of it: subjects, titles), html, mrkdwn (Slack, Google Chat),
markdown, discord, adaptive (cards of Teams), json (what stands between quotes), cef (values), cef_header."""
