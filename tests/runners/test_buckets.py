"""Runs over buckets and queues: nothing missed, nothing twice, whatever is told of twice, late, or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from engine.errors import UsageError
from engine.rules import Ruleset
from engine.runners.continuing import Continuing
from engine.stores import Ledger, Store
from tests.runners.correlating import MINUTE, NOW, RULES, START, go_on, hit, lines
from tests.runners.made import Done, Record, log, scan
from tests.sources.cloud import Cloud, cloud, news, trail, whole_cloud

__all__ = ["cloud", "whole_cloud"]

PLAIN = Ruleset(RULES.rules)
BEGIN = int(START.timestamp()) * 1_000_000


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "detect.state"


@pytest.fixture
def queue(cloud: Cloud) -> str:
    cloud.bucket()
    cloud.queue()
    return cloud.sqs(wait="0s")


def put(cloud: Cloud, key: str, *records: Record) -> None:
    cloud.put(key, body=log(records))


def told(cloud: Cloud, key: str, *records: Record) -> None:
    put(cloud, key, *records)
    cloud.send(news(key))


def ids(done: Done) -> list[str]:
    return [row["events"][0]["id"] for row in lines(done.written).detections]


def on(state: Path, target: str, **given: Any) -> Done:
    return go_on(state, target, ruleset=PLAIN, **given)  # type: ignore[arg-type]


def kinds(done: Done) -> list[str]:
    return [problem.kind for problem in done.summary.problems]


def test_a_bucket_gives_what_a_folder_gives(cloud: Cloud, tmp_path: Path):
    cloud.bucket()
    for number in range(3):
        put(cloud, trail(f"10{number}0"), hit(number))
        path = tmp_path / trail(f"10{number}0")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(log([hit(number)]))
    assert scan(cloud.s3("logs"), ruleset=PLAIN).hits == scan(tmp_path, ruleset=PLAIN).hits


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_run_reads_only_what_is_new_in_a_bucket(cloud: Cloud, state: Path, workers: int):
    cloud.bucket()
    put(cloud, trail("1000"), hit(0))
    first = on(state, cloud.s3("logs"), workers=workers)
    put(cloud, trail("1005"), hit(1))
    second = on(state, cloud.s3("logs"), workers=workers)
    assert [ids(first), ids(second)] == [["StopLogging-alice-0"], ["StopLogging-alice-1"]]


def test_an_object_that_was_replaced_is_read_again_and_its_events_are_known(cloud: Cloud, state: Path):
    cloud.bucket()
    put(cloud, trail("1000"), hit(0))
    first = on(state, cloud.s3("logs"))
    put(cloud, trail("1000"), hit(0), hit(1))
    second = on(state, cloud.s3("logs"))
    assert [ids(first), ids(second)] == [["StopLogging-alice-0"], ["StopLogging-alice-1"]]


def test_what_a_queue_told_of_is_read_once_and_its_message_gone(cloud: Cloud, state: Path, queue: str):
    told(cloud, trail("1000"), hit(0))
    cloud.send(news(trail("1000")))
    first, second = on(state, queue), on(state, queue)
    assert [ids(first), ids(second)] == [["StopLogging-alice-0"], []]
    assert cloud.left() == 0


def test_what_a_queue_told_of_is_known_when_the_bucket_is_listed(cloud: Cloud, state: Path, queue: str):
    told(cloud, trail("1000"), hit(0))
    on(state, queue)
    done = on(state, cloud.s3("logs"))
    assert (ids(done), done.summary.known) == ([], 1)


@pytest.mark.parametrize("live", [True, False])
def test_a_message_is_there_until_what_it_told_of_is_kept(cloud: Cloud, state: Path, queue: str, live: bool):
    told(cloud, trail("1000"), hit(0))

    class Killed(Exception):
        pass

    def killed() -> None:
        raise Killed

    with Store(str(state)) as store:
        continuing = Continuing(store, 15 * MINUTE, killed if live else None, 0.0)
        with suppress(Killed):
            scan(queue, ruleset=PLAIN, now=NOW, continuing=continuing)
        assert cloud.left() == 1
    again = on(state, queue)
    assert ids(again) == ["StopLogging-alice-0"]
    assert cloud.left() == 0


def test_a_run_without_state_only_looks_at_messages(cloud: Cloud, queue: str):
    told(cloud, trail("1000"), hit(0))
    for _ in range(2):
        assert len(scan(queue, ruleset=PLAIN).hits) == 1


def test_an_object_that_is_gone_when_it_is_read_is_reported_and_told_of_no_more(cloud: Cloud, state: Path, queue: str):
    cloud.send(news("gone.json.gz", size=5, eTag="e"))
    assert kinds(on(state, queue)) == ["gone"]
    assert cloud.left() == 0


def test_an_object_that_is_denied_is_told_of_again_until_it_can_be_read(cloud: Cloud, state: Path, queue: str):
    told(cloud, trail("1000"), hit(0))
    cloud.fail("GET /logs/AWSLogs", 403, "AccessDenied")
    first = on(state, queue)
    assert (ids(first), kinds(first)) == ([], ["unreadable"])
    assert cloud.left() == 1
    assert ids(on(state, queue)) == ["StopLogging-alice-0"]


def test_an_object_that_cannot_be_decoded_is_set_aside_and_told_of_no_more(cloud: Cloud, state: Path, queue: str):
    body = log([hit(0)])
    cloud.put("cut.json.gz", body=body[: len(body) // 2])
    cloud.send(news("cut.json.gz"))
    told(cloud, trail("1000"), hit(1))
    done = on(state, queue)
    assert ids(done) == ["StopLogging-alice-1"]
    assert cloud.left() == 0
    with Store(str(state)) as store:
        [aside] = Ledger(store).aside()
    assert (aside.target, aside.ref, aside.body) == ("sqs://news", "logs/cut.json.gz", None)
    assert "truncated" in aside.fault or "ends" in aside.fault


def test_a_message_that_nobody_understands_is_set_aside_with_its_text(cloud: Cloud, state: Path, queue: str):
    cloud.send("what is this?")
    done = on(state, queue)
    assert done.summary.problems_total == 1
    assert cloud.left() == 0
    with Store(str(state)) as store:
        [aside] = Ledger(store).aside()
    assert aside.body == "what is this?"


def test_an_event_that_comes_in_the_message_itself_is_read(cloud: Cloud, state: Path, queue: str):
    cloud.send({"detail-type": "AWS API Call via CloudTrail", "source": "aws.cloudtrail", "detail": hit(0)})
    assert ids(on(state, queue)) == ["StopLogging-alice-0"]
    assert cloud.left() == 0


def test_a_source_that_fails_does_not_stop_the_others_of_a_patient_run(cloud: Cloud, state: Path):
    cloud.bucket()
    put(cloud, trail("1000"), hit(0))
    targets = (cloud.s3("nowhere"), cloud.s3("logs"), "/no/such/folder")
    done = go_on(state, *targets, ruleset=PLAIN, patient=True)  # type: ignore[arg-type]
    assert ids(done) == ["StopLogging-alice-0"]
    found = [(problem.ref, problem.kind) for problem in done.summary.problems]
    assert found == [("s3://nowhere", "source"), ("/no/such/folder", "source")]
    with pytest.raises(UsageError):
        go_on(state, *targets, ruleset=PLAIN)  # type: ignore[arg-type]


def test_a_source_that_rests_is_not_asked(cloud: Cloud, state: Path):
    cloud.bucket()
    put(cloud, trail("1000"), hit(0))
    done = on(state, cloud.s3("logs"), resting=frozenset({cloud.s3("logs")}))
    assert ids(done) == []
    assert not cloud.asked


def test_a_source_that_recovers_is_not_late(cloud: Cloud, state: Path):
    cloud.bucket()
    cloud.bucket("other")
    first, second = cloud.s3("logs"), cloud.s3("other")
    put(cloud, trail("1000"), hit(0))

    def run(minutes: int) -> Done:
        return go_on(state, first, second, patient=True, now=BEGIN + minutes * MINUTE)  # type: ignore[arg-type]

    run(20)
    cloud.fail("/other", 403, "AccessDenied")
    held = run(50)
    cloud.put(trail("1001"), body=log([hit(22 * 60), hit(22 * 60 + 1), hit(22 * 60 + 2)]), bucket="other")
    caught_up = run(70)
    assert held.summary.watermark == BEGIN + 5 * MINUTE
    assert caught_up.summary.correlations[0].late == 0
    assert caught_up.summary.episodes == 1
