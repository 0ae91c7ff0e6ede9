"""The sender with a real server: nothing is lost, nothing twice, and nobody holds the others up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.alert import Delivered, Message, Outcome, Refused, Retry
from engine.alerts import outbox
from engine.alerts import sender as module
from engine.alerts.outbox import Limits
from engine.alerts.sender import Destination, Sender, Underway
from engine.model import Level
from engine.stores import Store
from tests.alerts.made import MINUTE, SECOND, START, alert, states
from tests.alerts.server import Server, post, serving


class Clock:
    """Goes so many times as fast as the real one, so that an hour's trouble is over in a moment."""

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.began = time.monotonic()

    def __call__(self) -> int:
        return START + int((time.monotonic() - self.began) * self.speed * SECOND)


def fill(path: Path, **counts: int) -> None:
    """Messages for each destination."""
    with Store(str(path)) as store:
        for name, count in counts.items():
            for number in range(count):
                id = f"{name}-{number:03}"
                made = Message("trigger", id, id, None, 0, Level.high, START, (alert(id),), {})
                outbox.enqueue(store, name, made)


def sender(path: Path, sends: dict[str, Callable[[Message], Outcome]], clock: Clock, **limits: Limits) -> Sender:
    destinations = {name: Destination(name, send, limits.get(name, Limits())) for name, send in sends.items()}
    made = Sender(lambda: Store(str(path)), destinations, clock, lambda: 0.5)
    made.start()
    return made


def posts(server: Server, *names: str, timeout: float = 5.0) -> dict[str, Callable[[Message], Outcome]]:
    return {name: partial(post, server.port, name, timeout=timeout) for name in names}


def test_everything_arrives_once_and_in_order(tmp_path: Path):
    fill(tmp_path / "s", a=30, b=30)
    with serving() as server:
        done = sender(tmp_path / "s", posts(server, "a", "b"), Clock()).wait(START + MINUTE)
        assert done == (60, 0, 0)
        for name in "ab":
            assert [key for path, key in server.order if path == name] == [f"{name}-{n:03}" for n in range(30)]


def test_a_destination_that_hangs_does_not_hold_the_others_and_its_message_is_not_lost(tmp_path: Path):
    fill(tmp_path / "s", slow=2, quick=20)
    with serving() as server:
        server.answers["slow"] = ["hang"]
        done = sender(tmp_path / "s", posts(server, "slow", "quick", timeout=30), Clock()).wait(START + 2 * SECOND)
        assert (done.sent, done.left) == (20, 2)
        server.answers["slow"] = ["ok"]
        server.let_go.set()
        again = sender(tmp_path / "s", posts(server, "slow"), Clock(speed=30)).wait(START + 60 * MINUTE)
        assert again.left == 0
        assert server.arrived("slow") == {"slow-000": 1, "slow-001": 1}


@pytest.mark.parametrize("trouble", ["429", "500", "garbage"])
def test_what_passes_is_waited_for(tmp_path: Path, trouble: str):
    fill(tmp_path / "s", a=3)
    with serving() as server:
        server.answers["a"] = [trouble] * 4 + ["ok"]
        done = sender(tmp_path / "s", posts(server, "a"), Clock(speed=60)).wait(START + 60 * MINUTE)
        assert done == (3, 0, 0)
        assert set(server.arrived("a").values()) == {1}


@pytest.mark.parametrize("trouble", ["302", "404"])
def test_what_will_never_go_is_put_aside_and_the_rest_goes_on(tmp_path: Path, trouble: str):
    fill(tmp_path / "s", a=3)
    with serving() as server:
        server.answers["a"] = [trouble, "ok"]
        done = sender(tmp_path / "s", posts(server, "a"), Clock()).wait(START + MINUTE)
        assert done == (2, 0, 1)
        assert "elsewhere" not in {path for path, _ in server.seen}


