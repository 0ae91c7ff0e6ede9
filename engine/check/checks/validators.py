"""pySigma's own validators, those that need no network, on pySigma 1.5 and 2.x alike.

Named one by one, because two of pySigma's download lists when they first run (ATT&CK's and D3FEND's), and what a later
version adds is not known. Left out besides: what the checks here say with a place and a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from engine.check.finding import Check, Found, Severity
from engine.check.subject import Item, Subject
from engine.load.collections import Kind
from engine.load.faults import Steps

__all__ = ["CHECKS"]

_note, _warning = Severity.note, Severity.warning

_VALIDATORS = {
    "all_of_them_condition": (_note, '"all of them" in a condition, which a selection added later changes.'),
    "cartag": (_warning, "A tag `car.` that is not written as CAR numbers are: 2013-01-002."),
    "control_character": (_warning, "A control character in a value, mostly a tab that a lone backslash made."),
    "custom_attributes": (_warning, "A key that is nearly one of Sigma's, such as `realted`."),
    "cvetag": (_warning, "A tag `cve.` that is not written as 2021-44228."),
    "detection_tag": (_warning, "A tag `detection.` of an unknown kind."),
    "double_wildcard": (_note, "Two * side by side, where one does the same."),
    "duplicate_references": (_note, "The same reference twice."),
    "duplicate_tag": (_warning, "The same tag twice."),
    "escaped_wildcard": (_note, "A * or ? that is escaped: see that the character itself is meant."),
    "fieldname_logsource": (_warning, "A word in a logsource that Sigma does not know there."),
    "invalid_modifier_combinations": (_warning, "Modifiers that go ill together, such as `all` without `contains`."),
    "namespace_tag": (_note, "A tag of a namespace that Sigma's specification does not list."),
    "number_as_string": (_note, "A number in quotes, where the log may hold a number."),
    "specific_instead_of_generic_logsource": (_warning, "An event id of Sysmon, where a category means the same."),
    "stptag": (_warning, "A tag `stp.` that is not written as 3k."),
    "tag_format": (_warning, "A tag that is not `namespace.name`, in small letters."),
    "them_condition_with_single_detection": (_note, '"of them" in a condition with a single selection.'),
    "tlptag": (_warning, "A tag `tlp.` that is no colour of the Traffic Light Protocol."),
}  # fmt: skip
"""As pySigma calls it -> how bad it is, and what it finds."""

_HINTS = {
    "all_of_them_condition": "name the selections",
    "double_wildcard": "write one *",
    "duplicate_references": "remove one",
    "duplicate_tag": "remove one",
    "number_as_string": "take the quotes away, if logs hold a number there",
    "them_condition_with_single_detection": "name the selection",
    "escaped_wildcard": "take the backslash away, if a wildcard is meant",
}


def _run(name: str) -> Callable[[Subject], Iterator[Found]]:
    def run(subject: Subject) -> Iterator[Found]:
        validator = _validators().get(name)
        rule = _sigma(subject)
        if validator is None or rule is None:
            return
        for issue in validator().validate(rule):
            if not _mistaken(issue):
                steps, key = _steps(issue, subject)
                yield Found(_said(issue), _HINTS.get(name), steps, key)

    return run


CHECKS = tuple(
    Check(f"sigma-{name.replace('_', '-')}", severity, f"{help}\n\nFrom pySigma.", each=_run(name))
    for name, (severity, help) in _VALIDATORS.items()
)


@lru_cache(maxsize=1)
def _validators() -> dict[str, Any]:
    """Those that this version of pySigma has."""
    from sigma.validators.core import validators

    return {name: made for name, made in validators.items() if name in _VALIDATORS}


def _sigma(subject: Subject) -> Any:
    """The rule or correlation as pySigma reads it; None where pySigma cannot."""
    correlation = subject.kind is Kind.correlation and "language" not in subject.value
    if not correlation and (subject.kind is not Kind.rule or subject.rule is None):
        return None
    known = subject.__dict__
    if "sigma" not in known:
        from sigma.correlations import SigmaCorrelationRule
        from sigma.exceptions import SigmaError
        from sigma.rule import SigmaRule

        made: Any = SigmaCorrelationRule if correlation else SigmaRule
        try:
            known["sigma"] = made.from_dict(dict(subject.value), collect_errors=True)
        except (SigmaError, TypeError, ValueError, AttributeError, LookupError):
            known["sigma"] = None  # what is wrong with it is said by the loader, which reads more than pySigma does
    return known["sigma"]


def _mistaken(issue: Any) -> bool:
    """Issues that are none: `|all` after a regular expression asks for every one of several, and can match."""
    name = type(issue).__name__
    if name != "AllWithoutContainsModifierIssue":
        return False
    from sigma.modifiers import SigmaRegularExpressionModifier

    return SigmaRegularExpressionModifier in issue.detection_item.modifiers


def _said(issue: Any) -> str:
    text = str(issue.description).strip().rstrip(".")
    about = next(
        (getattr(issue, name) for name in ("tag", "reference", "string", "fieldname") if hasattr(issue, name)), None
    )
    return f"{text}: {about}" if about is not None else text


def _steps(issue: Any, subject: Subject) -> tuple[Steps, bool]:
    """Where in the document an issue is, as far as it can be told from what it is about."""
    if hasattr(issue, "tag") or hasattr(issue, "reference"):
        key, wanted = ("tags", str(issue.tag)) if hasattr(issue, "tag") else ("references", str(issue.reference))
        places = [at for at, one in enumerate(subject.value.get(key) or ()) if str(one).lower() == wanted.lower()]
        return ((key, places[-1]) if places else (key,)), False
    if hasattr(issue, "string"):
        found = next((steps for item in subject.items for steps, one in item.values if _is(one, issue.string)), None)
        return (found or ("detection",)), False
    if hasattr(issue, "fieldname"):
        return ("logsource", str(issue.fieldname)), True
    if hasattr(issue, "detection_item"):
        item = _item(issue.detection_item, subject)
        return (item.steps if item else ("detection",)), True
    if hasattr(issue, "event_id"):
        return next((item.steps for item in subject.items if item.field == "EventID"), ("logsource",)), True
    return ("detection", "condition"), False


def _is(written: Any, string: Any) -> bool:
    """Whether a value as written is the text that pySigma read; wildcards and backslashes apart."""
    bare = str(written).replace("\\", "")
    return bool(bare) and (bare.strip("*") or bare) in str(string).replace("\\", "")


def _item(detection_item: Any, subject: Subject) -> Item | None:
    """The line of a selection that pySigma's item was made from."""
    names = [name for name in (detection_item.field, *_modifiers(detection_item)) if name]
    exact = [item for item in subject.items if [item.field, *item.modifiers] == names]
    return exact[0] if exact else next((item for item in subject.items if item.field == detection_item.field), None)


def _modifiers(detection_item: Any) -> list[str]:
    from sigma.modifiers import reverse_modifier_mapping

    return [reverse_modifier_mapping.get(one.__name__, "") for one in detection_item.modifiers]
