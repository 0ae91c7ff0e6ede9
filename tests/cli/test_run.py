"""detect run: what it shows, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main
from tests.cli.conftest import BROKEN, House, trail


def test_one_line_shows_what_happened(house: House):
    done = house.detect("run", "--source", "logs")
    assert done.status == 0
    assert "00:00:01  high      Trail stopped" in done.out
    assert "5 read, 2 with hits (60.00 % less to read)" in done.out
    assert done.err == ""


@pytest.mark.parametrize(
    "args", [["logs"], ["-s", "logs"], ["logs/1.json.gz", "--source", "logs/2.json.gz"], ["logs/*"]]
)
def test_sources_are_options_or_plain_words(house: House, args: list[str]):
    assert house.detect("run", *args, "--format", "ndjson").lines[-1]["events"] == 5


def test_a_source_may_be_stdin(house: House):
    done = house.shell("cat logs/1.json.gz | detect run - -f ndjson -q")
    assert [line["kind"] for line in done.lines] == ["detection", "detection", "summary"]


def test_the_summary_of_a_machine_format_is_said_on_stderr(house: House):
    done = house.detect("run", "logs", "--format", "ndjson")
    assert [line["kind"] for line in done.lines] == ["detection", "detection", "summary"]
    assert "5 read, 2 with hits" in done.err


def test_quiet_shows_what_was_found_and_no_more(house: House):
    done = house.detect("run", "logs", "-q")
    assert "Trail stopped" in done.out
    assert "Summary" not in done.out
    assert done.err == ""


def test_two_runs_and_any_number_of_workers_give_the_same_bytes(house: House):
    for number in range(3, 150):
        (house.logs / f"{number:03}.json.gz").write_bytes(trail(f"Get{number}", "StopLogging", "ListBuckets"))
    many = house.shell("detect run logs -f ndjson --workers 3")
    one, again = (house.detect("run", "logs", "-f", "ndjson").out for _ in range(2))
    assert len(one.splitlines()) == 2 * 148 + 1 - json.loads(one.splitlines()[-1])["duplicates"]
    assert one == again == many.out


@pytest.mark.parametrize(
    ("args", "titles"),
    [
        (["--level", "high+"], {"Trail stopped"}),
        (["--level", "low"], {"Buckets listed"}),
        (["--rule", "Trail*"], {"Trail stopped"}),
        (["--exclude", "Trail stopped"], {"Buckets listed"}),
        (["--tag", "attack.t1562*"], {"Trail stopped", "Buckets listed"}),
        (["--since", "2023-07-10T00:00:02Z"], {"Buckets listed"}),
        (["--until", "2023-07-10T00:00:01Z"], {"Trail stopped"}),
        (["--since", "24h"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_rules_and_times_can_be_chosen(house: House, args: list[str], titles: set[str]):
    done = house.detect("run", "logs", "-f", "ndjson", *args)
    assert {line["rule"]["title"] for line in done.lines if line["kind"] == "detection"} == titles


def test_events_of_another_kind_are_named_on_the_command_line(house: House):
    event = {"what": {"when": 1_688_990_400}, "eventName": "StopLogging"}
    (house.folder / "own.json").write_text(json.dumps(event))
    words = ["--logsource", "product=aws,service=cloudtrail", "--time-field", "what.when", "--format-in", "json"]
    (found, _) = house.detect("run", "own.json", "-f", "ndjson", *words).lines
    assert found["time"] == "2023-07-10T12:00:00Z"


def test_times_are_shown_in_the_zone_asked_for(house: House):
    done = house.detect("run", "logs", "--tz", "Asia/Tokyo")
    assert "2023-07-10  Asia/Tokyo" in done.out
    assert "09:00:01" in done.out


# How it ends


@pytest.mark.parametrize(("level", "status"), [("low", 1), ("high", 1), ("critical", 0)])
def test_fail_on_gives_status_1_when_it_is_met(house: House, level: str, status: int):
    assert house.detect("run", "logs", "--fail-on", level).status == status


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["run"], "nothing to scan"),
        (["run", "nowhere"], '"nowhere" does not exist'),
        (["run", "logs", "--level", "hihg"], 'did you mean "high"?'),
        (["run", "logs", "--level", "high++"], "is no level"),
        (["run", "logs", "--fail-on", "high+"], "is no level"),
        (["run", "logs", "--status", "stabel"], "stable"),
        (["run", "logs", "--format", "ndjsn"], 'did you mean "ndjson"?'),
        (["run", "logs", "--format-in", "yaml"], "yaml"),
        (["run", "logs", "--tz", "Europe/Belrin"], 'did you mean "Europe/Berlin"?'),
        (["run", "logs", "--since", "yesterdy"], "yesterdy"),
        (["run", "logs", "--since", "2024-01-02", "--until", "2024-01-01"], "--since is after --until"),
        (["run", "logs", "--max-bytes", "lots"], "500M"),
        (["run", "logs", "--logsource", "okta"], "product=okta,service=okta"),
        (["run", "logs", "--logsource", "prodct=okta"], 'did you mean "product"?'),
        (["run", "logs", "--sorce", "logs"], "--source"),
        (["run", "logs", "--rules", "nowhere"], "nowhere"),
        (["run", "logs", "--level", "critical"], "no rule is left"),
        (["run", "logs", "-q", "-v"], "--quiet and --verbose"),
        (["rn"], 'did you mean "run"?'),
        (["--sorce"], "--sorce"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_cannot_be_meant_is_status_2_with_a_way_out(house: House, args: list[str], said: str):
    status = main(args)
    done = house._capture.readouterr()
    assert status == 2
    assert said in done.err
    assert "Traceback" not in done.err
    assert done.out == ""


def test_a_rule_that_cannot_be_used_is_said_with_its_place_and_the_others_run(house: House):
    (house.rules / "broken.yml").write_text(BROKEN)
    done = house.detect("run", "logs")
    assert done.status == 3
    assert "1 rule cannot be used:" in done.err
    assert "rules/broken.yml:8" in done.err
    assert "contian" in done.err
    assert 'hint: did you mean "contains"' in done.err
    assert "Trail stopped" in done.out
    assert "1 rejected" in done.out


@pytest.mark.parametrize(
    ("options", "said", "kept"),
    [([], True, "1 more remark on the rules; -v shows them\n"), (["-v"], True, ""), (["-q"], False, "")],
)
def test_what_does_not_run_is_said_unless_quiet(house: House, options: list[str], said: bool, kept: str):
    """A user would believe that it runs; the other remarks are for whoever asks."""
    filter = "title: Absent\nlogsource: {product: aws}\nfilter: {rules: [x], f: {a: 1}, condition: not f}\n"
    (house.rules / "filter.yml").write_text(filter)
    (house.rules / "other.yml").write_text("no: rule\n")
    err = house.detect("run", "logs", *options).err
    assert ('note: rules/filter.yml:3:18: the filter "Absent" names "x", which is no rule\n' in err) is said
    assert ("other.yml" in err) == ("-v" in options)
    assert kept in err
    assert ("remark" in err) == bool(kept)


FILTER = """\
title: Mallory may
logsource: {product: aws}
filter:
  rules: 00000000-0000-4000-8000-000000000001
  selection: {userIdentity.arn|endswith|expand: '/%admins%'}
  condition: not selection
