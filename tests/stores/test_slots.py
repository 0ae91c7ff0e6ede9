"""States of correlations in the file are what they are in dicts."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from engine.correlate.states import Change, Kept, Memory
from engine.runners.states import Stored
from engine.stores import Store

MEANINGS = ("aa", "bb", "pending")
GROUPS = ('["alice"]', "[null]", '["\\ud800"]', "")

kept = st.builds(Kept, st.sampled_from(MEANINGS), st.sampled_from(["k", "l"]), st.binary(max_size=3))
changes = st.builds(
    Change,
    st.sampled_from(MEANINGS),
    st.sampled_from(GROUPS),
    st.none() | st.binary(max_size=3),
    st.none() | st.integers(-(1 << 62), 1 << 62),
    st.integers(0, 4),
    st.lists(st.tuples(st.integers(0, 6), st.binary(max_size=3)), max_size=3, unique_by=lambda chunk: chunk[0]).map(
        lambda chunks: tuple(sorted(chunks))
    ),
)
writes = st.tuples(
    st.lists(kept, max_size=3, unique_by=lambda each: each.meaning),
    st.lists(changes, max_size=5, unique_by=lambda each: (each.meaning, each.group)),
    st.lists(st.sampled_from(MEANINGS), max_size=2),
)


def plain(states: Memory | Stored) -> object:
    return (
        sorted(states.correlations()),
        {meaning: sorted(states.slots(meaning)) for meaning in MEANINGS},
        {(meaning, group): list(states.chunks(meaning, group)) for meaning in MEANINGS for group in GROUPS},
    )


@given(st.lists(writes, max_size=6))
def test_any_writes_leave_the_same_in_both_and_after_opening_again(listed: list[tuple[object, object, object]]):
    with TemporaryDirectory() as folder:
        memory, path = Memory(), str(Path(folder) / "state")
        with Store(path) as store:
            for each in listed:
                Stored(store).write(*each)  # type: ignore[arg-type]
                memory.write(*each)  # type: ignore[arg-type]
                assert plain(Stored(store)) == plain(memory)
        with Store(path) as store:
            assert plain(Stored(store)) == plain(memory)
