"""The values of a text that holds any number of them: one a line, one after the other, in a list or a known wrapper.

The ordinary file does not come here: it is split by one call. This is for everything else, at flat memory, and for
damage. What it promises, for text that was such a log before something happened to it:

* Every record that lies wholly before or wholly after the damage is found. To be found again behind it, a record
  begins a line, or is one for sure (`recordlike`), or where such are not to be expected (`sure` is false), has at
  least half of its names in common with the records before the damage.
* All that was passed over is reported, with where it begins and how long it is.
* It may find an object that is part of a damaged record; it never finds one that is part of a whole record.
* Time grows with the length of the text, not with its square.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from engine.decompress import Fault
from engine.jsontext.structure import RUN, Scanner, list_inside, unfinished
from engine.jsontext.value import parse, parse_strict, told

__all__ = ["LISTS", "Damage", "Found", "values"]

LISTS = frozenset({"Records", "records", "Events", "logEvents", "Messages", "hits", "value", "items", "entries"})
"""Names of lists that wrap records: CloudTrail and Lambda, Azure, LookupEvents, CloudWatch Logs, SQS, Elasticsearch,
Microsoft Graph, Google and Kubernetes, GCP."""

_LISTS = frozenset(name.encode() for name in LISTS)
_THROUGH = frozenset({b"hits"})
_GAP = re.compile(rb"[\s,\0\x1e]*+(?:\xef\xbb\xbf[\s,\0\x1e]*+)*+")
_CANDIDATE = re.compile(rb'\{\s*+["}]')
_LINE = 1 << 20  # a longer line is not tried as a whole
_LARGE = 8 << 20  # an object this long is taken for a wrapper, if it has a list
_LARGEST = 64 << 20  # a longer value is given up
_RECORD = 16 << 20  # the same while looking for where records go on
_LEARNT = 200  # records whose names are remembered
_BEHIND = 64  # bytes kept of what was read, to see what stands before a value
_SPENT = 8  # how often text may be scanned in vain while looking for where records go on


class Found(NamedTuple):
    """One value and where its text begins; `odd` where it was read leniently."""

    offset: int
    value: Any
    odd: bool = False


class Damage(NamedTuple):
    """A stretch of text that could not be read; kind is "broken-json", "truncated" or "too-large"."""

    offset: int
    length: int
    fault: str
    kind: str


def values(
    chunks: Iterator[bytes | Fault], recordlike: Callable[[dict[str, Any]], bool], sure: bool
) -> Iterator[Found | Damage | Fault]:
    """Yield what is found and what is not, in order of offset; a `Fault` of the chunks comes last, as it came.

    recordlike  whether an object found behind damage is surely a record (or wraps some), however it is surrounded
    sure        every record of this text is such
    """
    pending: Damage | None = None
    for item in _Reader(chunks, recordlike, sure).read():
        if isinstance(item, Damage):
            if pending and item.offset <= pending.offset + pending.length:
                pending = pending._replace(length=item.offset + item.length - pending.offset)
                continue
            if pending:
                yield pending
            pending = item
            continue
        if pending:
            yield pending
            pending = None
        yield item
    if pending:
        yield pending


class _Reader:
    """Reads one text; `_data` is the part of it at hand, `_at` the position in that part, `_base` the part's offset."""

    def __init__(
        self, chunks: Iterator[bytes | Fault], recordlike: Callable[[dict[str, Any]], bool], sure: bool
    ) -> None:
        self._chunks = chunks
        self._sure = sure
        self._recordlike = recordlike
        self._data = b""
        self._at = 0
        self._base = 0
        self._ended = False
        self._fault: Fault | None = None
        self._list = False  # inside a list whose members are wanted
        self._around = b""  # brackets that close what is around that list
        self._shaken = False  # something was passed over: what is left of a wrapper means nothing any more
        self._plain = 0  # values outside any list, before anything was passed over
        self._no_line = 0  # offset up to which a line was seen to hold more than one value
        self._names: set[str] = set()
        self._learnt = 0
        self._budget = 4 << 20

    def read(self) -> Iterator[Found | Damage | Fault]:
        while True:
            gap = _GAP.match(self._data, self._at)
            self._at = gap.end() if gap else self._at
            if self._at >= len(self._data):
                if self._more():
                    continue
                break
            byte = self._data[self._at : self._at + 1]
            if byte == b"{" or (byte == b"[" and self._list):
                yield from self._line_value() or self._value()
            elif byte == b"[":
                self._list, self._around = True, b""
                self._at += 1
            elif byte in b"]}":
                yield from self._closing(byte)
            else:
                yield from self._scalars()
        if self._list and not self._cut_off():
            yield Damage(self._base + self._at, 0, "ends before its list does", "truncated")
        if self._fault:
            yield self._fault

    def _more(self) -> bool:
        """Take the next chunk, dropping what was read; false at the end."""
        chunk = None if self._ended else next(self._chunks, None)
        if chunk is None or isinstance(chunk, Fault):
            self._fault = chunk or self._fault
            self._ended = True
            return False
        drop = max(0, self._at - _BEHIND)
        self._data = self._data[drop:] + chunk if drop < len(self._data) else chunk
        self._base += drop
        self._at -= drop
        self._budget += _SPENT * len(chunk)
        return True

    def _cut_off(self) -> bool:
        """Whether the stored bytes ended early, so that it is no news that the text does."""
        return self._fault is not None and self._fault.kind != "trailing-garbage"

    def _found(self, end: int, value: Any, odd: bool = False) -> Found:
        """Step over a value, remembering what records of this text look like."""
        if type(value) is dict and self._learnt < _LEARNT:
            self._learnt += 1
            self._names.update(value)
        self._plain += not (self._list or self._shaken or (type(value) is dict and not LISTS.isdisjoint(value)))
        found = Found(self._base + self._at, value, odd)
        self._at = end
        return found

    def _line_value(self) -> tuple[Found] | None:
        """A line that is exactly one value, which is by far the fastest to find out by trying."""
        if self._base + self._at < self._no_line:
            return None
        end = self._line_end()
        if end < 0:
            self._no_line = self._base + len(self._data)
            return None
        line = self._data[self._at : end].rstrip(b", \t\r")
        if not line.endswith((b"}", b"]")):
            return None
        try:
            return (self._found(end, parse_strict(line)),)
        except (ValueError, RecursionError):
            self._no_line = self._base + end
            return None

    def _line_end(self) -> int:
        """Where the line ends; -1 when that is far."""
        while True:
            end = self._data.find(b"\n", self._at, self._at + _LINE)
            if end >= 0 or len(self._data) - self._at >= _LINE:
                return end
            if not self._more():
                return len(self._data)

    def _value(self) -> Iterator[Found | Damage]:
        """A value by its brackets; an object that is too long or broken but wraps records is entered instead."""
        scan = Scanner(self._at)
        closed = self._scan(scan, _LARGE)
        if (not closed or scan.at - self._at > _LARGE) and self._enter():
            return
        if not self._scan(scan, _LARGEST):
            yield from self._resync(scan.fault, scan.at)
            return
        try:
            value, odd = told(self._data[self._at : scan.at])
            if odd and type(value) is dict and value.keys() == {"Records"} and self._enter():
                return  # to tell which of its records are odd
            yield self._found(scan.at, value, odd)
        except ValueError as error:
            if not self._enter():
                yield from self._resync(_reason(error), scan.at)

    def _scan(self, scan: Scanner, limit: int) -> bool:
        """Follow a value that begins at `_at` until it closes, breaks, is longer than the limit, or the text ends."""
        while not scan.closed and not scan.run(self._data) and not scan.fault:
            before = self._base
            if len(self._data) - self._at > limit or not self._more():
                break
            scan.at -= self._base - before
        return scan.closed

    def _enter(self) -> bool:
        """Go into the list of a wrapper; not where records stood on their own before, which then are none either."""
        inside = None
        if not self._list and not self._plain:
            inside = list_inside(self._data, self._at, _LISTS, _THROUGH)
        if inside is None:
            return False
        self._at, self._around = inside
        self._list = True
        return True

    def _closing(self, byte: bytes) -> Iterator[Found | Damage]:
        """The end of the list, with all that follows it in its wrapper; or a bracket too many."""
        if not self._list or byte != b"]":
            if not self._shaken:
                yield Damage(self._base + self._at, 1, f"broken JSON: unexpected {byte.decode()!r}", "broken-json")
            self._at += 1
            return
        self._at += 1
        self._list = False
        rest = Scanner(self._at, self._around)
        if not self._around or self._scan(rest, _LARGEST):
            self._at = rest.at
        else:
            self._at -= 1  # a record may begin right behind the bracket
            yield from self._resync(rest.fault, rest.at)

    def _scalars(self) -> Iterator[Found | Damage]:
        """Strings, numbers and words where records were expected; or no JSON at all."""
        end = self._run_end()
        while end - self._at < _LARGE and unfinished(self._data, end) and self._more():
            end = self._run_end()
        if (
            end < len(self._data) and self._data[end] not in b"{}[]"
        ):  # a string here may be none, but what is between two
            yield from self._resync(None if unfinished(self._data, end) else _seen(self._data, end), end)
            return
        if self._shaken:  # what is left of a wrapper, or of what was damaged
            self._at = end
            return
        try:
            items = parse(b"[" + self._data[self._at : end].strip(b", \t\r\n") + b"]")
        except ValueError:
            yield from self._resync("text that is no value", self._at)
            return
        for item in items:
            yield Found(self._base + self._at, item)
        self._at = end

    def _run_end(self) -> int:
        run = RUN.match(self._data, self._at)
        return run.end() if run else self._at

    # Where records go on behind damage

    def _resync(self, fault: str | None, at: int) -> Iterator[Damage]:
        """Pass over text until a record begins; `fault` at `at` is why, None when the text ended or was too long."""
        origin, noticed = self._base + self._at, self._base + at
        large = fault is None and not self._ended
        self._shaken, self._list, self._around = True, False, b""
        gone = self._next_record()
        end = self._base + self._at
        if not gone and fault is None:
            if not self._cut_off():
                yield Damage(origin, end - origin, "ends in the middle of a record", "truncated")
        elif large:
            yield Damage(origin, end - origin, f"a value of over {_LARGEST >> 20} MiB is passed over", "too-large")
        else:
            text = f"broken JSON: {fault or 'a value that does not end'} at byte {noticed}"
            yield Damage(origin, end - origin, text, "broken-json")

    def _next_record(self) -> bool:
        """Step to where a record surely begins; to the end, and false, when there is none."""
        search = self._at + 1
        while True:
            candidate = _CANDIDATE.search(self._data, search)
            if candidate is None:
                last = self._data.rfind(b"{", search)
                self._at = last if last >= 0 and not self._data[last + 1 :].strip() else len(self._data)
                if self._more():
                    search = self._at
                    continue
                self._at = len(self._data)
                return False
            self._at = candidate.start()
            scan = Scanner(self._at)
            if self._scan(scan, _RECORD):
                if self._accepts(scan.at):
                    return True
                search = scan.at
                continue
            self._budget -= (scan.at if scan.fault else len(self._data)) - self._at
            search = self._at + 1 if self._budget > 0 else max(self._at + 1, scan.at)

    def _accepts(self, end: int) -> bool:
        """Whether the whole object that begins here is a record of its own, not a part of the damaged one."""
        try:
            value = parse(self._data[self._at : end])
        except ValueError:
            return False
        if type(value) is not dict or not value:
            return False
        before = self._data[max(0, self._at - _BEHIND) : self._at]
        if before.endswith(b"\n") or self._recordlike(value):
            return True
        if self._sure or before.rstrip().endswith(b":"):
            return False
        return not self._names or 2 * len(self._names & value.keys()) >= len(value)


def _reason(error: ValueError) -> str:
    """What json says, without its line and column, which count within one record."""
    return str(error).split(": line ")[0].lower()


def _seen(data: bytes, at: int) -> str:
    """What stands at a position where no value can."""
    byte = data[at : at + 1]
    return f"unexpected {byte.decode('ascii')!r}" if byte.isascii() else f"unexpected byte 0x{byte.hex()}"
