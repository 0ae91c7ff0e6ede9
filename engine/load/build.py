"""One file after another -> rules, faults and remarks, with the places they are at."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaRule

from engine.errors import Place, RuleError
from engine.load.collections import Collection, Kind, kind_of
from engine.load.conditions import parse_all, without
from engine.load.correlations import drafted
from engine.load.derived import Definitions
from engine.load.documents import Document, Unreadable, documents, place_of
from engine.load.excerpts import pointed_at
from engine.load.expressions import expressions
from engine.load.faults import Fault
from engine.load.files import File, is_test
from engine.load.filters import Filter, Filters
from engine.load.identity import Known, content
from engine.load.joint import Joint, Misfit, misfit
from engine.load.native import Native, as_expression, native
from engine.load.processing import Pipeline
from engine.load.pysigma import sigma_head, sigma_rule
from engine.load.references import References, Waiting
from engine.load.titles import alert_title
from engine.load.tuning import tuned
from engine.model import Level, LogSource
from engine.rules import And, Correlation, Rule, Ruleset

__all__ = ["Builder"]

_BESIDE = (Kind.pipeline,)
"""What may stand beside rules without being one: passed over silently in a folder."""


class Builder:
    """Takes files in order and gathers what they give."""

    def __init__(
        self,
        pipeline: Pipeline | None = None,
        filters: Filters | None = None,
        variables: Mapping[str, list[str]] = MappingProxyType({}),
    ) -> None:
        self.pipeline = pipeline
        self.variables = variables
        self.filters = filters or Filters()
        self.definitions = Definitions()
        self.order: dict[str, int] = {}
        self.files: dict[str, File] = {}
        self.rules: list[Rule] = []
        self.rejected: list[RuleError] = []
        self.warnings: list[str] = list(pipeline.warnings) if pipeline else []
        self.known = Known()
        self.counts: Counter[Kind] = Counter()
        self.waiting: list[Waiting] = []
        self.refused: dict[str, RuleError] = {}
        self.sources: dict[str, Any] = {}
        self.others: list[str] = []
        self.natives = 0

    def add(self, file: File) -> None:
        """Read one file; nothing is raised for what is wrong in it."""
        self.order[file.path] = len(self.order)
        self.files[file.path] = file
        if file.fault is not None:
            self.reject(file.path, Fault(f"the file cannot be read: {file.fault}"))
        elif file.named and is_test(file.path):
            self.reject(file.path, Fault("the file holds tests, not rules", 'run it with "detect test"'))
        else:
            self.documents(file)

    def ruleset(self) -> Ruleset:
        """Everything so far."""
        derived = self.definitions.finish()
        rules, spoilt = self.definitions.sound(self.rules, self.files)
        correlations, broken = self.correlations(rules, spoilt)
        late = [error for error in self.filters.errors.values() if not any(error is each for each in self.rejected)]
        late += [*self.definitions.rejected, *spoilt, *broken]
        rejected = sorted([*self.rejected, *late], key=self.position) if late else self.rejected
        warnings = (*self.summary(), *self.warnings, *self.filters.warnings())
        return Ruleset(tuple(rules), tuple(rejected), warnings, derived, tuple(correlations))

    def correlations(
        self, rules: Sequence[Rule], spoilt: Iterable[RuleError]
    ) -> tuple[list[Correlation], list[RuleError]]:
        """Those that can be used, inner ones first, and what is wrong with the others."""
        if not self.waiting:
            return [], []
        kept = {rule.key for rule in rules}
        by_title = {error.rule: error for error in spoilt}
        for rule in self.rules:
            if rule.key not in kept and rule.title in by_title:
                for word in (rule.id, rule.name, rule.title):
                    self.refused.setdefault(str(word), by_title[rule.title])
        references = References(rules, self.waiting, self.refused)
        found = references.resolved(self.renamed if self.pipeline is not None else None)
        self.warnings += references.warnings
        return found, references.errors

    def renamed(self, key: str, field: str) -> str:
        """What pipelines make of a field of a Sigma rule; native rules are as they are written."""
        if self.pipeline is None or key not in self.sources:
            return field
        said = {"title": "field", "logsource": self.sources[key]}
        sigma, _ = sigma_rule({**said, "detection": {"field": {field: "value"}, "condition": "field"}})
        try:
            self.pipeline.apply(sigma)
        except Fault:
            return field
        found = [item.field for item in _items(sigma.detection.detections["field"]) if item.field]
        return str(found[0]) if found else field

    def position(self, error: RuleError) -> tuple[int, int, int]:
        """What puts errors into the order of their files and lines."""
        place = error.place
        return (self.order.get(place.path, -1), place.line or 0, place.column or 0) if place else (-1, 0, 0)

    def summary(self) -> list[str]:
        """What was passed over, counted."""
        lines = []
        if self.natives and self.pipeline is not None:
            verb = "is" if self.natives == 1 else "are"
            lines.append(
                f"{_counted(self.natives, 'native rule')} {verb} as written: pipelines change Sigma rules only"
            )
        if self.others:
            more = f" and {len(self.others) - 3:,} more" if len(self.others) > 3 else ""
            hold = "holds" if len(self.others) == 1 else "hold"
            lines.append(f"{_counted(len(self.others), 'YAML file')} {hold} no Sigma rule: "
                         f"{', '.join(self.others[:3])}{more}")  # fmt: skip
        return lines

    def documents(self, file: File) -> None:
        kinds: list[Kind] = []
        collection = Collection()
        strangers: list[Document] = []
        try:
            for document in documents(file.data):
                kind = kind_of(document.value)
                kinds.append(kind)
                if kind is Kind.rule:
                    self.rule(file.path, document, collection)
                elif kind is Kind.native:
                    self.native(file, document)
                elif kind is Kind.filter:
                    self.filter(file.path, document)
                elif kind is Kind.correlation:
                    self.correlation(file.path, document)
                elif kind is Kind.fields:
                    self.definitions.add(file.path, document)
                elif kind is Kind.other:
                    strangers.append(document)
                else:
                    self.counts[kind] += 1
        except Unreadable as error:
            place = Place(file.path, error.line, error.column, error.offset)
            self.rejected.append(RuleError(error.fault, place, error.hint))
            return
        self.judge(file, kinds, strangers)

    def judge(self, file: File, kinds: Sequence[Kind], strangers: Sequence[Document]) -> None:
        """Say what of a file was no rule, where that is worth saying."""
        if any(kind not in (Kind.other, *_BESIDE) for kind in kinds):
            for document in strangers:
                hint = "a rule has title, logsource and detection"
                self.reject(file.path, Fault("this document is no Sigma rule", hint), document)
        elif file.named:
            kind = next((kind for kind in kinds if kind in _BESIDE), None)
            what = f"a {kind.value}" if kind else "no Sigma rule" if kinds else "empty"
            said = 'a pipeline is given with "--pipeline"' if kind is Kind.pipeline else None
            self.reject(file.path, Fault(f"the file is {what}", said or "a rule has title, logsource and detection"))
        elif strangers:
            self.others.append(file.path)

    def rule(self, path: str, document: Document, collection: Collection) -> None:
        for fault in document.faults:
            self.reject(path, fault, document)
        try:
            value = collection.rule(document.value)
            if value is None or document.faults:
                return
            self.keep(path, document, value)
        except Fault as fault:
            self.reject(path, fault, document)

    def native(self, file: File, document: Document) -> None:
        """A rule in our own language: all of its faults, or the rule."""
        remarks: list[Fault] = []
        found, faults = native(document.value, remarks)
        broken = [fault.steps for fault in document.faults]  # the values there are not what was written
        faults = [fault for fault in faults if fault.steps not in broken]
        faults += map(as_expression, document.faults)
        try:
            if found is None or document.faults:
                sigma_head(document.value)  # what is wrong there is said along with the rest
            else:
                self.natives += 1
                self.keep(file.path, document, document.value, found, remarks)
        except Fault as wrong:
            faults.append(wrong)
        start = len(self.rejected)
        for fault in faults:
            self.reject(file.path, fault, document, file.data)
        self.rejected[start:] = sorted(self.rejected[start:], key=self.position)

    def correlation(self, path: str, document: Document) -> None:
        """A correlation: all of its faults; what it refers to is seen to when all rules are known."""
        remarks: list[Fault] = []
        value, wrong = tuned(document.value, self.variables)
        draft, faults = drafted(value, os.path.dirname(path), remarks, self.definitions.tables)
        for fault in (*document.faults, *wrong, *faults):
            self.reject(path, fault, document)
        if draft is None or document.faults or wrong:
            return
        key = str(draft.head.id or draft.head.name or content(document.value))
        place = Place(path, *place_of(document.node, ("id",) if draft.head.id else ()))
        try:
            if self.known.add(key, content(document.value), place, draft.head.title):
                self.waiting.append(Waiting(key, path, document, draft))
        except RuleError as error:
            self.rejected.append(error)
        for remark in remarks:
            where = Place(path, *place_of(document.node, remark.steps, key=remark.key))
            self.warnings.append(f"{where}: {remark.fault}")

    def filter(self, path: str, document: Document) -> None:
        """A filter was read before all rules; here its fault comes into the order of the others."""
        error = self.filters.fault_of(path, document)
        if error is not None:
            self.rejected.append(error)

    def keep(
        self,
        path: str,
        document: Document,
        value: dict[str, Any],
        own: Native | None = None,
        said: Sequence[Fault] = (),
    ) -> None:
        rule, remarks = built(path, document.line, value, self.pipeline, self.filters, own)
        remarks = [*said, *remarks]
        place = Place(path, *place_of(document.node, ("id",) if rule.id else ()))
        try:
            new = self.known.add(rule.key, content(value), place, rule.title)
        except RuleError as error:
            self.rejected.append(error)
            return
        if new:
            self.rules.append(rule)
            if own is None:
                self.sources[rule.key] = value["logsource"]
            for remark in remarks:
                where = Place(path, *place_of(document.node, remark.steps, key=remark.key))
                self.warnings.append(f"{where}: {remark.fault}")

    def reject(self, path: str, fault: Fault, document: Document | None = None, data: bytes | None = None) -> None:
        """Note a fault; with the data of its file also how its line looks."""
        place, shown = Place(path), None
        if document is not None:
            line, column = place_of(document.node, fault.steps, key=fault.key)
            if data is not None:
                line, column, shown = pointed_at(document.node, fault, data)
            place = Place(path, line, column)
        self.rejected.append(RuleError(fault.fault, place, fault.hint, _title(document), shown))
        value = document.value if document is not None else None
        for word in [value.get(key) for key in ("id", "name", "title")] if isinstance(value, dict) else ():
            if isinstance(word, str):
                self.refused.setdefault(word, self.rejected[-1])


def built(
    path: str, line: int, value: dict[str, Any], pipeline: Pipeline | None = None, filters: Filters | None = None,
    own: Native | None = None,
) -> tuple[Rule, list[Fault]]:  # fmt: skip
    """One document as a rule with its filters, and what is odd about it. Raises Fault for what cannot be used.

    own  what a native rule looks for
    """
    read = sigma_rule if own is None else sigma_head
    sigma, remarks = read(value)
    key = str(sigma.id or sigma.name or content(value))
    filters = filters or Filters()
    joined = filters.of(sigma, key, _logsource(sigma))
    while True:
        try:
            rule = _built(path, line, value, sigma, key, remarks, pipeline, joined, own)
        except Misfit as found:
            filters.spoilt(found.filter, found.fault, key)
            joined.remove(found.filter)
            sigma, remarks = read(value)  # pipelines have changed the other
        else:
            for each in joined:
                each.joined.add(key)
            return rule, remarks


def _built(
    path: str, line: int, value: dict[str, Any], sigma: SigmaRule, key: str, remarks: list[Fault],
    pipeline: Pipeline | None, joined: Sequence[Filter], own: Native | None,
) -> Rule:  # fmt: skip
    """The same with just these filters. Raises Fault for what of the rule, Misfit for what of a filter is of no use."""
    joint = Joint(sigma, joined, own.selections if own else ())
    # All that follows reads what pipelines leave of the rule.
    try:
        gone = pipeline.apply(sigma) if pipeline else set()
    except Fault as fault:
        raise misfit(fault) from None
    titled = alert_title(value, remarks)
    looked_for = own or _looked_for(sigma, value, joint, gone, remarks)
    more, conditions = joint.taken(sigma, gone)
    return Rule(
        key=key,
        title=sigma.title,
        path=path,
        line=line,
        logsource=_logsource(sigma),
        selections=looked_for.selections | more,
        condition=And((looked_for.condition, *conditions)) if conditions else looked_for.condition,
        filters=tuple(each.head for each in joined),
        id=str(sigma.id) if sigma.id else None,
        name=sigma.name,
        level=Level[sigma.level.name.lower()] if sigma.level else Level.medium,
        status=sigma.status.name.lower() if sigma.status else None,
        description=_line(sigma.description),
        author=_line(sigma.author),
        date=_date(value.get("date"), sigma.date),
        modified=_date(value.get("modified"), sigma.modified),
        tags=tuple(map(str, sigma.tags)),
        references=_lines(sigma.references),
        falsepositives=_lines(sigma.falsepositives),
        fields=_lines(sigma.fields),
        alert_title=titled,
    )


def _looked_for(sigma: SigmaRule, value: dict[str, Any], joint: Joint, gone: set[str], remarks: list[Fault]) -> Native:
    """The selections and the condition of a Sigma rule, as pipelines leave them. Raises Fault."""
    names = [name for name in sigma.detection.detections if name not in joint.names]
    texts = [condition.condition for condition in sigma.detection.parsed_condition]
    condition = without(parse_all(texts, names, remarks), gone)
    if condition is None:
        raise Fault("pipelines leave nothing of the condition", "drop less, or leave the rule out")
    if "timeframe" in value["detection"]:
        remarks.append(Fault("a timeframe means nothing without a count", None, ("detection", "timeframe")))
    detections = sigma.detection.detections
    return Native(expressions({name: detections[name] for name in names if name not in gone}), condition)


def _items(detection: SigmaDetection) -> Iterator[SigmaDetectionItem]:
    for item in detection.detection_items:
        if isinstance(item, SigmaDetection):
            yield from _items(item)
        else:
            yield item


def _logsource(sigma: SigmaRule) -> LogSource:
    return LogSource(*(getattr(sigma.logsource, word) or None for word in LogSource._fields))


def _title(document: Document | None) -> str | None:
    value = document.value if document is not None else None
    if not isinstance(value, dict):
        return None
    title = value.get("title") or value.get("id")
    return title if isinstance(title, str) else None


def _line(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()


def _date(written: Any, read: Any) -> str | None:
    """ISO 8601 where pySigma could read it, else as written."""
    return read.isoformat() if read is not None else _line(written)


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
