"""Tables of networks and where they are, for correlations of type `travel`: CSV, TSV, JSON and YAML files."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import Any

from engine.correlate.places import place
from engine.load.documents import Unreadable, documents
from engine.load.tables import MAX_ROWS, Row, TableFault, rows_of

__all__ = ["COLUMNS", "places"]

COLUMNS = ("network", "latitude", "longitude")


def places(path: str, data: bytes) -> list[list[Any]]:
    """Rows of network, latitude and longitude in degrees, of a file with this content. Raises TableFault."""
    if path.lower().endswith((".yml", ".yaml")):
        path, data = f"{path}.json", _as_json(data)
    north, east = (list(rows_of(path, data, COLUMNS[0], name)) for name in COLUMNS[1:])
    return _distinct(north, east)


def _as_json(data: bytes) -> bytes:
    try:
        listed = [document.value for document in documents(data)]
    except Unreadable as error:
        raise TableFault(f"broken YAML: {error.fault}", error.hint, error.line) from None
    if len(listed) != 1 or not isinstance(listed[0], list):
        raise TableFault("the table is no list", "write - {network: 192.0.2.0/24, latitude: 48.9, longitude: 2.4}")
    return json.dumps(listed[0], default=str).encode()


def _distinct(north: list[Row], east: list[Row]) -> list[list[Any]]:
    if len(north) > MAX_ROWS:
        raise TableFault(f"more than {MAX_ROWS:,} rows", "keep the rows in use")
    found: dict[str, tuple[float, float]] = {}
    for one, other in zip(north, east, strict=True):
        network, where = _network(one), place(one.value, other.value)
        if where is None:
            raise TableFault(f'"{one.value}, {other.value}" is no place in degrees', None, one.line)
        if found.setdefault(network, where) != where:
            raise TableFault(f"{network} is in two places", "leave one of them", one.line)
    return [[network, *where] for network, where in found.items()]


def _network(row: Row) -> str:
    try:
        return str(ip_network(row.key.strip() if isinstance(row.key, str) else "", strict=False))
    except ValueError:
        raise TableFault(f'"{row.key}" is no address or network', "write it as 192.0.2.0/24", row.line) from None
