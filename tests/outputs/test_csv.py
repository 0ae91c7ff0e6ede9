"""csv: one line a detection, safe in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given

from engine.model import Detection
from engine.outputs.csv import COLUMNS
from tests.outputs.made import acting, detection, hostile, written


def rows(*detections: Detection) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written("csv", detections).decode("utf-8"), newline="")))


def test_the_header_is_there_when_nothing_was_found():
    assert written("csv", []).decode() == ",".join(COLUMNS) + "\n"


def test_a_line_says_when_what_who_and_where():
    (row,) = rows(detection())
    assert row | {"matched": json.loads(row["matched"])} == {
        "time": "2023-07-10T12:00:00Z",
        "level": "high",
        "rule": "Trail stopped",
        "who": "arn:aws:iam::111122223333:user/mallory",
        "from": "198.51.100.7",
        "what": "StopLogging",
        "group": "",
        "selections": "selection",
        "matched": [{"selection": "selection", "field": "eventName", "value": "StopLogging"}],
        "file": "a/b.json.gz",
        "position": "1",
        "event_id": "e-1",
        "events": "1",
        "rule_id": "0f1e2d3c-0000-4000-8000-000000000001",
        "rule_path": "rules/aws/cloudtrail/stop.yml",
        "tags": "attack.defense-evasion attack.t1562.008",
        "logsource": "product=aws,service=cloudtrail",
        **dict.fromkeys(("episode", "state", "last", "end", "value"), ""),
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", " =", "\u3000=", "＝", "＠", "|", "%"])
def test_what_a_spreadsheet_takes_for_a_formula_is_text(start: str):
    (row,) = rows(acting(f"{start}cmd|' /C calc'!A0"))
    assert not row["who"].lstrip().startswith(tuple("=+-@＝＋－＠|%"))


@pytest.mark.parametrize("start", ["\t=1", "\r=1", "\n=1", "\ufeff=1", "\x00=1"])
def test_a_formula_does_not_hide_behind_characters_that_are_not_seen(start: str):
    (row,) = rows(acting(start))
    assert row["who"][0] == "\\"


@given(hostile())
def test_every_detection_is_one_line_of_as_many_cells_without_formula_or_control_character(made: Detection):
    text = written("csv", [made]).decode("utf-8", "strict")
    assert text.count("\n") == 2
    assert all(char.isprintable() for char in text.replace("\n", ""))
    header, cells = csv.reader(io.StringIO(text, newline=""))
    assert len(cells) == len(header) == len(COLUMNS)
    assert not [cell for cell in cells if cell.lstrip().startswith(tuple("=+-@＝＋－＠"))]
