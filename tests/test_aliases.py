"""Names that rules use for fields which a log has elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from engine.aliases import Aliases
from engine.fields import resolve

PARAMETERS = [{"name": "SETTING", "value": "x"}, {"name": "NEW", "value": 1}]
EVENTS = {"events": [{"name": "CHANGE", "parameters": PARAMETERS}]}

CASES: list[tuple[str, dict[str, list[Any]], str, dict[str, Any], Any]] = [
    ("another path", {"eventName": ["events.name"]}, "eventName", EVENTS, ["CHANGE"]),
    ("its own name comes first", {"a": ["b"]}, "a", {"a": 1, "b": 2}, 1),
    ("unless it stands in the list", {"a": ["b", "a"]}, "a", {"a": 1, "b": 2}, 2),
    ("and even then when the other is missing", {"a": ["b", "a"]}, "a", {"a": 1}, 1),
    ("null is not missing", {"a": ["b"]}, "a", {"a": None, "b": 2}, None),
    ("the first that is there", {"a": ["b", "c", "d"]}, "a", {"c": 2, "d": 3}, 2),
    ("missing everywhere", {"a": ["b"]}, "a", {"c": 1}, UNSET),
    ("every name that begins so", {"data.*": ["*"]}, "data.p.q", {"p": {"q": 1}}, 1),
    ("another name is left alone", {"data.*": ["*"]}, "p.q", {"data": {"p": {"q": 1}}}, UNSET),
    ("every name", {"*": ["records.*"]}, "type", {"records": [{"type": "A"}, {"b": 0}, {"type": "B"}]}, ["A", "B"]),
    ("the name itself before every name", {"a": ["x"], "*": ["in.*"]}, "a", {"x": 1, "in": {"a": 2}}, 1),
    ("a member of a list", {"s": ["events.parameters[name=SETTING].value"]}, "s", EVENTS, "x"),
    ("in any case", {"s": ["events.parameters[name=setting].value"]}, "s", EVENTS, "x"),
    ("the member itself", {"s": ["l[k=1]"]}, "s", {"l": [{"k": 1}, {"k": 2}]}, {"k": 1}),
    ("several such members", {"s": ["l[k=1].v"]}, "s", {"l": [{"k": 1, "v": 8}, {"k": 1, "v": 9}, 3]}, [8, 9]),
    ("no such member", {"s": ["events.parameters[name=OTHER].value"]}, "s", EVENTS, UNSET),
    ("a member without that field", {"s": ["l[k=1].v"]}, "s", {"l": [{"k": 1}]}, UNSET),
    ("text", {"s": [{"text": "{a.b}.example"}]}, "s", {"a": {"b": "x"}}, "x.example"),
    ("text without fields", {"s": [{"text": "success"}]}, "s", {}, "success"),
    ("text of a field that is missing", {"s": [{"text": "{a}.{b}"}]}, "s", {"a": "x"}, UNSET),
    ("another word", {"s": [{"path": "c", "values": {"0": "yes"}}]}, "s", {"c": 0}, "yes"),
    ("another word in any case", {"s": [{"path": "c", "values": {"True": "yes"}}]}, "s", {"c": "TRUE"}, "yes"),
    ("no other word", {"s": [{"path": "c", "values": {"0": "yes"}}]}, "s", {"c": 5}, 5),
    ("all other words", {"s": [{"path": "c", "values": {"0": "yes"}, "else": "no"}]}, "s", {"c": 5}, "no"),
    ("another word for each", {"s": [{"path": "c", "values": {"a": "b"}}]}, "s", {"c": ["a", "z"]}, ["b", "z"]),
    ("what is behind", {"s": [{"path": "c", "after": "/logs/"}]}, "s", {"c": "p/x/logs/a%2Fb"}, "a%2Fb"),
    ("all where that is not there", {"s": [{"path": "c", "after": "/logs/"}]}, "s", {"c": "a%2Fb"}, "a%2Fb"),
    ("what is behind in each", {"s": [{"path": "c", "after": "#"}]}, "s", {"c": ["x#a", "b", 3]}, ["a", "b", 3]),
    ("behind nothing", {"s": [{"path": "c", "after": "#"}]}, "s", {}, UNSET),
    ("another word for nothing", {"s": [{"path": "c", "values": {"a": "b"}, "else": "no"}]}, "s", {}, UNSET),
]


@pytest.mark.parametrize(("table", "name", "record", "value"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_field_is_found_where_the_table_says(
    table: dict[str, list[Any]], name: str, record: dict[str, Any], value: Any
) -> None:
    assert Aliases(table).getter(name)(record) == value


PATHS = st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map(".".join)
RECORDS = st.recursive(
    st.integers(0, 3) | st.none(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "b", "c", "a.b"]), inner),
)


@given(st.dictionaries(st.sampled_from("abc"), RECORDS), PATHS, PATHS)
def test_an_alias_is_the_field_itself_or_else_the_other(record: dict[str, Any], name: str, other: str) -> None:
    own, there = (resolve(record, tuple(path.split("."))) for path in (name, other))
    assert Aliases({name: [other]}).getter(name)(record) == (there if own is UNSET else own)


def test_a_bracket_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no \\[name=value\\]"):
        Aliases({"s": ["a[b].c"]}).getter("s")
