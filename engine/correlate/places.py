"""Where on earth an address is, and how far two places are apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import islice
from math import asin, cos, hypot, radians, sin, sqrt
from typing import Any

from engine.correlate.numbers import exact
from engine.errors import SourceError
from engine.values import address_of, network_of

__all__ = ["Find", "Place", "apart", "in_database", "in_table", "place", "written"]

Place = tuple[float, float]
"""Degrees of latitude and longitude, four digits after the point, which is about ten metres."""

Find = Callable[[str], Place | None]

EARTH = 6371.0088
"""Mean radius, km (IUGG)."""

REMEMBERED = 50_000
"""Addresses of a database that are remembered."""

LOOKED_AT = 2_000
"""Networks of a database that are looked at to see whether it has coordinates at all."""


def place(latitude: Any, longitude: Any) -> Place | None:
    """A place of two numbers, or texts that are numbers; None where they are none, or beyond the poles."""
    north, east = exact(latitude), exact(longitude)
    if north is None or east is None or not (-90 <= north <= 90 and -180 <= east <= 180):
        return None
    return round(float(north), 4) + 0.0, round(float(east), 4) + 0.0  # + 0.0: there is one zero


def written(where: Place) -> str:
    """A place as text."""
    return f"{where[0]:.4f},{where[1]:.4f}"


def apart(one: Place, other: Place) -> float:
    """The great circle between two places, km (haversine on a sphere, at most 0.6 % off)."""
    (north, east), (north_2, east_2) = (map(radians, each) for each in (one, other))
    half = hypot(sin((north_2 - north) / 2), sqrt(cos(north) * cos(north_2)) * sin((east_2 - east) / 2))
    return 2 * EARTH * asin(min(1.0, half))


def in_table(rows: Iterable[tuple[str, Any, Any]]) -> Find:
    """Look addresses up in networks: the smallest that holds one decides.

    rows  network in prefix notation, latitude, longitude

    Raises ValueError for what is no network or no place.
    """
    found: dict[tuple[int, int], dict[int, Place]] = {}
    for network, latitude, longitude in rows:
        where = place(latitude, longitude)
        if where is None:
            raise ValueError(f"{network}: {latitude}, {longitude} is no place in degrees")
        version, prefix, shift = network_of(network)
        found.setdefault((version, shift), {})[prefix] = where
    sizes = [(version, shift, found[version, shift]) for version, shift in sorted(found)]

    def find(address: str) -> Place | None:
        known = address_of(address)
        if known is None:
            return None
        return next(
            (where for version, shift, of in sizes if version == known[0] and (where := of.get(known[1] >> shift))),
            None,
        )

    return find


def in_database(path: str) -> Find:
    """Look addresses up in a MaxMind database with coordinates, such as GeoLite2 City.

    Raises ValueError, in words for the rule's author, when it cannot be used; looking up raises SourceError when the
    file turns out to be damaged.
    """
    try:
        import maxminddb
    except ImportError:
        raise ValueError('a MaxMind database needs the extra "geoip": pip install "detect-engine[geoip]"') from None
    try:
        reader = maxminddb.open_database(path)
        if not any(_located(record) for _, record in islice(reader, LOOKED_AT)):
            raise ValueError(f"the database {path} has no coordinates; one of cities has them")
    except OSError as error:
        raise ValueError(f"the database {path} cannot be read: {error.strerror or error}") from None
    except maxminddb.InvalidDatabaseError:
        raise ValueError(f"{path} is no MaxMind database, or it is damaged") from None

    @lru_cache(REMEMBERED)
    def find(address: str) -> Place | None:
        if address_of(address) is None:
            return None
        try:
            return _located(reader.get(address))
        except maxminddb.InvalidDatabaseError as error:
            raise SourceError(f"the database {path} is damaged: {error}", hint="fetch it anew") from None
        except ValueError:  # an address of version 6 in a database of version 4
            return None

    return find


def _located(record: Any) -> Place | None:
    location = record.get("location") if isinstance(record, dict) else None
    return place(location.get("latitude"), location.get("longitude")) if isinstance(location, dict) else None
