"""Settings made ready: what the book, the desk and the sender ask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from difflib import get_close_matches
from functools import cached_property
from typing import Any, NamedTuple

from engine.alert import Alert
from engine.alerts.book import Policy
from engine.alerts.desk import Rules
from engine.alerts.keys import names_in
from engine.alerts.labels import names_of_fields
from engine.alerts.matchers import all_hold, matcher
from engine.alerts.raised import Raising
from engine.alerts.routes import Branch, Target, branches, targets
from engine.alerts.schedule import DAYS, Quiet
from engine.alerts.settings import (
    AlertSettings,
    QuietSettings,
    RouteSettings,
    RuleSettings,
    length,
    level_of,
    minutes,
    time_of,
)
from engine.alerts.silences import Inhibition, Silence
from engine.model import Level, LogSource, RuleHead
from engine.rules import Ruleset

__all__ = ["Alerting", "Fault", "faults_of", "tree_of"]


class Alerting:
    """Alert settings and routes, ready to ask.

    Is the judge of a `Book`, gives the `Rules` of a `Desk`, and makes the `Raising` of a rule set.
    """

    def __init__(
        self,
        settings: AlertSettings,
        routes: Sequence[RouteSettings],
        ruleset: Ruleset,
        silences: Sequence[Silence] = (),
    ) -> None:
        self.settings = settings
        self._silences = tuple(silences)
        self.tree = tree_of(routes)
        self.heads: dict[str, RuleHead] = {rule.key: rule.head for rule in ruleset.rules}
        self.heads.update((correlation.key, correlation.head) for correlation in ruleset.correlations)
        self._ruleset = ruleset
        self._rules = [(tuple(map(matcher, one.match)), one) for one in settings.rules]
        self._levels = [(tuple(map(matcher, one.match)), level_of(one.level)) for one in settings.levels]
        self._exceptions = [
            (tuple(map(matcher, one.match)), one.owner, time_of(one.expires)) for one in settings.exceptions
        ]
        self._policies: dict[str, Policy] = {}
        self._early = any(branch.target.early for branch in branches(self.tree))

    def head(self, rule: str) -> RuleHead:
        """What alerts carry of a rule; of one that is gone, its key."""
        found = self.heads.get(rule)
        return found or RuleHead(rule, None, rule, Level.medium, (), "", LogSource())

    def policy(self, rule: str) -> Policy:
        """How long a rule's detections are one alert."""
        found = self._policies.get(rule)
        if found is None:
            mine = self._of(self.head(rule))
            window = mine.dedup_window or self.settings.dedup_window
            after = mine.resolve_after or self.settings.resolve_after
            found = self._policies[rule] = Policy(length(window), length(after))
        return found

    def level(self, alert: Alert) -> Alert:
        """The alert with the level that settings give it."""
        for matchers, level in self._levels:
            if all_hold(matchers, alert):
                return alert._replace(level=level)
        return alert

    def exempt(self, alert: Alert, now: int) -> str | None:
        """Who answers for it, where an exception holds."""
        for matchers, owner, expires in self._exceptions:
            if now < expires and all_hold(matchers, alert):
                return owner
        return None

    @property
    def foresees(self) -> bool:
        """Whether some route does not wait for the watermark."""
        return self._early

    def early(self, alert: Alert) -> bool:
        """Whether some route of it does not wait for the watermark."""
        return self._early and any(target.early for target in targets(self.tree, alert))

    @cached_property
    def rules(self) -> Rules:
        """What the desk goes by."""
        settings, usual = self.settings, self.default
        return Rules(
            tree=self.tree,
            summary_to=usual if settings.summary_to is None else settings.summary_to,
            max_age=length(settings.max_alert_age),
            most_alerts=settings.most_alerts,
            inhibitions=tuple(
                Inhibition(tuple(map(matcher, one.source)), tuple(map(matcher, one.target)), one.equal)
                for one in settings.inhibit
            ),
            silences=self._silences,
        )

    @property
    def default(self) -> tuple[str, ...]:
        """The notifiers of the default route."""
        return self.tree[-1].target.to if self.tree else ()

    @property
    def fallback(self) -> tuple[str, ...]:
        """Who is told when a message cannot be delivered."""
        return self.default if self.settings.fallback is None else self.settings.fallback

    def raising(self) -> Raising:
        """Makes what is raised of the detections of this rule set."""
        chosen = [(rule, self._of(rule.head)) for rule in self._ruleset.rules]
        names = names_of_fields((*self._names(), *(name for _, mine in chosen for name in _names_in(mine))))
        return Raising(
            [(rule, mine.dedup_key or "") for rule, mine in chosen if mine.alert], self._ruleset.derived, names
        )

    def raises(self, correlation: str) -> bool:
        """Whether a correlation raises alerts."""
        return self._of(self.head(correlation)).alert

    def _of(self, head: RuleHead) -> RuleSettings:
        """The first settings that a rule matches."""
        blank = _blank(head)
        for matchers, mine in self._rules:
            if all_hold(matchers, blank):
                return mine
        return RuleSettings()

    def _names(self) -> Iterator[str]:
        """Every label that settings and routes ask for."""
        yield "account"
        yield "team"
        for branch in branches(self.tree):
            yield from (one.name for one in branch.matchers)
            yield from branch.target.group_by or ()
        for matchers in (*(one[0] for one in self._levels), *(one[0] for one in self._exceptions)):
            yield from (one.name for one in matchers)
        for silence in self._silences:
            yield from (one.name for one in silence.matchers)
        for inhibition in self.rules.inhibitions:
            yield from (one.name for one in (*inhibition.source, *inhibition.target))
            yield from inhibition.equal


