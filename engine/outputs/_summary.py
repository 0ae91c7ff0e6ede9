"""The summary of a run as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from engine.model import Correlated, Level, Problem, Summary
from engine.terminal import Paint, account, columns, count, cut, moment, short, visible

__all__ = ["text"]

_LABEL = 12
_BAR = 24
_TOP = 10
_MANY = 1_000
_LEARNING = 5
"""Correlations that are shown of those of which nothing else is to be said."""


def text(summary: Summary, *, color: bool, tz: tzinfo | None, width: int, problems: int = 10) -> str:
    """Lines for people, each ending in a line break; times in `tz` (default UTC)."""
    paint = Paint(color)
    width = max(60, width)
    parts = [
        list(_facts(summary, tz)),
        list(_levels(summary, paint)),
        list(_correlations(summary, paint, tz, width, problems)),
        list(_top_rules(summary, paint, width)),
        list(_top_principals(summary, paint, width)),
        list(_problems(summary.problems, summary.problems_total, problems, paint, width)),
        list(_warnings(summary, paint)),
    ]
    head = paint("Summary", "bold") + " " + paint("─" * (width - 8), "dim")
    return "\n".join([head, *(line for part in parts if part for line in [*part, ""])]) + "\n"


def _facts(summary: Summary, tz: tzinfo | None) -> Iterator[str]:
    yield _fact("events", _events(summary))
    if summary.first is not None and summary.last is not None:
        zone = "UTC" if tz is None else str(tz)
        first, last = (" ".join(moment(time, tz)) for time in (summary.first, summary.last))
        yield _fact("time", f"{first} to {last} {zone} ({_span(summary.last - summary.first)})")
    yield _fact("files", _files(summary))
    yield _fact("rules", _rules(summary))
    yield _fact("took", _pace(summary))
    if summary.fail_on is not None:
        yield _fact("fail-on", f"{summary.fail_on.name} or worse: {'found' if summary.fail_on_met else 'not found'}")


def _fact(label: str, value: str) -> str:
    return f"  {label:<{_LABEL}}{value}"


def _events(summary: Summary) -> str:
    parts = [f"{count(summary.events)} read"]
    if summary.events:
        parts.append(f"{count(summary.events_with_hits)} with hits ({_percent(summary.reduction)} less to read)")
    parts += _some((summary.duplicates, "duplicates"), (summary.untimed, "without a time"))
    parts += _some((summary.out_of_range, "outside the time asked for"), (summary.ahead, "dated in the future"))
    return ", ".join(parts)


def _files(summary: Summary) -> str:
    parts = [f"{count(summary.files)} opened", _size(summary.bytes)]
    skipped = sum(number for _, number in summary.skipped)
    if summary.known:
        parts.append(f"{count(summary.known)} read before")
    if summary.replaced:
        parts.append(f"{count(summary.replaced)} replaced since they were read")
    if skipped:
        kinds = ", ".join(f"{count(number)} {kind}" for kind, number in summary.skipped)
        parts.append(f"{count(skipped)} passed over ({kinds})")
    return ", ".join(parts)


def _rules(summary: Summary) -> str:
    parts = [f"{count(summary.rules)} loaded", f"{count(summary.rules_used)} for these logs"]
    return ", ".join([*parts, *_some((summary.rejected, "rejected"))])


def _pace(summary: Summary) -> str:
    """How long it took, and how fast it went once it had started."""
    took = f"{_seconds(summary.seconds)}, {_seconds(summary.start_seconds)} of it to start"
    reading = summary.seconds - summary.start_seconds
    return f"{took}; then {count(round(summary.events / reading))} events a second" if reading > 0 else took


def _levels(summary: Summary, paint: Paint) -> Iterator[str]:
    if not summary.levels:
        yield _fact("detections", "none")
        return
    most = max(hits for _, hits, _ in summary.levels)
    wide = max(len(count(hits)) for _, hits, _ in summary.levels)
    yield _fact("detections", f"{count(summary.detections)}, by level:")
    for level, hits, rules in summary.levels:
        bar = "█" * max(1, round(_BAR * hits / most))
        yield (
            f"    {paint.level(level, 10)}{count(hits):>{wide}}  "
            f"{paint(bar, _bar_look(level))}{' ' * (_BAR - len(bar))}  {_many(rules, 'rule')}"
        )


def _bar_look(level: Level) -> str:
    return "red" if level >= Level.high else level.name


def _correlations(summary: Summary, paint: Paint, tz: tzinfo | None, width: int, most: int) -> Iterator[str]:
    """How many spoke, and of each what its reader should know: what it left out, what waits, what it still learns."""
    if not summary.correlations:
        return
    spoke = sum(each.episodes > 0 for each in summary.correlations)
    listed = _many(len(summary.correlations), "correlation")
    yield _fact("correlated", f"{listed}, {count(spoke)} with {_many(summary.episodes, 'episode')}")
    if summary.watermark is not None:
        yield _fact("decided", f"up to {' '.join(moment(summary.watermark, tz))} {'UTC' if tz is None else tz}")
    everything, learning = most > _MANY, []
    for each in summary.correlations:
        said = _of_note(each, tz, everything=everything)
        if len(said) == 1 and each.learning_until is not None and not everything:
            learning.append(each.learning_until)
            said = said if len(learning) <= _LEARNING else []
        if said:
            yield f"    {cut(each.title, max(20, width - 40))}:"
            yield f"      {', '.join(said)}"
    if len(learning) > _LEARNING:
        until = " ".join(moment(max(learning[_LEARNING:]), tz))
        yield f"    … and {count(len(learning) - _LEARNING)} more that learn, the last until {until}"


def _of_note(each: Correlated, tz: tzinfo | None, everything: bool) -> list[str]:
    counts = [
        (each.late, "hit", " too late"),
        (each.null_groups, "hit", " in the group null"),
        (each.no_group, "hit", " without a group"),
        (each.pending, "hit", " pending"),
        (each.undecided, "window", " undecided"),
        (each.dropped_groups, "group", " forgotten for the limit"),
        (each.dropped_hits, "hit", " forgotten for the limit"),
    ]
    if everything:
        counts = [(each.episodes, "episode", ""), (each.hits, "hit", ""), *counts, (each.duplicates, "duplicate", "")]
    parts = [f"{_many(number, noun)}{more}" for number, noun, more in counts if number]
    if each.learning_until is not None:
        parts.append(f"learning until {' '.join(moment(each.learning_until, tz))}")
    return parts


def _top_rules(summary: Summary, paint: Paint, width: int) -> Iterator[str]:
    rows = summary.top_rules[:_TOP]
    if rows:
        yield f"  {paint('top rules', 'bold')}"
    wide = max((len(count(hits)) for _, _, hits in rows), default=0)
    for title, level, hits in rows:
        yield f"    {count(hits):>{wide}}  {paint.level(level, 8)}  {cut(title, width - wide - 16)}"


def _top_principals(summary: Summary, paint: Paint, width: int) -> Iterator[str]:
    """An account that all of them share is named once, in the heading."""
    rows = summary.top_principals[:_TOP]
    accounts = {account(who) for who, _ in rows} - {""}
    if rows:
        shared = f"  account {visible(*accounts)}" if len(accounts) == 1 else ""
        yield f"  {paint('top principals', 'bold')}{paint(shared, 'dim')}"
    wide = max((len(count(hits)) for _, hits in rows), default=0)
    for who, hits in rows:
        name = cut(short(who, len(accounts) > 1), width - wide - 6)
        yield f"    {count(hits):>{wide}}  {paint(name, 'cyan')}"


def _problems(problems: Sequence[Problem], total: int, most: int, paint: Paint, width: int) -> Iterator[str]:
    if not total:
        return
    yield f"  {paint('problems', 'bold', 'red')}  {_many(total, 'part')} of the logs could not be read"
    for problem in problems[:most]:
        place = problem.ref if problem.offset is None else f"{problem.ref} (byte {problem.offset})"
        line = f"{place}: {problem.fault}"
        if columns(visible(line)) <= width - 4:
            yield f"    {visible(line)}"
        else:
            yield f"    {visible(place)}:"
            yield f"      {visible(problem.fault)}"
    if total > min(most, len(problems)):
        yield f"    … and {count(total - min(most, len(problems)))} more"


def _warnings(summary: Summary, paint: Paint) -> Iterator[str]:
    for warning in summary.warnings:
        yield f"  {paint('WARNING', 'bold', 'yellow')}  {paint(visible(warning), 'bold')}"
    if summary.interrupted:
        yield f"  {paint('INTERRUPTED', 'bold', 'yellow')}  what is shown is what was found until then"


def _many(number: int, noun: str) -> str:
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def _some(*counts: tuple[int, str]) -> list[str]:
    return [f"{count(number)} {what}" for number, what in counts if number]


def _percent(share: float) -> str:
    """Two decimals; 100 only when nothing is left."""
    return f"{min(share, 0.9999) * 100:.2f} %" if share < 1 else "100 %"


def _size(size: int) -> str:
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def _seconds(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def _span(time: int) -> str:
    """A stretch of µs in its two largest units."""
    minutes, hours, days = time // 60_000_000, time // 3_600_000_000, time // 86_400_000_000
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min {time // 1_000_000 % 60} s" if minutes else f"{time // 1_000_000} s"