def test_a_network_that_is_down_for_an_hour_costs_nothing_but_time(tmp_path: Path):
    fill(tmp_path / "s", a=10)
    clock = Clock(speed=3_600)  # an hour in a second
    with serving() as server:

        def send(message: Message) -> Outcome:
            return post(server.port if clock() > START + 60 * MINUTE else 1, "a", message)

        done = sender(tmp_path / "s", {"a": send}, clock).wait(START + 180 * MINUTE)
        assert done == (10, 0, 0)
        assert server.arrived("a") == {f"a-{n:03}": 1 for n in range(10)}


def test_a_rate_is_kept(tmp_path: Path):
    fill(tmp_path / "s", a=6)
    clock = Clock(speed=40)
    with serving() as server:
        limits = Limits(rates=((2, 10 * SECOND),))
        done = sender(tmp_path / "s", posts(server, "a"), clock, a=limits).wait(START + 10 * MINUTE)
    assert done.sent == 6
    with Store(str(tmp_path / "s")) as store:
        times = sorted(one.tried_at or 0 for one in outbox.deliveries(store))
    assert all(times[n + 2] - times[n] >= 10 * SECOND for n in range(4))


def test_it_does_not_wait_for_what_is_not_due_in_time(tmp_path: Path):
    fill(tmp_path / "s", a=1)
    with serving() as server:
        server.answers["a"] = ["429"]
        done = sender(tmp_path / "s", posts(server, "a"), Clock()).wait(START + SECOND)
        assert done == (0, 1, 0)
        assert server.seen["a", "a-000"] == 1


def test_what_a_dead_process_was_sending_is_sent(tmp_path: Path):
    fill(tmp_path / "s", a=2)
    with Store(str(tmp_path / "s")) as store:
        assert outbox.claim(store, "a", Limits(), START) is not None
    with serving() as server:
        assert sender(tmp_path / "s", posts(server, "a"), Clock()).wait(START + MINUTE) == (2, 0, 0)


def test_a_message_that_is_claimed_while_it_asks_what_is_left_is_not_overlooked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # The thread claims only once the waiting side has begun to ask, and that side gives it time to: nothing may come
    # in between its questions what is under way and what is due.
    asking, claimed = threading.Event(), threading.Event()
    clock, real_due, real_claim = Clock(), module.due_at, module.claim

    def held() -> int:
        if threading.current_thread().name == "a":
            asking.wait(2)
        return clock()

    def due(*words: Any) -> int | None:
        if threading.current_thread().name != "a":
            asking.set()
            claimed.wait(0.3)
        return real_due(*words)

    def claiming(*words: Any) -> Any:
        found = real_claim(*words)
        claimed.set()
        return found

    def slow(_: Message) -> Outcome:
        time.sleep(0.5)
        return Delivered()

    monkeypatch.setattr(module, "due_at", due)
    monkeypatch.setattr(module, "claim", claiming)
    fill(tmp_path / "s", a=1)
    made = Sender(lambda: Store(str(tmp_path / "s")), {"a": Destination("a", slow)}, held, lambda: 0.5)
    made.start()
    assert made.wait(START + MINUTE) == (1, 0, 0)


def test_a_notifier_that_raises_is_a_message_that_waits(tmp_path: Path):
    fill(tmp_path / "s", a=1)

    def broken(_: Message) -> Outcome:
        raise RuntimeError("boom")

    assert sender(tmp_path / "s", {"a": broken}, Clock()).wait(START + SECOND).left == 1
    with Store(str(tmp_path / "s")) as store:
        (row,) = outbox.deliveries(store)
        assert states(store) == {"queued": 1}
    assert row.error == "the notifier failed: RuntimeError: boom"


