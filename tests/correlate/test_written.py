"""What a rule writes for a type's options becomes plain data, or every fault with the keys that lead to it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.correlate.types import find
from engine.correlate.written import duration, options_of

NO_LENGTH = "is no length of time: a whole number and s, m, h, d, w, M or y, as in 15m"
WORDS = ("one", "two", "three")


def rows(path: str) -> list[tuple[str, float, float]]:
    if path != "/rules/places.csv":
        raise ValueError(f"{path} is not there")
    return [("192.0.2.0/24", 48.9, 2.4)]


def read(kind: str, **written: Any) -> tuple[dict[str, Any], list[tuple[tuple[Any, ...], str, str | None]]]:
    found = find(kind)
    assert found
    said = {name.replace("_", "-"): value for name, value in written.items()}
    options, faults = options_of(found.Options, said, WORDS, "/rules", rows)
    return options, [(fault.steps, fault.fault, fault.hint) for fault in faults]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("0s", 0),
        ("1s", 1),
        ("15m", 900),
        ("2h", 7200),
        ("1d", 86400),
        ("3w", 1814400),
        ("1M", 2629746),
        ("1y", 31556952),
    ],
)
def test_every_unit_of_time(written: str, seconds: int) -> None:
    assert duration(written) == seconds * 1_000_000


@pytest.mark.parametrize(
    "written", ["", "m", "15", 15, "1.5h", "1h30m", "-1h", " 1h", "1 h", "1D", "٣h", None, True], ids=repr
)
def test_what_is_no_length_of_time(written: Any) -> None:
    with pytest.raises(ValueError, match="no length of time"):
        duration(written)


@pytest.mark.parametrize(
    ("kind", "written", "options"),
    [
        ("first_seen", {"field": "v"}, {"field": ["v"]}),
        ("first_seen", {"field": ["v", "w"], "group_learning": "1h", "learning": "0s"},
         {"field": ["v", "w"], "group-learning": 3_600_000_000, "learning": 0}),
        ("change", {"field": "v"}, {"field": ["v"]}),
        ("absence", {}, {}),
        ("absence", {"after": "two"}, {"after": [1]}),
        ("absence", {"after": ["three", "one", "one"]}, {"after": [2, 0]}),
        ("absence", {"groups": ["x", 5, ["y"]], "forget": "1d"}, {"groups": ["x", 5, ["y"]], "forget": 86_400_000_000}),
        ("spike", {"history": "7d", "ratio": 2.5, "minimum": 10, "field": "bytes"},
         {"history": 604_800_000_000, "ratio": 2.5, "minimum": 10, "field": "bytes"}),
        ("ratio", {"part": "one", "condition": {"gte": 0.5}}, {"part": [0], "condition": {"gte": 0.5}}),
        ("risk", {"scores": {"three": 5, "one": 1.5}, "score": 2, "condition": {"gte": 9}, "once": True},
         {"scores": [1.5, None, 5], "score": 2, "condition": {"gte": 9}, "once": True}),
        ("travel", {"address": "ip", "table": "places.csv"},
         {"address": "ip", "table": [["192.0.2.0/24", 48.9, 2.4]]}),
        ("travel", {"address": "ip", "database": "../geo/city.mmdb"}, {"address": "ip", "database": "/geo/city.mmdb"}),
    ],
)  # fmt: skip
def test_what_is_kept(kind: str, written: dict[str, Any], options: dict[str, Any]) -> None:
    assert read(kind, **written) == (options, [])


@pytest.mark.parametrize(
    ("kind", "written", "faults"),
    [
        ("first_seen", {"field": "v", "lerning": "1d"}, 
         [(("lerning",), 'unknown key "lerning"', 'did you mean "learning"?')]),
        ("first_seen", {}, [((), 'there is no "field"', "it needs a list under field")]),
        ("first_seen", {"field": 5}, [(("field",), "field is the name of a field, or a list of names", None)]),
        ("first_seen", {"field": "v", "learning": 30},
         [(("learning",), f"learning {NO_LENGTH}", "write 30m")]),
        ("absence", {"after": "tow"},
         [(("after",), '"tow" is none of the rules that the correlation refers to', 'did you mean "two"?')]),
        ("absence", {"after": ["one", "for"], "forget": "0s"},
         [(("after", 1), '"for" is none of the rules that the correlation refers to', "one of one, two, three"),
          (("forget",), "forget is to be at least 1, not the number 0", None)]),
        ("ratio", {"part": {}, "condition": {"gte": "5"}},
         [(("part",), "part names one of the rules, or several in a list", None),
          (("condition", "gte"), 'gte is to be a whole number or a number, not the text "5"',
            "write 5, without quotes")]),
        ("ratio", {"part": "one", "condition": {"gt": 0.5, "least": 1}},
         [(("condition", "least"), 'unknown key "least"', None)]),
        ("risk", {"scores": {"four": 5, "one": "x"}, "condition": {"gte": 1}},
         [(("scores", "four"), '"four" is none of the rules that the correlation refers to', None),
          (("scores", "one"), 'the score of "one" is no number', None)]),
        ("risk", {"scores": [1], "condition": {"gte": 1}},
         [(("scores",), "scores gives rules their scores", "write {RULE: 10, OTHER: 25}")]),
        ("travel", {"address": "ip", "table": "other.csv"}, [(("table",), "/rules/other.csv is not there", None)]),
        ("travel", {"address": ["ip"], "database": 5},
         [(("address",), "address is the name of one field", None),
          (("database",), "database is the path of a file", None)]),
        ("spike", {"history": "soon", "ratio": True, "minimum": 1},
         [(("history",), f"history {NO_LENGTH}", None),
          (("ratio",), "ratio is to be a whole number or a number, not true", None)]),
    ],
)  # fmt: skip
def test_every_fault_is_said_once_with_its_place(kind: str, written: dict[str, Any], faults: list[Any]) -> None:
    found = read(kind, **written)[1]
    assert [(steps, fault) for steps, fault, _ in found] == [(steps, fault) for steps, fault, _ in faults]
    for (_, _, hint), (_, _, wanted) in zip(found, faults, strict=True):
        assert wanted is None or hint == wanted
