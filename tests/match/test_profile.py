"""A profiled detector finds what any other finds, and counts all that it was shown."""

from __future__ import annotations

import pickle
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.match.profile import Cost, ProfilingDetector, summed
from engine.model import Batch, Event, LogSource, Reading, Ref
from engine.rules import And, Not, Regex, Rule, Ruleset, Selection, Text
from engine.runners.profile import ProfilingWorker
from tests import oracle
from tests.strategies import World, worlds

CLOUDTRAIL = LogSource("aws", "cloudtrail")


def rule(key: str, logsource: LogSource = CLOUDTRAIL, **selections: object) -> Rule:
    return Rule(
        key=key, title=key, path="r.yml", line=1, logsource=logsource, selections=selections,  # type: ignore[arg-type]
        condition=And(tuple(Selection(name) for name in selections)),
    )  # fmt: skip


@settings(max_examples=100)
@given(worlds(most_rules=12, most_events=12), st.sampled_from([1, 3, 50_000]))
def test_it_finds_the_same_and_counts_every_match(case: World, node_limit: int):
    detector = ProfilingDetector(case.ruleset, all_logsources=True, node_limit=node_limit)
    wanted = [tuple(n for n, rule in enumerate(case.ruleset.rules) if oracle.matches(rule, one)) for one in case.events]
    profiles = []
    for _ in range(3):
        for record, numbers in zip(case.events, wanted, strict=True):
            found = detector.match(Batch(CLOUDTRAIL, [record], 1))
            assert dict(found).get(0, ()) == numbers
        profiles.append(detector.take())
    total = summed(profiles)
    matched = Counter(number for numbers in wanted for number in numbers)
    for number in range(len(case.ruleset.rules)):
        cost = total[number]
        assert (cost.seen, cost.matched) == (3 * len(case.events), 3 * matched[number])
        assert cost.open <= cost.seen
        assert min(cost) >= 0


def test_a_rule_is_open_while_the_first_field_leaves_it_undecided():
    both = rule("both", one=Text("a", ("x",)), two=Text("b", ("y",)))
    alone = rule("alone", one=Text("a", ("z",)))
    elsewhere = rule("elsewhere", LogSource("windows"), one=Text("a", ("x",)))
    detector = ProfilingDetector(Ruleset((elsewhere, both, alone)))
    records = [{"a": "x", "b": "y"}, {"a": "x"}, {"a": "z"}, {}]
    detector.match(Batch(CLOUDTRAIL, records, 1))
    counts = {number: cost[:4] for number, cost in detector.take().items()}
    assert counts == {1: (4, 2, 6, 1), 2: (4, 0, 4, 1)}
    assert detector.take() == {1: Cost(), 2: Cost()}


def test_an_expression_is_paid_by_the_rule_that_has_it():
    dear = rule("dear", one=Regex("a", "(x+x+)+y"), two=Not(Text("b", ("y",))))
    cheap = rule("cheap", one=Text("a", ("z",)))
    detector = ProfilingDetector(Ruleset((dear, cheap)))
    detector.match(Batch(CLOUDTRAIL, [{"a": f"{number}{'x' * 3_000}"} for number in range(50)], 1))
    found = detector.take()
    assert found[0].testing > found[1].testing > 0
    assert found[0].telling == 0


def test_what_made_a_rule_match_is_told_at_its_cost():
    detector = ProfilingDetector(Ruleset((rule("one", one=Text("a", ("x",))),)))
    event = Event(None, CLOUDTRAIL, {"a": "x"}, Ref("log", 1))
    assert [found.rule.key for found in detector.detect([event])] == ["one"]
    assert detector.take()[0].telling > 0


def test_another_process_gets_a_worker_that_profiles_too():
    detector = ProfilingDetector(Ruleset((rule("one", one=Text("a", ("x",))),)), all_logsources=True)
    worker = pickle.loads(pickle.dumps(ProfilingWorker(detector, str, Reading())))
    assert isinstance(worker, ProfilingWorker)
    worker.detector.match(Batch(LogSource("windows"), [{"a": "x"}], 1))
    assert worker.detector.take()[0].matched == 1
