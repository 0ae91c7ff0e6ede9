"""What goes between a rule that fired and what is told of it: hits in, episodes out."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from engine.model import Ref

__all__ = ["Episode", "Evidence", "Hit", "Measured"]

Measured = int | float | str | None
"""What a correlation measured: a count, a sum, a value seen first; None where its type measures nothing."""


class Evidence(NamedTuple):
    """One event as a correlation's alert shows it.

    rule    key of the rule that matched it
    id      what its logsource calls an event id
    shown   the fields that its rule lists, and by which people recognise an event; plain data
    """

    rule: str
    time: int
    ref: Ref
    id: str | None
    shown: dict[str, Any]


class Hit(NamedTuple):
    """A rule or a correlation that fired, as the correlations above it see it.

    rule      key of what fired
    time      event time, microseconds
    event     by what its event is known: equal for two rules that match one event, and for a second copy of it
    values    name -> what the event has there, of the names that correlations above ask for; missing ones are absent
    evidence  the event; of a correlation, those that made it true at this time
    opens     false for a hit that goes on with an episode: it is present, but does not count once more
    """

    rule: str
    time: int
    event: str
    values: dict[str, Any]
    evidence: tuple[Evidence, ...] = ()
    opens: bool = True


class Episode(NamedTuple):
    """What a correlation says of one group from when its condition became true until it no longer was.

    id           the same in every run that sees the same logs: a digest of correlation, group and start
    correlation  its key
    group        group-by names and values; the text of a value, None where an event has none
    state        "opened" when told for the first time, "extended", "ended"
    start, last  event times at which the condition was true first and last, microseconds
    end          when it no longer was; None before that is known
    value        what was measured when the condition was true last
    hits         how many took part
    evidence     the newest events that did, at most 100, in order of time
    values       what the event that opened it has under the names that correlations above and templates ask for
    """

    id: str
    correlation: str
    group: tuple[tuple[str, str | None], ...]
    state: Literal["opened", "extended", "ended"]
    start: int
    last: int
    end: int | None
    value: Measured
    hits: int
    evidence: tuple[Evidence, ...]
    values: dict[str, Any] = {}  # noqa: RUF012
