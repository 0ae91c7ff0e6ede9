"""One event of a log, found again by its place."""

from __future__ import annotations

import os
from functools import partial
from typing import NamedTuple

from engine import decoders, logsources, sources
from engine.errors import Place, SourceError, UsageError
from engine.match.record import Record
from engine.model import Batch, Blob, Delivered, Event, Problem, Reading, Ref
from engine.runners.clock import time_of

__all__ = ["Picked", "pick"]


class Picked(NamedTuple):
    """An event, the same with its text as in the log, and what of the log before it could not be read."""

    event: Event
    record: Record
    problems: tuple[Problem, ...]


def pick(ref: str, reading: Reading, source: str | None = None) -> Picked:
    """The event that a ref names: "FILE#n", the n-th record of a file, from 1; "FILE" where it has only one.

    source  what the file is relative to, as in the refs of a scan of that source; None: the path as it is. "-" is
            standard input.

    Raises UsageError for a file that is not there and a number that it does not reach, SourceError for what cannot be
    read.
    """
    file, position = _split(ref)
    blob = _blob(file, source)
    seen, problems = 0, []
    first: Picked | None = None
    try:
        with sources.source(blob.source).open(blob) as stream:
            for item in decoders.decode(blob, stream, reading):
                if isinstance(item, Problem):
                    problems.append(item)
                    continue
                seen = item.first + len(item.records) - 1
                wanted = position or 1
                if first is None and item.first <= wanted <= seen:
                    first = _picked(item, wanted, blob, reading, tuple(problems))
                if first is not None and (position or seen > 1):
                    break
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", Place(file)) from None
    if first is None:
        raise _nothing(file, seen, position, problems)
    if position is None and seen > 1:
        raise UsageError(f"{file} holds more than one record", hint=f'name one of them: "{file}#1"')
    return first


def _split(ref: str) -> tuple[str, int | None]:
    """The file and the number of the record in it; a name that ends in "#3" itself is a file if there is one."""
    file, mark, number = ref.rpartition("#")
    if not mark or not (number.isascii() and number.isdigit()) or os.path.exists(ref):
        return ref, None
    if int(number) < 1:
        raise UsageError(f'"{ref}": records are counted from 1')
    return file, int(number)


def _blob(file: str, source: str | None) -> Blob:
    if source is not None and file != "-":
        blobs = [item for item in sources.for_target(source).find(source) if isinstance(item, Blob)]
        found = next((blob for blob in blobs if blob.ref == file), None)
        if found is None:
            from difflib import get_close_matches

            near = get_close_matches(file, [blob.ref for blob in blobs], 1)
            raise UsageError(f'{source} has no file "{file}"', hint=f'did you mean "{near[0]}"?' if near else None)
        return found
    if os.path.isdir(file):
        raise UsageError(f'"{file}" is a folder', hint=f'name a file and a record: --source {file} --event "FILE#1"')
    try:
        items = [item for item in sources.for_target(file).find(file) if not isinstance(item, Delivered)]
    except UsageError as error:
        hint = error.hint or "refs are relative to what was scanned: give that with --source"
        raise UsageError(error.fault, error.place, hint) from None
    blob = next((item for item in items if isinstance(item, Blob)), None)
    if blob is None or len(items) > 1:
        fault = items[0].fault if items and isinstance(items[0], Problem) else "is not one file"
        raise SourceError(fault, Place(file))
    return blob


def _picked(batch: Batch, position: int, blob: Blob, reading: Reading, problems: tuple[Problem, ...]) -> Picked:
    index = position - batch.first
    fields = batch.whole(index) if batch.whole else batch.records[index]
    kind = batch.logsource if batch.parts is None else batch.kinds()[index]
    paths = (reading.time_field,) if reading.time_field else logsources.known(kind).time
    original = batch.original(index) if batch.original else None
    event = Event(time_of(fields, paths), kind, fields, Ref(blob.ref, position), original=original)
    raw = batch.raw(index) if batch.raw else None
    return Picked(event, Record(lambda: fields, None if raw is None else partial(bytes, raw)), problems)


def _nothing(file: str, seen: int, position: int | None, problems: list[Problem]) -> SourceError | UsageError:
    """Why there is no such record."""
    if problems and (not seen or any(problem.lost for problem in problems)):
        problem = next((problem for problem in problems if problem.lost), problems[0])
        held = f" (before that it holds {seen} records)" if seen else ""
        return SourceError(f"{problem.fault}{held}", Place(file, offset=problem.offset))
    if not seen:
        return SourceError("it holds no record", Place(file))
    holds = "1 record" if seen == 1 else f"{seen} records"
    return UsageError(f"{file} holds {holds}, so there is no number {position}")
