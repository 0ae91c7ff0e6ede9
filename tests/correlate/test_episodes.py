"""When an episode opens, goes on and ends; what each telling of it says, and what correlations above see of it."""

from __future__ import annotations

from tests.correlate.lines import correlator, fired, hits_at, spans, starts, told
from tests.correlate.worlds import correlation, hit

FIVE = correlation("brute", "event_count", "a", 60, condition={"gte": 5}, group_by=("ip",))
THREE = correlation("three", "event_count", "a", 60, condition={"eq": 3})


def test_five_failures_within_a_minute_fire_once():
    #  0s   10s   20s   30s   40s   50s   60s
    #  x     x     x     x     x           x       the fifth tips it; the sixth is the same episode
    assert starts(fired(FIVE, hits=hits_at(0, 10, 20, 30, 40, 60))) == [40]


def test_an_episode_is_told_when_it_opens_goes_on_and_ends():
    engine = correlator(FIVE)
    engine.take(hits_at(0, 10, 20, 30, 40))
    assert [(each.state, each.last, each.hits, each.end) for each in engine.settle(45)] == [("opened", 40, 5, None)]
    engine.take(hits_at(60, 65))
    assert [(each.state, each.last, each.hits, each.end) for each in engine.settle(70)] == [("extended", 65, 7, None)]
    assert list(engine.settle(124)) == []
    assert [(each.state, each.last, each.hits, each.end) for each in engine.settle(125)] == [("ended", 65, 7, 125)]


def test_an_episode_that_opens_goes_on_and_ends_at_once_is_told_as_it_was_each_time():
    found = fired(FIVE, hits=hits_at(0, 10, 20, 30, 40, 60))
    assert [(each.state, each.last, each.value) for each in found] == [("opened", 40, 5), ("ended", 60, 6)]


def test_the_first_hit_where_the_condition_is_false_ends_an_episode():
    #  0     1     2     3           three are true at 2, four are not
    assert spans(fired(THREE, hits=hits_at(0, 1, 2, 3))) == [(2, 2, 3)]


def test_one_timespan_after_it_was_true_last_an_episode_ends_without_a_hit():
    assert spans(fired(THREE, hits=hits_at(0, 1, 2))) == [(2, 2, 62)]


def test_a_true_hit_exactly_one_timespan_after_the_last_goes_on_with_the_episode():
    two = correlation("two", "event_count", "a", 10, condition={"gte": 2})
    #  0     9     19               at 19 the one at 9 still counts: the episode would have ended after that hit
    assert spans(fired(two, hits=hits_at(0, 9, 19))) == [(9, 19, 29)]
    #  0     9     20    21         one too late: at 20 there is one alone, which ends it
    assert spans(fired(two, hits=hits_at(0, 9, 20, 21))) == [(9, 9, 19), (21, 21, 31)]


def test_hits_of_one_time_are_judged_once_after_them():
    assert starts(fired(THREE, hits=hits_at(5, 5, 5, 5))) == []
    assert starts(fired(THREE, hits=hits_at(5, 5, 5))) == [5]


def test_episodes_come_in_the_order_of_start_then_correlation_then_group():
    early = correlation("early", "event_count", "a", 60, condition={"gte": 1}, group_by=("ip",))
    late = correlation("late", "event_count", "a", 60, condition={"gte": 1}, group_by=("ip",))
    engine = correlator(late, early)
    engine.take([*hits_at(7, ip="2"), *hits_at(7, ip="1"), hit("a", 7, "e1"), *hits_at(3, ip="9")])
    found = [(each.start, each.correlation, each.group[0][1]) for each in engine.settle(10)]
    assert found == [
        (3, "late", "9"), (3, "early", "9"), (7, "late", None), (7, "late", "1"), (7, "late", "2"),
        (7, "early", None), (7, "early", "1"), (7, "early", "2"),
    ]  # fmt: skip


def test_an_id_is_the_same_whatever_else_is_in_the_log_and_differs_by_correlation_group_and_start():
    other = correlation("other", "event_count", "a", 60, condition={"gte": 5}, group_by=("ip",))
    few = told(fired(FIVE, other, hits=hits_at(0, 1, 2, 3, 4, ip="1")))
    many = [*hits_at(0, 1, 2, 3, 4, 500, 501, 502, 503, 504, ip="1"), *hits_at(0, 1, 2, 3, 4, ip="2")]
    found = told(fired(FIVE, other, hits=many))
    assert len({each.id for each in found}) == 6
    assert {each.id for each in few} < {each.id for each in found}


