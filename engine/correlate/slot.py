"""A slot: one correlation for one group; and what all slots of a correlation have in common, compiled."""

from __future__ import annotations

from collections import Counter
from hashlib import blake2b
from typing import Any, NamedTuple

from engine.correlate.groups import Keys, texts_of
from engine.correlate.packed import pack
from engine.correlate.types import find, names
from engine.correlate.window import Type
from engine.errors import Place, RuleError
from engine.glance import Glance
from engine.rules import Correlation, Rule, Ruleset
from engine.titles import title

__all__ = ["Compiled", "Slot", "compiled"]

FORMAT = 1
"""Version of what is saved of every slot; another one makes all state start anew."""


class Slot(NamedTuple):
    """One correlation for one group.

    of     the correlation
    group  texts of its group, as `engine.correlate.groups.key_of` joins them
    """

    of: Compiled
    group: str


class Compiled:
    """What follows from a correlation alone.

    order    its place in the rule set
    kind     its type, made with its options
    meaning  digest of what its state depends on, and of what tells it from others of which that is the same
    reads    rule or correlation it refers to -> names that the hits must carry
    told     names of values that its episodes tell
    keys     rule or correlation it refers to -> key of a hit's group
    inner    it refers to correlations
    outer    correlations refer to it
    """

    def __init__(self, correlation: Correlation, order: int, kind: Type) -> None:
        self.correlation = correlation
        self.key = correlation.key
        self.order = order
        self.kind = kind
        self.timespan = correlation.timespan
        self.reach = kind.reach
        self.expires = kind.expires
        self.timed = kind.timed
        self.presence = kind.presence
        self.shows = kind.shows
        self.group_by = correlation.group_by
        self.meaning = ""
        self.told: tuple[str, ...] = ()
        self.reads: dict[str, tuple[str, ...]] = {}
        self.keys: dict[str, Keys] = {}
        self.inner = False
        self.outer = False

    def group(self, key: str) -> tuple[tuple[str, str | None], ...]:
        """Names and texts of a group."""
        return tuple(zip(self.group_by, texts_of(key), strict=True))

    def values(self, key: str, last: tuple[str, dict[str, Any]] | None) -> dict[str, Any]:
        """What an episode tells: of the group by its names, else of the last event that took part.

        last  the rule of that event and its values; None where there was none
        """
        if not self.told:
            return {}
        group = dict(self.group(key))
        found: dict[str, Any] = {name: group[name] for name in self.told if group.get(name) is not None}
        if last is not None:
            rule, values = last
            aliases = self.correlation.aliases
            for name in self.told:
                field = aliases[name].get(rule, name) if name in aliases else name
                if name not in group and field in values:
                    found[name] = values[field]
        return found


def compiled(ruleset: Ruleset) -> list[Compiled]:
    """Every correlation of a rule set, compiled, in its order: after all that it refers to.

    Raises RuleError for one whose options its type does not take; a loader has refused it before.
    """
    found = [_made(correlation, order) for order, correlation in enumerate(ruleset.correlations)]
    by_key = {each.key: each for each in found}
    shared: dict[tuple[str, ...], Keys] = {}
    for each in reversed(found):
        _connect(each, by_key, shared)
    meanings = _meanings(ruleset)
    alike: Counter[str] = Counter()
    for each in found:
        meaning = _meaning(each, meanings, ruleset)
        alike[meaning] += 1
        named = each.correlation.id or each.correlation.name
        each.meaning = _digest([meaning, each.key if named else alike[meaning]])
    return found


def _made(correlation: Correlation, order: int) -> Compiled:
    place = Place(correlation.path, correlation.line)
    found = find(correlation.type)
    if found is None:
        hint = f"one of {', '.join(names())}"
        raise RuleError(f'unknown correlation type "{correlation.type}"', place, hint, correlation.title)
    try:
        return Compiled(correlation, order, found(correlation))
    except ValueError as error:  # msgspec's faults are ValueErrors too
        raise RuleError(str(error), place, rule=correlation.title) from None


def _connect(one: Compiled, by_key: dict[str, Compiled], shared: dict[tuple[str, ...], Keys]) -> None:
    """What it reads of each rule, and what it asks correlations below to tell; those above were connected before."""
    correlation = one.correlation
    titled = title(correlation.alert_title).names if correlation.alert_title else ()
    seen = Glance._fields  # which every evidence has
    told = dict.fromkeys((*one.told, *correlation.fields, *(name for name in titled if name not in seen)))
    one.told = tuple(told)
    asked = dict.fromkeys((*one.group_by, *one.kind.reads(), *(name for name in told if name not in one.group_by)))
    for rule in correlation.rules:
        aliased = {name: fields[rule] for name, fields in correlation.aliases.items() if rule in fields}
        one.reads[rule] = tuple(dict.fromkeys(aliased.get(name, name) for name in asked))
        group = tuple(aliased.get(name, name) for name in one.group_by)
        one.keys[rule] = shared.setdefault(group, Keys(group))
        if rule in by_key:
            below = by_key[rule]
            below.outer = one.inner = True
            below.told = tuple(dict.fromkeys((*below.told, *one.reads[rule])))


def _meanings(ruleset: Ruleset) -> dict[str, Any]:
    """Rule or correlation -> plain data that says which hits it gives."""
    found: dict[str, Any] = {rule.key: _said(rule) for rule in ruleset.rules}
    for each in ruleset.correlations:
        own = [each.type, each.timespan, each.group_by, each.aliases, each.options, each.missing, each.queries]
        found[each.key] = _digest([own, [found.get(rule, rule) for rule in each.rules]])
    return found


def _said(rule: Rule) -> str:
    return _digest([rule.logsource, rule.selections, rule.condition])


def _meaning(one: Compiled, meanings: dict[str, Any], ruleset: Ruleset) -> str:
    correlation, kind = one.correlation, one.kind
    read = {name.split(".")[0] for names in one.reads.values() for name in names}
    derived = [[each.name, each.logsource, each.ways] for each in ruleset.derived if each.name in read]
    own = [correlation.timespan, correlation.group_by, correlation.aliases, correlation.missing, correlation.queries]
    rules = [meanings.get(rule, rule) for rule in correlation.rules]
    return _digest([FORMAT, correlation.type, kind.version, kind.meaning(), own, rules, derived])


def _digest(said: Any) -> str:
    return blake2b(pack(said), digest_size=16).hexdigest()
