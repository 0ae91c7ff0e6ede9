"""Redaction: what a path names is nowhere in what is shown, and the same value keeps the same pseudonym."""

from __future__ import annotations

import pickle
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alert import Alert
from engine.glance import who
from engine.hit import Episode, Evidence
from engine.model import Detection, Event, Level, LogSource, Matched, Ref, RuleHead
from engine.redact import MASK, Redactor, RedactSettings

KEY = b"0123456789abcdef0123456789abcdef"
HEAD = RuleHead("r", "r", "Rule", Level.high, (), "r.yml", LogSource("aws", "cloudtrail"))
RECORD = {
    "userIdentity": {"userName": "alice", "arn": "arn:aws:iam::123456789012:user/alice", "accountId": "123456789012"},
    "requestParameters": {"userName": "alice", "items": [{"password": "hunter22"}, {"password": None}]},
    "sourceIPAddress": "203.0.113.7",
    "mfa": True,
}


def detection(record: dict[str, Any], **more: Any) -> Detection:
    event = Event(1, HEAD.logsource, record, Ref("a.json", 1), "id-1")
    return Detection(HEAD, 1, HEAD.logsource, (), ("selection",), (), (event,))._replace(**more)


def redacted(record: dict[str, Any], **paths: Any) -> dict[str, Any]:
    return Redactor(**paths, key=KEY).detection(detection(record)).events[0].fields


def test_a_path_is_dropped_masked_or_given_a_pseudonym():
    shown = redacted(RECORD, drop=["sourceIPAddress"], mask=["userIdentity.accountId"], pseudonym=["mfa"])
    assert "sourceIPAddress" not in shown
    assert shown["userIdentity"]["accountId"] == MASK
    assert shown["mfa"].startswith("pseudonym-")
    assert shown["userIdentity"]["userName"] == "alice"


def test_the_value_is_replaced_wherever_else_it_stands():
    shown = redacted(RECORD, pseudonym=["userIdentity.userName"])
    name = shown["userIdentity"]["userName"]
    assert shown["userIdentity"]["arn"] == f"arn:aws:iam::123456789012:user/{name}"
    assert shown["requestParameters"]["userName"] == name


def test_the_same_value_has_the_same_pseudonym_under_one_key_and_another_under_another():
    first, second = (redacted({"a": "alice", "b": n}, pseudonym=["a"])["a"] for n in (1, 2))
    other = Redactor(pseudonym=["a"], key=b"another key of 16 bytes").detection(detection({"a": "alice"}))
    assert first == second != other.events[0].fields["a"]


def test_a_path_goes_through_lists_and_stars_and_takes_all_that_is_below():
    assert redacted(RECORD, mask=["requestParameters.*.password"])["requestParameters"]["items"] == [
        {"password": MASK},
        {"password": None},
    ]
    assert redacted(RECORD, drop=["requestParameters.items.password"])["requestParameters"]["items"] == [{}, {}]
    whole = redacted(RECORD, mask=["userIdentity"])["userIdentity"]
    assert whole == {"userName": MASK, "arn": MASK, "accountId": MASK}


def test_a_key_with_literal_dots_is_found_like_a_path():
    assert redacted({"userIdentity.userName": "alice"}, mask=["userIdentity.userName"]) == {
        "userIdentity.userName": MASK
    }


def test_group_matched_and_derived_values_are_redacted_too():
    event = Event(1, None, {"user": "alice"}, Ref("a", 1), None, {"User": "alice"}, (("actor", "corp/alice"),))
    given = Detection(
        HEAD, 1, None, (("user", "alice"),), (), (Matched("s", "user", "alice"), Matched("s", None, "by alice")),
        (event,),
    )  # fmt: skip
    shown = Redactor(mask=["user"], key=KEY).detection(given)
    assert shown.group == (("user", MASK),)
    assert [one.value for one in shown.matched] == [MASK, f"by {MASK}"]
    assert shown.events[0].original == {"User": MASK}
    assert shown.events[0].derived == (("actor", f"corp/{MASK}"),)


