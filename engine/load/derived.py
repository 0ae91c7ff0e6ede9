"""Documents of derived fields -> definitions, faults, and which names cannot be used."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from engine.derived import names_asked, names_read, possible
from engine.errors import Place, RuleError
from engine.load.documents import Document, Unreadable, documents, place_of
from engine.load.faults import Fault, Steps
from engine.load.files import File
from engine.load.tables import TableFault, read_table
from engine.load.ways import TOP_KEYS, Entry, logsource_of, unknown
from engine.model import LogSource
from engine.rules import Derived, Rule

__all__ = ["MAX_CHAIN", "MAX_FIELDS", "Definitions"]

MAX_CHAIN = 20
"""Fields that build on one another."""

MAX_FIELDS = 1_000
"""Fields of one load: more are no description any more, and looking for circles among them would take long."""

_EXAMPLE = "fields: [{name: session, from: userIdentity.arn, regex: '(?P<session>[^/]+)$'}]"


class Definitions:
    """Takes documents in order and gathers what they give.

    rejected  what is wrong, in order
    tables    path of every table's file that was looked at -> digest of its content, "" where it cannot be read
    """

    def __init__(self) -> None:
        self.rejected: list[RuleError] = []
        self.tables: dict[str, str] = {}
        self._found: list[tuple[Derived, Place, bool]] = []
        self._broken: list[tuple[str, LogSource, str]] = []
        self._read: dict[str, bytes | TableFault] = {}

    def add_file(self, file: File, *, shipped: bool = False) -> None:
        """Read a file that has nothing but derived fields in it."""
        if file.fault is not None:
            self.rejected.append(RuleError(f"the file cannot be read: {file.fault}", Place(file.path)))
            return
        empty = True
        try:
            for document in documents(file.data):
                empty = False
                if isinstance(document.value, dict) and "fields" in document.value:
                    self.add(file.path, document, shipped=shipped)
                else:
                    self._reject(file.path, document, Fault("this document has no list of fields", _EXAMPLE), None)
        except Unreadable as error:
            place = Place(file.path, error.line, error.column, error.offset)
            self.rejected.append(RuleError(error.fault, place, error.hint))
            return
        if empty:
            self.rejected.append(RuleError("the file is empty", Place(file.path), _EXAMPLE))

    def add(self, path: str, document: Document, *, shipped: bool = False) -> None:
        """Read one document; what `shipped` defines gives way to the user's own of the same name and logsource."""
        value = document.value
        logsource, faults = logsource_of(value)
        faults = [*document.faults, *faults, *unknown(value, TOP_KEYS)]
        entries = value["fields"]
        if not isinstance(entries, list) or not entries:
            faults.append(Fault('"fields" is no list of fields', "write each as - name: NAME", ("fields",), key=True))
            entries = []
        for fault in faults:
            self._reject(path, document, fault, None)
        reason = f"{faults[0].fault} ({path})" if faults else None
        for index, entry in enumerate(entries):
            self._entry(path, document, entry, ("fields", index), logsource, shipped, reason)

    def _entry(
        self,
        path: str,
        document: Document,
        entry: Any,
        steps: Steps,
        logsource: LogSource,
        shipped: bool,
        reason: str | None,
    ) -> None:
        """Read one field; `reason` is why none of its document can be used."""
        reader = Entry(os.path.dirname(path), self.table)
        definition = reader.read(entry, logsource, path)
        name = entry.get("name") if isinstance(entry, dict) else None
        shown = name if isinstance(name, str) else None
        for fault in reader.faults:
            if isinstance(fault, RuleError):
                self.rejected.append(RuleError(fault.fault, fault.place, fault.hint, shown))
            else:
                self._reject(path, document, fault.under(*steps), shown)
        place = Place(path, *place_of(document.node, (*steps, "name")))
        if definition is not None and not reader.faults and reason is None:
            self._found.append((_at(definition, place), place, shipped))
        elif shown is not None:
            where = definition.logsource if definition is not None else logsource
            why = f"{reader.faults[0].fault} ({place})" if reader.faults else str(reason)
            self._broken.append((shown, LogSource() if reason else where, why))

    def _reject(self, path: str, document: Document, fault: Fault, name: str | None) -> None:
        place = Place(path, *place_of(document.node, fault.steps, key=fault.key))
        self.rejected.append(RuleError(fault.fault, place, fault.hint, name))

    def table(self, path: str) -> bytes:
        """The content of a table's file, read once. Raises TableFault."""
        if path not in self._read:
            try:
                data = read_table(path)
                self._read[path], self.tables[path] = data, sha256(data).hexdigest()
            except TableFault as fault:
                self._read[path], self.tables[path] = fault, ""
        found = self._read[path]
        if isinstance(found, TableFault):
            raise found
        return found

    def why_not(self, names: Iterable[str], logsource: LogSource) -> tuple[str, str] | None:
        """The first of some names that stands for a field which cannot be used for a logsource, and why; or None."""
        broken = [(name, why) for name, where, why in self._broken if possible(where, logsource)]
        return next(((name, why) for wanted in names for name, why in broken if name == wanted), None)

    def sound(self, rules: Sequence[Rule], files: Mapping[str, File]) -> tuple[list[Rule], list[RuleError]]:
        """The rules that read no field which cannot be used, and for each of the others why; call it after `finish`."""
        if not self._broken:
            return list(rules), []
        good: list[Rule] = []
        errors: list[RuleError] = []
        for rule in rules:
            reason = self.why_not(names_asked(rule), rule.logsource)
            if reason is None:
                good.append(rule)
                continue
            fault = f'it reads the derived field "{reason[0]}", which cannot be used: {reason[1]}'
            place = _place_in(rule, reason[0], files.get(rule.path))
            errors.append(RuleError(fault, place, "correct the field; the rule itself is fine", rule.title))
        return good, errors

    def finish(self) -> tuple[Derived, ...]:
        """All that can be used, in order; call it when every document has been added."""
        kept = self._without_long_chains(self._without_circles(self._once()))
        return tuple(definition for definition, _ in self._on_firm_ground(kept))

    def _break(self, definition: Derived, place: Place, fault: str, hint: str | None, *, silent: bool = False) -> None:
        """Keep that a field cannot be used; `silent` where the same fault is reported at another one."""
        if not silent:
            self.rejected.append(RuleError(fault, place, hint, definition.name))
        self._broken.append((definition.name, definition.logsource, f"{fault} ({place})"))

    def _once(self) -> list[tuple[Derived, Place]]:
        """Without fields that are defined twice for one logsource; the same again is no fault."""
        first: dict[tuple[str, LogSource], tuple[Derived, Place, bool]] = {}
        for definition, place, shipped in self._found:
            key = definition.name, _lowered(definition.logsource)
            before = first.get(key)
            if before is None or (before[2] and not shipped):
                first[key] = definition, place, shipped
            elif _meaning(before[0]) != _meaning(definition):
                fault = f'the field "{definition.name}" is defined at {before[1]} already'
                hint = "give it another name or logsource, or list both ways under first_of"
                self._break(definition, place, fault, hint)
        kept = [(definition, place) for definition, place, _ in first.values()]
        for number, (definition, place) in enumerate(kept[MAX_FIELDS:]):
            fault = f"more than {MAX_FIELDS:,} derived fields"
            self._break(definition, place, fault, "keep those in use", silent=number > 0)
        return kept[:MAX_FIELDS]

    def _without_circles(self, kept: list[tuple[Derived, Place]]) -> list[tuple[Derived, Place]]:
        made_from = _made_from([definition for definition, _ in kept])
        circles = {number: found for number in range(len(kept)) if (found := _circle(number, made_from))}
        for number, circle in circles.items():
            definition, place = kept[number]
            names = " -> ".join(kept[one][0].name for one in circle)
            fault = f"the fields are made from each other in a circle: {names}"
            hint = "make one of them from fields of the log"
            if len(circle) == 2:
                fault = f'the field "{definition.name}" is made from itself'
                hint = "a field of the log of the same name is used before the derived one anyway"
            self._break(definition, place, fault, hint, silent=number != min(circle))
        return [one for number, one in enumerate(kept) if number not in circles]

    def _without_long_chains(self, kept: list[tuple[Derived, Place]]) -> list[tuple[Derived, Place]]:
        made_from = _made_from([definition for definition, _ in kept])
        good = []
        for number, (definition, place) in enumerate(kept):
            if _depth(number, made_from) > MAX_CHAIN:
                fault = f"a chain of more than {MAX_CHAIN} fields that build on one another"
                self._break(definition, place, fault, "make it shorter")
            else:
                good.append((definition, place))
        return good

    def _on_firm_ground(self, kept: list[tuple[Derived, Place]]) -> list[tuple[Derived, Place]]:
        """Without fields that are made from fields which cannot be used."""
        while True:
            good: list[tuple[Derived, Place]] = []
            for definition, place in kept:
                reason = self.why_not(sorted(names_read(definition)), definition.logsource)
                if reason is None:
                    good.append((definition, place))
                    continue
                fault = f'it is made from the derived field "{reason[0]}", which cannot be used: {reason[1]}'
                self._break(definition, place, fault, None)
            if len(good) == len(kept):
                return good
            kept = good


