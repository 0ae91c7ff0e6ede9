"""detect state: look into a state file, move it, check it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import tzinfo
from typing import TYPE_CHECKING, Any

import click

from engine.cli._report import colored, say
from engine.cli._sink import sink
from engine.cli._state import kept, named, stateful
from engine.cli._words import ZONE
from engine.errors import Place, SourceError, StoreError, UsageError
from engine.terminal import Paint, count, moment, visible
from engine.times import format_time

if TYPE_CHECKING:
    from engine.service import Contents, Wrong

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect state info
  detect state check --format json
  detect state export -o state.ndjson
  detect state import state.ndjson --state copy.db
"""
LARGEST = 10
"""Correlations that the table names; JSON names all."""

_FORM = click.option("--format", "-f", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)


@click.group(epilog=_EXAMPLES, short_help="Look into a state file, move it, check it.")
def command() -> None:
    """Look into the file that runs go on from, move it elsewhere, and check it.

    info, export and check may be used while a service runs; vacuum and import need the file for themselves.
    """


@command.command("info")
@_FORM
@click.option("--tz", type=ZONE, metavar="ZONE", help="Show times in this zone.")
@stateful
def _info(form: str, tz: tzinfo | None, state: str | None) -> None:
    """Show what a state file holds, and how far each source has delivered."""
    from engine.service import contents

    with kept(state) as store:
        found = contents(store)
    with sink(None) as stream:
        lines = [_json("state-info", _plain(found))] if form == "json" else [f"{line}\n" for line in _table(found, tz)]
        stream.write("".join(lines).encode("utf-8", "backslashreplace"))


@command.command("export")
@click.option("--output", "-o", metavar="FILE", help="Write there, whole or not at all, instead of to stdout.")
@click.option("--force", is_flag=True, help="Write over a FILE that is there.")
@stateful
def _export(output: str | None, force: bool, state: str | None) -> None:
    """Write everything that a state file holds as NDJSON, from which `import` makes the same file."""
    from engine.stores import export

    if output not in (None, "-") and os.path.isfile(os.path.expanduser(output)) and not force:
        raise UsageError("is there already", Place(output), "--force writes over it")
    lines = 0
    with kept(state) as store, sink(output) as stream:
        if sys.platform != "win32" and not getattr(stream, "direct", True):
            os.fchmod(stream.fileno(), 0o600)  # it holds parts of logs
        for line in export(store):
            stream.write(line)
            lines += 1
    if output not in (None, "-"):
        say([f"{count(lines - 2)} rows"])


@command.command("import")
@click.argument("file", metavar="FILE")
@click.option("--force", is_flag=True, help="Replace a state file that holds something.")
@stateful
def _import(file: str, force: bool, state: str | None) -> None:
    """Make a state file of what `export` wrote, by this or an earlier version; - is standard input."""
    from engine.stores import alone, empty, is_server, open_store, refill, restore

    path = named(state)
    given = "standard input" if file == "-" else file
    with _opened(file) as lines, alone(path):
        if (is_server(path) or os.path.exists(path)) and not force:
            with open_store(path) as store:
                full = not empty(store)
            if full:
                raise UsageError(
                    "holds something already", Place(path), "name another with --state; --force replaces it"
                )
        if is_server(path):
            from engine.stores._postgres import PostgresStore

            with PostgresStore(path) as server:
                rows = refill(lines, given, server)
        else:
            rows = restore(lines, given, path)
    say([f"{count(rows)} rows in {visible(path)}"])


@command.command("vacuum")
@stateful
def _vacuum(state: str | None) -> None:
    """Give back to the disk what a state file does not need any more."""
    from engine.service import contents
    from engine.stores import alone

    with kept(state) as store, alone(store.path):
        before = contents(store).bytes
        store.vacuum()
        after = contents(store).bytes
    say([f"{count(before)} bytes before, {count(after)} now"])


