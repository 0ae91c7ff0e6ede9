r"""Fuzz target: rules and events together, the engine against the plain evaluator.

An input is the YAML of rules, a line of "====", and JSON events, one a line; so a finding can be read and kept.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

from engine.decoders import decode
from engine.match import Detector
from engine.model import Batch, Blob, Event, LogSource, Reading, Ref
from engine.rules import Rule, Ruleset
from tests import oracle
from tests.fuzz.rules import WORDS as RULE_WORDS
from tests.fuzz.written import loaded, pairs

__all__ = ["WORDS", "check", "seeds"]

BETWEEN = b"====\n"
WORDS = (*RULE_WORDS, BETWEEN, b'{"f":', b'"f.b"', b"\\u0130", b"\\u1e9e", b"\\u017f", b"1e5", b"-0", b"[[", b"{}")
KIND = LogSource(product="test")


def check(data: bytes) -> None:
    """The engine and the oracle say the same of every event, singly, as a batch and read as a log."""
    text, _, lines = data.partition(BETWEEN)
    ruleset = loaded(text)
    rules = [rule for rule in ruleset.rules if isinstance(rule, Rule)]
    if not rules or not lines or len(rules) != len(ruleset.rules):
        return
    blob = Blob("files", "x.json", "x.json", True, len(lines))
    read = decode(blob, io.BytesIO(lines), Reading(format="json", logsource=KIND))
    batches = [batch for batch in read if isinstance(batch, Batch)]
    events = [record for batch in batches for record in batch.records]
    if not events:
        return
    said = [[oracle.matches(rule, event) for rule in rules] for event in events]
    _same(Ruleset(tuple(rules)), batches, events, said)


def _same(ruleset: Ruleset, batches: list[Batch], events: list[dict[str, object]], said: list[list[bool]]) -> None:
    detector = Detector(ruleset, all_logsources=True)
    for index, event in enumerate(events):
        found = {detection.rule.key for detection in detector.detect([Event(None, KIND, event, Ref("x", index))])}
        expected = {rule.key for rule, hit in zip(ruleset.rules, said[index], strict=True) if hit}
        assert found == expected, (event, found, expected)
    fresh = Detector(ruleset, all_logsources=True)
    hits = {batch.first + index - 1: numbers for batch in batches for index, numbers in fresh.match(batch)}
    for index, row in enumerate(said):
        assert hits.get(index, ()) == tuple(number for number, hit in enumerate(row) if hit), events[index]


def seeds() -> Iterator[bytes]:
    """The cases, rule by rule."""
    for rule, events in pairs():
        lines = "".join(json.dumps(event) + "\n" for event in events)
        yield rule.encode() + BETWEEN + lines.encode()
