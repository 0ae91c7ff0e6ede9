"""Which fields the log of a rule is known not to have."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine import catalogue, logsources
from engine.derived import applying
from engine.model import LogSource
from engine.rules import Derived

__all__ = ["absent", "certain", "missing"]

_CLOSED = (LogSource("aws", "cloudtrail"),)
"""Logs of which every top-level name is documented, so that one that is not in the catalogue is in no record."""


def absent(names: Iterable[str], logsource: LogSource, derived: Sequence[Derived]) -> list[str]:
    """Those of some fields that a log is not known to have, in order of name."""
    known = catalogue.fields(logsource)
    if known is None:
        return []
    computed = {one.name for one in applying(derived, logsource)}
    aliases = logsources.known(logsource).aliases
    return sorted(
        name
        for name in set(names)
        if not (known.has(name) or aliases.has(name) or computed.intersection((name, name.partition(".")[0])))
    )


def certain(name: str, logsource: LogSource) -> bool:
    """Whether no record can have the field: the first part of its name is none of those that there are."""
    known = catalogue.fields(logsource)
    first = name.partition(".")[0]
    return known is not None and known.logsource in _CLOSED and not known.has(first) and first not in known.open


def missing(name: str, logsource: LogSource) -> str:
    """What to say of such a field."""
    meant = catalogue.suggest(name, logsource)
    hint = f'; did you mean "{meant}"?' if meant else ""
    return f'no record of {logsource} is known to have "{name}"{hint}'
