"""What is somebody's stands under another name: the same everywhere, of the same shape, and as the rule sees it."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.load import load_text
from engine.testing.pseudonyms import Pseudonyms, Said, said_by
from engine.values import fold

SAID = Said(["svc-", "10.1.", "@corp.example", "backup", "444455556666"], ["198.51.100.0/24", "198.51.100.16/28"])

SHAPES = {
    "111122223333": r"1111\d{8}",
    "arn:aws:iam::111122223333:user/eve": r"arn:aws:iam::1111\d{8}:user/[a-z]{3}",
    "arn:aws:sts::111122223333:assumed-role/Deploy/Eve-7": r"arn:aws:sts::1111\d{8}:assumed-role/[A-Z][a-z]+/\w{3}-\d",
    "AKIAIOSFODNN7ABCDEFG": r"AKIAEXAMPLE[A-Z0-9]{9}",
    "AROAIOSFODNN7ABCDEFG:eve": r"AROAEXAMPLE[A-Z0-9]{9}:[a-z]{3}",
    "203.0.113.77": r"(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+",
    "8.8.8.8": r"(192\.0\.2|203\.0\.113)\.\d+",
    "10.200.3.4": r"10\.\d+\.\d+\.\d+",
    "172.20.1.1": r"172\.\d+\.\d+\.\d+",
    "2a00:1450:4001::200e": r"2001:db8:[0-9a-f:]+",
    "eve.adams@firm.org": r"[a-z]{3}\.[a-z]{5}@example\.com",
    "3F2504E0-4F89-41D3-9A0C-0305E82C3301": r"[0-9A-F]{8}-0000-4000-8000-[0-9A-F]{12}",
    "eve-data-2024": r"[a-z]{3}-[a-z]{4}-\d{4}",
    "logs-987654321098-eu": r"[a-z]{4}-1111\d{8}-[a-z]{2}",
    "Zoë": r"[A-Z][a-z]{2}",
}  # fmt: skip


@pytest.mark.parametrize(("text", "shape"), SHAPES.items())
def test_a_value_keeps_its_shape_and_nothing_else(text: str, shape: str):
    made = Pseudonyms(SAID).text(text)
    assert re.fullmatch(shape, made)
    assert made != text


@pytest.mark.parametrize(
    "text",
    [
        "cloudtrail.amazonaws.com",
        "eu-west-1",
        "root",
        "2024-05-01T10:00:00Z",
        "444455556666",
        "backup",
        "user",
        "",
        "*",
    ],
)
def test_words_of_the_log_and_of_the_rule_stay(text: str):
    assert Pseudonyms(SAID).text(text) == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [("svc-deploy", r"svc-[a-z]{6}"), ("10.1.44.7", r"10\.1\.\d+\.\d+"),
     ("eve@corp.example", r"[a-z]{3}@corp\.example"),
     ("my-backup-1", r"[a-z]{2}-backup-\d")],
)  # fmt: skip
def test_what_the_rule_asks_for_stays_within_a_value_that_is_replaced(text: str, kept: str):
    made = Pseudonyms(SAID).text(text)
    assert re.fullmatch(kept, made)
    assert made != text


def test_a_value_is_the_same_alone_within_others_and_under_any_key():
    made = Pseudonyms(SAID).of(
        {
            "userName": "evelyn",
            "arn": "arn:aws:iam::111122223333:user/evelyn",
            "accountId": "111122223333",
            "number": 111122223333,
            "list": ["evelyn", {"x": "by evelyn"}],
            "eventName": "evelyn",
        }
    )
    name = made["userName"]
    assert made["arn"] == f"arn:aws:iam::{made['accountId']}:user/{name}"
    assert (made["list"], made["number"]) == (
        [name, {"x": f"{made['list'][1]['x'][:2]} {name}"}],
        int(made["accountId"]),
    )
    assert made["eventName"] == "evelyn"


def test_what_a_rule_says_is_read_off_it():
    ruleset = load_text("""
title: x
logsource: {product: aws, service: cloudtrail}
detection:
  a: {b|startswith: svc-, c|re: '^admin[0-9]+$', d|cidr: 10.0.0.0/8, e: 5}
  condition: a
""")
    said = said_by(ruleset.rules, ())
    assert set(said.words) == {"svc-", "admin"}
    assert said.networks == (ip_network("10.0.0.0/8"),)


@given(st.lists(st.ip_addresses(v=4).map(str) | st.ip_addresses(v=6).map(str), max_size=20))
def test_an_address_stays_in_the_networks_of_the_rule_and_out_of_the_others(addresses: list[str]):
    networks = ["10.0.0.0/8", "10.1.0.0/16", "198.51.100.0/24", "0.0.0.0/1", "2001:db8::/33"]
    pseudonyms = Pseudonyms(Said([], networks))
    for address in addresses:
        made = ip_address(pseudonyms.text(address))
        where = [ip_address(address) in ip_network(one) for one in networks]
        assert [made in ip_network(one) for one in networks] == where


def test_short_words_do_not_run_into_each_other():
    letters = "abcdefghijklmnopqrst"
    words = [f"{first}{second}q" for first in letters for second in letters]
    pseudonyms = Pseudonyms(Said([], []))
    assert len({pseudonyms.text(word) for word in words}) == len(words)


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{2,12}", fullmatch=True)


@given(st.lists(names, max_size=30))
def test_different_values_have_different_replacements_and_equal_ones_equal(values: list[str]):
    pseudonyms = Pseudonyms(Said([], []))
    made = {value: pseudonyms.text(value) for value in values}
    assert len(set(made.values())) == len(made)
    assert {value: pseudonyms.text(value) for value in values} == made


@given(st.text(), st.lists(st.text(min_size=2, max_size=6), max_size=3))
def test_any_text_of_a_log_can_be_replaced(text: str, words: list[str]):
    made = Pseudonyms(Said(words, [])).text(text)
    assert made == text or fold(text) not in map(fold, words)
