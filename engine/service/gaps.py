"""Hours without files: of an account and region of CloudTrail that had some in nearly every hour before.

What there should be is learned from the names of the files in the ledger, which hold account, region and the time of
delivery. An account and region is regular while it had files in at least 20 of the last 24 hours, not counting those
of gaps; of one that is not, nothing is expected, as a quiet one has no files in most hours.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from engine.alert import Alert
from engine.alerts.database import Database
from engine.alerts.summaries import missing

__all__ = ["Gap", "Hours", "ends", "note"]

HOUR = 3_600_000_000

DAY = 24
"""Hours that are looked back on."""

REGULAR = 20
"""Of these so many must have had files."""

NEWS = 7 * DAY * HOUR
"""A gap that began longer ago is listed, and nobody is told, microseconds."""

KEPT = 14 * DAY
"""Hours that `trim` leaves of an account and region."""

_NAMED = re.compile(r"(?:^|/)([0-9]{12})_CloudTrail_([a-z0-9-]+)_([0-9]{8}T[0-9]{2})[0-9]{2}Z_[^/]*$", re.ASCII)

_MARK = "gaps "

Where = tuple[str, str]
"""Account and region."""


class Gap(NamedTuple):
    """Hours without files; times in microseconds.

    start  when the first of them began
    end    when the hour began in which files came again; None: they have not
    """

    account: str
    region: str
    start: int
    end: int | None


class Hours:
    """In which hours there were files, as the ledger of a state file has it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._hours: dict[Where, set[int]] = {}
        self._targets: dict[Where, set[str]] = {}
        self._run = 0

    def learn(self) -> None:
        """Take in what was read since this was last asked for."""
        run = self._run
        for target, ref, of in self._database.execute("SELECT target, ref, run FROM file WHERE run >= ?", (run,)):
            run = max(run, of)
            if (found := _NAMED.search(ref)) and (hour := _hour(found[3])) is not None:
                where = found[1], found[2]
                self._hours.setdefault(where, set()).add(hour)
                self._targets.setdefault(where, set()).add(target)
        self._run = run

    def trim(self) -> None:
        """Forget what is long over."""
        for where, hours in self._hours.items():
            newest = max(hours)
            self._hours[where] = {hour for hour in hours if hour > newest - KEPT}

    def gaps(self, until: Mapping[str, int], after: int) -> list[Gap]:
        """Every gap of at least so long, in order of account, region and time.

        until  target -> up to when it has delivered, microseconds; of another it is not known whether more will come
        """
        found = []
        for where in sorted(self._hours):
            end = max((until[target] for target in self._targets[where] if target in until), default=None)
            last = None if end is None else end // HOUR
            for start, again in _gaps(sorted(self._hours[where]), last, after, deque(maxlen=DAY)):
                found.append(Gap(*where, start * HOUR, None if again is None else again * HOUR))
        return found

    def regular(self, after: int) -> list[Where]:
        """The accounts and regions whose gaps would be noticed now."""
        found = []
        for where, hours in sorted(self._hours.items()):
            recent: deque[bool] = deque(maxlen=DAY)
            for _ in _gaps(sorted(hours), None, after, recent):
                pass
            found += [where] if _regular(recent) else []
        return found

    @property
    def targets(self) -> set[str]:
        """Those of which there were files."""
        return set().union(*self._targets.values())

    def __len__(self) -> int:
        return len(self._hours)


def ends(
    database: Database, targets: Iterable[str], now: int, lateness: int, failing: Iterable[str] = ()
) -> dict[str, int]:
    """Target -> up to when all its files should be there.

    Buckets and queues say how far they have delivered; into a folder files are put all the time, so that there is none
    yet says something. A source that does not answer has delivered as far as it had said before.
    """
    said = dict(database.execute("SELECT substr(name, 9), value FROM mark WHERE name LIKE 'reached %'").fetchall())
    silent = set(failing)
    found = {}
    for target in targets:
        if "://" not in target and target not in silent:
            found[target] = now - lateness
        elif said.get(target) is not None:
            found[target] = min(said[target], now) - lateness
    return found


def note(database: Database, gaps: Iterable[Gap], now: int) -> list[Alert]:
    """Note which gaps there are; alerts of those that people should know of, and of those that are over.

    Gaps that are found together are one alert: when a whole trail stops, that is said once. It is over with the last.
    """
    known = {
        name: {Gap(account, region, start, None) for account, region, start in json.loads(value)}
        for name, value in database.execute(
            "SELECT name, value FROM mark WHERE name >= ? AND name < 'gaps!' ORDER BY name", (_MARK,)
        )
    }
    now_open = {gap for gap in gaps if gap.end is None}
    new = sorted(now_open.difference(*known.values()))
    new = [gap for gap in new if gap.start > now - NEWS]
    told = []
    with database.transaction():
        for name, some in known.items():
            if not some & now_open:
                told.append(missing([gap[:3] for gap in sorted(some)], now))
                database.execute("DELETE FROM mark WHERE name = ?", (name,))
        if new:
            alert = missing([gap[:3] for gap in new], None)
            told.append(alert)
            said = json.dumps([gap[:3] for gap in new])
            database.execute("DELETE FROM mark WHERE name = ?", (_MARK + alert.id,))
            database.execute("INSERT INTO mark (name, value) VALUES (?, ?)", (_MARK + alert.id, said))
    return told


def _gaps(hours: list[int], until: int | None, after: int, recent: deque[bool]) -> Iterator[tuple[int, int | None]]:
    """First hour and the one after the last of every gap.

    until   the hour that is not over; None: nothing is known of what comes after the last with files
    recent  is left with the last hours up to that, in which there were files or none
    """
    least = max(1, -(-after // HOUR))
    for hour, following in zip(hours, [*hours[1:], None], strict=True):
        recent.append(True)
        upto = until if following is None else following
        without = 0 if upto is None else upto - hour - 1
        if without >= least and _regular(recent):
            yield hour + 1, following
        elif following is not None:
            recent.extend([False] * min(without, DAY))


def _regular(recent: deque[bool]) -> bool:
    return len(recent) == DAY and sum(recent) >= REGULAR


@lru_cache(1_000)
def _hour(text: str) -> int | None:
    """ "20240517T09" as whole hours since 1970."""
    try:
        return int(datetime.strptime(text, "%Y%m%dT%H").replace(tzinfo=UTC).timestamp()) // 3_600
    except ValueError:
        return None
