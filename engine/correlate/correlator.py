"""All correlations of a rule set: hits in, in any order; episodes out, decided in order of event time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from engine.correlate.episode import Fired, flat
from engine.correlate.groups import Keys, lacking
from engine.correlate.plan import Plan
from engine.correlate.slot import compiled
from engine.correlate.state import Memo
from engine.correlate.states import Kept, States
from engine.correlate.step import FOREVER, TIME, Said
from engine.correlate.waiting import Waiting
from engine.hit import Episode, Hit
from engine.rules import Ruleset

__all__ = ["Correlator", "Counts", "Limits"]


class Limits(NamedTuple):
    """How much is remembered at most; what is oldest by event time goes, and is counted.

    groups  of one correlation
    hits    in the window of one group
    """

    groups: int = 1_000_000
    hits: int = 1_000_000


class Counts(NamedTuple):
    """What happened to one correlation that its episodes do not show.

    hits            it has taken
    late            hits of times that were decided: not correlated
    duplicates      second copies of hits: not counted
    nulls           hits that lack a field of the group
    pending         hits that wait for the watermark
    undecided       after `close`: windows still open, absences whose time has not come
    groups_dropped  forgotten for a limit, as are hits_dropped: the same input in another order may say otherwise
    learning        event time until which it learns what is usual, if it does
    """

    hits: int = 0
    late: int = 0
    duplicates: int = 0
    nulls: int = 0
    pending: int = 0
    undecided: int = 0
    groups_dropped: int = 0
    hits_dropped: int = 0
    learning: int | None = None


class Correlator:
    """The correlations of a rule set at work.

    states  where windows go on from and are saved to by `commit`; None: nowhere
    limits  how much is remembered at most

    watermark  everything up to this event time is decided; None: nothing is
    restarted  keys of correlations that mean something else than when they were saved: their state started anew

    Raises RuleError for a correlation that its type does not take, StoreError for a state that cannot be read.
    """

    def __init__(self, ruleset: Ruleset, states: States | None = None, limits: Limits = Limits()) -> None:  # noqa: B008
        self.limits = limits
        self.watermark: int | None = None
        self._states = states
        self._plans = [Plan(each, states, limits.hits) for each in compiled(ruleset)]
        self._above: dict[str, list[Plan]] = {}
        routes: dict[str, dict[Keys, list[Plan]]] = {}
        for plan in self._plans:
            for rule, keys in plan.of.keys.items():
                self._above.setdefault(rule, []).append(plan)
                routes.setdefault(rule, {}).setdefault(keys, []).append(plan)
        self._routes = {rule: [(keys.of, plans) for keys, plans in found.items()] for rule, found in routes.items()}
        self.restarted: tuple[str, ...] = ()
        self._forgotten: list[str] = []
        if states is not None:
            self._restore(states)
        self._waiting = Waiting(states, self.watermark)
        self._closed = False

    def _restore(self, states: States) -> None:
        kept = {meaning: Kept(meaning, key, body) for meaning, key, body in states.correlations()}
        ours = {plan.of.meaning for plan in self._plans}
        before = {each.key: meaning for meaning, each in kept.items() if meaning not in ours}
        reached = []
        for plan in self._plans:
            if plan.of.meaning in kept:
                reached.append(plan.restore(states, kept[plan.of.meaning]))
            elif plan.of.key in before:
                self.restarted += (plan.of.key,)
                self._forgotten.append(before[plan.of.key])
        self.watermark = max([time for time in reached if time is not None], default=None)
        for plan in self._plans:
            if self.watermark is not None and plan.of.meaning not in kept:
                plan.begins(self.watermark)  # what was before it has missed

    def reads(self, rule_key: str) -> tuple[str, ...]:
        """Names that hits of a rule, or of a correlation, must carry in `values`, where the event has them."""
        found = [plan.of.reads[rule_key] for plan in self._above.get(rule_key, ())]
        return tuple(dict.fromkeys(name for names in found for name in names))

    def begins(self, time: int) -> None:
        """Say from which event time on nothing is missed; otherwise it is the time of the first hit."""
        for plan in self._plans:
            plan.begins(time)

    def take(self, hits: Iterable[Hit]) -> None:
        """Take hits in, in any order. Second copies, and hits of times that are decided, are counted and not kept."""
        above, waiting = self._above, self._waiting
        hold, noted = waiting.hits.setdefault, waiting.new.append
        watermark = -FOREVER if self.watermark is None else self.watermark
        for hit in hits:
            if hit.rule not in above:
                continue
            if hit.time <= watermark:
                for key_of, plans in self._routes[hit.rule]:
                    group = key_of(hit.values)
                    for plan in plans:
                        plan.put_late(group, lacking(group), hit)
            elif hold((hit.rule, hit.event), hit) is hit:
                noted(hit)
            else:
                waiting.copy(hit)
                for plan in above[hit.rule]:
                    plan.duplicates += 1

    def settle(self, watermark: int) -> Iterator[Episode]:
        """Decide everything that is not later than the watermark, which is the caller's word that no older hit comes.

        Episodes come in the order of (start, correlation, group): one that opens as it was then, one that ends as it
        ended, and in between, at most once in a call, one that goes on.
        """
        if self.watermark is not None and watermark < self.watermark:
            watermark = self.watermark
        fired = self._decide(watermark)
        self.watermark = watermark
        return self._told(fired)

    def _decide(self, watermark: int) -> list[tuple[Plan, Fired]]:
        due = self._waiting.until(watermark)
        due.sort(key=TIME)
        if due:
            self.begins(due[0].time)
        self._route(due)
        memo: Memo = {}
        found: list[tuple[Plan, Fired]] = []
        for plan in self._plans:
            said = Said([], [])
            plan.settle(watermark, said)
            plan.shrink(self.limits.groups, watermark, said)
            plan.tidy(watermark, memo)
            self._route(said.hits)
            found += [(plan, fired) for fired in said.fired]
        found.sort(key=_place)
        return found

    def _route(self, hits: Iterable[Hit]) -> None:
        """Put hits where they are wanted; correlations come after all that they refer to."""
        routes = self._routes
        for hit in hits:
            for key_of, plans in routes[hit.rule]:
                group = key_of(hit.values)
                if "null" in group and lacking(group):
                    for plan in plans:
                        plan.put_null(group, hit)
                else:
                    for plan in plans:
                        plan.inbox[group].append(hit)

    def _told(self, found: list[tuple[Plan, Fired]]) -> Iterator[Episode]:
        for plan, fired in found:
            id_, group, state, start, last, end, value, hits, shown, values = fired
            named = plan.of.group(group)
            yield Episode(id_, plan.of.key, named, state, start, last, end, value, hits, flat(shown), values)

    def close(self, end: int, final: bool) -> Iterator[Episode]:
        """Decide everything up to `end`; with `final` also what waits for later times, as if nothing more came.

        Without it that is counted (`Counts.undecided`). With it nothing more can be taken: windows are gone.
        """
        fired = self._decide(FOREVER) if final else self._decide(max(end, self.watermark or end))
        self.watermark = max(end, self.watermark or end)
        self._closed = True
        return self._told(fired)

    def commit(self) -> None:
        """Have `states` keep what has changed since the last time."""
        if self._states is None:
            return
        watermark = -FOREVER if self.watermark is None else self.watermark
        changes = [change for plan in self._plans for change in plan.changes(watermark)]
        changes += self._waiting.changes()
        forgotten, self._forgotten = self._forgotten, []
        self._states.write([plan.kept(self.watermark) for plan in self._plans], changes, forgotten)

    @property
    def counts(self) -> dict[str, Counts]:
        """Key of a correlation -> what happened to it."""
        pending: dict[str, int] = {}
        for hit in self._waiting.hits.values():
            for plan in self._above[hit.rule]:
                pending[plan.of.key] = pending.get(plan.of.key, 0) + 1
        return {plan.of.key: self._counted(plan, pending.get(plan.of.key, 0)) for plan in self._plans}

    def _counted(self, plan: Plan, pending: int) -> Counts:
        learning = None if plan.begin is None else plan.of.kind.learning(plan.begin)
        if learning is not None and self.watermark is not None and learning <= self.watermark:
            learning = None
        return Counts(
            plan.hits, plan.late, plan.duplicates, plan.nulls, pending, plan.undecided() if self._closed else 0,
            plan.groups_dropped, plan.hits_dropped, learning,
        )  # fmt: skip


def _place(found: tuple[Plan, Fired]) -> tuple[object, ...]:
    plan, fired = found
    group = tuple([(text is not None, text or "") for _, text in plan.of.group(fired.group)])
    return fired.start, plan.of.order, group, fired.id
