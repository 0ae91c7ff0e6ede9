"""The routing tree: where an alert goes, and why. Pure: (tree, alert) -> targets and steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from engine.alert import Alert
from engine.alerts.matchers import Matcher, first_false
from engine.alerts.schedule import Quiet

__all__ = ["Branch", "Routed", "Step", "Target", "branches", "route", "targets"]


class Target(NamedTuple):
    """What a route does with the alerts that come to it; times in microseconds.

    name               by which the route is known in the state store: renaming it tells open alerts anew
    to                 names of notifiers; none: nobody is told
    group_by           labels that alerts of one notification share; None: each alert is told alone
    group_wait         how long a new group waits for more; group_interval: the least time between two of its messages
    repeat_interval    when to remind of what is still open; None: never. Each time `repeat_factor` as long, up to
                       `repeat_limit`
    digest             cron expression: everything is told together, at these times only; `timezone` is for it
    early              do not wait for the watermark
    send_resolved, send_acknowledged, send_extended   tell these too
    most_per_rule      alerts of one rule told one by one within `most_window`; the others are summarised. 0: no cap
    """

    name: str
    to: tuple[str, ...] = ()
    group_by: tuple[str, ...] | None = None
    group_wait: int = 30_000_000
    group_interval: int = 300_000_000
    repeat_interval: int | None = None
    repeat_factor: float = 1.0
    repeat_limit: int = 7 * 86_400_000_000
    digest: str | None = None
    timezone: str = "UTC"
    quiet: tuple[Quiet, ...] = ()
    early: bool = False
    send_resolved: bool = False
    send_acknowledged: bool = False
    send_extended: bool = False
    most_per_rule: int = 50
    most_window: int = 3_600_000_000


class Branch(NamedTuple):
    """One route of the tree with those below it. An alert that none of these takes stays with the route itself."""

    target: Target
    matchers: tuple[Matcher, ...] = ()
    goes_on: bool = False
    below: tuple[Branch, ...] = ()


class Step(NamedTuple):
    """What became of an alert at one route; `failed` is the matcher that kept it out. `depth` from 0."""

    route: str
    depth: int
    matched: bool
    failed: Matcher | None
    chosen: bool


class Routed(NamedTuple):
    """Where an alert goes, in the order of the tree, and every route that was looked at on the way."""

    targets: tuple[Target, ...]
    steps: tuple[Step, ...]


def route(tree: Sequence[Branch], alert: Alert) -> Routed:
    """Follow the tree: at each level the first route that matches, and those after it while one says `continue`."""
    steps: list[Step] = []
    found = _followed(tree, alert, 0, steps)
    return Routed(tuple(dict.fromkeys(found)), tuple(steps))


def targets(tree: Sequence[Branch], alert: Alert) -> tuple[Target, ...]:
    """Only where it goes."""
    return route(tree, alert).targets


def branches(tree: Sequence[Branch]) -> Iterator[Branch]:
    """Every route of the tree, each before those below it."""
    for branch in tree:
        yield branch
        yield from branches(branch.below)


def _followed(tree: Sequence[Branch], alert: Alert, depth: int, steps: list[Step]) -> list[Target]:
    found: list[Target] = []
    for branch in tree:
        failed = first_false(branch.matchers, alert)
        at = len(steps)
        steps.append(Step(branch.target.name, depth, failed is None, failed, False))
        if failed is not None:
            continue
        below = _followed(branch.below, alert, depth + 1, steps)
        if not below:
            steps[at] = steps[at]._replace(chosen=True)
        found += below or [branch.target]
        if not branch.goes_on:
            break
    return found
