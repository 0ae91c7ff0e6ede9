"""The support report: which rules do their work here, as a table, JSON or SARIF, and what changed since another run."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

from engine.cli._report import colored, say, terminal_width
from engine.cli._sarif import Kind, Result, sarif
from engine.cli._sink import sink
from engine.errors import Place, UsageError
from engine.explain import correlated_points, points
from engine.explain.support import KINDS, STATES, Entry, support
from engine.rules import Ruleset
from engine.terminal import Paint, count, cut, visible
from engine.version import __version__

__all__ = ["Wanted", "report"]

_Level = Literal["error", "warning", "note"]
_LEVELS: dict[str, _Level] = {"rejected": "error", "never": "error", "suspicious": "warning"}
_LOOKS = {"rejected": "red", "never": "red", "suspicious": "yellow", "loaded": "green"}
_DOCS = "docs/semantics.md"
_POINTS = (*points.POINTS, *correlated_points.POINTS)


class Wanted(NamedTuple):
    """What the options said: the form, an older report, and whether a difference to it is status 1."""

    form: str
    color: str
    compare: str | None
    fail_on_change: bool


class Change(NamedTuple):
    """A rule that is "new", "gone" or "changed" between two reports, and its entries in them; `entry` is the newer."""

    what: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    entry: dict[str, Any]


def report(ruleset: Ruleset, wanted: Wanted) -> int:
    """Write the report; returns the exit status.

    With an older report and `fail_on_change` 1 when anything differs, else 0; without them 3 when a rule was rejected.
    Raises UsageError for an older report that is none.
    """
    older = None if wanted.compare is None else _read(wanted.compare)
    entries = support(ruleset)
    now = [_plain(entry) for entry in entries]
    changes = None if older is None else list(_changes(older, now))
    with sink(None) as stream:
        if wanted.form == "json":
            stream.write(_json(now, changes))
        elif wanted.form == "sarif":
            stream.write(sarif(_kinds(), _results(entries)))
        else:
            width = max(60, terminal_width(sys.stdout))
            lines = _table(now, changes, Paint(colored(wanted.color, sys.stdout)), width)
            stream.write("".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    if changes and wanted.form == "sarif":
        say(f"{count(len(changes))} rules differ from {visible(wanted.compare or '')}\n")
    if wanted.fail_on_change:
        return 1 if changes else 0
    return 3 if ruleset.rejected else 0


# JSON


def _plain(entry: Entry) -> dict[str, Any]:
    made = entry._asdict()
    made["reasons"] = [reason._asdict() for reason in entry.reasons]
    made["points"] = list(entry.points)
    return made


def _json(entries: Sequence[dict[str, Any]], changes: Sequence[Change] | None) -> bytes:
    states = Counter(entry["state"] for entry in entries)
    document: dict[str, Any] = {
        "version": 1,
        "kind": "support",
        "engine": __version__,
        "states": {state: states[state] for state in STATES},
        "points": {point.id: point.text for point in _POINTS},
        "rules": entries,
    }
    if changes is not None:
        document["changes"] = [{"what": one.what, "before": one.before, "after": one.after} for one in changes]
    return json.dumps(document, indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def _read(path: str) -> list[dict[str, Any]]:
    hint = "write one with: detect rules --support --format json > FILE"
    try:
        with open(path, "rb") as stream:
            document = json.load(stream)
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", Place(path), hint) from None
    except ValueError:
        raise UsageError("is no JSON", Place(path), hint) from None
    entries = document.get("rules") if isinstance(document, dict) and document.get("kind") == "support" else None
    if not isinstance(entries, list) or not all(map(_is_entry, entries)):
        raise UsageError("is no support report", Place(path), hint)
    if document.get("version") != 1:
        raise UsageError(f"is a support report of version {document.get('version')}, not 1", Place(path))
    return entries


def _is_entry(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() >= {"key", "title", "path", "state", "reasons", "points"}


# What changed


def _changes(before: Sequence[dict[str, Any]], after: Sequence[dict[str, Any]]) -> Iterator[Change]:
    """Rules that are new, that have changed, in order of the newer report, and then those that are gone."""
    left = list(before)
    pairs = _paired(left, after, _by_key)
    pairs |= _paired(left, [entry for entry in after if id(entry) not in pairs], _by_place)
    for entry in after:
        was = pairs.get(id(entry))
        if was is None:
            yield Change("new", None, entry, entry)
        elif _said(was) != _said(entry):
            yield Change("changed", was, entry, entry)
    for entry in left:
        yield Change("gone", entry, None, entry)


def _paired(left: list[dict[str, Any]], after: Sequence[dict[str, Any]], name: Any) -> dict[int, dict[str, Any]]:
    """Entries of the newer report with the older ones of the same name, which are taken out of `left`."""
    named: dict[Any, list[dict[str, Any]]] = {}
    for entry in left:
        named.setdefault(name(entry), []).append(entry)
    found: dict[int, dict[str, Any]] = {}
    for entry in after:
        same = named.get(name(entry)) if name(entry) is not None else None
        if same:
            found[id(entry)] = same.pop(0)
    taken = {id(entry) for entry in found.values()}
    left[:] = [entry for entry in left if id(entry) not in taken]
    return found


def _by_key(entry: dict[str, Any]) -> Any:
    return entry["key"]


def _by_place(entry: dict[str, Any]) -> Any:
    """A rule that was rejected is known by its title and the name of its file, wherever the folder lies."""
    return entry["title"], os.path.basename(entry["path"])


def _said(entry: dict[str, Any]) -> Any:
    """What makes two entries the same: state, reasons and points; not where the rule stands."""
    return entry["state"], [(one["kind"], one["text"]) for one in entry["reasons"]], list(entry["points"])


# Table


def _table(
    entries: Sequence[dict[str, Any]], changes: Sequence[Change] | None, paint: Paint, width: int
) -> Iterator[str]:
    order = {state: number for number, state in enumerate(STATES)}
    for entry in sorted(entries, key=lambda entry: order[entry["state"]]):
        if entry["state"] != "loaded":
            yield from _lines(entry["state"], entry, paint, width)
    yield from _points(entries, paint, width)
    if changes is not None:
        yield paint("changes", "bold") if changes else paint("nothing has changed", "bold")
        for change in changes:
            yield from _changed(change, paint, width)
    states = Counter(entry["state"] for entry in entries)
    yield paint(", ".join(f"{count(states[state])} {state}" for state in reversed(STATES)), "bold")


def _lines(label: str, entry: dict[str, Any], paint: Paint, width: int) -> Iterator[str]:
    word = paint(f"{label:<10}", _LOOKS.get(label, "bold"))
    yield f"{word}  {cut(entry['title'] or '(no title)', width - 12)}"
    place = ":".join(str(part) for part in (entry["path"], entry.get("line")) if part is not None)
    yield f"            {paint(visible(place), 'dim')}"
    for reason in entry["reasons"]:
        yield f"            {visible(reason['text'])}"


def _points(entries: Sequence[dict[str, Any]], paint: Paint, width: int) -> Iterator[str]:
    used = Counter(point for entry in entries for point in entry["points"])
    if used:
        yield paint(f"open points of the specification that rules rely on ({_DOCS})", "bold")
    for point in _POINTS:
        if used[point.id]:
            yield f"  {count(used[point.id]):>7}  {point.id:<5} {cut(point.text, width - 17)}"


def _changed(change: Change, paint: Paint, width: int) -> Iterator[str]:
    yield from _lines(change.what, {**change.entry, "reasons": []}, paint, width)
    if change.before and change.after:
        (was, why, points), (now, because, relies) = _said(change.before), _said(change.after)
        if was != now:
            yield f"            {was} -> {now}"
        for sign, some, others in (("-", why, because), ("+", because, why)):
            yield from (f"            {sign} {visible(text)}" for kind, text in some if (kind, text) not in others)
        for sign, had, has in (("-", points, relies), ("+", relies, points)):
            yield from (f"            {sign} relies on {point}" for point in had if point not in has)
    else:
        yield f"            {change.entry['state']}"


# SARIF


def _kinds() -> list[Kind]:
    kinds = [Kind(name, text, "error" if name == "rejected" else "warning") for name, text in KINDS.items()]
    return kinds + [Kind(f"open/{point.id}", point.text, "note", f"{_DOCS}, point {point.id}") for point in _POINTS]


def _results(entries: Sequence[Entry]) -> Iterator[Result]:
    texts = {point.id: point.text for point in _POINTS}
    for entry in entries:
        about = entry.key or entry.title
        for reason in entry.reasons:
            level = _LEVELS.get(entry.state, "note")
            yield Result(reason.kind, level, reason.text, entry.path, entry.line, entry.column, about)
        for point in entry.points:
            text = f"relies on a point that Sigma leaves open. Here: {texts[point]}"
            yield Result(f"open/{point}", "note", text, entry.path, entry.line, entry.column, about)
