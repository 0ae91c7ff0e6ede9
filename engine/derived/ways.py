"""Each way of making a derived field, compiled: a record in, a value or nothing out.

Nothing is UNSET, null, or anything empty. A list gives the list of what its members give. None of them can hang:
expressions are RE2's, JMESPath has a budget, tables are probed a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import re2  # type: ignore[import-untyped]
from msgspec import UNSET

from engine.derived.roots import roots
from engine.fields import flatten
from engine.jmes import Failed, OverBudget
from engine.jmes import compile as compile_jmes
from engine.rules import Capture, Copy, Lookup, Query, Way
from engine.values import address_of, fold, network_of, text_of

__all__ = ["Compute", "Memo", "Reads", "compute", "expression"]

Memo = dict[str, Any]
"""Derived fields of one record that are known already; for a new record a new one."""

Compute = Callable[[dict[str, Any], Memo], Any]
FromText = Callable[[str], Any]


class Reads(Protocol):
    """Reads what a way is made from: `engine.derived.fields.Fields`."""

    def __contains__(self, path: str) -> bool: ...

    def read(self, path: str, record: dict[str, Any], memo: Memo) -> Any: ...

    def values(self, names: Iterable[str], record: dict[str, Any], memo: Memo) -> dict[str, Any]: ...


def compute(way: Way, fields: Reads) -> Compute:
    """The function of a way; `fields` reads what it is made from. Raises ValueError for a broken expression."""
    if isinstance(way, Copy):
        field = way.field
        return lambda record, memo: fields.read(field, record, memo)
    if isinstance(way, Query):
        return _query(way, fields)
    return _each(way.field, _capture(way) if isinstance(way, Capture) else _lookup(way), fields)


def expression(pattern: str) -> Any:
    """The compiled RE2 expression. Raises ValueError, saying why, when RE2 refuses it."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = 64 << 20
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0] if error.args else error
        raise ValueError(reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)) from None


def _each(field: str, from_text: FromText, fields: Reads) -> Compute:
    """Apply a function to the text of a field, or to that of every member of a list that has one."""

    def computed(record: dict[str, Any], memo: Memo) -> Any:
        value = fields.read(field, record, memo)
        if type(value) is list:
            texts = [text for member in flatten(value) if (text := text_of(member)) is not None]
            known = {text: from_text(text) for text in dict.fromkeys(texts)}
            found = [one for text in texts if (one := known[text]) is not None and one != ""]
            return found or UNSET
        text = None if value is UNSET else text_of(value)
        return UNSET if text is None else from_text(text)

    return computed


def _capture(way: Capture) -> FromText:
    compiled, group = expression(way.pattern), way.group

    def captured(text: str) -> Any:
        try:
            found = compiled.search(text)
        except UnicodeEncodeError:  # lone surrogates
            found = compiled.search(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
        return None if found is None else found.group(group)

    return captured


def _lookup(way: Lookup) -> FromText:
    if way.match == "cidr":
        return _network(way)
    table = way.table
    change = fold if way.ignore_case else str
    if way.match == "exact":
        return lambda text: table.get(change(text))
    lengths = sorted({len(key) for key in table}, reverse=True)

    def longest(text: str) -> Any:
        changed = change(text[: lengths[0]] if lengths else "")
        for length in lengths:
            if length <= len(changed) and (found := table.get(changed[:length])) is not None:
                return found
        return None

    return longest


def _network(way: Lookup) -> FromText:
    """Networks by version and size, so that an address probes once a size and not once a network."""
    sizes: dict[tuple[int, int], dict[int, Any]] = {}
    for network, value in way.table.items():
        version, prefix, shift = network_of(network)
        sizes.setdefault((version, shift), {})[prefix] = value
    ordered = sorted(sizes.items(), key=lambda size: size[0])  # the smallest network has the least to shift away

    def inside(text: str) -> Any:
        address = address_of(text)
        if address is not None:
            for (version, shift), networks in ordered:
                if version == address[0] and (found := networks.get(address[1] >> shift)) is not None:
                    return found
        return None

    return inside


def _query(way: Query, fields: Reads) -> Compute:
    """The expression sees the record, and of the derived fields those that it names at the start of a path."""
    evaluate = compile_jmes(way.tree)
    derived = sorted(name for name in roots(way.tree) if name in fields)

    def queried(record: dict[str, Any], memo: Memo) -> Any:
        more = fields.values(derived, record, memo) if derived else None
        try:
            return evaluate({**more, **record} if more else record)
        except (Failed, OverBudget):
            return UNSET

    return queried
