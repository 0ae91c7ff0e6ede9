"""The loop of the service, with a plan and a clock of the test's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.model import Problem, Summary
from engine.service import Done, Health, Schedule, Service, latest, wish, withdraw
from engine.stores import Store
from tests.outputs.made import SUMMARY

SECOND = 1_000_000


class House:
    """A service whose clock goes on by a second at every look; `happens` is called at each."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now = 1_000 * SECOND
        self.scans: list[int] = []
        self.fails: dict[int, Exception] = {}
        self.summary: Summary = SUMMARY._replace(problems=(), problems_total=0, rejected=0, interrupted=False)
        self.plans = 0
        self.touched = False
        self.broken: Exception | None = None
        self.logged: list[tuple[str, dict[str, object]]] = []
        self.happens: dict[int, Any] = {}
        self.schedule = Schedule(10 * SECOND)
        self.keep = 30 * 86_400 * SECOND
        self.health = Health(lambda: self.now)
        self.stepped = 0
        clock, steady = lambda: self.now, lambda: self.now - self.stepped
        self.service = Service(
            store, self.plan, lambda: self.touched, self.health, clock, lambda: 0.0, self.log, steady
        )

    def log(self, what: str, more: dict[str, object]) -> None:
        self.logged.append((what, more))

    def plan(self) -> House:
        if self.broken:
            raise self.broken
        self.plans += 1
        self.touched = False
        return self

    def scan(self) -> Done:
        self.scans.append(self.now // SECOND)
        if error := self.fails.pop(len(self.scans), None):
            raise error
        return Done(self.summary, 2, 0)

    def tell(self, now: int) -> None:
        self.now += SECOND
        if happens := self.happens.pop(self.now // SECOND, None):
            happens()

    def step(self, seconds: int) -> None:
        """Somebody sets the clock."""
        self.now += seconds * SECOND
        self.stepped += seconds * SECOND

    def finish(self, now: int) -> None:
        self.logged.append(("finished", {}))

    def close(self) -> None:
        self.logged.append(("closed", {}))

    def serve(self, until: int) -> None:
        self.service._woken.set()  # no look waits for real
        self.service._woken.clear = lambda: None  # type: ignore[method-assign]
        self.happens[until] = self.service.stop
        self.service.serve()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with Store(str(tmp_path / "state")) as store:
        yield House(store)


def test_it_scans_at_once_and_then_when_it_is_time(house: House):
    house.serve(1_035)
    assert house.scans == [1_000, 1_010, 1_020, 1_030]
    assert [(one.number, one.state, one.alerts) for one in latest(house.store, 2)] == [
        (4, "finished", 2),
        (3, "finished", 2),
    ]


def test_after_so_many_scans_it_tells_everything_and_ends(house: House):
    house.service._woken.set()
    house.service.serve(1)
    assert house.scans == [1_000]
    assert [what for what, _ in house.logged] == ["scan finished", "finished", "closed", "stopped"]


def test_it_goes_on_where_an_earlier_one_ended(house: House):
    house.serve(1_005)
    again = House(house.store)
    again.now = 1_007 * SECOND
    again.serve(1_012)
    assert again.scans == [1_010]


def test_a_scan_that_was_cut_off_by_a_crash_is_known_for_it(house: House):
    house.store.execute("INSERT INTO scan (started_at, state) VALUES (1, 'running')")
    house.serve(1_002)
    assert [one.state for one in latest(house.store, 9)] == ["finished", "interrupted"]


def test_a_scan_that_fails_is_tried_again_at_its_next_time(house: House):
    house.fails[1] = UsageError("no such folder")
    house.happens[1_005] = lambda: seen.append(house.health.readyz()[0])
    house.happens[1_015] = lambda: seen.append(house.health.readyz()[0])
    seen: list[int] = []
    house.serve(1_020)
    assert house.scans == [1_000, 1_010]
    assert seen == [503, 200]
    assert latest(house.store, 9)[1].fault == "no such folder"


def test_what_was_left_out_is_said(house: House):
    problem = Problem("a.json.gz", 7, "is cut off", True, "truncated")
    house.summary = house.summary._replace(problems=(problem,), problems_total=3)
    house.serve(1_002)
    assert latest(house.store, 1)[0].fault == "a.json.gz: is cut off and 2 more"
    assert house.health.readyz()[0] == 503


@pytest.mark.parametrize(("step", "scans"), [(-3_600, [1_000, -2_588]), (86_400, [1_000, 87_406, 87_416])])
def test_a_clock_that_is_set_holds_no_scan_up_and_is_said_until_the_next(house: House, step: int, scans: list[int]):
    seen: list[Any] = []
    house.happens[1_005] = lambda: house.step(step)
    house.happens[1_007 + step] = lambda: seen.append(house.health.readyz()[1].get("faults"))
    house.serve(1_020 + step)
    assert house.scans[:2] == [1_000, pytest.approx(scans[1], abs=9)]
    assert len(house.scans) >= 2
    assert ("clock was set", {"seconds": step}) in house.logged
    assert house.health.readyz()[0] == 200
    if step < 0:
        assert seen == [{"clock": "was set back by 3600 s"}]


def test_news_is_read_at_once_and_once(house: House):
    house.schedule = Schedule(1_000 * SECOND)
    house.happens[1_005] = house.service.news
    house.serve(1_020)
    assert house.scans == [1_000, 1_005]


def test_news_that_comes_during_a_scan_is_read_after_it(house: House):
    house.schedule = Schedule(1_000 * SECOND)
    scan = house.scan

    def busy() -> Done:
        if not house.scans:
            house.service.news()
        return scan()

    house.scan = busy  # type: ignore[method-assign]
    house.serve(1_020)
    assert len(house.scans) == 2


def test_a_pause_holds_news_back_too(house: House):
    house.schedule = Schedule(1_000 * SECOND)
    house.happens[1_003] = lambda: wish(house.store, "pause", house.now)
    house.happens[1_005] = house.service.news
    house.happens[1_010] = lambda: withdraw(house.store, "pause")
    house.serve(1_020)
    assert house.scans == [1_000, 1_010]


def test_sources_that_do_not_answer_make_it_not_ready(house: House):
    scan = house.scan
    house.scan = lambda: scan()._replace(failing={"s3://logs": "no such bucket"})  # type: ignore[method-assign]
    house.serve(1_002)
    assert house.health.readyz()[1]["faults"] == {"sources": "s3://logs: no such bucket"}
    house.scan = scan  # type: ignore[method-assign]
    house.service._stopping = False
    house.serve(1_025)
    assert house.health.readyz()[0] == 200


def test_a_pause_holds_scans_until_it_is_over(house: House):
    wish(house.store, "pause", 1)
    house.happens[1_025] = lambda: withdraw(house.store, "pause")
    house.serve(1_030)
    assert house.scans == [1_025]


def test_a_scan_that_is_asked_for_comes_even_in_a_pause(house: House):
    wish(house.store, "pause", 1)
    house.happens[1_004] = lambda: wish(house.store, "scan", 1)
    house.serve(1_030)
    assert house.scans == [1_004]


def test_changed_files_make_another_plan_before_the_next_scan(house: House):
    house.happens[1_005] = lambda: setattr(house, "touched", True)
    house.serve(1_015)
    assert (house.plans, house.scans) == (2, [1_000, 1_010])


def test_a_plan_with_faults_is_refused_and_the_old_one_stays(house: House):
    def breaks() -> None:
        house.touched, house.broken = True, UsageError("unknown key")

    def mended() -> None:
        house.broken = None

    house.happens[1_005], house.happens[1_015] = breaks, mended
    seen: list[int] = []
    house.happens[1_012] = lambda: seen.append(house.health.readyz()[0])
    house.serve(1_025)
    assert (house.plans, house.scans, seen) == (2, [1_000, 1_010, 1_020], [503])
    assert [what for what, _ in house.logged if "reload" in what] == ["reload refused", "reloaded"]


def test_it_reads_anew_at_once_when_asked(house: House):
    house.happens[1_003] = house.service.reload
    house.serve(1_005)
    assert house.plans == 2


def test_a_scan_that_ctrl_c_cut_short_is_the_last(house: House):
    house.summary = house.summary._replace(interrupted=True)
    house.serve(1_090)
    assert house.scans == [1_000]
    assert latest(house.store, 1)[0].state == "interrupted"


def test_scans_are_forgotten_after_a_month(house: House):
    house.serve(1_002)
    again = House(house.store)
    again.now += 40 * 86_400 * SECOND
    again.serve(again.now // SECOND + 2)
    assert [one.number for one in latest(house.store, 9)] == [2]
