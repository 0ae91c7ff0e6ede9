"""Syslog: RFC 5424, RFC 3164 in the forms it is written in, and what files under /var/log hold; a message a line, or
each behind its length ("123 <34>1 ...", RFC 6587).

    {"timestamp": "2024-05-01T10:00:00Z", "hostname": "web1", "app_name": "sshd", "procid": "411", "facility": "auth",
     "severity": "info", "message": "Failed password for root from 198.51.100.7 port 4711 ssh2"}

Also there where the message has it: `msgid`, `structured_data` (of RFC 5424), `sequence` (Cisco), and in `pairs` what
the message says as KEY=value, as sudo and firewalls do. A date without a year gets one as `_year.py` says, and stays as
it is written where it cannot; a time without a zone is UTC.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from engine.decoders._frames import COUNTED, frames
from engine.decoders._lines import Line, bad, begins, joined
from engine.decoders._pairs import pairs
from engine.decoders._records import batches
from engine.decoders._year import Years
from engine.decompress import Fault
from engine.jsontext import Damage, Found
from engine.model import Batch, Blob, LogSource, Problem, Reading

__all__ = ["decode", "recognise"]

SYSLOG = LogSource("linux", "syslog")
_FACILITIES = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp",
    "audit", "alert", "clock", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
)  # fmt: skip
_SEVERITIES = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LEVELS = frozenset({"TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "ERR", "CRITICAL", "FATAL"})

_PRIORITY = re.compile(r"<(\d{1,3})>")
_ISO = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_DATE = rf"(?:{'|'.join(_MONTHS)}) {{1,2}}\d{{1,2}} (?:\d{{4}} )?\d\d:\d\d:\d\d(?:\.\d{{1,9}})?"
_NEW = re.compile(rf"1 (-|{_ISO}) (\S+) (\S+) (\S+) (\S+) (.*)", re.DOTALL)
_OLD = re.compile(rf"({_DATE}|{_ISO}):? (.*)", re.DOTALL)
_CISCO = re.compile(rf"(?:(\d+): )?(?:(\S+): )?[*.]?({_DATE})(?: ([A-Z]{{1,5}}))?: (%.*)", re.DOTALL)
_TAGGED = re.compile(r"(?:(\S+) )??([^\s:\[\]=\"]{1,128})(?:\[([^\s\]]*)\])?: *(.*)", re.DOTALL)
_HOSTED = re.compile(r"(\S+) (.*)", re.DOTALL)
_YEARLESS = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(\.\d+)?")
_ELEMENT = re.compile(r'\[([^\s=\]"]+)((?: [^\s=\]"]+="(?:[^"\\\]]|\\.)*+")*)\]')
_PARAMETER = re.compile(r' ([^\s=\]"]+)="((?:[^"\\\]]|\\.)*+)"')
_ESCAPE = re.compile(r'\\(["\\\]])')


def recognise(head: bytes, ref: str) -> float:
    """Likely where most of the first lines begin as messages do."""
    if COUNTED.match(head.lstrip()):
        return 0.8
    first = [line.decode("utf-8", "replace") for line in begins(head)]
    count = sum(_head(line) is not None for line in first)
    return 0.6 if count and count * 2 >= len(first) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """A record a message; see `engine.decoders` for the shape of what is given."""
    yield from batches(joined(_items(chunks, Years(blob, reading))), blob, reading, True, plain=SYSLOG)


def _items(chunks: Iterator[bytes | Fault], years: Years) -> Iterator[Found | Damage | Fault]:
    for line in frames(chunks):
        if not isinstance(line, Line):
            yield line
        elif (record := _head(line.text.decode("utf-8", "replace"))) is not None:
            yield Found(line.offset, _finished(record, years))
        else:
            yield bad(line, "no syslog message")


def _head(text: str) -> dict[str, Any] | None:
    """The parts of a message; None for text that is none."""
    record: dict[str, Any] = {}
    if priority := _PRIORITY.match(text):
        number = int(priority[1])
        if number > 191:
            return None
        record["facility"], record["severity"] = _FACILITIES[number >> 3], _SEVERITIES[number & 7]
        text = text[priority.end() :]
    for read in (_new, _cisco, _old):
        parts = read(text, bool(priority))
        if parts is not None:
            return parts | record
    return None


def _new(text: str, priority: bool) -> dict[str, Any] | None:
    """RFC 5424."""
    found = _NEW.fullmatch(text) if priority else None
    if found is None:
        return None
    names = ("timestamp", "hostname", "app_name", "procid", "msgid")
    record: dict[str, Any] = {name: value for name, value in zip(names, found.groups(), strict=False) if value != "-"}
    rest = found[6]
    if rest.startswith("["):
        data, end = _structured(rest)
        if not data:
            return None
        record["structured_data"] = data
    elif rest == "-" or rest.startswith("- "):
        end = 1
    else:
        return None
    record["message"] = rest[end:].removeprefix(" ").removeprefix("\ufeff")
    return record


def _structured(text: str) -> tuple[dict[str, dict[str, str]], int]:
    """The elements of structured data, and where they end."""
    data: dict[str, dict[str, str]] = {}
    end = 0
    while element := _ELEMENT.match(text, end):
        parameters = data.setdefault(element[1], {})
        for name, value in _PARAMETER.findall(element[2]):
            parameters[name] = _ESCAPE.sub(r"\1", value)
        end = element.end()
    return data, end


def _cisco(text: str, priority: bool) -> dict[str, Any] | None:
    """What Cisco's devices send: a sequence number, a date with an optional "*" before and zone behind it, "%"."""
    found = _CISCO.fullmatch(text)
    if found is None:
        return None
    record = {"timestamp": found[3], "message": found[5]}
    for name, value in (("sequence", found[1]), ("hostname", found[2])):
        if value:
            record[name] = value
    return record


