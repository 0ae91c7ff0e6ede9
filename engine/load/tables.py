"""Tables that derived fields look things up in: CSV and JSON files -> key and value of every row.

All of a table is kept in the ruleset, so it is bounded: MAX_BYTES a file, MAX_ROWS a table.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
import stat
from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any, NamedTuple

import msgspec

from engine.load.faults import did_you_mean
from engine.values import fold, text_of

__all__ = ["MAX_BYTES", "MAX_ROWS", "Row", "TableFault", "contents", "read_table", "rows_of"]

MAX_BYTES = 16 << 20
MAX_ROWS = 100_000
MAX_PREFIX = 1_000
"""Characters of a key that others begin with."""

Scalar = str | bool | int | float
SUFFIXES = (".csv", ".tsv", ".json")


class TableFault(Exception):
    """Something wrong in a table; `line` from 1, None for the whole of it."""

    def __init__(self, fault: str, hint: str | None = None, line: int | None = None) -> None:
        super().__init__(fault)
        self.fault, self.hint, self.line = fault, hint, line


class Row(NamedTuple):
    """One row: `line` in the file where it is known, and the cells of the two columns as they are."""

    line: int | None
    key: Any
    value: Any


def read_table(path: str) -> bytes:
    """The bytes of a table's file. Raises TableFault."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # opening a pipe would never end
            raise TableFault(f'the table "{path}" is not a regular file')
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TableFault(f'the table "{path}" cannot be read: {reason}', "paths are relative to this file") from None
    if len(data) > MAX_BYTES:
        raise TableFault(f'the table "{path}" has more than {MAX_BYTES >> 20} MiB', "keep the rows and columns in use")
    return data


def rows_of(path: str, data: bytes, key: str | None, value: str | None) -> Iterator[Row]:
    """The rows of a file, by its suffix. Raises TableFault."""
    if path.lower().endswith(".json"):
        yield from _json(data, key, value)
    elif path.lower().endswith(SUFFIXES):
        yield from _csv(data, "\t" if path.lower().endswith(".tsv") else ",", key, value)
    else:
        raise TableFault(f'"{path}" is no kind of table that is known', "a .csv, .tsv or .json file, or a mapping")


def contents(rows: Iterator[Row], match: str, ignore_case: bool) -> dict[str, Scalar]:
    """Rows -> what `Lookup.table` holds; rows without a value are left out. Raises TableFault."""
    table: dict[str, Scalar] = {}
    lines: dict[str, int | None] = {}
    for row in rows:
        key = _key(row, match, ignore_case)
        value = _value(row)
        if value is None:
            continue
        before = table.get(key)
        if before is not None and repr(before) != repr(value):
            again = f", in line {lines[key]} already" if lines[key] is not None else ""
            raise TableFault(f'the key "{row.key}" stands for two values{again}', "leave one of them", row.line)
        if before is None and len(table) >= MAX_ROWS:
            raise TableFault(f"more than {MAX_ROWS:,} rows", "keep the rows in use")
        table[key] = value
        lines.setdefault(key, row.line)
    return table


def _key(row: Row, match: str, ignore_case: bool) -> str:
    key = text_of(row.key)
    if key is None:
        raise TableFault("a key is no text, number or boolean", None, row.line)
    if match == "cidr":
        try:
            return str(ip_network(key, strict=False))
        except ValueError:
            raise TableFault(f'"{key}" is no address or network', "write it as 10.0.0.0/8", row.line) from None
    if match == "prefix" and len(key) > MAX_PREFIX:
        raise TableFault(f"a prefix of more than {MAX_PREFIX:,} characters", None, row.line)
    return fold(key) if ignore_case else key


def _value(row: Row) -> Scalar | None:
    value = row.value
    if value is None or value == "":
        return None
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int) and -(1 << 63) <= value < 1 << 64:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    raise TableFault("a value is no text, boolean or number of ordinary size", None, row.line)


def _csv(data: bytes, delimiter: str, key: str | None, value: str | None) -> Iterator[Row]:
    if key is None or value is None:
        missing = "key" if key is None else "value"
        raise TableFault(f'"{missing}" is missing', f'"{missing}: COLUMN" names a column of the table')
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableFault("the table is not UTF-8", "save it as UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
        at_key, at_value = _column(header, key), _column(header, value)
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                fault = f"{len(row)} cells where the first line has {len(header)}"
                raise TableFault(fault, "quote cells that hold the delimiter", reader.line_num)
            yield Row(reader.line_num, row[at_key], row[at_value])
    except csv.Error as error:
        raise TableFault(f"broken CSV: {error}", None, reader.line_num) from None


def _column(header: list[str], name: str) -> int:
    if name in header:
        return header.index(name)
    hint = did_you_mean(name, header) or (f"columns: {', '.join(header[:20])}" if header else "the table is empty")
    raise TableFault(f'the table has no column "{name}"', hint, 1)


def _json(data: bytes, key: str | None, value: str | None) -> Iterator[Row]:
    """A list of objects, an object of objects (by their key), or an object of values."""
    try:
        table = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        at = re.search(r"byte (\d+)", str(error))
        line = data.count(b"\n", 0, int(at[1])) + 1 if at else None
        raise TableFault(f"broken JSON: {error}", None, line) from None
    if isinstance(table, list):
        if key is None or value is None:
            missing = "key" if key is None else "value"
            raise TableFault(f'"{missing}" is missing', f'"{missing}: NAME" names a member of the table\'s objects')
        yield from _objects(table, key, value)
    elif isinstance(table, dict):
        if key is not None:
            raise TableFault('"key" means nothing here', "the keys are the names in the table's object")
        for name, entry in table.items():
            if isinstance(entry, dict) is (value is None):
                fault = '"value" is missing' if value is None else f'"{name}" has no members, so "value" means nothing'
                raise TableFault(fault, '"value: NAME" names a member of the table\'s objects')
            yield Row(None, name, entry if value is None else entry.get(value))
    else:
        raise TableFault("the table is no list and no object", 'write {"KEY": VALUE}, or [{"COLUMN": VALUE}]')


def _objects(table: list[Any], key: str, value: str) -> Iterator[Row]:
    names = {name for row in table if isinstance(row, dict) for name in row}
    for column in (key, value):
        if table and column not in names:
            hint = did_you_mean(column, names) or f"members: {', '.join(sorted(names)[:20])}"
            raise TableFault(f'no object of the table has "{column}"', hint)
    for number, row in enumerate(table, 1):
        if not isinstance(row, dict) or key not in row:
            raise TableFault(f'entry {number} of the table has no "{key}"', "a list of objects, each with the key")
        yield Row(None, row[key], row.get(value))
