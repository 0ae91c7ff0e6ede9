"""detect alerts, silence and deliveries: what runs have kept, and what people decide about it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from engine.alert import Message, Refused
from engine.alerts import outbox
from engine.alerts.book import Book
from engine.alerts.desk import Desk, Rules
from engine.alerts.routes import Branch, Target
from engine.cli._state import now
from engine.model import Level
from engine.stores import Store
from tests.alerts.made import HOUR, START, Even, alert, head, raised


@pytest.fixture
def state(tmp_path: Path) -> str:
    """Two alerts, of which nobody has been told yet; one of them is older."""
    path = str(tmp_path / "state")
    with Store(path) as store, store.transaction():
        book = Book(store, Even(window=10), head)
        book.take([raised(START, who="eve"), raised(START + HOUR, rule="other\x1b[31m", key="k2", who="bob")], START)
        book.settle(START + HOUR, START)
        Desk(store, Rules((Branch(Target("all", ("phone",), group_wait=0)),))).flush(START + HOUR)
    return path


def detect(*words: str) -> tuple[int, str, str]:
    done = subprocess.run(["detect", *words], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def listed(state: str, *words: str) -> list[dict]:
    status, out, err = detect("alerts", "list", "--format", "json", "--state", state, *words)
    assert status == 0, err
    return json.loads(out)


def test_alerts_are_listed_newest_first_and_harmless(state: str):
    status, out, _ = detect("alerts", "list", "--state", state)
    assert status == 0
    first, _, second, _ = out.splitlines()
    assert first.endswith(r"2023-11-14 23:13:20  Title of other\x1b[31m")
    assert second.endswith("2023-11-14 22:13:20  Title of rule")
    assert [one["state"] for one in listed(state)] == ["open", "resolved"]


def test_matchers_and_states_choose(state: str):
    assert [one["fields"]["who"] for one in listed(state, "who=eve")] == ["eve"]
    assert listed(state, "level=low-") == []
    assert [one["fields"]["who"] for one in listed(state, "--state-of", "open")] == ["bob"]
    assert detect("alerts", "list", "--state", state, "level=hihg")[0] == 2


def test_an_alert_is_shown_with_who_was_told(state: str):
    id = listed(state)[0]["id"]
    status, out, _ = detect("alerts", "show", id[:6], "--state", state)
    assert status == 0
    for line in (f"  id        {id}", "  route all: told", "who = bob", "trigger to phone: queued"):
        assert line in out
    assert detect("alerts", "show", "zzz", "--state", state)[0] == 2


def test_an_alert_is_taken_and_closed_once(state: str):
    id = listed(state)[0]["id"]
    assert detect("alerts", "ack", id, "--by", "carol", "--state", state)[0] == 0
    assert (listed(state)[0]["state"], listed(state)[0]["acknowledged_by"]) == ("acknowledged", "carol")
    assert detect("alerts", "ack", id, "--state", state)[0] == 2
    assert detect("alerts", "resolve", id, "--state", state)[0] == 0
    assert listed(state)[0]["state"] == "resolved"
    assert detect("alerts", "resolve", id, "--state", state)[0] == 2


def test_what_comes_after_an_alert_was_closed_is_another(state: str):
    detect("alerts", "resolve", listed(state)[0]["id"], "--state", state)
    with Store(state) as store, store.transaction():
        book = Book(store, Even(window=10), head)
        book.take([raised(START + HOUR + 5, rule="other\x1b[31m", key="k2", who="bob")], START)
        book.settle(START + HOUR + 5, START)
    assert [one["hits"] for one in listed(state, "who=bob")] == [1, 1]


def test_a_silence_is_added_listed_and_ended(tmp_path: Path):
    state = str(tmp_path / "new")
    status, out, err = detect("silence", "add", "rule=~S3.*", "--for", "2h", "--comment", "migration", "--state", state)
    assert (status, len(out.strip())) == (0, 8), err
    shown = detect("silence", "list", "--state", state)[1]
    assert out.strip() in shown
    assert "rule=~S3.*" in shown
    assert "migration" in shown
    assert detect("silence", "expire", out.strip(), "--state", state)[0] == 0
    assert detect("silence", "list", "--state", state)[1] == ""
    assert "ended" in detect("silence", "list", "--all", "--state", state)[1]


@pytest.mark.parametrize(
    "words",
    [["a=b"], ["a=b", "--for", "2h", "--until", "2h"], ["--for", "2h"], ["a", "--for", "2h"], ["a=b", "--for", "soon"]],
)
def test_a_silence_that_cannot_be_meant_is_refused(words: list[str], tmp_path: Path):
    status, _, err = detect("silence", "add", *words, "--comment", "x", "--state", str(tmp_path / "new"))
    assert status == 2
    assert "Traceback" not in err


def test_dead_messages_are_listed_retried_and_dropped(state: str):
    with Store(state) as store:
        for id in ("m1", "m2"):
            outbox.enqueue(store, "mail", Message("trigger", id, id, None, 0, Level.low, now(), (alert(id),), {}))
        for _ in range(2):
            taken = outbox.claim(store, "mail", outbox.Limits(), now())
            assert taken is not None
            outbox.mark(store, taken, Refused("no such mailbox"), outbox.Limits(), now(), 0.5, ())
    shown = detect("deliveries", "list", "--state-of", "dead", "--state", state)[1]
    assert shown.count("no such mailbox") == 2
    assert detect("deliveries", "retry", "m1", "--state", state)[0] == 0
    assert detect("deliveries", "drop", "--all-dead", "--state", state)[0] == 0
    found = json.loads(detect("deliveries", "list", "--to", "mail", "--format", "json", "--state", state)[1])
    assert {one["id"]: one["state"] for one in found} == {"m1": "queued", "m2": "dropped"}
    assert detect("deliveries", "retry", "m3", "--state", state)[0] == 2
    assert detect("deliveries", "retry", "--state", state)[0] == 2


def test_without_a_state_file_it_says_what_makes_one(tmp_path: Path):
    status, _, err = detect("alerts", "list", "--state", str(tmp_path / "none"))
    assert status == 2
    assert "there is no state file yet" in err
    assert "hint:" in err
    assert not (tmp_path / "none").exists()
