"""`detect test`, and the same files collected by pytest."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from tests.testing.house import BASES, House

PLUGIN = () if entry_points(group="pytest11", name="detect") else ("-p", "engine.testing.plugin")
"""An installation from before the plugin has no entry point for it."""

TESTS = """tests:
  - {name: a trail is stopped, events: [{base: stop}], alerts: 1}
  - {name: only described, events: [{base: stop, change: {eventName: DescribeTrails}}], alerts: 0}
"""
WRONG = """  - {name: "a slip: of the pen", events: [{base: stop, change: {eventName: StopLoging}}], alerts: 1}
"""


@pytest.fixture
def house(tmp_path: Path) -> House:
    found = House(tmp_path)
    found.write("stopped.test.yml", BASES + TESTS)
    return found


def run(house: House, *words: str, module: str = "engine.cli") -> subprocess.CompletedProcess[str]:
    checkout = Path(__file__).resolve().parents[2]
    environ = {**os.environ, "PYTHONPATH": str(checkout), "DETECT_CACHE_DIR": str(house.top / "cache")}
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(command, cwd=house.top, env=environ, capture_output=True, text=True, check=False)


def test_tests_that_pass_are_counted(house: House):
    done = run(house, "test")
    assert (done.returncode, done.stdout, done.stderr) == (0, "2 passed\n", "")


def test_a_failure_names_its_line_and_its_reason(house: House):
    house.write("stopped.test.yml", BASES + TESTS + WRONG)
    done = run(house, "test", "rules/stopped.yml")
    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f"FAILED  rules/stopped.test.yml:{BASES.count(chr(10)) + 4}  a slip: of the pen",
        "    0 alerts instead of 1",
        '      event 1: Trail Stopped: call: eventName is "StopLogging" or "DeleteTrail"; it is "StopLoging"',
        "2 passed, 1 failed",
    ]


@pytest.mark.parametrize(
    ("words", "passed"),
    [
        ("described", 1),
        ("a * stopped", 1),
        ("STOPPED", 2),
        ("rules/", 2),
        ("rules and not described", 1),
        ("(described or trail) and e", 2),
    ],
)
def test_some_are_chosen_by_name_or_file(house: House, words: str, passed: int):
    assert run(house, "test", "-k", words).stdout == f"{passed} passed\n"


def test_none_chosen_is_said(house: House):
    done = run(house, "test", "-k", "nothing of this")
    assert done.returncode == 2
    assert 'there is no test with "nothing of this" in rules' in done.stderr


def test_words_that_are_no_expression_are_a_mistake(house: House):
    done = run(house, "test", "-k", "described and")
    assert (done.returncode, done.stdout) == (2, "")
    assert "-k: a word is missing at the end" in done.stderr


def test_a_file_of_events_that_is_gone_breaks_the_file_and_leaves_the_others(house: House):
    house.write("often.test.yml", BASES + "tests:\n  - {name: x, events: [{file: gone.json}], alerts: 1}\n")
    done = run(house, "test")
    assert (done.returncode, done.stdout) == (2, "2 passed, 1 file cannot be used\n")
    assert f'rules/often.test.yml:{BASES.count(chr(10)) + 2}:31: there is no file of events "gone.json"' in done.stderr


def test_every_mistake_in_a_test_file_has_its_place(house: House):
    house.write("often.test.yml", """\
        tests:
          - nam: x
            events: [{base: nothing}]
            alerts: -1
          - {name: y, events: [{event: {}, file: x}], alerts: 0}
          - {name: y, events: [{event: {}, at: soon}], alerts: [{level: hihg}]}
          - {name: z, events: [{event: {}}]}
    """)  # fmt: skip
    done = run(house, "test")
    assert (done.returncode, done.stdout) == (2, "2 passed, 1 file cannot be used\n")
    lines = done.stderr.splitlines()
    for said in (
        'rules/often.test.yml:2:5: unknown key "nam"',
        '  hint: did you mean "name"?',
        'rules/often.test.yml:3:21: there is no event "nothing" under bases',
        "rules/often.test.yml:4:13: alerts is to be at least 0, not the number -1",
        "rules/often.test.yml:5:24: say one of event, base and file",
    ):
        assert said in lines
    assert any(line.startswith("rules/often.test.yml:6:") and 'another test is named "y"' in line for line in lines)
    assert any("it expects nothing" in line for line in lines)
    assert any("is no time" in line for line in lines)
    assert any('did you mean "high"?' in line for line in lines)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "a test file is one document"),
        ("tests: []", "tests: there is none"),
        ("tests: [", "rules/often.test.yml:2:1: broken YAML"),
    ],
)
def test_a_file_that_is_no_test_file_is_said_to_be_none(house: House, text: str, fault: str):
    house.write("often.test.yml", text)
    done = run(house, "test")
    assert done.returncode == 2
    assert fault in done.stderr
    assert "Traceback" not in done.stderr


def test_a_rule_that_is_broken_or_gone_is_said_with_its_fault(house: House):
    house.write("stopped.yml", "title: x\ndetection: {a: {b|cnotains: c}, condition: a}\nlogsource: {product: aws}\n")
    house.write("gone.test.yml", BASES + TESTS)
    done = run(house, "test")
    assert done.returncode == 2
    assert "rules/stopped.yml:2" in done.stderr
    assert "rules/gone.yml: there is no such file of rules" in done.stderr


def test_rules_without_a_test_fail_where_tests_are_required(house: House):
    done = run(house, "test", "--require-tests")
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["UNTESTED  rules/often.yml", "2 passed, 1 without a test"]


def test_tests_may_stand_in_a_folder_of_their_own(house: House):
    (house.top / "tests").mkdir()
    (house.rules / "stopped.test.yml").rename(house.top / "tests" / "stopped.test.yml")
    moved = house.top / "tests" / "stopped.test.yml"
    moved.write_text(f"rule: ../rules/stopped.yml\n{moved.read_text()}")
    assert run(house, "test", "--tests", "tests").stdout == "2 passed\n"


def test_json_says_everything(house: House):
    house.write("stopped.test.yml", BASES + TESTS + WRONG)
    said: dict[str, Any] = json.loads(run(house, "test", "--format", "json").stdout)
    assert (said["version"], said["kind"], said["passed"], said["failed"]) == (1, "tests", 2, 1)
    assert said["tests"][2]["wrong"][0]["what"] == "0 alerts instead of 1"


def test_junit_and_github_show_failures(house: House):
    house.write("stopped.test.yml", BASES + TESTS + WRONG)
    suite = ET.fromstring(run(house, "test", "--format", "junit").stdout)
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    line = run(house, "test", "--format", "github").stdout
    assert line.startswith("::error file=rules/stopped.test.yml,line=")
    assert "title=a slip%3A of the pen::0 alerts instead of 1%0A" in line


def test_editors_get_a_schema(house: House):
    schema = json.loads(run(house, "test", "--schema").stdout)
    assert {"rule", "bases", "tests"} <= set(schema["properties"])


def test_watching_runs_them_again_when_a_file_changes(house: House):
    checkout = Path(__file__).resolve().parents[2]
    environ = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "engine.cli", "test", "--watch"]
    with subprocess.Popen(command, cwd=house.top, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "2 passed\n"
            time.sleep(0.1)
            house.write("stopped.test.yml", BASES + TESTS + WRONG)
            assert process.stdout.readline().startswith("FAILED")
        finally:
            process.kill()


def test_watching_waits_for_the_first_test_and_outlives_mistakes(house: House):
    (house.rules / "stopped.test.yml").unlink()
    checkout = Path(__file__).resolve().parents[2]
    environ = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "engine.cli", "test", "--watch"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=house.top, env=environ, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            assert "there is no test in rules" in process.stderr.readline()
            assert "hint" in process.stderr.readline()
            assert "waiting for a file to change" in process.stderr.readline()
            house.write("stopped.test.yml", BASES + TESTS)
            assert process.stdout.readline() == "2 passed\n"
        finally:
            process.kill()
    done = run(house, "test", "--watch", "--mutate")
    assert done.returncode == 2


def test_pytest_collects_the_same_files(house: House):
    house.write("stopped.test.yml", BASES + TESTS + WRONG)
    done = run(house, "-q", *PLUGIN, "-p", "no:cacheprovider", "rules", module="pytest")
    assert done.returncode == 1
    assert "1 failed, 2 passed" in done.stdout
    assert f"stopped.test.yml:{BASES.count(chr(10)) + 4}: a slip: of the pen" in done.stdout
    assert 'it is "StopLoging"' in done.stdout
    chosen = run(house, "-q", *PLUGIN, "rules", "-k", "described", "-n", "2", module="pytest")
    assert "1 passed" in chosen.stdout, chosen.stdout


def test_pytest_says_what_is_wrong_with_a_file(house: House):
    house.write("stopped.test.yml", "tests: [{nam: x}]")
    done = run(house, "-q", *PLUGIN, "rules", module="pytest")
    assert done.returncode == 2
    assert 'unknown key "nam"' in done.stdout


def test_tests_in_python_have_a_function_to_ask(house: House):
    (house.top / "test_mine.py").write_text(
        "def test_it(fired):\n"
        "    event = {'eventSource': 'cloudtrail.amazonaws.com', 'eventName': 'DeleteTrail'}\n"
        "    assert fired('rules/stopped.yml', event, {}) == ['Trail Stopped']\n"
    )
    done = run(house, "-q", *PLUGIN, "test_mine.py", module="pytest")
    assert done.returncode == 0, done.stdout


def test_the_plugin_imports_nothing_heavy(house: House):
    heavy = {"sigma", "yaml", "re2", "msgspec", "jinja2"}
    (house.top / "test_none.py").write_text(
        f"import sys\n\ndef test_it():\n    assert not {heavy} & set(sys.modules)\n"
    )
    done = run(house, "-q", *PLUGIN, "-p", "no:hypothesispytest", "test_none.py", module="pytest")
    assert done.returncode == 0, done.stdout


def test_changes_that_no_test_noticed_are_named_and_scored(house: House):
    done = run(house, "test", "--mutate")
    assert done.returncode == 0
    assert '    survived  Trail Stopped: call: never true: eventName is "DeleteTrail"' in done.stdout.splitlines()
    assert done.stdout.splitlines()[-1].endswith(" %")
    assert run(house, "test", "--mutate", "--min-score", "100").returncode == 1
    assert run(house, "test", "--mutate", "--min-score", "10").returncode == 0
    said = json.loads(run(house, "test", "--mutate", "--format", "json").stdout)["files"][0]
    assert said["mutants"] > len(said["survivors"]) > 0
    (rule,) = said["rules"]
    assert (rule["rule"], rule["mutants"], rule["score"]) == ("Trail Stopped", said["mutants"], said["score"])
    assert f"rules/stopped.yml  Trail Stopped: {rule['mutants'] - len(rule['survivors'])} of" in done.stdout
    annotated = run(house, "test", "--mutate", "--format", "github", "--min-score", "100").stdout
    assert annotated.startswith("::error file=rules/stopped.yml::")
    assert run(house, "test", "--mutate", "-k", "nothing").returncode == 2
    assert run(house, "test", "--min-score", "10").returncode == 2
