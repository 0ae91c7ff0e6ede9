"""What a rule says of itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from difflib import get_close_matches

from engine.check.finding import Found, Severity, check
from engine.check.subject import Subject
from engine.load.collections import Kind

_KEYS = (
    "title", "id", "name", "related", "taxonomy", "status", "description", "license", "references", "author", "date",
    "modified", "logsource", "detection", "correlation", "filter", "fields", "falsepositives", "level", "tags", "scope",
    "action", "generate", "language", "match", "alert_title",
)  # fmt: skip
_SLASHES = re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})").fullmatch


def _missing(subject: Subject, key: str, hint: str) -> Iterator[Found]:
    if subject.value.get(key) in (None, "", []):
        here = key in subject.value
        yield Found(f"the {subject.kind.value} has no {key}", hint, (key,) if here else (), key=here)


@check(Severity.warning)
def missing_id(subject: Subject) -> Iterator[Found]:
    """A rule without an id: it cannot be told from its copy, nor silenced, nor referred to, once it is changed.

    An id is a UUID that never changes; `uuidgen` makes one.
    """
    return _missing(subject, "id", "give it a UUID: uuidgen, or python -m uuid")


@check(Severity.warning)
def missing_level(subject: Subject) -> Iterator[Found]:
    """A rule without a level; it then counts as medium."""
    return (
        iter(())
        if subject.kind is Kind.filter
        else _missing(subject, "level", "informational, low, medium, high or critical")
    )


@check(Severity.note)
def missing_status(subject: Subject) -> Iterator[Found]:
    """A rule that does not say how far it has come: experimental, test or stable."""
    return _missing(subject, "status", "experimental, test or stable")


@check(Severity.note)
def missing_description(subject: Subject) -> Iterator[Found]:
    """A rule that does not say what it finds, and why that matters, to whoever gets its alert."""
    return _missing(subject, "description", "say what it finds and why that matters")


@check(Severity.note)
def missing_author(subject: Subject) -> Iterator[Found]:
    """A rule without an author, whom to ask."""
    return _missing(subject, "author", "say whom to ask")


@check(Severity.note)
def missing_date(subject: Subject) -> Iterator[Found]:
    """A rule without the date it was made on."""
    return _missing(subject, "date", "write it as 2024-05-31")


@check(Severity.note)
def missing_falsepositives(subject: Subject) -> Iterator[Found]:
    """A rule that does not say when it fires without anything being wrong."""
    return (
        iter(())
        if subject.kind is Kind.filter
        else _missing(subject, "falsepositives", "say who does this legitimately")
    )


@check(Severity.warning)
def odd_date(subject: Subject) -> Iterator[Found]:
    """A date that is none, is not written as 2024-05-31, or a rule that was modified before it was made."""
    read: dict[str, date] = {}
    for key in ("date", "modified"):
        text = subject.text(key)
        if text is None:
            continue
        try:
            read[key] = date.fromisoformat(text)
        except ValueError:
            slashes = _SLASHES(text)
            hint = f'write "{slashes[1]}-{slashes[2]:0>2}-{slashes[3]:0>2}"' if slashes else "write it as 2024-05-31"
            severity = Severity.note if slashes else None
            yield Found(f'the {key} "{text}" is not written as ISO 8601 has it', hint, (key,), severity=severity)
    if len(read) == 2 and read["modified"] < read["date"]:
        fault = f"modified on {read['modified']}, before it was made on {read['date']}"
        yield Found(fault, "set it to the day of the last change", ("modified",))


@check(Severity.note)
def letter_case(subject: Subject) -> Iterator[Found]:
    """A level or status in capital letters, which other tools may not know."""
    for key in ("level", "status"):
        text = subject.text(key)
        if text is not None and text != text.lower():
            yield Found(f'the {key} "{text}" has capital letters', f'write "{text.lower()}"', (key,))


@check(Severity.warning)
def key_name(subject: Subject) -> Iterator[Found]:
    """A key of the rule that is nearly one that Sigma knows, such as `falsepositive` or `refrences`."""
    for key in subject.value:
        name = str(key)
        if name not in _KEYS:
            near = get_close_matches(name.lower(), _KEYS, n=1, cutoff=0.8)
            if near and near[0] not in subject.value:
                yield Found(f'"{name}" means nothing in a rule', f'did you mean "{near[0]}"?', (name,), key=True)
