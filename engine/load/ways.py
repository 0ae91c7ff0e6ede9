"""One derived field as YAML has it -> its definition, and everything that is wrong with it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import Any

from engine.derived.ways import expression
from engine.errors import Place, RuleError
from engine.load.faults import Fault, Steps, did_you_mean
from engine.load.jmes import BadExpression, tree
from engine.load.tables import Row, TableFault, contents, rows_of
from engine.model import LogSource
from engine.rules import Capture, Copy, Derived, Lookup, Query, Way

__all__ = ["FIELD_KEYS", "MATCHES", "TOP_KEYS", "WAY_KEYS", "Entry", "logsource_of", "unknown"]

TOP_KEYS = ("fields", "logsource")
WAY_KEYS = ("from", "regex", "group", "jmespath", "table", "key", "value", "match", "ignore_case")
FIELD_KEYS = ("name", "description", "logsource", "first_of", *WAY_KEYS)
MATCHES = ("exact", "prefix", "cidr")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}").fullmatch
_HOW = "how it is made: from, with regex or table or alone; or jmespath; or first_of with a list of those"
_WITH = {"group": "regex", "key": "table", "value": "table", "match": "table", "ignore_case": "table"}


class Entry:
    """Reads one entry of the list; every fault goes into `faults`, one inside a table's file as RuleError.

    folder  where table files lie that are named without a folder
    table   gives the content of such a file, or raises TableFault
    """

    def __init__(self, folder: str, table: Callable[[str], bytes]) -> None:
        self.folder = folder
        self.table = table
        self.faults: list[Fault | RuleError] = []

    def read(self, entry: Any, logsource: LogSource, path: str) -> Derived | None:
        """The definition, as far as it could be read; None for what has not even a name."""
        if not isinstance(entry, dict):
            self.faults.append(Fault("a field is a mapping", "write it as - name: NAME"))
            return None
        name, description = entry.get("name"), entry.get("description")
        if not isinstance(name, str) or not _NAME(name):
            fault = '"name" is missing' if name is None else f'"{name}" cannot be the name of a field'
            self.faults.append(Fault(fault, "letters, digits and _, such as team_name", ("name",) if name else ()))
            name = None
        if description is not None and not isinstance(description, str):
            self.faults.append(Fault('"description" is no text', None, ("description",)))
            description = None
        own, faults = logsource_of(entry)
        self.faults += [*unknown(entry, FIELD_KEYS), *faults]
        ways = self._ways(entry, name)
        if name is None:
            return None
        where = own if "logsource" in entry else logsource
        return Derived(name=name, path=path, line=1, ways=tuple(ways), logsource=where, description=description)

    def _ways(self, entry: dict[str, Any], name: str | None) -> list[Way]:
        listed = entry.get("first_of")
        if "first_of" not in entry:
            return self._way(entry, name, ())
        for key in WAY_KEYS:
            if key in entry:
                hint = "put it into one of the ways of first_of"
                self.faults.append(Fault(f'"{key}" beside "first_of"', hint, (key,), key=True))
        if not isinstance(listed, list) or not listed:
            self.faults.append(Fault('"first_of" is no list', "write each way as - from: FIELD", ("first_of",)))
            return []
        ways: list[Way] = []
        for index, one in enumerate(listed):
            steps = ("first_of", index)
            if isinstance(one, dict):
                self.faults += [fault.under(*steps) for fault in unknown(one, WAY_KEYS)]
                ways += self._way(one, name, steps)
            else:
                self.faults.append(Fault("a way is a mapping", "write it as - from: FIELD", steps))
        return ways

    def _way(self, entry: dict[str, Any], name: str | None, steps: Steps) -> list[Way]:
        """One way, or none where it has a fault."""
        before = len(self.faults)
        kinds = [key for key in ("regex", "jmespath", "table") if key in entry]
        for key, needed in _WITH.items():
            if key in entry and needed not in entry:
                self.faults.append(Fault(f'"{key}" means nothing without "{needed}"', None, (*steps, key), key=True))
        if len(kinds) > 1:
            fault = f'"{kinds[0]}" and "{kinds[1]}" at once'
            self.faults.append(Fault(fault, "list two ways under first_of", (*steps, kinds[1]), key=True))
        elif "jmespath" in entry and "from" in entry:
            hint = "an expression starts at the record itself"
            self.faults.append(Fault('"from" means nothing beside "jmespath"', hint, (*steps, "from"), key=True))
        elif not kinds and "from" not in entry:
            self.faults.append(Fault("it does not say how it is made", _HOW, steps))
        elif "jmespath" not in entry and not (isinstance(entry.get("from"), str) and all(entry["from"].split("."))):
            fault = '"from" names no field' if "from" in entry else '"from" is missing'
            self.faults.append(Fault(fault, "from: userIdentity.arn", (*steps, "from") if "from" in entry else steps))
        if len(self.faults) > before:
            return []
        try:
            return [self._made(entry, name, kinds[0] if kinds else "from")]
        except Fault as fault:
            self.faults.append(fault.under(*steps))
        except RuleError as error:
            self.faults.append(error)
        return []

    def _made(self, entry: dict[str, Any], name: str | None, kind: str) -> Way:
        if kind == "regex":
            return _capture(entry, name)
        if kind == "jmespath":
            return _query(entry["jmespath"])
        return self._lookup(entry) if kind == "table" else Copy(entry["from"])

    def _lookup(self, entry: dict[str, Any]) -> Lookup:
        table, match, ignore_case = entry["table"], entry.get("match", "exact"), entry.get("ignore_case", False)
        if match not in MATCHES:
            hint = did_you_mean(str(match), MATCHES) or f"one of {', '.join(MATCHES)}"
            raise Fault(f'"match" cannot be "{match}"', hint, ("match",))
        if not isinstance(ignore_case, bool):
            raise Fault('"ignore_case" is neither true nor false', None, ("ignore_case",))
        for column in ("key", "value"):
            if column in entry and not isinstance(entry[column], str):
                raise Fault(f'"{column}" is no text', "quote the name of the column", (column,))
        if isinstance(table, dict):
            for column in ("key", "value"):
                if column in entry:
                    raise Fault(f'"{column}" means nothing for a table that is written out', None, (column,), key=True)
            rows = [Row(None, key, value) for key, value in table.items()]
            try:
                return Lookup(entry["from"], match, contents(iter(rows), match, ignore_case), ignore_case)
            except TableFault as fault:
                raise Fault(fault.fault, fault.hint, ("table",)) from None
        if not isinstance(table, str) or not table:
            raise Fault('"table" is neither a file nor a mapping', "table: accounts.csv", ("table",))
        path = os.path.join(self.folder, table).replace(os.sep, "/")
        try:
            data = self.table(path)
        except TableFault as fault:
            raise Fault(fault.fault, fault.hint, ("table",)) from None
        try:
            rows_ = rows_of(path, data, entry.get("key"), entry.get("value"))
            return Lookup(entry["from"], match, contents(rows_, match, ignore_case), ignore_case)
        except TableFault as fault:
            raise RuleError(fault.fault, Place(path, fault.line), fault.hint) from None


def _capture(entry: dict[str, Any], name: str | None) -> Capture:
    pattern, group = entry["regex"], entry.get("group")
    if not isinstance(pattern, str) or not pattern:
        raise Fault('"regex" is no text', "regex: '(?P<name>[^/]+)$'", ("regex",))
    try:
        groups = sorted(expression(pattern).groupindex)
    except ValueError as error:
        raise Fault(f"RE2 cannot read the regular expression: {error}", None, ("regex",)) from None
    if group is None and (len(groups) == 1 or name in groups):
        return Capture(entry["from"], pattern, groups[0] if len(groups) == 1 else str(name))
    if not groups:
        hint = "name what is wanted: (?P<name>...)"
        raise Fault("the regular expression has no named group", hint, ("regex",))
    if group is None:
        raise Fault('"group" is missing', f"one of {', '.join(groups)}", ("regex",))
    if group not in groups:
        hint = did_you_mean(str(group), groups) or f"one of {', '.join(groups)}"
        raise Fault(f'the regular expression has no group "{group}"', hint, ("group",))
    return Capture(entry["from"], pattern, group)


def _query(text: Any) -> Query:
    if not isinstance(text, str):
        raise Fault('"jmespath" is no text', "quote the expression", ("jmespath",))
    try:
        return Query(text, tree(text))
    except BadExpression as fault:
        where = f"character {fault.position + 1} of the expression: " if fault.position else ""
        raise Fault(f"{where}{fault.fault}", fault.hint, ("jmespath",)) from None


def logsource_of(value: dict[str, Any]) -> tuple[LogSource, list[Fault]]:
    """What `logsource:` says, and what is wrong with it."""
    given = value.get("logsource", {})
    if not isinstance(given, dict):
        return LogSource(), [Fault('"logsource" is no mapping', "{product: aws, service: cloudtrail}", ("logsource",))]
    faults = [fault.under("logsource") for fault in unknown(given, LogSource._fields)]
    words = {}
    for key in LogSource._fields:
        word = given.get(key)
        if word is not None and (not isinstance(word, str) or not word):
            faults.append(Fault(f'"{key}" is no text', None, ("logsource", key)))
        else:
            words[key] = word
    return LogSource(**words), faults


def unknown(value: dict[str, Any], known: Sequence[str]) -> list[Fault]:
    return [
        Fault(f'unknown key "{key}"', did_you_mean(key, known) or f"one of {', '.join(known)}", (key,), key=True)
        for key in value
        if key not in known
    ]
