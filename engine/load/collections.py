"""What a YAML document is, and how `action:` documents of one file make rules together."""

from __future__ import annotations

from enum import Enum
from typing import Any

from engine.load.faults import Fault, did_you_mean

__all__ = ["Collection", "Kind", "kind_of"]

ACTIONS = ("global", "reset", "repeat")

LANGUAGE = "jmespath"
"""What a native rule says of itself."""


class Kind(Enum):
    """What a document is, by the keys it has."""

    rule = "rule"
    native = "native rule"
    correlation = "correlation"
    filter = "filter"
    pipeline = "processing pipeline"
    fields = "list of derived fields"
    other = "other"


def kind_of(value: Any) -> Kind:
    """The kind of one document; a mapping that has most of a rule is a rule, so that what it lacks is said."""
    if not isinstance(value, dict):
        return Kind.other
    if _is_native(value):
        return Kind.native
    if "correlation" in value:
        return Kind.correlation
    if "filter" in value and ("logsource" in value or "title" in value):
        return Kind.filter
    if "detection" in value or ("title" in value and "logsource" in value) or value.get("action") in ACTIONS:
        return Kind.rule
    if "transformations" in value:
        return Kind.pipeline
    return Kind.fields if "fields" in value else Kind.other


def _is_native(document: dict[str, Any]) -> bool:
    """Whether a document is meant to be a native rule; one with a slip in its language is, so that the slip is said."""
    language = document.get("language")
    if isinstance(language, str) and (language == LANGUAGE or did_you_mean(language, (LANGUAGE,))):
        return True
    return "match" in document and ("language" in document or "detection" not in document)


class Collection:
    """The rules of one file, in which `action: global` gives to all that follow and `repeat` changes the last one.

    As pySigma does it: what the global document says wins over the rule's own.
    """

    def __init__(self) -> None:
        self.shared: dict[str, Any] = {}
        self.last: dict[str, Any] = {}

    def rule(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """The rule that a document completes, or None if it only prepares for others. Raises Fault."""
        action = document.get("action")
        if action is None:
            self.last = _merged(document, self.shared) if self.shared else document
            return self.last
        if action not in ACTIONS:
            hint = did_you_mean(str(action), ACTIONS) or "global, reset or repeat"
            raise Fault(f'unknown action "{action}"', hint, ("action",))
        said = {key: value for key, value in document.items() if key != "action"}
        if action == "repeat":
            self.last = _merged(self.last, said)
            return self.last
        self.shared = said if action == "global" else {}
        if action == "global":
            self.last = said
        return None


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        merged[key] = _merged(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged
