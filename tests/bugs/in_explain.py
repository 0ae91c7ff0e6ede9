# ruff: noqa: E501
"""Bugs in why a rule or correlation matches or does not: engine/explain/, and what of engine/match/ the support report asks."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

TREE = "engine/explain/tree.py"
REASON = "engine/explain/reason.py"
HINTS = "engine/explain/hints.py"
ROUTE = "engine/explain/route.py"
WORDS = "engine/explain/words.py"
PHRASES = "engine/explain/phrases.py"
REACH = "engine/match/reach.py"
PROFILE = "engine/match/profile.py"
CORRELATED = "engine/explain/correlated.py"
POINTS = "engine/explain/correlated_points.py"
HOLDS = "engine/explain/correlated_support.py"

BUGS = [
    Bug("what was found of one field is taken for the next", TREE, "known = self._truths.get(test)", "known = self._truths.get(next(iter(self._truths), test))"),
    Bug("a test is read off the wrong bit", TREE, "bool(mask >> position & 1)", "bool(mask >> position)"),
    Bug("a rule that sees nothing of the event matches", TREE, "self.holds and self.sees is not False", "self.holds"),
    Bug("a missing value is null", TREE, "return Value(field, found is UNSET, None", "return Value(field, False, None"),
    Bug("a keyword shows the first value of the event", TREE, "            if classes.masks[classes.of(value)] >> position & 1:\n", "            if classes.masks:\n"),
    Bug("a change says what is, not what should be", TREE, "not seen.truth(test), seen.values(test)", "seen.truth(test), seen.values(test)"),
    Bug("of several ways the first is named, not the nearest", REASON, "if part is not None and (best is None or len(part) < len(best)):", "if part is not None and best is None:"),
    Bug("of several ways the farthest is named", REASON, "len(part) < len(best)", "len(part) > len(best)"),
    Bug("not is overlooked in what has to change", REASON, "return self.least(expr.arg, not want)", "return self.least(expr.arg, want)"),
    Bug("and asks for one change only", REASON, "                changes |= part\n", "                changes = changes or set(part)\n"),
    Bug("a test that stands twice is changed twice", REASON, "    if search.shared:\n", "    if False:\n"),
    Bug("a constant can be changed", REASON, "return frozenset() if expr.value is want else None", "return frozenset()"),
    Bug("changes come in any order", REASON, "dict.fromkeys(test for _, test in predicates_of(condition, selections) if test in changes)", "dict.fromkeys(sorted(changes, key=repr))"),
    Bug("alternatives of a list are forgotten", REASON, "            self.others[test] = tuple(", "            self.others[test] = () and tuple("),
    Bug("another case of a name is not seen", HINTS, "        if path.lower() == wanted:", "        if path == wanted:"),
    Bug("case is blamed for what differs otherwise", HINTS, "    if test.cased and _fits(test, wanted, seen):", "    if test.cased:"),
    Bug("the way shows what the rule does not ask for", ROUTE, "_predicates(matcher, field, mask & asked)", "_predicates(matcher, field, mask)"),
    Bug("the way goes on past a rule that is out", ROUTE, "{TRUE: \"matched\", FALSE: \"out\"}.get(left, \"open\")", "{TRUE: \"matched\"}.get(left, \"open\")"),
    Bug("beginning and end are confused in words", WORDS, '"ends with" if starts else "starts with"', '"starts with" if starts else "ends with"'),
    Bug("a wildcard and the character are one in words", WORDS, '.replace("*", "\\\\*")', ""),
    Bug("what must not be is asked for", PHRASES, "    if not change.should:\n", "    if False:\n"),
    Bug("equality implies whatever contains it", REACH, "return pattern_test(second, cased=cased)(text if cased else fold(text))", "return True"),
    Bug("a pattern without case implies one with it", REACH, "or (second.cased and not first.cased)", ""),
    Bug("two values of one field exclude each other", REACH, "        yield base | _bits(", "        if len(picked) > 1:\n            continue\n        yield base | _bits("),
    Bug("a field may be missing only where it is named so", REACH, "        if isinstance(key, str):\n            yield absent\n", ""),
    Bug("null cannot be missing", REACH, "return isinstance(predicate, Null) or (", "return (" ),
    Bug("what is asked both ways is only asked for", REACH, "way == _BOTH or (way == _POSITIVE and follow[at])", "way == _POSITIVE and bool(follow[at])"),
    Bug("a profile forgets what was counted before a new graph", PROFILE, "            self._put_aside()\n            self._time_tests()\n", "            self._time_tests()\n            self.events = 0\n"),
    Bug("a profile counts what it has told again", PROFILE, "            counter.clear()\n", "            pass\n"),
    Bug("an expression is paid by all rules on its field", PROFILE, "                searched += alone\n                for rule in rules if alone else ():\n", "                for rule in ():\n"),
    Bug("a range is told by its first limit alone", CORRELATED, "return \" and \".join(said)", "return said[0]"),
    Bug("one event is several", CORRELATED, "one = list(condition.operators.values()) == [1]", "one = not condition.operators"),
    Bug("parentheses of a condition are lost in words", CORRELATED, "return f\"({said})\" if within not in (\"\", kind) else said", "return said"),
    Bug("order is told of what has none", CORRELATED, "order = \", in this order\" if correlation.type == \"temporal_ordered\" else", "order = \", in this order\" if correlation.type else"),
    Bug("a length is told in the smallest unit", CORRELATED, "for unit, size in _UNITS if", "for unit, size in reversed(_UNITS) if"),
    Bug("what an inner correlation groups by is read twice", CORRELATED, "if name not in of.group_by and name not in of.aliases]", "if name]"),
    Bug("fields that correlations read are read without their aliases", CORRELATED, "names = [correlation.aliases.get(name, {}).get(part.key, name) for name in read]", "names = list(read)"),
    Bug("everything is judged at each hit", CORRELATED, "if kind is None or not kind(correlation).timed:", "if kind is not None:"),
    Bug("a correlation without its only rule is loaded", HOLDS, "    if not alive:\n        return False\n    if correlation.type in _COUNTS", "    if correlation.type in _COUNTS"),
    Bug("rules that must not be there are missed", HOLDS, "return any(not there & dead for there, _ in terms", "return any(not (there | no) & dead for there, no in terms"),
    Bug("a dead rule is as good as any", HOLDS, "range(1, alive + 1)", "range(1, rules + 1)"),
    Bug("a share may be more than one", HOLDS, "Fraction(0), Fraction(1), shares)", "Fraction(0), None, shares)"),
    Bug("between two limits there is nothing", HOLDS, "[limits[0] - 1, *limits, *between, limits[-1] + 1]", "[limits[0] - 1, *limits, limits[-1] + 1]"),
    Bug("a group that nobody has makes a correlation hopeless", HOLDS, "yield needed and everywhere, missing", "yield everywhere, missing"),
    Bug("a list of groups is not missed where its rule is dead", HOLDS, "or bool(options.get(\"groups\"))", "or False"),
    Bug("a correlation is judged by the states of rules alone", HOLDS, "== \"never\")", "== \"never\" and key not in {one.key for one in ruleset.correlations})"),
    Bug("our own language relies on what Sigma leaves open", POINTS, "if correlation.language is not None:", "if correlation.language == \"\":"),
    Bug("not is not seen inside an expression", POINTS, "or any(map(_negates, expression))", "or False"),
    Bug("a rule that is referred to by id is referred to by title", POINTS, "return part.word != part.of.name and part.word.lower() != str(part.of.id).lower()", "return part.word != part.of.name"),
]  # fmt: skip
