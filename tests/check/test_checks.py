"""Each check says something of what trips it, and nothing of what nearly does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.check import Finding, Severity, check, every
from engine.check.registry import OWN

CASES: dict[str, dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "cases.yml").read_text("utf-8"))

GOOD: dict[str, Any] = {
    "title": "Trail stopped",
    "id": "00000000-0000-4000-8000-000000000001",
    "status": "test",
    "description": "Somebody stops a trail.",
    "author": "Somebody",
    "date": "2024-05-01",
    "tags": ["attack.defense-impairment", "attack.t1685.002"],
    "logsource": {"product": "aws", "service": "cloudtrail"},
    "detection": {"selection": {"eventName": "StopLogging"}, "condition": "selection"},
    "falsepositives": ["Maintenance"],
    "level": "high",
}

ACROSS = {
    "duplicate-id",
    "duplicate-title",
    "duplicate-detection",
    "group-by",
    "unused-alias",
    "always-met",
    "long-timespan",
    "suppression",
}
"""What looks at several rules, or at comments: test_across.py and test_comments.py."""


def rule(**changes: Any) -> str:
    """The good rule with some keys in another way; JSON is YAML, and its strings cannot be misread."""
    return json.dumps({key: value for key, value in {**GOOD, **changes}.items() if value is not None})


def findings(folder: Path, *texts: str, **options: Any) -> tuple[Finding, ...]:
    for number, text in enumerate(texts):
        (folder / f"{number}.yml").write_text(text, "utf-8")
    return check([folder], cache=False, **options).findings


def listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def written(kind: str) -> list[Any]:
    return [
        pytest.param(name, case, changes, id=f"{name}-{number}")
        for name, case in CASES.items()
        for number, changes in enumerate(listed(case[kind]))
    ]


def test_nothing_is_said_of_a_good_rule(tmp_path: Path):
    assert findings(tmp_path, rule()) == ()


def test_every_check_has_a_case():
    assert set(every()) == set(CASES) | ACROSS


@pytest.mark.parametrize(("name", "case", "changes"), written("trips"))
def test_a_check_says_what_trips_it(tmp_path: Path, name: str, case: dict[str, Any], changes: dict[str, Any]):
    found = [one for one in findings(tmp_path, rule(**changes), select=[name]) if one.check == name]
    assert found
    assert case.get("says", "") in found[0].fault
    assert case.get("hint", "") in (found[0].hint or "")
    assert found[0].place.line == 1
    assert found[0].fault[-1] != "."


@pytest.mark.parametrize(("name", "case", "changes"), written("passes"))
def test_a_check_says_nothing_of_what_nearly_trips_it(
    tmp_path: Path, name: str, case: dict[str, Any], changes: dict[str, Any]
):
    assert findings(tmp_path, rule(**changes), select=[name]) == ()


def test_every_check_has_a_severity_and_a_help_whose_first_sentence_stands_alone():
    for name, one in every().items():
        assert isinstance(one.severity, Severity)
        assert one.summary.endswith("."), name
        assert one.each or one.all or one in OWN


def test_the_good_rules_that_come_with_the_package_give_no_warning():
    report = check(["rules"])
    assert report.rules > 20
    assert [one for one in report.findings if one.severity > Severity.note] == []


NATIVE = {"language": "jmespath", "detection": None, "match": "eventName == 'StopLogging'"}


def test_a_native_rule_is_checked_but_for_what_only_sigma_has(tmp_path: Path):
    assert findings(tmp_path, rule(**NATIVE)) == ()
    (found,) = findings(tmp_path, rule(**NATIVE, id=None))
    assert (found.check, found.fault) == ("missing-id", "the native rule has no id")


def test_the_selections_of_a_native_rule_are_weighed_too(tmp_path: Path):
    detection = {"a": "eventName == 'A'", "b": "eventName == 'B'", "condition": "a"}
    (found,) = findings(tmp_path, rule(language="jmespath", detection=detection))
    assert (found.check, found.fault) == ("unused-selection", 'the condition never names "b"')
