"""The ledger: what was read, and what waits for correlations and for who reads the output."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import StoreError
from engine.hit import Episode, Evidence, Hit
from engine.model import Ref
from engine.stores import Entry, Ledger, open_store
from engine.stores._bodies import episode_of, hit_of, pack

HIT = Hit("r", 5, "e", {"user": "alice", "n": 1.5}, (Evidence("r", 5, Ref("f", 1), "e", {"x": [1, None]}),))


@pytest.fixture
def ledger(where: str) -> Iterator[Ledger]:
    with open_store(where) as store:
        yield Ledger(store)


def test_a_file_is_known_by_target_and_name_and_by_its_content(ledger: Ledger):
    assert ledger.entry("/logs", "a.json") is None
    ledger.enter("/logs", "a.json", Entry(10, 99, b"digest", 7, True), run=1, at=5)
    ledger.enter("/logs", "half.json", Entry(20, None, b"other", 3, False), run=1, at=6)
    assert ledger.entry("/logs", "a.json") == Entry(10, 99, b"digest", 7, True)
    assert ledger.entry("/else", "a.json") is None
    assert ledger.knows(b"digest")
    assert not ledger.knows(b"other")  # it was not read to its end
    assert ledger.sizes() == {10}


def test_what_an_unfinished_run_has_read_can_be_undone(ledger: Ledger):
    for run in (1, 2):
        ledger.enter("/logs", f"{run}", Entry(run, None, b"%d" % run, 1, True), run, 7)
        ledger.saw([b"identity %d" % run], at=5, run=run)
        ledger.keep_hits([HIT._replace(event=f"{run}")], run)
    ledger.undo(2)
    assert (ledger.entry("/logs", "1") is None, ledger.entry("/logs", "2") is None) == (False, True)
    assert ledger.seen([b"identity 1", b"identity 2"]) == {b"identity 1"}
    assert [hit.event for hit in ledger.hits()] == ["1"]


def test_detections_are_known_again_until_they_are_forgotten(ledger: Ledger):
    many = [b"%06d" % number for number in range(2_000)]
    ledger.saw(many[:1_500], at=10, run=1)
    ledger.saw(many[1_000:], at=20, run=2)
    assert ledger.seen(many) == set(many)
    ledger.forget_seen(15)
    assert ledger.seen(many) == set(many[1_500:])


def test_hits_wait_until_they_are_taken(ledger: Ledger):
    ledger.keep_hits([HIT._replace(time=time) for time in (30, 10, 20)], run=1)
    assert [hit.time for hit in ledger.hits()] == [30, 10, 20]
    ledger.drop_hits(20)
    assert [hit.time for hit in ledger.hits()] == [30]
    ledger.drop_hits(None)
    assert list(ledger.hits()) == []


def test_a_body_that_is_none_is_damage(ledger: Ledger):
    ledger.store.execute("INSERT INTO unsaid_episode (body) VALUES (?)", (b"\xc1",))
    with pytest.raises(StoreError, match="is damaged"):
        list(ledger.episodes())


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), odd, max_size=3), st.text(st.characters(), max_size=4))
def test_whatever_a_log_holds_comes_back_as_it_was(values: dict[str, object], text: str):
    evidence = (Evidence("r", -5, Ref("f", 1), text, values), Evidence("s", 1 << 61, Ref("g", 2), None, {}))
    hit = Hit("r", 5, text, values, evidence, opens=False)
    assert hit_of(pack(hit)) == hit
    episode = Episode("id", "c", (("user", text), ("role", None)), "ended", 1, 2, 3, 1.5, 9, evidence, values)
    assert episode_of(pack(episode)) == episode
