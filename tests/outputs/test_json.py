"""json: one document with the same objects as ndjson."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from engine.model import Detection
from tests.outputs.made import detection, hostile, written


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_document_holds_what_the_lines_of_ndjson_hold(count: int):
    detections = [detection(position=position) for position in range(1, count + 1)]
    *found, summary = [json.loads(line) for line in written("ndjson", detections).splitlines()]
    assert json.loads(written("json", detections)) == {
        "version": 1,
        "detections": found,
        "episodes": [],
        "summary": summary,
    }


@given(hostile(), hostile())
def test_the_document_is_valid_whatever_the_log_says(first: Detection, second: Detection):
    document = json.loads(written("json", [first, second]).decode("utf-8", "strict"), parse_constant=pytest.fail)
    assert len(document["detections"]) == 2
