"""How large things are: the state file, the process, what correlations remember."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from engine.alerts.database import Database

__all__ = ["groups", "measured", "outbox"]


def measured(state: str | None) -> dict[str, float]:
    """Of state file, its disk and this process, as far as the system tells; by the names of metrics."""
    found: dict[str, float] = {}
    if state is not None:
        with suppress(OSError):
            found["state_free_bytes"] = shutil.disk_usage(os.path.dirname(os.path.abspath(state))).free
            files = (state, f"{state}-wal")
            found["state_bytes"] = sum(os.path.getsize(each) for each in files if os.path.exists(each))
    with suppress(OSError, ValueError, IndexError):  # Linux
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        found["memory_bytes"] = pages * os.sysconf("SC_PAGE_SIZE")
    return found


def groups(database: Database) -> dict[str, int]:
    """Key of a correlation -> groups that are remembered of it."""
    sql = (
        "SELECT key, count(slot.grp) FROM correlation JOIN meaning ON meaning.meaning = correlation.meaning"
        " LEFT JOIN slot ON slot.meaning = meaning.number GROUP BY key"
    )
    return {key: int(number) for key, number in database.execute(sql)}


def outbox(database: Database, now: int) -> dict[str, dict[str, float]]:
    """Metric -> destination -> its number, of messages that wait and those that cannot be delivered."""
    waits, ages, dead = {}, {}, {}
    sql = (
        "SELECT destination, count(CASE WHEN state <> 'dead' THEN 1 END),"
        " min(CASE WHEN state <> 'dead' THEN created_at END),"
        " count(CASE WHEN state = 'dead' THEN 1 END) FROM delivery"
        " WHERE state IN ('queued', 'sending', 'dead') GROUP BY destination"
    )
    for name, waiting, oldest, lost in database.execute(sql):
        waits[name], dead[name] = float(waiting), float(lost)
        ages[name] = 0.0 if oldest is None else max(0, now - oldest) / 1e6
    return {"outbox_messages": waits, "outbox_age_seconds": ages, "dead_letters": dead}
