"""What a correlation says for its type alone: from how a rule writes it to plain data.

Each type has a Struct of its options (engine/correlate/options.py), whose annotations say how a rule writes them.
"""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any, get_args

import msgspec

from engine.correlate.condition import Condition
from engine.load.conditions import parse
from engine.load.documents import Real
from engine.load.durations import duration, no_duration
from engine.load.faults import Fault, did_you_mean
from engine.load.places import places
from engine.load.tables import TableFault, read_table
from engine.rules import And, Const, Expr, Not, Or, Selection

__all__ = ["Options"]

OPERATORS = ("gt", "gte", "lt", "lte", "eq", "neq")
PRESENCE = ("temporal", "temporal_ordered")
COUNTING = ("event_count", "value_count")

Name = Callable[..., str]


class Options:
    """Reads the options of one correlation; `faults` have places from its mapping, `tables` are files it needs.

    words   what the correlation refers to, in order
    folder  from where files are named
    name    called with the name of every field and its place
    """

    def __init__(self, kind: str, words: Sequence[str], folder: str, name: Name) -> None:
        self.kind, self.words, self.folder, self.name = kind, words, folder, name
        self.faults: list[Fault] = []
        self.tables: dict[str, str] = {}

    def fault(self, said: str, hint: str | None, *steps: str | int, key: bool = False) -> None:
        self.faults.append(Fault(said, hint, steps, key=key))

    def read(self, given: Mapping[str, Any], fields: Sequence[msgspec.structs.FieldInfo]) -> dict[str, Any]:
        """Plain data for all options that are there."""
        found: dict[str, Any] = {}
        for field in fields:
            key = field.encode_name
            if field.type is Condition:
                found[key] = self.condition(given.get(key), given)
            elif key in given:
                found[key] = self.option(key, _is(field.type), given[key])
            elif field.required:
                self.fault(f'a correlation of type {self.kind} needs "{key}"', "see docs/correlations.md")
        return found

    def option(self, key: str, kind: str | None, value: Any) -> Any:
        if kind == "duration":
            found = duration(value)
            if found is None:
                self.fault(*no_duration(value, key), key)
            return found
        if kind == "field":
            return self.field(value, key)
        if kind == "fields":
            return [self.field(one, key) for one in (value if isinstance(value, list) else [value])]
        if kind == "rules":
            return [self.rule(one, key) for one in (value if isinstance(value, list) else [value])]
        if kind == "scores":
            return self.scores(value, key)
        if kind == "file":
            return self.path(value, key)
        if kind == "table":
            return self.table(value, key)
        return _plain(value)

    def field(self, value: Any, *steps: str | int) -> str:
        if not isinstance(value, str) or not value:
            self.fault("this is no name of a field", None, *steps)
            return ""
        return self.name(value, *steps)

    def rule(self, word: Any, *steps: str | int) -> int:
        """The place of a word among the rules."""
        if word in self.words:
            return self.words.index(word)
        hint = did_you_mean(str(word), self.words) or f"rules: {', '.join(self.words)}"
        self.fault(f'"{word}" is not among the rules', hint, *steps)
        return 0

    def scores(self, given: Any, key: str) -> list[Any]:
        if not isinstance(given, dict):
            self.fault("scores is not a mapping", "write RULE: NUMBER", key)
            return []
        scores: list[Any] = [None] * len(self.words)
        for word, score in given.items():
            place = self.rule(word, key, word)
            if not _is_number(score):
                self.fault(f'the score "{score}" is no number', None, key, word)
            elif scores:
                scores[place] = _plain(score)
        return scores

    def path(self, value: Any, key: str) -> str | None:
        if not isinstance(value, str) or not value:
            self.fault(f"{key} is no path", None, key)
            return None
        return os.path.normpath(os.path.join(self.folder, os.path.expanduser(value)))

    def table(self, value: Any, key: str) -> list[list[Any]]:
        path = self.path(value, key)
        if path is None:
            return []
        try:
            data = read_table(path)
            self.tables[path] = sha256(data).hexdigest()
            return places(path, data)
        except TableFault as fault:
            where = f", line {fault.line}" if fault.line else ""
            self.fault(f"{fault.fault}{where}", fault.hint, key)
        return []

    def condition(self, given: Any, whole: Mapping[str, Any]) -> dict[str, Any]:
        """Operators, a field and a percentile; for types of presence an expression may stand in their place."""
        if "condition" not in whole and self.kind in PRESENCE:
            return {"gte": len(self.words)}
        if isinstance(given, str) and self.kind in PRESENCE:
            return self.expression(given)
        if not isinstance(given, dict):
            said = "the correlation has no condition" if given is None else "the condition is not a mapping"
            self.fault(said, 'write an operator and a number: "condition: {gte: 5}"', *(["condition"] if given else []))
            return {}
        found = self.operators(given)
        if "field" in given:
            if self.kind in PRESENCE or self.kind in ("event_count", "ratio", "risk"):
                self.fault(f"{self.kind} measures no field", "leave it out", "condition", "field", key=True)
            fields = given["field"] if isinstance(given["field"], list) else [given["field"]]
            found["field"] = [self.field(one, "condition", "field") for one in fields]
            if len(fields) > 1 and self.kind != "value_count":
                self.fault(f"{self.kind} measures one field", None, "condition", "field")
        elif self.kind.startswith("value_"):
            self.fault(f"{self.kind} needs a field", 'name it: "condition: {field: NAME, gte: 5}"', "condition")
        self.satisfiable(found)
        return found

    def operators(self, given: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        known = (*OPERATORS, "field", *(["percentile"] if self.kind == "value_percentile" else []))
        for key, value in given.items():
            if key not in known:
                hint = did_you_mean(str(key), known) or f"one of: {', '.join(known)}"
                self.fault(f'a condition of {self.kind} has no "{key}"', hint, "condition", str(key), key=True)
            elif key == "field":
                continue
            elif not _is_number(value):
                self.fault(f'{key} is "{value}", which is no number', None, "condition", key)
            elif key == "percentile" and not 0 <= value <= 100:
                self.fault(f"there is no percentile {value}", "0 to 100", "condition", key)
            else:
                found[key] = _plain(value)
        if not any(key in OPERATORS for key in given):
            self.fault("the condition has no operator", f"one of: {', '.join(OPERATORS)}", "condition")
        return found

    def satisfiable(self, found: Mapping[str, Any]) -> None:
        """Refuse what no window with an event in it can satisfy."""
        limits = {name: value for name, value in found.items() if name in OPERATORS}
        if self.kind not in (*COUNTING, *PRESENCE) or not limits:
            return
        most = len(self.words) if self.kind in PRESENCE else math.inf
        near = {1, *(int(value) + step for value in limits.values() for step in (-1, 0, 1, 2))}
        if any(_satisfies(number, limits) for number in near if 1 <= number <= most):
            return
        if _satisfies(0, limits):
            hint = 'that nothing happens is for the type "absence", with "language: detect"'
            self.fault("only a window without an event satisfies the condition", hint, "condition")
        else:
            self.fault("no number satisfies the condition", None, "condition")

    def expression(self, given: str) -> dict[str, Any]:
        """A boolean condition over the rules, each of which it has to use."""
        try:
            parsed = parse(given, list(self.words))
        except Fault as fault:
            fault.hint = (fault.hint or "").replace("selection", "rule") or None
            fault.fault = fault.fault.replace("selection", "rule")
            self.faults.append(fault.under("condition"))
            return {}
        used: set[str] = set()
        found = self.tree(parsed, used)
        for word in self.words:
            if word not in used:
                self.fault(f'the condition does not use the rule "{word}"', "use it, or leave it out of the rules",
                           "condition")  # fmt: skip
        return {"expression": found}

    def tree(self, expr: Expr, used: set[str]) -> list[Any]:
        if isinstance(expr, Selection):
            used.add(expr.name)
            return ["rule", self.words.index(expr.name)]
        if isinstance(expr, Not):
            return ["not", self.tree(expr.arg, used)]
        if isinstance(expr, (And, Or)):
            return ["and" if isinstance(expr, And) else "or", *(self.tree(arg, used) for arg in expr.args)]
        # A pattern that names no rule.
        return ["and" if isinstance(expr, Const) and expr.value else "or"]


def _is(annotated: Any) -> str | None:
    """How a rule writes an option, where that is another way than it is kept."""
    for part in (annotated, *get_args(annotated)):
        for meta in getattr(part, "__metadata__", ()):
            if isinstance(meta, msgspec.Meta) and meta.extra and "is" in meta.extra:
                return str(meta.extra["is"])
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _plain(value: Any) -> Any:
    if isinstance(value, Real):
        return float(value)
    return [_plain(one) for one in value] if isinstance(value, list) else value


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le, "eq": operator.eq, "neq": operator.ne,
}  # fmt: skip


def _satisfies(number: int, limits: Mapping[str, Any]) -> bool:
    return all(_COMPARE[name](number, limit) for name, limit in limits.items())
