"""Records of a file that are found again by their ids, where several share one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.decoders._narrow import narrow
from engine.model import Batch, LogSource
from engine.projection import Shape

ID = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
OTHER = "99999999-4b5a-6978-8796-a5b4c3d2e1f0"


def file(*records: dict[str, Any]) -> Batch:
    shape = Shape(["eventName", "flag"], ["eventID"])
    made = [{"eventVersion": "1.08", "eventName": "X", "eventID": ID, **each} for each in records]
    text = json.dumps({"Records": made}, separators=(",", ":")).encode()
    batch = narrow(text, shape, LogSource("aws", "cloudtrail"))
    assert batch is not None
    return batch


def numbers(batch: Batch, *indexes: int) -> list[int]:
    assert batch.whole is not None
    return [batch.whole(index)["n"] for index in indexes]


SHARED = [{"n": 0, "eventID": OTHER}, *({"n": n} for n in range(1, 9))]


@pytest.mark.parametrize("order", [(1, 2, 3), (8, 1), (5,), (0, 7, 6)])
def test_each_of_several_that_share_an_id_is_itself(order: tuple[int, ...]):
    assert numbers(file(*SHARED), *order) == list(order)


def test_so_it_is_where_they_were_said_to_be_asked_for():
    batch = file(*SHARED)
    assert batch.expect is not None
    batch.expect(list(range(1, 9)))
    assert numbers(batch, 8, 2, 3) == [8, 2, 3]


def test_what_nobody_said_would_be_asked_for_is_itself_too():
    batch = file(*SHARED)
    assert batch.expect is not None
    batch.expect([0])
    assert numbers(batch, 0, 4, 8, 2) == [0, 4, 8, 2]


def test_records_are_not_taken_for_one_that_is_equal_to_python_alone():
    batch = file({"n": 0, "flag": 1}, {"n": 1, "flag": True}, {"n": 2, "flag": 1.0})
    assert batch.expect is not None
    batch.expect([2])
    assert numbers(batch, 2) == [2]
