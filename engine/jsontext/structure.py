"""The brackets of JSON text: where a value closes, and where text stops being JSON at all.

Works on bytes, because everything that makes up JSON's structure is ASCII. One `re` match takes all that stands between
two brackets, so the cost is that of the brackets. More is checked than their balance: a word outside a string, or an
object where a name must come first, is a fault at once. So damage shows near where it is, and never swallows the rest.
"""

from __future__ import annotations

import re

__all__ = ["RUN", "Scanner", "list_inside", "unfinished"]

# Possessive throughout: hostile text cannot make it backtrack. A string is tried first as one without a quote in it,
# which `re` scans several times as fast; the look behind sends one with an escape at that place to the careful way.
RUN = re.compile(
    rb"[\s,:]*+(?:(?:"
    rb'"[^"]*+"(?<!\\")|"[^"\\]*+(?:\\.[^"\\]*+)*+"|true|false|null|-?[0-9][0-9.eE+\-]*+|NaN|-?Infinity'
    rb")[\s,:]*+)*+",
    re.DOTALL,
)
_WORDS = (b"true", b"false", b"null", b"NaN", b"-Infinity", b"Infinity")
_NAME = re.compile(rb'"([^"\\]*+)"\s*:\s*\Z')
_OPEN = {ord("{"): ord("}"), ord("["): ord("]")}
_CLOSE = frozenset(_OPEN.values())
_SPACE = frozenset(b" \t\r\n\f\v")
_OBJECT, _COLON, _COMMA, _LIST = ord("}"), ord(":"), ord(","), ord("[")


class Scanner:
    """Follows one value from its opening bracket to the one that closes it, over as many calls as it takes.

    at      how far it has come: past the value when `closed`, else where the text ends or the fault is; the caller
            moves it when it drops text from the front
    closed  the value is whole
    fault   what is no JSON at `at`; None while more text may mend it

    `awaited` are closing brackets still open at the start, outermost first; then there is no opening one.
    """

    def __init__(self, start: int, awaited: bytes = b"") -> None:
        self.at = start
        self.closed = False
        self.fault: str | None = None
        self._awaited = bytearray(awaited)

    def run(self, data: bytes) -> bool:
        """Go on until the value closes, a fault, or the end of `data`, which may have grown since; true when closed."""
        at, awaited, match = self.at, self._awaited, RUN.match
        end = len(data)
        while True:
            found = match(data, at)
            at = found.end() if found else at
            if at >= end:
                break
            byte = data[at]
            if byte in _OPEN:
                if awaited and not _may_open(data, at, awaited[-1]):
                    self.fault = f"unexpected {chr(byte)!r}"
                    break
                awaited.append(_OPEN[byte])
            elif byte in _CLOSE:
                if not awaited or awaited[-1] != byte:
                    self.fault = f"unexpected {chr(byte)!r}"
                    break
                awaited.pop()
                if not awaited:
                    at += 1
                    self.closed = True
                    break
            else:
                if not unfinished(data, at):
                    self.fault = f"unexpected {_shown(data[at : at + 1])}"
                break
            at += 1
        self.at = at
        return self.closed


def _may_open(data: bytes, at: int, closer: int) -> bool:
    """Whether a value may begin here: after a colon in an object, after a comma or the bracket in a list."""
    before = at - 1
    while before >= 0 and data[before] in _SPACE:
        before -= 1
    if before < 0:
        return True
    return data[before] == _COLON if closer == _OBJECT else data[before] in (_COMMA, _LIST)


def unfinished(data: bytes, at: int) -> bool:
    """Whether the text ends here, or inside a string or word that begins here, so that more of it may mend this."""
    if at >= len(data) or data[at] == ord('"'):
        return True
    rest = data[at : at + 10]
    return at + len(rest) == len(data) and (rest == b"-" or any(word.startswith(rest) for word in _WORDS))


def _shown(byte: bytes) -> str:
    return repr(byte.decode("ascii")) if byte.isascii() else f"byte 0x{byte.hex()}"


def list_inside(
    data: bytes, start: int, names: frozenset[bytes], through: frozenset[bytes]
) -> tuple[int, bytes] | None:
    """Find the first list of an object by its name, without needing the object to be whole.

    start    of the object's "{"
    names    of lists that count
    through  of objects that may stand between: {"hits": {"hits": [...]}}

    Returns the position after the list's "[", and the brackets that close what is around it; None when there is none
    before the text ends or breaks.
    """
    at, around = start + 1, b"}"
    while True:
        found = RUN.match(data, at)
        at = found.end() if found else at
        if at >= len(data) or data[at] not in _OPEN:
            return None
        name = _NAME.search(data, max(start, at - 100), at)
        key = name[1] if name else b""
        if data[at] == _LIST and key in names:
            return at + 1, around
        if data[at] != _LIST and key in through and len(around) == 1:
            around += b"}"
            at += 1
            continue
        inner = Scanner(at)
        if not inner.run(data):
            return None
        at = inner.at
