"""The audit log of Linux: the records that the kernel writes of one event, joined by its time and serial number.

    {"time": "2024-05-01T10:00:00.123Z", "id": "1714557600.123:456", "node": "web1",
     "command_line": "cat /etc/shadow",
     "records": [{"type": "SYSCALL", "syscall": "59", "SYSCALL": "execve", ...}, {"type": "EXECVE", "a0": "cat", ...}]}

Records of several events may stand mixed. An event ends with its EOE record, where two seconds have passed in the log
since, at the end of the text, and where too much is held; a record that comes later makes an event of its own.

Values are what was logged: text in hexadecimal is decoded, `msg='...'` of user programs is opened into its fields,
arguments of EXECVE that were cut into pieces are put together. What an ENRICHED log would add is added where it is not
there: SYSCALL and ARCH by name, the address inside `saddr`. `node` and `command_line` (of a program that was started)
are there only where they are known.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from engine.decoders._lines import Line, bad, begins, joined, lines
from engine.decoders._records import batches
from engine.decoders._syscalls import architecture, syscall
from engine.decompress import Fault
from engine.jsontext import Damage, Found
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.times import format_time

__all__ = ["decode", "recognise"]

AUDITD = LogSource("linux", "auditd")
SETTLED = 2_000_000
"""Microseconds after which no record of an event is expected any more; what the audit tools wait, too."""
HELD = 1_000
"""Events that are held open, at most."""
HELD_BYTES = 16 << 20
"""How much of the log those are, at most."""
TOGETHER = 1_000
"""Records of one event, at most; further ones make another."""

_NEVER = 253_402_300_800_000_000
"""Microseconds of the year 10000."""

# What a transport such as syslog puts before a record is passed over.
_RECORD = re.compile(
    rb"(?:^|.*?\s)(?:node=(\S+)\s+)?type=([A-Za-z_0-9\[\]]+)\s+msg=audit\((\d{1,12}\.\d{1,6}):(\d{1,12})\)\s*:\s*(.*)",
    re.DOTALL,
)
# A word without "=" is taken too, and dropped: looking for one from each of its letters would be slow.
_FIELD = re.compile(r"""([^\s='"{}\x1d]++)(=("[^"]*"|'[^']*'|\{[^{}]*\}|[^\s\x1d]*))?""")
_HEX = re.compile(r"(?:[0-9A-F]{2})+")
_ARGUMENT = re.compile(r"a(\d+)(?:\[(\d+)\])?")
# Fields whose text is written in hexadecimal, without quotes, when it holds a space, a quote or a control character.
_ENCODED = frozenset({
    "acct", "cgroup", "cmd", "comm", "cwd", "data", "device", "dir", "exe", "file", "grp", "invalid_context", "key",
    "name", "new-disk", "new-fs", "ocomm", "old-disk", "old-fs", "path", "proctitle", "root_dir", "sw", "vm", "watch",
})  # fmt: skip


def recognise(head: bytes, ref: str) -> float:
    """Sure where most of the first lines are records."""
    first = begins(head)
    count = sum(_RECORD.match(line) is not None for line in first)
    return 0.95 if count and count * 2 >= len(first) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Events in order of their first records; see `engine.decoders` for the shape of what is given."""
    yield from batches(_events(joined(_records(chunks))), blob, reading, True, plain=AUDITD)


class _Serial(NamedTuple):
    """What the records of one event have in common; the time is in seconds as it is written, and in microseconds."""

    node: str
    time: str
    us: int
    number: str


def _records(chunks: Iterable[bytes | Fault]) -> Iterator[Found | Damage | Fault]:
    """Each line as (serial, record, length)."""
    for line in lines(chunks):
        if not isinstance(line, Line):
            yield line
        elif found := _RECORD.match(line.text):
            node, kind, time, number, rest = ((part or b"").decode("utf-8", "replace") for part in found.groups())
            record = {"type": kind, **_fields(rest, kind)}
            yield Found(line.offset, (_Serial(node, time, _microseconds(time), number), record, len(line.text)))
        else:
            yield bad(line, "no record of the audit log")


def _microseconds(time: str) -> int:
    seconds, _, fraction = time.partition(".")
    return int(seconds) * 1_000_000 + int(fraction.ljust(6, "0"))


class _Open:
    """An event that may go on: where it begins, its records so far, and how many bytes of the log they are."""

    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.records: list[dict[str, Any]] = []
        self.size = 0
        self.ended = False


def _events(items: Iterable[Found | Damage | Fault]) -> Iterator[Found | Damage | Fault]:
    """Records joined to events; damage is told where it is met."""
    held: dict[_Serial, _Open] = {}
    size = 0
    for item in items:
        if not isinstance(item, Found):
            yield item
            continue
        serial, record, length = item.value
        event = held.setdefault(serial, _Open(item.offset))
        event.size += length
        size += length
        if record["type"] != "EOE":
            event.records.append(record)
        event.ended = event.ended or record["type"] == "EOE" or len(event.records) >= TOGETHER
        while held and _over(held, size, serial.us):
            first = next(iter(held))
            over = held.pop(first)
            size -= over.size
            if over.records:
                yield _event(first, over)
    for serial, event in held.items():
        if event.records:
            yield _event(serial, event)


def _over(held: dict[_Serial, _Open], size: int, now: int) -> bool:
    """Whether no more is expected of the first event, or can be waited for; `now` is where the log has come to."""
    serial, event = next(iter(held.items()))
    return event.ended or len(held) > HELD or size > HELD_BYTES or now - serial.us > SETTLED


def _event(serial: _Serial, event: _Open) -> Found:
    value: dict[str, Any] = {"time": format_time(serial.us)} if serial.us < _NEVER else {}
    value["id"] = f"{serial.node} {serial.time}:{serial.number}".lstrip()
    if serial.node:
        value["node"] = serial.node
    command = _command_line(event.records)
    if command is not None:
        value["command_line"] = command
    value["records"] = event.records
    return Found(event.offset, value)


def _command_line(records: list[dict[str, Any]]) -> str | None:
    """The program and its arguments, of an event that started one."""
    arguments: dict[int, str] = {}
    for record in records:
        if record["type"] == "EXECVE":
            for name, value in record.items():
                found = _ARGUMENT.fullmatch(name)
                if found and not found[2] and isinstance(value, str):
                    arguments[int(found[1])] = arguments.get(int(found[1]), "") + value
    return " ".join(arguments[number] for number in sorted(arguments)) if arguments else None


def _fields(text: str, kind: str) -> dict[str, Any]:
    """The fields of one record."""
    found: dict[str, Any] = {}
    for name, equals, value in _FIELD.findall(text):
        if not equals:
            continue
        if value[:1] in ("'", "{") and "=" in value:
            for inner, content in _fields(value[1:-1], kind).items():
                found.setdefault(inner, content)
        else:
            found[name] = _value(name, value, kind)
    if kind == "EXECVE":
        _put_together(found)
    elif kind == "SYSCALL":
        _named(found)
    elif kind == "SOCKADDR" and isinstance(found.get("saddr"), str):
        for name, content in _address(found["saddr"]).items():
            found.setdefault(name, content)
    return found


def _value(name: str, text: str, kind: str) -> Any:
    if text[:1] in ('"', "'") and text[-1:] == text[:1] and len(text) > 1:
        return _keys(text[1:-1]) if name == "key" else text[1:-1]
    if text == "(null)":
        return None
    if (name in _ENCODED or (kind == "EXECVE" and _ARGUMENT.fullmatch(name))) and _HEX.fullmatch(text):
        plain = bytes.fromhex(text).decode("utf-8", "replace")
        if name == "proctitle":
            return plain.rstrip("\0").replace("\0", " ")
        return _keys(plain) if name == "key" else plain
    return text


def _keys(text: str) -> str | list[str]:
    """The keys of all rules that an event met: one is a text, several are a list."""
    return text.split("\1") if "\1" in text else text


def _put_together(found: dict[str, Any]) -> None:
    """A long argument is written in pieces: a1_len=9000 a1[0]=... a1[1]=..."""
    for name in list(found):
        piece = _ARGUMENT.fullmatch(name)
        if piece and piece[2]:
            whole = f"a{piece[1]}"
            found[whole] = str(found.get(whole) or "") + str(found.pop(name) or "")


def _named(found: dict[str, Any]) -> None:
    """Name what the record has as numbers."""
    arch, number = found.get("arch"), found.get("syscall")
    if isinstance(arch, str) and isinstance(number, str):
        for name, value in (("ARCH", architecture(arch)), ("SYSCALL", syscall(arch, number))):
            if value is not None:
                found.setdefault(name, value)


def _address(saddr: str) -> dict[str, Any]:
    """A socket's address, written as the bytes of a `struct sockaddr`."""
    if not _HEX.fullmatch(saddr) or len(saddr) < 4:
        return {}
    raw = bytes.fromhex(saddr)
    family = int.from_bytes(raw[:2], "little" if raw[1] == 0 else "big")
    if family == 2 and len(raw) >= 8:
        return {"saddr_fam": "inet", "laddr": _dotted(socket.AF_INET, raw[4:8]), "lport": str(raw[2] * 256 + raw[3])}
    if family == 10 and len(raw) >= 24:
        return {"saddr_fam": "inet6", "laddr": _dotted(socket.AF_INET6, raw[8:24]), "lport": str(raw[2] * 256 + raw[3])}
    if family == 1:
        path = raw[2:].lstrip(b"\0").split(b"\0")[0].decode("utf-8", "replace")
        return {"saddr_fam": "local", "path": path} if path else {"saddr_fam": "local"}
    return {}


def _dotted(family: socket.AddressFamily, packed: bytes) -> str:
    return socket.inet_ntop(family, packed)
