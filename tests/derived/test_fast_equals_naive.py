"""Fast equals naive with derived fields among the fields that rules read, by every way in."""

from __future__ import annotations

import pickle
import random
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.model import Event, Ref
from engine.rules import Derived, Ruleset
from tests import oracle
from tests.derived.naive import enriched
from tests.derived.worlds import derived_world
from tests.match.test_fast_equals_naive import (
    CLOUDTRAIL,
    FULL,
    WRITTEN,
    Hits,
    as_logged,
    batch,
    everywhere,
    examples,
    naive,
    shown,
    structs,
)
from tests.strategies import Choices, numbers_below, plain_world, random_choices, world


def expected(ruleset: Ruleset, records: Sequence[dict[str, Any]]) -> Hits:
    return naive(ruleset, [enriched(record, ruleset.derived) for record in records])


@examples(60)
@given(st.data())
def test_a_batch_of_dicts(data: st.DataObject) -> None:
    case = derived_world(Choices(lambda bound: data.draw(numbers_below(bound))))
    assert list(everywhere(case.ruleset).match(batch(case.events))) == expected(case.ruleset, case.events)


@pytest.mark.parametrize("block", range(2))
def test_worlds_made_without_hypothesis(block: int) -> None:
    """With their evidence, and pickled halfway; the seed in the message makes the world again."""
    each = 2_000 if FULL else 100
    for seed in range(block * each, (block + 1) * each):
        case = derived_world(random_choices(seed))
        detector = everywhere(case.ruleset, node_limit=3 if seed % 4 == 0 else 50_000)
        wanted = expected(case.ruleset, case.events)
        assert list(detector.match(batch(case.events))) == wanted, f"seed {seed}"
        assert list(pickle.loads(pickle.dumps(detector)).match(batch(case.events))) == wanted
        events = [Event(n, CLOUDTRAIL, record, Ref("log", n + 1)) for n, record in enumerate(case.events)]
        pairs = [(index, number) for index, numbers in wanted for number in numbers]
        for (index, number), one in zip(pairs, detector.detect(events), strict=True):
            record = enriched(case.events[index], case.ruleset.derived)
            rule = case.ruleset.rules[number]
            assert [shown(match) for match in one.matched] == [
                shown(match) for match in oracle.matched(rule, record)
            ], f"seed {seed}"


@pytest.mark.parametrize("block", range(2))
def test_narrow_structs_answer_as_dicts_do(block: int) -> None:
    """Long batches, so that stages are planned; several, so that the shape has been learnt."""
    each = 400 if FULL else 20
    for seed in range(block * each, (block + 1) * each):
        case = derived_world(random_choices(seed), plain_world if seed % 2 else world)
        write = WRITTEN[seed // 2 % 2]
        drawn = random.Random(seed)
        detector = everywhere(case.ruleset)
        for length in (1, 100, 20, 100):
            records = [drawn.choice(case.events) for _ in range(length)]
            found = list(detector.match(structs(detector, [write(record).encode() for record in records])))
            logged = [as_logged(record, write).value for record in records]
            assert found == expected(case.ruleset, logged), f"seed {seed}"
        names = {definition.name for definition in case.ruleset.derived}
        assert not {path for path in detector.shape(CLOUDTRAIL).paths if path in names - {"a", "userIdentity"}}


def test_a_ruleset_goes_through_msgpack_and_pickle_whole() -> None:
    for seed in range(40):
        made = derived_world(random_choices(seed)).ruleset
        coded = msgspec.msgpack.encode(made.derived)
        assert msgspec.msgpack.decode(coded, type=tuple[Derived, ...]) == made.derived
        assert pickle.loads(pickle.dumps(made)) == made
        assert pickle.loads(pickle.dumps(made)).digest == made.digest
        assert Ruleset(made.rules).digest != made.digest
