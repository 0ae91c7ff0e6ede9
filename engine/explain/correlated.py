"""What a correlation asks for, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from engine.correlate.condition import Condition
from engine.correlate.types import find
from engine.derived import roots
from engine.rules import Correlation, Rule, Ruleset

__all__ = ["Part", "asked", "condition_of", "fields_read", "judged", "length", "measures", "parts_of", "settings"]

_UNITS = (
    ("y", 31_556_952), ("M", 2_629_746), ("w", 604_800), ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
)  # fmt: skip
_OPERATORS = {
    "gt": "more than", "gte": "at least", "lt": "less than", "lte": "at most", "eq": "exactly", "neq": "other than",
}  # fmt: skip
_MEASURES = {"value_sum": "the sum", "value_avg": "the mean", "value_median": "the median"}
_LENGTHS = ("history", "learning", "group-learning", "forget")


class Part(NamedTuple):
    """One rule or correlation that a correlation refers to; `word` is what its file calls it."""

    key: str
    word: str
    of: Rule | Correlation

    @property
    def kind(self) -> str:
        return "correlation" if isinstance(self.of, Correlation) else "rule"


def parts_of(correlation: Correlation, ruleset: Ruleset) -> tuple[Part, ...]:
    """What it refers to, in the order listed."""
    every: dict[str, Rule | Correlation] = {rule.key: rule for rule in ruleset.rules}
    every.update((each.key, each) for each in ruleset.correlations)
    pairs = zip(correlation.rules, correlation.names, strict=True)
    return tuple(Part(key, word, every[key]) for key, word in pairs if key in every)


def condition_of(correlation: Correlation) -> Condition:
    """Its condition; one that asks for nothing where its type has none."""
    return msgspec.convert(correlation.options.get("condition") or {}, Condition)


def measures(correlation: Correlation) -> tuple[str, ...]:
    """The names that its type reads of each hit, beside the group."""
    kind = find(correlation.type)
    return () if kind is None else tuple(dict.fromkeys(kind(correlation).reads()))


def fields_read(correlation: Correlation, ruleset: Ruleset) -> Iterator[tuple[Rule, str]]:
    """Each rule below it, and each field that it reads of the rule's events; of an expression what that looks up.

    What an inner correlation has in its group is among the fields of that one.
    """
    read = dict.fromkeys((*correlation.group_by, *measures(correlation)))
    for part in parts_of(correlation, ruleset):
        names = [correlation.aliases.get(name, {}).get(part.key, name) for name in read]
        of = part.of
        if isinstance(of, Correlation):
            names = [name for name in names if name not in of.group_by and name not in of.aliases]
        for name in names:
            tree = correlation.queries.get(name)
            for field in (name,) if tree is None else sorted(roots(tree)):
                yield from ((rule, field) for rule in _rules_below(part, ruleset))


def _rules_below(part: Part, ruleset: Ruleset) -> Iterator[Rule]:
    if isinstance(part.of, Rule):
        yield part.of
    else:
        for inner in parts_of(part.of, ruleset):
            yield from _rules_below(inner, ruleset)


def length(microseconds: int) -> str:
    """As a rule writes it, in the largest unit that fits: 10m."""
    seconds, rest = divmod(microseconds, 1_000_000)
    if rest:
        return f"{microseconds / 1_000_000}s"
    return next((f"{seconds // size}{unit}" for unit, size in _UNITS if seconds and seconds % size == 0), "0s")


def asked(correlation: Correlation) -> str:
    """What has to be true of a group, in words: `at least 5 different values of target_role`."""
    say = _SAY.get(correlation.type)
    return say(correlation, condition_of(correlation)) if say else f"what the type {correlation.type} says"


def judged(correlation: Correlation) -> str:
    """When that is asked."""
    kind = find(correlation.type)
    if kind is None or not kind(correlation).timed:
        return "at each hit"
    span = length(correlation.timespan)
    if correlation.type == "absence":
        return (
            f"{span} after {'a hit that waits for another' if correlation.options.get('after') else 'the newest hit'}"
        )
    return f"when a window closes, {span} after the hit that opens it, as more hits could undo it"


def settings(correlation: Correlation) -> Iterator[tuple[str, str]]:
    """The options that only its type knows, but for the condition, as a rule writes them."""
    for name, value in correlation.options.items():
        if name != "condition" and value is not None:
            yield name, _setting(name, value, correlation)


# Conditions in words


def _limits(condition: Condition) -> str:
    said = [f"{_OPERATORS[name]} {value:,}" for name, value in condition.operators.items()]
    return " and ".join(said)


def _counted(correlation: Correlation, condition: Condition) -> str:
    one = list(condition.operators.values()) == [1]
    return f"{_limits(condition)} {'event' if one else 'events'}"


def _values(correlation: Correlation, condition: Condition) -> str:
    fields = ", ".join(condition.field)
    what = "values of" if len(condition.field) == 1 else "combinations of"
    return f"{_limits(condition)} different {what} {fields}"


def _amount(correlation: Correlation, condition: Condition) -> str:
    measure = _MEASURES.get(correlation.type)
    if measure is None:
        rank = 50 if condition.percentile is None else condition.percentile
        measure = f"percentile {rank}"
    return f"{measure} of {', '.join(condition.field)} is {_limits(condition)}"


def _present(correlation: Correlation, condition: Condition) -> str:
    order = ", in this order" if correlation.type == "temporal_ordered" else ", in any order"
    rules = len(correlation.rules)
    if condition.expression is not None:
        text = _expression(condition.expression, correlation.names)
        return text + (order if correlation.type == "temporal_ordered" else "")
    if condition.operators in ({}, {"gte": rules}, {"eq": rules}):
        return f"all {rules} rules{order}"
    return f"{_limits(condition)} of {rules} rules{order}"


def _expression(node: list[Any], names: tuple[str, ...], within: str = "") -> str:
    kind, *given = node
    if kind == "rule":
        return str(names[given[0]])
    if kind == "not":
        return f"not {_expression(given[0], names, 'not')}"
    said = f" {kind} ".join(_expression(one, names, kind) for one in given)
    return f"({said})" if within not in ("", kind) else said


def _absent(correlation: Correlation, condition: Condition) -> str:
    span, after = length(correlation.timespan), correlation.options.get("after")
    if not after:
        return f"no event of a group for {span}"
    others = [word for at, word in enumerate(correlation.names) if at not in after]
    started = " or ".join(correlation.names[at] for at in after)
    return f"{started}, and then no {' or '.join(others) or 'other'} within {span}"


def _new(correlation: Correlation, condition: Condition) -> str:
    fields = correlation.options["field"]
    what = f"a value of {fields[0]}" if len(fields) == 1 else f"a combination of {', '.join(fields)}"
    return f"{what} that the group did not have in {length(correlation.timespan)} before"


def _other(correlation: Correlation, condition: Condition) -> str:
    return (
        f"another value of {', '.join(correlation.options['field'])} than the event before, "
        f"at most {length(correlation.timespan)} ago"
    )


def _spike(correlation: Correlation, condition: Condition) -> str:
    given = correlation.options
    what = (
        f"{given['minimum']:,} events"
        if not given.get("field")
        else f"a sum of {given['field']} of {given['minimum']:,}"
    )
    return f"at least {what}, and {given['ratio']:,} times the mean of {length(given['history'])} before"


def _share(correlation: Correlation, condition: Condition) -> str:
    part = " or ".join(correlation.names[at] for at in correlation.options["part"])
    least = correlation.options.get("minimum", 1)
    enough = f", of at least {least:,}" if least > 1 else ""
    return f"the share of {part} among all events is {_limits(condition)}{enough}"


def _far(correlation: Correlation, condition: Condition) -> str:
    given = correlation.options
    return (
        f"a place more than {given.get('radius', 50):,} km from the one before, "
        f"farther than {given.get('speed', 1000):,} km/h go in the time between"
    )


def _score(correlation: Correlation, condition: Condition) -> str:
    once = ", each rule once" if correlation.options.get("once") else ""
    return f"the scores add up to {_limits(condition)}{once}"


def _setting(name: str, value: Any, correlation: Correlation) -> str:
    if name in _LENGTHS and isinstance(value, int):
        return length(value)
    if name in ("after", "part"):
        return ", ".join(correlation.names[at] for at in value)
    if name == "scores":
        pairs = zip(correlation.names, value, strict=False)
        return ", ".join(f"{word} {score:,}" for word, score in pairs if score is not None)
    if name == "table":
        return f"{len(value):,} networks"
    if name == "groups":
        shown = [one if isinstance(one, str) else " ".join(one) for one in value]
        return ", ".join(shown[:5]) + (f" and {len(shown) - 5:,} more" if len(shown) > 5 else "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int | float) else str(value)


_SAY: dict[str, Callable[[Correlation, Condition], str]] = {
    "event_count": _counted,
    "value_count": _values,
    "value_sum": _amount,
    "value_avg": _amount,
    "value_median": _amount,
    "value_percentile": _amount,
    "temporal": _present,
    "temporal_ordered": _present,
    "absence": _absent,
    "first_seen": _new,
    "change": _other,
    "spike": _spike,
    "ratio": _share,
    "travel": _far,
    "risk": _score,
}
