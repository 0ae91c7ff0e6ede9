"""Bugs in the service and in the tests of rules; engine/service/, engine/testing/."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

SCHEDULE = "engine/service/schedule.py"
SERVING = "engine/service/serving.py"
HISTORY = "engine/service/history.py"
HEALTH = "engine/service/health.py"
RUN = "engine/testing/run.py"
HAPPENS = "engine/testing/happens.py"
MUTATE = "engine/testing/mutate.py"
SCORE = "engine/testing/score.py"
MOMENTS = "engine/testing/moments.py"
READ = "engine/testing/read.py"

ANSWERS = "engine/service/answers.py"
FOLLOW = "engine/service/follow.py"

BUGS = [
    Bug("a source rests equally long each time", ANSWERS, "FIRST << min(failures - 1, 20)", "FIRST"),
    Bug(
        "people are told of a source at each failure",
        ANSWERS,
        "outage.failures == TOLD_AFTER",
        "outage.failures >= TOLD_AFTER",
    ),
    Bug("nobody is told that a source answers again", ANSWERS, "before.failures >= TOLD_AFTER", "False"),
    Bug(
        "an outage is forgotten with its first answer of another",
        ANSWERS,
        "for source in asked:",
        "for source in (*asked, *outages):",
    ),
    Bug(
        "every outage is the same alert",
        "engine/alerts/summaries.py",
        'alert_id("unanswered", source, str(since))',
        'alert_id("unanswered", source)',
    ),
    Bug("only the first source is followed", FOLLOW, "for target in self.watched:", "for target in self.watched[:1]:"),
    Bug("news is heeded only when it is time", SERVING, "(now >= due or self._news)", "(now >= due)"),
    Bug(
        "a scan does not take the news with it", SERVING, "        self._news = False\n        try:\n", "        try:\n"
    ),
    Bug("the next scan comes so long after now", SCHEDULE, "last + self.every", "now + self.every"),
    Bug("a cron expression counts from now", SCHEDULE, "now if last is None else last)", "now)"),
    Bug("jitter is not heeded", SCHEDULE, "        return due + late\n", "        return due\n"),
    Bug(
        "a pause holds nothing back",
        SERVING,
        'return (now >= due or self._news) and not history.wished(self._database, "pause")',
        "return now >= due or self._news",
    ),
    Bug("a scan that is asked for comes again and again", SERVING, 'history.withdraw(self._database, "scan")', "pass"),
    Bug(
        "a broken plan takes the place of the old one",
        SERVING,
        '            self._log("reload refused", {"fault": _line(error)})\n            return\n',
        '            self._log("reload refused", {"fault": _line(error)})\n            raise\n',
    ),
    Bug(
        "changed files are not looked at", SERVING, "if not (self._reload or self._changed()):", "if not self._reload:"
    ),
    Bug("a scan that failed is forgotten", SERVING, '        self._health.fault("scan", fault)\n', ""),
    Bug("what was left out is no fault", SERVING, 'fault if state == "incomplete" else None', "None"),
    Bug(
        "an interrupted scan is not the last",
        SERVING,
        "        if summary.interrupted:\n            self._stopping = True\n",
        "",
    ),
    Bug("a crashed scan runs for ever", HISTORY, "SET state = 'interrupted' WHERE", "SET state = 'running' WHERE"),
    Bug(
        "scans are never forgotten",
        HISTORY,
        "DELETE FROM scan WHERE started_at < ?",
        "DELETE FROM scan WHERE started_at < ? AND 0",
    ),
    Bug("a stalled service is healthy", HEALTH, "if self._scanning is None and silent > STALLED:", "if False:"),
    Bug(
        "a long scan is a stalled service",
        HEALTH,
        "if self._scanning is None and silent > STALLED:",
        "if silent > STALLED:",
    ),
    Bug("faults are not over", HEALTH, "self.faults.pop(what, None)", "pass"),
    Bug("findings of other files count", RUN, "            if one.rule.key in tested.keys\n", ""),
    Bug("an alert takes what another one needs", RUN, "if at not in taken or place(taken[at], tried):", "if True:"),
    Bug(
        "alerts that nobody described are let through",
        RUN,
        "for each in left[:SHOWN]]\n        return wrong",
        "for each in ()]\n        return wrong",
    ),
    Bug(
        "the level of an alert is not looked at",
        RUN,
        "if wanted.level is not None and rule.level != wanted.level:",
        "if False:",
    ),
    Bug(
        "fields are those of the first event",
        RUN,
        "record = self._records[found.positions[-1]]",
        "record = self._records[0]",
    ),
    Bug(
        "variables of a case are not heeded",
        RUN,
        "given = {**file.said.variables, **case.variables}",
        "given = file.said.variables",
    ),
    Bug(
        "tests share their bases",
        HAPPENS,
        "return [copy.deepcopy(said.bases[given.base] if",
        "return [(said.bases[given.base] if",
    ),
    Bug("all of several happen at once", HAPPENS, "format_time(at + number * int(given.every))", "format_time(at)"),
    Bug("what is taken away stays", HAPPENS, 'remove(record, name.split("."))', "pass"),
    Bug("a time of its own is overwritten", HAPPENS, "elif logsources.lookup(record, path) is None:", "else:"),
    Bug("hours are minutes", MOMENTS, '"h": 3_600_000_000', '"h": 60_000_000'),
    Bug(
        "a bare number is a time", MOMENTS, "None if _NUMBER.fullmatch(text) else parse_time(text)", "parse_time(text)"
    ),
    Bug("two tests may have one name", READ, "            if name in seen:", "            if False:"),
    Bug(
        "filters are not changed",
        MUTATE,
        '        yield _Changed(f"without its not: {_said(expr.arg)}", expr.arg)\n',
        "",
    ),
    Bug("thresholds are not changed", MUTATE, "else (value + 1, value - 1)", "else ()"),
    Bug(
        "windows are not changed",
        MUTATE,
        '        yield "timespan: twice as long", replace(each, timespan=each.timespan * 2)\n',
        "",
    ),
    Bug(
        "groups are not changed",
        MUTATE,
        "for number, name in enumerate(each.group_by):",
        "for number, name in enumerate(()):",
    ),
    Bug(
        "what means the same counts twice",
        MUTATE,
        "if (meaning := _meaning(made)) not in seen:",
        "if (meaning := _meaning(made)) or True:",
    ),
    Bug("rules of other files are changed", MUTATE, "        if path_of(rule.path):", "        if True:"),
    Bug("survivors are not counted", SCORE, "[not noticed(number) for number", "[False for number"),
    Bug(
        "tests that fail anyway notice everything",
        SCORE,
        "    if failed:\n        return Score(suite, failed, ())\n",
        "",
    ),
]
