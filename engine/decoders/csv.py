"""CSV of CloudTrail: what the console's event history and Athena export; any other with a header as plain records.

Columns get CloudTrail's own names and places, whatever their case and spaces: "Event name" and "eventname" are
`eventName`, "User name" is `userIdentity.userName`. Cells that hold JSON (`requestparameters`) become it; so does the
text that Athena makes of a struct (`{type=IAMUser, sessioncontext={...}}`), whose values all stay text. An empty cell
is a field that is missing. Columns without a place in CloudTrail keep their name. Purview's export of Microsoft 365 has
its records as JSON in one column.

A row that has too few or too many cells, is longer than a mebibyte, or has a quote that does not close within one, is
reported, and reading goes on at the line after the one where it began.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from engine.decoders._records import batches
from engine.decompress import Fault
from engine.jsontext import Damage, Found, parse
from engine.model import Batch, Blob, Problem, Reading
from engine.times import format_time, parse_time

__all__ = ["decode", "recognise"]

_LONGEST = 1 << 20  # bytes of one row
_OPEN = "a quote is opened and never closed"

# CloudTrail's names as they are written there; columns are matched in lower case, without spaces and signs.
_TOP = (
    "eventVersion", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress", "userAgent",
    "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData", "requestID",
    "eventID", "readOnly", "resources", "eventType", "apiVersion", "managementEvent", "recipientAccountId",
    "serviceEventDetails", "sharedEventID", "vpcEndpointId", "vpcEndpointAccountId", "eventCategory",
    "addendum", "sessionCredentialFromConsole", "edgeDeviceDetails", "tlsDetails", "insightDetails",
    "userIdentity",
)  # fmt: skip
_INNER = (
    "principalId", "accountId", "accessKeyId", "userName", "invokedBy", "sessionContext", "sessionIssuer",
    "mfaAuthenticated", "creationDate", "ec2RoleDelivery", "webIdFederationData", "federatedProvider",
    "sourceIdentity", "identityProvider", "credentialId", "onBehalfOf", "userId", "identityStoreArn",
    "inScopeOf", "tlsVersion", "cipherSuite", "clientProvidedHostHeader",
)  # fmt: skip
_PLACES = {name.lower(): (name,) for name in _TOP} | {
    "username": ("userIdentity", "userName"),
    "accesskey": ("userIdentity", "accessKeyId"),
    "awsaccesskey": ("userIdentity", "accessKeyId"),
    "useridentitytype": ("userIdentity", "type"),
    "useridentityarn": ("userIdentity", "arn"),
    "useridentityaccountid": ("userIdentity", "accountId"),
    "useridentityprincipalid": ("userIdentity", "principalId"),
    "useridentityusername": ("userIdentity", "userName"),
    "useridentityaccesskeyid": ("userIdentity", "accessKeyId"),
    "useridentityinvokedby": ("userIdentity", "invokedBy"),
    "region": ("awsRegion",),
    "sourceip": ("sourceIPAddress",),
    "accountid": ("recipientAccountId",),
}
_NAMES = {name.lower(): name for name in (*_INNER, *_TOP)}
_SIGNS = ({"eventname", "eventtime"}, {"auditdata", "operation"}, {"auditdata", "operations"})
_NEVER_TEXT = {"readOnly", "managementEvent"}
_STRUCTURED = {
    "userIdentity", "requestParameters", "responseElements", "additionalEventData", "resources", "serviceEventDetails",
    "addendum", "edgeDeviceDetails", "tlsDetails", "insightDetails",
}  # fmt: skip
_STRUCTS = {"userIdentity", "resources", "tlsDetails", "addendum"}
_STRUCT_NAME = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)=")
_CONSOLE_TIME = re.compile(r"([A-Z][a-z]+) (\d{1,2}), (\d{4}),? (\d{1,2}:\d{2}:\d{2})(?: ?\(UTC([+-]\d{2}:\d{2})?\))?")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


def recognise(head: bytes, ref: str) -> float:
    """Sure where the first row names CloudTrail's event name and time, or holds records of Microsoft 365."""
    head = head.lstrip()
    if head[:1] in (b"{", b"["):
        return 0.0
    line = head[:16_384].splitlines()[:1]
    if not line:
        return 0.0
    names = {_plain(cell) for cell in line[0].decode("utf-8", "replace").split(",")}
    return 0.95 if any(sign <= names for sign in _SIGNS) else 0.0