def test_an_alert_and_an_episode_do_not_show_it_in_title_key_or_value():
    evidence = Evidence("r", 1, Ref("a", 1), None, {"user": "alice"})
    alert = Alert("i", HEAD, "alice|eu", "Login of alice", Level.low, 1, 1, None, 1, "alice", (("user", "alice"),),
                  {"user": "alice", "who": "corp/alice"}, (evidence,))  # fmt: skip
    shown = Redactor(mask=["user"], key=KEY).alert(alert)
    assert "alice" not in repr(shown)
    episode = Episode("e", "c", (("user", "alice"),), "opened", 1, 1, None, "alice", 1, (evidence,), {"user": "alice"})
    assert "alice" not in repr(Redactor(drop=["user"]).episode(episode))


def test_a_short_value_does_not_tear_other_texts():
    shown = redacted({"user": "a1", "note": "a1 and ba1d", "same": "a1"}, mask=["user"])
    assert shown == {"user": MASK, "note": "a1 and ba1d", "same": MASK}


def test_a_redactor_survives_pickling_and_a_second_time_changes_nothing():
    redactor = pickle.loads(pickle.dumps(Redactor(drop=["x"], pseudonym=["user"], key=KEY)))
    once = redactor.detection(detection({"user": "alice", "x": 1}))
    assert redactor.detection(once) == once


def test_the_detection_that_was_given_stays_as_it_is():
    before = repr(RECORD)
    redacted(RECORD, mask=["userIdentity", "requestParameters"], drop=["sourceIPAddress"])
    assert repr(RECORD) == before


names = st.sampled_from(["user", "a", "b.c", "d"])
values = st.recursive(
    st.sampled_from(["secret-value", "with secret-value in it", "other", 7, None, True]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(names, values, max_size=4), st.sampled_from(["drop", "mask", "pseudonym"]))
def test_what_a_path_names_is_nowhere_in_what_is_shown(record: dict[str, Any], way: str):
    record["user"] = "secret-value"
    shown = Redactor(**{way: ["user"]}, key=KEY).detection(detection(record, matched=(Matched("s", "a", record),)))
    assert "secret-value" not in repr(shown)


@given(st.dictionaries(names, values, max_size=4))
def test_without_paths_nothing_changes(record: dict[str, Any]):
    assert Redactor().detection(detection(record)) == detection(record)
    assert not Redactor()


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"pseudonym": ["user"]}, "key: pseudonyms need a key"),
        ({"drop": ["a..b"]}, 'drop: "a..b" is no path'),
        ({"mask": ["*"]}, 'mask: "*" is no path'),
        ({"hide": ["a"]}, "unknown field `hide`"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(given: dict[str, Any], fault: str):
    with pytest.raises(msgspec.ValidationError, match=r".*") as caught:
        msgspec.convert(given, RedactSettings)
    assert fault in str(caught.value)


def test_the_key_is_read_when_it_is_used_and_has_to_be_long(monkeypatch: pytest.MonkeyPatch):
    settings = msgspec.convert({"pseudonym": ["user"], "key": {"env": "REDACT_KEY"}}, RedactSettings)
    monkeypatch.setenv("REDACT_KEY", "short")
    with pytest.raises(ValueError, match="16 bytes"):
        settings.redactor()
    monkeypatch.setenv("REDACT_KEY", KEY.decode())
    assert settings.redactor().detection(detection({"user": "x"})).events[0].fields["user"].startswith("pseudonym-")


def test_the_name_of_a_person_in_the_summary_is_redacted_too():
    record = {"userIdentity": {"arn": "arn:aws:iam::123456789012:user/alice"}}
    event = Event(1, HEAD.logsource, record, Ref("a.json", 1))
    assert who(event) == "arn:aws:iam::123456789012:user/alice"
    assert who(Redactor(mask=["userIdentity.arn"]).event(event)) == MASK
