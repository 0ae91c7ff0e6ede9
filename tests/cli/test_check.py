"""detect check says what is wrong with rules, in the shape that its reader takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from engine.check import every
from tests.cli.conftest import BROKEN, House

SCHEMA = json.loads((Path(__file__).parent / "sarif.schema.json").read_text("utf-8"))
ODD = """\
title: "<Odd> & 'quoted'"
id: 00000000-0000-4000-8000-000000000009
level: High
status: test
description: d
author: a
date: 2024-05-01
tags: [attack.impact]
falsepositives: [x]
logsource: {product: aws, service: cloudtrail}
detection:
    selection: {useragent: x}
    condition: selection
"""


@pytest.fixture
def odd(house: House) -> House:
    for path in house.rules.iterdir():
        path.unlink()
    (house.rules / "odd rule.yml").write_text(ODD)
    return house


def test_findings_come_with_place_severity_hint_and_the_name_of_the_check(odd: House):
    done = odd.detect("check", "rules")
    assert (done.status, done.err) == (0, "1 rule: 0 errors, 1 warning, 1 note\n")
    assert done.out == (
        'rules/odd rule.yml:3:8: note: the level "High" has capital letters [letter-case]\n'
        '  hint: write "high"\n'
        'rules/odd rule.yml:12:17: warning: product=aws,service=cloudtrail has no field "useragent" [field-name]\n'
        '  hint: did you mean "userAgent"?\n'
    )


def test_rules_beside_are_checked_when_no_path_is_given(odd: House):
    assert odd.detect("check").out == odd.detect("check", "rules").out != ""


STATUS = [("error", 0), ("warning", 1), ("note", 1), ("never", 0)]


@pytest.mark.parametrize(("severity", "status"), STATUS)
def test_fail_on_decides_the_status(odd: House, severity: str, status: int):
    assert odd.detect("check", "--fail-on", severity).status == status


def test_a_rule_that_cannot_be_used_is_an_error_and_fails_by_itself(odd: House):
    (odd.rules / "broken.yml").write_text(BROKEN)
    done = odd.detect("check", "--select", "unusable")
    assert done.status == 1
    assert done.out.startswith("rules/broken.yml:8:17: error: unknown modifier")
    assert odd.detect("check", "--select", "unusable", "--fail-on", "never").status == 0


def test_json_holds_every_finding_and_counts(odd: House):
    done = odd.detect("check", "--format", "json", "--quiet")
    document = json.loads(done.out)
    assert done.err == ""
    assert (document["rules"], document["counts"], document["quiet"]) == (1, {"error": 0, "warning": 1, "note": 1}, 0)
    assert document["findings"][1] == {
        "check": "field-name",
        "severity": "warning",
        "path": "rules/odd rule.yml",
        "line": 12,
        "column": 17,
        "rule": "<Odd> & 'quoted'",
        "fault": 'product=aws,service=cloudtrail has no field "useragent"',
        "hint": 'did you mean "userAgent"?',
    }


def test_sarif_has_what_sarif_requires(odd: House):
    (odd.rules / "broken.yml").write_text(BROKEN)
    (odd.rules / "unread.yml").write_text("a: [")
    document = json.loads(odd.detect("check", "--format", "sarif").out)
    jsonschema.validate(document, SCHEMA)
    (run,) = document["runs"]
    kinds = [kind["id"] for kind in run["tool"]["driver"]["rules"]]
    assert kinds == list(every())
    assert [kinds[result["ruleIndex"]] for result in run["results"]] == [result["ruleId"] for result in run["results"]]
    assert [result["level"] for result in run["results"] if result["ruleId"] == "unusable"] == ["error", "error"]
    assert run["results"][-1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "rules/unread.yml"
    assert "rules/odd%20rule.yml" in json.dumps(run)


def test_junit_has_a_case_a_rule_and_its_findings_as_failures(odd: House):
    (odd.rules / "unread.yml").write_text("a: [")
    root = ElementTree.fromstring(odd.detect("check", "--format", "junit", "--fail-on", "warning").out)
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert (root.get("tests"), root.get("failures")) == ("2", "2")
    assert set(cases) == {"<Odd> & 'quoted'", "rules/unread.yml"}
    odd_case = cases["<Odd> & 'quoted'"]
    (failure,) = odd_case.findall("failure")
    assert (failure.get("type"), odd_case.get("classname")) == ("field-name", "rules/odd rule.yml")
    assert "did you mean" in (failure.text or "")
    assert "letter-case" in (odd_case.findtext("system-out") or "")


def test_junit_of_what_is_below_the_bar_passes(odd: House):
    root = ElementTree.fromstring(odd.detect("check", "--format", "junit").out)
    assert (root.get("tests"), root.get("failures")) == ("1", "0")


def test_the_list_explains_every_check(house: House):
    done = house.detect("check", "--list")
    assert done.status == 0
    for name, one in every().items():
        assert f"{name} ({one.severity.name})\n" in done.out
        assert one.help.splitlines()[0] in done.out
    assert "MITRE ATT&CK 19" in done.out


def test_output_goes_to_a_file_whole(odd: House):
    assert odd.detect("check", "-f", "json", "-o", "found.json").out == ""
    assert json.loads((odd.folder / "found.json").read_text())["rules"] == 1


WRONG = [
    (["nothere"], 'no file or folder "nothere"'),
    (["logs"], "there is no Sigma rule in logs"),
    (["--select", "field-names"], 'did you mean "field-name"'),
]


@pytest.mark.parametrize(("words", "fault"), WRONG)
def test_a_wrong_call_is_said(odd: House, words: list[str], fault: str):
    done = odd.detect("check", *words)
    assert (done.status, done.out) == (2, "")
    assert fault in done.err


GUARD = """
import sys

def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.bind", "socket.sendto"):
        sys.stderr.write(f"NETWORK {event} {args}\\n")
        sys.stderr.flush()
        import os
        os._exit(99)

sys.addaudithook(refuse)
{then}
"""


def test_the_network_is_never_touched(odd: House):
    (odd.rules / "tags.yml").write_text(ODD.replace("0009", "0010").replace("attack.impact", "attack.t9999, d3fend.x"))
    main = "from engine.cli import main; sys.exit(main(['check', 'rules', '--fail-on', 'never', '--no-cache']))"
    done = _python(odd, GUARD.replace("{then}", main))
    assert (done.returncode, "NETWORK" in done.stderr) == (0, False)
    assert "field-name" in done.stdout


def test_the_guard_against_the_network_bites(odd: House):
    """pySigma's own check of the same tags does download what it compares with."""
    download = "from sigma.data import mitre_attack; mitre_attack.set_url('http://127.0.0.1:9/x'); "
    download += "mitre_attack.mitre_attack_techniques"
    assert _python(odd, GUARD.replace("{then}", download)).returncode == 99


def _python(house: House, script: str) -> subprocess.CompletedProcess[str]:
    environment = {**house.environment, "HOME": str(house.folder)}  # so that nothing is there from an earlier download
    return subprocess.run(
        [sys.executable, "-c", script], cwd=house.folder, env=environment, capture_output=True, text=True, check=False
    )
