"""One file after another -> rules, faults and remarks, with the places they are at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.errors import Place, RuleError
from engine.load.collections import Collection, Kind, kind_of
from engine.load.conditions import parse, unmatched, without
from engine.load.documents import Document, Unreadable, documents, place_of
from engine.load.expressions import expression
from engine.load.faults import Fault
from engine.load.files import File, is_test
from engine.load.identity import Known, content
from engine.load.processing import Pipeline
from engine.load.pysigma import sigma_rule
from engine.model import Level, LogSource
from engine.rules import Expr, Or, Rule, Ruleset

__all__ = ["Builder"]

_BESIDE = (Kind.pipeline, Kind.fields)
"""What may stand beside rules without being one: passed over silently in a folder."""


class Builder:
    """Takes files in order and gathers what they give."""

    def __init__(self, pipeline: Pipeline | None = None) -> None:
        self.pipeline = pipeline
        self.rules: list[Rule] = []
        self.rejected: list[RuleError] = []
        self.warnings: list[str] = list(pipeline.warnings) if pipeline else []
        self.known = Known()
        self.counts: Counter[Kind] = Counter()
        self.others: list[str] = []

    def add(self, file: File) -> None:
        """Read one file; nothing is raised for what is wrong in it."""
        if file.fault is not None:
            self.reject(file.path, Fault(f"the file cannot be read: {file.fault}"))
        elif file.named and is_test(file.path):
            self.reject(file.path, Fault("the file holds tests, not rules", 'run it with "detect test"'))
        else:
            self.documents(file)

    def ruleset(self) -> Ruleset:
        """Everything so far."""
        return Ruleset(tuple(self.rules), tuple(self.rejected), (*self.summary(), *self.warnings))

    def summary(self) -> list[str]:
        """What was passed over, counted."""
        lines = []
        correlations, filters = self.counts[Kind.correlation], self.counts[Kind.filter]
        if correlations or filters:
            parts = [_counted(correlations, "correlation")] if correlations else []
            parts += [_counted(filters, "filter")] if filters else []
            verb = "is" if correlations + filters == 1 else "are"
            lines.append(f"{' and '.join(parts)} {verb} not evaluated by this version")
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

    def keep(self, path: str, document: Document, value: dict[str, Any]) -> None:
        rule, remarks = built(path, document.line, value, self.pipeline)
        place = Place(path, *place_of(document.node, ("id",) if rule.id else ()))
        try:
            new = self.known.add(rule.key, content(value), place, rule.title)
        except RuleError as error:
            self.rejected.append(error)
            return
        if new:
            self.rules.append(rule)
            for remark in remarks:
                where = Place(path, *place_of(document.node, remark.steps, key=remark.key))
                self.warnings.append(f"{where}: {remark.fault}")

    def reject(self, path: str, fault: Fault, document: Document | None = None) -> None:
        place = Place(path)
        if document is not None:
            place = Place(path, *place_of(document.node, fault.steps, key=fault.key))
        self.rejected.append(RuleError(fault.fault, place, fault.hint, _title(document)))


def built(path: str, line: int, value: dict[str, Any], pipeline: Pipeline | None = None) -> tuple[Rule, list[Fault]]:
    """One document as a rule, with what is odd about it. Raises Fault for what cannot be used."""
    sigma, remarks = sigma_rule(value)
    # All that follows reads what pipelines leave of the rule.
    gone = pipeline.apply(sigma) if pipeline else set()
    names = list(sigma.detection.detections)
    texts = [condition.condition for condition in sigma.detection.parsed_condition]
    condition = without(_condition(texts, names, remarks), gone)
    if condition is None:
        raise Fault("pipelines leave nothing of the condition", "drop less, or leave the rule out")
    detections = sigma.detection.detections
    selections = {name: expression(detection) for name, detection in detections.items() if name not in gone}
    if "timeframe" in value["detection"]:
        remarks.append(Fault("a timeframe means nothing without a count", None, ("detection", "timeframe")))
    logsource = sigma.logsource
    id = str(sigma.id) if sigma.id else None
    rule = Rule(
        key=id or sigma.name or content(value),
        title=sigma.title,
        path=path,
        line=line,
        logsource=LogSource(logsource.product or None, logsource.service or None, logsource.category or None),
        selections=selections,
        condition=condition,
        id=id,
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
    )
    return rule, remarks


def _condition(texts: Sequence[str], names: list[str], remarks: list[Fault]) -> Expr:
    """All conditions of a rule, joined by or."""
    parsed = []
    for index, text in enumerate(texts):
        steps = ("detection", "condition", index) if len(texts) > 1 else ("detection", "condition")
        try:
            parsed.append(parse(text, names))
        except Fault as fault:
            raise fault.under(*steps) from None
        remarks += [Fault(f'no selection is called "{name}"', None, steps) for name in unmatched(text, names)]
    return parsed[0] if len(parsed) == 1 else Or(tuple(parsed))


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
