"""detect backtest: two sets of rules on the same logs, and a budget."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.runners.compared import Fired, Mark, compared
from tests.cli.conftest import LISTED, STOPPED, House
from tests.runners.correlating import deliver, hit

MANY = """\
title: Many trails stopped
id: 00000000-0000-4000-8000-00000000000a
correlation:
  type: event_count
  rules: [00000000-0000-4000-8000-000000000001]
  group-by: [userIdentity.userName]
  timespan: 10m
  condition: {gte: 2}
  generate: true
level: critical
"""


@pytest.fixture
def sets(house: House) -> House:
    """`rules` is the new set; `before` the old one; logs of two people."""
    for each in (*house.logs.iterdir(), *house.rules.iterdir()):
        each.unlink()
    deliver(house.logs, 60, [hit(0, "eve"), hit(30, "eve"), hit(40, "bob"), hit(50, "bob", "ListBuckets")], "A")
    (house.folder / "before").mkdir()
    for folder in ("rules", "before"):
        (house.folder / folder / "stopped.yml").write_text(STOPPED)
        (house.folder / folder / "many.yml").write_text(MANY)
    return house


def backtest(house: House, *words: str, status: int = 0) -> dict[str, Any]:
    done = house.detect("backtest", "-r", "rules", "-s", "logs", "--format", "json", "--workers", "1", *words)
    assert done.status == status, done.err
    [said] = done.lines
    assert (said["version"], said["kind"], said["problems"]) == (1, "backtest", 0)
    return dict(said)


def differences(house: House, *words: str, status: int = 0) -> dict[str, tuple[int, ...]]:
    said = backtest(house, "-a", "before", *words, status=status)
    return {
        each["title"]: tuple(each[name] for name in ("before", "fired", "new", "gone", "changed"))
        for each in said["rules"]
    }


def change(house: House, old: str, new: str, name: str = "stopped.yml") -> None:
    path = house.rules / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def test_the_same_rules_have_no_difference(sets: House):
    assert differences(sets, "--fail-on", "new", "--fail-on", "gone", "--fail-on", "changed") == {
        "Trail stopped": (3, 3, 0, 0, 0), "Many trails stopped": (1, 1, 0, 0, 0),
    }  # fmt: skip
    assert "no difference; 4 detections" in sets.detect("backtest", "-r", "rules", "-a", "before", "-s", "logs").out


def test_what_is_new_and_gone_is_said_by_rule_and_by_whose_it_is(sets: House):
    change(sets, "{eventName: StopLogging}", "{eventName: [StopLogging, ListBuckets], userIdentity.userName: bob}")
    said = backtest(sets, "-a", "before")
    [stopped] = [each for each in said["rules"] if each["title"] == "Trail stopped"]
    assert [stopped[name] for name in ("before", "fired", "new", "gone", "changed")] == [3, 2, 1, 2, 0]
    assert (stopped["who_new"], stopped["who_gone"]) == ({"bob": 1}, {"eve": 2})
    table = sets.detect("backtest", "-r", "rules", "-a", "before", "-s", "logs").out
    assert "fired 3 before, 2 now, 1 new, 2 gone" in table
    assert "gone        2  eve" in table


def test_another_level_or_another_episode_is_a_change(sets: House):
    change(sets, "level: high", "level: low")
    change(sets, "timespan: 10m", "timespan: 5m", "many.yml")
    assert differences(sets) == {"Trail stopped": (3, 3, 0, 0, 3), "Many trails stopped": (1, 1, 0, 0, 1)}


def test_a_rule_that_is_new_or_gone_is_compared_with_nothing(sets: House):
    (sets.rules / "listed.yml").write_text(LISTED)
    (sets.rules / "many.yml").unlink()
    assert differences(sets) == {
        "Trail stopped": (3, 3, 0, 0, 0), "Buckets listed": (0, 1, 1, 0, 0), "Many trails stopped": (1, 0, 0, 1, 0),
    }  # fmt: skip


def test_episodes_of_two_people_at_one_time_are_two(sets: House):
    deliver(sets.logs, 90, [hit(0, "mallory"), hit(30, "mallory")], "B")
    assert differences(sets)["Many trails stopped"] == (2, 2, 0, 0, 0)


@pytest.mark.parametrize(("what", "status"), [("new", 0), ("gone", 1), ("changed", 0)])
def test_a_build_can_fail_on_it(sets: House, what: str, status: int):
    (sets.rules / "many.yml").unlink()
    differences(sets, "--fail-on", what, status=status)


def test_rules_of_another_revision_are_taken_from_git(sets: House):
    def git(*words: str) -> None:
        given = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *given, *words], cwd=sets.folder, check=True, capture_output=True)

    git("init", "-q")
    git("add", "rules")
    git("commit", "-q", "-m", "one")
    change(sets, "StopLogging", "ListBuckets")
    [stopped] = [one for one in backtest(sets, "-a", "git:HEAD:rules")["rules"] if one["title"] == "Trail stopped"]
    assert [stopped[name] for name in ("before", "fired", "new", "gone")] == [3, 1, 1, 3]
    wrong = {
        "git:no-such:rules": "cannot be read", "git:HEAD:nowhere": "cannot be read",
        "git:HEAD": "names no revision", "git:--output=x:rules": "names no revision",
    }  # fmt: skip
    for against, fault in wrong.items():
        done = sets.detect("backtest", "-r", "rules", "-a", against, "-s", "logs")
        assert (done.status, done.out, fault in done.err) == (2, "", True), done.err


def test_a_budget_is_written_and_held_to(sets: House):
    assert sets.detect("backtest", "-r", "rules", "-s", "logs", "--write-budget", "budget.yml").status == 0
    assert '  "00000000-0000-4000-8000-000000000001": 3  # Trail stopped' in (sets.folder / "budget.yml").read_text()
    assert backtest(sets, "--budget", "budget.yml")["over_budget"] == []
    deliver(sets.logs, 90, [], "B")
    change(sets, "{eventName: StopLogging}", "{eventName|exists: true}")
    over = {one["title"]: one for one in backtest(sets, "--budget", "budget.yml", status=1)["over_budget"]}
    assert (over["Trail stopped"]["fired"], over["Trail stopped"]["allowed"]) == (4, 3)
    (sets.rules / "listed.yml").write_text(LISTED)
    titles = [one["title"] for one in backtest(sets, "--budget", "budget.yml", status=1)["over_budget"]]
    assert {"Buckets listed", "Trail stopped"} <= set(titles)  # what is not named may not fire at all


def test_a_budget_may_name_titles_and_leave_the_others_alone(sets: House):
    (sets.folder / "budget.yml").write_text("version: 1\nrules: {Trail stopped: 2}\n")
    assert [one["allowed"] for one in backtest(sets, "--budget", "budget.yml", status=1)["over_budget"]] == [2]
    assert "over budget: Trail stopped: fired 3 times, and may 2" in sets.detect(
        "backtest", "-r", "rules", "-s", "logs", "--budget", "budget.yml"
    ).out  # fmt: skip


@pytest.mark.parametrize(
    "text", ["", "version: 2", "[]", "version: 1\nrules: {a: -1}", "version: 1\nrules: {a: many}",
             "version: 1\nmore: 1", "version: 1\nrules: {a: true}", "version: 1\ndefault: x", "{"],
)  # fmt: skip
def test_a_budget_that_is_none_is_refused(sets: House, text: str):
    (sets.folder / "budget.yml").write_text(text)
    done = sets.detect("backtest", "-r", "rules", "-s", "logs", "--budget", "budget.yml")
    assert (done.status, done.out, "budget.yml" in done.err) == (2, "", True)


def test_markdown_is_a_table_in_which_nothing_of_a_log_is_markup(sets: House):
    deliver(sets.logs, 90, [hit(70, "a|b [x](https://evil.example) <b>")], "B")
    change(sets, "title: Trail stopped", "title: Trail | stopped")
    change(sets, "StopLogging", "ListBuckets")
    out = sets.detect("backtest", "-r", "rules", "-a", "before", "-s", "logs", "--format", "markdown").out
    rows = [line for line in out.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {8}
    assert "](https" not in out
    assert "<b>" not in out.replace("\\<", "")


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["-r", "rules"], "no logs to scan"),
        (["-r", "rules", "-s", "logs", "--fail-on", "new"], "--fail-on without --against"),
        (["-r", "nowhere", "-s", "logs"], "nowhere"),
        (["-r", "rules", "-s", "nowhere"], "nowhere"),
        (["-r", "rules", "-s", "logs", "--since", "2d", "--until", "3d"], "--since is after --until"),
    ],
    ids=range(5),
)
def test_what_cannot_be_done_is_said(sets: House, words: list[str], fault: str):
    done = sets.detect("backtest", *words)
    assert (done.status, done.out, fault in done.err) == (2, "", True), done.err


def test_a_file_that_cannot_be_read_and_a_rule_that_cannot_be_used_are_no_success(sets: House):
    (sets.logs / "torn.json").write_text('{"Records": [{"eventName": ')
    assert sets.detect("backtest", "-r", "rules", "-s", "logs").status == 3
    (sets.logs / "torn.json").unlink()
    (sets.rules / "bad.yml").write_text(STOPPED.replace("eventName:", "eventName|contian:").replace("0001", "0009"))
    done = sets.detect("backtest", "-r", "rules", "-s", "logs")
    assert (done.status, "bad.yml" in done.err) == (3, True)


MARKS = st.dictionaries(
    st.integers(0, 9).map(lambda n: b"%d" % n), st.builds(Mark, st.sampled_from("ab"), st.sampled_from("xy"))
)
RULES = st.dictionaries(st.sampled_from("rst"), MARKS)


def fired(rules: dict[str, dict[bytes, Mark]]) -> dict[str, Fired]:
    made = {}
    for name, marks in rules.items():
        made[name] = Fired(name, name.upper())
        made[name].marks = marks
    return made


@given(RULES, RULES)
def test_what_is_new_one_way_is_gone_the_other_and_all_is_accounted_for(
    one: dict[str, dict[bytes, Mark]], other: dict[str, dict[bytes, Mark]]
):
    there = {each.name: each for each in compared(fired(one), fired(other))}
    back = {each.name: each for each in compared(fired(other), fired(one))}
    assert there.keys() == back.keys() == one.keys() | other.keys()
    for name, each in there.items():
        assert each.before + each.new - each.gone == each.after == back[name].before
        assert (each.new, each.gone, each.changed) == (back[name].gone, back[name].new, back[name].changed)
        assert (each.who_new.total(), each.who_gone.total()) == (each.new, each.gone)
        assert each.who_new == back[name].who_gone
    assert sum(Counter(len(marks) for marks in other.values()).elements()) == sum(each.after for each in there.values())


def test_json_is_one_line(sets: House):
    out = sets.detect("backtest", "-r", "rules", "-s", "logs", "--format", "json", "-o", "out.json").out
    assert out == ""
    assert len(json.loads(Path("out.json").read_text())["rules"]) == 2
