# ruff: noqa: E501
"""Bugs in what filters and variables make of rules: engine/load/filters.py, joint.py, variables.py, ..."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

FILTERS = "engine/load/filters.py"
JOINT = "engine/load/joint.py"
BUILD = "engine/load/build.py"
TUNING = "engine/load/tuning.py"
VARIABLES = "engine/load/variables.py"
PROCESSING = "engine/load/processing.py"
TRANSFORMATIONS = "engine/load/transformations.py"

BUGS = [
    Bug("a filter takes the place of the condition", BUILD, "condition=And((looked_for.condition, *conditions)) if conditions else", "condition=conditions[0] if conditions else"),
    Bug("only the first filter counts", BUILD, "condition=And((looked_for.condition, *conditions)) if conditions else", "condition=And((looked_for.condition, *conditions[:1])) if conditions else"),
    Bug("filters are read and not joined", BUILD, "joined = filters.of(sigma, key, _logsource(sigma))", "joined = filters.of(sigma, key, _logsource(sigma))[:0]"),
    Bug("the rule's them sees the filter's selections", BUILD, "if name not in joint.names]", "]"),
    Bug("a filter is for rules of any log source", FILTERS, "if not (each.targeted and wanted and each.covers(logsource)):", "if not (each.targeted and wanted):"),
    Bug("a filter is for any rule", FILTERS, "wanted = not each.rules or any(_names(word, sigma) for word in each.rules)", "wanted = True"),
    Bug("an id in capitals names no rule", FILTERS, "word.lower() == str(sigma.id)", "word == str(sigma.id)"),
    Bug("a name names no rule", FILTERS, "return word == sigma.name or", "return"),
    Bug("a filter's log source minds case", FILTERS, 'word.lower() == (other or "").lower()', 'word == (other or "")'),
    Bug("a filter may take a name of the rule", JOINT, 'while any(name.startswith(f"_filter_{number}_") for name in taken):', "while False:"),
    Bug("filters take each other's names", JOINT, "            number += 1\n            while", "            number = 1\n            while"),
    Bug("what is dropped of a filter is looked for", JOINT, "condition = without(renamed(each.parsed(), names), gone)", "condition = without(renamed(each.parsed(), names), set())"),
    Bug("an ambiguous name is taken", FILTERS, "if len(census.names.get(word, ())) > 1:", "if False:"),
    Bug("a filter with a placeholder is never joined", FILTERS, "                continue  # if nothing fills it", "                raise  # if nothing fills it"),
    Bug("variables are not filled in", PROCESSING, "        if variables:\n", "        if False:\n"),
    Bug("a pipeline's variable wins", PROCESSING, "for name, value in named.items()} | dict(variables)", "for name, value in (*dict(variables).items(), *named.items())}"),
    Bug("only the first value of a variable counts", VARIABLES, "found[name] = [text_of(one) for one in several]", "found[name] = [text_of(one) for one in several[:1]]"),
    Bug("a rule says how many are many, whatever the site says", TUNING, "known = {**own, **given}", "known = {**given, **own}"),
    Bug("one of several values is how many are many", TUNING, "if several is None or len(several) != 1:", "if several is None:"),
    Bug("a variable that nobody asks for is no fault", TUNING, "        if f\"%{name}%\" not in repr", "        if False and f\"%{name}%\" not in repr"),
    Bug("names of fields have placeholders", TUNING, '_WRITTEN = ("rules", "group-by", "aliases", "field")', '_WRITTEN = ("rules",)'),
    Bug("variables of a Sigma correlation mean nothing", TUNING, 'if "variables" not in document:\n            return', 'if True:\n            return'),
    Bug("values of a placeholder must all match under all", TRANSFORMATIONS, "if len(changed) > 1 and item.value_linking is ConditionAND:", "if False:"),
]  # fmt: skip
