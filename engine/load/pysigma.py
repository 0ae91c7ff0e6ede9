"""A document -> a pySigma rule, on pySigma 1.5 and 2.x alike, and its complaints in our words.

pySigma checks the document and holds the rule while pipelines work on it. Its detection items are built here, with
modifiers.py in place of pySigma's own, because those read some values wrongly; its condition parser is not used
(conditions.py). No pySigma object leaves load/.
"""

from __future__ import annotations

from typing import Any

from sigma.conditions import ConditionAND, ConditionOR
from sigma.exceptions import SigmaError
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaDetections, SigmaRule
from sigma.types import SigmaNull

from engine.load import modifiers
from engine.load.faults import Fault, Steps, did_you_mean
from engine.load.values import typed

__all__ = ["Item", "condition_texts", "detection", "sigma_head", "sigma_rule"]

LEVELS = ("informational", "low", "medium", "high", "critical")
STATUSES = ("stable", "test", "experimental", "deprecated", "unsupported")

_STUB: dict[str, Any] = {"stub": "stub", "condition": "stub"}

_KEYS = {
    "SigmaTitleError": "title",
    "SigmaIdentifierError": "id",
    "SigmaNameError": "name",
    "SigmaTypeError": "name",
    "SigmaLevelError": "level",
    "SigmaStatusError": "status",
    "SigmaLogsourceError": "logsource",
    "SigmaTaxonomyError": "taxonomy",
    "SigmaRelatedError": "related",
    "SigmaTagError": "tags",
    "SigmaValueError": "tags",
    "SigmaDateError": "date",
    "SigmaModifiedError": "modified",
    "SigmaFieldsError": "fields",
    "SigmaFalsePositivesError": "falsepositives",
    "SigmaAuthorError": "author",
    "SigmaDescriptionError": "description",
    "SigmaReferencesError": "references",
    "SigmaScopeError": "scope",
    "SigmaLicenseError": "license",
}
"""Which key of the document a class of pySigma's errors is about."""

_NEEDED = frozenset(("title", "id", "name", "level", "status", "logsource"))
"""Keys without which a rule cannot be named, chosen or routed; a fault in any other is a warning."""


class Item(SigmaDetectionItem):
    """A detection item that knows where in the document it stands.

    inside  its texts are looked for anywhere in the event, and have a wildcard at both ends for that
    """

    where: Steps = ()
    inside: bool = False


def sigma_rule(document: dict[str, Any]) -> tuple[SigmaRule, list[Fault]]:
    """The rule, and what is wrong with it that does not keep it from working. Raises Fault for the rest."""
    rule, remarks = sigma_head(document)
    rule.detection = _detections(document)
    return rule, remarks


def sigma_head(document: dict[str, Any]) -> tuple[SigmaRule, list[Fault]]:
    """The same for everything but the detection, in place of which stands a stub."""
    _check_logsource(document.get("logsource"))
    _check_plain(document)
    try:
        rule = SigmaRule.from_dict({**document, "detection": _STUB}, collect_errors=True)
    except SigmaError as error:
        raise Fault(str(error)) from None
    except (TypeError, ValueError, AttributeError, KeyError) as error:
        # pySigma's own slips on types it did not expect, such as `related: [{id: 5}]`.
        raise Fault(f"pySigma cannot read the rule: {error}") from None
    remarks = []
    for complaint in rule.errors:
        fault = _complaint(complaint, document)
        if fault.steps and fault.steps[0] not in _NEEDED:
            remarks.append(fault)
        elif not (fault.steps == ("title",) and isinstance(document.get("title"), str)):
            raise fault
    rule.errors.clear()
    rule.detection = SigmaDetections({"stub": detection("stub", ())}, ["stub"])
    return rule, remarks


def _complaint(error: SigmaError, document: dict[str, Any]) -> Fault:
    key = _KEYS.get(type(error).__name__, "")
    value = document.get(key)
    if key == "level" and isinstance(value, str):
        return Fault(f'"{value}" is no level', did_you_mean(value, LEVELS) or _one_of(LEVELS), (key,))
    if key == "status" and isinstance(value, str):
        return Fault(f'"{value}" is no status', did_you_mean(value, STATUSES) or _one_of(STATUSES), (key,))
    if key == "id":
        return Fault(f'the id "{value}" is no UUID', 'use a UUID; a readable name goes into "name:"', (key,))
    if key == "title" and value is None:
        return Fault("the rule has no title", 'add "title:"', (key,))
    return Fault(str(error).strip(), None, (key,) if key else ())


