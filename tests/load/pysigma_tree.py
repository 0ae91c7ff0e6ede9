"""pySigma's own tree of a rule, in the shape of ours: modifiers applied and conditions parsed by pySigma."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from sigma.conditions import (
    ConditionAND,
    ConditionFieldEqualsValueExpression,
    ConditionNOT,
    ConditionOR,
    ConditionValueExpression,
)
from sigma.rule import SigmaRule

from engine.load.expressions import _predicate
from engine.rules import And, Const, Expr, Not, Or, Rule, Selection


def theirs(rule: Rule) -> Any:
    """The whole condition, as pySigma understands the rule's file."""
    document = yaml.load(Path(rule.path).read_bytes(), Loader=yaml.CSafeLoader)
    parsed = [_tree(one.parsed) for one in SigmaRule.from_dict(document).detection.parsed_condition]
    return flat(("or", *parsed))


def _tree(node: Any) -> Any:
    if isinstance(node, ConditionNOT):
        return ("not", _tree(node.args[0]))
    if isinstance(node, (ConditionAND, ConditionOR)):
        return ("and" if isinstance(node, ConditionAND) else "or", *map(_tree, node.args))
    if isinstance(node, ConditionFieldEqualsValueExpression):
        return ours(_predicate(node.field, node.value))
    assert isinstance(node, ConditionValueExpression)
    return "keyword"


def ours(expr: Expr, rule: Rule | None = None) -> Any:
    """Our expression, with selections put in place of their names."""
    if isinstance(expr, (And, Or)):
        return ("and" if isinstance(expr, And) else "or", *(ours(arg, rule) for arg in expr.args))
    if isinstance(expr, Not):
        return ("not", ours(expr.arg, rule))
    if isinstance(expr, Selection):
        assert rule is not None
        return ours(rule.selections[expr.name], rule)
    if isinstance(expr, Const):
        return expr.value
    return expr if expr.field is not None else "keyword"


def flat(tree: Any) -> Any:
    """Nested and/or of one kind in one; those of a single term replaced by it."""
    if not isinstance(tree, tuple) or tree[0] not in ("and", "or", "not"):
        return tree
    args: list[Any] = []
    for arg in map(flat, tree[1:]):
        same = tree[0] != "not" and isinstance(arg, tuple) and arg[0] == tree[0]
        args += arg[1:] if same else [arg]
    return args[0] if len(args) == 1 and tree[0] != "not" else (tree[0], *args)
