"""Bugs in the tests of rules: which are run, what they see, and what is recorded of real logs."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

CHOOSE = "engine/testing/choose.py"
LOOKUPS = "engine/testing/lookups.py"
OBSERVE = "engine/testing/observe.py"
PARTIAL = "engine/testing/partial.py"
PSEUDONYMS = "engine/testing/pseudonyms.py"
READ = "engine/testing/read.py"
RECORD = "engine/testing/record.py"
RENDER = "engine/testing/render.py"
RUN = "engine/testing/run.py"
SCORE = "engine/testing/score.py"
TIMELINES = "engine/testing/timelines.py"
WRITTEN = "engine/testing/written.py"
CLI = "engine/cli/test.py"
RECORDED = "engine/cli/_recorded.py"

BUGS = [
    Bug("and of words is or", CHOOSE, "all(part(text) for part in parts)", "any(part(text) for part in parts)"),
    Bug("a bracket in a phrase is a set of letters", CHOOSE, "phrase.replace('[', '[[]')", "phrase"),
    Bug(
        "a parenthesis too many is passed over",
        CHOOSE,
        "if self._at < len(self._tokens):\n            raise",
        "if False:\n            raise",
    ),
    Bug(
        "a table of a test is added to the one that is there",
        LOOKUPS,
        "table=contents(iter(rows)",
        "table=way.table | contents(iter(rows)",
    ),
    Bug(
        "travel keeps its own table",
        LOOKUPS,
        '{**options, "table": [[network, *where] for',
        '{**one.options, "tables": [[network, *where] for',
    ),
    Bug(
        "tables of one test are those of the next",
        RUN,
        "msgspec.json.encode((given, tables, file.said.logsource))",
        "msgspec.json.encode((given, file.said.logsource))",
    ),
    Bug("what is rendered is not looked at", RUN, "(self._rendered(found, wanted) if wanted.rendered else [])", "[]"),
    Bug("a list of what is rendered is one text of all", RUN, "if each not in text]", "if each not in text and False]"),
    Bug(
        "templates of one's own come last",
        RENDER,
        "            yield Source(_read(path), Place(str(path)))\n    default",
        "            pass\n    default",
    ),
    Bug("a template that fails is passed over", RENDER, "= made.check()", "= []"),
    Bug(
        "a file of events that is gone is a failed test",
        READ,
        "*_twice(data), *_gone(data, os.path.dirname(path))]",
        "*_twice(data)]",
    ),
    Bug("numbers of YAML stay what they are", READ, "        return float(value)\n", "        return value\n"),
    Bug("what survived of one rule is told of all", SCORE, "if one.rule == rule]", "]"),
    Bug(
        "one broken test file ends them all",
        CLI,
        "ran.broken.append((path, error))\n            continue",
        "ran.broken.append((path, error))\n            break",
    ),
    Bug(
        "a watch without a test ends",
        "engine/cli/_watched.py",
        "except DetectError as error:",
        "except KeyError as error:",
    ),
    Bug("matches wait behind all else", OBSERVE, "self._looked[rule.key, matched]", "self._looked[rule.key, False]"),
    Bug("near is what misses by two", OBSERVE, "len(said.changes) == 1", "len(said.changes) >= 1"),
    Bug(
        "of events of one sort the last is kept",
        OBSERVE,
        "_size(seen.record) < _size(before.record)",
        "_size(seen.record) > 0",
    ),
    Bug(
        "a record keeps what nobody reads",
        PARTIAL,
        "        if rest and (kept := _kept(one, rest)) is not _GONE:",
        "        if (kept := _kept(one, rest or [()])) is not _GONE:",
    ),
    Bug(
        "what is gone from a base stays",
        PARTIAL,
        "        if name not in record:\n",
        "        if name not in record and not above:\n",
    ),
    Bug("a name is another one each time", PSEUDONYMS, "            self._made[kind, text] = made\n", ""),
    Bug(
        "an address leaves its network",
        PSEUDONYMS,
        "if [made in one for one in self._said.networks] == where and",
        "if",
    ),
    Bug(
        "what the rule asks for is replaced",
        PSEUDONYMS,
        "for word in self._said.words if word in folded]",
        "for word in self._said.words if False]",
    ),
    Bug("two values get one replacement", PSEUDONYMS, "not in self._taken and one != text", "!= text"),
    Bug(
        "an account in a name stays", PSEUDONYMS, "if found.lastgroup and kept != text else kept", "if False else kept"
    ),
    Bug(
        "an event that became another one is recorded",
        RECORD,
        "if after.matched == before.matched and truths(after) == truths(before) and is_writable(record):",
        "if True:",
    ),
    Bug("a timeline keeps what it does not need", TIMELINES, "fewest = _fewest(few, fires, final)", "fewest = few"),
    Bug("words that YAML reads otherwise are plain", WRITTEN, "and value.lower() not in _WORDS", ""),
    Bug(
        "what is there is overwritten",
        RECORDED,
        "os.path.lexists(output) and (os.path.isfile",
        "False and (os.path.isfile",
    ),
]
