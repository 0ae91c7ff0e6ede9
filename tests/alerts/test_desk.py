"""What is told of alerts, when, and how often: groups, reminders, silences, old news, caps, digests, quiet hours."""

from __future__ import annotations

from typing import Any

import pytest

from engine.alert import Message
from engine.alerts.database import alert_body
from engine.alerts.desk import Desk, Rules
from engine.alerts.matchers import matcher
from engine.alerts.outbox import deliveries
from engine.alerts.routes import Branch, Target
from engine.alerts.schedule import Quiet
from engine.alerts.silences import Inhibition, add_silence, expire_silence
from engine.model import Level
from tests.alerts.made import HOUR, MINUTE, SECOND, START, Plain, alert

DAY = 24 * HOUR


class Told:
    """A desk over one route to "phone", and a clock that the test moves."""

    def __init__(self, *, rules: dict[str, Any] | None = None, tree: tuple[Branch, ...] = (), **target: Any) -> None:
        self.database = Plain()
        usual = Target("all", **{"to": ("phone",), "group_wait": 0, "group_interval": 0, **target})
        self.rules = Rules(tree=tree or (Branch(usual),), summary_to=("mail",), **(rules or {}))
        self.now = START
        self.seen = 0
        self.decided(START + 1_000 * DAY)

    def decided(self, watermark: int) -> None:
        """As the book has it when it has decided everything up to some event time."""
        self.database.execute("DELETE FROM alert_clock")
        self.database.execute("INSERT INTO alert_clock VALUES (1, ?)", (watermark,))

    def put(self, *alerts: Any) -> None:
        for one in alerts:
            self.database.execute(
                "INSERT INTO alert (id, rule, first, last, level, acknowledged, resolved, changed, opened_at, body)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?) ON CONFLICT (id) DO UPDATE SET last = excluded.last,"
                " acknowledged = excluded.acknowledged, resolved = excluded.resolved, changed = 1,"
                " body = excluded.body",
                (one.id, one.rule.key, one.first, one.last, int(one.level), "eve" if one.acknowledged else None,
                 one.resolved, self.now, alert_body(one)),
            )  # fmt: skip

    def flush(self, after: int = 0, *, once: bool = False) -> list[Message]:
        """What is told when so much time has passed."""
        self.now += after
        Desk(self.database, self.rules).flush(self.now, once=once)
        found = [one.message for one in deliveries(self.database)]
        new, self.seen = found[self.seen :], len(found)
        return new


def said(messages: list[Message]) -> list[tuple[str, list[str]]]:
    return [(message.action, [one.id for one in message.alerts]) for message in messages]


def test_an_alert_is_told_once():
    told = Told()
    told.put(alert("a"))
    assert said(told.flush()) == [("trigger", ["a"])]
    told.put(alert("a", last=START + SECOND, hits=2))
    assert said(told.flush(MINUTE)) == []
    assert said(told.flush(DAY)) == []


def test_its_end_is_told_where_the_route_asks_for_it():
    for asked, expected in ((True, [("resolve", ["a"])]), (False, [])):
        told = Told(send_resolved=asked)
        told.put(alert("a"))
        told.flush()
        told.put(alert("a", resolved=START))
        assert said(told.flush(MINUTE)) == expected
        assert said(told.flush(DAY)) == []


def test_one_that_is_over_when_it_is_found_is_told_all_the_same():
    told = Told(send_resolved=True)
    told.put(alert("a", resolved=START))
    assert said(told.flush(once=True)) == [("trigger", ["a"]), ("resolve", ["a"])]
    assert said(told.flush(DAY)) == []


def test_messages_about_one_alert_are_one_thread_with_ids_of_their_own():
    told = Told(send_resolved=True)
    told.put(alert("a"))
    first = told.flush()
    told.put(alert("a", resolved=START))
    messages = first + told.flush(MINUTE)
    assert len({message.thread for message in messages}) == 1
    assert len({message.id for message in messages}) == 2
    assert [message.sequence for message in messages] == [0, 1]


def test_alerts_with_equal_labels_are_one_notification():
    #   0s     10s        30s: one message of two      then not before 5 minutes have passed
    told = Told(group_by=("account",), group_wait=30 * SECOND, group_interval=5 * MINUTE)
    told.put(alert("a", fields={"account": "1"}), alert("b", fields={"account": "2"}))
    assert said(told.flush(10 * SECOND)) == []
    told.put(alert("c", fields={"account": "1"}))
    assert sorted(said(told.flush(40 * SECOND))) == [("trigger", ["a", "c"]), ("trigger", ["b"])]
    told.put(alert("d", fields={"account": "1"}))
    assert said(told.flush(MINUTE)) == []
    assert said(told.flush(4 * MINUTE + SECOND)) == [("trigger", ["d", "a", "c"])]


def test_a_run_that_ends_at_once_waits_for_no_group():
    told = Told(group_by=(), group_wait=HOUR, group_interval=HOUR)
    told.put(alert("a"))
    assert said(told.flush(once=True)) == [("trigger", ["a"])]


