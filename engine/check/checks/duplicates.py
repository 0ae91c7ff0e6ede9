"""What two rules may not both be."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence

from engine.check.finding import Found, Severity, across
from engine.check.subject import Subject
from engine.rules import Rule


def _again(subjects: Sequence[Subject], key: Callable[[Subject], Hashable]) -> Iterator[tuple[Subject, Subject]]:
    """Each subject whose key another before it has, with that one; a key of None is no key."""
    first: dict[Hashable, Subject] = {}
    for subject in subjects:
        known = key(subject)
        if known is None:
            continue
        if known in first:
            yield subject, first[known]
        else:
            first[known] = subject


def _at(subject: Subject) -> str:
    return f"{subject.path}:{subject.document.line}"


@across(Severity.warning)
def duplicate_id(subjects: Sequence[Subject]) -> Iterator[Found]:
    """The same id twice. With the same content the rule is loaded once; with other content it is unusable."""

    def key(subject: Subject) -> Hashable:
        text = subject.text("id")
        return text.lower() if text else None

    for subject, first in _again(subjects, key):
        hint = "give it an id of its own, or remove it"
        yield Found(f"the id stands in {_at(first)} already", hint, ("id",), subject=subject)


@across(Severity.warning)
def duplicate_title(subjects: Sequence[Subject]) -> Iterator[Found]:
    """Two rules of one title: whoever reads an alert cannot tell which it was."""

    def key(subject: Subject) -> Hashable:
        text = subject.text("title")
        return " ".join(text.lower().split()) if text else None

    for subject, first in _again(subjects, key):
        if subject.text("id") != first.text("id") or subject.text("id") is None:
            hint = "say in the title what tells them apart"
            yield Found(f"the title stands in {_at(first)} already", hint, ("title",), subject=subject)


@across(Severity.warning)
def duplicate_detection(subjects: Sequence[Subject]) -> Iterator[Found]:
    """Two rules that match the very same events: every such event is reported twice."""

    def key(subject: Subject) -> Hashable:
        rule = subject.rule
        return _meaning(rule) if rule is not None else None

    for subject, first in _again(subjects, key):
        if subject.text("id") != first.text("id") or subject.text("id") is None:
            hint = "merge the two, or say what one of them leaves out"
            yield Found(f"matches the same events as {_at(first)}", hint, ("detection",), key=True, subject=subject)


def _meaning(rule: Rule) -> Hashable:
    """Names of selections do not count, their order does."""
    names = {name: str(number) for number, name in enumerate(rule.selections)}
    return rule.logsource, tuple(rule.selections.values()), _renamed(repr(rule.condition), names)


def _renamed(condition: str, names: dict[str, str]) -> str:
    for name, number in names.items():
        condition = condition.replace(f"name='{name}'", f"name={number}")
    return condition
