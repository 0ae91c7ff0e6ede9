"""`travel`: two places that are too far apart for the time between.

    correlation:
      type: travel
      rules: [console_login]
      group-by: [actor]
      address: sourceIPAddress
      database: GeoLite2-City.mmdb
      timespan: 24h
      speed: 1000
      radius: 50

Each event is compared with the one before it in its group, if that is at most one timespan older. Fires if the great
circle between their places is longer than `radius` km, by default 50, and nobody who makes `speed` km an hour, by
default 1000, could have come so far in the time. What can just be done is no travel too fast.

Where an event is, is said in one of three ways; an event without a place takes no part:

    latitude, longitude   fields of the event, in degrees
    address, table        an IP address, looked up in a file of networks; the smallest that holds it decides
    address, database     an IP address, looked up in a MaxMind database with coordinates (extra `geoip`)

A table is a CSV, TSV or JSON file of at most 16 MiB with the columns `network`, `latitude` and `longitude`.

Events of the same time all count as the last: a place is too far if it is from any of them. Among themselves they are
compared in order: first those within the radius of a place before, then as their places read as text. Of one time at
most 100 places count, the first as text.

Every place that is too far is an episode of its own that has no length. What is told is the longest way that was too
far, in whole km; its evidence are the events that were there and, at most four, those before. Of an inner correlation
every true hit is compared.

options: {"latitude": name, "longitude": name} or {"address": name, "table": [[network, latitude, longitude], ...]} or
         {"address": name, "database": path}; {"speed": km/h, "radius": km}
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import msgspec

from engine.correlate.groups import text
from engine.correlate.options import Field, File, Number, Table
from engine.correlate.places import Find, Place, apart, in_database, in_table, place, written
from engine.correlate.types._native import NEVER, Native, by_value
from engine.correlate.window import Judgement, Window
from engine.hit import Hit
from engine.rules import Correlation

__all__ = ["Type"]

MOST = 100
"""Places of one time that are compared."""

HOUR = 3_600_000_000
"""Microseconds."""


class _Whereabouts(Window):
    """The places of the last time that had any."""

    __slots__ = ("places", "time")
    kind: Type

    def __init__(self, kind: Type) -> None:
        super().__init__(kind)
        self.time = NEVER
        self.places: list[Place] = []

    def take(self, time: int, hits: Sequence[Hit]) -> Iterable[Judgement]:
        found = by_value((self.kind.place_of(hit), hit) for hit in hits)
        if not found:
            self.seen = ()
            return ()
        kind, since = self.kind, self.time
        before = self.places if since >= time - kind.timespan else []
        here = sorted(found, key=written)[:MOST]
        self.time, self.places = time, here
        self.seen = [hit for where in here for hit in found[where]]
        here = sorted(here, key=lambda where: not kind.near(where, before))
        judgements = []
        for number, where in enumerate(here):
            ways = [kind.too_far(each, where, time - since) for each in before]
            ways += [kind.too_far(each, where, 0) for each in here[:number]]
            if longest := max(ways, default=0):
                tag, hits, known = written(where), found[where], since if before else None
                judgements.append(Judgement(True, longest, len(hits), tag=tag, since=known, hits=hits))
        return judgements

    def until(self) -> int | None:
        return self.time + self.kind.timespan

    def head(self) -> object:
        return self.time, self.places

    def restore(self, head: tuple[int, list[list[float]]]) -> None:
        self.time = head[0]
        self.places = [(north, east) for north, east in head[1]]


class _Options(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    latitude: Field | None = None
    longitude: Field | None = None
    address: Field | None = None
    table: Table | None = None
    database: File | None = None
    speed: Number = 1000
    radius: Number = 50


class Type(Native):
    """Compares places.

    find  address -> place; None where events have their places in them
    """

    Options: ClassVar[type[msgspec.Struct]] = _Options
    shows = 4

    def __init__(self, correlation: Correlation) -> None:
        options = msgspec.convert(correlation.options, _Options)
        named = (options.latitude, options.longitude), (options.address,)
        used = [[name for name in names if name is not None] for names in named]
        if len(used[0]) == 1 or bool(used[0]) == bool(used[1]):
            raise ValueError('where events are is said by "latitude" and "longitude", or by "address" alone')
        super().__init__(correlation, used[0] or used[1])
        self.find = _finder(options)
        self.speed = _km("speed", options.speed)
        self.radius = _km("radius", options.radius)
        if not self.speed:
            raise ValueError("a speed of 0 km/h goes nowhere")

    def place_of(self, hit: Hit) -> Place | None:
        """Where an event was."""
        values = self.values(hit)
        if self.find is None:
            return place(*values)
        address = text(values[0])
        return None if address is None else self.find(address)

    def near(self, where: Place, before: Iterable[Place]) -> bool:
        """Whether one of these places is as good as the same."""
        return any(apart(each, where) <= self.radius for each in before)

    def too_far(self, one: Place, other: Place, time: int) -> int:
        """How far two places are apart, whole km, if that is too far for the time in microseconds; else 0."""
        way = apart(one, other)
        return round(way) if way > self.radius and way * HOUR > self.speed * time else 0

    def window(self, begin: int, listed: bool = False) -> Window:
        return _Whereabouts(self)

    def meaning(self) -> Any:
        return list(self.fields)


def _finder(options: _Options) -> Find | None:
    if options.address is None:
        if options.table is not None or options.database is not None:
            raise ValueError('"table" and "database" look up an "address"')
        return None
    if options.table is not None and options.database is None:
        return in_table(options.table)
    if options.database is not None and options.table is None:
        return in_database(options.database)
    raise ValueError('an "address" is looked up in a "table" or in a "database"')


def _km(name: str, given: Number) -> float:
    if not 0 <= given < 1e9:  # NaN neither
        raise ValueError(f"{name} is a number of km, not {given}")
    return float(given)
