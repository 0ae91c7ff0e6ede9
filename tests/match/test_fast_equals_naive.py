"""Fast equals naive: the decision graph and the plain evaluator agree for any ruleset, any events, by every way in."""

from __future__ import annotations

import json
import os
import pickle
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.match import Detector, classes, graph
from engine.model import Batch, Event, LogSource, Matched, Ref
from engine.rules import ANY, And, Bool, Null, Number, Or, Predicate, Rule, Ruleset, Selection, Text
from tests import oracle
from tests.oracle import Source
from tests.strategies import World, asked_of, event, plain_world, random_choices, world, worlds

FULL = os.environ.get("DETECT_TEST_TIER") == "full"
CLOUDTRAIL = LogSource("aws", "cloudtrail")
WITHOUT_IDS = LogSource("aws", "s3-access")
"""Of its records no struct demands an id, so that any record may be decoded into one."""

Hits = list[tuple[int, tuple[int, ...]]]


def examples(count: int) -> Callable[[Any], Any]:
    """So many examples in the core tier, twenty times as many in the full tier."""
    return settings(max_examples=count * 20 if FULL else count)


def naive(ruleset: Ruleset, records: Sequence[dict[str, Any]]) -> Hits:
    """What the oracle says, in the shape of `Detector.match`."""
    found = [
        (index, tuple(number for number, rule in enumerate(ruleset.rules) if oracle.matches(rule, record)))
        for index, record in enumerate(records)
    ]
    return [(index, numbers) for index, numbers in found if numbers]


def everywhere(ruleset: Ruleset, **limits: int) -> Detector:
    return Detector(ruleset, all_logsources=True, **limits)


def batch(records: Sequence[dict[str, Any]]) -> Batch:
    return Batch(CLOUDTRAIL, list(records), 1)


def batched(detector: Detector, records: Sequence[dict[str, Any]], size: int) -> Hits:
    """The hits of records given in batches of a size, numbered through."""
    return [
        (start + index, numbers)
        for start in range(0, len(records), size)
        for index, numbers in detector.match(batch(records[start : start + size]))
    ]


@contextmanager
def thresholds(*, low: bool) -> Iterator[None]:
    """With `low`, a handful of rules and patterns are many: what is made for thousands is used for them."""
    with pytest.MonkeyPatch.context() as patch:
        if low:
            patch.setattr(graph, "MANY", 2)
            patch.setattr(graph, "LARGE", 2)
            patch.setattr(classes, "FEW", 1)
        yield


# By dicts


@examples(400)
@given(worlds())
def test_a_batch_of_dicts(case: World) -> None:
    assert list(everywhere(case.ruleset).match(batch(case.events))) == naive(case.ruleset, case.events)


@examples(60)
@given(worlds(most_rules=40, most_events=4))
def test_many_rules_that_share_predicates(case: World) -> None:
    assert list(everywhere(case.ruleset).match(batch(case.events))) == naive(case.ruleset, case.events)


@pytest.mark.parametrize("block", range(10))
def test_worlds_made_without_hypothesis(block: int) -> None:
    """More of them than hypothesis has time for; the seed in the message makes the world again."""
    each = 2_000 if FULL else 100
    for seed in range(block * each, (block + 1) * each):
        case = world(random_choices(seed), most_rules=40 if seed % 5 == 0 else 6)
        wanted = naive(case.ruleset, case.events)
        with thresholds(low=seed % 2 == 0):
            assert list(everywhere(case.ruleset).match(batch(case.events))) == wanted, f"seed {seed}"


@examples(100)
@given(worlds())
def test_single_events_with_their_evidence(case: World) -> None:
    assert_evidence(case, everywhere(case.ruleset))


@pytest.mark.parametrize("block", range(3))
def test_evidence_of_worlds_made_without_hypothesis(block: int) -> None:
    for seed in range(block * 60, (block + 1) * 60):
        case = world(random_choices(seed), most_rules=12)
        assert_evidence(case, everywhere(case.ruleset, node_limit=1 + seed % 40))


def test_evidence_tells_true_from_1_and_names_all_that_an_and_needs() -> None:
    asked = And((Bool("a", True), Number("a", "1"), Text("a", ("1.0",)), Or((Null("b"), Text("a", ("x",)))), Null("b")))
    rule = Rule(
        key="k", title="", path="", line=1, logsource=CLOUDTRAIL, selections={"s": asked}, condition=Selection("s")
    )
    found = everywhere(Ruleset((rule,))).detect([Event(None, CLOUDTRAIL, {"a": [True, 1, 1.0]}, Ref("log", 1))])
    assert [[(one.field, repr(one.value)) for one in detection.matched] for detection in found] == [
        [("a", "True"), ("a", "1"), ("a", "1.0"), ("b", "None")]
    ]