def test_a_group_is_resolved_with_its_last_alert():
    told = Told(group_by=("product",), send_resolved=True)
    told.put(alert("a"), alert("b"))
    told.flush()
    told.put(alert("a", resolved=START))
    assert said(told.flush(MINUTE)) == [("update", ["a"])]
    told.put(alert("b", resolved=START))
    assert said(told.flush(MINUTE)) == [("resolve", ["b"])]
    told.put(alert("c"))
    (message,) = told.flush(MINUTE)
    assert (message.action, message.sequence) == ("trigger", 0)


def test_reminders_come_ever_more_rarely_until_it_is_acknowledged():
    #   1h   +2h      +4h           limit 4h: +4h
    told = Told(repeat_interval=HOUR, repeat_factor=2.0, repeat_limit=4 * HOUR, rules={"max_age": 100 * DAY})
    told.put(alert("a"))
    told.flush()
    steps = [told.flush(minutes * MINUTE) for minutes in (59, 1, 119, 1, 239, 1, 239, 1)]
    assert [len(step) for step in steps] == [0, 1, 0, 1, 0, 1, 0, 1]
    assert [step[0].sequence for step in steps if step] == [1, 2, 3, 4]
    told.put(alert("a", acknowledged=True))
    assert said(told.flush(DAY)) == []
    told.put(alert("a", acknowledged=True, hits=9))
    assert said(told.flush(DAY)) == []


def test_what_is_old_is_no_reason_for_a_reminder():
    told = Told(repeat_interval=HOUR)
    told.put(alert("a"))
    told.flush()
    assert said(told.flush(23 * HOUR)) == [("trigger", ["a"])]
    assert said(told.flush(2 * HOUR)) == []


def test_that_somebody_has_taken_it_is_told_where_the_route_asks_for_it():
    told = Told(send_acknowledged=True)
    told.put(alert("a"))
    told.flush()
    told.put(alert("a", acknowledged=True))
    assert said(told.flush(MINUTE)) == [("acknowledge", ["a"])]
    assert said(told.flush(MINUTE)) == []


def test_that_it_has_grown_is_told_where_the_route_asks_for_it():
    told = Told(send_extended=True, group_interval=MINUTE)
    told.put(alert("a"))
    told.flush()
    told.put(alert("a", hits=5))
    assert said(told.flush(59 * SECOND)) == []
    assert said(told.flush(SECOND)) == [("update", ["a"])]
    assert said(told.flush(HOUR)) == []


def test_old_news_is_one_summary_that_pages_nobody():
    told = Told(send_resolved=True)
    told.put(*(alert(f"a{n}", at=START - DAY - SECOND, level=Level.critical) for n in range(300)))
    (message,) = told.flush(once=True)
    assert (message.action, message.level) == ("trigger", Level.informational)
    assert message.alerts[0].title == "300 alerts older than 24 h, not told one by one"
    assert [one.destination for one in deliveries(told.database)] == ["mail"]
    told.put(alert("a1", at=START - DAY - SECOND, resolved=START))
    assert told.flush(HOUR) == []


def test_beyond_the_cap_a_rule_gets_one_summary():
    told = Told(most_per_rule=3)
    told.put(*(alert(f"a{n}") for n in range(10)), alert("other", rule="second"))
    messages = told.flush(once=True)
    assert sorted(len(message.alerts) for message in messages) == [1] * 5
    assert [m.alerts[0].title for m in messages if "more" in m.alerts[0].title] == ["Title of rule: 7 more alerts"]
    told.put(alert("later", at=START + 2 * HOUR))
    assert said(told.flush(2 * HOUR)) == [("trigger", ["later"])]


def test_a_message_names_the_worst_and_counts_the_rest():
    told = Told(group_by=(), most_per_rule=0, rules={"most_alerts": 3})
    told.put(*(alert(f"a{n}", level=Level.low) for n in range(5)), alert("worst", level=Level.critical))
    (message,) = told.flush()
    assert message.level == Level.critical
    assert [one.title for one in message.alerts] == ["Title of rule", "Title of rule", "and 4 alerts more"]
    assert message.alerts[0].id == "worst"


def test_a_digest_comes_at_its_times_with_all_there_is():
    told = Told(digest="0 8 * * *")  # START is at 22:13:20 UTC
    told.put(alert("a"))
    assert said(told.flush(once=True)) == []
    told.put(alert("b"))
    assert said(told.flush(9 * HOUR)) == []
    assert sorted(said(told.flush(HOUR))[0][1]) == ["a", "b"]
    assert said(told.flush(DAY)) == []


def test_in_quiet_hours_only_the_worst_is_told_and_the_rest_after_them():
    quiet = (Quiet(22 * 60, 7 * 60, frozenset(range(7)), "UTC", Level.critical),)
    told = Told(quiet=quiet)
    told.put(alert("a"), alert("b", level=Level.critical))
    assert said(told.flush(once=True)) == [("trigger", ["b"])]
    assert said(told.flush(8 * HOUR, once=True)) == []
    assert said(told.flush(HOUR)) == [("trigger", ["a"])]


