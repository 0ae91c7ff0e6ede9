"""Sigma's eight types by timelines: when each fires, what it measures, and near misses. Times are plain numbers."""

from __future__ import annotations

from typing import Any

import pytest

from engine.hit import Episode, Hit
from engine.rules import Correlation
from tests.correlate.lines import fired, hits_at, spans, starts, told
from tests.correlate.worlds import correlation, hit


def made(kind: str, rules: str = "a", timespan: int = 60, **condition: Any) -> Correlation:
    return correlation("c", kind, rules, timespan, condition=condition, group_by=("ip",))


def values(*pairs: tuple[int, Any], rule: str = "a", **more: Any) -> list[Hit]:
    """Hits at times, each with a value in the field `v`."""
    return [hit(rule, time, f"e{number}", v=value, **more) for number, (time, value) in enumerate(pairs)]


def measured(found: list[Episode]) -> list[tuple[int, Any]]:
    """(start, value when it was told first) of each episode."""
    return [(each.start, each.value) for each in found if each.state == "opened"]


def order(letters: str, gap: int = 10) -> list[Hit]:
    """Hits of the rules named, one after the other."""
    return [hit(rule, gap * number, f"e{number}") for number, rule in enumerate(letters)]


# Windows, for any type that slides


def test_a_hit_exactly_one_timespan_old_counts_and_one_a_microsecond_older_does_not():
    #  0                 60        the window of 60 reaches back to 0
    assert starts(fired(made("event_count", gte=2), hits=hits_at(0, 60))) == [60]
    assert starts(fired(made("event_count", gte=2), hits=hits_at(0, 61))) == []


def test_groups_are_counted_apart():
    hits = [*hits_at(0, 10, ip="1"), *hits_at(5, ip="2"), *hits_at(15), *hits_at(16, ip=None)]
    assert [each.group for each in told(fired(made("event_count", gte=2), hits=hits))] == [
        (("ip", "1"),),
        (("ip", None),),
    ]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"gte": 3}, [20]), ({"gt": 3}, [30]), ({"eq": 2}, [10]), ({"gte": 2.5}, [20]),
        ({"gte": 2, "lt": 4}, [10]), ({"gt": 5}, []), ({"lt": 4}, []), ({"lte": 4}, [60]), ({"neq": 3}, [60]),
        ({"neq": 4}, []), ({"lt": 9, "neq": 3}, [60]),
    ],
)  # fmt: skip
def test_every_operator_and_range(condition: dict[str, Any], expected: list[int]):
    #  0   10   20   30                         four within a minute; what can be undone is judged at 60
    assert starts(fired(made("event_count", **condition), hits=hits_at(0, 10, 20, 30))) == expected


def test_what_can_be_undone_is_judged_when_the_window_closes_that_a_hit_opened():
    #  0    30       60           100           160
    #  x    x        closes: 2    x             closes: 1
    found = fired(made("event_count", lt=2), hits=hits_at(0, 30, 100))
    assert measured(found) == [(160, 1)]
    assert spans(found) == [(160, 160, 220)]


def test_a_hit_at_the_time_of_closing_is_inside_and_opens_no_window():
    assert measured(fired(made("event_count", lt=9), hits=hits_at(0, 60))) == [(60, 2)]
    assert measured(fired(made("event_count", lt=9), hits=hits_at(0, 61))) == [(60, 1), (121, 1)]


# event_count, value_count


def test_an_event_of_two_rules_is_one():
    both = [hit("a", 1, "e1"), hit("b", 1, "e1")]
    assert starts(fired(made("event_count", "a b", gte=2), hits=both)) == []
    assert starts(fired(made("event_count", "a b", gte=2), hits=[*both, hit("b", 1, "e2")])) == [1]


def test_different_values_count_by_their_exact_text_and_missing_ones_do_not():
    three = made("value_count", gte=3, field=["v"])
    assert measured(fired(three, hits=values((1, "x"), (2, "X"), (3, "x"), (4, None), (5, "")))) == [(5, 3)]
    assert starts(fired(three, hits=values((1, 1), (2, "1"), (3, True), (4, "true")))) == []
    assert starts(fired(three, hits=values((1, 1), (2, 1.0), (3, True)))) == [3]
    assert starts(fired(three, hits=values((1, [1]), (2, [1, 2]), (3, {"k": 1})))) == [3]


def test_a_value_leaves_the_count_when_its_last_hit_leaves_the_window():
    two = made("value_count", gte=2, field=["v"])
    assert starts(fired(two, hits=values((0, "x"), (10, "x"), (70, "y")))) == [70]
    assert starts(fired(two, hits=values((0, "x"), (10, "x"), (71, "y")))) == []


def test_of_several_fields_the_tuples_count_and_need_all_of_them():
    pair = made("value_count", gte=3, field=["v", "w"])
    hits = [hit("a", n, f"e{n}", v=v, w=w) for n, (v, w) in enumerate(["xy", "yx", "xy", ("xy", ""), ("x", None)])]
    assert measured(fired(pair, hits=hits)) == [(3, 3)]
    assert starts(fired(pair, hits=hits[:3])) == []


# temporal, temporal_ordered


def test_all_rules_within_a_window_in_any_order():
    assert starts(fired(correlation("c", "temporal", "a b c", 60), hits=order("cab"))) == [20]
    assert starts(fired(correlation("c", "temporal", "a b c", 19), hits=order("cab"))) == []
    assert starts(fired(correlation("c", "temporal", "a b c", 60, condition={"gte": 2}), hits=order("cca"))) == [20]


