"""Why a rule does not match, in a line a test: what the reader of a failing rule test sees."""

from __future__ import annotations

from typing import Any

from engine.explain import brief, explain
from engine.model import Event, LogSource, Ref
from engine.rules import ANY, And, Const, FieldRef, Not, Or, Rule, Search, Selection, Text

CLOUDTRAIL = LogSource("aws", "cloudtrail")
SEVERAL = Or(tuple(Text("a", (letter,)) for letter in "xyz"))


def told(record: dict[str, Any], condition: Any, logsource: LogSource = CLOUDTRAIL, **selections: Any) -> list[str]:
    made = Rule(key="k", title="t", path="r", line=1, logsource=CLOUDTRAIL, selections=selections, condition=condition)
    return list(brief(explain(made, Event(None, logsource, record, Ref("log", 1)))))


def test_a_match_leaves_nothing_to_say():
    assert told({"a": "x"}, Selection("s"), s=SEVERAL) == []


def test_alternatives_are_one_line():
    assert told({"a": [1, "é"]}, Selection("s"), s=SEVERAL) == ['s: a is "x", "y" or "z"; it is [1,"é"]']


def test_of_many_alternatives_some_are_named():
    many = Or(tuple(Text("a", (str(number),)) for number in range(200)))
    assert told({}, Selection("s"), s=many) == ['s: a is "0", "1", "2", "3", "4", "5" or 194 more; it is missing']


def test_every_test_that_failed_is_a_line_in_the_order_of_the_condition():
    condition = And((Selection("s"), Not(Selection("f")), Text("c", ("v",))))
    assert told({"b": "yy", "C": "v"}, condition, s=SEVERAL, f=Text("b", ("y", ANY))) == [
        's: a is "x", "y" or "z"; it is missing',
        'f: must not: b starts with "y"; it is "yy"',
        'c is "v"; it is missing (the event has C; the case of names counts)',
    ]


def test_the_order_is_that_of_the_condition_and_of_nothing_else():
    tests = tuple(Text(field, ("x",)) for field in "cab")
    assert [line[0] for line in told({}, And(tests))] == ["c", "a", "b"]


def test_of_several_ways_the_nearest_is_named():
    far, near = And((Text("a", ("x",)), Text("b", ("x",)))), Text("c", ("x",))
    assert told({}, Or((Selection("far"), Selection("near"))), far=far, near=near) == ['near: c is "x"; it is missing']


def test_a_test_that_stands_twice_is_named_once_and_for_both():
    one, other, third = (Text(field, ("x",)) for field in "abc")
    condition = And((Or((other, one)), Or((third, one))))
    assert told({}, condition) == ['a is "x"; it is missing']


def test_what_cannot_be_helped_is_said():
    assert told({}, And((Selection("s"), Const(False))), s=SEVERAL) == [
        "the condition is false, whatever its tests say"
    ]


def test_an_event_of_another_log_is_not_shown_to_the_rule():
    said = told({"a": "x"}, Selection("s"), LogSource("windows"), s=SEVERAL)
    assert said == ["events of this logsource are not shown to the rule"]


def test_two_fields_keywords_and_expressions_have_their_values():
    assert told({"a": "x"}, FieldRef("a", "b")) == ['a is the same as the field b; a is "x", b is missing']
    assert told({"a": "x"}, Text(None, (ANY, "y", ANY))) == ['any value contains "y"; it is in no value']
    assert told({"a": "xy"}, Not(Text(None, (ANY, "y", ANY)))) == ['must not: any value contains "y"; it is in "xy"']
    assert told({"a": 1}, Search('["field","b"]')) == ["the expression b is true; it is missing"]