"""


def test_a_filter_takes_events_from_a_rule_and_variables_fill_it(house: House):
    (house.rules / "filter.yml").write_text(FILTER)
    for name, found in (("mallory", ["Buckets listed"]), ("alice", ["Trail stopped", "Buckets listed"])):
        (house.folder / "names.yml").write_text(f"admins: [root, {name}]\n")
        done = house.detect("run", "logs", "--format", "ndjson", "--variables", "names.yml")
        assert (done.status, [line["rule"]["title"] for line in done.lines[:-1]]) == (0, found)


def test_a_filter_that_cannot_be_used_is_an_error_and_the_rule_runs_without_it(house: House):
    (house.rules / "filter.yml").write_text(FILTER)
    done = house.detect("run", "logs", "--format", "ndjson")
    assert (done.status, len(done.lines)) == (3, 3)
    assert "rules/filter.yml:5:49: nothing says what the placeholder %admins% stands for" in done.err
    assert "--variables FILE" in done.err
    assert 'note: rules/filter.yml:1:1: the filter "Mallory may" cannot be used: 1 rule runs without it' in done.err


QUIET = trail("GetObject")


@pytest.mark.parametrize(
    ("held", "status"),
    [(None, 2), (b"hello", 2), (b'{"Records": []}', 0), (b"", 2), (QUIET, 0)],
    ids=["no file", "no log", "an empty log", "an empty file", "a log"],
)
def test_a_folder_without_any_log_is_nothing_to_run(house: House, held: bytes | None, status: int):
    (house.folder / "other").mkdir()
    if held is not None:
        (house.folder / "other" / "x.log").write_bytes(held)
    done = house.detect("run", "other")
    assert done.status == status
    assert ("nothing was scanned" in done.err + done.out) == (held != QUIET)


def test_verbose_names_what_was_passed_over(house: House):
    (house.logs / "notes.txt").write_text("hello")
    assert "passed over: notes.txt: is no log" in house.detect("run", "logs", "-v").err
    assert "notes.txt" not in house.detect("run", "logs").err


def test_the_bytes_of_standard_input_are_counted(house: House):
    data = (house.logs / "1.json.gz").read_bytes()
    done = house.shell("cat logs/1.json.gz | detect run -")
    assert f"1 opened, {len(data)} B" in done.out


def test_strict_stops_instead(house: House):
    (house.rules / "broken.yml").write_text(BROKEN)
    done = house.detect("run", "logs", "--strict")
    assert (done.status, done.out) == (2, "")
    assert "contian" in done.err


def test_of_many_rejected_rules_twenty_are_said(house: House):
    for number in range(30):
        (house.rules / f"broken{number}.yml").write_text(BROKEN.replace("0003", f"1{number:03}"))
    done = house.detect("run", "logs")
    assert done.err.count("unknown modifier") == 20
    assert "… and 10 more: detect rules --rejected" in done.err
    assert house.detect("run", "logs", "-v").err.count("unknown modifier") == 30


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["--status", "stable"], "detect rules lists the rules"),
        (["--rules", "none"], 'there is no Sigma detection rule in "none"'),
        (["--rules", "broken.yml"], "none of them can be used"),
    ],
)
def test_why_no_rule_is_left_is_said(house: House, args: list[str], hint: str):
    (house.folder / "none").mkdir()
    (house.folder / "broken.yml").write_text(BROKEN)
    done = house.detect("run", "logs", *args)
    assert done.status == 2
    assert hint in done.err.split("no rule is left to run")[1]


def test_a_logsource_that_says_too_little_for_the_rules_is_warned_of(house: House):
    done = house.detect("run", "logs", "--logsource", "product=AWS", "-q")
    assert done.err.startswith("WARNING  2 rules name more than --logsource product=AWS")
    assert house.detect("run", "logs", "--logsource", "product=aws,service=cloudtrail", "-q").err == ""
    assert house.detect("run", "logs", "--logsource", "product=aws", "--all-logsources", "-q").err == ""


def test_shipped_rules_have_paths_that_do_not_say_where_the_package_lies(house: House):
    house.rules.rename(house.folder / "own")
    rules = json.loads(house.detect("rules", "--format", "json").out)["rules"]
    assert {rule["path"].split("/")[0] for rule in rules} == {"rules"}


def test_a_log_that_is_cut_off_is_status_3_and_named(house: House):
    whole = trail(*["GetObject"] * 50, "StopLogging")
    (house.logs / "3.json.gz").write_bytes(whole[:-40])
    done = house.detect("run", "logs", "-f", "ndjson")
    assert done.status == 3
    assert "logs could not be read" in done.err
    assert "3.json.gz" in done.err
    assert done.lines[-1]["problems"]["total"] == 1


def test_what_was_left_out_wins_over_what_was_found_and_the_summary_says_both(house: House):
    (house.rules / "broken.yml").write_text(BROKEN)
    done = house.detect("run", "logs", "-f", "ndjson", "--fail-on", "high")
    assert done.status == 3
    assert done.lines[-1]["fail_on"] == {"level": "high", "met": True}
    assert done.lines[-1]["rules"]["rejected"] == 1
    assert "fail-on     high or worse: found" in done.err


def test_quiet_does_not_hide_that_something_was_left_out(house: House):
    (house.rules / "broken.yml").write_text(BROKEN)
    (house.logs / "3.json.gz").write_bytes(trail("StopLogging")[:-20])
    done = house.detect("run", "logs", "-q")
    assert done.err.splitlines() == [
        "1 rule cannot be used; detect rules --rejected lists them",
        "WARNING  1 part of the logs could not be read",
        "  3.json.gz (byte 305): gzip data ends too early",
    ]


def test_rules_that_saw_no_event_are_warned_of_on_stderr_and_in_the_summary(house: House):
    (house.folder / "own.json").write_text('{"a": 1, "time": "2023-07-10T00:00:00Z"}')
    done = house.detect("run", "own.json")
    assert "WARNING  no rule looks at" in done.out
    assert "WARNING  no rule looks at" in done.err


def test_verbose_names_every_problem(house: House):
    for number in range(3, 18):
        (house.logs / f"{number}.json.gz").write_bytes(trail("GetObject")[:-20])
    assert "… and 5 more" in house.detect("run", "logs").out
    assert "more" not in house.detect("run", "logs", "-v").out.replace("less to read", "")


def test_the_shipped_rules_run_where_there_are_none_of_ones_own(house: House, checkout: Path):
    (house.rules / "stopped.yml").unlink()
    (house.rules / "listed.yml").unlink()
    house.rules.rmdir()
    done = house.detect("run", "logs", "-f", "ndjson")
    assert done.lines[-1]["rules"]["loaded"] > 2
