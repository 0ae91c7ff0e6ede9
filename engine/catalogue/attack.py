"""The identifiers of MITRE ATT&CK that tags of rules may name."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Attack", "attack"]


class Attack(NamedTuple):
    """One version of ATT&CK for Enterprise.

    tactics     names as tags write them, "initial-access"
    techniques  ids with those of sub-techniques, "T1078", "T1078.004"
    relevant    product of a logsource -> techniques that its logs can show; any may, of one that is not here
    retired     what earlier versions had, tactics and techniques -> what took its place, or ""
    """

    version: str
    tactics: frozenset[str]
    techniques: frozenset[str]
    retired: dict[str, str]
    relevant: dict[str, frozenset[str]]

    def beyond(self, technique: str) -> bool:
        """Whether a technique that is not known has a number after the last known one, so may be of a later version."""
        above, _, number = technique.partition(".")
        if not number:
            return above > max(one.partition(".")[0] for one in self.techniques)
        last = max((one for one in self.techniques if one.startswith(f"{above}.")), default=None)
        return technique > last if last else self.beyond(above)


@lru_cache(maxsize=1)
def attack() -> Attack:
    """What attack.yml says."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    data = yaml.load(files("engine.catalogue").joinpath("attack.yml").read_text("utf-8"), Loader=loader)  # noqa: S506
    techniques = {
        one
        for above, numbers in data["techniques"].items()
        for one in (above, *(f"{above}.{number:03}" for number in _spread(numbers)))
    }
    relevant = {product: frozenset(text.split()) for product, text in data["relevant"].items()}
    tactics = frozenset(data["tactics"].values())
    return Attack(data["version"], tactics, frozenset(techniques), data["retired"], relevant)


def _spread(numbers: str) -> list[int]:
    """ "1-3 5" as 1, 2, 3, 5."""
    found: list[int] = []
    for part in numbers.split():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found