def assert_evidence(case: World, detector: Detector) -> None:
    """The detections of single events, in order, with the oracle's selections and matched fields."""
    events = [Event(number, CLOUDTRAIL, record, Ref("log", number + 1)) for number, record in enumerate(case.events)]
    found = list(detector.detect(events))
    wanted = [(index, number) for index, numbers in naive(case.ruleset, case.events) for number in numbers]
    assert [(one.time, one.rule.key) for one in found] == [(i, case.ruleset.rules[n].key) for i, n in wanted]
    for (index, number), one in zip(wanted, found, strict=True):
        rule, record = case.ruleset.rules[number], case.events[index]
        assert one.selections == tuple(name for name, true in oracle.selections(rule, record).items() if true)
        assert [shown(match) for match in one.matched] == [shown(match) for match in oracle.matched(rule, record)]


def shown(match: Matched) -> str:
    """Told apart as JSON tells apart (true is not 1); a list with nothing in it is [], however deep."""
    empty = isinstance(match.value, list) and not list(oracle.members(match.value))
    return repr(match._replace(value=[])) if empty else repr(match)


# Whatever was seen before


@examples(100)
@given(worlds(most_events=12), st.integers(0, 1_000))
def test_the_order_of_events_and_the_size_of_batches_change_nothing(case: World, seed: int) -> None:
    wanted = dict(naive(case.ruleset, case.events))
    detector = everywhere(case.ruleset)
    for size in (1, 3, 100):
        order = list(range(len(case.events)))
        random.Random(seed + size).shuffle(order)
        found = batched(detector, [case.events[number] for number in order], size)
        assert {order[index]: numbers for index, numbers in found} == wanted


@examples(100)
@given(worlds(most_rules=12, most_events=12), st.integers(1, 4), st.integers(1, 4))
def test_tiny_caches_change_nothing(case: World, cache_limit: int, node_limit: int) -> None:
    detector = everywhere(case.ruleset, cache_limit=cache_limit, node_limit=node_limit)
    wanted = naive(case.ruleset, case.events)
    for _ in range(3):
        assert batched(detector, case.events, 2) == wanted


@examples(50)
@given(worlds())
def test_a_warm_detector_answers_as_a_cold_one_and_as_a_pickled_one(case: World) -> None:
    warm = everywhere(case.ruleset)
    first = list(warm.match(batch(case.events)))
    assert list(warm.match(batch(case.events))) == first
    assert list(pickle.loads(pickle.dumps(warm)).match(batch(case.events))) == first


# By narrow structs

Write = Callable[[Any], str]

WRITTEN: list[Write] = [
    lambda value: json.dumps(value, separators=(",", ":"), ensure_ascii=False),
    lambda value: json.dumps(value, separators=(", ", " : ")),
]
"""Ways a log may write its JSON: compact, and with spaces and every other letter escaped."""


def as_logged(value: Any, write: Write) -> Any:
    """A value with the text of its objects as the log wrote them."""
    if isinstance(value, list):
        return [as_logged(inner, write) for inner in value]
    if isinstance(value, dict):
        return Source({key: as_logged(inner, write) for key, inner in value.items()}, write(value))
    return value


def structs(detector: Detector, texts: Sequence[bytes]) -> Batch:
    """Records decoded with the detector's own shape; as dicts when the shape cannot hold them."""
    shape = detector.shape(WITHOUT_IDS)
    whole = [msgspec.json.decode(text) for text in texts]
    try:
        records = shape.records.decode(b'{"Records":[' + b",".join(texts) + b"]}").Records
    except msgspec.DecodeError:
        return Batch(WITHOUT_IDS, whole, 1, raw=texts.__getitem__)
    return Batch(WITHOUT_IDS, records, 1, raw=texts.__getitem__, shape=shape, whole=whole.__getitem__)


@examples(150)
@given(worlds(most_events=12), st.sampled_from(WRITTEN), st.integers(0, 1_000))
def test_structs_that_hold_what_is_read_often(case: World, write: Write, seed: int) -> None:
    """Long batches, so that stages are planned; several, so that the shape has been learnt."""
    drawn = random.Random(seed)
    detector = everywhere(case.ruleset)
    for length in (1, 100, 20, 100):
        records = [drawn.choice(case.events) for _ in range(length)]
        found = list(detector.match(structs(detector, [write(record).encode() for record in records])))
        assert found == naive(case.ruleset, [as_logged(record, write).value for record in records])


@pytest.mark.parametrize("block", range(5))
def test_structs_that_go_through_stages(block: int) -> None:
    """Batches of plain records plan the stages; then some records come that those cannot take."""
    each = 400 if FULL else 20
    for seed in range(block * each, (block + 1) * each):
        case = plain_world(random_choices(seed), most_rules=(6, 12, 40)[seed % 3], most_events=(12, 80)[seed % 2])
        odd = event(random_choices(seed), *asked_of(case.ruleset))
        wanted = [numbers for record in [*case.events, odd] for numbers in [dict(naive(case.ruleset, [record])).get(0)]]
        texts = [WRITTEN[0](record).encode() for record in [*case.events, odd]]
        with thresholds(low=seed % 5 == 0):
            detector = everywhere(case.ruleset, node_limit=3 if seed % 4 == 0 else 50_000)
        drawn = random.Random(seed)
        for others in ([], [], [-1], [-1, *range(len(case.events))], []):
            chosen = [drawn.randrange(len(case.events)) for _ in range(100)] + others
            drawn.shuffle(chosen)
            with thresholds(low=seed % 5 == 0):
                found = detector.match(structs(detector, [texts[number] for number in chosen]))
            assert found == [(n, wanted[one]) for n, one in enumerate(chosen) if wanted[one]], f"seed {seed}"