def test_in_quiet_hours_a_group_is_told_when_its_worst_alert_is():
    quiet = (Quiet(22 * 60, 7 * 60, frozenset(range(7)), "UTC", Level.critical),)
    told = Told(quiet=quiet, group_by=())
    told.put(alert("a"), alert("b", level=Level.critical))
    assert said(told.flush()) == [("trigger", ["a", "b"])]


def test_every_destination_of_a_route_gets_a_message_of_its_own():
    told = Told(to=("phone", "mail"))
    told.put(alert("a"))
    told.flush()
    found = deliveries(told.database)
    assert [one.destination for one in found] == ["phone", "mail"]
    assert len({one.id for one in found}) == 2
    assert len({one.message.thread for one in found}) == 1


def test_a_silenced_alert_is_told_when_the_silence_ends_and_it_is_still_open():
    told = Told()
    add_silence(told.database, [matcher("rule=rule")], "eve", "maintenance", START, START + HOUR)
    told.put(alert("open"), alert("over", resolved=START), alert("other", rule="second"))
    assert said(told.flush()) == [("trigger", ["other"])]
    assert said(told.flush(59 * MINUTE)) == []
    assert said(told.flush(MINUTE)) == [("trigger", ["open"])]


def test_what_is_not_decided_is_told_only_where_a_route_does_not_wait():
    soon, all = Target("soon", ("phone",), early=True, group_wait=0), Target("all", ("mail",), group_wait=0)
    told = Told(tree=(Branch(soon, goes_on=True), Branch(all)))
    told.decided(START - 1)
    told.put(alert("a"))
    assert said(told.flush(HOUR)) == [("trigger", ["a"])]
    told.database.execute("UPDATE alert SET changed = 1")
    assert said(told.flush(HOUR)) == []
    told.decided(START)
    told.database.execute("UPDATE alert SET changed = 1")
    assert said(told.flush(HOUR)) == [("trigger", ["a"])]


def test_what_has_no_time_is_never_decided_and_told_at_once():
    told = Told()
    told.decided(-1)
    told.put(alert("a", at=0))
    assert said(told.flush()) == [("trigger", ["a"])]


def test_a_silence_that_is_ended_early_lets_its_alerts_through():
    told = Told()
    silence = add_silence(told.database, [matcher("rule=rule")], "eve", "x", START, START + DAY)
    told.put(alert("a"))
    assert said(told.flush()) == []
    expire_silence(told.database, silence.id, START + MINUTE)
    assert said(told.flush(MINUTE)) == [("trigger", ["a"])]


def test_while_a_source_lasts_its_targets_are_not_told():
    rule = Inhibition((matcher("rule=outage"),), (matcher("level=high-"),), ("account",))
    told = Told(rules={"inhibitions": (rule,)}, group_interval=MINUTE)
    told.put(alert("down", rule="outage", level=Level.critical, fields={"account": "1"}))
    told.put(alert("a", fields={"account": "1"}), alert("b", fields={"account": "2"}))
    assert sorted(said(told.flush())) == [("trigger", ["b"]), ("trigger", ["down"])]
    told.put(alert("down", rule="outage", level=Level.critical, fields={"account": "1"}, resolved=START - SECOND))
    assert said(told.flush(2 * MINUTE)) == [("trigger", ["a"])]


def test_alerts_that_wait_on_a_route_that_is_gone_take_another():
    told = Told(group_wait=HOUR)
    told.put(alert("a"))
    assert said(told.flush()) == []
    told.rules = told.rules._replace(tree=(Branch(Target("new", ("pager",), group_wait=0)),))
    assert said(told.flush(SECOND)) == [("trigger", ["a"])]
    assert [one.destination for one in deliveries(told.database)] == ["pager"]


def test_an_alert_that_gets_worse_goes_where_the_worse_ones_go():
    tree = (
        Branch(Target("pager", ("pager",), group_wait=0), (matcher("level=high+"),), goes_on=True),
        Branch(Target("rest", ("phone",), group_wait=0)),
    )
    told = Told(tree=tree)
    told.put(alert("a", level=Level.low))
    told.flush()
    assert [one.destination for one in deliveries(told.database)] == ["phone"]
    told.put(alert("a", level=Level.high))
    told.flush(MINUTE)
    assert [one.destination for one in deliveries(told.database)] == ["phone", "pager"]


@pytest.mark.parametrize("most", [1, 3])
def test_looking_twice_at_the_same_time_says_nothing_more(most: int):
    told = Told(send_resolved=True, send_extended=True, repeat_interval=HOUR, most_per_rule=most)
    told.put(*(alert(f"a{n}") for n in range(5)), alert("old", at=START - 2 * DAY))
    assert told.flush()
    assert told.flush() == []
