"""The events of a test, made of what it says."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from engine import decoders, logsources, sources
from engine.errors import Place, SourceError, UsageError
from engine.model import Batch, Blob, LogSource, Problem, Reading
from engine.runners.pick import pick
from engine.testing.moments import START, moment
from engine.testing.settings import CaseSettings, Given, SuiteSettings
from engine.times import format_time

__all__ = ["happening", "put", "remove"]


def happening(said: SuiteSettings, case: CaseSettings, logsource: LogSource) -> list[dict[str, Any]]:
    """The records of a test, each a dict of its own, in the order in which it says them.

    Raises UsageError and SourceError for a file that cannot be read.
    """
    start = START if case.start is None else moment(case.start, None)
    path = said.time_field or logsources.known(logsource).time[0]
    return [record for given in case.events for record in _records(said, given, start, path, logsource)]


def _records(
    said: SuiteSettings, given: Given, start: int, path: str, logsource: LogSource
) -> Iterator[dict[str, Any]]:
    at = None if given.at is None else moment(given.at, start)
    for number in range(given.times):
        for record in _said(said, given, logsource):
            for name in given.without:
                remove(record, name.split("."))
            for name, value in given.change.items():
                put(record, name.split("."), copy.deepcopy(value))
            if at is not None:
                put(record, path.split("."), format_time(at + number * int(given.every)))
            elif logsources.lookup(record, path) is None:
                put(record, path.split("."), format_time(start + number * int(given.every)))
            yield record


def _said(said: SuiteSettings, given: Given, logsource: LogSource) -> list[dict[str, Any]]:
    if given.file is not None:
        return _of_file(str(given.file), Reading(logsource=logsource, time_field=said.time_field))
    return [copy.deepcopy(said.bases[given.base] if given.base is not None else given.event or {})]


def _of_file(path: str, reading: Reading) -> list[dict[str, Any]]:
    if "#" in path.rpartition("/")[2]:
        event = pick(path, reading).event
        return [copy.deepcopy(event.original or event.fields)]
    found: list[dict[str, Any]] = []
    blobs = [one for one in sources.for_target(path).find(path) if isinstance(one, Blob)]
    if not blobs:
        raise UsageError("there is no such file of events", Place(path), "paths count from the test file's folder")
    for blob in blobs:
        try:
            with sources.source(blob.source).open(blob) as stream:
                for item in decoders.decode(blob, stream, reading):
                    found += _of_item(item)
        except OSError as error:
            raise SourceError(f"cannot be read: {error.strerror or error}", Place(path)) from None
    return found


def _of_item(item: Batch | Problem) -> list[dict[str, Any]]:
    if isinstance(item, Problem):
        if item.lost:
            raise SourceError(item.fault, Place(item.ref))
        return []
    original = item.original or item.records.__getitem__
    return [copy.deepcopy(original(index)) for index in range(len(item.records))]


def put(record: dict[str, Any], path: list[str], value: Any) -> None:
    """Set a value; what is on the way and is no object becomes one."""
    for name in path[:-1]:
        inner = record.get(name)
        if not isinstance(inner, dict):
            inner = record[name] = {}
        record = inner
    record[path[-1]] = value


def remove(record: dict[str, Any], path: list[str]) -> None:
    """Take a value away, where there is one."""
    for name in path[:-1]:
        inner = record.get(name)
        if not isinstance(inner, dict):
            return
        record = inner
    record.pop(path[-1], None)
