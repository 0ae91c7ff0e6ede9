"""Native rules: documents with Sigma's vocabulary, marked `language: jmespath`, whose expressions are JMESPath.

match: eventName == 'StopLogging'           one expression; or

detection:                                  expressions with names, joined by a Sigma condition
  stopped: eventName == 'StopLogging'
  by_hand: contains(userAgent, 'console')
  condition: stopped and by_hand
"""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.load.collections import LANGUAGE
from engine.load.conditions import parse_all
from engine.load.exact import expression
from engine.load.faults import Fault, Steps, did_you_mean
from engine.load.pysigma import condition_texts
from engine.rules import Expr, Selection

__all__ = ["KEYS", "LOGSOURCE_KEYS", "Native", "as_expression", "native"]

KEYS = (
    "title", "id", "name", "related", "taxonomy", "status", "description", "license", "author", "references", "date",
    "modified", "logsource", "tags", "scope", "fields", "falsepositives", "level", "alert_title",
    "language", "match", "detection",
)  # fmt: skip
"""Every key that a native rule may have: Sigma's, and two of its own."""

LOGSOURCE_KEYS = ("product", "service", "category", "definition")


class Native(NamedTuple):
    """What a native rule looks for."""

    selections: dict[str, Expr]
    condition: Expr


def native(document: dict[str, Any], remarks: list[Fault]) -> tuple[Native | None, list[Fault]]:
    """What the rule looks for, or everything that is wrong with it; its head is for pySigma to check.

    remarks  takes what is odd about it without being wrong
    """
    faults = [*_strange_keys(document), *_language(document)]
    found: Native | None = None
    if "match" in document and "detection" in document:
        faults.append(Fault('"match" and "detection" at once', "keep one of them", ("detection",), key=True))
    elif "match" in document:
        expr = _expression(document["match"], ("match",), faults)
        found = Native({"match": expr}, Selection("match")) if expr else None
    elif "detection" in document:
        found = _detection(document["detection"], faults, remarks)
    else:
        faults.append(Fault('the rule has neither "match" nor "detection"', 'add "match:" with an expression'))
    return (None if faults else found), faults


def as_expression(fault: Fault) -> Fault:
    """A fault of the YAML with what it probably comes from where expressions are meant."""
    if fault.fault.startswith("the YAML tag"):
        fault.hint = "put an expression that begins with ! in quotes, or behind | on a line of its own"
    return fault


def _strange_keys(document: dict[str, Any]) -> list[Fault]:
    logsource = document.get("logsource")
    inside = [("logsource", key) for key in logsource] if isinstance(logsource, dict) else []
    faults = []
    for steps, known in [*(((key,), KEYS) for key in document), *((steps, LOGSOURCE_KEYS) for steps in inside)]:
        if steps[-1] not in known:
            hint = did_you_mean(steps[-1], known) or f"it may have {', '.join(known)}"
            whose = "a native rule" if len(steps) == 1 else "a logsource"
            faults.append(Fault(f'{whose} has no key "{steps[-1]}"', hint, steps, key=True))
    return faults


def _language(document: dict[str, Any]) -> list[Fault]:
    if "language" not in document:
        return [
            Fault('a rule with "match" does not say its language', 'add "language: jmespath"', ("match",), key=True)
        ]
    language = document["language"]
    if language == LANGUAGE:
        return []
    hint = did_you_mean(language, (LANGUAGE,)) if isinstance(language, str) else None
    said = f'"{language}" is no language that rules are written in'
    return [Fault(said, hint or 'write "jmespath"; Sigma rules have no language', ("language",))]


def _detection(given: Any, faults: list[Fault], remarks: list[Fault]) -> Native | None:
    if not isinstance(given, dict):
        faults.append(Fault("detection is not a mapping", "give every expression a name", ("detection",)))
        return None
    names = [name for name in given if name != "condition"]
    if not names:
        faults.append(Fault("detection has no expression", 'or write "match:" with one', ("detection",)))
    exprs = {name: _expression(given[name], ("detection", name), faults) for name in names}
    try:
        condition = parse_all(condition_texts(given), list(exprs), remarks)
    except Fault as fault:
        faults.append(fault)
        return None
    return Native({name: expr for name, expr in exprs.items() if expr is not None}, condition)


def _expression(given: Any, steps: Steps, faults: list[Fault]) -> Expr | None:
    if not isinstance(given, str):
        hint = "put the expression in quotes, or behind | on a line of its own"
        faults.append(Fault(f"{steps[-1]} is no text", hint, steps))
        return None
    try:
        return expression(given)
    except Fault as fault:
        faults.append(fault.under(*steps))
        return None