@pytest.mark.parametrize("where", [0, 50, 99])
def test_the_one_of_a_hundred_that_differs_is_picked_out(where: int) -> None:
    """A field of so many values that the first stage will not take it, nearly all of one class."""
    records = [{"a": f"other {number}", "b": "y"} for number in range(100)]
    records[where] = {"a": "x", "b": "y"}
    selections = [{"s": Text("a", ("x",))}, {"s": And((Text("a", (ANY, "x", ANY)), Text("b", ("y",))))}]
    rules = [
        Rule(key=str(n), title="", path="", line=1, logsource=AWS, selections=s, condition=Selection("s"))
        for n, s in enumerate(selections)
    ]
    detector = everywhere(Ruleset(tuple(rules)))
    for _ in range(3):
        assert detector.match(structs(detector, [WRITTEN[0](record).encode() for record in records])) == [
            (where, (0, 1))
        ]


def test_fields_of_many_values_are_read_in_the_order_in_which_they_are_asked_for() -> None:
    """The field that most rules ask for is the second that any of them names."""
    a, b = Text("a", (ANY, "x", ANY)), Text("b", (ANY, "y", ANY))
    rules = tuple(
        Rule(key=str(n), title="", path="", line=1, logsource=AWS, selections={"s": s}, condition=Selection("s"))
        for n, s in enumerate([And((a, b)), Text("b", (ANY, "z", ANY))])
    )
    records = [{"a": f"{n} x" if n % 3 else f"{n}", "b": f"{n} y" if n % 2 else f"{n}"} for n in range(200)]
    detector = everywhere(Ruleset(rules))
    for _ in range(3):
        found = detector.match(structs(detector, [WRITTEN[0](record).encode() for record in records]))
        assert found == [(n, (0,)) for n in range(200) if n % 3 and n % 2]


@pytest.mark.parametrize(("odd", "sought"), [("true", Bool("a", True)), ("1.0", Text("a", (ANY, ".0")))])
def test_what_is_one_with_the_usual_number_as_a_key_is_picked_out(odd: str, sought: Predicate) -> None:
    """After batches in which a field was always 1, so that what 1 is has been remembered."""
    rule = Rule(key="r", title="", path="", line=1, logsource=AWS, selections={"s": sought}, condition=Selection("s"))
    detector = everywhere(Ruleset((rule,)))
    usual = [b'{"a":1}'] * 100
    for _ in range(3):
        assert detector.match(structs(detector, usual)) == []
    assert detector.match(structs(detector, [*usual, b'{"a":%s}' % odd.encode()])) == [(100, (0,))]


def test_one_that_differs_in_either_of_two_fields_is_picked_out() -> None:
    records = [{"a": f"other {number}", "b": f"other {number}"} for number in range(100)]
    records[20]["a"], records[30]["b"] = "an x", "an x"
    rules = [
        Rule(key=f, title="", path="", line=1, logsource=AWS, selections={"s": s}, condition=Selection("s"))
        for f in ("a", "b")
        for s in [Text(f, (ANY, "x"))]
    ]
    detector = everywhere(Ruleset(tuple(rules)))
    for _ in range(3):
        found = detector.match(structs(detector, [WRITTEN[0](record).encode() for record in records]))
        assert found == [(20, (0,)), (30, (1,))]


# Rules of other logsources


AWS, WINDOWS = LogSource("aws"), LogSource("windows", None, "process_creation")


def test_a_rule_sees_the_events_of_its_logsource() -> None:
    """What is told of a batch are numbers of the ruleset, whichever rules the logsource left."""
    sources = [WINDOWS, AWS, WINDOWS, CLOUDTRAIL, LogSource("aws", "s3"), CLOUDTRAIL]
    rules = [
        Rule(
            key=str(number),
            title="",
            path="",
            line=1,
            logsource=source,
            selections={"s": Text("a", ("x" if number != 5 else "y",))},
            condition=Selection("s"),
        )
        for number, source in enumerate(sources)
    ]
    detector = Detector(Ruleset(tuple(rules)))
    records = [{"a": "y"}, {"a": "x"}]
    assert detector.match(batch(records)) == [(0, (5,)), (1, (1, 3))]
    events = [Event(None, CLOUDTRAIL, record, Ref("log", 1)) for record in records]
    assert [found.rule.key for found in detector.detect(events)] == ["5", "1", "3"]
    assert [found.rule.key for found in detector.detect([events[1]._replace(logsource=WINDOWS)])] == ["0", "2"]
    again = pickle.loads(pickle.dumps(everywhere(detector.ruleset)))
    assert again.match(batch(records)) == [(0, (5,)), (1, (0, 1, 2, 3, 4))]
