"""The routing tree and its matchers: pure, and able to say why."""

from __future__ import annotations

import pytest

from engine.alerts.labels import labels
from engine.alerts.matchers import matcher
from engine.alerts.routes import Branch, Target, route
from engine.model import Level
from tests.alerts.made import alert

ALERT = alert(
    level=Level.high,
    tags=("attack.t1078", "team.payments"),
    group=(("userIdentity.arn", "arn:aws:iam::1:user/eve"), ("region", None)),
    fields={
        "recipientAccountId": "111122223333",
        "ips": ["1.2.3.4", "5.6.7.8"],
        "request": {"bucket": "b"},
        "mfa": False,
    },
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("level=high", True), ("level=high+", True), ("level=critical+", False), ("level=medium-", False),
        ("level!=high", False), ("level=~high|critical", True), ("rule=rule", True), ("title='Title of rule'", True),
        ("tag=attack.t1078", True), ("tag=~attack[.].*", True), ("tag=~attack", False), ("tag!~attack.*", False),
        ("product=aws", True), ("service=guardduty", False), ("account=111122223333", True), ("team=payments", True),
        ("ips=5.6.7.8", True), ("ips!=5.6.7.8", False), ("request.bucket=b", True), ("mfa=false", True),
        ("userIdentity.arn =~ .*user/eve", True), ("region=", True), ("nothing=''", True), ("nothing!=x", True),
        ("nothing=x", False), ("nothing=~.+", False), ('request="{""}"', False),
    ],
)  # fmt: skip
def test_a_matcher_asks_one_label(text: str, expected: bool):
    assert matcher(text).holds(ALERT) is expected
    assert matcher(str(matcher(text))) == matcher(text)


@pytest.mark.parametrize("text", ["", "level", "=x", "level=hgih", "a=~(", "a=~x(?=y)", "!~x", "a" * 5_000 + "=1"])
def test_what_is_no_matcher_says_so(text: str):
    with pytest.raises(ValueError, match=r"no (matcher|level|expression)"):
        matcher(text)


def test_a_label_of_an_alert_has_all_its_values():
    assert labels(ALERT, "ips") == ("1.2.3.4", "5.6.7.8")
    assert labels(ALERT, "rule") == ("rule", "Title of rule")
    assert labels(ALERT, "request") == ('{"bucket":"b"}',)


def branch(name: str, *matchers: str, below: tuple[Branch, ...] = (), goes_on: bool = False) -> Branch:
    return Branch(Target(name, (name,)), tuple(map(matcher, matchers)), goes_on, below)


TREE = (
    branch("audit", "product=aws", goes_on=True),
    branch("bad", "level=high+", below=(branch("eve", "userIdentity.arn=~.*eve"), branch("prod", "account=999"))),
    branch("rest"),
)


def test_the_first_route_that_matches_takes_it_unless_it_says_continue():
    assert [target.name for target in route(TREE, ALERT).targets] == ["audit", "eve"]


def test_what_none_below_takes_stays_with_the_route():
    other = ALERT._replace(group=())
    assert [target.name for target in route(TREE, other).targets] == ["audit", "bad"]
    assert [target.name for target in route(TREE, other._replace(level=Level.low)).targets] == ["audit", "rest"]


def test_it_can_say_why():
    steps = route(TREE, ALERT._replace(group=())).steps
    assert [(step.route, step.depth, step.chosen, str(step.failed or "")) for step in steps] == [
        ("audit", 0, True, ""),
        ("bad", 0, True, ""),
        ("eve", 1, False, "userIdentity.arn=~.*eve"),
        ("prod", 1, False, "account=999"),
    ]
