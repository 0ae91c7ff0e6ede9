"""What derived fields are, said naively: it shares no code with `engine/derived`, and JMESPath is the library's."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from engine.rules import Capture, Copy, Derived, Lookup, Query, Way
from tests import oracle

__all__ = ["Enriched", "enriched"]


class Enriched(dict[str, Any]):
    """A record with its derived fields; `plain` is what was in the log."""

    plain: dict[str, Any]


def enriched(record: dict[str, Any], derived: Sequence[Derived]) -> Enriched:
    """The record, and every derived field that it has no field of the name of; built one after the other, until
    nothing changes any more."""
    made = Enriched(record)
    made.plain = record
    for _ in derived:
        for definition in derived:
            found = [value for way in definition.ways for value in given(way, made)]
            if definition.name not in record and found:
                made[definition.name] = found[0]
    return made


def given(way: Way, record: dict[str, Any]) -> Iterator[Any]:
    """The value of a way, if it gives one: nothing missing, null or empty."""
    value = evaluated(way, record)
    if value is not None and value not in ("", [], {}):
        yield value


def evaluated(way: Way, record: dict[str, Any]) -> Any:
    match way:
        case Query(expression):
            try:
                return json.loads(json.dumps(jmespath.search(expression, plain(record))))
            except JMESPathError:
                return None
        case Copy(field):
            return plain(at(record, field.split(".")))
        case Capture() | Lookup():
            value = at(record, way.field.split("."))
            texts = [text for one in oracle.members(value) if (text := scalar(one)) is not None]
            found = [one for text in texts if (one := of_text(way, text)) not in (None, "")]
            return found if isinstance(value, list) else next(iter(found), None)


def of_text(way: Capture | Lookup, text: str) -> Any:
    if isinstance(way, Capture):
        found = oracle.expression(way.pattern, "").search(re.sub("[\ud800-\udfff]", "\ufffd", text))
        return found[way.group] if found else None
    if way.match == "cidr":
        try:
            address = ipaddress.ip_address(text if "%" not in text else "")
        except ValueError:
            return None
        networks = {ipaddress.ip_network(key): value for key, value in way.table.items()}
        inside = [network for network in networks if address in network]
        return networks[max(inside, key=lambda network: network.prefixlen)] if inside else None
    seen = oracle.lower(text) if way.ignore_case else text
    fitting = [key for key in way.table if seen == key or (way.match == "prefix" and seen.startswith(key))]
    return way.table[max(fitting, key=len)] if fitting else None


def scalar(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict | oracle.Source) else oracle.text(value)


def at(value: Any, parts: list[str]) -> Any:
    """What stands at a path: one value, or the list of them where it goes through a list; None for nothing."""
    found = list(ends(value, parts))
    through = goes_through_list(value, parts)
    return found if through and found else next(iter(found), None)


def ends(value: Any, parts: list[str]) -> Iterator[Any]:
    return oracle.walk(value, parts)


def goes_through_list(value: Any, parts: list[str]) -> bool:
    if not parts:
        return False
    if isinstance(value, list):
        return True
    if isinstance(value, oracle.Source):
        value = value.value
    if isinstance(value, dict):
        for count in range(len(parts), 0, -1):
            key = ".".join(parts[:count])
            if key in value and list(ends(value[key], parts[count:])):
                return goes_through_list(value[key], parts[count:])
    return False


def plain(value: Any) -> Any:
    """Without the text of objects as logged: a derived object is seen as compact JSON."""
    if isinstance(value, oracle.Source):
        value = value.value
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