def until(done: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


@contextmanager
def unmarkable(path: Path, server: Server) -> Iterator[Sender]:
    """A sender that has sent the first message while another writes, so that it cannot be marked until this ends."""
    asked, locked = threading.Event(), threading.Event()

    def send(message: Message) -> Outcome:
        asked.set()
        assert locked.wait(20)
        return post(server.port, "a", message)

    made = Sender(lambda: Store(str(path), 0.05), {"a": Destination("a", send)}, Clock(), lambda: 0.5)
    made.start()
    assert asked.wait(20)
    with Store(str(path)) as other, other.transaction():
        locked.set()
        until(lambda: made.failed)
        assert "lock" in str(made.failed)
        yield made


def test_what_was_sent_and_cannot_be_marked_is_marked_later_and_not_sent_again(tmp_path: Path):
    fill(tmp_path / "s", a=2)
    with serving() as server:
        with unmarkable(tmp_path / "s", server) as made:
            time.sleep(2 * module.AGAIN)
            assert server.arrived("a") == {"a-000": 1}
        until(lambda: made.failed is None)
        assert made.wait(START + MINUTE) == (2, 0, 0)
        assert server.arrived("a") == {"a-000": 1, "a-001": 1}


def test_one_that_is_told_to_stop_marks_what_it_has_sent(tmp_path: Path):
    fill(tmp_path / "s", a=2)
    with serving() as server, Store(str(tmp_path / "s")) as store:
        with unmarkable(tmp_path / "s", server) as made:
            made.stop()
            time.sleep(2 * module.AGAIN)
        until(lambda: states(store) == {"sent": 1, "queued": 1})


def test_one_that_follows_does_not_send_what_the_one_before_it_has_in_hand(tmp_path: Path):
    path, go, underway = tmp_path / "s", threading.Event(), Underway()
    fill(path, a=2)
    with serving() as server:

        def slow(message: Message) -> Outcome:
            go.wait(20)
            return post(server.port, "a", message)

        first, second = (
            Sender(lambda: Store(str(path)), {"a": Destination("a", send)}, Clock(), lambda: 0.5, (), underway)
            for send in (slow, partial(post, server.port, "a"))
        )
        first.start()
        until(lambda: underway.numbers)
        first.stop(0.1)
        second.start()
        until(lambda: server.arrived("a") == {"a-001": 1})
        go.set()
        assert second.wait(START + MINUTE).left == 0
        assert server.arrived("a") == {"a-000": 1, "a-001": 1}


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (Retry("busy", float("inf")), ("queued", "busy")),
        (Retry("busy", float("nan")), ("queued", "busy")),
        (Retry("busy", -5.0), ("queued", "busy")),
        (Retry(OSError("gone")), ("queued", "gone")),  # type: ignore[arg-type]
        (Refused(None), ("dead", "the notifier gave Refused(reason=None) for an outcome")),  # type: ignore[arg-type]
        (Delivered(7), ("dead", "the notifier gave Delivered(handle=7) for an outcome")),  # type: ignore[arg-type]
        (None, ("dead", "the notifier gave None for an outcome")),
    ],
    ids=repr,
)
def test_what_a_notifier_says_wrongly_does_not_stop_its_destination(
    tmp_path: Path, outcome: Outcome, kept: tuple[str, str]
):
    fill(tmp_path / "s", a=2)
    said = {"a-000": outcome, "a-001": Delivered()}
    made = sender(tmp_path / "s", {"a": lambda message: said[message.id]}, Clock())
    assert made.wait(START + SECOND).sent == 1
    with Store(str(tmp_path / "s")) as store:
        row = next(one for one in outbox.deliveries(store) if one.id == "a-000")
    assert (row.state, row.error) == kept


def test_a_notifier_that_ends_its_thread_is_one_that_raises(tmp_path: Path):
    fill(tmp_path / "s", a=1)

    def ends(_: Message) -> Outcome:
        raise SystemExit(3)

    assert sender(tmp_path / "s", {"a": ends}, Clock()).wait(START + SECOND).left == 1
    with Store(str(tmp_path / "s")) as store:
        (row,) = outbox.deliveries(store)
    assert (row.state, row.error) == ("queued", "the notifier failed: SystemExit: 3")
