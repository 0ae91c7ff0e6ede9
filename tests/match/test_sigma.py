"""From the text of a rule to its matches: loader and engine against a second reading of Sigma."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from engine.load import load_text
from engine.match import Detector
from engine.model import Batch, LogSource
from tests.match.near import near
from tests.match.sigma_beside import beside
from tests.match.sigma_text import FIELDS, written
from tests.match.test_fast_equals_naive import FULL
from tests.oracle import holds, matches
from tests.strategies import event, leaves_of, random_choices


@pytest.mark.parametrize("block", range(5))
def test_a_rule_means_what_its_text_says(block: int) -> None:
    """By seed, which the message names: the loader takes its time, so these are made without hypothesis."""
    each = 600 if FULL else 40
    for seed in range(block * each, (block + 1) * each):
        choices = random_choices(seed)
        rule = written(choices)
        ruleset = load_text(rule.text)
        assert not ruleset.rejected, f"seed {seed}: {rule.text}: {ruleset.rejected[0]}"
        close = [value for leaf in leaves_of(rule.meaning) for value in near(leaf)]
        records = [event(choices, FIELDS, close) for _ in range(12)]
        wanted = [holds(rule.meaning, record) for record in records]
        assert [matches(ruleset.rules[0], record) for record in records] == wanted, f"seed {seed}: {rule.text}"
        found = Detector(ruleset, all_logsources=True).match(Batch(LogSource("test"), records, 1))
        assert [index for index, _ in found] == [index for index, true in enumerate(wanted) if true], f"seed {seed}"


@pytest.mark.parametrize("block", range(3))
def test_a_rule_means_what_it_says_with_its_filters_pipelines_and_variables(block: int) -> None:
    each = 600 if FULL else 40
    for seed in range(block * each, (block + 1) * each):
        choices = random_choices(seed)
        made = beside(choices)
        ruleset = load_text(made.text, pipelines=made.pipelines, variables=made.variables)
        assert not ruleset.rejected, f"seed {seed}: {made}: {ruleset.rejected[0]}"
        close = [value for leaf in leaves_of(made.meaning) for value in near(leaf)]
        records = [event(choices, [*FIELDS, "b", "index"], close) for _ in range(12)]
        wanted = [holds(made.meaning, record) for record in records]
        assert [matches(ruleset.rules[0], record) for record in records] == wanted, f"seed {seed}: {made}"
        found = Detector(ruleset, all_logsources=True).match(Batch(LogSource("test"), records, 1))
        assert [index for index, _ in found] == [index for index, true in enumerate(wanted) if true], f"seed {seed}"


@pytest.mark.parametrize("secret", ["abc", "curl", "-x /é", "whoami"])
@pytest.mark.parametrize("encoding", ["", "wide|", "utf16be|"])
def test_base64offset_finds_bytes_wherever_they_stand_in_encoded_ones(secret: str, encoding: str) -> None:
    rule = {
        "title": "A rule",
        "logsource": {"product": "test"},
        "detection": {"selection": {f"a|{encoding}base64offset|contains|cased": secret}, "condition": "selection"},
    }
    detector = Detector(load_text(json.dumps(rule)), all_logsources=True)
    data = secret.encode({"": "utf-8", "wide|": "utf-16-le", "utf16be|": "utf-16-be"}[encoding])
    around = [b"", b"\0", b"\xff", b"ab", b"\xff\xff", b"zzz"]
    texts = [b64encode(before + data + after).decode() for before in around for after in around]
    found = detector.match(Batch(LogSource("test"), [{"a": text} for text in texts], 1))
    assert [index for index, _ in found] == list(range(len(texts)))
    assert not detector.match(Batch(LogSource("test"), [{"a": b64encode(data[: len(data) // 2]).decode()}], 1))
