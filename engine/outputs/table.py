"""table: a timeline for people, sorted by time, with a summary below.

Detections that differ in nothing but their time (same rule, who, from, what) are one row with a count and the time of
the last. On a wide terminal a row is one line, on a narrow one two. Rows are held until the end: memory grows with the
number of distinct rows, and from 20,000 on what is new is counted under its rule alone.
"""

from __future__ import annotations

from datetime import tzinfo
from typing import Any, BinaryIO, NamedTuple

from engine.model import Detection, Level, Summary
from engine.outputs._glance import glance
from engine.outputs._summary import text
from engine.outputs._text import Paint, columns, count, cut, fill, moment, short, visible

__all__ = ["Output"]

_WIDE = 100
_MOST_ROWS = 20_000
_GAP = "  "


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
        **_: Any,
    ) -> None:
        self._stream = stream
        self._paint = Paint(color)
        self._tz = tz
        self._width = max(60, width)
        self._summary = summary
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

    def close(self, summary: Summary) -> None:
        """Print the timeline and what the run saw."""
        lines = sorted(self._lines.values(), key=_order)
        if lines:
            draw = self._one_line if self._width >= _WIDE else self._two_lines
            self._put([*self._days(lines, draw), ""])
        if self._summary:
            shown = text(summary, color=self._paint.on, tz=self._tz, width=self._width)
            self._stream.write(shown.encode("utf-8"))

    def _put(self, lines: list[str]) -> None:
        self._stream.write("".join(f"{line.rstrip()}\n" for line in lines).encode("utf-8"))

    def _days(self, lines: list[_Line], draw: Any) -> list[str]:
        """The lines under a heading for each day."""
        drawn = draw(lines)
        out: list[str] = []
        day: str | None = None
        for line, shown in zip(lines, drawn, strict=True):
            date = "no time" if line.first is None else moment(line.first, self._tz)[0] or "beyond the calendar"
            if date != day:
                day = date
                zone = "" if line.first is None else self._paint(f"  {self._zone()}", "dim")
                out += [*([""] if out else []), self._paint(date, "bold") + zone]
            out += shown
        return out

    def _zone(self) -> str:
        return "UTC" if self._tz is None else str(self._tz)

    def _clock(self, line: _Line) -> str:
        return "" if line.first is None else moment(line.first, self._tz)[1]

    def _until(self, line: _Line) -> str:
        """The time of the last hit where it differs, with its date where that differs too."""
        if line.first is None or line.last is None or line.first == line.last:
            return ""
        (date, clock), first = moment(line.last, self._tz), moment(line.first, self._tz)
        return "" if (date, clock) == first else f"… {clock}" if date == first[0] else f"… {date[5:]} {clock}"

    def _times(self, line: _Line) -> str:
        return f"×{count(line.hits)}" if line.hits > 1 else ""

    def _words(self, line: _Line) -> tuple[str, str, str]:
        """Who, from and what; a dash where the record does not say."""
        if line.rest:
            return "(others)", "–", "–"
        row = line.row
        return visible(short(row.who)) or "–", visible(row.origin) or "–", visible(row.action) or "–"

    def _title(self, line: _Line, width: int) -> str:
        title = fill(line.row.title, width)
        return self._paint(title, "bold") if line.row.level >= Level.high else title

    def _one_line(self, lines: list[_Line]) -> list[list[str]]:
        """One line a row; the four text columns share what the others leave."""
        clocks, until = _widest(map(self._clock, lines)), _widest(map(self._until, lines))
        times = _widest(map(self._times, lines))
        texts = [(visible(line.row.title), *self._words(line)) for line in lines]
        fixed = 2 + clocks + 2 + 8 + 2 + (2 + times if times else 0) + (2 + until if until else 0)
        wanted = [_widest(column) for column in zip(*texts, strict=True)]
        title, who, origin, action = _share(wanted, self._width - fixed - 3 * len(_GAP))
        paint = self._paint
        return [
            [
                _GAP.join(
                    [
                        f"  {paint(fill(self._clock(line), clocks), 'dim')}",
                        paint.level(line.row.level, 8),
                        self._title(line, title),
                        paint(fill(words[1], who), "cyan"),
                        fill(words[2], origin),
                        fill(words[3], action),
                        *([fill(self._times(line), times, right=True)] if times else []),
                        *([paint(fill(self._until(line), until), "dim")] if until else []),
                    ]
                )
            ]
            for line, words in zip(lines, texts, strict=True)
        ]

    def _two_lines(self, lines: list[_Line]) -> list[list[str]]:
        """Two lines a row: the rule, and below it who, from, what."""
        clocks, until = _widest(map(self._clock, lines)), _widest(map(self._until, lines))
        times = max(_widest(map(self._times, lines)), until)
        left = 2 + clocks + 2 + 8 + 2
        room = self._width - left - (times + 2 if times else 0)
        paint = self._paint
        out = []
        for line in lines:
            who, origin, action = self._words(line)
            first = [
                f"  {paint(fill(self._clock(line), clocks), 'dim')}",
                paint.level(line.row.level, 8),
                self._title(line, room),
                fill(self._times(line), times, right=True),
            ]
            tail = f" · {cut(origin, 24)} · {cut(action, 28)}"
            who = cut(who, max(8, room - columns(tail)))
            below = f"{paint(who, 'cyan')}{paint(cut(tail, room - columns(who)), 'dim')}"
            space = " " * (room - columns(who) - columns(cut(tail, room - columns(who))))
            last = paint(fill(self._until(line), times, right=True), "dim")
            out.append([_GAP.join(first), f"{' ' * left}{below}{space}{_GAP}{last}"])
        return out


def _order(line: _Line) -> tuple[Any, ...]:
    row = line.row
    return (line.first is None, line.first or 0, -row.level, row.title, row.key, row.who, row.origin, row.action)


def _widest(texts: Any) -> int:
    return max(map(columns, texts), default=0)


def _share(wanted: list[int], room: int) -> list[int]:
    """Widths for columns that want so many: all they want if there is room, else the widest give way first."""
    widths = list(wanted)
    while sum(widths) > room and max(widths) > 8:
        widths[widths.index(max(widths))] -= 1
    return widths
