"""detect config and detect init, and which configuration a command goes by."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path
from typing import Any

import pytest

from engine.cli._filled import filled
from engine.cli.run import command
from engine.config import PREFIX, Settings, load
from engine.config.reference import sections
from tests.cli import conftest
from tests.cli.conftest import House

FILE = """\
sources: [logs]
limits: {workers: 1}
notifiers:
  log: {type: file, path: alerts.ndjson}
routes:
  - to: [log]
state: detect.state
"""


def written(house: House, text: str, name: str = "detect.yml") -> Path:
    file = house.folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def fired(house: House, *words: str) -> list[str]:
    """The titles that a run finds."""
    done = house.detect("run", "--format", "ndjson", "--quiet", *words)
    assert done.status == 0, done.err
    return sorted(line["rule"]["title"] for line in done.lines if line["kind"] == "detection")


def test_check_says_all_faults_and_ends_with_2(house: House):
    written(house, FILE.replace("limits", "limit").replace("to: [log]", "to: [lgo]"))
    done = house.detect("config", "check")
    assert done.status == 2
    assert done.err.splitlines() == [
        "error: the configuration has 2 faults:",
        'detect.yml:2:1: unknown key "limit"', '  hint: did you mean "limits"?',
        'detect.yml:6:9: there is no notifier "lgo"', '  hint: did you mean "log"?',
    ]  # fmt: skip


def test_check_asks_for_secrets_unless_told_not_to(house: House, monkeypatch: pytest.MonkeyPatch):
    written(house, FILE.replace("type: file, path: alerts.ndjson", "type: webhook, url: {env: DETECT_TEST_URL}"))
    done = house.detect("config", "check")
    assert (done.status, "detect.yml:4:29: url: the environment variable DETECT_TEST_URL is not set" in done.err) == (
        2,
        True,
    )
    assert house.detect("config", "check", "--no-secrets").status == 0
    monkeypatch.setenv("DETECT_TEST_URL", "https://example.com/x")
    assert house.detect("config", "check") == (0, "detect.yml: good\n", "")


def test_a_command_that_needs_a_configuration_says_so(house: House):
    for words in (["config", "check"], ["config", "show"], ["route", "test", "level=low"], ["notify", "test"]):
        done = house.detect(*words)
        assert done.status == 2
        assert "detect init writes one" in done.err


def test_show_has_the_origin_of_each_value(house: House, monkeypatch: pytest.MonkeyPatch):
    written(house, FILE)
    monkeypatch.setenv("DETECT__LIMITS__HITS", "7")
    shown = {
        one["key"]: (one["value"], one["origin"])
        for one in json.loads(house.detect("config", "show", "-f", "json").out)
    }
    assert shown["limits.hits"] == (7, "DETECT__LIMITS__HITS")
    assert shown["limits.workers"] == (1, "detect.yml:2")
    assert "hits: 7" in house.detect("config", "show").out


def test_schema_and_options(house: House):
    assert json.loads(house.detect("config", "schema").out)["title"] == "detect.yml"
    assert "| `workers` |" in house.detect("config", "options", "limits").out
    done = house.detect("config", "options", "limit-")
    assert (done.status, "detect config options lists them" in done.err) == (2, True)


def test_flags_win_over_variables_and_these_over_the_file(house: House, monkeypatch: pytest.MonkeyPatch):
    written(house, "sources: [logs]\nselect: {level: high}\n")
    assert fired(house) == ["Trail stopped"]
    monkeypatch.setenv("DETECT__SELECT__LEVEL", "low")
    assert fired(house) == ["Buckets listed"]
    assert fired(house, "--level", "low+") == ["Buckets listed", "Trail stopped"]


OPTIONS: list[tuple[str, str, Any]] = [
    ("select: {level: low-}", "level", "low-"),
    ("select: {status: [test]}", "status", ("test",)),
    ("select: {tags: [a]}", "tag", ("a",)),
    ("select: {rules: [a]}", "rule", ("a",)),
    ("select: {exclude: [a]}", "exclude", ("a",)),
    ("rules: [logs]", "rules", ("logs",)),
    ("filters: [rules]", "filters", ("rules",)),
    ("pipelines: [some_name]", "pipeline", ("some_name",)),
    ("fields: [rules]", "fields", ("rules",)),
    ("variables: [rules]", "variables", ("rules",)),
    ("state: x", "state", "x"),
    ("lateness: 1h", "lateness", 3_600_000_000),
    ("reading: {format: csv}", "format_in", "csv"),
    ("reading: {logsource: {product: okta}}", "logsource", ("okta", None, None)),
    ("reading: {all_logsources: true}", "all_logsources", True),
    ("reading: {time_field: a.b}", "time_field", "a.b"),
    ("reading: {year: 2020}", "year", 2020),
    ("limits: {workers: 3}", "workers", 3),
    ("limits: {max_bytes: 3k}", "max_bytes", 3072),
    ("limits: {groups: 3}", "max_groups", 3),
    ("limits: {hits: 3}", "max_hits", 3),
    ("limits: {in_memory: 3}", "in_memory", 3),
]
TYPED = {
    "level": "high", "format_in": "json", "logsource": "product=aws", "all_logsources": "", "year": "2021",
    "lateness": "2h", "workers": "9", "max_bytes": "9k", "max_groups": "9", "max_hits": "9", "in_memory": "9",
}  # fmt: skip


def options(house: House, text: str, *words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The options as typed, and with what the file says in place of those that were not."""
    written(house, text)
    context = command.make_context("run", list(words))
    return context.params, filled(context, context.params, load("detect.yml", {}))


