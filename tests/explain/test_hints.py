"""A test that failed comes with what it probably stumbled over."""

from __future__ import annotations

from typing import Any

import pytest

from engine.explain import explain
from engine.model import Event, LogSource, Ref
from engine.rules import ANY, Bool, Cidr, Compare, FieldRef, Number, Predicate, Regex, Rule, Selection, Text

CLOUDTRAIL = LogSource("aws", "cloudtrail")

CASES: list[tuple[Predicate, dict[str, Any], str | None]] = [
    (Text("eventName", ("x",)), {"EventName": "x"}, "the event has EventName; the case of names counts"),
    (Text("userName", ("x",)), {"a": [{"userName": "x"}]}, "the event has a.userName"),
    (Text("b.c", ("x",)), {"a": {"C": "x"}}, "the event has a.C"),
    (Text("b.c", ("x",)), {"a": {"d": "x"}}, None),
    (Text("a", ("x",), True), {"a": "X"}, "it differs in case only; without |cased case is ignored"),
    (Text("a", ("x",), True), {"a": "y"}, None),
    (Text("a", (ANY, "x"), True), {"a": "yX"}, "it differs in case only; without |cased case is ignored"),
    (Text("a", ("x",)), {"a": " x\n"}, "there is space around it"),
    (Text("a", ("x",)), {"a": "axb"}, "it is only a part of the value; |contains finds parts"),
    (Text("a", ("x", ANY)), {"a": "ax"}, "it is only a part of the value; |contains finds parts"),
    (Text("a", ("x",)), {"a": ["b", "axb"]}, "it is only a part of the value; |contains finds parts"),
    (Text("a", ("x",)), {"a": "y"}, None),
    (Text("a", ()), {"a": "y"}, None),
    (Text("a", ("x",)), {"a": None}, None),
    (Text("a", ("x",)), {"a": {"b": "x"}}, "it is an object, which equals nothing; name a field inside it"),
    (Text("a", (ANY, "x", ANY)), {"a": {"b": "y"}}, None),
    (Regex("a", "^x$"), {"a": "X"}, "it differs in case only; |re|i ignores case"),
    (Regex("a", "^x$"), {"a": "Y"}, None),
    (Number("a", "4624"), {"a": "04624"}, 'it is text; text equals a number only where it is written "4624"'),
    (Number("a", "1"), {"a": True}, "it is a boolean, which equals no number"),
    (Number("a", "1"), {"a": 2}, None),
    (Bool("a", True), {"a": "yes"}, "only true, false and their text are booleans"),
    (Compare("a", "gt", "1"), {"a": "many"}, "it is no number"),
    (Compare("a", "gt", "1"), {"a": 0}, None),
    (Cidr("a", "10.0.0.0/8"), {"a": "AWS Internal"}, "it is no address"),
    (Cidr("a", "10.0.0.0/8"), {"a": "11.0.0.1"}, None),
    (Text(None, (ANY, "x", ANY)), {"a": "y"}, None),
    (FieldRef("a", "b"), {"a": "y", "b": "z"}, None),
]


@pytest.mark.parametrize(("test", "record", "said"), CASES, ids=[f"{one[0]} {one[1]}" for one in CASES])
def test_a_near_miss_is_named(test: Predicate, record: dict[str, Any], said: str | None):
    made = Rule(
        key="k", title="t", path="r", line=1, logsource=CLOUDTRAIL, selections={"s": test}, condition=Selection("s")
    )
    told = explain(made, Event(None, CLOUDTRAIL, record, Ref("log", 1)))
    assert told.failed is not None
    assert told.failed.hint == said
