# ruff: noqa: E501
"""Bugs in derived fields: engine/derived/ and what engine/load makes of their definitions."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

FIELDS = "engine/derived/fields.py"
WAYS = "engine/derived/ways.py"
ROOTS = "engine/derived/roots.py"
WHERE = "engine/derived/where.py"
MATCHER = "engine/match/matcher.py"
DETECTOR = "engine/match/detector.py"
LOAD = "engine/load/derived.py"
TABLES = "engine/load/tables.py"

BUGS = [
    Bug("a derived field wins over the log's own", FIELDS, "        if value is not UNSET:\n            return value\n        name, _", "        if value is not UNSET and path not in self:\n            return value\n        name, _"),
    Bug("a path is looked for in a derived field though the log has one of that name", FIELDS, "if name in record or name not in self._definitions:", "if name not in self._definitions:"),
    Bug("a way that gives nothing ends the chain", FIELDS, "            if not _empty(value):\n                memo[name] = value\n                break", "            memo[name] = UNSET if _empty(value) else value\n            break"),
    Bug("false is nothing", FIELDS, "value is UNSET or value is None or (", "value is UNSET or value is None or value is False or ("),
    Bug("the last way counts", FIELDS, "                memo[name] = value\n                break", "                memo[name] = value"),
    Bug("a derived field of a record is taken for that of the next", MATCHER, "self._memo[0] is not whole", "self._memo[0] is None"),
    Bug("of a list only the first member counts", WAYS, "            return found or UNSET", "            return found[:1] or UNSET"),
    Bug("a text beside a lone surrogate gives nothing", WAYS, 'found = compiled.search(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))', "found = None"),
    Bug("a lookup ignores case", WAYS, "change = fold if way.ignore_case else str", "change = fold"),
    Bug("the shortest prefix counts", WAYS, "sorted({len(key) for key in table}, reverse=True)", "sorted({len(key) for key in table})"),
    Bug("the largest network counts", WAYS, "ordered = sorted(sizes.items(), key=lambda size: size[0])", "ordered = sorted(sizes.items(), key=lambda size: size[0], reverse=True)"),
    Bug("an expression does not see other derived fields", WAYS, "derived = sorted(name for name in roots(way.tree) if name in fields)", "derived: list[str] = []"),
    Bug("an expression sees the derived field before the log's own", WAYS, "{**more, **record}", "{**record, **fields.values(derived, {}, {})}"),
    Bug("an expression that fails gives its error", WAYS, "        except (Failed, OverBudget):\n            return UNSET", "        except (Failed, OverBudget):\n            return False"),
    Bug("what comes after @ starts elsewhere", ROOTS, '            if part != ["@"]:\n                return', "            return"),
    Bug("members are taken for the record", ROOTS, "yield from _roots(rest[0])", "yield from (name for part in rest for name in _roots(part))"),
    Bug("every event has every field", WHERE, "return not any(definition.logsource) or routed(definition.logsource, logsource)", "return True"),
    Bug("the widest definition comes first", WHERE, "key=lambda one: -sum(", "key=lambda one: sum("),
    Bug("matchers are shared though the fields differ", DETECTOR, "tuple(map(id, derived))", "()"),
    Bug("a circle is no fault", LOAD, "if other == start:", "if other == start and len(todo) > 9:"),
    Bug("what is made from a broken field is kept", LOAD, "                if reason is None:\n                    good.append((definition, place))", "                if reason is not None or reason is None:\n                    good.append((definition, place))"),
    Bug("rules with a broken field run", LOAD, "            reason = self.why_not(names_asked(rule), rule.logsource)", "            reason = None"),
    Bug("the shipped definition stays", LOAD, "before is None or (before[2] and not shipped)", "before is None"),
    Bug("a key that stands for two values keeps the first", TABLES, "if before is not None and repr(before) != repr(value):", "if before is not None and repr(before) != repr(before):"),
    Bug("a row without a value has the empty text", TABLES, 'if value is None or value == "":', "if value is None:"),
]  # fmt: skip