def _old(text: str, priority: bool) -> dict[str, Any] | None:
    """RFC 3164, and the same with a whole date, as files have it since rsyslog 8."""
    found = _OLD.fullmatch(text)
    if found is None:
        return None
    record = {"timestamp": found[1]}
    rest = found[2]
    if tagged := _TAGGED.fullmatch(rest):
        parts = zip(("hostname", "app_name", "procid", "message"), tagged.groups(), strict=True)
        record |= {name: value for name, value in parts if value is not None}
    elif (hosted := _HOSTED.fullmatch(rest)) and (priority or not found[1][0].isdigit()):
        record |= {"hostname": hosted[1], "message": hosted[2]}
    else:
        return None
    # Programs of all kinds begin their lines with a time; a level behind it tells them from a host.
    return None if record.get("hostname", "").strip("[]").upper() in _LEVELS and not priority else record


def _finished(record: dict[str, Any], years: Years) -> dict[str, Any]:
    """A record with its time as far as it can be told, and the pairs of its message."""
    written = record.get("timestamp")
    if written is not None:
        record["timestamp"] = _dated(written, years)
    message = record["message"]
    if "=" in message:
        found = _semicolons(message) if " ; " in message else pairs(message)[0]
        if found:
            record["pairs"] = found
    return record


def _dated(written: str, years: Years) -> str:
    found = _YEARLESS.fullmatch(written)
    if found is None:
        return written.replace(",", ".")
    month, day = _MONTHS.index(found[1]) + 1, int(found[2])
    clock = (int(found[4]), int(found[5]), int(found[6]))
    year = int(found[3]) if found[3] else years.of(month, day, clock)
    if year is None:
        return written
    return f"{year:04}-{month:02}-{day:02}T{found[4]}:{found[5]}:{found[6]}{found[7] or ''}Z"


def _semicolons(message: str) -> dict[str, Any]:
    """What sudo writes: "ann : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/bin/cat a b"."""
    parts = (part.partition("=") for part in re.split(r" ; | : ", message))
    return {name.strip(): value for name, equals, value in parts if equals and name.strip() and " " not in name.strip()}