def decode(chunks: Iterator[bytes | Fault], blob: Blob, reading: Reading) -> Iterator[Batch | Problem]:
    """Records in order; see `engine.decoders` for the shape of what is given."""
    yield from batches(_rows(chunks), blob, reading, True)


class _Row(NamedTuple):
    """One logical row: where it begins, its cells, and its physical lines."""

    offset: int
    cells: list[str]
    lines: list[bytes]


def _rows(chunks: Iterator[bytes | Fault]) -> Iterator[Found | Damage | Fault]:
    csv.field_size_limit(max(csv.field_size_limit(), 2 * _LONGEST))  # of Python: 128 KiB, half of a CloudTrail record
    lines = _Lines(chunks)
    header: list[Callable[[dict[str, Any], str], None]] | None = None
    while (row := _row(lines)) is not None:
        if not any(line.strip() for line in row.lines):
            continue
        if header is None and not row.cells:
            yield Damage(row.offset, len(row.lines[0]), f"broken CSV: {_why(row)} in the header", "broken-csv")
            return
        if header is None:
            header = [_setter(name) for name in row.cells]
        elif len(row.cells) == len(header):
            record: dict[str, Any] = {}
            for put, cell in zip(header, row.cells, strict=True):
                put(record, cell)
            yield Found(row.offset, record)
        else:
            cells = f"a row of {len(row.cells)} cells where the header has {len(header)}"
            fault = cells if row.cells else _why(row)
            yield Damage(row.offset, len(row.lines[0]), f"broken CSV: {fault}", "broken-csv")
            lines.back(row.offset + len(row.lines[0]), row.lines[1:])
    if lines.fault:
        yield lines.fault


def _why(row: _Row) -> str:
    """What is wrong with a row that has no cells."""
    return "a row of over a mebibyte" if len(row.lines) == 1 and len(row.lines[0]) > _LONGEST else _OPEN


def _row(lines: _Lines) -> _Row | None:
    """The next row: as many lines as it takes for quotes to pair up; None at the end."""
    start = lines.offset
    parts: list[bytes] = []
    size = quotes = 0
    while (line := lines.next()) is not None:
        parts.append(line)
        size += len(line)
        quotes += line.count(b'"')
        if size > _LONGEST:
            return _Row(start, [], parts)
        if quotes % 2 == 0:
            break
    if not parts:
        return None
    if quotes % 2:
        return _Row(start, [], parts)
    text = b"".join(parts).decode("utf-8", "replace").replace("\0", "\ufffd")
    try:
        cells = next(csv.reader(io.StringIO(text, newline="")), [])
    except csv.Error:
        cells = []
    return _Row(start, cells, parts)


class _Lines:
    """Physical lines with their offsets, across chunks; lines can be put back."""

    def __init__(self, chunks: Iterator[bytes | Fault]) -> None:
        self.offset = 0
        self.fault: Fault | None = None
        self._put_back: list[bytes] = []
        self._lines = self._split(chunks)

    def next(self) -> bytes | None:
        line = self._put_back.pop() if self._put_back else next(self._lines, None)
        self.offset += len(line or b"")
        return line

    def back(self, offset: int, lines: list[bytes]) -> None:
        self.offset = offset
        self._put_back += reversed(lines)

    def _split(self, chunks: Iterator[bytes | Fault]) -> Iterator[bytes]:
        rest = b""
        for chunk in chunks:
            if isinstance(chunk, Fault):
                self.fault = chunk
                break
            lines = io.BytesIO(rest + chunk)
            rest = b""
            for line in lines:
                if not line.endswith(b"\n"):
                    rest = line
                    break
                yield line
        if rest:
            yield rest


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _setter(name: str) -> Callable[[dict[str, Any], str], None]:
    """What puts a cell of this column into a record."""
    plain = _plain(name)
    if plain in ("resourcetype", "resourcename"):
        key = "type" if plain == "resourcetype" else "ARN"
        return lambda record, cell: _put_resource(record, key, cell)
    path = _PLACES.get(plain, (name.strip().lstrip("\ufeff"),))
    return lambda record, cell: _put(record, path, _value(path[-1], cell))


