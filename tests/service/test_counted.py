"""From scans to numbers: what the summary says is what /metrics says."""

from __future__ import annotations

from pathlib import Path

from engine.hit import Episode
from engine.model import Correlated, Level, LogSource, RuleCost, RuleHead
from engine.service import Done, Fired, Health
from engine.stores import Store
from tests.service.exposition import read
from tests.service.test_serving import SECOND, House

CORRELATED = Correlated("Guessing", Level.high, "g.yml", 1, 7, 2, 0, 0, 0, 3, 0, 4, 5, None)


def told(health: Health) -> dict[str, float]:
    return {
        " ".join([each.name.removeprefix("detect_"), *each.labels.values()]): each.value
        for each in read(health.metrics())
    }


def scanned(store: Store, scans: int, **done: object) -> dict[str, float]:
    house = House(store)
    made = Done(house.summary, 2, 0)._replace(**done)  # type: ignore[arg-type]
    house.scan = lambda: made  # type: ignore[method-assign]
    house.service._woken.set()
    house.service.serve(scans)
    return told(house.health)


def test_what_fires_is_counted_by_rule(tmp_path: Path):
    with Store(str(tmp_path / "state")) as store:
        found = scanned(store, 2, fired={("Root used", "critical"): 3, ("Trail stopped", "high"): 1})
    assert found["detections_total Root used critical"] == 6
    assert found["detections_total Trail stopped high"] == 2
    assert found["alerts_total"] == 4


def test_sources_say_how_far_they_are_and_which_do_not_answer(tmp_path: Path):
    with Store(str(tmp_path / "state")) as store:
        found = scanned(store, 1, reached={"/logs": 400 * SECOND}, failing={"s3://away": "denied"})
    assert found["reached_timestamp_seconds /logs"] == 400
    assert found["lag_seconds /logs"] >= 600
    assert (found["source_up /logs"], found["source_up s3://away"]) == (1, 0)
    assert found["fault sources"] == 1
    assert found["ready"] == 0


def test_the_lag_grows_while_nothing_is_scanned(tmp_path: Path):
    with Store(str(tmp_path / "state")) as store:
        house = House(store)
        house.health.reached = {"/logs": 990 * SECOND}
        before = told(house.health)["lag_seconds /logs"]
        house.now += 60 * SECOND
        assert told(house.health)["lag_seconds /logs"] == before + 60


def test_correlations_say_what_they_hold_and_what_they_dropped(tmp_path: Path):
    with Store(str(tmp_path / "state")) as store:
        summary = House(store).summary._replace(correlations=(CORRELATED,), watermark=5 * SECOND)
        found = scanned(store, 2, summary=summary, groups={"Guessing": 11})
    assert [found[f"correlation_{name} Guessing"] for name in ("hits_total", "late_total", "pending", "groups")] == [
        14, 4, 3, 11,
    ]  # fmt: skip
    assert found["correlation_dropped_total Guessing groups"] == 8
    assert found["correlation_dropped_total Guessing hits"] == 10
    assert found["watermark_timestamp_seconds"] == 5


def test_problems_are_counted_by_kind_and_those_without_a_place_too(tmp_path: Path):
    with Store(str(tmp_path / "state")) as store:
        from tests.outputs.made import SUMMARY

        summary = SUMMARY._replace(interrupted=False, problems_total=4)
        found = scanned(store, 1, summary=summary)
    assert found["problems_total truncated"] == 1
    assert found["problems_total more"] == 3


def test_a_profile_says_what_rules_cost(tmp_path: Path):
    with Store(str(tmp_path / "state")) as store:
        costs = (RuleCost("1", "Dear", "d.yml", 9, 9, 9, 1, 1_000_000, 500_000, 0),)
        found = scanned(store, 2, summary=House(store).summary._replace(profile=costs))
    assert found["rule_seconds_total Dear d.yml"] == 3


def test_the_outbox_is_told_by_destination(tmp_path: Path):
    with Store(str(tmp_path / "state")) as store:
        for number, state in enumerate(("queued", "sending", "dead", "sent")):
            store.execute(
                "INSERT INTO delivery (number, id, destination, thread, state, created_at, next_at, attempts, body)"
                " VALUES (?, ?, 'pager', 't', ?, ?, 0, 0, x'')",
                (number, str(number), state, (900 + number) * SECOND),
            )
        found = scanned(store, 1)
    assert (found["outbox_messages pager"], found["dead_letters pager"]) == (2, 1)
    assert found["outbox_age_seconds pager"] >= 100


def test_an_episode_is_counted_when_it_begins():
    fired = Fired()
    head = RuleHead("many", None, "Many", Level.high, (), "many.yml", LogSource())
    episode = Episode("1", "many", (), "opened", 0, 0, None, 3, 3, ())
    for state in ("opened", "extended", "ended"):
        fired.tell(head, episode._replace(state=state), state == "opened")
    assert dict(fired.counts) == {("Many", "high"): 1}
