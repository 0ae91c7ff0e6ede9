"""`travel`: two places that are too far apart for the time between."""

from __future__ import annotations

import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet

from engine.correlate import Correlator
from engine.correlate.places import apart, in_table, place
from engine.errors import SourceError
from engine.rules import Correlation, Ruleset
from tests.correlate.types.timeline import At, Seen, at, fired, hits_of, made, refused, starts, values

HOUR = 3600
PARIS, NEW_YORK, LONDON, VERSAILLES = (48.8566, 2.3522), (40.7128, -74.0060), (51.5074, -0.1278), (48.8049, 2.1204)
TABLE = [
    ["192.0.2.0/24", *PARIS],
    ["198.51.100.0/24", *NEW_YORK],
    ["198.51.100.7", *LONDON],
    ["2001:db8::/32", *LONDON],
]


def travel(timespan: float = 24 * HOUR, **options: Any) -> Correlation:
    asked = options if "address" in options else {"latitude": "lat", "longitude": "lon", **options}
    return made("travel", "a b", timespan, group_by=("g",), missing="drop", options=asked)


def trip(*steps: tuple[float, tuple[float, float]]) -> list[At]:
    """Where one group was at these hours."""
    return [each for hour, (lat, lon) in steps for each in at("a", hour * HOUR, g="g", lat=lat, lon=lon)]


def by_address(*steps: tuple[float, Any]) -> list[At]:
    return [each for hour, address in steps for each in at("a", hour * HOUR, g="g", ip=address)]


def test_who_is_too_fast_fires_with_both_places() -> None:
    #  0h      5h            5837 km; with 1000 km/h it takes 5.84 h
    #  Paris   New York
    found = fired(travel(), trip((0, PARIS), (5, NEW_YORK)))
    assert found == [Seen(5 * HOUR, 5 * HOUR, 5 * HOUR, 5837, 1, ("g",), (0, 5 * HOUR))]


def test_who_had_the_time_does_not() -> None:
    way = apart(PARIS, NEW_YORK)
    assert starts(travel(), trip((0, PARIS), (way / 1000 + 1 / HOUR, NEW_YORK))) == []
    assert len(starts(travel(), trip((0, PARIS), (way / 1000 - 1 / HOUR, NEW_YORK)))) == 1
    assert starts(travel(speed=1200), trip((0, PARIS), (5, NEW_YORK))) == []


def test_places_within_the_radius_are_one() -> None:
    assert round(apart(PARIS, VERSAILLES)) == 18
    assert starts(travel(), trip((0, PARIS), (0.001, VERSAILLES))) == []
    assert starts(travel(radius=10), trip((0, PARIS), (0.001, VERSAILLES))) == [0.001 * HOUR]


def test_who_is_somebody_else_may_be_anywhere() -> None:
    assert starts(travel(), trip((0, PARIS)) + at("a", 1, g="h", lat=NEW_YORK[0], lon=NEW_YORK[1])) == []


def test_every_event_is_compared_with_the_one_before_it() -> None:
    steps = trip((0, PARIS), (1, NEW_YORK), (2, NEW_YORK), (3, PARIS))
    assert starts(travel(), steps) == [1 * HOUR, 3 * HOUR]


def test_events_are_compared_for_one_timespan() -> None:
    far = ((0, PARIS), (2, NEW_YORK))
    assert starts(travel(timespan=2 * HOUR), trip(*far)) == [2 * HOUR]
    assert starts(travel(timespan=2 * HOUR - 0.000001), trip(*far)) == []


def test_two_places_at_the_same_time_are_too_far_apart_once() -> None:
    both = trip((1, PARIS), (1, NEW_YORK))
    assert values(travel(), both) == [(HOUR, 5837)]
    assert values(travel(), trip((0.9, PARIS)) + both) == [(HOUR, 5837)]
    assert [each.value for each in fired(travel(), trip((0.9, LONDON)) + both)] == [5570, 5837]
    assert [each.value for each in fired(travel(), trip((0, (45, -37))) + trip((5, PARIS), (5, NEW_YORK)))] == [5837]
    assert [each.hits for each in fired(travel(), both + trip((1, NEW_YORK)))] == [1]


def test_events_without_a_place_take_no_part() -> None:
    nowhere = at("a", 10, g="g") + at("a", 11, g="g", lat=91, lon=0) + at("a", 12, g="g", lat="x", lon=0)
    nowhere += at("a", 13, g="g", lat=0, lon=-180.5) + at("a", 14, g="g", lat=float("nan"), lon=0)
    assert starts(travel(), trip((0, PARIS)) + nowhere + trip((1, PARIS))) == []


def test_coordinates_may_be_text() -> None:
    line = at("a", 0, g="g", lat="48.8566", lon="2.3522") + at("a", 1, g="g", lat="40.7128", lon="-74.0060")
    assert values(travel(), line) == [(1, 5837)]


# Distances


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [
        (PARIS, NEW_YORK, 5837),
        (PARIS, LONDON, 344),
        ((0, 0), (0, 180), 20015),
        ((90, 0), (-90, 77), 20015),
        ((0, 179.5), (0, -179.5), 111),
        ((10, 10), (10, 10), 0),
    ],
)
def test_the_great_circle(one: tuple[float, float], other: tuple[float, float], km: int) -> None:
    assert round(apart(one, other)) == round(apart(other, one)) == km


