"""Sigma filters: what a filter document says, and which rules it is for; joint.py joins it to them.

Source: Sigma filters specification 2.1.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sigma.rule import SigmaRule

from engine.errors import Place, RuleError
from engine.load.collections import Collection, Kind, kind_of
from engine.load.conditions import parse, unmatched
from engine.load.documents import Document, Unreadable, documents, place_of
from engine.load.expressions import Unresolved, expression
from engine.load.faults import Fault, Steps, did_you_mean
from engine.load.files import File
from engine.load.identity import Known, content
from engine.load.pysigma import sigma_rule
from engine.model import LogSource
from engine.rules import Expr, Joined

__all__ = ["Filter", "Filters"]

ANY = "any"

_TARGET = ("condition", "rules")


class Filter:
    """One filter document.

    rules    what it names: ids and names of rules; empty for any rule
    fault    why it cannot be used, None while nothing is wrong with it
    without  keys of the rules that run without it because of a fault; joined: of those it was joined to
    """

    def __init__(self, path: str, document: Document) -> None:
        self.path, self.document = path, document
        value = document.value
        self.title = value["title"] if isinstance(value.get("title"), str) else "without a title"
        self.logsource = LogSource()
        self.rules: tuple[str, ...] = ()
        self.selections: dict[str, Any] = {}
        self.condition = ""
        self.id: str | None = None
        self.fault: Fault | None = None
        self.targeted = False
        self.joined: set[str] = set()
        self.without: set[str] = set()

    @property
    def head(self) -> Joined:
        """What a rule remembers of it."""
        return Joined(self.id, self.title, self.path, self.document.line)

    def read(self) -> None:
        """Take everything from the document; placeholders may yet be filled. Raises Fault."""
        for fault in self.document.faults:
            raise fault
        value = self.document.value
        given = value["filter"]
        if not isinstance(given, dict):
            raise Fault("filter is not a mapping", 'it has "rules:", selections and "condition:"', ("filter",))
        self.logsource = _logsource(value.get("logsource"))
        self.rules = _rules(given)
        self.targeted = True
        self.selections = {name: one for name, one in given.items() if name not in _TARGET}
        if "timeframe" in given:
            raise Fault("a timeframe means nothing in a filter", "leave it out", ("filter", "timeframe"), key=True)
        if isinstance(given.get("condition"), list):
            raise Fault("a filter has one condition", 'join them with "or"', ("filter", "condition"))
        said = {key: one for key, one in value.items() if key != "filter"}
        body = {"condition": given["condition"]} if "condition" in given else {}
        try:
            sigma, _ = sigma_rule({**said, "detection": {**self.selections, **body}})
        except Fault as fault:
            raise _of_filter(fault) from None
        self.id = str(sigma.id) if sigma.id else None
        self.condition = given["condition"]
        self.parsed()
        for selection in sigma.detection.detections.values():
            try:
                expression(selection)
            except Unresolved:
                continue  # if nothing fills it, that shows when the filter is joined to a rule
            except Fault as fault:
                raise _of_filter(fault) from None

    def parsed(self) -> Expr:
        """The condition over the filter's own selections. Raises Fault."""
        try:
            return parse(self.condition, list(self.selections))
        except Fault as fault:
            fault.fault = fault.fault.replace("the rule", "the filter")
            fault.hint = fault.hint.replace("the rule", "the filter") if fault.hint else None
            raise fault.under("filter", "condition") from None

    def covers(self, logsource: LogSource) -> bool:
        """Whether every word that the filter's log source says is the rule's, in any case."""
        pairs = zip(self.logsource, logsource, strict=True)
        return all(word is None or word.lower() == (other or "").lower() for word, other in pairs)

    def place(self, fault: Fault | None = None) -> Place:
        """Where it stands, or where in it a fault is."""
        steps, key = (fault.steps, fault.key) if fault else ((), False)
        return Place(self.path, *place_of(self.document.node, steps, key=key))


