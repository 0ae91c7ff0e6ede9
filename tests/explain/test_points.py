"""Which open points of the specification a rule relies on; their numbers are those of docs/semantics.md."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.explain.points import POINTS, points_of
from tests.load.rules import loaded

RULE = "title: t\n{id}logsource: {{product: test}}\ndetection:\n  s:\n{items}\n  condition: {condition}\n"
ID = "id: 00000000-0000-4000-8000-000000000001\n"

CASES: list[tuple[list[str], str, str]] = [
    (["a: x"], "s", ""),
    (["a: x"], "not s", ""),
    (["a|re: x", "b: null"], "s", "3.10 5.2"),
    (["a: 5"], "s", "2.6"),
    (["a: é"], "s", "2.12"),
    (["a|cased: é"], "s", ""),
    (["a|contains: x"], "s", "3.2"),
    (["a|neq: x"], "s", "3.7"),
    (["a|neq: x"], "not s", "3.7"),
    (["a|cidr: 10.0.0.0/8"], "s", "3.12"),
    (["a|gt: 5"], "s", "3.14"),
    (["a|hour: 5"], "s", "3.16"),
    (["a|fieldref: b"], "s", "3.18"),
    (["a|fieldref|cased: b"], "s", ""),
    (["a: '*'"], "s", "3.2 5.4"),
    (["a.b: x"], "s", "6.2"),
    (["a.b.c: x"], "s", "6.2 6.3"),
    (["a.b: x", "a.c: x"], "s", "6.2 6.5"),
    (["a.b: x", "b.c: x"], "s", "6.2"),
    (["a|contains|all: [x, y]"], "s", "3.2 6.5"),
    (["a: [x, y]"], "s", ""),
    (["- x"], "s", "6.9"),
    (["'|all': [x, y]"], "s", "6.8 6.9"),
    (["'|re': x"], "s", "3.10 6.9 6.10"),
    (["'|startswith': x"], "s", "6.9 6.10"),
]


@pytest.mark.parametrize(("items", "condition", "points"), CASES, ids=[f"{one[0]} {one[1]}" for one in CASES])
def test_a_rule_relies_on(items: list[str], condition: str, points: str):
    text = RULE.format(id=ID, items="\n".join(f"    {item}" for item in items), condition=condition)
    assert points_of(loaded(text)) == tuple(points.split())


def test_a_rule_without_id_is_known_by_something_else():
    assert points_of(loaded(RULE.format(id="", items="    a: x", condition="s"))) == ("1.4",)


def test_every_point_has_a_case():
    assert {"1.4", *(" ".join(points for _, _, points in CASES)).split()} == {point.id for point in POINTS}


def test_the_numbers_are_those_of_open_points_in_the_documentation_and_in_its_order(checkout: Path):
    page = (checkout / "docs" / "semantics.md").read_text("utf-8")
    there = re.findall(r"^\| ([0-9.]+) \| OPEN \|", page, re.MULTILINE)
    assert [number for number in there if number in {point.id for point in POINTS}] == [point.id for point in POINTS]
