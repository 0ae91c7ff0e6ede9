# ruff: noqa: E501
"""Bugs in conditions, the decision graph and what drives it: engine/match/formula.py, graph.py, matcher.py, ..."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

FORMULA = "engine/match/formula.py"
GRAPH = "engine/match/graph.py"
MATCHER = "engine/match/matcher.py"
STAGES = "engine/match/stages.py"
KEYWORDS = "engine/match/keywords.py"
DETECTOR = "engine/match/detector.py"
EVIDENCE = "engine/match/evidence.py"
PROJECTION = "engine/projection.py"
CLASSES = "engine/match/classes.py"
CANDIDATES = "engine/match/candidates.py"

BUGS = [
    Bug("not of an and is an and of nots", FORMULA, 'kind = _AND if isinstance(expr, And) is not negated else _OR', 'kind = _AND if isinstance(expr, And) else _OR'),
    Bug("not of true is true", FORMULA, "return TRUE if expr.value is not negated else FALSE", "return TRUE if expr.value else FALSE"),
    Bug("not of not is not", FORMULA, 'return self._build(expr.arg, selections, locate, not negated)', 'return self._build(expr.arg, selections, locate, True)'),
    Bug("a negated selection is not negated", FORMULA, 'return self._build(selections[expr.name], selections, locate, negated)', 'return self._build(selections[expr.name], selections, locate, False)'),
    Bug("all predicates of a field is any of them", FORMULA, "return TRUE if mask & bits == bits else FALSE", "return TRUE if mask & bits else FALSE"),
    Bug("not all predicates of a field is none of them", FORMULA, "return FALSE if mask & bits == bits else TRUE", "return FALSE if mask & bits else TRUE"),
    Bug("merged literals keep one predicate", FORMULA, "merged[literal, field] = merged.get((literal, field), 0) | bits", "merged[literal, field] = bits"),
    Bug("an or ends with the first field that ends one of its terms", FORMULA, "else ends & self.ends[part]", "else ends & self.ends[part] or self.ends[part]"),
    Bug("an and with a negation ends like one without", FORMULA, "1 << field if kind in (_ANY, _ALL) else 0", "1 << field"),
    Bug("what ends a formula ends it whatever the value", FORMULA, "if not mask and self.ends[number]", "if self.ends[number]"),
    Bug("predicates beside a join keep the last of a field", FORMULA, "merged[literal, field] = merged.get((literal, field), 0) | 1 << bit", "merged[literal, field] = 1 << bit"),
    Bug("any of one predicate is not all of it", FORMULA, "literal = _OTHER_SPELLING[literal]", "continue"),
    Bug("a false term is left out of an and", FORMULA, "            if number == absorbing:\n                return absorbing\n", "            if number == absorbing:\n                continue\n"),
    Bug("an or inside an and is flattened", FORMULA, '                if key[0] == kind:\n                    todo', '                if key[0] in (_AND, _OR):\n                    todo'),
    Bug("an empty and is false", FORMULA, 'return others.pop() if others else neutral', 'return others.pop() if others else FALSE'),
    Bug("any and none are swapped in a negation", FORMULA, 'literal = _MERGED[kind][negated]', 'literal = _MERGED[kind][False]'),
    Bug("rules that matched before are forgotten", GRAPH, "        matched = list(node.matched)\n", "        matched: list[int] = []\n"),
    Bug("nodes that differ in what has matched are one", GRAPH, 'key = tuple(sorted(matched)), tuple([pairs.setdefault(pair, pair) for pair in still_open])\n        node = self._nodes.get(key)', 'key = tuple(sorted(matched)), tuple([pairs.setdefault(pair, pair) for pair in still_open])\n        node = next((one for both, one in self._nodes.items() if both[1] == key[1]), None)'),
    Bug("a walk ends when nothing is open, matches or not", GRAPH, 'return self._node(matched, left) if left or matched else None', 'return self._node(matched, left) if left else None'),
    Bug("matches come in the order they were found", GRAPH, 'key = tuple(sorted(matched)), tuple', 'key = tuple(matched), tuple'),
    Bug("of the parts of an or the last is the anchor", CANDIDATES, "return [one for anchor in every for one in anchor] if", "return every[-1] if"),
    Bug("an or without an anchor in every part has one", CANDIDATES, "if len(every) == len(anchors) else None", "if every else None"),
    Bug("what is negated is an anchor", CANDIDATES, "return None if literal.negated else [formula]", "return [formula]"),
    Bug("rules without an anchor are forgotten", CANDIDATES, "                self._loose.append(rule)\n", "                pass\n"),
    Bug("the first predicate of a literal is its anchor", CANDIDATES, "literal.bits & -literal.bits if literal.together else literal.bits", "literal.bits & -literal.bits"),
    Bug("candidates are taken for matches", CANDIDATES, "rule for rule in candidates if self._holds(self._rules[rule], once)", "rule for rule in candidates"),
    Bug("an or takes all of its parts", CANDIDATES, "all if self._formulas.is_and(formula) else any", "all"),
    Bug("of an all one is enough", "engine/match/formula.py", "(found == self.bits if self.together else found != 0)", "(found != 0)"),
    Bug("an index forgets rules that ask another field", GRAPH, '                self.otherwise.append(pair)\n                continue\n', '                continue\n'),
    Bug("an index forgets what not makes true", GRAPH, "if not ends[formula] >> field & 1:\n", "if not ends[formula] >> field & 1 and formulas.decide(formula, field, 0) != TRUE:\n"),
    Bug("an index knows only the first predicate of a value", GRAPH, "                found.update(self.askers.get(low, ()))\n                mask ^= low", "                found.update(self.askers.get(low, ()))\n                break"),
    Bug("an index grows with every answer", GRAPH, 'results = [pair for pair in index.otherwise if pair[0] not in touched]', 'results = index.otherwise'),
    Bug("an index answers a rule twice", GRAPH, 'results = [pair for pair in index.otherwise if pair[0] not in touched]', 'results = list(index.otherwise)'),
    Bug("a node knows what its last rule asks for", GRAPH, "node.asked |= bits(formula, field)", "node.asked = bits(formula, field)"),
    Bug("a node answers alike whatever is asked", GRAPH, "answer = mask & node.asked\n        if answer in node.by_answer:", "answer = min(mask & node.asked, 1)\n        if answer in node.by_answer:"),
    Bug("one answer serves every class", GRAPH, "        if answer in node.by_answer:\n            following = node.by_answer[answer]", "        if node.by_answer:\n            following = next(iter(node.by_answer.values()))"),
    Bug("open rules are taken for those of another node", GRAPH, "pairs.setdefault(pair, pair)", "pairs.setdefault(pair[0], pair)"),
    Bug("a rule that does not ask a field is decided by it", GRAPH, "pair if not fields[pair[1]] >> field & 1 else (pair[0], decide(pair[1], field, mask))", "pair if fields[pair[1]] >> field & 1 == 0 else (pair[0], decide(pair[1], 0, mask))"),
    Bug("a rule that is always true never matches", GRAPH, 'matched = [rule for rule, formula in enumerate(rules) if formula == TRUE]', 'matched: list[int] = []'),
    Bug("an index of one field serves every field", GRAPH, "index = node.indexes.get(field)", "index = next(iter(node.indexes.values()), None)"),
    Bug("the last scalar decides a keyword", MATCHER, "mask |= classes.masks[classes.of(value)]", "mask = classes.masks[classes.of(value)]"),
    Bug("the first edge of a node serves every value", MATCHER, "following = node.edges.get(found, _NOT_YET)", "following = next(iter(node.edges.values()), _NOT_YET)"),
    Bug("a plan outlives its graph", MATCHER, "        self._plan = None\n        self._compiled", "        self._compiled"),
    Bug("fields of a pair are turned round", MATCHER, "classes.of(self.getter(key[0])(fields), self.getter(key[1])(fields))", "classes.of(self.getter(key[1])(fields), self.getter(key[0])(fields))"),
    Bug("predicates of one type share a bit", MATCHER, "bits.setdefault(predicate, len(bits))", "bits.setdefault(next((p for p in bits if type(p) is type(predicate) and p.field is None), predicate), len(bits))"),
    Bug("a stage that cannot take a value drops the batch", MATCHER, "        except (AttributeError, TypeError):\n            nodes = self._roots(batch)", "        except (AttributeError, TypeError):\n            nodes = [None] * len(batch.records)"),
    Bug("records are counted from the one that matched before", MATCHER, "for index in left:", "for index, _ in enumerate(left):"),
    Bug("a struct is read by the path of another field", MATCHER, "careful = shape.careful(path)", "careful = shape.careful(min(shape.paths))"),
    Bug("true and 1 are one key of the first stage", STAGES, "if all(type(value) is str or value is None or value is UNSET for value in values):", "if True:"),
    Bug("the first stage takes one field's value for another's", STAGES, "for (number, classes), value in zip(self.fields, values, strict=True)", "for (number, classes), value in zip(self.fields, values[::-1], strict=True)"),
    Bug("the second stage takes one field's class for another's", STAGES, "in zip(self.fields, key[1:], strict=True):", "in zip(self.fields, key[:0:-1], strict=True):"),
    Bug("the second stage forgets the first", STAGES, "        node: Node | None = key[0]\n", "        node: Node | None = next((one[0] for one in self), key[0])\n"),
    Bug("a stage stops where nobody asks for a field any more", GRAPH, "if asked else node\n", "if asked else None\n"),
    Bug("what a field leads to is remembered without its answer", GRAPH, "key = node, field, mask\n", "key = node, field, 0\n"),
    Bug("a node is settled by half of its rules", GRAPH, "for _, formula in node.open:\n                    if fields", "for _, formula in node.open[::2]:\n                    if fields"),
    Bug("an escape that hides a keyword is overlooked", KEYWORDS, "find_matches_as_indexes(text) if _unpaired(text, start)]", "find_matches_as_indexes(text) if not _unpaired(text, start)]"),
    Bug("a keyword is looked for as it is written in the rule", KEYWORDS, "words = {fold(word) for word in literals if word}", "words = {word for word in literals if word}"),
    Bug("a keyword in a number is overlooked", KEYWORDS, "if _NUMBER.fullmatch(word) or not word.isprintable():", "if not word.isprintable():"),
    Bug("a keyword is found in the record before", KEYWORDS, "shut[bisect_right(ends, start)] = False", "shut[max(bisect_right(ends, start) - 1, 0)] = False"),
    Bug("keywords that are no text are overlooked", KEYWORDS, "if literals and None not in literals:", "literals = [word for word in literals if word]\n        if literals:"),
    Bug("a record of keywords alone is led past them", MATCHER, "                if shut:\n", "                if True:\n"),
    Bug("the second stage reads fields in another order", STAGES, "self.read_rest = [(shape.column_in(paths[number]), classes[number]) for number in stages.rest]", "self.read_rest = [(shape.column_in(paths[number]), classes[number]) for number in sorted(stages.rest)]"),
    Bug("a class that nearly all have is taken to be everybody's", STAGES, "self.tables = (self.keys, graph.root, *unusual)", "self.tables = (self.keys, None, *unusual)"),
    Bug("a field is of a rule set's first kind for all kinds", CLASSES, "key = tuple(map(id, self.predicates))", "key = tuple(map(type, self.predicates))"),
    Bug("only the first field is looked at for an unusual value", PROJECTION, 'either = " or ".join(', 'either = " and ".join('),
    Bug("an unusual value is led like the usual one", PROJECTION, 'f"otherwise if {either} else {found}"', 'f"{found} if {either} else {found}"'),
    Bug("the usual class is any class", STAGES, "unusual = self.classes.of(value) != self.usual", "unusual = self.classes.of(value) > self.usual"),
    Bug("numbers of rules are those of the logsource", DETECTOR, "return [(index, tuple(numbers[number] for number in found)) for index, found in matcher.hits(batch)]", "return matcher.hits(batch)"),
    Bug("a rule of another logsource is asked", DETECTOR, "return self.all_logsources or (", "return True or ("),
    Bug("a pickled detector forgets that all rules see all events", DETECTOR, "all_logsources=self.all_logsources, cache_limit", "all_logsources=False, cache_limit"),
    Bug("detections name the rule beside", DETECTOR, "yield self.detection(numbers[number], event)", "yield self.detection(numbers[number - 1], event)"),
    Bug("evidence of an and names its last term", EVIDENCE, "            found += more\n", "            found = more\n"),
    Bug("evidence of an or names its last term", EVIDENCE, "found = more if found is None else found + more", "found = more"),
    Bug("evidence of an or ends with its first term", EVIDENCE, "                found = more if found is None else found + more\n", "                return more\n"),
    Bug("evidence looks under a not", EVIDENCE, "return lambda seen: [] if inner(seen) is None else None", "return lambda seen: inner(seen) or []"),
    Bug("evidence shows the whole list", EVIDENCE, "            return next(filter(satisfies, flatten(value)), value)\n", "            return value\n"),
    Bug("evidence shows the first member of a list", EVIDENCE, "            return next(filter(satisfies, flatten(value)), value)\n", "            return next(flatten(value), value)\n"),
    Bug("evidence of a keyword is the first value of the event", EVIDENCE, "next(filter(satisfies, scalars(fields)))", "next(scalars(fields))"),
    Bug("evidence takes true for 1", EVIDENCE, 'value if type(value) is str else f"\\0{value!r}"', 'value if type(value) in (str, bool, int) else f"\\0{value!r}"'),
    Bug("evidence says everything twice", EVIDENCE, "    if len(found) < 2:", "    if True:"),
    Bug("evidence of one selection counts for all", EVIDENCE, "matched.extend(Matched(name, field, value) for field, value in _once(found))", "matched.extend(Matched(names[0], field, value) for field, value in _once(found))"),
]  # fmt: skip