def _put(record: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    if value is None:
        return
    for name in path[:-1]:
        inner = record.setdefault(name, {})
        if not isinstance(inner, dict):
            return
        record = inner
    record[path[-1]] = value


def _put_resource(record: dict[str, Any], key: str, cell: str) -> None:
    """Types and names stand in two columns, each a list with commas."""
    for index, part in enumerate(part.strip() for part in cell.split(",") if part.strip()):
        resources = record.setdefault("resources", [])
        if not isinstance(resources, list):
            return
        if index == len(resources):
            resources.append({})
        resources[index][key] = part


def _value(name: str, cell: str) -> Any:
    """A cell as CloudTrail would have it."""
    if cell in ("", "null"):
        return None
    if name in _NEVER_TEXT and cell.lower() in ("true", "false"):
        return cell.lower() == "true"
    if name == "eventTime" and parse_time(cell) is None:
        return _console_time(cell)
    if name in _STRUCTURED and cell.lstrip()[:1] in ("{", "["):
        try:
            value = parse(cell.encode("utf-8", "replace"))
        except ValueError:
            value = _struct(cell)
        # The columns that hold JSON of the service called have its own names, which are not ours to change.
        return _named(value, "ARN" if name == "resources" else "arn") if name in _STRUCTS else value
    return cell


def _named(value: Any, arn: str) -> Any:
    """Athena has the names in a struct in lower case; they get their capitals back."""
    if isinstance(value, list):
        return [_named(item, arn) for item in value]
    if not isinstance(value, dict):
        return value
    return {arn if name == "arn" else _NAMES.get(name, name): _named(item, arn) for name, item in value.items()}


def _console_time(cell: str) -> str:
    """ "July 10, 2023, 11:45:23 (UTC+02:00)" in ISO; anything else as it is."""
    found = _CONSOLE_TIME.fullmatch(cell.strip())
    if not found or found[1] not in _MONTHS:
        return cell
    clock = found[4].rjust(8, "0")
    text = f"{found[3]}-{_MONTHS.index(found[1]) + 1:02}-{int(found[2]):02}T{clock}{found[5] or 'Z'}"
    us = parse_time(text)
    return cell if us is None else format_time(us)


def _struct(cell: str) -> Any:
    """The text that Athena makes of structs and arrays; the cell itself where it is none."""
    try:
        value, end = _struct_value(cell, len(cell) - len(cell.lstrip()), 0)
    except (IndexError, RecursionError):
        return cell
    return value if not cell[end:].strip() else cell


def _struct_value(text: str, at: int, depth: int) -> tuple[Any, int]:
    """One value from `at`, and where it ends. A comma separates only where a name and "=" (or a new item) follow."""
    if text[at] == "[":
        items: list[Any] = []
        at += 1
        while text[at] != "]":
            item, at = _struct_value(text, at, depth + 1)
            items.append(item)
            at = _past_comma(text, at, "]")
        return items, at + 1
    if text[at] == "{" and (_STRUCT_NAME.match(text, at + 1) or text[at + 1] == "}"):
        fields: dict[str, Any] = {}
        at += 1
        while text[at] != "}":
            name = _STRUCT_NAME.match(text, at)
            if not name:
                raise IndexError(at)
            value, at = _struct_value(text, name.end(), depth + 1)
            fields[name[1]] = value
            at = _past_comma(text, at, "}")
        return fields, at + 1
    return _struct_scalar(text, at)


def _past_comma(text: str, at: int, closer: str) -> int:
    """Behind the comma, or at the bracket that closes; anything else is no struct."""
    if text[at] == closer:
        return at
    if text[at] != ",":
        raise IndexError(at)
    at += 1
    while text[at] == " ":
        at += 1
    return at


def _struct_scalar(text: str, at: int) -> tuple[str | None, int]:
    end = at
    while text[end] not in "}]" and not (text[end] == "," and _STRUCT_NAME.match(text, end + 1)):
        end += 1
    scalar = text[at:end]
    return (None if scalar == "null" else scalar), end
