"""Sources that do not answer: asked less and less often, told of once, and again when it is over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.alert import Alert
from engine.alerts.outbox import announce, deliveries
from engine.service import Answers
from engine.stores import Store

SECOND = 1_000_000
MINUTE = 60 * SECOND


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(str(tmp_path / "state")) as found:
        yield found


def fail(store: Store, now: int, *sources: str) -> list[Alert]:
    return Answers(store).note(["a", "b"], dict.fromkeys(sources, "no such bucket"), now)


def test_one_that_fails_rests_longer_each_time(store: Store):
    now, rests = 0, []
    for _ in range(8):
        fail(store, now, "a")
        rested = next(wait for wait in range(0, 20 * MINUTE, SECOND) if not Answers(store).resting(["a"], now + wait))
        rests.append(rested // SECOND)
        now += rested
    assert rests == [30, 60, 120, 240, 480, 900, 900, 900]


def test_one_that_answers_does_not_rest(store: Store):
    fail(store, 0, "a")
    assert Answers(store).resting(["a", "b"], 0) == {"a"}
    fail(store, MINUTE)
    assert Answers(store).resting(["a", "b"], MINUTE) == frozenset()
    assert Answers(store).faults() == {}


def test_people_are_told_after_the_third_failure_and_once(store: Store):
    told = [[alert.title for alert in fail(store, number * MINUTE, "a")] for number in range(5)]
    assert told == [[], [], ["a does not answer"], [], []]


def test_people_are_told_that_it_is_over_if_they_were_told_that_it_began(store: Store):
    fail(store, 0, "a", "b")
    assert fail(store, MINUTE, "a") == []  # b was away for a moment
    [began] = fail(store, 2 * MINUTE, "a")
    [over] = fail(store, 3 * MINUTE)
    assert (over.id, over.resolved, began.resolved) == (began.id, 3 * MINUTE, None)


def test_the_next_outage_is_another_alert(store: Store):
    ids = set()
    for start in (0, 60):
        for number in range(3):
            ids |= {alert.id for alert in fail(store, (start + number) * MINUTE, "a")}
        fail(store, (start + 10) * MINUTE)
    assert len(ids) == 2


def test_a_source_that_was_not_asked_has_not_answered(store: Store):
    fail(store, 0, "a")
    assert Answers(store).note(["b"], {}, MINUTE) == []
    assert Answers(store).faults() == {"a": "no such bucket"}


def test_what_is_told_goes_to_everybody_named_and_ends_there(store: Store):
    for number in range(3):
        told = fail(store, number * MINUTE, "a")
    announce(store, told[0], 0, ["mail", "pager"])
    announce(store, told[0], 0, ["mail", "pager"])
    announce(store, fail(store, 9 * MINUTE)[0], 1, ["mail", "pager"])
    sent = [(each.destination, each.message.action) for each in deliveries(store, ["queued"])]
    assert sorted(sent) == [("mail", "resolve"), ("mail", "trigger"), ("pager", "resolve"), ("pager", "trigger")]
