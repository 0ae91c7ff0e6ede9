"""Evaluating JMESPath within a budget: the answers of the jmespath library, none of which takes long or much memory.

    evaluate = compile(tree)      tree: what `engine.load.jmes.parse` made of the expression
    value = evaluate(record)      raises Failed or OverBudget
    true(value)                   whether JMESPath counts it as true

A tree is compact JSON, so that a ruleset holds no parser's object and a scan imports no parser.
"""

from __future__ import annotations

from engine.jmes.evaluate import Evaluate, compile
from engine.jmes.functions import FUNCTIONS, Function, kind
from engine.jmes.values import BUDGET, Failed, OverBudget, equal, true
from engine.jmes.written import written

__all__ = [
    "BUDGET",
    "FUNCTIONS",
    "Evaluate",
    "Failed",
    "Function",
    "OverBudget",
    "compile",
    "equal",
    "kind",
    "true",
    "written",
]
