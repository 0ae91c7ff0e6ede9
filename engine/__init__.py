"""A detection engine for security logs: Sigma rules in, detections out.

    import engine

    rules = engine.load_rules("rules/")
    for found in engine.scan(events, rules):
        print(found.rule.title, found.positions)

What is imported from here stays; everything below may change between minor versions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine.errors import DetectError, Place, RuleError, RulesError, SourceError, StoreError, UsageError
from engine.hit import Episode, Evidence, Hit
from engine.model import Detection, Event, Level, LogSource, Matched, Ref, RuleHead
from engine.version import __version__

if TYPE_CHECKING:
    from engine.correlate import Correlator
    from engine.door import Finding, load_rules, scan
    from engine.match import Detector
    from engine.rules import Rule, Ruleset

__all__ = [
    "Correlator",
    "DetectError",
    "Detection",
    "Detector",
    "Episode",
    "Event",
    "Evidence",
    "Finding",
    "Hit",
    "Level",
    "LogSource",
    "Matched",
    "Place",
    "Ref",
    "Rule",
    "RuleError",
    "RuleHead",
    "RulesError",
    "Ruleset",
    "SourceError",
    "StoreError",
    "UsageError",
    "__version__",
    "load_rules",
    "scan",
]

_LATER = {
    "Correlator": "engine.correlate",
    "Detector": "engine.match",
    "Finding": "engine.door",
    "Rule": "engine.rules",
    "Ruleset": "engine.rules",
    "load_rules": "engine.door",
    "scan": "engine.door",
}
"""Names that are imported when first used: `detect --help` needs none of them."""


def __getattr__(name: str) -> Any:
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(module), name)
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
