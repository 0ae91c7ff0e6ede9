"""A rule with what changes it from outside, filters, a pipeline and variables, and what all of them together mean.

The meaning is made here from the words of the specification, without pySigma and without `engine/load`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from engine.rules import ANY, And, Expr, Not, Or, Text
from tests.match.sigma_text import FIELDS, Names, conditions, same, selection, unwritten
from tests.strategies import Choices, joined

__all__ = ["Beside", "beside"]

ID = "6f3f1f2a-0c61-4c5e-9d2a-3f0d2b1d7a01"
SELECTIONS = ["selection", "sel_two", "_hidden", "_filter_1_selection"]
VALUES = ["a", "B*", "\\*", "é?", "C:\\\\", "10", "ab"]
MAPPINGS: list[dict[str, Any]] = [
    {"a": "b"},
    {"a": ["b", "a.b"]},
    {"eventName": ["a", "eventName", "b"], "a.b": "a"},
    {"requestParameters": "requestParameters.b", "a": ["eventName"]},
]


class Beside(NamedTuple):
    """The documents, pipelines and variables to load, and what the rule then means."""

    text: str
    pipelines: tuple[str, ...]
    variables: dict[str, Any]
    meaning: Expr


def beside(choices: Choices) -> Beside:
    """One rule under one to three filters of which some are for it, with or without a pipeline and variables."""
    mapping = choices.of(MAPPINGS) if choices.below(2) else {}
    names = (lambda field: listed(mapping.get(field, field))) if mapping else same
    variables: dict[str, Any] = {"who": choices.some(1, 3, lambda: choices.of(VALUES)), "one": choices.of(VALUES)}
    content, meaning = detection(choices, names, variables)
    documents: list[dict[str, Any]] = [
        {"title": "A rule", "id": ID, "name": "mine", "logsource": {"product": "test"}, "detection": content}
    ]
    added: list[Expr] = []
    steps: list[dict[str, Any]] = [{"type": "field_name_mapping", "mapping": mapping}] if mapping else []
    if choices.one_in(3):
        steps.append({"type": "add_condition", "name": "_more", "conditions": {"index": ["x", "y"]}})
        added.append(Or((Text("index", ("x",)), Text("index", ("y",)))))
    for number in range(1 + choices.below(3)):
        body, condition = detection(choices, names, variables)
        rules, meant = choices.of(
            [("any", True), (["mine"], True), (["x", ID.upper()], True), ([], True), (["x"], False)]
        )
        logsource, held = choices.of([({"product": "Test"}, True), ({"product": "test", "service": "s"}, False)])
        documents.append({"title": f"Filter {number}", "logsource": logsource, "filter": {**body, "rules": rules}})
        if meant and held:
            added.append(condition)
    text = "\n---\n".join(json.dumps(document, ensure_ascii=False) for document in documents)
    pipelines = (json.dumps({"transformations": steps}) + "\n",) if steps else ()
    return Beside(text, pipelines, variables, And((meaning, *added)))


def listed(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value


def detection(choices: Choices, names: Names, variables: dict[str, Any]) -> tuple[dict[str, Any], Expr]:
    """Selections under a few names, of which one may have placeholders, and a condition over them."""
    made = {name: selection(choices, names) for name in SELECTIONS[: 1 + choices.below(4)]}
    if choices.below(2):
        made["sel_filled"] = filled(choices, names, variables)
    condition, meaning = conditions(choices, {name: expr for name, (_, expr) in made.items()})
    return {name: content for name, (content, _) in made.items()} | {"condition": condition}, meaning


def filled(choices: Choices, names: Names, variables: dict[str, Any]) -> tuple[Any, Expr]:
    """An item whose value has placeholders: every one of its values in their place."""
    field, negated = choices.of(FIELDS), choices.one_in(4)
    affix, before, after = choices.of(
        [("", (), ()), ("|contains", (ANY,), (ANY,)), ("|startswith", (), (ANY,)), ("|endswith", (ANY,), ())]
    )
    written, made = choices.of(
        [("%who%", ["{who}"]), ("x%one%", ["x{one}"]), ("%one%-%who%", ["{one}-{who}"]), (r"\%one%who%", ["%one{who}"])]
    )
    texts = [made[0].format(who=who, one=variables["one"]) for who in variables["who"]]
    copies = []
    for name in names(field):
        terms = tuple(Text(name, joined([*before, *unwritten(each), *after])) for each in texts)
        copies.append(Not(Or(terms)) if negated else Or(terms))
    return {f"{field}|expand{affix}{'|neq' if negated else ''}": written}, Or(tuple(copies))
