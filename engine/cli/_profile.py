"""What rules cost, as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.model import RuleCost
from engine.terminal import Paint, count, cut

__all__ = ["profile_lines"]

MOST = 15
"""Rules named; the JSON summary has all."""


def profile_lines(costs: Sequence[RuleCost], color: bool, width: int) -> Iterator[str]:
    """The dearest rules, one a line, the dearest first."""
    paint = Paint(color)
    total = sum(cost.total for cost in costs) or 1
    yield paint("Profile", "bold") + " (times of all processes together, in ms)"
    yield paint(f"  {'ms':>8} {'share':>6} {'seen':>9} {'open':>9} {'reads':>9} {'matched':>7}  rule", "dim")
    for cost in costs[:MOST]:
        counts = f"{count(cost.seen):>9} {count(cost.open):>9} {count(cost.reads):>9} {count(cost.matched):>7}"
        start = f"  {cost.total / 1000:>8,.1f} {cost.total / total:>6.1%} {counts}"
        yield f"{start}  {cut(cost.title, max(20, width - len(start) - 2))}"
    if len(costs) > MOST:
        rest = sum(cost.total for cost in costs[MOST:])
        yield f"  {rest / 1000:>8,.1f} {rest / total:>6.1%}  the other {count(len(costs) - MOST)} together"
    yield paint("  seen: events shown to it; open: undecided after the first field; reads: fields read for it", "dim")