def tree_of(routes: Sequence[RouteSettings]) -> tuple[Branch, ...]:
    """The tree of routes, each with what it has from those above it, under names that no two of them share."""
    return _tree(routes, Target(""), Counter())


def faults_of(routes: Sequence[RouteSettings], notifiers: Collection[str]) -> list[Fault]:
    """What is wrong with routes as a whole: a notifier that is not there, an alert that would go nowhere."""
    found = list(_faults(routes, notifiers, ("routes",), None))
    if (notifiers or routes) and not any(not one.match for one in routes):
        hint = "end with one that has no `match`, so that no alert is lost: - to: [NAME]"
        found.append(Fault(("routes",), "there is no default route", hint))
    names = Counter(branch.name for branch in _all(routes) if branch.name)
    found += [
        Fault(("routes",), f'two routes are named "{name}"', "the state file knows them by name")
        for name, number in names.items()
        if number > 1
    ]
    return found


class Fault(NamedTuple):
    """Something wrong in settings: the keys and indexes that lead to it, what, and the way out."""

    path: tuple[str | int, ...]
    fault: str
    hint: str


def _faults(
    routes: Sequence[RouteSettings], notifiers: Collection[str], path: tuple[str | int, ...], to: tuple[str, ...] | None
) -> Iterator[Fault]:
    for index, one in enumerate(routes):
        here = (*path, index)
        mine = to if one.to is None else one.to
        if mine is None and not one.routes:
            yield Fault(here, "a route without `to`", "name notifiers, or write `to: []` for nobody")
        for name in one.to or ():
            if name not in notifiers:
                near = get_close_matches(name, list(notifiers), 1)
                known = f'did you mean "{near[0]}"?' if near else f"notifiers: {', '.join(sorted(notifiers)) or 'none'}"
                yield Fault((*here, "to"), f'there is no notifier "{name}"', known)
        if not one.match and not one.goes_on and index + 1 < len(routes):
            yield Fault((*path, index + 1), "no alert comes to this route", "the one before it takes them all")
        yield from _faults(one.routes, notifiers, (*here, "routes"), mine)


def _all(routes: Sequence[RouteSettings]) -> Iterator[RouteSettings]:
    for one in routes:
        yield one
        yield from _all(one.routes)


def _tree(routes: Sequence[RouteSettings], above: Target, taken: Counter[str]) -> tuple[Branch, ...]:
    found = []
    for one in routes:
        said = one.name or " and ".join(one.match) or "default"
        name = said if one.name or not above.name else f"{above.name} / {said}"
        taken[name] += 1
        target = _target(one, above)._replace(name=name if taken[name] == 1 else f"{name} ({taken[name]})")
        below = _tree(one.routes, target, taken)
        found.append(Branch(target, tuple(map(matcher, one.match)), one.goes_on, below))
    return tuple(found)


def _target(one: RouteSettings, above: Target) -> Target:
    """What a route says, and for the rest what the one above it says."""
    times: dict[str, Any] = {
        name: length(text)
        for name in ("group_wait", "group_interval", "repeat_interval", "repeat_limit", "most_window")
        if (text := getattr(one, name)) is not None
    }
    plain: dict[str, Any] = {
        name: value
        for name in (
            "to", "group_by", "repeat_factor", "digest", "timezone", "early", "send_resolved", "send_acknowledged",
            "send_extended", "most_per_rule",
        )
        if (value := getattr(one, name)) is not None
    }  # fmt: skip
    if one.quiet is not None:
        plain["quiet"] = tuple(map(_quiet, one.quiet))
    return above._replace(**times, **plain)


def _quiet(one: QuietSettings) -> Quiet:
    days = frozenset(DAYS.index(day) for day in one.days)
    return Quiet(minutes(one.start), minutes(one.to), days, one.timezone, level_of(one.below))


def _names_in(mine: RuleSettings) -> tuple[str, ...]:
    return names_in(mine.dedup_key) if mine.dedup_key else ()


def _blank(head: RuleHead) -> Alert:
    """An alert of a rule about which nothing else is known: what matchers on rules look at."""
    return Alert("", head, "", head.title, Level(head.level), 0, 0, None, 0, None, (), {}, ())
