# ruff: noqa: E501
"""Bugs in runs with correlations and state: engine/runners, engine/stores, engine/handover.py."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

HANDOVER = "engine/handover.py"
WORKER = "engine/runners/worker.py"
CORRELATED = "engine/runners/correlated.py"
DECIDING = "engine/runners/deciding.py"
CONTINUING = "engine/runners/continuing.py"
RETENTION = "engine/runners/retention.py"
FILE = "engine/runners/file.py"
DELIVERED = "engine/runners/delivered.py"
SPILL = "engine/runners/spill.py"
SQLITE = "engine/stores/sqlite.py"
LEDGER = "engine/stores/_ledger.py"
SLOTS = "engine/stores/_slots.py"
BODIES = "engine/stores/_bodies.py"
LOCK = "engine/stores/_lock.py"

BUGS = [
    Bug("an event of the future is correlated", HANDOVER, "or event.time > self.horizon or", "or"),
    Bug(
        "an event of the future ends what is open",
        WORKER,
        "found.end, found.ahead = times.last, times.outside - tally.outside",
        "found.ahead = times.outside - tally.outside",
    ),
    Bug(
        "silent rules are reported",
        HANDOVER,
        "                    rule.key in ruleset.silent,\n",
        "                    False,\n",
    ),
    Bug(
        "one event shows what the event before showed",
        HANDOVER,
        "if self._last[0] is not record:",
        "if self._last[0] is None:",
    ),
    Bug(
        "an expression is asked for as a field",
        HANDOVER,
        "if name in wanted.queries else fields.reader(name)",
        "if False else fields.reader(name)",
    ),
    Bug(
        "a second copy is reported",
        CORRELATED,
        "            self.duplicates += 1\n            return False\n",
        "            self.duplicates += 1\n            return True\n",
    ),
    Bug(
        "events without an id are one where their files have one name",
        CORRELATED,
        "return hit._replace(event=hit.event + mark) if mark else hit",
        "return hit",
    ),
    Bug(
        "an inner correlation is told of though nobody says generate",
        CORRELATED,
        "if episode.correlation not in ruleset.silent:",
        "if True:",
    ),
    Bug(
        "what counts from the beginning begins with the first hit",
        CORRELATED,
        "            self.deciding.correlator.begins(first)\n",
        "            pass\n",
    ),
    Bug(
        "final is not asked",
        CORRELATED,
        "self.deciding.close(self.end, self.scan.final, _nothing)",
        "self.deciding.close(self.end, False, _nothing)",
    ),
    Bug("after Ctrl-C a run decides with half of what there is", CORRELATED, "elif self.interrupted:", "elif False:"),
    Bug(
        "hits of one instant are parted",
        DECIDING,
        "if len(held) >= TOGETHER and held[-1].time != hit.time:",
        "if len(held) >= TOGETHER:",
    ),
    Bug(
        "an episode is told as it was first",
        DECIDING,
        'held, new = each, new or each.state == "opened"',
        'held, new = held if held is not None and held.id == each.id else each, new or each.state == "opened"',
    ),
    Bug(
        "hits beyond the watermark are decided",
        DECIDING,
        "if until is not None and upto <= until:",
        "if until is not None:",
    ),
    Bug("what is over the limit is forgotten", SPILL, "            self._write(self._held)\n", ""),
    Bug(
        "runs on disk come one after the other",
        SPILL,
        "heapq.merge(*map(_read, runs), held, key=self._key) if runs else held",
        "(item for run in [*map(_read, runs), held] for item in run)",
    ),
    Bug(
        "a merged run loses what was in the others",
        SPILL,
        "            self._write(heapq.merge(*map(_read, runs), key=self._key))\n",
        "",
    ),
    Bug(
        "a README of today is a delivery",
        DELIVERED,
        "newest = max(named) if named else",
        "newest = max([*named, *(blob.modified or 0 for blob in blobs)]) if named else",
    ),
    Bug(
        "the source that is ahead decides",
        DELIVERED,
        "return min(reached) - lateness",
        "return max(reached) - lateness",
    ),
    Bug("a date after the listing is believed", DELIVERED, "return min(newest, polled)", "return newest"),
    Bug("lateness is not waited for", DELIVERED, "return min(reached) - lateness", "return min(reached)"),
    Bug("a copy is read again", CONTINUING, "if content in self._contents or self.ledger.knows(content):", "if False:"),
    Bug(
        "a copy in the same run is read too",
        CONTINUING,
        "        self._contents.add(content)\n        return False",
        "        return False",
    ),
    Bug("a touched file is a new one", CONTINUING, "or self.ledger.knows(content):", "or False:"),
    Bug(
        "a file that has grown is read from its start",
        FILE,
        "return before.position if before and digests and digests[0] == before.content else 0",
        "return 0",
    ),
    Bug(
        "a file that was replaced is taken for one that has grown",
        FILE,
        "return before.position if before and digests and digests[0] == before.content else 0",
        "return before.position if before else 0",
    ),
    Bug(
        "what an earlier run has reported is reported again",
        CONTINUING,
        "known = self.ledger.seen([each.identity for each in new if each.identity is not None])",
        "known: set[bytes] = set()",
    ),
    Bug(
        "a file that was rotated is read again", CONTINUING, "file.before = file.before or self._rotated(file)", "pass"
    ),
    Bug(
        "any longer file of the same name was rotated",
        FILE,
        "return entry.content == self._digest(entry.size)",
        "return True",
    ),
    Bug("a file with any dot is a namesake", LEDGER, "if _stem(row[5]) == stem]", "]"),
    Bug(
        "a file that is being written is said to be cut off",
        CONTINUING,
        '_replace(lost=False, kind="unfinished")',
        "_replace()",
    ),
    Bug(
        "a file that ends early is thought to be unfinished for ever",
        CONTINUING,
        "modified < self.now - WRITING",
        "False",
    ),
    Bug(
        "what was read of an unfinished file is forgotten",
        CONTINUING,
        'if failed not in (None, "unfinished"):',
        "if failed:",
    ),
    Bug("an unfinished file counts as read", CONTINUING, "file.events, failed is None)", "file.events, True)"),
    Bug("nobody is told that a file was replaced", CONTINUING, "self.replaced += file.was_replaced", "pass"),
    Bug(
        "a file that could not be read counts as read",
        CONTINUING,
        'if failed not in (None, "unfinished"):',
        "if False:",
    ),
    Bug(
        "no word of a source is remembered",
        CONTINUING,
        "            self.ledger.set_mark(_reached(target), word.reached)\n",
        "            pass\n",
    ),
    Bug("a source that does not answer holds nobody back", DELIVERED, "word.reached > polled - HELD", "False"),
    Bug(
        "a source that does not answer holds all back for ever",
        DELIVERED,
        " and (word.now is not None or word.reached > polled - HELD)",
        "",
    ),
    Bug(
        "a message is deleted before what it told of is kept",
        CONTINUING,
        "        if self._flush:\n            self._flush()\n        ledger",
        "        if self._flush:\n            self._flush()\n        self._acknowledge()\n        ledger",
    ),
    Bug("a message of what could not be read is deleted", CONTINUING, 'if failed in (None, "gone"):', "if True:"),
    Bug("a message of what is gone stays", CONTINUING, 'if failed in (None, "gone"):', "if failed is None:"),
    Bug(
        "a message of what was read before stays",
        CONTINUING,
        "                self.known += 1\n                self._receipt(file)\n",
        "                self.known += 1\n",
    ),
    Bug(
        "what cannot be decoded is not set aside",
        CONTINUING,
        "self._aside.setdefault(problem.ref, problem.fault)",
        "pass",
    ),
    Bug(
        "what a run with other rules has left is kept",
        CONTINUING,
        'if ledger.mark("rules") != ruleset.digest and ledger.mark("unfinished"):',
        "if False:",
    ),
    Bug(
        "a commit comes before what it says was printed",
        CONTINUING,
        "        if self._flush:\n            self._flush()\n        ledger",
        "        ledger",
    ),
    Bug(
        "hits are not kept with the files they are of",
        CONTINUING,
        "            ledger.keep_hits(self._hits, self.run)\n",
        "",
    ),
    Bug(
        "files are kept before the hits they have",
        CONTINUING,
        "        ledger = self.ledger\n        with self.store.transaction():\n            for file, entry in self._done:\n                ledger.enter(file.place, file.blob.ref, entry, self.run, self.now)\n",
        "        ledger = self.ledger\n        for file, entry in self._done:\n            ledger.enter(file.place, file.blob.ref, entry, self.run, self.now)\n        with self.store.transaction():\n            for file, entry in self._done:\n",
    ),
    Bug("hits that were decided are taken once more", CONTINUING, "            self.ledger.drop_hits(upto)\n", ""),
    Bug(
        "what was decided is not kept until it is printed",
        CONTINUING,
        "            self.ledger.keep_episodes(episodes)\n",
        "",
    ),
    Bug("what was printed is printed again", CONTINUING, "            self.ledger.drop_episodes()\n", ""),
    Bug(
        "state is kept apart from what it said",
        CONTINUING,
        "        with self.store.transaction():\n            correlator.commit()\n            self.ledger",
        "        correlator.commit()\n        with self.store.transaction():\n            self.ledger",
    ),
    Bug(
        "output that is not whole is noted as written",
        CONTINUING,
        "        if not self._flush:\n            self._outer.enter_context(self.store.transaction())\n",
        "",
    ),
    Bug(
        "the newest event of earlier runs is forgotten",
        CONTINUING,
        "time if known is None else best(known, time)",
        "time",
    ),
    Bug(
        "how far killed runs have seen is forgotten",
        CONTINUING,
        '            self._bound("newest", max, self._end)\n',
        "",
    ),
    Bug("what waited before Ctrl-C is lost", CONTINUING, "            self.ledger.keep_hits(hits, self.run)\n", ""),
    Bug("a file that is there is forgotten", RETENTION, "and hash((place, ref)) not in self._there", "and True"),
    Bug("a file of a source that was not asked is forgotten", RETENTION, "if place in self._asked", "if place"),
    Bug("what cannot be seen is forgotten", RETENTION, "if kind in _HIDING]", "if kind in ()]"),
    Bug("files that are gone are remembered for ever", RETENTION, "ledger.forget_files(gone)", "pass"),
    Bug("files are looked for all the time", RETENTION, 'ledger.set_mark("forgot_files", now)', "pass"),
    Bug(
        "when a file was read is not kept", LEDGER, "(target, ref, *entry, run, at),", "(target, ref, *entry, run, 0),"
    ),
    Bug("detections are remembered for ever", CONTINUING, "self._retention.forget(self._failed)", "pass"),
    Bug(
        "half a transaction is kept",
        SQLITE,
        "            self._connection.rollback()\n",
        '            self._connection.execute("COMMIT")\n',
    ),
    Bug(
        "an inner transaction ends the outer",
        SQLITE,
        "        if self._depth:\n            self._depth += 1",
        "        if False:\n            self._depth += 1",
    ),
    Bug(
        "a database of others is written to",
        SQLITE,
        'if application != APPLICATION and (application or self.execute("SELECT 1 FROM sqlite_master").fetchone()):',
        "if False:",
    ),
    Bug("a file of a later version is opened", SQLITE, "if version > newest:", "if False:"),
    Bug("damage is not looked for", SQLITE, 'if found != ["ok"]:', "if False:"),
    Bug(
        "everybody may read the state",
        SQLITE,
        "os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600",
        "os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644",
    ),
    Bug("a commit does not survive a power cut", SQLITE, "PRAGMA synchronous = FULL", "PRAGMA synchronous = NORMAL"),
    Bug("half a file is a whole one", LEDGER, 'WHERE content = ? AND whole = 1"', 'WHERE content = ?"'),
    Bug(
        "of many detections only the first are known again",
        LEDGER,
        "for start in range(0, len(identities), KEPT):",
        "for start in range(0, min(len(identities), KEPT), KEPT):",
    ),
    Bug("hits at the watermark wait once more", LEDGER, "waiting_hit WHERE time <= ?", "waiting_hit WHERE time < ?"),
    Bug("old chunks stay", SLOTS, "[(number, each.group, each.first) for number, each in kept if each.first],", "[],"),
    Bug(
        "a forgotten correlation comes back",
        SLOTS,
        '            self.store.execute("DELETE FROM slot WHERE meaning = ?", (number,))\n',
        "",
    ),
    Bug(
        "a slot that is gone stays", SLOTS, '        many("DELETE FROM slot WHERE meaning = ? AND grp = ?", gone)\n', ""
    ),
    Bug(
        "a large number comes back as text",
        BODIES,
        "return int(bytes(data), 16) if code == _NUMBER else",
        "return bytes(data).decode() if code == _NUMBER else",
    ),
    Bug("two runs may have one state file", LOCK, "fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)", "pass"),
]
