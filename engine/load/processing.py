"""Files of processing pipelines -> one Pipeline that changes pySigma rules, on pySigma 1.5 and 2.x alike.

The YAML is read as rules are (documents.py), so that faults have places. pySigma makes the items and applies them;
where it would lose something of ours, or change what a rule means, transformations.py stands in for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sigma.exceptions import SigmaError
from sigma.processing.conditions import RuleContainsDetectionItemCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import (
    AddConditionTransformation,
    ValueListPlaceholderTransformation,
    transformations,
)
from sigma.rule import SigmaDetection, SigmaRule

from engine.errors import Place, UsageError
from engine.load.documents import Document, Unreadable, documents, place_of
from engine.load.faults import Fault, Key, Steps, did_you_mean
from engine.load.files import File
from engine.load.installed import Installed, ready
from engine.load.transformations import adapt, bare, dressed
from engine.load.values import typed

__all__ = ["Pipeline"]

SLIPS = (SigmaError, TypeError, ValueError, AttributeError, LookupError, NotImplementedError, RecursionError)
"""pySigma's errors, and what it raises by mistake for values that it did not expect."""

_KEYS = ("name", "priority", "vars", "transformations", "postprocessing", "finalizers", "allowed_backends")
_OUTSIDE = ("file_placeholders", "http_placeholders", "command_placeholders")
_SWITCHES = (
    "rule_cond_not", "detection_item_cond_not", "field_name_cond_not", "negated", "template", "skip_special",
    "interpret_special", "preserve_unmatched", "drop_algo_prefix", "negate",
)  # fmt: skip
_LINKS = ("rule_cond_op", "detection_item_cond_op", "field_name_cond_op")
_CONDITIONS = ("rule_conditions", "detection_item_conditions", "field_name_conditions")
_MAPPED = ("field_name_mapping", "field_name_prefix_mapping", "map_string")
_NULLS = ("null", "Null", "NULL", "~", "")


class Pipeline:
    """All pipelines of a load as one; `warnings` says what of them means nothing here."""

    def __init__(
        self, given: Sequence[File | Installed], variables: Mapping[str, list[str]] = MappingProxyType({})
    ) -> None:
        """Read them, lowest priority first and else in order; `variables` fill what is left. Raises UsageError."""
        self.warnings: list[str] = []
        self.added = 0
        parts = sorted((self._part(one) for one in given), key=lambda part: part[0])
        items = [item for _, part, _ in parts for item in part]
        names = {name: value for _, _, named in parts for name, value in named.items()} | dict(variables)
        if variables:
            items.append(ProcessingItem(ValueListPlaceholderTransformation(include=list(variables))))
        self._pipeline = ProcessingPipeline(items=items, vars=names)
        for item in _all_items(items):
            nested = getattr(item.transformation, "_nested_pipeline", None)
            if nested is not None:
                nested.vars = names
            _mind_types(item)
            adapt(item.transformation)

    def apply(self, rule: SigmaRule) -> set[str]:
        """Change the rule; returns the selections of which nothing is left. Raises Fault."""
        rule.fields = [str(field) for field in rule.fields] if isinstance(rule.fields, list) else []
        for selection in rule.detection.detections.values():
            bare(selection)
        try:
            self._pipeline.apply(rule)
        except SLIPS as error:
            raise refused(error) from None
        for selection in rule.detection.detections.values():
            dressed(selection)
        return {name for name, selection in rule.detection.detections.items() if not _kept(selection)}

    def _part(self, file: File | Installed) -> tuple[float, list[ProcessingItem], dict[str, Any]]:
        """Priority, items and variables of one pipeline."""
        if isinstance(file, Installed):
            return self._ready(file)
        try:
            found = list(documents(file.data))
        except Unreadable as error:
            raise UsageError(
                error.fault, Place(file.path, error.line, error.column, error.offset), error.hint
            ) from None
        if not found:
            raise UsageError("the pipeline is empty", Place(file.path), 'it needs "transformations:"')
        try:
            return self._parsed(file, found)
        except Fault as fault:
            place = Place(file.path, *place_of(found[0].node, fault.steps, key=fault.key))
            raise UsageError(fault.fault, place, fault.hint) from None

    def _parsed(self, file: File, found: Sequence[Document]) -> tuple[float, list[ProcessingItem], dict[str, Any]]:
        value = found[0].value
        if len(found) > 1:
            raise Fault("more than one document", "put each pipeline into a file of its own")
        if not isinstance(value, dict) or "detection" in value or not ({*_KEYS} - {"name"}).intersection(value):
            raise Fault("this is no processing pipeline", 'a pipeline has "transformations:"')
        for fault in found[0].faults:
            if not (fault.fault == "a key is empty" and fault.steps[-1:] == ("mapping",)):
                raise fault
        for key in value:
            if key not in _KEYS:
                raise Fault(f'"{key}" means nothing in a pipeline', did_you_mean(str(key), _KEYS), (key,), key=True)
        for key in ("postprocessing", "finalizers"):
            if value.get(key):
                where = Place(file.path, *place_of(found[0].node, (key,), key=True))
                self.warnings.append(f'{where}: "{key}" changes queries, of which there are none here')
        priority = value.get("priority") or 0
        if isinstance(priority, bool) or not isinstance(priority, int | float):
            raise Fault("the priority is no number", None, ("priority",))
        names = value.get("vars") or {}
        if not isinstance(names, dict):
            raise Fault('"vars" is not a mapping', "give each placeholder a value or a list", ("vars",))
        return priority, list(self._items(value.get("transformations") or [], ("transformations",))), names

    def _items(self, items: Any, steps: Steps) -> Iterator[ProcessingItem]:
        if not isinstance(items, list):
            raise Fault(f'"{steps[-1]}" is not a list', 'begin each transformation with "- "', steps)
        for at, item in enumerate(items):
            yield self._item(item, (*steps, at))

    def _item(self, item: Any, steps: Steps) -> ProcessingItem:
        _check(item, steps)
        kind = item["type"]
        made = dict(item)
        if kind == "nest":
            nested, made["items"] = list(self._items(item.get("items"), (*steps, "items"))), []
        if kind == "add_condition":
            made["name"] = self._name(item.get("name"))
        if kind == "field_name_mapping":
            mapping = item.get("mapping", {})
            made["mapping"] = {None if key in _NULLS else key: value for key, value in mapping.items()}
        try:
            result = ProcessingItem.from_dict(made)
            if kind == "nest":
                transformation: Any = result.transformation
                transformation._nested_pipeline = ProcessingPipeline(items=nested)
        except SLIPS as error:
            raise Fault(f'the transformation "{kind}" is wrong: {_said(error)}', None, steps) from None
        return result

    def _ready(self, given: Installed) -> tuple[float, list[ProcessingItem], dict[str, Any]]:
        """The same of one that is installed as Python; a copy, because it may be shared."""
        pipeline = ready(given)
        if pipeline.postprocessing_items or pipeline.finalizers:
            self.warnings.append(f'the pipeline "{given.name}" also changes queries, of which there are none here')
        items = list(pipeline.items)
        for item in _all_items(items):
            transformation = item.transformation
            if isinstance(transformation, AddConditionTransformation):
                made_up = (transformation.name or "").startswith("_cond_")
                transformation.name = self._name(None if made_up else transformation.name)
        return pipeline.priority, items, dict(pipeline.vars)

    def _name(self, given: Any) -> str:
        """What an added condition is called: the same in every run, and outside of `them`."""
        self.added += 1
        if not given:
            return f"_cond_{self.added}"
        return str(given) if str(given).startswith("_") else f"_{given}"


