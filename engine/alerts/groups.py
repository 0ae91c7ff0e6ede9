"""What a group of alerts says next: a pure decision about its members, its route and the time.

trigger      some alert is new, or it is time for a reminder
resolve      the last open one has ended; update: one of several has, or what is known has grown
acknowledge  somebody has taken all that is open
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from engine.alert import Action, Alert
from engine.alerts.routes import Target
from engine.alerts.schedule import next_digest, quiet_until, reminder_after
from engine.alerts.silences import Mute

__all__ = ["Decision", "Kind", "Member", "Thread", "decide"]

Kind = Literal["plain", "digest", "capped", "old"]
"""Told alert by alert; at set times; summarised, as there are too many of a rule; summarised, as they are old."""


class Member(NamedTuple):
    """An alert of a group and what was told of it: None, "firing" or "resolved"."""

    alert: Alert
    state: str | None = None
    hits: int = 0
    acknowledged: bool = False

    @property
    def open(self) -> bool:
        """Told, and not over."""
        return self.state == "firing" and self.alert.resolved is None


class Thread(NamedTuple):
    """How far the messages of a group have come; `id` is None before the first, `sent_at` the clock of the last."""

    id: str | None = None
    sequence: int = 0
    repeats: int = 0
    sent_at: int | None = None


class Decision(NamedTuple):
    """What to do with a group now.

    action   None: no message
    alerts   that the message is about, the new ones first
    told     members whose state changes, as they are then
    repeats  reminders so far
    wake_at  when to look again; None when something happens
    over     the thread has ended; the next alert of the group begins another
    """

    action: Action | None
    alerts: tuple[Alert, ...]
    told: tuple[Member, ...]
    repeats: int
    wake_at: int | None
    over: bool


Muting = Callable[[Alert], Mute | None]


def decide(
    kind: Kind, target: Target, members: Sequence[Member], thread: Thread, now: int, muting: Muting, oldest: int
) -> Decision:
    """Decide about a group whose time has come. Members that were told "resolved" are not among them.

    oldest  event time before which an alert is not worth a reminder
    """
    gone, waiting, fresh, wakes = _sorted(members, muting, now, target)
    if kind != "plain":
        alerts = tuple(member.alert for member in fresh)
        told = tuple(_told(member, "resolved") for member in (*gone, *fresh))
        if kind == "digest" and waiting and target.digest is not None:
            wakes.append(next_digest(target.digest, target.timezone, now))
        return Decision("trigger" if alerts else None, alerts, told, 0, min(wakes, default=None), True)
    if fresh and (until := quiet_until(target.quiet, max(member.alert.level for member in fresh), now)):
        waiting, fresh = [*waiting, *fresh], []
        wakes.append(until)
    known = [member for member in members if member.state == "firing"]
    decision = _fresh(target, fresh, known, now) or _known(target, known, thread, now, muting, oldest)
    decision = decision._replace(told=(*gone, *decision.told))
    wakes += [] if decision.wake_at is None else [decision.wake_at]
    return decision._replace(wake_at=min(wakes, default=None))


def _sorted(
    members: Sequence[Member], muting: Muting, now: int, target: Target
) -> tuple[list[Member], list[Member], list[Member], list[int]]:
    """Of the members not told yet: those that need not be, those that wait, those to tell, and when to look again."""
    gone: list[Member] = []
    waiting: list[Member] = []
    fresh: list[Member] = []
    wakes: list[int] = []
    for member in members:
        if member.state is not None:
            continue
        if member.alert.acknowledged:
            gone.append(_told(member, "firing" if member.alert.resolved is None else "resolved"))
        elif (mute := muting(member.alert)) is None:
            fresh.append(member)
        elif member.alert.resolved is not None:
            gone.append(_told(member, "resolved"))
        else:
            waiting.append(member)
            wakes.append(now + target.group_interval if mute.until is None else mute.until)
    return gone, waiting, fresh, wakes


def _fresh(target: Target, fresh: Sequence[Member], known: Sequence[Member], now: int) -> Decision | None:
    """Tell what is new, and with it what is still open."""
    if not fresh:
        return None
    ended = [member for member in (*fresh, *known) if member.alert.resolved is not None]
    alerts = [*(member.alert for member in fresh), *(member.alert for member in known if member.open)]
    left = "firing" if target.send_resolved else "resolved"
    told = [_told(member, "firing" if member.alert.resolved is None else left) for member in fresh]
    told += [_told(member, left if member.alert.resolved else "firing") for member in known]
    over = len(ended) == len(fresh) + len(known)
    follows = now + target.group_interval if ended and target.send_resolved else None
    remind = _remind(target, 0, now) if not over else None
    wakes = [each for each in (follows, remind) if each is not None]
    done = over and not target.send_resolved
    return Decision("trigger", tuple(alerts), tuple(told), 0, min(wakes, default=None), done)


def _known(target: Target, known: Sequence[Member], thread: Thread, now: int, muting: Muting, oldest: int) -> Decision:
    """Tell what has become of what was told."""
    ended = [member for member in known if member.alert.resolved is not None]
    live = [member for member in known if member.alert.resolved is None]
    told = [_told(member, "resolved") for member in ended]
    if ended and target.send_resolved:
        wake_at = _remind(target, thread.repeats, now) if live else None
        alerts = tuple(member.alert for member in ended)
        return Decision("update" if live else "resolve", alerts, tuple(told), thread.repeats, wake_at, not live)
    if not live:
        return Decision(None, (), tuple(told), 0, None, True)
    told += [_told(member, "firing") for member in live]
    alerts = tuple(member.alert for member in live)
    due = None if thread.sent_at is None else _remind(target, thread.repeats, thread.sent_at)
    loud = [m for m in live if not m.alert.acknowledged and m.alert.last > oldest and muting(m.alert) is None]
    if any(m.alert.acknowledged > m.acknowledged for m in live) and all(m.alert.acknowledged for m in live):
        action: Action | None = "acknowledge" if target.send_acknowledged else None
        return Decision(action, alerts if action else (), tuple(told), thread.repeats, None, False)
    if loud and due is not None and now >= due:
        return _reminded(target, loud, told, thread, now)
    if target.send_extended and any(m.alert.hits > m.hits for m in loud):
        return Decision("update", alerts, tuple(told), thread.repeats, due, False)
    # Who was told "firing" keeps the count that was told, so that a later change is still seen.
    told = [member for member in told if member.state == "resolved"]
    return Decision(None, (), tuple(told), thread.repeats, due if loud else None, False)


def _reminded(target: Target, loud: Sequence[Member], told: Sequence[Member], thread: Thread, now: int) -> Decision:
    level = max(member.alert.level for member in loud)
    if until := quiet_until(target.quiet, level, now):
        return Decision(None, (), tuple(m for m in told if m.state == "resolved"), thread.repeats, until, False)
    repeats = thread.repeats + 1
    alerts = tuple(member.alert for member in loud)
    return Decision("trigger", alerts, tuple(told), repeats, _remind(target, repeats, now), False)


def _remind(target: Target, repeats: int, since: int) -> int | None:
    if target.repeat_interval is None:
        return None
    return since + reminder_after(target.repeat_interval, target.repeat_factor, target.repeat_limit, repeats)


def _told(member: Member, state: str) -> Member:
    return member._replace(state=state, hits=member.alert.hits, acknowledged=member.alert.acknowledged)