def test_evidence_is_the_newest_hundred_events_from_the_window_of_the_opening_on():
    hits = hits_at(*range(0, 3000, 10))  # an hour of one every ten, each in the window of the next
    (episode,) = told(fired(FIVE, hits=hits))
    assert episode.hits == 300
    assert [each.time for each in episode.evidence] == list(range(2000, 3000, 10))


def test_evidence_does_not_reach_back_before_the_window_nor_on_to_what_ended_it():
    hits = [*hits_at(0), *hits_at(100, 101, 102), *hits_at(103)]
    (episode,) = told(fired(THREE, hits=hits))
    assert [each.time for each in episode.evidence] == [100, 101, 102]


def test_an_episode_tells_the_values_that_its_rule_lists_of_the_event_that_opened_it():
    listed = correlation("c", "event_count", "a", 60, condition={"gte": 2}, fields=("tool", "ip"), group_by=("ip",))
    hits = [hit("a", 1, "e1", ip=7, tool="x"), hit("a", 2, "e2", ip=7, tool="y"), hit("a", 3, "e3", ip=7, tool="z")]
    assert told(fired(listed, hits=hits))[0].values == {"tool": "y", "ip": "7"}


# Correlations of correlations


def test_to_one_that_counts_an_episode_is_one_and_three_bursts_are_three():
    bursts = correlation("bursts", "event_count", "brute", 3600, condition={"gte": 3})
    one_long = hits_at(*range(0, 600, 5), ip="1")
    assert starts(fired(FIVE, bursts, hits=one_long), "bursts") == []
    three = [each for begin in (0, 1000, 2000) for each in hits_at(*range(begin, begin + 50, 10), ip="1")]
    assert starts(fired(FIVE, bursts, hits=three), "bursts") == [2040]


def test_to_one_about_presence_and_order_an_episode_is_there_at_every_true_hit():
    #  failures go on for ten minutes, then a login, more than a timespan after the episode began
    login = correlation("login", "temporal_ordered", ("brute", "b"), 60, group_by=("ip",))
    hits = [*hits_at(*range(0, 600, 10), ip="1"), hit("b", 620, "e9", ip="1")]
    assert starts(fired(FIVE, login, hits=hits), "login") == [620]
    assert starts(fired(FIVE, login, hits=[*hits[:-1], hit("b", 651, "e9", ip="1")]), "login") == []


def test_a_correlation_above_groups_by_the_group_below_else_by_the_last_event():
    above = correlation("above", "event_count", "brute", 60, condition={"gte": 1}, group_by=("ip", "user"))
    hits = [hit("a", time, f"e{time}", ip=1, user=f"u{time}") for time in range(5)]
    engine = correlator(FIVE, above)
    assert set(engine.reads("a")) == {"ip", "user"}
    assert set(engine.reads("brute")) == {"ip", "user"}
    (episode,) = told(fired(FIVE, above, hits=hits), "above")
    assert episode.group == (("ip", "1"), ("user", "u4"))
    assert len(episode.evidence) == 5


def test_what_is_above_reads_through_aliases_on_the_way_down():
    below = correlation(
        "below", "event_count", "a b", 60, condition={"gte": 2}, group_by=("who",),
        aliases={"who": {"a": "user", "b": "name"}},
    )  # fmt: skip
    above = correlation(
        "above", "value_count", ("below",), 60, condition={"gte": 1, "field": ["actor"]},
        aliases={"actor": {"below": "who"}},
    )  # fmt: skip
    engine = correlator(below, above)
    assert (engine.reads("a"), engine.reads("b"), engine.reads("below")) == (("user",), ("name",), ("who",))
    hits = [hit("a", 1, "e1", user="kim"), hit("b", 2, "e2", name="kim"), hit("b", 3, "e3", name="lee")]
    assert starts(fired(below, above, hits=hits), "above") == [2]


def test_a_chain_of_any_depth_decides_all_in_one_settlement():
    chain = [correlation("c0", "event_count", "a", 60, condition={"gte": 2})]
    chain += [correlation(f"c{n}", "event_count", f"c{n - 1}", 60, condition={"gte": 1}) for n in range(1, 20)]
    assert starts(fired(*chain, hits=hits_at(1, 2)), "c19") == [2]


def test_what_a_window_below_says_when_it_closes_is_seen_above_in_the_same_settlement():
    few = correlation("few", "event_count", "a", 10, condition={"lt": 3})
    twice = correlation("twice", "event_count", "few", 100, condition={"gte": 2})
    assert starts(fired(few, twice, hits=hits_at(0, 50)), "twice") == [60]
    assert starts(fired(few, twice, hits=hits_at(0, 50), end=59), "twice") == []