def _mind_types(item: ProcessingItem) -> None:
    """pySigma's condition on an item's value finds only values of the very same type, and ours are our own."""
    conditions: Any = item.rule_conditions
    for condition in conditions.values() if isinstance(conditions, dict) else conditions:
        if isinstance(condition, RuleContainsDetectionItemCondition):
            condition.sigma_value = typed(condition.value)


def refused(error: Exception) -> Fault:
    """An error of a pipeline, about the rule it was applied to."""
    if isinstance(error, Fault):
        return error
    return Fault(f"a pipeline refuses the rule: {_said(error)}", "change the pipeline, or leave the rule out")


def _said(error: Exception) -> str:
    return str(error).strip() or type(error).__name__


def _check(item: Any, steps: Steps) -> None:
    """What pySigma would read as something else, or stumble over when it meets a rule."""
    kind = item.get("type") if isinstance(item, dict) else None
    if not isinstance(kind, str):
        raise Fault("a transformation without a type", 'add "type:"', steps)
    if kind not in transformations:
        hint = did_you_mean(kind, transformations)
        raise Fault(f'unknown transformation "{kind}"', hint, (*steps, "type"))
    if kind in _OUTSIDE:
        raise Fault(f'"{kind}" reads what is not part of the pipeline', 'put the values into "vars"', (*steps, "type"))
    if kind == "field_name_transform":
        raise Fault(f'"{kind}" needs a function of Python', 'use "field_name_mapping"', (*steps, "type"))
    if kind in _MAPPED:
        _check_mapping(item.get("mapping"), (*steps, "mapping"))
    _check_words(item, steps)
    for name in _CONDITIONS:
        conditions = item.get(name)
        listed: list[tuple[Key, Any]] = list(enumerate(conditions)) if isinstance(conditions, list) else []
        for at, condition in conditions.items() if isinstance(conditions, dict) else listed:
            if not isinstance(condition, dict):
                raise Fault("a condition is not a mapping", 'give it "type:"', (*steps, name, at))
            _check_words(condition, (*steps, name, at))


def _check_mapping(mapping: Any, steps: Steps) -> None:
    if not isinstance(mapping, dict):
        raise Fault("the mapping is missing or no mapping", 'write "mapping:" with "from: to" under it', steps)
    for key, value in mapping.items():
        values = value if isinstance(value, list) else [value]
        if not values or any(not isinstance(one, str) for one in values):
            raise Fault(f'"{key}" is mapped to what is no text', "put it in quotes", (*steps, key))


def _check_words(item: dict[str, Any], steps: Steps) -> None:
    """In YAML 1.2 `yes` and `no` are text, of which both would count as true."""
    for name in _SWITCHES:
        if not isinstance(item.get(name, False), bool):
            raise Fault(f'"{name}" is neither true nor false', "write true or false without quotes", (*steps, name))
    for name in _LINKS:
        if item.get(name, "and") not in ("and", "or"):
            raise Fault(f'"{name}" is neither "and" nor "or"', None, (*steps, name))


def _all_items(items: Sequence[ProcessingItem]) -> Iterator[ProcessingItem]:
    for item in items:
        yield item
        nested = getattr(item.transformation, "_nested_pipeline", None)
        if nested is not None:
            yield from _all_items(nested.items)


def _kept(detection: SigmaDetection) -> bool:
    """Take out what a pipeline emptied; whether anything is left."""
    items = detection.detection_items
    items[:] = [item for item in items if not isinstance(item, SigmaDetection) or _kept(item)]
    return bool(items)
