"""Comments that keep a check quiet, places of findings, and which checks run."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.check import Finding, check
from engine.errors import UsageError

RULE = """\
{above}title: Trail stopped{title}
id: 00000000-0000-4000-8000-000000000001
status: test
logsource: {{product: aws, service: cloudtrail}}
detection:
    selection:
        {line}useragent: a{field}
        eventSource: 'cloudtrial.amazonaws.com'
    condition: selection
level: High
"""
ONLY = ["field-name", "event-source", "letter-case", "missing-tags", "suppression"]


def told(folder: Path, above: str = "", title: str = "", line: str = "", field: str = "") -> list[str]:
    path = folder / "rule.yml"
    path.write_text(RULE.format(above=above, title=title, line=line, field=field), "utf-8")
    return [short(one) for one in check([path], select=ONLY, cache=False).findings]


def short(one: Finding) -> str:
    return f"{one.place.line}:{one.place.column} {one.check}"


ALL = ["1:1 missing-tags", "7:9 field-name", "8:22 event-source", "10:8 letter-case"]


def test_a_finding_points_at_the_key_or_the_value_that_it_is_about(tmp_path: Path):
    assert told(tmp_path) == ALL


def test_a_comment_behind_a_line_is_for_that_line(tmp_path: Path):
    assert told(tmp_path, field="  # detect: ignore=field-name lower case in our copies") == [ALL[0], *ALL[2:]]


def test_a_comment_above_a_line_is_for_the_next_line(tmp_path: Path):
    line = "# detect: ignore=field-name our copies\n        "
    assert told(tmp_path, line=line) == ["1:1 missing-tags", "9:22 event-source", "11:8 letter-case"]


def test_a_comment_above_the_rule_is_for_all_of_it(tmp_path: Path):
    above = "# detect: ignore=field-name, letter-case: our copies\n# another comment\n"
    assert told(tmp_path, above=above) == ["3:1 missing-tags", "10:22 event-source"]


def test_a_comment_may_name_several_checks_by_a_glob(tmp_path: Path):
    assert told(tmp_path, above="# detect: ignore=* a draft\n") == []


@pytest.mark.parametrize(
    ("comment", "fault"),
    [
        ("# detect: ignore=field-nam why", 'no check is called "field-nam"'),
        ("# detect: ignore=", "the comment names no check"),
        ("# detect: ignore=letter-case why", "the comment keeps nothing quiet"),
        ("# detect: ignore=field-name", "the comment gives no reason"),
    ],
)
def test_a_comment_that_is_wrong_is_said(tmp_path: Path, comment: str, fault: str):
    path = tmp_path / "rule.yml"
    path.write_text(RULE.format(above="", title="", line="", field=f"  {comment}"), "utf-8")
    assert [one.fault for one in check([path], cache=False).findings if one.check == "suppression"] == [fault]


def test_what_comments_keep_quiet_is_counted(tmp_path: Path):
    path = tmp_path / "rule.yml"
    path.write_text(RULE.format(above="# detect: ignore=* a draft\n", title="", line="", field=""), "utf-8")
    report = check([path], select=ONLY, cache=False)
    assert (report.findings, report.quiet, report.rules) == ((), 4, 1)


def test_a_comment_above_one_rule_of_a_file_is_not_for_the_next(tmp_path: Path):
    path = tmp_path / "rule.yml"
    one = RULE.format(above="# detect: ignore=* a draft\n", title="", line="", field="")
    two = RULE.format(above="", title=" again", line="", field="").replace("0001\n", "0002\n")
    path.write_text(f"{one}---\n{two}", "utf-8")
    assert {one.place.line for one in check([path], select=ONLY, cache=False).findings} == {13, 19, 20, 22}


def test_checks_are_chosen_by_names_and_globs(tmp_path: Path):
    path = tmp_path / "rule.yml"
    path.write_text(RULE.format(above="", title="", line="", field=""), "utf-8")
    chosen = check([path], select=["missing-*,field-name"], ignore=["missing-[a-e]*"], cache=False).findings
    assert sorted(one.check for one in chosen) == ["field-name", "missing-falsepositives", "missing-tags"]


def test_a_check_that_is_not_there_is_said_with_the_nearest(tmp_path: Path):
    with pytest.raises(UsageError, match='no check is called "attack-tags"\n  hint: did you mean "attack-tag"'):
        check([tmp_path], ignore=["attack-tags"])


def test_what_the_loader_says_comes_with_its_place(tmp_path: Path):
    path = tmp_path / "rule.yml"
    path.write_text(
        RULE.format(above="", title="", line="", field="").replace("useragent:", "useragent|contian:"), "utf-8"
    )
    found = check([path], cache=False, select=["unusable"]).findings
    assert [(short(one), one.rule) for one in found] == [("7:9 unusable", "Trail stopped")]
