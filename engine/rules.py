"""What a rule is once loaded: plain data, no parser's object in it.

A `Rule` keeps its selections apart from its condition, so that a detection can say which selection matched and
`explain` can print the rule as it was understood. A `Predicate` is one test on one field; an `Expr` joins predicates.

Everything here is immutable, compares by value, and goes through msgpack (the compile cache) and pickle (workers).
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from typing import Any, ClassVar, Literal, NamedTuple

import msgspec

from engine.errors import RuleError
from engine.model import Level, LogSource, RuleHead

__all__ = [
    "ANY", "ONE", "And", "Bool", "Capture", "Cidr", "Compare", "Const", "Copy", "Correlation", "Derived", "Exact",
    "Exists", "Expr", "FieldRef", "Joined", "Lookup", "Not", "Null", "Number", "Or", "Pattern", "Predicate", "Query",
    "Regex", "Rule", "Ruleset", "Search", "Selection", "Text", "TimePart", "Way",
]  # fmt: skip

ANY = 0
"""In a pattern: any number of any characters, line breaks too (Sigma's `*`)."""
ONE = 1
"""In a pattern: exactly one character, a line break too (Sigma's `?`)."""

Pattern = tuple[str | int, ...]
"""Literal text and wildcards: no two literals and no two ANY side by side, no literal empty; () is the empty text."""

Operator = Literal["lt", "lte", "gt", "gte"]
Part = Literal["minute", "hour", "day", "week", "month", "year"]
Mode = Literal["equals", "contains", "startswith", "endswith"]


class _Node(msgspec.Struct, frozen=True, tag_field="is", array_like=True, gc=False):
    """Any node of an expression; `is` names its type in serialised form."""


# Predicates: one test on one field. A field of None is a keyword: any scalar value of the event, at any depth; for
# keywords the loader has already put ANY at both ends of a Text that is to be found inside a value.


class Text(_Node, frozen=True, tag="text"):
    """The value's text matches the whole pattern; case is ignored (both sides are folded) unless `cased`."""

    field: str | None
    pattern: Pattern
    cased: bool = False


class Number(_Node, frozen=True, tag="number"):
    """The value is this number, or text that reads as exactly this decimal text. `number` is exact JSON."""

    field: str | None
    number: str


class Bool(_Node, frozen=True, tag="bool"):
    """The value is this boolean, or its text in any case."""

    field: str | None
    value: bool


class Null(_Node, frozen=True, tag="null"):
    """The value is null, or the field is missing."""

    field: str


class Exists(_Node, frozen=True, tag="exists"):
    """The field is there (null and empty count as there), or with `value` False, is not."""

    field: str
    value: bool


class Regex(_Node, frozen=True, tag="regex"):
    """The expression is found in the value's text. `flags` is a sorted subset of "ims"."""

    field: str | None
    pattern: str
    flags: str = ""


class Cidr(_Node, frozen=True, tag="cidr"):
    """The value is an IP address inside the network ("10.0.0.0/8", host bits already masked)."""

    field: str | None
    network: str


class Compare(_Node, frozen=True, tag="compare"):
    """The value is a number (or text that is one) and stands in this relation to `number`."""

    field: str
    op: Operator
    number: str


class TimePart(_Node, frozen=True, tag="timepart"):
    """The part of the date written in the value (no zone conversion, ISO week) stands in this relation to `number`."""

    field: str
    part: Part
    op: Literal["eq", "lt", "lte", "gt", "gte"]
    number: str


class FieldRef(_Node, frozen=True, tag="fieldref"):
    """The value stands in relation `mode` to the content of the field `other`, taken literally."""

    field: str
    other: str
    mode: Mode = "equals"
    cased: bool = False


class Exact(_Node, frozen=True, tag="exact"):
    """What JMESPath says of the value at exactly this path, judged whole: no list is walked into, missing is null.

    field    names joined by dots, none of them with a dot in it
    test     "eq": equals the literal; "true": is true; "lt" to "gte": a number or text that stands in this relation to
             the literal; "contains", "starts_with", "ends_with": the function gives true; "kind": its kind is one of
             the literal's
    literal  JSON
    """

    field: str
    test: Literal["eq", "true", "lt", "lte", "gt", "gte", "contains", "starts_with", "ends_with", "kind"]
    literal: str = "null"


class Search(_Node, frozen=True, tag="search"):
    """A JMESPath expression is true of the whole record; where it fails or is too dear, it is not.

    tree  as `engine.jmes` takes it
    """

    field: ClassVar[None] = None
    tree: str


Predicate = Text | Number | Bool | Null | Exists | Regex | Cidr | Compare | TimePart | FieldRef | Exact | Search


# Expressions


class And(_Node, frozen=True, tag="and"):
    args: tuple[Expr, ...]


class Or(_Node, frozen=True, tag="or"):
    args: tuple[Expr, ...]


class Not(_Node, frozen=True, tag="not"):
    arg: Expr


class Const(_Node, frozen=True, tag="const"):
    """What a pattern that names no selection stands for: `1 of x*` is false, `all of x*` is true."""

    value: bool


class Selection(_Node, frozen=True, tag="selection"):
    """A selection of the same rule, by name; only in conditions."""

    name: str


Expr = And | Or | Not | Const | Selection | Predicate


class Joined(NamedTuple):
    """A Sigma filter that was joined to a rule: its condition must hold too."""

    id: str | None
    title: str
    path: str
    line: int


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One detection rule.

    key         what it is known by: its id, else its name, else a digest of its content
    path, line  where it stands; path as the user named it
    selections  name -> what must hold, in the order of the file
    condition   joins selections; several conditions are already joined by or
    alert_title  what its alerts are called, for `engine.titles`; None: what the rule is called
    filters     that were joined to it: their selections are among its own, their conditions part of its condition
    """

    key: str
    title: str
    path: str
    line: int
    logsource: LogSource
    selections: dict[str, Expr]
    condition: Expr
    id: str | None = None
    name: str | None = None
    level: Level = Level.medium
    status: str | None = None
    description: str | None = None
    author: str | None = None
    date: str | None = None
    modified: str | None = None
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    alert_title: str | None = None
    filters: tuple[Joined, ...] = ()

    @property
    def head(self) -> RuleHead:
        """What a detection carries of this rule."""
        return RuleHead(
            self.key, self.id, self.title, self.level, self.tags, self.path, self.logsource,
            self.description, self.references, self.falsepositives, self.alert_title,
        )  # fmt: skip


class Correlation(msgspec.Struct, frozen=True, kw_only=True):
    """A rule about several events: what its type makes of the hits of other rules, group by group, over time.

    key         as for a `Rule`
    type        name of a module in `engine/correlate/types`
    rules       keys of the rules and correlations it refers to, in the order listed
    names       for each of these, the word by which the file refers to it
    timespan    microseconds; 0 for a type that has none
    group_by    names of fields, derived fields or aliases, or JMESPath expressions where `language` allows them
    queries     those of the names above (and in options) that are JMESPath -> tree as `engine.jmes` takes it
    aliases     alias -> key of a rule -> field
    options     what only its type knows, as plain data: the condition, the field it measures, ...
    missing     what becomes of an event without a group-by field: the group null, or nothing
    generate    the rules it refers to are reported on their own too
    filters     that were joined to it
    """

    key: str
    title: str
    path: str
    line: int
    type: str
    rules: tuple[str, ...]
    names: tuple[str, ...]
    timespan: int
    group_by: tuple[str, ...] = ()
    queries: dict[str, str] = {}
    aliases: dict[str, dict[str, str]] = {}
    options: dict[str, Any] = {}
    missing: Literal["null", "drop"] = "null"
    generate: bool = False
    language: str | None = None
    id: str | None = None
    name: str | None = None
    level: Level = Level.medium
    status: str | None = None
    description: str | None = None
    author: str | None = None
    date: str | None = None
    modified: str | None = None
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    alert_title: str | None = None
    filters: tuple[Joined, ...] = ()
    logsource: LogSource = LogSource()

    @property
    def head(self) -> RuleHead:
        """What an alert carries of this correlation; its logsource is the one its rules share, or none."""
        return RuleHead(
            self.key, self.id, self.title, self.level, self.tags, self.path, self.logsource,
            self.description, self.references, self.falsepositives, self.alert_title,
        )  # fmt: skip


# Derived fields: what is not in a log but follows from it


class Copy(_Node, frozen=True, tag="copy"):
    """The value of another field."""

    field: str


class Capture(_Node, frozen=True, tag="capture"):
    """What one named group of a regular expression (RE2, search) finds in the text of another field."""

    field: str
    pattern: str
    group: str


class Query(_Node, frozen=True, tag="query"):
    """The result of a JMESPath expression over the whole record; `tree` as `engine.jmes` takes it."""

    expression: str
    tree: str


class Lookup(_Node, frozen=True, tag="lookup"):
    """What a table has for another field: for its whole text, the longest prefix of it, or the smallest network.

    table  key -> value; keys are folded where case is ignored, networks are in prefix notation
    """

    field: str
    match: Literal["exact", "prefix", "cidr"]
    table: dict[str, str | bool | int | float]
    ignore_case: bool = False


Way = Copy | Capture | Query | Lookup


class Derived(msgspec.Struct, frozen=True, kw_only=True):
    """A field that is computed: the value of the first of its ways that gives one.

    name        without dots; a field of the log of the same name wins over it
    logsource   of the events that have it; a word of None is any
    path, line  where it stands
    """

    name: str
    path: str
    line: int
    ways: tuple[Way, ...]
    logsource: LogSource = LogSource()
    description: str | None = None


class Ruleset(msgspec.Struct, frozen=True, dict=True):
    """Rules in the order of their files, what was rejected beside them, and what the user should know.

    derived       the fields that rules may use beside those of the log, in the order of their files
    correlations  after all that they refer to
    """

    rules: tuple[Rule, ...]
    rejected: tuple[RuleError, ...] = ()
    warnings: tuple[str, ...] = ()
    derived: tuple[Derived, ...] = ()
    correlations: tuple[Correlation, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The same for the same rules and fields in the same order, wherever they were loaded; 32 hex digits."""
        said: Any = (self.rules, self.derived) if self.derived else self.rules
        said = msgspec.msgpack.encode((said, self.correlations) if self.correlations else said)
        return hashlib.blake2b(said, digest_size=16).hexdigest()

    @cached_property
    def correlated(self) -> frozenset[str]:
        """Keys of the rules and correlations that correlations refer to."""
        return frozenset(rule for each in self.correlations for rule in each.rules)

    @cached_property
    def silent(self) -> frozenset[str]:
        """Those of them that are not reported on their own, because no correlation says `generate`."""
        return self.correlated - {rule for each in self.correlations if each.generate for rule in each.rules}