def test_places_are_known_to_ten_metres_and_there_is_one_zero() -> None:
    assert place(1.00004, -0.00001) == (1.0, 0.0)
    assert str(place(1, -0.00001)) == "(1.0, 0.0)"
    assert place(90, 180) == (90, 180)
    assert (place(90.1, 0), place(0, 180.1), place(None, 0), place(True, 0)) == (None,) * 4


# Addresses


def test_a_table_says_where_addresses_are_and_the_smallest_network_decides() -> None:
    find = in_table(TABLE)
    assert find("192.0.2.1") == PARIS
    assert find("198.51.100.8") == NEW_YORK
    assert find("198.51.100.7") == LONDON
    assert find("2001:db8::1") == LONDON
    assert [find(text) for text in ("192.0.3.1", "AWS Internal", "", "::1")] == [None] * 4


def test_addresses_are_looked_up_in_a_table() -> None:
    asked = travel(address="ip", table=TABLE)
    steps = by_address((0, "192.0.2.1"), (1, "10.0.0.1"), (2, "ec2.amazonaws.com"), (3, "198.51.100.8"), (3.1, 5))
    assert values(asked, steps) == [(3 * HOUR, 5837)]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-City")
    for network, (latitude, longitude) in (("192.0.2.0/24", PARIS), ("198.51.100.0/24", NEW_YORK)):
        location = {"latitude": latitude, "longitude": longitude}
        writer.insert_network(IPSet([network]), {"city": {"names": {"en": "x"}}, "location": location})
    writer.insert_network(IPSet(["203.0.113.0/24"]), {"country": {"iso_code": "FR"}})
    writer.to_db_file(str(tmp_path / "city.mmdb"))
    return tmp_path / "city.mmdb"


def test_addresses_are_looked_up_in_a_maxmind_database(database: Path) -> None:
    asked = travel(address="ip", database=str(database))
    nowhere = by_address((1, "203.0.113.9"), (1, "10.0.0.1"), (2, "AWS Internal"), (2, "2001:db8::1"), (2, 7), (2, ""))
    steps = by_address((0, "192.0.2.1"), (3, "198.51.100.8"), (3.5, "198.51.100.9"))
    assert values(asked, steps + nowhere) == [(3 * HOUR, 5837)]


def test_a_database_of_version_4_knows_no_address_of_version_6(tmp_path: Path) -> None:
    writer = MMDBWriter(ip_version=4)
    writer.insert_network(IPSet(["192.0.2.0/24"]), {"location": {"latitude": 1.5, "longitude": 2.5}})
    writer.to_db_file(str(tmp_path / "four.mmdb"))
    asked = travel(address="ip", database=str(tmp_path / "four.mmdb"))
    assert starts(asked, by_address((0, "192.0.2.1"), (1, "2001:db8::1"))) == []


def test_a_database_without_coordinates_is_refused(tmp_path: Path) -> None:
    writer = MMDBWriter()
    writer.insert_network(IPSet(["192.0.2.0/24"]), {"country": {"iso_code": "FR"}})
    writer.to_db_file(str(tmp_path / "country.mmdb"))
    fault = refused("travel", options={"address": "ip", "database": str(tmp_path / "country.mmdb")})
    assert "has no coordinates; one of cities has them" in fault


def test_a_file_that_is_no_database_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("no database")
    asked = {"address": "ip", "database": str(tmp_path / "text")}
    assert "is no MaxMind database" in refused("travel", options=asked)
    missing = {"address": "ip", "database": str(tmp_path / "missing")}
    assert "missing cannot be read: No such file" in refused("travel", options=missing)


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "maxminddb", None)
    fault = refused("travel", options={"address": "ip", "database": "x.mmdb"})
    assert 'the extra "geoip": pip install "detect-engine[geoip]"' in fault


def test_a_database_that_turns_out_to_be_damaged_is_said(database: Path) -> None:
    data = bytearray(database.read_bytes())
    data[data.index(struct.pack(">d", NEW_YORK[0])) - 1] = 0xFF  # what kind of value follows
    database.write_bytes(data)
    correlator = Correlator(Ruleset((), correlations=(travel(address="ip", database=str(database)),)))
    correlator.take(hits_of(by_address((0, "192.0.2.1"), (1, "198.51.100.1"))))
    with pytest.raises(SourceError, match="is damaged"):
        list(correlator.settle(10 * HOUR * 1_000_000))


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({}, 'is said by "latitude" and "longitude", or by "address" alone'),
        ({"latitude": "x"}, 'is said by "latitude" and "longitude"'),
        ({"latitude": "x", "longitude": "y", "address": "z"}, 'or by "address" alone'),
        ({"latitude": "x", "longitude": "y", "table": TABLE}, 'look up an "address"'),
        ({"address": "x"}, 'is looked up in a "table" or in a "database"'),
        ({"address": "x", "table": TABLE, "database": "x"}, 'is looked up in a "table" or in a "database"'),
        ({"address": "x", "table": [["10.0.0.0/8", 91, 0]]}, "10.0.0.0/8: 91, 0 is no place in degrees"),
        ({"address": "x", "table": [["10.0.0/8", 9, 0]]}, "10.0.0/8"),
        ({"latitude": "x", "longitude": "y", "speed": 0}, "a speed of 0 km/h goes nowhere"),
        ({"latitude": "x", "longitude": "y", "radius": -1}, "radius is a number of km, not -1"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options: dict[str, Any], fault: str) -> None:
    assert fault in refused("travel", options=options)
