"""Tables of networks and where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.load.places import places

PARIS = ("192.0.2.0/24", 48.9, 2.4)


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
def test_every_kind_of_file(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    assert places(str(tmp_path / name)) == [PARIS]


def test_addresses_and_both_versions_and_rows_that_stand_twice(tmp_path: Path) -> None:
    rows = "network,latitude,longitude\n192.0.2.1,1,2\n2001:db8::/32,-3.5,4\n192.0.2.1/32,1.0,2\n"
    (tmp_path / "a.csv").write_text(rows)
    assert places(str(tmp_path / "a.csv")) == [("192.0.2.1/32", 1, 2), ("2001:db8::/32", -3.5, 4)]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.csv", "network,latitude,longitude\n192.0.2.0/33,1,2\n", 'a.csv:2: "192.0.2.0/33" is no address'),
        ("a.csv", "network,latitude,longitude\n192.0.2.0/24,91,2\n", 'a.csv:2: "91, 2" is no place in degrees'),
        ("a.csv", "network,latitude,longitude\n192.0.2.0/24,,2\n", 'a.csv:2: ", 2" is no place'),
        (
            "a.csv",
            "network,latitude,longitude\n10.0.0.0/8,1,2\n10.0.0.1/8,1,3\n",
            "a.csv:3: 10.0.0.0/8 is in two places",
        ),
        (
            "a.csv",
            "network,latitude,longitud\n10.0.0.0/8,1,2\n",
            'has no column "longitude" (did you mean "longitud"?)',
        ),
        ("a.csv", "network,latitude,longitude\n10.0.0.0/8,1\n", "a.csv:2: 2 cells where the first line has 3"),
        ("a.json", '{"10.0.0.0/8": 5}', '"key" means nothing here'),
        ("a.json", '[{"network": 5, "latitude": 1, "longitude": 2}]', '"5" is no address or network'),
        ("a.yml", "network: 10.0.0.0/8\n", "the table is no list"),
        ("a.yml", "- {network: [}\n", "a.yml:1: broken YAML"),
        ("a.txt", "", "no kind of table that is known"),
        ("missing.csv", None, "missing.csv"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, name: str, text: str | None, fault: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ValueError) as error:
        places(str(tmp_path / name))
    assert fault in str(error.value)
