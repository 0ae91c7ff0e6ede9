"""What kind of Windows event this is, in Sigma's words: by channel, provider and event id, as taxonomy.yml has it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from engine.model import LogSource

__all__ = ["WINDOWS", "Names", "all_kinds", "kind", "names_of", "routes", "sees", "service_is_known", "spaced"]

WINDOWS = LogSource("windows")

Names = Mapping[str, tuple[str, ...]]
"""Name in rules -> what else logs call it, first that is there wins."""

_FEW = 6  # digits of an event id; more is no event id


class _Taxonomy(NamedTuple):
    """taxonomy.yml, by what is asked of it; channels and providers in small letters."""

    channels: dict[str, str]
    providers: dict[str, str]
    called: dict[tuple[str, int], str]
    seen_by: dict[tuple[str, str], frozenset[str]]
    also: dict[str, str]
    spaced: frozenset[str]
    names: Names
    of: dict[tuple[str, str], Names]


@lru_cache(maxsize=65_536)
def kind(channel: Any, provider: Any, event: Any, service: str | None = None) -> LogSource:
    """The logsource of an event.

    channel, provider, event  as the record has them; anything but text (and a number, for `event`) says nothing
    service                   what the user calls the log, where that was told: it stands instead of the channel

    The category is that of the event id; most ids have none. An event whose channel nobody has named is just of
    Windows, which only rules without service and category see.
    """
    found = service.lower() if service else _service(channel, provider)
    if found is None:
        return WINDOWS
    number = _number(event)
    return LogSource("windows", found, None if number is None else _taxonomy().called.get((found, number)))


def sees(rule: LogSource, event: LogSource) -> bool:
    """Whether rules of a logsource see events of a kind: their service is its, their category one of its categories."""
    taxonomy = _taxonomy()
    if rule.product not in (None, "windows"):
        return False
    if rule.service is not None and taxonomy.also.get(rule.service, rule.service) != event.service:
        return False
    if rule.category in (None, event.category):
        return True
    return rule.category in taxonomy.seen_by.get((event.service or "", event.category or ""), ())


def routes(rule: LogSource) -> bool:
    """Whether any kind of Windows event is seen by rules of this logsource."""
    return any(sees(rule, event) for event in all_kinds())


@lru_cache(maxsize=1)
def all_kinds() -> tuple[LogSource, ...]:
    """Every kind of event that has a name: services, and their categories."""
    taxonomy = _taxonomy()
    services = [LogSource("windows", service) for service in sorted(set(taxonomy.channels.values()))]
    return (*services, *(LogSource("windows", *pair) for pair in sorted(taxonomy.seen_by)))


def service_is_known(service: str) -> bool:
    """Whether a channel has this service, rather than its own name for one."""
    return service in _taxonomy().channels.values()


def names_of(event: LogSource) -> Names:
    """What else logs call the fields of events of a kind, beside the names that rules use."""
    return _names_of(event.service, event.category)


@lru_cache(maxsize=1_024)
def _names_of(service: str | None, category: str | None) -> Names:
    taxonomy = _taxonomy()
    return {**taxonomy.names, **taxonomy.of.get((service or "", category or ""), {})}


def spaced(event: LogSource) -> bool:
    """Whether names in events of a kind have spaces, which rules leave out."""
    return event.service in _taxonomy().spaced


def _service(channel: Any, provider: Any) -> str | None:
    taxonomy = _taxonomy()
    if isinstance(channel, str) and channel:
        name = channel.lower()
        return taxonomy.channels.get(name, name)
    return taxonomy.providers.get(provider.lower()) if isinstance(provider, str) else None


def _number(event: Any) -> int | None:
    if isinstance(event, str):
        digits = event.strip()
        return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _FEW else None
    return int(event) if isinstance(event, int | float) and abs(event) < 10**_FEW and event == int(event) else None


@lru_cache(maxsize=1)
def _taxonomy() -> _Taxonomy:
    import yaml  # only here: who has no Windows logs does not wait for it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = files(__package__).joinpath("taxonomy.yml").read_text("utf-8")
    data = yaml.load(text, Loader=loader)  # noqa: S506
    services: dict[str, dict[str, Any]] = data["services"]
    events = [(name, *event) for name, service in services.items() for event in service.get("events", {}).items()]
    return _Taxonomy(
        {channel.lower(): name for name, service in services.items() for channel in service["channels"]},
        {provider.lower(): name for name, service in services.items() for provider in service.get("providers", ())},
        {(name, number): categories[0] for name, number, categories in events},
        {(name, categories[0]): frozenset(categories) for name, _, categories in events},
        {other: name for name, service in services.items() for other in service.get("also", ())},
        frozenset(name for name, service in services.items() if service.get("spaced")),
        _tuples(data["names"]),
        {_pair(name): _tuples(names) for name, names in data["of"].items()},
    )


def _tuples(names: dict[str, list[str]]) -> Names:
    return {name: tuple(others) for name, others in names.items()}


def _pair(name: str) -> tuple[str, str]:
    service, category = name.split("/")
    return service, category
