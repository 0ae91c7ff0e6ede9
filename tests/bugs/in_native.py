# ruff: noqa: E501
"""Bugs in native rules: engine/jmes, engine/load/exact.py, engine/match/exact.py and what joins them to the graph."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

VALUES = "engine/jmes/values.py"
FUNCTIONS = "engine/jmes/functions.py"
EVALUATE = "engine/jmes/evaluate.py"
WRITTEN = "engine/jmes/written.py"
PIECES = "engine/load/exact.py"
PARSE = "engine/load/jmes.py"
EXCERPTS = "engine/load/excerpts.py"
EXACT = "engine/match/exact.py"
MATCHER = "engine/match/matcher.py"
EVIDENCE = "engine/match/evidence.py"
CLASSES = "engine/match/classes.py"

BUGS = [
    Bug("0 is false to JMESPath", VALUES, "value is None or value is False or (", "value is None or not value or ("),
    Bug("1 is true to JMESPath", VALUES, "        return type(right) is not bool and bool(left == right)\n", "        return bool(left == right)\n"),
    Bug("a value shared by two lists differs from itself", VALUES, "        if len(one) != len(other):\n            return False\n", "        if len(one) != len(other) or one is not other:\n            return False\n"),
    Bug("comparing costs nothing", VALUES, "        meter.spend(1 + len(one))\n        if len(one) != len(other):", "        if len(one) != len(other):"),
    Bug("writing a value as text costs nothing", FUNCTIONS, "    size_cost(value, meter)\n", ""),
    Bug("joining texts costs nothing", FUNCTIONS, "    meter.spend((sum(map(len, array)) + len(separator) * len(array)) // CHARACTERS + len(array))\n", ""),
    Bug("a loop costs nothing", EVALUATE, "        meter.spend(len(found) * inside)\n", ""),
    Bug("contains looks for part of a member", FUNCTIONS, "if member is search or same(member, search, meter):", "if member is search or same(member, search, meter) or (type(member) is type(search) is str and search in member):"),
    Bug("a list of texts may hold a number", FUNCTIONS, "            if odd is argument:\n                return\n", "            return\n"),
    Bug("a projection keeps nulls", EVALUATE, "return [one for member in found if (one := inner(member, meter)) is not None]", "return [inner(member, meter) for member in found]"),
    Bug("a projection over what is no list is empty", EVALUATE, "_projection(base, node, lambda value: value if type(value) is list else None)", "_projection(base, node, lambda value: value if type(value) is list else [])"),
    Bug("&& goes on behind what is false", EVALUATE, "            if true(found) is wanted:\n                break\n", ""),
    Bug("Python's errors are no failures", EVALUATE, "except (TypeError, ValueError, OverflowError) as error:", "except (ValueError, OverflowError) as error:"),
    Bug("a field is looked up in lists", EVALUATE, "value.get(name) if type(value) is dict else None", "value.get(name) if type(value) is dict else [one.get(name) for one in value if type(one) is dict] if type(value) is list else None"),
    Bug("a written pipe loses its parentheses", WRITTEN, 'f"{text} | ({inner})" if node[0] == "seq" else f"{text} | {inner}"', 'f"{text} | {inner}"'),
    Bug("what fails before || does not matter", PIECES, "guarded.append((tuple(one for one in before if one != piece.fails), piece.true))", "guarded.append(((), piece.true))"),
    Bug("what fails inside ! is true", PIECES, "neither = Not(piece.true if piece.fails is None else Or((piece.true, piece.fails)))", "neither = Not(piece.true)"),
    Bug("what fails behind a false && counts", PIECES, "failing.append(_all([*(before.true for before in pieces[:at]), piece.fails]) if at else piece.fails)", "failing.append(piece.fails)"),
    Bug("nobody asks whether an expression behind ! fails", PIECES, "    if not piece.known:\n        return _whole(node)\n", ""),
    Bug("nobody asks whether an expression before || fails", PIECES, "        if not piece.known:\n            rest", "        if False:\n            rest"),
    Bug("a literal before a comparison is one behind it", PIECES, "op, left, right = _MIRRORED[op], right, left", "op, left, right = op, right, left"),
    Bug("text and number have an order", PIECES, "return _Piece(Exact(path, op, _json(literal)), _of_kind(path, (other,)))", "return _Piece(Exact(path, op, _json(literal)))"),
    Bug("a name with a dot is a path", PIECES, 'and rest[0] and "." not in rest[0] and', "and rest[0] and"),
    Bug("!a.b is taken as it stands", PARSE, 'if kind in _BEHIND and children[0]["type"] == "not_expression":', "if False:"),
    Bug("calls are pointed at from the end", PARSE, "            self.calls = _calls(self.expression)\n", "            self.calls = iter([*_calls(self.expression)][::-1])\n"),
    Bug("a caret forgets the quotes", EXCERPTS, "        start += 1  # the quote\n", "        start += 2  # the quote\n"),
    Bug("a caret in a block is a line too high", EXCERPTS, "number, start = number + 1, 0", "number, start = number, start"),
    Bug("equality with text folds case", EXACT, "found = self.always | self.texts.get(value, 0)", "found = self.always | self.texts.get(value, 0) | self.texts.get(value.capitalize(), 0) | self.texts.get(value.lower(), 0)"),
    Bug("the empty text is true", EXACT, "(self.not_empty if value else 0)", "self.not_empty"),
    Bug("a missing field is not null", EXACT, "if value is UNSET or value is None:\n            return self.null", "if value is None:\n            return self.null\n        if value is UNSET:\n            return 0"),
    Bug("lists are judged by their members", EXACT, "        if type(value) is not str:\n            return self._each(value, self.tests)\n", "        if type(value) is list and value:\n            return self._each(value[0], self.tests)\n        if type(value) is not str:\n            return self._each(value, self.tests)\n"),
    Bug("starts_with is contains", EXACT, '"starts_with": lambda literal: (literal, ANY) if literal else (ANY,),', '"starts_with": lambda literal: (ANY, literal, ANY) if literal else (ANY,),'),
    Bug("booleans are numbers to a comparison", EXACT, "return lambda value: type(value) in kinds and compare(value, literal)", "return lambda value: isinstance(value, kinds) and compare(value, literal)"),
    Bug("booleans are numbers to an equality", EXACT, "return lambda value: type(value) in (int, float) and bool(value == literal)", "return lambda value: isinstance(value, int | float) and bool(value == literal)"),
    Bug("native rules walk into lists", MATCHER, "return split(self.getter(key), self.exact_getter(key)) if number in self._split else self.getter(key)", "return self.getter(key)"),
    Bug("native rules walk into lists of structs", MATCHER, "return split(careful, struct_getter(shape, path)) if number in self._split else careful", "return careful"),
    Bug("native rules see aliases", MATCHER, "elif isinstance(predicate, Exact) and self._aliases.has(predicate.field):", "elif False:"),
    Bug("derived fields are unknown to expressions", MATCHER, "values = self.fields.values(derived, fields, self._known(whole)) if derived else {}", "values: dict[str, Any] = {}"),
    Bug("an expression that is too dear goes unsaid", EXACT, "            self.given_up += count\n", ""),
    Bug("explaining counts what is too dear again", MATCHER, "count=not seen_before)", "count=True)"),
    Bug("evidence of a native rule is a member of the list", EVIDENCE, "value = _whole(self._answers.exact_getter(predicate.field))", "value = _tested(self._answers.getter(predicate.field), classes, bit)  # type: ignore[arg-type]"),
    Bug("Sigma's rules see what native rules see", CLASSES, "return self._any_member(seen, source) | self.exacts.bits(exact)", "return self._any_member(exact, source) | self.exacts.bits(exact)"),
]  # fmt: skip
