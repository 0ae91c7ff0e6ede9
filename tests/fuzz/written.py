"""What several targets begin with: the cases of tests/cases as rule texts, and documents that they do not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.load.files import File
from engine.load.pipelines import pipeline_files
from engine.load.ruleset import build
from engine.rules import Ruleset
from tests.cases.read import FOLDER, cases, entries, given

__all__ = ["loaded", "pairs", "rule_texts"]

OTHER = (
    """\
title: global
action: global
logsource: {product: aws}
detection: {condition: s}
---
detection: {s: {f: a}}
---
action: repeat
detection: {s: {f: b}}
""",
    """\
title: many
name: many
logsource: {category: test}
correlation: {type: event_count, rules: [a], group-by: [f], timespan: 5m, condition: {gte: 2}}
""",
    """\
title: less
logsource: {category: test}
filter: {rules: any, selection: {f: a}, condition: not selection}
""",
    """\
title: native
language: jmespath
logsource: {category: test}
match: f == 'a' && length(o.b) > `1` || contains(o.b[*].c, 'x')
""",
    """\
title: joined
language: jmespath
logsource: {category: test}
detection: {one: "f == 'a'", two: "starts_with(g, 'x') && !h", condition: one and not two}
---
fields:
- {name: who, from: user.arn, regex: '(?P<who>[^/]+)$'}
- {name: short, jmespath: "a.b || c"}
""",
)


def loaded(data: bytes, pipelines: Sequence[str] = ()) -> Ruleset:
    """The rules of a file, without the derived fields that come with the package, which take longer than all else."""
    return build([File("fuzz.yml", data, None, True)], pipeline_files(pipelines))[0]


def rule_texts() -> Iterator[str]:
    """Each rule once, good and rejected ones."""
    yield from OTHER
    yield from dict.fromkeys(case.given.text for case in cases())
    for _, entry in entries(FOLDER / "rejected"):
        yield given(entry).text


def pairs() -> Iterator[tuple[str, list[object]]]:
    """Each rule that no pipeline and no variable changes, with all the events of its cases."""
    by_rule: dict[str, list[object]] = {}
    for case in cases():
        if not case.given.pipelines and case.given.variables == "{}":
            by_rule.setdefault(case.given.text, []).append(case.event)
    yield from by_rule.items()
