"""Links of a message: where a destination shows them by itself, its text has none of them again."""

from __future__ import annotations

from typing import Any

import pytest

from engine.errors import Place
from engine.runners.destinations import Wanted, ready, templates
from tests.notifiers.made import message, options

TOKEN = {"env": "TOKEN"}
SHOWN_APART: dict[str, dict[str, Any]] = {
    "jira": {"url": "https://jira.example.com", "user": "me", "token": TOKEN, "project": "SEC"},
    "jsm": {"api_key": TOKEN},
    "pagerduty": {"routing_key": TOKEN},
    "splunk_oncall": {"api_key": TOKEN, "routing_key": "security"},
    "teams": {"url": TOKEN},
}
SHOWN_INSIDE: dict[str, dict[str, Any]] = {"discord": {"url": TOKEN}, "datadog": {"api_key": TOKEN}}


def text_of(kind: str, given: dict[str, Any]) -> str:
    wanted = Wanted("it", kind, options(kind, **given), Place("detect.yml"))
    made = ready(wanted, templates(wanted, None), message(links=()), pytest.fail)
    assert len(made.links) == 3
    return made.parts["text"]


@pytest.mark.parametrize("kind", SHOWN_APART)
def test_a_text_beside_links_has_none_of_them(kind: str):
    text = text_of(kind, SHOWN_APART[kind])
    assert "Access key made for another user" in text
    assert "192.0.2.1" in text
    for word in ("CloudTrail event", "T1098.001", "runbooks.example.com"):
        assert word not in text


@pytest.mark.parametrize("kind", SHOWN_INSIDE)
def test_a_text_alone_has_all_of_them(kind: str):
    text = text_of(kind, SHOWN_INSIDE[kind])
    for word in ("console.aws.amazon.com", "attack.mitre.org/techniques/T1098/001", "runbooks.example.com/keys"):
        assert word in text
