# ruff: noqa: E501
"""Bugs in what a rule's values and conditions are compiled to: engine/load/modifiers.py, expressions.py, ..."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

MODIFIERS = "engine/load/modifiers.py"
STRINGS = "engine/load/strings.py"
EXPRESSIONS = "engine/load/expressions.py"
CONDITIONS = "engine/load/conditions.py"

BUGS = [
    Bug("contains is startswith", MODIFIERS, '"contains": _affix("contains", True, True)', '"contains": _affix("contains", False, True)'),
    Bug("startswith is endswith", MODIFIERS, '_affix("startswith", False, True)', '_affix("startswith", True, False)'),
    Bug("all is any", MODIFIERS, "            linked = True", "            linked = False"),
    Bug("cased is ignored", MODIFIERS, "            cased = True", "            cased = False"),
    Bug("neq is ignored", EXPRESSIONS, "return Not(expr) if item.negated else expr", "return expr"),
    Bug("neq is different from any value", EXPRESSIONS, "    return Not(expr) if item.negated else expr", "    return Or(tuple(map(Not, parts))) if item.negated else expr"),
    Bug("wide is big-endian", MODIFIERS, '"wide": _encode("wide", "utf-16-le")', '"wide": _encode("wide", "utf-16-be")'),
    Bug("base64offset keeps a letter too many in front", MODIFIERS, "start = (0, 2, 3)[shift]", "start = (0, 2, 2)[shift]"),
    Bug("base64offset keeps a letter too many at the end", MODIFIERS, "(0, -3, -2)[(len(data) + shift) % 3]", "(0, -2, -2)[(len(data) + shift) % 3]"),
    Bug("base64offset has two variants", MODIFIERS, "for shift in range(3):", "for shift in range(2):"),
    Bug("? is *", EXPRESSIONS, "ANY if part is SpecialChars.WILDCARD_MULTI else ONE", "ANY"),
    Bug("cased text is not", EXPRESSIONS, "return Text(field, _pattern(value.s), isinstance(value, SigmaCasedString))", "return Text(field, _pattern(value.s))"),
    Bug("the flags of an expression are lost on the way", EXPRESSIONS, 'flags = "".join(sorted(value.sigma_to_re_flag[flag] for flag in value.flags))', 'flags = ""'),
    Bug("gte becomes gt on the way", EXPRESSIONS, "return Compare(name, op, _number_text(number))", 'return Compare(name, op.replace("e", ""), _number_text(number))'),
    Bug("a compared part of a date is equal", EXPRESSIONS, "return TimePart(name, number.timestamp_part.name.lower(), op, _number_text(number))", 'return TimePart(name, number.timestamp_part.name.lower(), "eq", _number_text(number))'),
    Bug("a reference's startswith is endswith", EXPRESSIONS, '(True, False): "startswith", (False, True): "endswith"', '(True, False): "endswith", (False, True): "startswith"'),
    Bug("exists: false is exists: true", EXPRESSIONS, 'return Exists(_named(field, \'"exists"\'), value.exists)', 'return Exists(_named(field, \'"exists"\'), True)'),
    Bug("a list of maps is an and", EXPRESSIONS, "return _join(detection.item_linking is ConditionAND, parts)", "return _join(True, parts)"),
    Bug("an expansion is an and", EXPRESSIONS, "return _join(False, [_predicate(field, one) for one in value.values])", "return _join(True, [_predicate(field, one) for one in value.values])"),
    Bug("two backslashes are two", STRINGS, 're.compile(r"\\\\[\\\\*?]|[*?]")', 're.compile(r"\\\\[*?]|[*?]")'),
    Bug("a star cannot be escaped", STRINGS, 're.compile(r"\\\\[\\\\*?]|[*?]")', 're.compile(r"\\\\\\\\|[*?]")'),
    Bug("the horizontal bar is no dash", STRINGS, 'DASHES = "-/\\u2013\\u2014\\u2015"', 'DASHES = "-/\\u2013\\u2014"'),
    Bug("any dash begins an option", STRINGS, 'rf"\\B[{DASHES}]\\b"', 'rf"[{DASHES}]"'),
    Bug("utf16 has no byte order mark", STRINGS, 'return b"\\xff\\xfe" + text', "return text"),
    Bug("or binds tighter than and", CONDITIONS, 'while self.next == "or":', 'while self.next == "and":'),
    Bug("not not is not", CONDITIONS, "negated = not negated", "negated = True"),
    Bug("1 of nothing is true", CONDITIONS, "return Const(join is And)", "return Const(True)"),
    Bug("all of is 1 of", CONDITIONS, "return And(found) if join is And else Or(found)", "return Or(found)"),
    Bug("them names hidden selections", CONDITIONS, 'return [name for name in names if not name.startswith("_")]', "return list(names)"),
    Bug("a pattern fits the start of a name", CONDITIONS, 'map(re.escape, pattern.split("*")))).fullmatch', 'map(re.escape, pattern.split("*")))).match'),
]  # fmt: skip
