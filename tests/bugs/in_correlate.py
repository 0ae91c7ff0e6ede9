# ruff: noqa: E501
"""Bugs in correlations: windows, episodes, groups, what is saved, and each type; engine/correlate/."""

from __future__ import annotations

from tests.bugs.bug import Bug

__all__ = ["BUGS"]

WINDOW = "engine/correlate/window.py"
STEP = "engine/correlate/step.py"
EPISODE = "engine/correlate/episode.py"
STATE = "engine/correlate/state.py"
PLAN = "engine/correlate/plan.py"
CORRELATOR = "engine/correlate/correlator.py"
WAITING = "engine/correlate/waiting.py"
SLOT = "engine/correlate/slot.py"
GROUPS = "engine/correlate/groups.py"
NUMBERS = "engine/correlate/numbers.py"
PACKED = "engine/correlate/packed.py"
CONDITION = "engine/correlate/condition.py"
RANKED = "engine/correlate/ranked.py"
TYPES = "engine/correlate/types"

BUGS = [
    Bug("a hit exactly one timespan old no longer counts", WINDOW, "while log.times[log.first] < cutoff:", "while log.times[log.first] <= cutoff:"),
    Bug("what a watermark does not reach is forgotten", WINDOW, "log.times[log.first] <= cutoff:\n                self.drop(log.drop())", "log.times[log.first] <= cutoff + 1:\n                self.drop(log.drop())"),
    Bug("every hit moves the time at which a window closes", WINDOW, "            if self.closing is None:\n                self.closing = time", "            if True:\n                self.closing = time"),
    Bug("a window that has closed stays open", WINDOW, "        self.closing = None\n        number = self.holds(time)", "        number = self.holds(time)"),
    Bug("a window that has closed keeps its hits", WINDOW, "        while len(self.log):\n            self.drop(self.log.drop())\n        return FALSE if", "        return FALSE if"),
    Bug("a window forgets when it closes where it is saved", WINDOW, "    def head(self) -> Any:\n        return self.closing", "    def head(self) -> Any:\n        return None"),
    Bug("what a window counts is not counted again when it is loaded", WINDOW, "            self.add(log.times[index], log.items[index])", "            pass"),
    Bug("an event that two rules match is two events", WINDOW, "            if hit.event not in found and (item", "            if (item"),
    Bug("an episode that opens counts only the hits of that time", WINDOW, "        return FALSE if number is None else (Judgement(True, plain(number), len(log), len(hits)),)", "        return FALSE if number is None else (Judgement(True, plain(number), len(hits), len(hits)),)"),
    Bug("a slot is let go a timespan too early", WINDOW, "return self.log.times[-1] + self.kind.timespan if len(self.log)", "return self.log.times[-1] if len(self.log)"),
    Bug("aliases of the measured field are not followed", WINDOW, "return hit.values.get(self._names[hit.rule][0])", "return hit.values.get(self.fields[0])"),
    Bug("the limit of a window drops one too few", WINDOW, "        dropped = max(0, len(self.log) - most)", "        dropped = max(0, len(self.log) - most - 1)"),
    Bug("a log loses the time of what it drops", WINDOW, "del self.times[:first], self.items[:first]", "del self.times[: first + 1], self.items[: first + 1]"),
    Bug("hits of one time are judged one by one", STEP, "while end < count and hits[end].time == time:", "while False:"),
    Bug("hits of one time are taken in the order they came", STEP, "            instant = sorted(instant, key=ORDER)", "            instant = list(instant)"),
    Bug("a timer fires before the hits of its time", STEP, "_wake(of, group, state, time - 1, said)", "_wake(of, group, state, time, said)"),
    Bug("an episode ends one microsecond late", STEP, "            expiry = opened.last + of.timespan\n", "            expiry = opened.last + of.timespan + 1\n"),
    Bug("an episode ends before the timer of its time", STEP, "(due is None or expiry < due)", "(due is None or expiry <= due)"),
    Bug("what counts takes every hit of an episode below", STEP, "    if of.inner and not of.presence:\n", "    if False:\n"),
    Bug("values are lent by the first event of a time", STEP, "max(seen, key=ORDER)", "min(seen, key=ORDER)"),
    Bug("an episode that goes on keeps its first value", STEP, "opened.last, opened.value, opened.extended = time, value, True", "opened.last, opened.extended = time, True"),
    Bug("an episode that goes on counts no more hits", STEP, "        opened.hits += judgement.new\n", ""),
    Bug("an episode that goes on is not told of", STEP, "opened.last, opened.value, opened.extended = time, value, True", "opened.last, opened.value = time, value"),
    Bug("a false judgement ends nothing", STEP, "    elif opened is not None:\n        _end(", "    elif False:\n        _end("),
    Bug("correlations above hear only of the beginning", STEP, "        if of.outer:\n            shown = [hit.evidence for hit in seen]", "        if False:\n            shown = [hit.evidence for hit in seen]"),
    Bug("an episode without length has no end", STEP, 'said.fired.extend((fired, fired._replace(state="ended", end=time)))', "said.fired.append(fired)"),
    Bug("an episode without length shows every event before", STEP, "() if since is None else state.shown(since, time - 1", "state.shown(0 if since is None else since, time - 1"),
    Bug("every hit of an episode opens it", EPISODE, "flat(shown), time == opened.start)", "flat(shown), True)"),
    Bug("evidence is the oldest", EPISODE, "for key in sorted(found)][-SHOWN:]", "for key in sorted(found)][:SHOWN]"),
    Bug("an event is evidence for one of its rules only", EPISODE, 'found.setdefault((event.time, event.id or "", event.ref, event.rule), event)', "found.setdefault((event.time, event.ref), event)"),
    Bug("the id of an episode forgets its group", EPISODE, 'said = f"{len(correlation)}:{correlation}{len(group)}:{group}{start}"', 'said = f"{len(correlation)}:{correlation}{start}"'),
    Bug("a saved state forgets its open episode", STATE, "opened = None if self.open is None else self.open.saved()", "opened = None"),
    Bug("a saved state forgets what has gone from its log", STATE, "counts = len(log), len(self.ring) // 2", "counts = len(log.times), len(self.ring) // 2"),
    Bug("a slot with an open episode is idle", STATE, "        if self.open is not None or self.pending:\n            return False\n", ""),
    Bug("evidence is forgotten while an episode lasts", STATE, "since = watermark - of.reach if opened is None else min(opened.since, watermark - of.reach)", "since = watermark - of.reach"),
    Bug("the end of an episode wakes nobody", STATE, "            if of.expires:\n                times.append(self.open.last + of.timespan)", "            if of.expires:\n                pass"),
    Bug("what is in no chunk yet is not saved", STATE, "        if tail is not None:\n            state._extend(tail)", ""),
    Bug("the last event is forgotten where a state is saved", STATE, "state.last = None if last is None else (last[0], last[1])", "state.last = None"),
    Bug("groups that drop a null keep it", PLAN, "        if not self._drops:\n            self.inbox[group].append(hit)", "        self.inbox[group].append(hit)"),
    Bug("slots sleep though their time has come", PLAN, "while wakes and wakes[0][0] <= watermark:", "while wakes and wakes[0][0] < watermark:"),
    Bug("late history is not saved", PLAN, "        self._changed.update(self._remember())\n", ""),
    Bug("late hits are no history", PLAN, "            self._open(group).window.late(late)\n", "            self._open(group)\n"),
    Bug("listed groups are not expected", PLAN, "for texts in self.of.kind.listed():", "for texts in ():"),
    Bug("hits of correlations are not put in order with those of rules", PLAN, "            hits.sort(key=TIME)  # those of rules", "            pass  # those of rules"),
    Bug("a slot that is removed stays in the store", PLAN, "        if state.stored:\n            self._gone[group] = state.next", "        if False:\n            self._gone[group] = state.next"),
    Bug("the beginning is forgotten where it is saved", PLAN, "        watermark, self.begin = _unpacked(kept.body)", "        watermark, _ = _unpacked(kept.body)"),
    Bug("a hit at the watermark is not late", CORRELATOR, "            if hit.time <= watermark:\n                for key_of", "            if hit.time < watermark:\n                for key_of"),
    Bug("the watermark goes back", CORRELATOR, "        if self.watermark is not None and watermark < self.watermark:\n            watermark = self.watermark\n", ""),
    Bug("hits of correlations reach nobody", CORRELATOR, "            self._route(said.hits)\n", ""),
    Bug("episodes are told in no order", CORRELATOR, "        found.sort(key=_place)\n", ""),
    Bug("what is late is not counted", PLAN, "        self.late += 1\n", ""),
    Bug("hits that wait are not saved", CORRELATOR, "        changes += self._waiting.changes()\n", ""),
    Bug("the copy that comes first stands", WAITING, "if _place(hit) < _place(self.hits[key]):", "if False:"),
    Bug("a hit at the watermark waits", WAITING, "due = [hit for hit in self.hits.values() if hit.time <= watermark]", "due = [hit for hit in self.hits.values() if hit.time < watermark]"),
    Bug("correlations that differ in their threshold share their state", SLOT, "_digest([meaning, each.key if named else alike[meaning]])", "_digest([meaning])"),
    Bug("aliases of the group are not followed", SLOT, "group = tuple(aliased.get(name, name) for name in one.group_by)", "group = tuple(one.group_by)"),
    Bug("aliases do not reach correlations above", SLOT, "field = aliases[name].get(rule, name) if name in aliases else name", "field = name"),
    Bug("numbers and text of a group are two", GROUPS, "        if type(value) is not str:  # as keys of a dictionary True, 1 and 1.0 are one\n            return key_of([text(value)])", "        if type(value) is not str:\n            return key_of([repr(value)])"),
    Bug("joined group values collide", GROUPS, "'null' if text is None else quoted(text)", "'null' if text is None else text"),
    Bug("the word null is a missing value", GROUPS, 'return "null" in key and None in texts_of(key)', 'return "null" in key'),
    Bug("a float is measured as it is in memory", NUMBERS, "return tidy(Fraction(repr(value)))", "return tidy(Fraction(value))"),
    Bug("text is no number", NUMBERS, "    if kind is str and len(value) <= 1000", "    if False and len(value) <= 1000"),
    Bug("whole numbers are told as fractions", NUMBERS, "    if number.denominator == 1:\n        return number.numerator\n", "    if number.denominator == 1:\n        return float(number)\n"),
    Bug("large integers cannot be saved", PACKED, "value.bit_length() > 62", "value.bit_length() > 620_000"),
    Bug("keys that are no Unicode cannot be saved", PACKED, "return dict(pairs) if whole else", "return dict(pairs) if True else"),
    Bug("a range is any of its operators", CONDITION, "lambda number: all(test(number) for test in compiled)", "lambda number: any(test(number) for test in compiled)"),
    Bug("a range waits for its window to close", CONDITION, "bool(self.operators) and UNDONE.issuperset(self.operators)", "bool(self.operators) and not UNDONE.isdisjoint(self.operators)"),
    Bug("not of an expression is not pushed down", CONDITION, "            return _ways(inner, rules, not wanted)", "            return _ways(inner, rules, False)"),
    Bug("not of and is and of nots", CONDITION, 'return _all_of(parts) if (word == "and") == wanted else', 'return _all_of(parts) if word == "and" else'),
    Bug("ways that ask for more are kept instead of those that ask for less", CONDITION, "if not any(other[0] <= there and other[1] <= absent for other in kept):", "if not any(other[0] <= there for other in kept):"),
    Bug("a percentile is the value below its rank", RANKED, "        above = self._top_high() if part else None", "        above = None"),
    Bug("values that have gone stay in the percentile", RANKED, "while low and -low[0][1] < self._oldest:", "while low and -low[0][1] < 0:"),
    Bug("values of a window are counted as events", f"{TYPES}/value_count.py", "        return len(self.counts)", "        return sum(self.counts.values())"),
    Bug("a value leaves with its first event", f"{TYPES}/value_count.py", "        if left:\n", "        if False:\n"),
    Bug("a tuple needs only one of its fields", f"{TYPES}/value_count.py", "return SKIP if None in texts else key_of(texts)", "return key_of(texts)"),
    Bug("a rule of a temporal correlation is never counted out", f"{TYPES}/_present.py", "        self.counts[item] -= 1\n", "        self.counts[item] -= 0\n"),
    Bug("some of the rules are enough by default", f"{TYPES}/_present.py", "Condition(gte=len(rules))", "Condition(gte=1)"),
    Bug("hits of one time are not put in the order of the rules", f"{TYPES}/_present.py", "return sorted([(index[hit.rule], hit) for hit in hits], key=lambda part: part[0])", "return [(index[hit.rule], hit) for hit in hits]"),
    Bug("what must not be there may be", f"{TYPES}/temporal.py", " and not any(counts[one] for one in no)", ""),
    Bug("an earlier step again starts over", f"{TYPES}/temporal_ordered.py", "                    own[length + 1] = max(own[length + 1], before[length])", "                    own[length + 1] = before[length]"),
    Bug("a chain is measured by its latest step", f"{TYPES}/temporal_ordered.py", "starts[place] = max(starts[place], starts[place - 1] if place else time)", "starts[place] = max(starts[place], time)"),
    Bug("a chain exactly one timespan long is too long", f"{TYPES}/temporal_ordered.py", "if any(own[length - 1] >= cutoff for own in self.starts):", "if any(own[length - 1] > cutoff for own in self.starts):"),
    Bug("a mean is judged when its window closes", f"{TYPES}/value_avg.py", "        self.closes = self.timed = False\n", ""),
    Bug("an event at the deadline is too late", f"{TYPES}/absence.py", "            return self.last + self.kind.timespan\n", "            return self.last + self.kind.timespan - 1\n"),
    Bug("a group that is not listed is watched", f"{TYPES}/absence.py", "        if self.kind.groups and not self.listed:\n            return ()\n", ""),
    Bug("an answer leaves the questions before it", f"{TYPES}/absence.py", "            while len(log):\n                log.drop()\n            self.counted", "            self.counted"),
    Bug("an unanswered question lasts for ever", f"{TYPES}/absence.py", "self.expires = bool(self.after)", "self.expires = False"),
    Bug("a value one timespan old is new", f"{TYPES}/first_seen.py", "self._see(remembered(value), time) < cutoff and told", "self._see(remembered(value), time) <= cutoff and told"),
    Bug("learning never ends", f"{TYPES}/first_seen.py", "time >= self.begin + self.kind.mute", "time < self.begin + self.kind.mute"),
    Bug("a silent group goes on as it was", f"{TYPES}/first_seen.py", "        if self.newest < cutoff:\n            self.begun = time\n", "        if self.newest == NEVER:\n            self.begun = time\n"),
    Bug("a change is told after any silence", f"{TYPES}/change.py", "        if since < time - self.kind.timespan:\n            return ()\n", ""),
    Bug("a spike is compared with itself", f"{TYPES}/spike.py", "            self.now -= amount\n        while self.before and", "        while self.before and"),
    Bug("the history of a spike has no beginning", f"{TYPES}/spike.py", "        while self.before and log.times[log.first] < recent - kind.history:\n            self._drop()\n", ""),
    Bug("a ratio of too few events is judged", f"{TYPES}/ratio.py", " if whole >= self.kind.minimum else None", " if whole else None"),
    Bug("a rule counts once more with once", f"{TYPES}/risk.py", "if self.counts[item] == 1 or not self.kind.once:", "if self.counts[item] <= 2 or not self.kind.once:"),
    Bug("the last score of a rule stays with once", f"{TYPES}/risk.py", "if self.counts[item] == 0 or not self.kind.once:", "if self.counts[item] == 1 or not self.kind.once:"),
    Bug("any speed will do", f"{TYPES}/travel.py", " and way * HOUR > self.speed * time else 0", " else 0"),
    Bug("evidence at the end makes room for what ended it", STEP, "opened.last, of.shows + later)", "opened.last, of.shows)"),
    Bug("evidence of a window makes room for the next", STEP, "    if true and not seen and state.open is not None:\n", "    if False:\n"),
    Bug("a copy that was replaced comes back", WAITING, "                self.hits[hit.rule, hit.event] = hit\n            self._next", "                if watermark is None or hit.time > watermark:\n                    self.hits[hit.rule, hit.event] = hit\n            self._next"),
]  # fmt: skip