def _place_in(rule: Rule, name: str, file: File | None) -> Place:
    """Where a rule names a field; its first line where that is not found."""
    try:
        for document in documents(file.data) if file is not None and file.fault is None else ():
            steps = _steps_to(document.value.get("detection"), name) if document.line == rule.line else None
            if steps is not None:
                return Place(rule.path, *place_of(document.node, ("detection", *steps), key=True))
    except Unreadable:
        pass
    return Place(rule.path, rule.line)


def _steps_to(value: Any, name: str) -> Steps | None:
    """The way to the first key that is a path into a field, modifiers and all."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        if isinstance(key, str) and key.partition("|")[0].partition(".")[0] == name:
            return (key,)
        below = _steps_to(inner, name)
        if below is not None:
            return (key, *below)
    return None


def _at(definition: Derived, place: Place) -> Derived:
    from msgspec.structs import replace

    return replace(definition, line=place.line or 1)


def _lowered(logsource: LogSource) -> LogSource:
    return LogSource(*(word.lower() if word else None for word in logsource))


def _meaning(definition: Derived) -> tuple[Any, ...]:
    return definition.ways, definition.description


def _made_from(definitions: Sequence[Derived]) -> list[list[int]]:
    """For each definition those that it may be made from."""
    by_name: dict[str, list[int]] = {}
    for number, definition in enumerate(definitions):
        by_name.setdefault(definition.name, []).append(number)
    return [
        [
            other
            for name in sorted(names_read(definition))
            for other in by_name.get(name, ())
            if possible(definitions[other].logsource, definition.logsource)
        ]
        for definition in definitions
    ]


def _circle(start: int, made_from: Sequence[Sequence[int]]) -> list[int] | None:
    """The way from a definition back to itself, both ends named; None when there is none."""
    before: dict[int, int] = {}
    todo = [start]
    while todo:
        one = todo.pop()
        for other in made_from[one]:
            if other == start:
                path = [start, one]
                while path[-1] != start:
                    path.append(before[path[-1]])
                return path[::-1]
            if other not in before:
                before[other] = one
                todo.append(other)
    return None


def _depth(start: int, made_from: Sequence[Sequence[int]]) -> int:
    """How many definitions build on one another below one, itself counted; more than MAX_CHAIN is not looked into."""
    level, depth = {start}, 0
    while level and depth <= MAX_CHAIN:
        level = {other for one in level for other in made_from[one]}
        depth += 1
    return depth
