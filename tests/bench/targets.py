"""What was promised of speed and memory, beside what was measured: met, NOT met, or not measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from measure import Spread


class Speeds(Protocol):
    """The figures of 850 rules that have a target."""

    @property
    def of_floor(self) -> Spread: ...
    @property
    def two(self) -> Spread | None: ...


class Measured(NamedTuple):
    """None is what was not measured.

    speeds  of 850 rules on the quiet corpus
    growth  seconds with 10,000 rules by seconds with 850
    memory  events -> peak bytes of all processes with two workers
    correlated  seconds with twenty correlations by seconds without, where 5 % of the events hit rules
    """

    speeds: Speeds | None
    growth: Spread | None
    memory: Mapping[int, int] | None
    correlated: Spread | None = None


FLAT = 1.2
"""Memory counts as flat when ten times the events take at most this many times the memory."""


def judge(measured: Measured, judged: bool = True) -> list[tuple[str, str, str, str]]:
    """Per target: what, how much is asked, what was measured (least / median / greatest), the verdict on the median."""
    speeds, growth, memory, correlated = measured
    of_floor = speeds.of_floor if speeds else None
    peak = memory.get(1_000_000) if memory else None
    times = memory[max(memory)] / memory[min(memory)] if memory and max(memory) >= 10 * min(memory) else None
    rows = [
        _spread("one core, 850 rules, of the floor: a must", "≥ 40 %", of_floor, lambda value: value >= 0.4),
        _spread("one core, 850 rules, of the floor: the aim", "≥ 50 %", of_floor, lambda value: value >= 0.5),
        _spread(
            "two cores by one core, 850 rules", "≥ 1.8", speeds.two if speeds else None, lambda value: value >= 1.8
        ),
        _spread("time with 10,000 rules by time with 850", "≤ 1.20", growth, lambda value: value <= 1.2),
        _spread("time with 20 correlations by time without", "≤ 1.25", correlated, lambda value: value <= 1.25),
        _figure("memory, two workers, a million events", "< 400 MB", peak and peak / 1e6, lambda value: value < 400),
        _figure("memory at a million events by that at 100,000", f"≤ {FLAT}", times, lambda value: value <= FLAT),
    ]
    if not judged:
        return [(what, must, figure, "too small a run to judge") for what, must, figure, _ in rows]
    return rows


def _spread(what: str, must: str, values: Spread | None, holds: Callable[[float], bool]) -> tuple[str, str, str, str]:
    if values is None:
        return what, must, "–", "not measured"
    return what, must, values.show(), _verdict(holds(values.middle))


def _figure(what: str, must: str, value: float | None, holds: Callable[[float], bool]) -> tuple[str, str, str, str]:
    if value is None:
        return what, must, "–", "not measured"
    return what, must, f"{value:,.2f}", _verdict(holds(value))


def _verdict(met: bool) -> str:
    return "met" if met else "NOT met"