@pytest.mark.parametrize(("text", "name", "expected"), OPTIONS, ids=[text for text, _, _ in OPTIONS])
def test_what_the_file_says_takes_the_place_of_an_option(house: House, text: str, name: str, expected: Any):
    assert options(house, text)[1][name] == expected
    flag = next(one for one in command.params if one.name == name).opts[0]
    typed, made = options(house, text, flag, *filter(None, [TYPED.get(name, "typed")]))
    assert made[name] == typed[name]
    assert made[name] != expected or name == "all_logsources"


def test_every_option_of_the_file_is_used_by_a_run():
    beside = {"sources", "alerts", "routes", "notifiers", "silences", "templates", "redact"}
    of_serve = {"schedule", "health", "heartbeat", "gaps", "keep"}
    assert {text.partition(":")[0] for text, _, _ in OPTIONS} | beside | of_serve == set(Settings.__struct_fields__)
    leaves = {
        f"{one.key}.{name}" for one in sections() if one.key in ("select", "reading", "limits")
        for name in one.cls.__struct_encode_fields__
    }  # fmt: skip
    said = {tuple(re.findall(r"(\w+): ", text)[:2]) for text, _, _ in OPTIONS if "{" in text}
    assert leaves == {".".join(names) for names in said}


def test_a_scan_of_its_own_goes_by_no_file_that_happens_to_be_there(house: House):
    written(house, FILE)
    assert house.detect("run", "--source", "logs", "--quiet").status == 0
    assert not (house.folder / "alerts.ndjson").exists()
    assert house.detect("run", "--quiet").status == 0
    assert (house.folder / "alerts.ndjson").exists()


def test_detect_config_names_the_file_for_every_command(house: House, monkeypatch: pytest.MonkeyPatch):
    written(house, FILE.replace("[logs]", "[../logs]"), "elsewhere/detect.yml")
    monkeypatch.setenv("DETECT_CONFIG", "elsewhere/detect.yml")
    assert len(fired(house)) == 2
    assert (house.folder / "elsewhere" / "alerts.ndjson").exists()
    listed = house.detect("alerts", "list")
    assert (listed.status, "Trail stopped" in listed.out) == (0, True)
    assert house.detect("route", "test", "level=low").out == "default: yes\n-> log (route default)\n"


def test_rules_beside_the_file_are_taken_where_none_are_named(house: House):
    written(house, "sources: [../logs]\n", "elsewhere/detect.yml")
    (house.folder / "elsewhere" / "rules").mkdir()
    (house.folder / "elsewhere" / "rules" / "x.yml").write_text(conftest.STOPPED.replace("Trail stopped", "Mine"))
    assert fired(house, "-c", "elsewhere/detect.yml") == ["Mine"]


