"""Rules are chosen by level, status, tag, id, title and path; a word that nothing has is a wrong call."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import UsageError
from engine.load import Needs, load_text, requirements, select
from engine.model import LogSource
from tests.load.rules import ID, loaded, rule_text

RULESET = load_text(
    "---\n".join(
        (
            rule_text(
                1, title="Root login", level="critical", status="stable", tags="attack.t1078.004, attack.initial"
            ),
            rule_text(2, title="Trail stopped", level="high", tags="attack.t1562"),
            rule_text(3, title="Bucket [public]", level="low", status="experimental"),
        )
    ),
    "rules/aws/iam.yml",
)


def chosen(**options: Any) -> list[int]:
    return [int(rule.key[-1]) for rule in select(RULESET, **options).rules]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("high", [2]),
        ("high+", [1, 2]),
        ("HIGH+", [1, 2]),
        ("high-", [2, 3]),
        ("low+", [1, 2, 3]),
        ("medium", []),
        (None, [1, 2, 3]),
    ],
)
def test_level(level: str | None, expected: list[int]) -> None:
    assert chosen(level=level) == expected


def test_status() -> None:
    assert chosen(status=["stable", "Experimental"]) == [1, 3]


def test_tags() -> None:
    assert chosen(tags=["attack.t1562"]) == [2]
    assert chosen(tags=["Attack.T1078*"]) == [1]
    assert chosen(tags=["attack.*"]) == [1, 2]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (ID.format(2), [2]),
        ("root login", [1]),
        ("*STOPPED", [2]),
        ("Bucket [public]", [3]),
        ("rules/aws/*", [1, 2, 3]),
        ("iam.yml", []),
        ("aws/iam.*", [1, 2, 3]),
        ("iam.*", [1, 2, 3]),
        ("aws*", []),
        ("*-00000000000[12]", [1, 2]),
    ],
)
def test_rules_by_id_title_or_glob(pattern: str, expected: list[int]) -> None:
    if expected:
        assert chosen(rules=[pattern]) == expected
    else:
        with pytest.raises(UsageError):
            chosen(rules=[pattern])


def test_choices_narrow_each_other_and_exclude_wins() -> None:
    assert chosen(rules=["root login", "trail*"], exclude=["*login"]) == [2]
    assert chosen(level="high+", status=["stable"]) == [1]


@pytest.mark.parametrize(
    ("options", "fault", "hint"),
    [
        ({"level": "hihg+"}, '"hihg+" is no level', 'did you mean "high"?'),
        ({"level": "+"}, '"+" is no level', "one of informational"),
        ({"status": ["stabel"]}, '"stabel" is no status', 'did you mean "stable"?'),
        ({"rules": ["Root logon"]}, 'no rule is called "Root logon"', 'did you mean "Root login"?'),
        ({"exclude": ["zzz"]}, 'no rule is called "zzz"', '"detect rules" lists what is loaded'),
        ({"tags": ["T1562"]}, 'no tag is called "T1562"', 'did you mean "attack.t1562"?'),
        ({"tags": ["attack.t1563"]}, 'no tag is called "attack.t1563"', 'did you mean "attack.t1562"?'),
    ],
)
def test_a_word_that_nothing_has(options: dict[str, Any], fault: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        select(RULESET, **options)
    assert caught.value.fault == fault
    assert hint in (caught.value.hint or "")


def test_what_was_rejected_stays() -> None:
    ruleset = load_text(rule_text(1) + "---\ntitle: x\nlogsource: {product: x}\n")
    assert select(ruleset, level="critical").rejected == ruleset.rejected


def test_requirements_name_fields_logsource_and_keywords() -> None:
    rule = loaded(
        "title: t\nlogsource: {product: aws, service: cloudtrail}\ndetection:\n"
        "  a: {b.c: 1, d|fieldref: e}\n  f: [{g: 1}, {h|neq: 2}]\n  k: [word]\n  condition: a\n"
    )
    assert requirements(rule) == Needs(("b.c", "d", "e", "g", "h"), LogSource("aws", "cloudtrail"), True)