def _logsource(given: Any) -> LogSource:
    hint = 'add "logsource:" with product, service or category'
    if not isinstance(given, dict):
        raise Fault("the filter has no logsource" if given is None else "logsource is not a mapping", hint,
                    ("logsource",))  # fmt: skip
    words = [given.get(key) for key in LogSource._fields]
    if not any(words) or any(word is not None and not isinstance(word, str) for word in words):
        raise Fault("logsource says neither product, service nor category", hint, ("logsource",))
    return LogSource(*(word or None for word in words))


def _rules(given: dict[str, Any]) -> tuple[str, ...]:
    hint = 'list ids or names of rules, or write "rules: any"'
    steps = ("filter", "rules")
    if "rules" not in given:
        raise Fault("the filter does not say which rules it is for", hint, ("filter",))
    rules = given["rules"]
    if isinstance(rules, str) and rules.lower() == ANY:
        return ()
    listed = [rules] if isinstance(rules, str) else rules
    if not isinstance(listed, list) or any(not isinstance(one, str) or not one for one in listed):
        raise Fault("the rules of a filter are no text", hint, steps)
    return tuple(listed)


def _of_filter(fault: Fault) -> Fault:
    """A fault of a rule that has the filter's selections, as one of the filter."""
    fault.fault = fault.fault.replace("the rule has", "the filter has").replace("detection has", "the filter has")
    if fault.hint:
        fault.hint = fault.hint.replace('under "detection:"', 'under "filter:"').replace("the rule", "the filter")
    if fault.steps[:1] == ("detection",):
        fault.steps = ("filter", *fault.steps[1:])
    return fault


class _Census(NamedTuple):
    """How rules of a load can be named, whether they can be used or not."""

    ids: set[str]
    names: dict[str, set[str]]
    titles: Counter[str]
    correlations: set[str]


class Filters:
    """The filters of a load, found before its rules are built."""

    def __init__(self, files: Iterable[File] = ()) -> None:
        """Read all filters of these files, which are then read again for their rules; nothing is raised."""
        self.errors: dict[tuple[str, int], RuleError] = {}
        self.remarks: list[str] = []
        self._known = Known("filter")
        self._filters: list[Filter] = []
        files = list(files)
        for file in files:
            if _may_hold(file.data):
                for document in _readable(file.data):
                    if kind_of(document.value) is Kind.filter:
                        self._add(file.path, document)
        if self._filters:
            self._resolve(_census(files))

    def fault_of(self, path: str, document: Document) -> RuleError | None:
        """What is wrong with a filter document, in words for its author."""
        key = path, document.line
        if key not in self.errors and not any((each.path, each.document.line) == key for each in self._filters):
            self._add(path, document)
        return self.errors.get(key)

    def of(self, sigma: SigmaRule, key: str, logsource: LogSource) -> list[Filter]:
        """The filters for one rule, in the order of their files; those that cannot be used note that it lacks them."""
        found = []
        for each in self._filters:
            wanted = not each.rules or any(_names(word, sigma) for word in each.rules)
            if not (each.targeted and wanted and each.covers(logsource)):
                continue
            if each.fault is None:
                found.append(each)
            else:
                each.without.add(key)
        return found

    def spoilt(self, each: Filter, fault: Fault, key: str) -> None:
        """Note that a rule cannot have a filter, as pipelines leave it."""
        each.without.add(key)
        where = each.path, each.document.line
        if where not in self.errors:
            self.errors[where] = RuleError(fault.fault, each.place(fault), fault.hint, each.title)

    def warnings(self) -> Iterator[str]:
        """What of the filters is not as their authors will have meant it; to be asked when all rules are built."""
        yield from self.remarks
        for each in self._filters:
            if each.without:
                run = "1 rule runs" if len(each.without) == 1 else f"{len(each.without):,} rules run"
                yield f'{each.place()}: the filter "{each.title}" cannot be used: {run} without it'
            elif each.fault is None and not each.joined:
                yield f'{each.place()}: the filter "{each.title}" is for none of the rules: {_why_none(each)}'

    def _add(self, path: str, document: Document) -> None:
        each = Filter(path, document)
        try:
            each.read()
            key = each.id or content(document.value)
            if not self._known.add(key, content(document.value), each.place(), each.title):
                return  # the same again
            for name in unmatched(each.condition, list(each.selections)):
                place = each.place(Fault("", None, ("filter", "condition")))
                self.remarks.append(f'{place}: no selection is called "{name}"')
        except Fault as fault:
            each.fault = fault
            self.errors[path, document.line] = RuleError(fault.fault, each.place(fault), fault.hint, each.title)
        except RuleError as error:
            each.fault = Fault(error.fault)
            self.errors[path, document.line] = error
        self._filters.append(each)

    def _resolve(self, census: _Census) -> None:
        """Say which names no rule has, and refuse filters with one that several have."""
        known = [*census.names, *sorted(census.ids)]
        for each in [one for one in self._filters if one.fault is None]:
            if each.document.value["filter"]["rules"] == []:
                self._remark(each, 'an empty list of rules is read as "any"', None)
            for word in each.rules:
                if len(census.names.get(word, ())) > 1:
                    self._ambiguous(each, word, len(census.names[word]))
                elif word in census.names or word.lower() in census.ids:
                    continue
                elif word in census.correlations or word.lower() in census.correlations:
                    self._remark(each, f'names the correlation "{word}"; only rules are filtered', word)
                elif census.titles[word]:
                    self._remark(each, f'names the title "{word}"; rules are named by id or name', word)
                else:
                    near = did_you_mean(word, known)
                    self._remark(each, f'names "{word}", which is no rule' + (f"; {near}" if near else ""), word)

    def _ambiguous(self, each: Filter, word: str, number: int) -> None:
        each.fault = Fault(
            f'the filter names "{word}", as {number} rules are called', "name them by id", _steps(each, word)
        )
        where = each.path, each.document.line
        self.errors[where] = RuleError(each.fault.fault, each.place(each.fault), each.fault.hint, each.title)

    def _remark(self, each: Filter, said: str, word: str | None) -> None:
        place = each.place(Fault("", None, _steps(each, word)))
        self.remarks.append(f'{place}: the filter "{each.title}" {said}')


