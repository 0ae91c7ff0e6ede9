"""Query languages that rules can be converted to: those whose package is installed, and those that are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from engine.errors import UsageError
from engine.load.faults import did_you_mean

__all__ = ["PACKAGES", "Target", "installed", "target"]

PACKAGES = {
    "carbonblack": "pysigma-backend-carbonblack",
    "cortexxdr": "pysigma-backend-cortexxdr",
    "datadog": "pysigma-backend-datadog",
    "elastalert": "pysigma-backend-elasticsearch",
    "eql": "pysigma-backend-elasticsearch",
    "esql": "pysigma-backend-elasticsearch",
    "ibm-qradar-aql": "pysigma-backend-qradar-aql",
    "insightidr": "pysigma-backend-insightidr",
    "kusto": "pysigma-backend-kusto",
    "log_scale": "pysigma-backend-crowdstrike",
    "loki": "pysigma-backend-loki",
    "lucene": "pysigma-backend-elasticsearch",
    "opensearch_lucene": "pysigma-backend-opensearch",
    "sentinelone": "pysigma-backend-sentinelone",
    "sentinelone_pq": "pysigma-backend-sentinelone-pq",
    "splunk": "pysigma-backend-splunk",
    "sqlite": "pysigma-backend-sqlite",
}
"""Target -> the package that brings it, of those that are best known. Source: pySigma's plugin directory, version 1."""


class Target(NamedTuple):
    """One query language.

    formats   name -> what it is; "default" is always there
    pipeline  whether the fields of rules mean nothing there without a pipeline
    made      pySigma's class
    """

    name: str
    title: str
    formats: Mapping[str, str]
    pipeline: bool
    made: Any


def installed() -> dict[str, Target]:
    """Name -> target, in order of name; whatever of pySigma's backends is installed."""
    from sigma.plugins import InstalledSigmaPlugins

    try:
        found = InstalledSigmaPlugins.autodiscover(include_pipelines=False, include_validators=False).backends
    except ImportError as error:
        raise UsageError(f"a package of pySigma backends is broken: {error}") from None
    return {name: _target(name, made) for name, made in sorted(found.items())}


def target(name: str) -> Target:
    """The installed target of this name. Raises UsageError, saying what to install."""
    known = installed()
    if name in known:
        return known[name]
    if name in PACKAGES:
        raise UsageError(f'the target "{name}" is not installed', None, f"pip install {PACKAGES[name]}")
    hint = did_you_mean(name, [*known, *PACKAGES]) or "detect convert --list shows the targets"
    raise UsageError(f'there is no target "{name}"', None, hint)


def _target(name: str, made: Any) -> Target:
    formats = getattr(made, "formats", None) or {"default": "queries"}
    return Target(
        name, str(getattr(made, "name", name)), formats, bool(getattr(made, "requires_pipeline", False)), made
    )
