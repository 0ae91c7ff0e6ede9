"""Bugs in what repositories of rules are kept with: coverage, layout, beginnings of rules."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

COVERAGE = "engine/cli/_coverage.py"
LAYOUT = "engine/load/layout.py"
FMT = "engine/cli/fmt.py"
NEW = "engine/cli/new.py"

BUGS = [
    Bug("what only a correlation reads is covered", COVERAGE, "one.key not in ruleset.silent and ", ""),
    Bug("a retired technique is unknown", COVERAGE, "known.retired.get(name) or name", "name"),
    Bug(
        "a technique is a gap though one below it is named",
        COVERAGE,
        "{*techniques, *map(parent, techniques)}",
        "{*techniques}",
    ),
    Bug(
        "a technique below stays hidden in the layer",
        COVERAGE,
        '"enabled": True, "showSubtechniques": True}',
        '"enabled": True, "showSubtechniques": False}',
    ),
    Bug(
        "a title is markup",
        "engine/cli/_coverage_shown.py",
        "{escape(visible(rule.title))}</span>",
        "{rule.title}</span>",
    ),
    Bug("a comment stays where a key was", LAYOUT, 'lines[line - 1].startswith("#")', "False"),
    Bug(
        "a comment is not as deep as what it is about",
        LAYOUT,
        "if indent and depth is not None else indent",
        "if False else indent",
    ),
    Bug("empty lines of a text are lost", LAYOUT, "if at in inside:", "if at in inside and line:"),
    Bug("a quote inside of quotes ends them", LAYOUT, ' and "\'" not in within', ""),
    Bug(
        "what would say something else is written",
        LAYOUT,
        "made != text and (_says(made) != before or",
        "made != text and (False and",
    ),
    Bug("showing what would change changes it", FMT, "    if diff:\n", '    if diff and path == "-":\n'),
    Bug(
        "one broken file stops all",
        FMT,
        "            status = 2\n            continue\n",
        "            status = 2\n            break\n",
    ),
    Bug("a test is overwritten", NEW, "for path in (rule, test) if", "for path in (rule,) if"),
    Bug("every new rule is called the same", NEW, "Names(title or words.title() or", "Names(words.title() or"),
]
