"""What the records of a kind of log hold: its fields, how often each is there, and the values of some of them.

Names only, made from facts, each with its source: data, one file a product beside this one. aws.yml says what is in
such a file. A log that is not here has no catalogue, and nothing can be said of a rule's fields then.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

from engine.model import LogSource

__all__ = ["Catalogue", "Field", "fields", "suggest"]

PRESENCE = ("always", "mostly", "sometimes", "rarely")
"""How often a field is in a record, most often first; from `sometimes` on, records without it are normal."""

_ALIKE = 0.87
"""How alike two names must be, 0 to 1, for one to be a slip of the other; `userName` and `userAgent` are not."""


class Field(NamedTuple):
    """One field: how often records have it (a word of PRESENCE), and which page of which documentation names it."""

    presence: str
    source: str


class Catalogue:
    """What is known of one kind of log.

    logsource  what it is about
    fields     dotted name -> Field
    open       names below which the log's own producers choose: anything may be there
    lists      names that hold lists, or stand inside of one
    values     field -> all the values that it has; fields of other values are not in it
    """

    def __init__(self, logsource: LogSource, item: dict[str, Any]) -> None:
        self.logsource = logsource
        self.fields: dict[str, Field] = {}
        for source, names in item["fields"].items():
            for name, presence in names.items():
                self.fields[name] = Field(presence, item["sources"][source])
        self.open: tuple[str, ...] = tuple(item.get("open", ()))
        self.lists: tuple[str, ...] = tuple(item.get("lists", ()))
        self.values = {name: frozenset(map(str, values)) for name, values in item.get("values", {}).items()}
        self._below = item.get("below", {})
        self._calls = item.get("calls")

    def has(self, name: str) -> bool:
        """Whether records can have the field: it is known, holds known ones, or stands below what is open."""
        return name in self.fields or name in self._holders or any(name.startswith(f"{top}.") for top in self.open)

    def single(self, name: str) -> bool:
        """Whether a record has at most one value of the field: it is known, and no list."""
        return name in self.fields and not any(name == top or name.startswith(f"{top}.") for top in self.lists)

    def presence(self, name: str) -> str | None:
        """How often records have the field, a word of PRESENCE; None where that is not known."""
        found = self.fields.get(name)
        return found.presence if found else None

    def suggest(self, name: str) -> str | None:
        """The known name that was probably meant by one that is not known, or None."""
        if name in self._below_names:
            return None
        top = next((top for top in self.open if name.lower().startswith(f"{top.lower()}.")), None)
        if top is not None:  # anything may stand there, so only another case is a slip
            meant = self._folded_below.get(name.lower()) or top + name[len(top) :]
            return meant if meant != name else None
        if self.has(name):
            return None
        return _nearest(name, [*self.fields, *self.open])

    @cached_property
    def calls(self) -> dict[str, frozenset[str]]:
        """Event source -> the event names that it is known to give; what is not here may still exist."""
        return _calls(self._calls) if self._calls else {}

    @cached_property
    def _holders(self) -> frozenset[str]:
        """Every name that has fields below it."""
        return frozenset(".".join(name.split(".")[:at]) for name in self.fields for at in range(1, name.count(".") + 1))

    @cached_property
    def _below_names(self) -> frozenset[str]:
        return frozenset(f"{top}.{name}" for top, names in self._below.items() for name in names.split())

    @cached_property
    def _folded_below(self) -> dict[str, str]:
        """Small letters -> the one name that reads so; names of which two differ in case only are left out."""
        folded: dict[str, str | None] = {}
        for name in self._below_names:
            folded[name.lower()] = None if name.lower() in folded else name
        return {low: name for low, name in folded.items() if name}


def fields(logsource: LogSource) -> Catalogue | None:
    """The catalogue of the records that rules for this logsource see, or None where there is none.

    An entry applies when the logsource names every word of it; the one with most words wins.
    """
    words = LogSource(*(word.lower() if word else None for word in logsource))
    return _found(words)


def suggest(name: str, logsource: LogSource) -> str | None:
    """The field of this logsource that was probably meant by a name that it does not have, or None."""
    catalogue = fields(logsource)
    return catalogue.suggest(name) if catalogue else None


@lru_cache(maxsize=1_024)
def _found(words: LogSource) -> Catalogue | None:
    fitting = [
        entry
        for entry in _of_product(words.product)
        if all(have is None or have == want for have, want in zip(entry.logsource, words, strict=True))
    ]
    return max(fitting, key=lambda entry: sum(map(bool, entry.logsource)), default=None)


def _nearest(name: str, known: Iterable[str]) -> str | None:
    """The same name in another case, or its last part under another roof, or a name that is nearly the same."""
    names = list(known)
    folded = {one.lower(): one for one in names}
    if name.lower() in folded:
        return folded[name.lower()]
    tails = [one for one in names if one.lower().endswith(f".{name.lower()}")]
    if tails:
        return min(tails, key=len)
    near = get_close_matches(name.lower(), folded, n=1, cutoff=_ALIKE)
    return folded[near[0]] if near else None


@lru_cache(maxsize=64)
def _of_product(product: str | None) -> tuple[Catalogue, ...]:
    home = files(__name__).joinpath(f"{product}.yml")
    if not product or not product.isidentifier() or product == "attack" or not home.is_file():
        return ()
    import yaml  # only here: whoever asks for no catalogue does not pay for it

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there
    data = yaml.load(home.read_text("utf-8"), Loader=loader)  # noqa: S506
    return tuple(Catalogue(_named(name), item) for item in data for name in item["names"])


def _named(name: str) -> LogSource:
    """ "windows//process_creation" as a logsource; an empty place is open."""
    return LogSource(*(word or None for word in name.split("/")))


@lru_cache(maxsize=8)
def _calls(file: str) -> dict[str, frozenset[str]]:
    """A file of lines "source: name name ..."; lines that begin with # say where it is from."""
    found: dict[str, frozenset[str]] = {}
    for line in files(__name__).joinpath(file).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            source, _, names = line.partition(":")
            found[source] = found.get(source, frozenset()) | frozenset(names.split())
    return found