@command.command("check")
@_FORM
@stateful
def _check(form: str, state: str | None) -> None:
    """Check that a state file is whole, and that what it holds fits together. Nothing is changed.

    Status 3 when something is wrong.
    """
    from engine.service import check

    try:
        with kept(state) as store:
            found = check(store)
    except StoreError as error:
        if not error.fault.startswith("is damaged"):
            raise
        found = _damaged(error)
    with sink(None) as stream:
        if form == "json":
            text = _json("state-check", {"sound": not found, "wrong": [one._asdict() for one in found]})
        else:
            text = "".join(f"{line}\n" for line in _faults(found, Paint(colored("auto", sys.stdout))))
        stream.write(text.encode("utf-8", "backslashreplace"))
    click.get_current_context().exit(3 if found else 0)


def _damaged(error: StoreError) -> list[Wrong]:
    from engine.service import Wrong

    return [Wrong("damaged", "the file is damaged", 1, (error.fault,))]


def _faults(found: list[Wrong], paint: Paint) -> Iterator[str]:
    for one in found:
        yield f"{paint(one.kind, 'bold', 'red')}  {count(one.rows)}: {one.what}"
        yield from (f"  {visible(where)}" for where in one.where)
    if not found:
        yield "nothing is wrong"


def _opened(file: str) -> Any:
    if file == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return open(os.path.expanduser(file), "rb")  # who asked for it closes it
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}", Place(file), "check the path") from None


def _json(kind: str, said: dict[str, Any]) -> str:
    return json.dumps({"version": 1, "kind": kind, **said}, ensure_ascii=False) + "\n"


def _plain(found: Contents) -> dict[str, Any]:
    """The same with times as text."""
    said = found._asdict()
    for name in ("oldest", "newest", "watermark"):
        said[name] = _time(said[name])
    said["reached"] = {source: _time(time) for source, time in found.reached.items()}
    said["failing"] = {
        source: {**one._asdict(), "since": _time(one.since), "next_at": _time(one.next_at)}
        for source, one in found.failing.items()
    }
    said["windows"] = [{**one._asdict(), "decided": _time(one.decided)} for one in found.windows]
    return said


def _time(us: int | None) -> str | None:
    return None if us is None else format_time(us)


def _table(found: Contents, tz: tzinfo | None) -> Iterator[str]:
    def at(us: int | None) -> str:
        return "-" if us is None else " ".join(moment(us, tz))

    def sums(numbers: dict[str, int]) -> str:
        return ", ".join(f"{count(number)} {name}" for name, number in numbers.items() if number) or "none"

    yield f"{visible(found.path)}: format {found.format}, {count(found.bytes)} bytes, {count(found.free)} of them free"
    yield f"  files     {sums(found.files)}; events from {at(found.oldest)} to {at(found.newest)}"
    yield f"  reported  {count(found.reported)} detections that are known again"
    waits = {"hits": found.waiting, "episodes": found.unsaid, "events for alerts": found.undecided}
    yield f"  waiting   {sums(waits)}"
    yield f"  alerts    {sums(found.alerts)}; decided up to {at(found.watermark)}"
    yield f"  messages  {sums(found.messages)}"
    yield f"  scans     {sums(found.scans)}"
    yield f"  aside     {count(found.aside)} files"
    for source, time in found.reached.items():
        yield f"  reached   {at(time)}  {visible(source)}"
    for source, one in found.failing.items():
        yield f"  failing   since {at(one.since)}, {count(one.failures)} times  {visible(source)}: {visible(one.fault)}"
    groups, size = sum(one.groups for one in found.windows), sum(one.bytes for one in found.windows)
    decided = at(max((one.decided for one in found.windows if one.decided is not None), default=None))
    yield f"  windows   {count(len(found.windows))} correlations, {_size(groups, size)}, decided up to {decided}"
    for each in sorted((one for one in found.windows if one.groups), key=lambda one: (-one.bytes, one.key))[:LARGEST]:
        yield f"            {visible(each.key)}: {_size(each.groups, each.bytes)}"


def _size(groups: int, size: int) -> str:
    return f"{count(groups)} {'group' if groups == 1 else 'groups'} of {count(size)} bytes"
