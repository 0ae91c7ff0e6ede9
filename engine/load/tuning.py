"""Thresholds and times of a correlation that a site sets for itself, without editing the rule.

A correlation in our own language says `%name%` for one, and in its `variables:` what it is unless a file of variables
says otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from engine.load.documents import number
from engine.load.faults import Fault
from engine.load.variables import named

__all__ = ["tuned"]

LANGUAGE = "detect"

_PLACEHOLDER = re.compile(r"%([^%]+)%")
_WRITTEN = ("rules", "group-by", "aliases", "field")
"""Parts of a correlation in which percent signs are text: names of rules and of fields."""


def tuned(document: dict[str, Any], given: Mapping[str, list[str]]) -> tuple[dict[str, Any], list[Fault]]:
    """A correlation with what stands for its placeholders, and what is wrong with them.

    given  values from outside, which win over the document's own
    """
    if document.get("language") is None:
        if "variables" not in document:
            return document, []
        hint = f'add "language: {LANGUAGE}" to the document: Sigma has no placeholders in correlations'
        return document, [Fault("variables of a correlation are not Sigma's", hint, ("variables",), key=True)]
    faults: list[Fault] = []
    own: dict[str, list[str]] = {}
    if "variables" in document:
        try:
            own = named(document["variables"])
        except Fault as fault:
            faults.append(fault.under("variables"))
    known = {**own, **given}

    def filled(value: Any, steps: tuple[str | int, ...]) -> Any:
        if isinstance(value, dict):
            return {k: v if k in _WRITTEN else filled(v, (*steps, k)) for k, v in value.items()}
        if isinstance(value, list):
            return [filled(each, (*steps, at)) for at, each in enumerate(value)]
        found = _PLACEHOLDER.fullmatch(value) if isinstance(value, str) else None
        if found is None:
            return value
        several = known.get(found[1])
        if several is None or len(several) != 1:
            what = "nothing says" if several is None else f"{len(several)} values say"
            hint = "give it one under variables: of the rule, or with --variables FILE"
            faults.append(Fault(f"{what} what the placeholder {value} stands for", hint, steps))
            return 1
        whole = number(several[0])
        return several[0] if whole is None else whole

    correlation = filled(document["correlation"], ("correlation",))
    for name in own:
        if f"%{name}%" not in repr(document["correlation"]):
            hint = f'write "%{name}%" for it'
            faults.append(Fault(f'no placeholder asks for the variable "{name}"', hint, ("variables", name), key=True))
    kept = {key: value for key, value in document.items() if key != "variables"}
    return {**kept, "correlation": correlation}, faults
