"""The tables that a test looks things up in, in the place of those that rules and derived fields have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from engine.correlate import Correlator
from engine.errors import DetectError, Place, UsageError
from engine.load.tables import Row, TableFault, contents
from engine.options import did_you_mean
from engine.rules import Correlation, Derived, Lookup, Ruleset

__all__ = ["Tables", "looked_up"]

Tables = Mapping[str, Mapping[str, Any]]
"""Name of a derived field, or of a correlation that looks up places -> key -> value, or network -> [north, east]."""


def looked_up(ruleset: Ruleset, tables: Tables, place: Place) -> Ruleset:
    """The rule set with these tables. Raises UsageError at the place for a name that nothing looks up by."""
    for name, table in tables.items():
        fields = [one for one in ruleset.derived if one.name == name and _lookups(one)]
        places = [one for one in ruleset.correlations if name.lower() in _names(one) and _finds(one)]
        if not fields and not places:
            raise UsageError(
                f'lookups: there is no table of "{name}"', place, did_you_mean(name, _known(ruleset)) or _HINT
            )
        try:
            derived = tuple(_field(one, table) if one in fields else one for one in ruleset.derived)
            found = tuple(_travel(one, table) if one in places else one for one in ruleset.correlations)
            ruleset = replace(ruleset, derived=derived, correlations=found)
            Correlator(ruleset)  # which refuses what is no place
        except TableFault as fault:
            raise UsageError(f"lookups: {name}: {fault.fault}", place, fault.hint) from None
        except (DetectError, ValueError) as error:
            said = error.fault if isinstance(error, DetectError) else str(error)
            raise UsageError(f"lookups: {name}: {said}", place, "NETWORK: [LATITUDE, LONGITUDE]") from None
    return ruleset


_HINT = "name a derived field that has a table, or a correlation of type travel"


def _lookups(one: Derived) -> bool:
    return any(isinstance(way, Lookup) for way in one.ways)


def _finds(one: Correlation) -> bool:
    return "table" in one.options or "database" in one.options


def _names(one: Correlation) -> set[str]:
    return {text.lower() for text in (one.name, one.id, one.title, one.key) if text}


def _known(ruleset: Ruleset) -> Iterator[str]:
    yield from (one.name for one in ruleset.derived if _lookups(one))
    yield from (one.name or one.title for one in ruleset.correlations if _finds(one))


def _field(one: Derived, table: Mapping[str, Any]) -> Derived:
    """The derived field with this in place of each of its tables. Raises TableFault."""
    rows = [Row(None, key, value) for key, value in table.items()]
    ways = tuple(
        replace(way, table=contents(iter(rows), way.match, way.ignore_case)) if isinstance(way, Lookup) else way
        for way in one.ways
    )
    return replace(one, ways=ways)


def _travel(one: Correlation, table: Mapping[str, Any]) -> Correlation:
    """The correlation with this in place of its table or database. Raises ValueError."""
    for network, where in table.items():
        if not isinstance(where, list) or len(where) != 2:
            raise ValueError(f"{network}: it is no place")
    options = {name: value for name, value in one.options.items() if name not in ("table", "database")}
    return replace(one, options={**options, "table": [[network, *where] for network, where in table.items()]})
