"""The title of a rule's alerts, read from its document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.load.faults import Fault
from engine.titles import title

__all__ = ["KEY", "alert_title"]

KEY = "alert_title"
"""What it is called in a document; Sigma lets rules have keys of others."""


def alert_title(document: Mapping[str, Any], remarks: list[Fault]) -> str | None:
    """The title, or None; `remarks` takes what is wrong with it, for a rule finds what it finds by any title."""
    said = document.get(KEY)
    if said is None:
        return None
    hint = f"the title of the rule stands in for it; {KEY}: '{{who}} stopped {{requestParameters.name}}'"
    if not isinstance(said, str):
        remarks.append(Fault(f"{KEY} is not text", hint, (KEY,)))
        return None
    try:
        title(said)
    except ValueError as error:
        remarks.append(Fault(f"{KEY}: {error}", hint, (KEY,)))
        return None
    return said
