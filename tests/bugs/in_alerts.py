# ruff: noqa: E501
"""Bugs in alerts: how they are joined, told, routed, silenced and delivered; engine/alerts/."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

BOOK = "engine/alerts/book.py"
LIFECYCLE = "engine/alerts/lifecycle.py"
GROUPS = "engine/alerts/groups.py"
DESK = "engine/alerts/desk.py"
OUTBOX = "engine/alerts/outbox.py"
SENDER = "engine/alerts/sender.py"
SCHEDULE = "engine/alerts/schedule.py"
ROUTES = "engine/alerts/routes.py"
MATCHERS = "engine/alerts/matchers.py"
SILENCES = "engine/alerts/silences.py"
RAISED = "engine/alerts/raised.py"
COMPILED = "engine/alerts/compiled.py"
SUMMARIES = "engine/alerts/summaries.py"
LABELS = "engine/alerts/labels.py"

BUGS = [
    Bug("a gap as long as the window parts two alerts", LIFECYCLE, "alert.first - window <= other.last and", "alert.first - window < other.last and"),
    Bug("an alert that is joined counts once more", LIFECYCLE, "hits=known.hits + new.hits", "hits=known.hits + 1"),
    Bug("a late event does not move the beginning", LIFECYCLE, "        first=min(known.first, new.first),\n", "        first=known.first,\n"),
    Bug("what was foreseen keeps its beginning", LIFECYCLE, "known = known._replace(first=min(known.first, new.first))", "known = known._replace(first=known.first)"),
    Bug("an alert forgets how bad it was", LIFECYCLE, "level=max(known.level, new.level),\n        first", "level=new.level,\n        first"),
    Bug("events without a time are joined with those that have one", LIFECYCLE, "        return alert.last == other.last\n", "        return True\n"),
    Bug("an episode told again shrinks the alert", LIFECYCLE, "if new.hits < known.hits or new.last < known.last:", "if False:"),
    Bug("events are decided in the order they came", BOOK, '" ORDER BY time, rule, event LIMIT ?"', '" ORDER BY event, rule, time LIMIT ?"'),
    Bug("an event at the watermark waits", BOOK, "WHERE alert IS NULL AND time <= ?", "WHERE alert IS NULL AND time < ?"),
    Bug("an alert is resolved before its window has passed", BOOK, "kept.ended = kept.alert.last + window", "kept.ended = kept.alert.last"),
    Bug("a replay counts again", BOOK, 'if self._database.execute(insert, _row(alert, each)).rowcount == 1:', "if self._database.execute(insert, _row(alert, each)) is not None:"),
    Bug("late events are lost", BOOK, "            if late or each.time is None or self._judge.early(alert):", "            if late:\n                continue\n            if each.time is None or self._judge.early(alert):"),
    Bug("what was told early as two stays two", BOOK, "self.merged, self.due, self.dirty = kept.alert.id, None, True", "self.due, self.dirty = None, True"),
    Bug("a part of another alert ends before it", BOOK, "self.merged, self.due, self.dirty = kept.alert.id, None, True", "self.merged, self.dirty = kept.alert.id, True"),
    Bug("a part of another alert is never resolved", BOOK, "while self._database.execute(with_the_other).rowcount > 0:", "while False:"),
    Bug("exceptions are not asked", BOOK, '            self.counts["raised"] += 1\n            if self._judge.exempt(alert, now) is not None:', '            self.counts["raised"] += 1\n            if False:'),
    Bug("the other events of a chunk are joined to what was known before", BOOK, "            known.append(kept)\n", ""),
    Bug("alerts of old logs are forgotten at once", BOOK, "DELETE FROM alert WHERE opened_at < ? AND", "DELETE FROM alert WHERE last < ? AND"),
    Bug("who was told is told again", GROUPS, "        if member.state is not None:\n            continue\n", ""),
    Bug("an alert that is over before it is told is not told", GROUPS, "        elif (mute := muting(member.alert)) is None:", "        elif member.alert.resolved is None and (mute := muting(member.alert)) is None:"),
    Bug("one end resolves the whole group", GROUPS, '"update" if live else "resolve"', '"resolve"'),
    Bug("who has taken it is reminded", GROUPS, "[m for m in live if not m.alert.acknowledged and m.alert.last > oldest", "[m for m in live if m.alert.last > oldest"),
    Bug("people are reminded of old news", GROUPS, "m.alert.last > oldest and muting(m.alert) is None", "muting(m.alert) is None"),
    Bug("reminders do not get rarer", GROUPS, "repeats = thread.repeats + 1", "repeats = 0"),
    Bug("quiet hours mute the worst too", GROUPS, "max(member.alert.level for member in fresh), now)):", "min(member.alert.level for member in fresh), now)):"),
    Bug("old news pages", DESK, "elif not told and 0 < alert.last < now - self._rules.max_age:", "elif False:"),
    Bug("there is no cap", DESK, ">= target.most_per_rule:", "> 10 * target.most_per_rule + 100:"),
    Bug("a group speaks again at once", DESK, "at = max(now, sent_at + target.group_interval)", "at = now"),
    Bug("an alert that gets worse stays where it is", DESK, "            elif OLD not in told:", "            elif not told:"),
    Bug("alerts on a route that is gone wait for ever", DESK, "        self._reroute()\n", ""),
    Bug("what was foreseen as two stays two", BOOK, "if kept is not None and other.alert.id != kept.alert.id:", "if False:"),
    Bug("what was foreseen gets a new id when it began earlier", BOOK, "self._by_id(alert.id) or next(iter(told), None)", "self._by_id(alert.id)"),
    Bug("an episode is foreseen though every route waits", BOOK, 'elif episode.state == "opened" and self._judge.early(alert) and', 'elif episode.state == "opened" and'),
    Bug("what goes on is foreseen as another", BOOK, 'elif episode.state == "opened" and self._judge.early(alert) and', "elif self._judge.early(alert) and"),
    Bug("what was told early is never told on routes that wait", BOOK, '"UPDATE alert SET changed = 1 WHERE last > ? AND first > ? AND first <= ?"', '"UPDATE alert SET changed = 1 WHERE last > ? AND first > ? AND first < ?"'),
    Bug("a route that waits is told early", DESK, "and (target.early or not undecided)", "and True"),
    Bug("what has no time waits for ever", DESK, "undecided = alert.last > 0 and alert.first > watermark", "undecided = alert.first > watermark"),
    Bug("what a late hit can undo is foreseen", "engine/correlate/sure.py", "and _grows(each.options.get(\"condition\"))", "and True"),
    Bug("an expression that negates is certain", "engine/correlate/sure.py", " and not _negates(condition.get(\"expression\"))", ""),
    Bug("episodes of episodes are certain", "engine/correlate/sure.py", "and rules.issuperset(each.rules)", "and True"),
    Bug("a thread never ends", DESK, "            thread = Thread(None, 0, 0, thread.sent_at)\n", "            pass\n"),
    Bug("the first destination is the only one", DESK, "for destination in target.to:", "for destination in target.to[:1]:"),
    Bug("messages of all destinations share one id", DESK, "alert_id(id, destination, str(thread.sequence))", "alert_id(id, str(thread.sequence))"),
    Bug("a message overtakes an earlier one of its thread", OUTBOX, "AND number < mine.number AND state IN ('queued', 'sending'))\"\n            \" ORDER BY", "AND number < mine.number AND state IN ('sending'))\"\n            \" ORDER BY"),
    Bug("Retry-After is not heeded", OUTBOX, "asked = now + int((outcome.after or 0) * SECOND)", "asked = now"),
    Bug("a rate is forgotten", OUTBOX, "for most, per in limits.rates:", "for most, per in ():"),
    Bug("nobody is told of what was given up", OUTBOX, "        if name != taken.destination:\n", "        if False:\n"),
    Bug("news of a broken destination breeds", OUTBOX, "if taken.message.alerts[0].rule.key == alert.rule.key:", "if False:"),
    Bug("a message is never given up", OUTBOX, "if now + wait >= taken.message.time + limits.give_up:", "if False:"),
    Bug("what a dead process was sending is lost", SENDER, "                release(database, self._underway.numbers)\n", "                pass\n"),
    Bug("what was sent and cannot be marked is forgotten", SENDER, "            if hand:\n                self._mark(database, destination, *hand[0])\n                hand.clear()", "            for each in [*hand]:\n                hand.clear()\n                self._mark(database, destination, *each)"),
    Bug("what is in hand when it must stop is not marked", SENDER, "while (hand and not self._given_up) or not self._stop.is_set():", "while not self._stop.is_set():"),
    Bug("a sender sends what the one before it has in hand", SENDER, "release(database, self._underway.numbers)", "release(database)"),
    Bug("who asks for an endless pause is never asked again", SENDER, "after if fits else None", "after"),
    Bug("what is claimed while it asks what is left is overlooked", SENDER, "                with self._lock:\n                    if self._nothing(database, until):\n                        break", "                if self._nothing(database, until):\n                    break"),
    Bug("one broken notifier stops its destination", SENDER, '    except BaseException as error:  # noqa: BLE001\n        return Retry(', '    except ZeroDivisionError as error:\n        return Retry('),
    Bug("back-off has no end", SCHEDULE, "longest = min(LONGEST_DELAY, ", "longest = max(0, "),
    Bug("cron counts days of the week from Monday", SCHEDULE, "DAYS[(number - 1) % 7]", "DAYS[number % 7]"),
    Bug("quiet hours end at midnight", SCHEDULE, "for back in (0, 1):", "for back in (0,):"),
    Bug("all routes that match take an alert", ROUTES, "        if not branch.goes_on:\n            break\n", ""),
    Bug("a route takes what one below it has taken", ROUTES, "found += below or [branch.target]", "found += [*below, branch.target]"),
    Bug("a matcher is found in the middle", MATCHERS, 'rf"\\A(?:{value})\\z"', "value"),
    Bug("!= holds when any differs", MATCHERS, 'any(map(test, labels(alert, self.name) or ("",))) is not self.operator.startswith("!")', 'any(test(text) is not self.operator.startswith("!") for text in labels(alert, self.name) or ("",))'),
    Bug("a silence goes on after its end", SILENCES, "        self._silences = [each for each in silences(database) if each.starts <= now < each.ends]\n", "        self._silences = [each._replace(ends=1 << 62) for each in silences(database)]\n"),
    Bug("inhibition looks at no labels", SILENCES, "all(labels(source, name) == labels(target, name) for name in self.equal)", "True"),
    Bug("a source that has ended goes on inhibiting", SILENCES, "and (source.resolved is None or target.first <= source.resolved)", "and True"),
    Bug("a list is no member", LABELS, "for member in flatten(value) if", "for member in [value] if"),
    Bug("long values are kept whole", RAISED, "text = value if len(value) <= LONGEST else", "text = value if True else"),
    Bug("two events at one place of two files are one", RAISED, "{hashlib.blake2b(said, digest_size=8).hexdigest()}", ""),
    Bug("an exception never expires", COMPILED, "if now < expires and all_hold(matchers, alert):", "if all_hold(matchers, alert):"),
    Bug("a route forgets what the one above it says", COMPILED, "    return above._replace(**times, **plain)", '    return Target("")._replace(**times, **plain)'),
    Bug("a missing default route is no fault", COMPILED, "if (notifiers or routes) and not any(", "if False and not any("),
    Bug("a summary leaves the worst out", SUMMARIES, "key=lambda one: (-one.level, -one.last, one.id)", "key=lambda one: (one.level, -one.last, one.id)"),
]  # fmt: skip
