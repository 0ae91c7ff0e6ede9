"""table: a timeline for people, sorted by time, with a summary below.

Detections that differ in nothing but their time (same rule, who, from, what) are one row with a count and the time of
the last; an episode of a correlation is a row of its own. On a wide terminal a row is one line, on a narrow one two.
Rows are held until the end: memory grows with the number of distinct rows, and from 20,000 on what is new is counted
under its rule alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any, BinaryIO, NamedTuple

from engine.glance import glance
from engine.hit import Episode
from engine.model import Detection, Level, RuleHead, Summary
from engine.outputs._episodes import detection_of, span
from engine.outputs._summary import text
from engine.terminal import Paint, account, columns, count, cut, fill, moment, short, visible

__all__ = ["Output"]

_WIDE = 116
_MOST_ROWS = 20_000
_GAP = "  "
_GIVES_WAY = (0.6, 1.0, 1.4, 1.0)


class Row(NamedTuple):
    """A detection, reduced to what the timeline shows."""

    time: int | None
    level: Level
    key: str
    title: str
    who: str
    origin: str
    action: str


class _Line(NamedTuple):
    """A line of the timeline: `first` is what it is sorted by, None last; `rest` stands for many unlike rows."""

    first: int | None
    last: int | None
    row: Row
    hits: int
    rest: bool


class Output:
    """Fold rows as they come, print at the end."""

    extension = "txt"
    person = True

    def __init__(
        self,
        stream: BinaryIO,
        *,
        color: bool = False,
        tz: tzinfo | None = None,
        width: int = 80,
        summary: bool = True,
        problems: int = 10,
        **_: Any,
    ) -> None:
        self._stream = stream
        self._paint = Paint(color)
        self._tz = tz
        self._width = max(60, width)
        self._summary = summary
        self._problems = problems
        self._lines: dict[tuple[str, ...], _Line] = {}

    @staticmethod
    def row(detection: Detection) -> Row:
        """Keep who, from and what; the record stays behind."""
        rule = detection.rule
        return Row(detection.time, rule.level, rule.key, rule.title, *glance(detection))

    def start(self) -> None:
        """Nothing is printed before the end."""

    def write(self, row: Row) -> None:
        """Add a detection to the line of its like."""
        key: tuple[str, ...] = (row.key, row.who, row.origin, row.action)
        held = self._lines.get(key)
        rest = held is None and len(self._lines) >= _MOST_ROWS
        if rest:
            key, row = (row.key,), row._replace(who="", origin="", action="")
            held = self._lines.get(key)
        if held is None:
            self._lines[key] = _Line(row.time, row.time, row, 1, rest)
            return
        times = [time for time in (held.first, held.last, row.time) if time is not None]
        first, last = (min(times), max(times)) if times else (None, None)
        self._lines[key] = held._replace(first=first, last=last, hits=held.hits + 1)

    def tell(self, correlation: RuleHead, episode: Episode, new: bool) -> None:
        """Add what a correlation says: a line of its own, with its group for who, and how much it was for what."""
        seen = glance(detection_of(correlation, episode))
        who = ", ".join("–" if text is None else text for _, text in episode.group) or seen.who
        row = Row(episode.start, correlation.level, correlation.key, correlation.title, who, "", span(episode))
        if len(self._lines) >= _MOST_ROWS:
            self.write(row)
        else:
            self._lines[correlation.key, episode.id] = _Line(episode.start, episode.last, row, 1, False)

    def close(self, summary: Summary) -> None:
        """Print the timeline and what the run saw."""
        lines = sorted(self._lines.values(), key=_order)
        if lines:
            drawn = self._one_line(lines) if self._width >= _WIDE else self._two_lines(lines)
            shown = "".join(f"{line.rstrip()}\n" for line in [*drawn[0], *self._days(lines, drawn[1:])])
            self._stream.write(f"{shown}\n".encode())
        if self._summary:
            below = text(summary, color=self._paint.on, tz=self._tz, width=self._width, problems=self._problems)
            self._stream.write(below.encode())

    def _days(self, lines: list[_Line], drawn: list[list[str]]) -> Iterator[str]:
        """The drawn lines under a heading for each day."""
        day = None
        for line, shown in zip(lines, drawn, strict=True):
            date = "no time" if line.first is None else moment(line.first, self._tz)[0] or "beyond the calendar"
            if date != day:
                if day is not None:
                    yield ""
                day = date
                zone = "UTC" if self._tz is None else str(self._tz)
                yield self._paint(date, "bold") + self._paint("" if line.first is None else f"  {zone}", "dim")
            yield from shown

    def _clock(self, line: _Line) -> str:
        return "" if line.first is None else moment(line.first, self._tz)[1]

    def _until(self, line: _Line) -> str:
        """The time of the last hit where it shows as another, with its date where that differs too."""
        if line.first is None or line.last is None:
            return ""
        first, last = moment(line.first, self._tz), moment(line.last, self._tz)
        if first[0] == last[0]:
            return "" if first == last else last[1]
        return f"{last[0][5:] if first[0][:4] == last[0][:4] else last[0]} {last[1]}"

    def _words(self, lines: list[_Line]) -> list[tuple[str, str, str]]:
        """Who, from and what of each line; the account of an ARN only where they are not all of one."""
        several = len({account(line.row.who) for line in lines} - {""}) > 1
        return [
            ("(others)", "", "")
            if line.rest
            else (
                visible(short(line.row.who, several)),
                visible(line.row.origin if line.row.origin != line.row.who else ""),
                visible(line.row.action),
            )
            for line in lines
        ]

    def _start(self, line: _Line, clock: str, width: int) -> str:
        return f"  {self._paint(fill(clock, width), 'dim')}{_GAP}{self._paint.level(line.row.level, 8)}{_GAP}"

    def _title(self, line: _Line, width: int) -> str:
        title = fill(line.row.title, width)
        return self._paint(title, "bold") if line.row.level >= Level.high else title

    def _one_line(self, lines: list[_Line]) -> list[list[str]]:
        """The heading, then one line a row; the four text columns share what the others leave."""
        clocks, until = _widest(map(self._clock, lines)), _widest(map(self._until, lines))
        times = _widest(map(_times, lines))
        texts = [(visible(line.row.title), *words) for line, words in zip(lines, self._words(lines), strict=True)]
        times = times and max(times, 5)
        fixed = 2 + clocks + 2 + 8 + 2 + (2 + times if times else 0) + (2 + until if until else 0)
        wanted = [max(_widest(column), 4) for column in zip(*texts, strict=True)]
        title, *rest = _share(wanted, self._width - fixed - 3 * len(_GAP))
        heads = [fill(word, width) for word, width in zip(("rule", "who", "from", "what"), (title, *rest), strict=True)]
        heads += [fill("count", times, right=True)] if times else []
        head = f"  {fill('time', clocks)}{_GAP}{'level':8}{_GAP}{_GAP.join([*heads, fill('last', until)])}"
        out = [[self._paint(head.rstrip(), "dim")]]
        for line, (_, who, origin, action) in zip(lines, texts, strict=True):
            cells = [
                self._title(line, title),
                self._paint(fill(who or "–", rest[0]), "cyan"),
                fill(origin or "–", rest[1]),
                fill(action or "–", rest[2]),
                *([fill(_times(line), times, right=True)] if times else []),
                self._paint(fill(self._until(line), until), "dim"),
            ]
            out.append([self._start(line, self._clock(line), clocks) + _GAP.join(cells)])
        return out

    def _two_lines(self, lines: list[_Line]) -> list[list[str]]:
        """The heading, then two lines a row: first time, level, rule, count; last time, who, from, what."""
        clocks = max(_widest(map(self._clock, lines)), _widest(map(self._until, lines)))
        times = _widest(map(_times, lines))
        left = 2 + clocks + 2 + 8 + 2
        room = self._width - left
        head = f"  {'first':{clocks}}{_GAP}{'level':8}{_GAP}{'rule':{room - 5}}{'count' if times else ''}"
        out = [[self._paint(text.rstrip(), "dim") for text in (head, f"  {'last':{left - 2}}who · from · what")]]
        for line, (who, origin, action) in zip(lines, self._words(lines), strict=True):
            title = self._title(line, room - times - 2)
            above = self._start(line, self._clock(line), clocks) + title + _GAP + fill(_times(line), times, right=True)
            rest = " · ".join(word for word in (cut(origin, 26), cut(action, 30)) if word)
            tail = f" · {rest}" if rest else ""
            name = cut(who or "–", max(12, room - columns(tail)))
            below = self._paint(name, "cyan") + self._paint(cut(tail, room - columns(name)), "dim")
            until = self._paint(fill(self._until(line), clocks), "dim")
            out.append([above, f"  {until}{' ' * (left - clocks - 2)}{below}"])
        return out


def _order(line: _Line) -> tuple[Any, ...]:
    row = line.row
    return (line.first is None, line.first or 0, -row.level, row.title, row.key, row.who, row.origin, row.action)


def _times(line: _Line) -> str:
    return f"×{count(line.hits)}" if line.hits > 1 else ""


def _widest(texts: Iterable[str]) -> int:
    return max(map(columns, texts), default=0)


def _share(wanted: list[int], room: int) -> list[int]:
    """Widths for rule, who, from and what: all they want if there is room, else the widest give way first.

    The rule gives way late, and where from early, but an IPv4 address is never cut.
    """
    widths = list(wanted)
    while sum(widths) > room:
        weights = [width * weight for width, weight in zip(widths, _GIVES_WAY, strict=True)]
        if widths[2] <= 15:
            weights[2] = 0
        widths[weights.index(max(weights))] -= 1
    return widths
