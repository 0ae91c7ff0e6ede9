# ruff: noqa: E501
"""Bugs in what looks after a service: hours without files, ranges that are read again, clocks that are set, numbers."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

GAPS = "engine/service/gaps.py"
AGAIN = "engine/runners/backfill.py"
BACKFILL = "engine/cli/backfill.py"
CLOCK = "engine/service/clock.py"
COUNTED = "engine/service/counted.py"
MEASURED = "engine/service/measured.py"
METRICS = "engine/service/metrics.py"
STATUS = "engine/cli/status.py"
HEARTBEAT = "engine/service/heartbeat.py"
HEALTH = "engine/service/health.py"
SERVING = "engine/service/serving.py"

BUGS = [
    Bug("quiet regions are expected to be loud", GAPS, "return len(recent) == DAY and sum(recent) >= REGULAR", "return True"),
    Bug("a gap that is open has no end", GAPS, "upto = until if following is None else following", "upto = following"),
    Bug("hours of gaps count as hours", GAPS, "recent.extend([False] * min(without, DAY))", "recent.extend([True] * min(without, DAY))"),
    Bug("a gap is told of again and again", GAPS, "new = sorted(now_open.difference(*known.values()))", "new = sorted(now_open)"),
    Bug("nobody is told that files come again", GAPS, "told.append(missing([gap[:3] for gap in sorted(some)], now))", "pass"),
    Bug("old gaps are news", GAPS, "new = [gap for gap in new if gap.start > now - NEWS]", "pass"),
    Bug("what was reported is told again", AGAIN, "return [each for each, identity in named if identity not in known]", "return [each for each, identity in named]"),
    Bug("what runs will tell is told before", AGAIN, "elif episode.last > self._decided:", "elif False:"),
    Bug("a part of an episode is another one", AGAIN, "return any(first <= episode.last and episode.start <= last for first, last in spans)", "return False"),
    Bug("a range is taken for all of history", AGAIN, "if correlation.key in self._left_out:", "if False:"),
    Bug("a queue is read a second time", BACKFILL, "not each.startswith(_ONCE)", "each"),
    Bug("a step of the clock is noticed for ever", CLOCK, "        self._apart = apart\n        return moved", "        return moved"),
    Bug("every correction is a step", CLOCK, "if abs(moved) < LEAST:", "if not moved:"),
    Bug("what was sent waits longer when the clock is set", CLOCK, 'if table == "delivery":', 'if table == "none":'),
    Bug("an episode is counted as often as it is told of", COUNTED, "        if new:\n", "        if correlation:\n"),
    Bug("problems without a place are not counted", COUNTED, "if unnamed := summary.problems_total - kinds.total():", "if unnamed := 0:"),
    Bug("dead letters wait", MEASURED, "count(CASE WHEN state <> 'dead' THEN 1 END),", "count(1),"),
    Bug("a quote ends a label", METRICS, '.replace(\'"\', \'\\\\"\')', ""),
    Bug("there is no end of series", METRICS, "if labels in series or len(series) < self._most:", "if True:"),
    Bug("all that was set aside is named", STATUS, "for one in aside if every else aside[:NAMED]:", "for one in aside:"),
    Bug("a dying service gives signs of life", HEARTBEAT, "        if why is not None:\n            return\n", ""),
    Bug("a sign of life that failed was sent", HEARTBEAT, "return self._reason(end.outcome.reason)", "return None"),
    Bug("each sign of life that is withheld is news", HEARTBEAT, "if why is not None and self._withheld is None:", "if why is not None:"),
    Bug("a service begins with a sign of life", HEARTBEAT, "        while not self._stop.wait(LOOK):", "        while False:"),
    Bug("before the first scan all is well", HEALTH, "if self._good is None:", "if False:"),
    Bug("messages may wait for ever", HEALTH, "if (age := max(waits.values(), default=0.0)) * 1e6 > oldest:", "if (age := 0.0) > oldest:"),
    Bug("a scan may take for ever", HEALTH, "self._steady() - began > longest:", "began is None:"),
    Bug("a clock that is set is no news", SERVING, '        self._log("clock was set", {"seconds": by // 1_000_000})\n', ""),
    Bug("a clock that is set back holds scans up", "engine/service/schedule.py", "last = None if last is None else min(last, now)", "last = last"),
]  # fmt: skip
