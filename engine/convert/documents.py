"""The documents of rule files as pySigma reads them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.filters import SigmaFilter
from sigma.rule import SigmaRule

from engine.errors import Place, RuleError
from engine.load.collections import Collection, Kind, kind_of
from engine.load.documents import Document, Unreadable, documents
from engine.load.faults import Fault
from engine.load.files import File
from engine.shipped import rules_folder

__all__ = ["SLIPS", "Read", "refusal", "written"]

SLIPS = (SigmaError, TypeError, ValueError, AttributeError, LookupError, NotImplementedError, RecursionError)
"""pySigma's errors, and what it and backends raise by mistake for values that they did not expect."""

_NATIVE = "the rule is written in a language of its own, which no backend reads"

_MADE: dict[Kind, Any] = {Kind.rule: SigmaRule, Kind.correlation: SigmaCorrelationRule, Kind.filter: SigmaFilter}


class Read(NamedTuple):
    """One document: where it stands, what it is called, and pySigma's object for it."""

    path: str
    line: int
    title: str | None
    sigma: Any


def written(files: Iterable[File], wanted: frozenset[tuple[str, int]]) -> Iterator[Read | RuleError]:
    """The wanted rules and correlations, with all filters, in order; errors for those that pySigma cannot read.

    wanted  path and line of each; what the loader could not use is not among them. Those of shipped rules do not say
            where the package lies
    """
    home = f"{rules_folder().parent.as_posix()}/"
    for file in files:
        collection = Collection()
        try:
            for document in documents(file.data) if file.fault is None else ():
                kind = kind_of(document.value)
                place = (file.path.removeprefix(home), document.line)
                own = kind is Kind.native or (kind is Kind.correlation and "language" in document.value)
                if own and place in wanted:
                    title = document.value.get("title")
                    native = Read(file.path, document.line, title if isinstance(title, str) else None, None)
                    yield refusal(native, _NATIVE, "write it once more with Sigma's selections")
                if own or kind not in _MADE:
                    continue
                try:
                    value = collection.rule(document.value) if kind is Kind.rule else document.value
                except Fault:
                    continue
                if value is not None and (kind is Kind.filter or place in wanted):
                    yield _read(file.path, document, kind, value)
        except Unreadable:
            continue  # the loader says it


def _read(path: str, document: Document, kind: Kind, value: dict[str, Any]) -> Read | RuleError:
    title = value.get("title")
    read = Read(path, document.line, title if isinstance(title, str) else None, None)
    try:
        return read._replace(sigma=_MADE[kind].from_dict(dict(value)))
    except SLIPS as error:
        return refusal(read, error)


def refusal(read: Read, error: Exception | str, hint: str | None = None) -> RuleError:
    """Why a rule is left out."""
    said = error if isinstance(error, str) else str(error).strip() or type(error).__name__
    return RuleError(" ".join(said.split()), Place(read.path, read.line), hint, read.title)
