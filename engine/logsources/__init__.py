"""What is known of each kind of log: where its time, ids and actors are, and which rules look at it.

The knowledge is data, one file a product beside this one; unknown.yml, which is about all other logs, says what is in
such a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from engine.aliases import Aliases
from engine.model import LogSource
from engine.windows import kinds as windows

__all__ = ["Known", "all_known", "known", "lookup", "routed"]


class Known(NamedTuple):
    """One entry of the data; every tuple of texts holds dotted paths in order of preference.

    ids      of an id that is made of several fields, all of them
    signs    by which records of this log are known; see `engine.logsources.signs`
    routes   rule logsources that see these events beside those whose words all equal
    aliases  where rules find fields that they name otherwise than the log
    """

    logsource: LogSource
    time: tuple[str, ...]
    ids: tuple[str | tuple[str, ...], ...]
    who: tuple[str, ...]
    origin: tuple[str, ...]
    action: tuple[str, ...]
    signs: tuple[str, ...]
    routes: tuple[LogSource, ...]
    aliases: Aliases


@lru_cache(maxsize=1_024)
def known(logsource: LogSource) -> Known:
    """The entry that shares most words with this logsource; the last resort is the entry for unknown logs.

    An entry that names a word which the logsource names otherwise never applies; one that names a word which the
    logsource leaves open does only where it is the product's first. The answer carries the logsource asked for.
    """
    wanted = _lowered(logsource)
    best, most = None, (0, 0)
    for entry in _of_product(wanted.product):
        words = [(have, want) for have, want in zip(entry.logsource, wanted, strict=True) if have]
        if any(want and have != want for have, want in words):
            continue
        same = sum(have == want for have, want in words)
        if (same, same - len(words)) > most:
            best, most = entry, (same, same - len(words))
    return (best or _unknown())._replace(logsource=logsource)


def all_known() -> tuple[Known, ...]:
    """Every entry: products by name, within a product as in its file."""
    return tuple(entry for product in _products() for entry in _of_product(product))


def routed(rule: LogSource, event: LogSource) -> bool:
    """Whether rules of one logsource see events of the other: each word the rule names is the event's, in any case.

    A rule that names no word at all sees every known event. An event of which nothing is known is seen by no rule:
    routing is then the caller's to turn off, and to warn about.
    """
    return _routed(rule, event)


@lru_cache(maxsize=65_536)
def _routed(rule: LogSource, event: LogSource) -> bool:
    wanted, given = _lowered(rule), _lowered(event)
    if not any(given):
        return False
    if _covers(wanted, given) or (given.product == "windows" and windows.sees(wanted, given)):
        return True
    entries = _of_product(given.product)
    return any(wanted == route for entry in entries if entry.logsource == given for route in entry.routes)


def lookup(record: Mapping[str, Any], path: str) -> Any:
    """The first value at a dotted path, None when missing; a key that holds the dots wins, lists give their first."""
    value = record.get(path)
    if value is not None:
        return value
    parts = _parts(path)
    if len(parts) == 1:
        return None
    if len(parts) == 2:
        parent = record.get(parts[0])
        if type(parent) is dict:
            value = parent.get(parts[1])
            if value is None or type(value) is not list:
                return value
        elif parent is None:
            return None
    return _descend(record, parts)


@lru_cache(maxsize=4_096)
def _parts(path: str) -> list[str]:
    return path.split(".")


def _descend(value: Any, parts: list[str]) -> Any:
    while type(value) is list:
        value = value[0] if value else None
    if not parts:
        return value
    if type(value) is not dict and not isinstance(value, Mapping):
        return None
    for count in range(len(parts), 0, -1):
        inner = value.get(".".join(parts[:count]))
        if inner is not None and (found := _descend(inner, parts[count:])) is not None:
            return found
    return None


def _covers(rule: LogSource, event: LogSource) -> bool:
    return all(want is None or want == have for want, have in zip(rule, event, strict=True))


def _lowered(logsource: LogSource) -> LogSource:
    return LogSource(*(word.lower() if word else None for word in logsource))


def _named(name: str) -> LogSource:
    """ "aws/cloudtrail" as a logsource; an empty place is open."""
    words = [word.lower() or None for word in name.split("/")]
    return LogSource(*words)


@lru_cache(maxsize=1)
def _products() -> tuple[str, ...]:
    """The products that have a file."""
    names = (file.name for file in files(__name__).iterdir())
    return tuple(sorted(name[:-4] for name in names if name.endswith(".yml") and name != "unknown.yml"))


@lru_cache(maxsize=256)
def _of_product(product: str | None) -> tuple[Known, ...]:
    """The entries of a product; a file is read only when one of its events, or rules for them, are met."""
    return _entries(product) if product in _products() else ()


@lru_cache(maxsize=1)
def _unknown() -> Known:
    return _entries("unknown")[0]


def _entries(name: str | None) -> tuple[Known, ...]:
    import yaml  # only here: the time of reading it is not spent by `--help`

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
    data = yaml.load(files(__name__).joinpath(f"{name}.yml").read_text("utf-8"), Loader=loader)  # noqa: S506
    return tuple(_entry(item) for item in data)


def _entry(item: dict[str, Any]) -> Known:
    time, ids, who, origin, action = (tuple(item.get(name, ())) for name in ("time", "ids", "who", "origin", "action"))
    routes = tuple(_named(route) for route in item.get("routes", ()))
    signs = tuple(item.get("signs", ()))
    ids = tuple(tuple(each) if isinstance(each, list) else each for each in ids)
    return Known(_named(item["name"]), time, ids, who, origin, action, signs, routes, Aliases(item.get("fields", {})))
