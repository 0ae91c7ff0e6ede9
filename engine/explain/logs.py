"""Which logs a rule is shown."""

from __future__ import annotations

from engine.logsources import all_known, routed
from engine.model import LogSource

__all__ = ["logs"]


def logs(rule: LogSource) -> tuple[LogSource, ...]:
    """The known logs whose events a rule of this logsource sees, by what they are called; empty where there is none.

    A log that is known in less detail than the rule names ("windows" for "windows/process_creation") is one of them:
    what its events are more exactly is told of each.
    """
    found: dict[LogSource, None] = {}
    for entry in all_known():
        log = entry.logsource
        within = all(have is None or have == (want or "").lower() for have, want in zip(log, rule, strict=True))
        if routed(rule, log) or within:
            found[log] = None
    return tuple(found)