def _steps(each: Filter, word: str | None) -> Steps:
    """To one of the words under `rules:`."""
    value = each.document.value["filter"]["rules"]
    return ("filter", "rules", *((value.index(word),) if word is not None and isinstance(value, list) else ()))


def _names(word: str, sigma: SigmaRule) -> bool:
    return word == sigma.name or word.lower() == str(sigma.id)


def _why_none(each: Filter) -> str:
    return "no rule has its log source" + (" and one of these ids or names" if each.rules else "")


def _may_hold(data: bytes) -> bool:
    """Whether a filter can be in it: cheap, as most files of a folder hold none. UTF-16 has to be read to know."""
    return (b"filter" in data and b"rules" in data) or data[:2] in (b"\xff\xfe", b"\xfe\xff")


def _readable(data: bytes) -> Iterator[Document]:
    """The documents up to the first fault, which is told of when the file is read for its rules."""
    try:
        yield from documents(data)
    except Unreadable:
        return


def _census(files: Iterable[File]) -> _Census:
    census = _Census(set(), {}, Counter(), set())
    for file in files:
        collection = Collection()
        for document in _readable(file.data):
            kind = kind_of(document.value)
            value = document.value
            if kind is Kind.rule:
                try:
                    value = collection.rule(value)
                except Fault:
                    continue
            if kind not in (Kind.rule, Kind.native, Kind.correlation) or value is None:
                continue
            words = [value.get(key) for key in ("id", "name")]
            if kind is Kind.correlation:
                census.correlations.update(word for word in words if isinstance(word, str))
                continue
            census.ids.update(word.lower() for word in words[:1] if isinstance(word, str))
            if isinstance(words[1], str):
                census.names.setdefault(words[1], set()).add(str(words[0] or content(value)))
            if isinstance(value.get("title"), str):
                census.titles[value["title"]] += 1
    return census
