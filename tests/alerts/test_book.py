"""Detections become alerts: joined under a key, decided at the watermark, the same in any order."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engine.alerts.raised import Raised, provisional
from engine.hit import Episode
from engine.model import Level
from tests.alerts.made import Plain, book, head, kept, raised, spans


def test_detections_within_the_window_are_one_alert():
    #   0    10    20              35   46
    #   x     x     x               x    x       window 10: three, one, one
    database = Plain()
    mine = book(database, window=10)
    mine.take([raised(time) for time in (46, 20, 1, 10, 35)], now=0)
    mine.settle(100, now=0)
    assert spans(database) == [(1, 20, 3), (35, 35, 1), (46, 46, 1)]


def test_an_alert_has_the_id_of_its_first_event_and_the_level_of_its_worst():
    events = [raised(1, "z"), raised(5, "a", worst=True), raised(9, "b")]
    for order in (events, events[::-1]):
        database = Plain()
        mine = book(database)
        mine.take(order, now=0)
        mine.settle(50, now=0)
        ((*_, id),) = kept(database)
        assert id == provisional(raised(1, "z"), head()).id
        assert database.execute("SELECT level FROM alert").fetchone()[0] == Level.critical


def test_nothing_is_decided_before_the_watermark():
    database = Plain()
    mine = book(database)
    mine.take([raised(5), raised(15)], now=0)
    mine.settle(14, now=0)
    assert (spans(database), mine.waiting()) == ([(5, 5, 1)], 1)
    mine.settle(15, now=0)
    assert (spans(database), mine.waiting()) == ([(5, 15, 2)], 0)


def test_an_alert_is_resolved_a_window_and_resolve_after_past_its_last_event():
    database = Plain()
    mine = book(database, window=10, resolve_after=5)
    mine.take([raised(100)], now=0)
    mine.settle(114, now=0)
    assert [row[5] for row in kept(database)] == [0]
    mine.settle(115, now=0)
    assert [row[5] for row in kept(database)] == [110]


def test_an_event_that_is_known_counts_no_more():
    database = Plain()
    mine = book(database)
    for _ in range(2):
        mine.take([raised(5), raised(6)], now=0)
        mine.settle(50, now=0)
        mine.take([raised(5), raised(6)], now=0)
    assert spans(database) == [(5, 6, 2)]
    assert mine.counts["again"] == 6


def test_a_late_event_joins_the_alert_it_belongs_to_or_opens_one():
    database = Plain()
    mine = book(database, window=10)
    mine.take([raised(50)], now=0)
    mine.settle(100, now=0)
    mine.take([raised(45), raised(20)], now=0)
    assert spans(database) == [(20, 20, 1), (45, 50, 2)]
    assert mine.counts["late"] == 2


def test_events_without_a_time_are_one_alert_at_once():
    database = Plain()
    mine = book(database)
    mine.take([raised(None, "a"), raised(None, "b"), raised(5)], now=0)
    mine.settle(5, now=0)
    assert spans(database) == [(0, 0, 2), (5, 5, 1)]


def test_another_key_or_rule_is_another_alert():
    database = Plain()
    mine = book(database)
    mine.take([raised(1), raised(2, key="other"), raised(3, rule="second")], now=0)
    mine.settle(9, now=0)
    assert spans(database) == [(1, 1, 1), (2, 2, 1), (3, 3, 1)]


def test_what_an_exception_names_is_no_alert():
    database = Plain()
    mine = book(database)
    mine.take([raised(1, exempt=True)], now=0)
    mine.settle(9, now=0)
    assert (spans(database), mine.counts["exempt"]) == ([], 1)


def test_told_early_as_two_an_alert_keeps_the_id_that_was_told_first():
    #  early: 0 and 20 are two; 10 shows that they are one
    database = Plain()
    mine = book(database, window=10, early=True)
    mine.take([raised(20)], now=0)
    (told,) = (row[-1] for row in kept(database))
    mine.take([raised(1)], now=0)
    mine.take([raised(10, "between")], now=0)
    ((*_, first, last, hits, _, id),) = kept(database)
    assert (first, last, hits) == (1, 20, 3)
    assert id in {told, *(row[0] for row in database.execute("SELECT id FROM alert"))}
    mine.take([raised(28)], now=0)
    mine.settle(30, now=0)
    assert database.execute("SELECT count(*) FROM alert WHERE resolved IS NULL").fetchone()[0] == 2
    mine.settle(1_000, now=0)
    assert database.execute("SELECT count(*) FROM alert WHERE resolved = 38").fetchone()[0] == 2


def test_two_that_turn_out_to_be_one_have_the_events_of_both():
    database = Plain()
    mine = book(database, window=10, early=True)
    mine.take([raised(time) for time in (1, 2, 20, 21)], now=0)
    mine.take([raised(11)], now=0)
    assert spans(database) == [(1, 21, 5)]


SEEN = Episode("late", "corr", (("user", "eve"),), "opened", 20, 20, None, 3, 3, ())


def test_what_was_told_early_is_looked_at_again_when_it_is_decided():
    database = Plain()
    mine = book(database, early=True)
    mine.foreseen([SEEN], now=0)
    changed = []
    for watermark in (19, 20, 21):
        database.execute("UPDATE alert SET changed = 0")
        mine.settle(watermark, now=0)
        changed.append(database.execute("SELECT changed FROM alert").fetchone()[0])
    assert changed == [0, 1, 0]


def test_what_was_foreseen_keeps_its_id_when_it_began_earlier():
    database = Plain()
    mine = book(database, early=True)
    mine.foreseen([SEEN], now=0)
    mine.foreseen([SEEN._replace(id="earlier", start=10, last=22, hits=4)], now=0)
    assert kept(database) == [("corr", "user=eve", 10, 22, 4, 0, "late")]
    mine.episodes([SEEN._replace(id="earlier", state="ended", start=10, last=22, hits=5, end=30)], now=0)
    mine.settle(30, now=0)
    assert kept(database) == [("corr", "user=eve", 10, 22, 5, 30, "late")]


def test_two_that_were_foreseen_and_are_one_end_together():
    database = Plain()
    mine = book(database, early=True)
    mine.foreseen([SEEN, SEEN._replace(id="later", start=50, last=50)], now=0)
    mine.episodes([SEEN._replace(state="ended", last=50, hits=9, end=60)], now=0)
    mine.settle(60, now=0)
    found = database.execute("SELECT id, merged, resolved FROM alert ORDER BY first").fetchall()
    assert found == [("late", None, 60), ("later", "late", 60)]


def test_what_is_foreseen_waits_where_every_route_does():
    database = Plain()
    mine = book(database)
    mine.foreseen([SEEN], now=0)
    assert kept(database) == []


def test_what_goes_on_from_a_decided_episode_is_not_foreseen_as_another():
    database = Plain()
    mine = book(database, early=True)
    mine.foreseen([SEEN._replace(state="extended")], now=0)
    assert kept(database) == []


def test_an_episode_is_one_alert_that_grows_and_ends():
    database = Plain()
    mine = book(database, resolve_after=7)
    told = Episode("ep", "corr", (("user", "eve"),), "opened", 10, 10, None, 3, 3, ())
    mine.episodes([told, told._replace(state="extended", last=12, hits=5, value=5)], now=0)
    assert kept(database) == [("corr", "user=eve", 10, 12, 5, 0, "ep")]
    mine.episodes([told], now=0)
    assert kept(database) == [("corr", "user=eve", 10, 12, 5, 0, "ep")]
    ended = told._replace(state="ended", last=12, hits=5, value=5, end=20)
    mine.episodes([ended, ended], now=0)
    mine.settle(26, now=0)
    assert kept(database)[0][5] == 0
    mine.settle(27, now=0)
    assert kept(database)[0][5] == 20


def naive(events: list[tuple[int, str]], window: int) -> list[tuple[int, int, int]]:
    """The connected pieces of the times under each key."""
    found = []
    for key in sorted({key for _, key in events}):
        times = sorted(time for time, each in events if each == key)
        starts = [0, *(at for at, (a, b) in enumerate(pairwise(times), 1) if b - a > window), len(times)]
        found += [(times[a], times[b - 1], b - a) for a, b in pairwise(starts)]
    return found


def test_alerts_are_forgotten_so_long_after_they_were_raised_however_old_their_events_are():
    database = Plain()
    mine = book(database)
    mine.take([raised(5)], now=100)
    mine.settle(50, now=100)
    mine.forget(100)
    mine.take([raised(5)], now=101)
    assert spans(database) == [(5, 5, 1)]
    assert mine.counts["again"] == 1
    mine.forget(101)
    assert spans(database) == []
    assert database.execute("SELECT count(*) FROM alert_hit").fetchone()[0] == 0


def test_an_alert_that_is_open_is_not_forgotten():
    database = Plain()
    mine = book(database)
    mine.take([raised(5)], now=100)
    mine.settle(5, now=100)
    mine.forget(1_000)
    assert spans(database) == [(5, 5, 1)]


EVENTS = st.lists(st.tuples(st.integers(1, 120), st.sampled_from("ab")), max_size=25)


@given(EVENTS, st.data(), st.integers(0, 20))
def test_any_order_any_batching_and_any_crash_give_the_same_alerts(events, data, window):
    items = [raised(time, f"{number}", key=key) for number, (time, key) in enumerate(events)]
    database = Plain()
    clean = Plain()
    for each in (database, clean):
        mine = book(each, window=window)
        order = data.draw(st.permutations(items)) if each is database else items
        run(each, mine, order, data.draw(st.integers(1, 9)), data.draw(st.sets(st.integers(0, 9))))
    assert spans(database) == naive(events, window)
    assert kept(database) == kept(clean)


@given(EVENTS, st.data(), st.integers(0, 20))
def test_early_alerts_are_in_the_end_those_that_the_watermark_decides(events, data, window):
    items = [raised(time, f"{number}", key=key) for number, (time, key) in enumerate(events)]
    database = Plain()
    mine = book(database, window=window, early=True)
    run(database, mine, data.draw(st.permutations(items)), 3, set())
    assert spans(database) == naive(events, window)
    assert all(row[5] for row in kept(database))


def run(database: Plain, mine, order: list[Raised], size: int, crashes: set[int]) -> None:
    """Take batches, settle as far as the rest allows, and die before some commits: the batch is then taken again."""
    batches = [order[at : at + size] for at in range(0, len(order), size)]
    for number, batch in enumerate(batches):
        left = [each.time for later in batches[number + 1 :] for each in later if each.time is not None]
        for dies in (True, False) if number in crashes else (False,):
            try:
                with database.transaction():
                    mine.take(batch, now=number)
                    mine.settle(min(left, default=1_000) - 1, now=number)
                    if dies:
                        raise KeyboardInterrupt
            except KeyboardInterrupt:
                mine = book(database, window=mine._judge.policy("").window)
    mine.settle(1_000, now=99)
