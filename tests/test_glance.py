"""Who, from where and what: three words out of any record."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.glance import Glance, glance
from engine.model import Detection, Event, Level, LogSource, Ref, RuleHead

CLOUDTRAIL = LogSource("aws", "cloudtrail")
RULE = RuleHead("k", None, "t", Level.low, (), "p", CLOUDTRAIL)


def of(*records: dict[str, Any], logsource: LogSource | None = CLOUDTRAIL) -> Glance:
    events = tuple(Event(None, logsource, record, Ref("f", 1)) for record in records)
    return glance(Detection(RULE, None, logsource, (), (), (), events))


def test_the_three_words_of_cloudtrail():
    record = {"userIdentity": {"arn": "arn:x"}, "sourceIPAddress": "198.51.100.7", "eventName": "StopLogging"}
    assert of(record) == ("arn:x", "198.51.100.7", "StopLogging")


def test_a_correlation_is_shown_by_its_last_event_and_one_of_none_by_nothing():
    assert of({"eventName": "first"}, {"eventName": "last"}).action == "last"
    assert of() == ("", "", "")


@pytest.mark.parametrize(
    ("record", "who"),
    [
        ({"userIdentity": {"arn": "", "userName": "u"}}, "u"),
        ({"userIdentity": {"arn": None, "userName": ["u", "v"]}}, "u"),
        ({"userIdentity": {"arn": {"x": 1}, "userName": []}}, ""),
        ({"userIdentity": [{"arn": "a"}, {"arn": "b"}]}, "a"),
        ({"userIdentity.arn": "whole", "userIdentity": {"arn": "a"}}, "whole"),
        ({"userIdentity": {"accountId": 111122223333}}, "111122223333"),
        ({"userIdentity": {"accountId": 0}}, "0"),
        ({"userIdentity": {"arn": True}}, "true"),
        ({"userIdentity": {"arn": "x" * 1_000}}, "x" * 300),
        ({"userIdentity": {"accountId": 10**5_000}}, "1" + "0" * 299),
        ({"userIdentity": "nobody"}, ""),
        ({}, ""),
    ],
    ids=[str(number) for number in range(12)],
)
def test_the_first_word_that_says_something(record: dict[str, Any], who: str):
    assert of(record).who == who


def test_an_event_of_no_known_kind_is_looked_at_where_most_logs_have_it():
    record = {"user": {"name": "u"}, "src_ip": "198.51.100.7", "action": "a"}
    assert of(record, logsource=None) == of(record, logsource=LogSource("own")) == ("u", "198.51.100.7", "a")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=400),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["arn", "a"]), inner, max_size=2),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["userIdentity", "sourceIPAddress", "eventName"]), values))
def test_whatever_a_record_holds_it_is_three_short_texts(record: dict[str, Any]):
    assert all(type(word) is str and len(word) <= 300 for word in of(record))
