"""Which logs a rule is shown."""

from __future__ import annotations

from engine.logsources import all_known, routed
from engine.model import LogSource
from engine.windows.kinds import WINDOWS, all_kinds

__all__ = ["logs"]


def logs(rule: LogSource) -> tuple[LogSource, ...]:
    """The known logs whose events a rule of this logsource sees, by what they are called; empty where there is none.

    A log that is known in less detail than the rule names ("linux" for "linux/auditd") is one of them: what its events
    are more exactly is told of each. So is Windows for a service that is no more than the name of a channel.
    """
    wanted = LogSource(*(word.lower() if word else None for word in rule))
    known = [entry.logsource for entry in all_known() if entry.logsource.product != "windows"]
    found = [log for log in known if routed(rule, log) or _within(wanted, log)]
    found += [kind for kind in all_kinds() if routed(rule, kind)]
    if not found and wanted.product == "windows" and wanted.category is None:
        found.append(WINDOWS)
    return tuple(dict.fromkeys(found))


def _within(rule: LogSource, log: LogSource) -> bool:
    """Whether a rule names all that is known of a log, and more."""
    return all(have is None or have == want for have, want in zip(log, rule, strict=True))
