"""Correlation documents: what each says, with everything that is wrong in it; references.py says what it refers to.

title: Many Role Assumptions Denied
correlation:
    type: event_count
    rules: [assume_role_denied]
    group-by: [userIdentity.arn]
    timespan: 10m
    condition: {gte: 10}

Types that Sigma does not have are for documents that say `language: detect`. Source: Sigma correlation rules
specification 2.1; docs/correlations.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from engine.correlate.types import find, names
from engine.load.durations import duration, no_duration
from engine.load.faults import Fault, did_you_mean
from engine.load.jmes import tree
from engine.load.options import Options
from engine.load.pysigma import sigma_head
from engine.load.titles import alert_title

__all__ = ["LANGUAGE", "SIGMA_TYPES", "TOP_KEYS", "Draft", "drafted"]

LANGUAGE = "detect"
"""What a document says of itself that goes beyond Sigma."""

SIGMA_TYPES = (
    "event_count", "value_count", "temporal", "temporal_ordered", "value_sum", "value_avg", "value_percentile",
    "value_median",
)  # fmt: skip
TOP_KEYS = (
    "title", "id", "name", "related", "taxonomy", "status", "description", "license", "author", "references", "date",
    "modified", "tags", "scope", "fields", "falsepositives", "level", "alert_title", "language", "generate",
    "variables", "correlation",
)  # fmt: skip
"""Every key that a document with `language` may have."""

_KEYS = ("type", "rules", "group-by", "timespan", "aliases", "generate", "missing")
_MISSING = ("null", "drop")
_EXPRESSION = re.compile(r"[\[\](){}|&`'\"*@!=<>,]").search


class Draft(NamedTuple):
    """What a document says, before anybody knows what it refers to.

    head     pySigma's reading of title, id, level and the like
    words    what it refers to
    aliases  alias -> word -> field
    options  as `Correlation.options` has them
    """

    head: Any
    type: str
    words: tuple[str, ...]
    timespan: int
    group_by: tuple[str, ...]
    queries: dict[str, str]
    aliases: dict[str, dict[str, str]]
    options: dict[str, Any]
    missing: str
    generate: bool
    language: str | None
    alert_title: str | None = None


def drafted(
    document: Mapping[str, Any], folder: str, remarks: list[Fault], tables: dict[str, str]
) -> tuple[Draft | None, list[Fault]]:
    """A draft, or all faults.

    folder   from where files are named
    remarks  takes what is odd without being wrong
    tables   takes the files that are read, with the digest of what is in them
    """
    faults: list[Fault] = []
    given = document["correlation"]
    language = _language(document, faults)
    try:
        said = {key: value for key, value in document.items() if key not in ("correlation", "generate", "language")}
        head, more = sigma_head({**said, "logsource": {"category": "correlation"}})
        remarks += more
    except Fault as fault:
        head = None
        faults.append(fault)
    if not isinstance(given, dict):
        hint = 'it has "type:", "rules:" and "timespan:"'
        return None, [*faults, Fault("correlation is not a mapping", hint, ("correlation",))]
    reading = _Reading(given, language, folder)
    draft = reading.draft(head, bool(document.get("generate")))
    tables |= reading.tables
    faults += [each.under("correlation") for each in reading.faults]
    if not isinstance(document.get("generate", False), bool):
        faults.append(Fault("generate is neither true nor false", None, ("generate",)))
    if faults or draft is None:
        return None, faults
    return draft._replace(alert_title=alert_title(document, remarks)), faults


def _language(document: Mapping[str, Any], faults: list[Fault]) -> str | None:
    language = document.get("language")
    if language is not None and language != LANGUAGE:
        near = did_you_mean(str(language), (LANGUAGE,))
        hint = near or f'write "{LANGUAGE}"; Sigma correlations have no language'
        faults.append(Fault(f'"{language}" is no language that correlations are written in', hint, ("language",)))
    if language is None:
        return None
    for key in document:
        if key not in TOP_KEYS:
            hint = did_you_mean(str(key), TOP_KEYS) or f"it may have {', '.join(TOP_KEYS)}"
            faults.append(Fault(f'a native correlation has no key "{key}"', hint, (str(key),), key=True))
    return LANGUAGE


class _Reading:
    """Takes one `correlation:` mapping apart; `faults` have places from there."""

    def __init__(self, given: dict[str, Any], language: str | None, folder: str) -> None:
        self.given, self.language, self.folder = given, language, folder
        self.tables: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.queries: dict[str, str] = {}

    def fault(self, said: str, hint: str | None, *steps: str | int, key: bool = False) -> None:
        self.faults.append(Fault(said, hint, steps, key=key))

    def draft(self, head: Any, generate: bool) -> Draft | None:
        kind = self.kind()
        words = self.listed("rules", "ids or names of rules", needed=True)
        if len(set(words)) < len(words):
            self.fault("a rule stands twice", "name each rule once", "rules")
        timespan = self.timespan()
        group_by = tuple(self.name(one, "group-by") for one in self.listed("group-by", "names of fields"))
        if len(set(group_by)) < len(group_by):
            self.fault("a field stands twice", "name each field once", "group-by")
        aliases = self.aliases(words)
        if not isinstance(self.given.get("generate", False), bool):
            self.fault("generate is neither true nor false", None, "generate")
        missing = self.missing()
        if kind is None:
            return None
        options = self.options(kind, words)
        default = getattr(find(kind), "missing", "null")
        return Draft(
            head, kind, words, timespan, group_by, self.queries, aliases, options, missing or default,
            generate or self.given.get("generate") is True, self.language,
        )  # fmt: skip

    def kind(self) -> str | None:
        kind = self.given.get("type")
        known = tuple(name for name in names() if self.language or name in SIGMA_TYPES)
        if isinstance(kind, str) and (kind in known or (self.language and find(kind) is not None)):
            return kind
        if kind is None:
            self.fault("the correlation has no type", f"one of: {', '.join(known)}")
        elif kind in names():
            hint = f'add "language: {LANGUAGE}" to the document'
            self.fault(f'the type "{kind}" is not one of Sigma\'s', hint, "type")
        else:
            hint = did_you_mean(str(kind), known) or f"one of: {', '.join(known)}"
            self.fault(f'"{kind}" is no correlation type', hint, "type")
        return None

    def listed(self, key: str, what: str, *, needed: bool = False) -> tuple[str, ...]:
        """A text or a list of texts."""
        if key not in self.given:
            if needed:
                self.fault(f'the correlation has no "{key}"', f'"{key}:" lists {what}')
            return ()
        given = self.given[key]
        found = [given] if isinstance(given, str) else given
        if not isinstance(found, list) or not found or any(not isinstance(one, str) or not one for one in found):
            self.fault(f"{key} is no list of {what}", None, key)
            return ()
        return tuple(found)

    def name(self, written: str, *steps: str | int) -> str:
        """The name of a field; where the language has them, an expression, which is then among the queries."""
        if self.language and _EXPRESSION(written):
            try:
                self.queries[written] = tree(written)
            except Fault as fault:
                self.faults.append(fault.under(*steps))
        return written

    def timespan(self) -> int:
        if "timespan" not in self.given:
            self.fault("the correlation has no timespan", 'write a number and a unit: "timespan: 10m"')
            return 0
        found = duration(self.given["timespan"])
        if not found:
            self.fault(*no_duration(self.given["timespan"], "timespan"), "timespan")
        return found or 0

    def missing(self) -> str | None:
        given = self.given.get("missing", "")
        if "missing" not in self.given:
            return None
        if given is None:  # YAML's own null
            return "null"
        if not self.language:
            self.fault('"missing" is not one of Sigma\'s keys', f'add "language: {LANGUAGE}"', "missing", key=True)
        elif given not in _MISSING:
            self.fault(f'missing is "{given}"', 'write "null" or "drop"', "missing")
        return str(given)

    def aliases(self, words: tuple[str, ...]) -> dict[str, dict[str, str]]:
        given = self.given.get("aliases", {})
        if not isinstance(given, dict):
            self.fault("aliases is not a mapping", "give each alias a field for each rule", "aliases")
            return {}
        found: dict[str, dict[str, str]] = {}
        for alias, fields in given.items():
            if not isinstance(fields, dict) or any(not isinstance(field, str) for field in fields.values()):
                self.fault(f'the alias "{alias}" does not name fields', "write RULE: FIELD", "aliases", alias)
                continue
            for word in fields:
                if word not in words:
                    hint = did_you_mean(word, words) or f"rules: {', '.join(words)}"
                    self.fault(f'the alias "{alias}" is for "{word}", which is not among the rules', hint,
                               "aliases", alias, word, key=True)  # fmt: skip
            found[alias] = {word: self.name(field, "aliases", alias, word) for word, field in fields.items()}
        return found

    def options(self, kind: str, words: tuple[str, ...]) -> dict[str, Any]:
        """What is left for the type."""
        fields = msgspec.structs.fields(find(kind).Options)  # type: ignore[union-attr]
        known = [field.encode_name for field in fields]
        for key in self.given:
            if key not in known and key not in _KEYS:
                hint = did_you_mean(str(key), (*known, *_KEYS)) or f"it may have {', '.join((*_KEYS, *known))}"
                self.fault(f'a correlation of type {kind} has no key "{key}"', hint, str(key), key=True)
        options = Options(kind, words, self.folder, self.name)
        found = options.read(self.given, fields)
        self.faults += options.faults
        self.tables |= options.tables
        return found