def test_one_event_is_there_for_every_rule_that_it_matches():
    assert starts(fired(correlation("c", "temporal", "a b", 60), hits=[hit("a", 1, "e1"), hit("b", 1, "e1")])) == [1]


def test_a_and_not_b_is_true_until_a_b_comes():
    alone = correlation(
        "c", "temporal", "a b", 60, condition={"expression": ["and", ["rule", 0], ["not", ["rule", 1]]]}
    )
    #  0    10    20   30    70   80    81        b at 20 is in the window until 80
    hits = [*order("aab"), *hits_at(30, 80, 81)]
    assert spans(fired(alone, hits=hits)) == [(0, 10, 20), (81, 81, 141)]


def test_a_chain_in_the_order_listed():
    chain = correlation("c", "temporal_ordered", "a b c", 30)
    assert starts(fired(chain, hits=order("abc"))) == [20]
    assert starts(fired(chain, hits=order("acb"))) == []
    assert starts(fired(chain, hits=order("bac"))) == []
    assert starts(fired(chain, hits=order("abbac", gap=5))) == [20]


def test_a_later_start_wins_and_an_early_one_that_has_left_the_window_does_not_count():
    chain = correlation("c", "temporal_ordered", "a b c", 30)
    #  0   10  20   30   40                  a b a b c: only the second pair is near enough
    assert starts(fired(chain, hits=order("ababc"))) == [40]
    #  0   10  20   30   40                  a b b b c: forty from the only a to c
    assert starts(fired(chain, hits=order("abbbc"))) == []


def test_hits_of_one_time_count_as_in_order():
    chain = correlation("c", "temporal_ordered", "a b c", 30)
    hits = [hit(rule, 5, f"e{number}") for number, rule in enumerate("cba")]
    assert starts(fired(chain, hits=hits)) == [5]


def test_how_many_rules_are_in_order_may_be_asked():
    two = correlation("c", "temporal_ordered", "a b c", 60, condition={"gte": 2})
    assert measured(fired(two, hits=order("ca"))) == []
    assert measured(fired(two, hits=order("cac"))) == [(20, 2)]


def test_of_an_expression_the_rules_that_must_be_there_are_in_order_and_the_others_nowhere():
    expression = ["and", ["or", ["rule", 0], ["rule", 1]], ["rule", 2], ["not", ["rule", 3]]]
    one = correlation("c", "temporal_ordered", "a b c d", 100, condition={"expression": expression})
    assert starts(fired(one, hits=order("bc"))) == [10]
    assert starts(fired(one, hits=order("cb"))) == []
    assert starts(fired(one, hits=order("dac"))) == []


# Sums, means, percentiles


def test_a_sum_is_of_numbers_and_of_text_that_is_one_exactly():
    one = made("value_sum", gte=1, field=["v"])
    assert starts(fired(one, hits=values(*((time, "0.1") for time in range(10))))) == [9]
    assert starts(fired(one, hits=values(*((time, 0.1) for time in range(10))))) == [9]
    assert (
        starts(fired(one, hits=values((1, True), (2, " 1"), (3, "one"), (4, None), (5, [1]), (6, float("inf"))))) == []
    )
    assert measured(fired(one, hits=values((1, 10**30), (2, -(10**30)), (3, 1)))) == [(1, 10**30), (3, 1)]


def test_what_leaves_the_window_leaves_the_sum():
    assert measured(fired(made("value_sum", gte=10, field=["v"]), hits=values((0, 6), (60, 4)))) == [(60, 10)]
    assert measured(fired(made("value_sum", gte=10, field=["v"]), hits=values((0, 6), (61, 4)))) == []


def test_an_event_without_a_number_is_as_if_it_were_not_there():
    hits = values((0, 6), (10, 6), (70, None), (75, "x"))
    assert spans(fired(made("value_sum", gte=12, field=["v"]), hits=hits)) == [(10, 10, 70)]
    few = made("value_sum", lt=10, field=["v"])
    assert starts(fired(few, hits=values((0, None)))) == []
    assert starts(fired(few, hits=values((0, 3)))) == [60]


def test_a_mean_is_judged_at_each_hit_whatever_the_operator():
    assert measured(fired(made("value_avg", gt=2, field=["v"]), hits=values((0, 1), (1, 3), (2, 5)))) == [(2, 3)]
    assert measured(fired(made("value_avg", lt=2, field=["v"]), hits=values((0, 3), (1, 0)))) == [(1, 1.5)]
    assert starts(fired(made("value_avg", gte=0, field=["v"]), hits=values((0, None)))) == []


def test_a_median_of_an_even_number_of_values_lies_between_two():
    one = made("value_median", gte=2.5, lt=100, field=["v"])
    assert measured(fired(one, hits=values((0, 1), (1, 4)))) == [(1, 2.5)]
    assert measured(fired(one, hits=values((0, 1), (1, 2), (2, 99)))) == []


@pytest.mark.parametrize(("percentile", "expected"), [(0, 10), (25, 15), (50, 20), (90, 28), (99.9, 29.98), (100, 30)])
def test_a_percentile_is_linear_between_two_values(percentile: float, expected: float):
    one = made("value_percentile", gte=0, field=["v"], percentile=percentile)
    (episode,) = told(fired(one, hits=values((0, 30), (1, 10), (2, 20))))
    assert episode.value == expected


def test_hits_and_values_of_an_episode_are_those_of_its_last_true_judgement():
    found = told(fired(made("value_sum", gte=5, field=["v"]), hits=values((0, 5), (1, 6), (2, None), (3, 7))))
    assert [(each.value, each.hits, each.last) for each in found] == [(18, 3, 3)]
