"""Writes EVTX files for tests: events as binary XML, spelled out in each record instead of by templates.

Format: the library libevtx documents it ("Windows XML Event Log (EVTX)"); numbers are little-endian. A file is a header
of 4 KiB and chunks of 64 KiB; a chunk is a header of 512 bytes and records; a record is 24 bytes and binary XML.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from struct import pack
from typing import NamedTuple

__all__ = ["CHUNK", "HEADER", "Event", "chunk", "evtx"]

CHUNK = 0x10000
HEADER = 0x1000
_RECORDS = 0x200  # where records begin in a chunk
_FRAGMENT = b"\x0f\x01\x01\x00"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


class Event(NamedTuple):
    """What a record says; `data` are the named values of EventData, `user` those of an element in UserData."""

    record_id: int
    time: datetime
    channel: str
    provider: str
    event_id: int
    data: dict[str, str]
    user: dict[str, str] = {}  # noqa: RUF012
    computer: str = "ws01.example.org"


class _Element(NamedTuple):
    name: str
    attributes: dict[str, str]
    content: str | Sequence[_Element]


def _tree(event: Event) -> _Element:
    system = [
        _Element("Provider", {"Name": event.provider}, ()),
        _Element("EventID", {}, str(event.event_id)),
        _Element("TimeCreated", {"SystemTime": event.time.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}, ()),
        _Element("EventRecordID", {}, str(event.record_id)),
        _Element("Channel", {}, event.channel),
        _Element("Computer", {}, event.computer),
    ]
    parts = [_Element("System", {}, system)]
    if event.data:
        data = [_Element("Data", {"Name": name}, value) for name, value in event.data.items()]
        parts.append(_Element("EventData", {}, data))
    if event.user:
        inner = [_Element(name, {}, value) for name, value in event.user.items()]
        parts.append(_Element("UserData", {}, [_Element("Said", {}, inner)]))
    return _Element("Event", {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"}, parts)


def _hash(name: str) -> int:
    found = 0
    for character in name:
        found = (found * 65599 + ord(character)) & 0xFFFFFFFF
    return found & 0xFFFF


def _name(name: str, at: int) -> bytes:
    """A name where it is used first: its own offset in the chunk, then itself."""
    return pack("<IIHH", at + 4, 0, _hash(name), len(name)) + name.encode("utf-16-le") + b"\0\0"


def _value(text: str) -> bytes:
    return pack("<BBH", 0x05, 0x01, len(text)) + text.encode("utf-16-le")


def _binary(element: _Element, at: int) -> bytes:
    """An element as binary XML that begins at this offset of the chunk."""
    name, attributes, content = element
    start = at + 5  # token and size
    body = _name(name, start)
    if attributes:
        listed = b""
        for number, (key, value) in enumerate(attributes.items(), 1):
            listed += b"\x06" if number == len(attributes) else b"\x46"
            listed += _name(key, start + len(body) + 4 + len(listed)) + _value(value)
        body += pack("<I", len(listed)) + listed
    if content:
        body += b"\x02"
        if isinstance(content, str):
            body += _value(content)
        else:
            for inner in content:
                body += _binary(inner, start + len(body))
        body += b"\x04"
    else:
        body += b"\x03"
    return pack("<BI", 0x41 if attributes else 0x01, len(body)) + body


def _record(event: Event, at: int) -> bytes:
    """A record that begins at this offset of the chunk."""
    body = _FRAGMENT + _binary(_tree(event), at + 24 + len(_FRAGMENT)) + b"\0"
    size = 24 + len(body) + 4
    since = event.time - _EPOCH
    written = (since.days * 86_400 + since.seconds) * 10_000_000 + since.microseconds * 10
    return b"**\0\0" + pack("<IQQ", size, event.record_id, written) + body + pack("<I", size)


def chunk(events: Sequence[Event]) -> bytes:
    """One chunk; the events must fit."""
    records = b""
    last = _RECORDS
    for event in events:
        last = _RECORDS + len(records)
        records += _record(event, last)
    first_id, last_id = events[0].record_id, events[-1].record_id
    end = _RECORDS + len(records)
    head = b"ElfChnk\0" + pack("<QQQQ", first_id, last_id, first_id, last_id)
    head += pack("<IIII", 128, last, end, zlib.crc32(records)) + bytes(64) + pack("<I", 0)
    tables = bytes(_RECORDS - 128)
    head += pack("<I", zlib.crc32(head[:120] + tables))
    assert end <= CHUNK
    return (head + tables + records).ljust(CHUNK, b"\0")


def evtx(chunks: Iterable[Sequence[Event]]) -> bytes:
    """A whole file."""
    made = [chunk(events) for events in chunks]
    head = b"ElfFile\0" + pack("<QQQIHHHH", 0, max(len(made) - 1, 0), 1, 128, 1, 3, HEADER, len(made)) + bytes(76)
    head += pack("<II", 0, zlib.crc32(head))
    return head.ljust(HEADER, b"\0") + b"".join(made)