def _one_of(words: tuple[str, ...]) -> str:
    return "one of " + ", ".join(words)


def _check_logsource(logsource: Any) -> None:
    hint = 'add "logsource:" with product, service or category'
    if logsource is None:
        raise Fault("the rule has no logsource", hint, ("logsource",))
    if not isinstance(logsource, dict):
        raise Fault("logsource is not a mapping", hint, ("logsource",))
    for key in ("product", "service", "category"):
        if logsource.get(key) is not None and not isinstance(logsource[key], str):
            raise Fault(f"{key} is not text", None, ("logsource", key))
    if not any(logsource.get(key) for key in ("product", "service", "category")):
        raise Fault("logsource says neither product, service nor category", hint, ("logsource",))


def _check_plain(document: dict[str, Any]) -> None:
    """What pySigma would stumble over instead of complaining."""
    for key in ("id", "title", "name", "level", "status"):
        value = document.get(key)
        if value is not None and not isinstance(value, str):
            raise Fault(f"{key} is not text", "put it in quotes", (key,))
    if document.get("title") == "":
        raise Fault("the title is empty", None, ("title",))


# Detections


def _detections(document: dict[str, Any]) -> SigmaDetections:
    given = document.get("detection")
    if given is None:
        raise Fault("the rule has no detection", 'add "detection:" with selections and a condition', ("detection",))
    if not isinstance(given, dict):
        raise Fault("detection is not a mapping", None, ("detection",))
    conditions = condition_texts(given)
    named = {
        name: detection(definition, ("detection", name))
        for name, definition in given.items()
        if name not in ("condition", "timeframe")
    }
    if not named:
        raise Fault("detection has no selection", None, ("detection",))
    return SigmaDetections(named, conditions)


def condition_texts(detection: dict[str, Any]) -> list[str]:
    """The conditions under a `detection:`, one or several. Raises Fault."""
    steps = ("detection", "condition")
    if "condition" not in detection:
        raise Fault("the rule has no condition", 'add "condition:" under "detection:"', steps)
    condition = detection["condition"]
    conditions = condition if isinstance(condition, list) else [condition]
    if not conditions or any(not isinstance(one, str) for one in conditions):
        raise Fault("the condition is not text", "write selection names, and, or, not", steps)
    return conditions


def detection(definition: Any, steps: Steps) -> SigmaDetection:
    """What a selection says, as pySigma's object with our items in it. Raises Fault."""
    if isinstance(definition, dict):
        if not definition:
            raise Fault("the selection is empty", "give it a field and a value", steps)
        return SigmaDetection([_item(key, value, (*steps, key)) for key, value in definition.items()],
                              item_linking=ConditionAND)  # fmt: skip
    if isinstance(definition, list):
        if not definition:
            raise Fault("the selection is empty", "give it a field and a value", steps)
        if not any(isinstance(one, (dict, list)) for one in definition):
            return SigmaDetection([_item("", definition, steps)], item_linking=ConditionAND)
        return SigmaDetection([detection(one, (*steps, at)) for at, one in enumerate(definition)],
                              item_linking=ConditionOR)  # fmt: skip
    return SigmaDetection([_item("", definition, steps)], item_linking=ConditionAND)


def _item(key: str, value: Any, steps: Steps) -> Item:
    name, *names = key.split("|")
    field = name or None
    try:
        if isinstance(value, list):
            values = [_value(one, at) for at, one in enumerate(value)]
        else:
            values = [typed(value)]
        values, linked, negated = modifiers.apply(names, values, field)
    except Fault as fault:
        fault.key = not fault.steps
        fault.steps = fault.steps if isinstance(value, list) else ()
        fault.fault = f'{fault.fault} in "{key}"' if key else fault.fault
        raise fault.under(*steps) from None
    if not values:
        if field is None or any(name not in ("all", "neq") for name in names):
            raise Fault(f'no values in "{key}"', "give it at least one value", steps, key=True)
        values = [SigmaNull()]  # pySigma reads `field: []` as null
    item = Item(field, [], values, ConditionAND if linked else ConditionOR, negated, auto_modifiers=False)
    item.where = steps
    item.inside = field is None and not {"startswith", "endswith"}.intersection(names)
    return item


def _value(value: Any, at: int) -> Any:
    try:
        return typed(value)
    except Fault as fault:
        raise fault.under(at) from None