def test_variables_without_a_configuration_are_not_passed_over_in_silence(
    house: House, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(f"{PREFIX}LIMITS__WORKERS", "x")
    done = house.detect("run", "--source", "logs", "--quiet")
    assert done.status == 0
    assert "DETECT__LIMITS__WORKERS: not heeded" in done.err
    done = house.detect("run", "--quiet")
    assert (done.status, "DETECT__LIMITS__WORKERS: workers is to be a whole number" in done.err) == (2, True)


def test_redaction_holds_where_nobody_is_told(house: House):
    written(house, "sources: [logs]\nredact: {mask: [userIdentity.arn]}\n")
    done = house.detect("run", "--format", "ndjson")
    assert done.status == 0
    assert "[redacted]" in done.out
    assert "mallory" not in done.out + done.err


def test_filters_of_the_file_filter(house: House):
    (house.folder / "filters").mkdir()
    (house.folder / "filters" / "f.yml").write_text(
        "title: Not mallory\nlogsource: {product: aws, service: cloudtrail}\n"
        "filter:\n  rules: [00000000-0000-4000-8000-000000000001]\n"
        "  s: {userIdentity.arn|endswith: mallory}\n  condition: not s\n"
    )
    written(house, "sources: [logs]\nfilters: [filters]\n")
    assert fired(house) == ["Buckets listed"]


def test_a_silence_of_the_file_keeps_alerts_from_being_told(house: House):
    silence = "silences:\n  - {match: ['title=Trail stopped'], author: carol, comment: rebuilt, ends: 2100-01-01}\n"
    old = "alerts: {max_alert_age: 9999w}\n"
    written(house, FILE + old + silence)
    assert len(fired(house)) == 2
    told = [json.loads(line) for line in (house.folder / "alerts.ndjson").read_text().splitlines()]
    assert [alert["title"] for each in told for alert in each["alerts"]] == ["Buckets listed"]
    assert "Trail stopped" in house.detect("alerts", "list").out


SECRET = "hunter2-hunter2-hunter2"


def test_a_secret_is_in_nothing_that_is_said_or_kept(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DETECT_TEST_SECRET", SECRET)
    file = house.folder / "secret"
    file.write_text(f"{SECRET}\n")
    file.chmod(0o644)
    hook = (
        "type: webhook, url: 'http://127.0.0.1:9', allow: [127.0.0.1], bearer: {env: DETECT_TEST_SECRET},"
        " signing_key: {file: secret}"
    )
    written(house, FILE.replace("type: file, path: alerts.ndjson", hook) + "alerts: {wait: 1s, max_alert_age: 9999w}\n"
            "redact: {pseudonym: [sourceIPAddress], key: {file: secret}}\n")  # fmt: skip
    said = [house.detect(*words) for words in (
        ["config", "check"], ["config", "show"], ["config", "show", "-f", "json"], ["run"], ["deliveries", "list"],
        ["notify", "test"], ["run", "-v"],
    )]  # fmt: skip
    assert said[3].status == 3
    assert ("others may read the file secret" in said[0].err) is (os.name == "posix")
    for done in said:
        assert SECRET not in done.out + done.err
        assert "Traceback" not in done.err
    for kept in house.folder.glob("detect.state*"):
        assert SECRET.encode() not in kept.read_bytes()


def test_init_writes_a_start_that_finds_something_at_once(house: House):
    done = house.detect("init", "start")
    assert done.status == 0
    assert os.path.join("start", "detect.yml") in done.out
    assert "cd start && detect run -c detect.yml" in done.err
    os.chdir("start")
    assert house.detect("config", "check") == (0, "detect.yml: good\n", "")
    assert fired(house, "-c", "detect.yml") == ["Trail Stopped"]
    (told,) = [json.loads(line) for line in Path("alerts.ndjson").read_text().splitlines()]
    assert [alert["title"] for alert in told["alerts"]] == ["Trail Stopped"]
    assert os.name != "posix" or stat.S_IMODE(os.stat("alerts.ndjson").st_mode) == 0o600
    assert house.detect("run", "-c", "detect.yml", "-q") == (0, "", "")
    assert len(Path("alerts.ndjson").read_text().splitlines()) == 1


def test_init_overwrites_nothing(house: House):
    written(house, "mine")
    done = house.detect("init")
    assert (done.status, "detect.yml: is there already and is not overwritten" in done.err) == (2, True)
    assert (house.folder / "detect.yml").read_text() == "mine"
    assert not (house.folder / "samples").exists()
