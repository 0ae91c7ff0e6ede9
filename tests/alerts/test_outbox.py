"""The outbox: at least once, in order within a thread, no faster than allowed, and given up only after a long time."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.alerts import outbox
from engine.alerts.outbox import Limits
from engine.model import Level
from tests.alerts.made import HOUR, MINUTE, SECOND, START, Plain, alert, states

USUAL = Limits()


def message(id: str, thread: str = "", sequence: int = 0) -> Message:
    return Message("trigger", id, thread or id, None, sequence, Level.high, START, (alert(id),), {})


def filled(*messages: Message, to: str = "phone") -> Plain:
    database = Plain()
    for each in messages:
        outbox.enqueue(database, to, each)
    return database


def send(
    database: Plain,
    outcome: Outcome,
    now: int,
    limits: Limits = USUAL,
    fallback: Sequence[str] = (),
    to: str = "phone",
) -> str | None:
    """Claim one message and say how it went; its id, None when there was none to claim."""
    taken = outbox.claim(database, to, limits, now)
    if taken is None:
        return None
    outbox.mark(database, taken, outcome, limits, now, 1.0, fallback)
    return taken.message.id


def test_messages_go_out_once_and_in_order():
    database = filled(message("1"), message("2"), message("1"))
    assert [send(database, Delivered(), START) for _ in range(3)] == ["1", "2", None]


def test_no_message_overtakes_an_earlier_one_of_its_thread():
    database = filled(message("1", "t"), message("2", "t"), message("3", "u"))
    assert send(database, Retry("busy"), START) == "1"
    assert send(database, Delivered(), START) == "3"
    assert send(database, Delivered(), START) is None
    assert [send(database, Delivered(), START + MINUTE) for _ in range(2)] == ["1", "2"]


def test_what_the_destination_called_the_first_message_comes_with_the_next():
    database = filled(message("1", "t"), message("2", "t", 1))
    send(database, Delivered("ts-17"), START)
    taken = outbox.claim(database, "phone", Limits(), START)
    assert taken is not None
    assert taken.message.handle == "ts-17"


def test_a_destination_that_says_when_is_asked_then():
    database = filled(message("1"), message("2"))
    send(database, Retry("429", 90.0), START)
    assert send(database, Delivered(), START + 89 * SECOND) is None
    assert send(database, Delivered(), START + 90 * SECOND) == "1"


def test_waiting_doubles_up_to_a_quarter_of_an_hour():
    database, waits, now = filled(message("1")), [], START
    for _ in range(10):
        send(database, Retry("500"), now)
        next_at = outbox.deliveries(database)[0].next_at
        waits.append((next_at - now) // SECOND)
        now = max(next_at, outbox.waits(database, "phone", Limits(), now))
    assert waits == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]


def test_one_message_that_fails_does_not_hold_the_others_but_a_broken_destination_rests():
    database = filled(*(message(str(number)) for number in range(9)))
    assert [send(database, Retry("500"), START) for _ in range(5)] == ["0", "1", "2", "3", None]
    assert outbox.waits(database, "phone", Limits(), START) == START + 5 * SECOND


def test_a_network_that_is_down_for_an_hour_loses_nothing():
    database, arrived, now = filled(*(message(str(number)) for number in range(20))), [], START
    while states(database)["sent"] < 20 and now < START + 3 * HOUR:
        up = now > START + HOUR
        sent = send(database, Delivered() if up else Retry("no route to host"), now)
        arrived += [sent] if up and sent else []
        now += SECOND
    assert sorted(arrived, key=int) == [str(number) for number in range(20)]
    assert now < START + HOUR + 16 * MINUTE + 20 * SECOND


def test_after_a_day_a_message_is_dead_and_somebody_else_is_told_once():
    database = filled(message("1"), message("2"))
    limits = Limits(give_up=24 * HOUR)
    for number in ("1", "2"):
        assert send(database, Retry("down"), START + 24 * HOUR, limits, ["phone", "mail"]) == number
    assert states(database) == {"dead": 2, "queued": 1}
    (told,) = outbox.deliveries(database, ["queued"])
    assert told.destination == "mail"
    assert told.message.alerts[0].title == 'Messages for "phone" cannot be delivered'


def test_refused_is_dead_at_once_and_news_of_it_does_not_breed():
    database = filled(message("1"))
    send(database, Refused("no such channel"), START, fallback=["mail"])
    send(database, Refused("no such mailbox"), START, fallback=["phone"], to="mail")
    assert states(database) == {"dead": 2}


def test_a_rate_holds_across_processes():
    database = filled(*(message(str(number)) for number in range(5)))
    limits = Limits(rates=((2, 10 * SECOND), (100, SECOND)))
    times = [now for now in range(START, START + 30 * SECOND, SECOND) if send(database, Delivered(), now, limits)]
    assert [(now - START) // SECOND for now in times] == [0, 1, 10, 11, 20]


def test_a_dead_message_can_be_sent_again_or_dropped():
    database = filled(message("1"), message("2"))
    for _ in range(2):
        send(database, Refused("no"), START)
    assert outbox.retry(database, "1", START + 40 * HOUR)
    assert outbox.drop(database, "2")
    assert send(database, Delivered(), START + 40 * HOUR) == "1"
    assert states(database) == {"sent": 1, "dropped": 1}
    assert not outbox.retry(database, "none", START)
    assert not outbox.retry(database, "1", START)


def test_what_a_dead_process_was_sending_is_sent_again_under_the_same_id():
    database = filled(message("1"))
    first = outbox.claim(database, "phone", Limits(), START)
    assert outbox.claim(database, "phone", Limits(), START) is None
    assert outbox.release(database) == 1
    second = outbox.claim(database, "phone", Limits(), START)
    assert first is not None
    assert second is not None
    assert first.message == second.message


def test_who_hung_until_another_took_over_changes_nothing_unless_it_arrived():
    database = filled(message("1"))
    slow = outbox.claim(database, "phone", USUAL, START)
    outbox.release(database)
    other = outbox.claim(database, "phone", USUAL, START)
    assert slow is not None
    assert other is not None
    assert outbox.mark(database, slow, Retry("timeout"), USUAL, START, 1.0, ()) == "released"
    assert states(database) == {"sending": 1}
    assert outbox.mark(database, slow, Delivered(), USUAL, START, 1.0, ()) == "sent"
    assert outbox.mark(database, other, Retry("timeout"), USUAL, START, 1.0, ()) == "released"
    assert states(database) == {"sent": 1}


def test_messages_to_somebody_who_is_gone_are_put_aside_in_the_end():
    database = filled(message("1"), message("2"))
    outbox.enqueue(database, "pho", message("3"))
    assert outbox.orphaned(database, ["phone", "mail"], START) == 0
    assert outbox.orphaned(database, ["phone", "mail"], START + SECOND) == 1
    (dead,) = outbox.deliveries(database, ["dead"])
    assert (dead.destination, dead.error) == ("pho", "there is no notifier of this name any more")


OUTCOMES = st.sampled_from([Delivered(), Delivered("h"), Retry("no"), Retry("no", 30.0), Refused("never"), None])


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=12), st.lists(OUTCOMES, max_size=40))
def test_nothing_is_lost_and_nothing_twice_whatever_answers_and_crashes_come(threads, outcomes):
    messages = [message(str(number), thread) for number, thread in enumerate(threads)]
    database, delivered, unknown, now = filled(*messages), [], set(), START
    for outcome in [*outcomes, *[Delivered()] * 60]:
        now += 20 * MINUTE
        taken = outbox.claim(database, "phone", Limits(), now)
        if taken is None:
            continue
        if outcome is None:  # it arrived, and the process died before it could write that down
            delivered.append(taken.message.id)
            unknown.add(taken.message.id)
            outbox.release(database)
            continue
        state = outbox.mark(database, taken, outcome, Limits(), now, 0.5, ())
        delivered += [taken.message.id] if state == "sent" else []
    dead = {one.id for one in outbox.deliveries(database, ["dead"])}
    assert set(delivered) | dead == {each.id for each in messages}
    assert all(delivered.count(id) == 1 for id in set(delivered) - unknown)
    for thread in set(threads):
        order = [id for id in dict.fromkeys(delivered) if threads[int(id)] == thread]
        assert order == sorted(order, key=int)
