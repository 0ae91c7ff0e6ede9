"""The pure step: one slot, its hits and a watermark in; what is remembered, what is told and when to wake out."""

from __future__ import annotations

from engine.correlate import Slot, step
from engine.correlate.slot import compiled
from engine.correlate.state import State
from engine.hit import Hit
from engine.rules import Correlation, Ruleset
from tests.correlate.lines import hits_at
from tests.correlate.worlds import correlation, hit

TWO = correlation("two", "event_count", "a", 60, condition={"gte": 2}, group_by=("ip",))
FEW = correlation("few", "event_count", "a", 60, condition={"lt": 3}, group_by=("ip",))


def slot(one: Correlation = TWO) -> Slot:
    return Slot(compiled(Ruleset((), correlations=(one,)))[0], '["1"]')


def steps(given: Slot, *moves: tuple[list[Hit], int]) -> list[tuple[str, int, int | None]]:
    """(state, start, end) of all that is told when the state of each step goes on in the next."""
    state: State | None = None
    found = []
    for hits, watermark in moves:
        state, fired, _, _ = step(given, state, hits, watermark)
        found += [(each.state, each.start, each.end) for each in fired]
    return found


def test_a_hit_after_the_watermark_waits_in_the_state():
    state, fired, _, wake_at = step(slot(), None, hits_at(10, 5), 4)
    assert (fired, wake_at) == ([], 5)
    assert steps(slot(), (hits_at(10, 5), 7), ([], 9), ([], 10)) == [("opened", 10, None)]
    assert state is not None


def test_what_is_decided_does_not_hang_on_how_hits_and_watermarks_are_parted():
    whole = steps(slot(), (hits_at(0, 30, 100), 500))
    assert steps(slot(), (hits_at(100, 0), 20), (hits_at(30), 99), ([], 100), ([], 500)) == whole
    assert whole == [("opened", 30, None), ("ended", 30, 90)]


def test_a_copy_of_a_hit_that_waits_counts_for_nothing():
    once = hits_at(5)
    assert steps(slot(), (once, 1), (once, 2), (once, 10)) == []
    assert steps(slot(), ([*once, *once], 10)) == []


def test_a_slot_of_which_nothing_matters_any_more_need_not_be_kept():
    state, _, _, wake_at = step(slot(), None, hits_at(0), 59)
    assert (state is None, wake_at) == (False, 60)
    state, _, _, wake_at = step(slot(), state, [], 60)
    assert (state, wake_at) == (None, None)


def test_it_says_when_to_be_called_again_without_a_hit():
    #  a window opens at 0 and closes at 60; the episode that opens then ends at 120
    state, fired, _, wake_at = step(slot(FEW), None, hits_at(0), 10)
    assert (fired, wake_at) == ([], 60)
    state, fired, _, wake_at = step(slot(FEW), state, [], 60)
    assert ([each.start for each in fired], wake_at) == ([60], 120)
    state, fired, _, wake_at = step(slot(FEW), state, [], 120)
    assert ([each.end for each in fired], state, wake_at) == ([120], None, None)


def test_a_hit_at_the_time_of_a_timer_comes_before_it():
    assert steps(slot(FEW), (hits_at(0, 60), 60)) == [("opened", 60, None)]
    assert steps(slot(FEW), (hits_at(0, 30, 60), 60)) == []
    assert steps(slot(FEW), (hits_at(0, 30, 61), 61)) == [("opened", 60, None)]


def test_of_one_event_that_matches_two_rules_one_counts():
    both = slot(correlation("c", "event_count", "a b", 60, condition={"gte": 2}))
    assert steps(both, ([hit("a", 1, "e1"), hit("b", 1, "e1")], 5)) == []
    assert steps(both, ([hit("a", 1, "e1"), hit("b", 1, "e2")], 5)) == [("opened", 1, None)]


def test_hits_beyond_the_most_that_a_window_holds_push_out_the_oldest():
    three = slot(correlation("c", "event_count", "a", 60, condition={"gte": 3}))
    state, fired, _, _ = step(three, None, hits_at(0, 1, 2), 2, most=2)
    assert fired != []  # it had been true before anything was dropped
    assert state is not None
    assert (len(state.window.log), state.gone) == (2, 1)
