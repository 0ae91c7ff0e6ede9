"""Tables of networks and where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.load import load
from engine.load.places import places
from engine.load.tables import TableFault

PARIS = ["192.0.2.0/24", 48.9, 2.4]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.csv", "network,latitude,longitude,city\n192.0.2.0/24,48.9,2.4,Paris\n"),
        ("a.csv", "\ufefflongitude,network,latitude\n2.4,192.0.2.7/24,48.9\n"),
        ("a.tsv", "network\tlatitude\tlongitude\n192.0.2.0/24\t48.9\t2.4\n"),
        ("a.json", '[{"network": "192.0.2.0/24", "latitude": 48.9, "longitude": "2.4"}]'),
        ("a.yml", "- {network: 192.0.2.0/24, latitude: 48.9, longitude: 2.4}\n"),
        ("a.yaml", "- network: 192.0.2.0/24\n  latitude: 48.9\n  longitude: 2.4\n"),
    ],
)
def test_every_kind_of_file(name: str, text: str) -> None:
    assert places(name, text.encode()) == [PARIS]


def test_addresses_and_both_versions_and_rows_that_stand_twice() -> None:
    rows = "network,latitude,longitude\n192.0.2.1,1,2\n2001:db8::/32,-3.5,4\n192.0.2.1/32,1.0,2\n"
    assert places("a.csv", rows.encode()) == [["192.0.2.1/32", 1, 2], ["2001:db8::/32", -3.5, 4]]


@pytest.mark.parametrize(
    ("name", "text", "line", "fault"),
    [
        ("a.csv", "network,latitude,longitude\n192.0.2.0/33,1,2\n", 2, '"192.0.2.0/33" is no address'),
        ("a.csv", "network,latitude,longitude\n192.0.2.0/24,91,2\n", 2, '"91, 2" is no place in degrees'),
        ("a.csv", "network,latitude,longitude\n192.0.2.0/24,,2\n", 2, '", 2" is no place'),
        ("a.csv", "network,latitude,longitude\n10.0.0.0/8,1,2\n10.0.0.1/8,1,3\n", 3, "10.0.0.0/8 is in two places"),
        ("a.csv", "network,latitude,longitud\n10.0.0.0/8,1,2\n", 1, 'has no column "longitude"'),
        ("a.csv", "network,latitude,longitude\n10.0.0.0/8,1\n", 2, "2 cells where the first line has 3"),
        ("a.json", '{"10.0.0.0/8": 5}', None, '"key" means nothing here'),
        ("a.json", '[{"network": 5, "latitude": 1, "longitude": 2}]', None, '"5" is no address or network'),
        ("a.yml", "network: 10.0.0.0/8\n", None, "the table is no list"),
        ("a.yml", "- {network: [}\n", 1, "broken YAML"),
        ("a.txt", "", None, "no kind of table that is known"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(name: str, text: str, line: int | None, fault: str) -> None:
    with pytest.raises(TableFault) as error:
        places(name, text.encode())
    assert fault in error.value.fault
    assert error.value.line == line


def test_a_rule_names_its_table_from_where_it_stands_and_a_fault_in_it_is_one_of_the_rule(tmp_path: Path) -> None:
    rule = "title: r\nname: r\nlogsource: {product: test}\ndetection: {a: {b: c}, condition: a}\n---\n"
    rule += "title: c\nlanguage: detect\ncorrelation:\n  {type: travel, rules: [r], timespan: 1d, address: ip,\n"
    rule += "   table: tables/places.csv}\n"
    (tmp_path / "tables").mkdir()
    (tmp_path / "rule.yml").write_text(rule)
    table = tmp_path / "tables" / "places.csv"
    table.write_text("network,latitude,longitude\n192.0.2.0/24,48.9,2.4\n")
    (found,) = load([tmp_path], cache=False).correlations
    assert found.options["table"] == [PARIS]
    table.write_text("network,latitude,longitude\n192.0.2.0/24,91,2.4\n")
    (error,) = load([tmp_path], cache=False).rejected
    assert "is no place in degrees, line 2" in error.fault
    assert error.place is not None
    assert error.place.line == 10
