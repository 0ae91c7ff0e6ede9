"""Whether a state file fits together: what runs leave does, and each thing that does not is found and named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.alerts.database import alert_body
from engine.alerts.summaries import unanswered
from engine.service import check, contents
from engine.stores import Store
from tests.runners.correlating import ALL_KINDS, START, deliver, go_on, hit

SECOND = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """What a run with correlations leaves."""
    deliver(tmp_path / "logs", 60, [hit(second) for second in range(6190, 6290)], "some")
    deliver(tmp_path / "logs", 7200, [hit(second, "bob") for second in (6000, 6001, 7100, 7101)], "more")
    go_on(tmp_path / "state", tmp_path / "logs", ruleset=ALL_KINDS)
    with Store(str(tmp_path / "state")) as found:
        yield found


def test_what_a_run_leaves_fits_together(store: Store):
    assert check(store) == []
    assert contents(store).rows["chunk"] > 1  # or it would say little


ALERT = (
    "INSERT INTO alert (id, rule, first, last, level, changed, opened_at, body{})"
    " VALUES ('a', 'r', 1, 1, 2, 0, 1, x'c1'{})"
)
BREAKS = {
    "told-without-alert": "INSERT INTO told VALUES ('n', 'a', 'r', 'r', 'plain', 1, NULL, 0, 0)",
    "told-without-notice": "INSERT INTO told VALUES ('n', 'a', 'r', 'r', 'plain', 1, NULL, 0, 0)",
    "event-without-alert": "INSERT INTO alert_hit VALUES ('r', 'e', 1, x'00', 'gone', NULL)",
    "event-without-body": "INSERT INTO alert_hit VALUES ('r', 'e', 1, x'00', NULL, NULL)",
    "merged-into-nothing": ALERT.format(", merged", ", 'gone'"),
    "window-of-nothing": "DELETE FROM correlation",
    "chunk-of-nothing": "INSERT INTO chunk VALUES (2, 'nobody', 0, x'939090c0')",
    "odd-message": "INSERT INTO delivery VALUES (1, 'i', 'd', 't', 'lost', 1, 1, NULL, 0, NULL, x'c1')",
    "odd-file": "UPDATE file SET content = x'00'",
    "odd-scan": "INSERT INTO scan (started_at, ended_at, state) VALUES (99999999999999, 1, 'finished')",
    "unreadable-alert": ALERT.format("", ""),
    "unreadable-alert_hit": "INSERT INTO alert_hit VALUES ('r', 'e', 1, x'00', NULL, x'c1')",
    "unreadable-delivery": "INSERT INTO delivery VALUES (1, 'i', 'd', 't', 'sent', 1, 1, NULL, 0, NULL, x'c1')",
    "unreadable-waiting_hit": "INSERT INTO waiting_hit VALUES (1, 1, 1, x'93')",
    "unreadable-unsaid_episode": "INSERT INTO unsaid_episode VALUES (1, x'93')",
    "unreadable-correlation": "UPDATE correlation SET body = x'c1'",
    "unreadable-slot": "UPDATE slot SET head = x'9101'",
    "unreadable-chunk": "INSERT INTO chunk SELECT meaning, grp, 99, x'92' FROM slot LIMIT 1",
    "odd-mark": "INSERT INTO mark VALUES ('failing x', '{')",
}


@pytest.mark.parametrize("kind", BREAKS)
def test_what_does_not_fit_is_found(store: Store, kind: str):
    store.execute(BREAKS[kind])
    found = {wrong.kind: wrong for wrong in check(store)}
    assert kind in found
    assert found[kind].rows >= 1
    assert found[kind].where


@pytest.mark.parametrize("table", ["slot SET head", "chunk SET body"])
def test_what_waits_for_correlations_must_be_readable_too(store: Store, table: str):
    store.execute(f"UPDATE {table} = x'c1' WHERE meaning = (SELECT number FROM meaning WHERE meaning = 'pending')")
    assert [wrong.kind for wrong in check(store)] == [f"unreadable-{table.partition(' ')[0]}"]


def test_the_alert_of_another_id_is_found(store: Store):
    made = unanswered("a", "x", 1, None)
    store.execute(ALERT.format("", "").replace("x'c1'", "?"), (alert_body(made),))
    assert [wrong.kind for wrong in check(store)] == ["unreadable-alert"]


def test_the_contents_are_counted(store: Store):
    found = contents(store)
    assert found.files == {"whole": 2, "partly": 0}
    assert found.oldest == int(START.timestamp() + 6000) * SECOND
    assert found.reported == store.execute("SELECT count(*) FROM seen").fetchone()[0] > 0
    assert found.waiting == 2  # after the watermark
    assert sum(each.groups for each in found.windows) == found.rows["slot"] - 1  # in which hits wait
    assert sum(each.chunks for each in found.windows) == found.rows["chunk"] - 1
    assert {each.key for each in found.windows} == {each.key for each in ALL_KINDS.correlations}
    assert len({each.decided for each in found.windows}) == 1
    assert list(found.reached) == [each for (each,) in store.execute("SELECT DISTINCT target FROM file")]
