"""What correlations refer to: by id, by name, or by a title that only one rule has; inner ones before outer ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from engine.correlate.types import find
from engine.errors import Place, RuleError
from engine.load.correlations import Draft
from engine.load.documents import Document, place_of
from engine.load.faults import Steps, did_you_mean
from engine.model import Level, LogSource
from engine.rules import Correlation, Rule

__all__ = ["References", "Renamed", "Waiting"]

Renamed = Callable[[str, str], str]
"""(key of a rule, field as its author calls it) -> the field as pipelines leave it."""


class Waiting(NamedTuple):
    """A correlation that has been read, until all rules are known."""

    key: str
    path: str
    document: Document
    draft: Draft

    @property
    def title(self) -> str:
        return str(self.draft.head.title)

    def error(self, fault: str, hint: str | None, steps: Steps = ("correlation", "rules")) -> RuleError:
        """What is wrong with it, at its place."""
        return RuleError(fault, Place(self.path, *place_of(self.document.node, steps)), hint, self.title)


class References:
    """Everything that a correlation can refer to.

    refused  id, name or title of what cannot be used -> why
    """

    def __init__(self, rules: Iterable[Rule], waiting: Iterable[Waiting], refused: Mapping[str, RuleError]) -> None:
        self.rules = {rule.key: rule for rule in rules}
        self.waiting = {each.key: each for each in waiting}
        self.refused = dict(refused)
        self.errors: list[RuleError] = []
        self.warnings: list[str] = []
        self._ids: dict[str, str] = {}
        self._names: defaultdict[str, list[str]] = defaultdict(list)
        self._titles: defaultdict[str, list[str]] = defaultdict(list)
        for rule in self.rules.values():
            self._call(rule.key, rule.id, rule.name, rule.title)
        for each in self.waiting.values():
            head = each.draft.head
            self._call(each.key, str(head.id) if head.id else None, head.name, head.title)

    def _call(self, key: str, number: str | None, name: str | None, title: str) -> None:
        if number:
            self._ids[number.lower()] = key
        if name:
            self._names[name].append(key)
        self._titles[title].append(key)

    def resolved(self, renamed: Renamed | None) -> list[Correlation]:
        """The correlations that can be used, inner ones first; `errors` says what is wrong with the others."""
        keys = {each.key: found for each in self.waiting.values() if (found := self._keys(each)) is not None}
        done: dict[str, Correlation] = {}
        left = [self.waiting[key] for key in keys]
        while left:
            ready = [each for each in left if all(key in self.rules or key in done for key in keys[each.key])]
            if not ready:
                break
            for each in ready:
                if (made := self._made(each, keys[each.key], done, renamed)) is not None:
                    done[each.key] = made
            left = [each for each in left if each not in ready]
        self._refuse(left, keys)
        return list(done.values())

    def _keys(self, each: Waiting) -> tuple[str, ...] | None:
        """The keys of what a correlation names; None, with an error for each, where one cannot be used."""
        found = [self._key(each, place, word) for place, word in enumerate(each.draft.words)]
        known = [key for key in found if key is not None]
        if len(known) < len(found):
            return None
        if len(set(known)) < len(known):
            self.errors.append(each.error("two of the names are of one rule", "name each rule once"))
            return None
        return tuple(known)

    def _key(self, each: Waiting, place: int, word: str) -> str | None:
        steps: Steps = ("correlation", "rules", place)
        found = [self._ids[word.lower()]] if word.lower() in self._ids else self._names.get(word)
        if found is None and len(titled := self._titles.get(word, [])) == 1:
            where = Place(each.path, *place_of(each.document.node, steps))
            self.warnings.append(f'{where}: "{word}" is a title; refer to rules by id or name, which do not change')
            found = titled
        if found and len(found) == 1:
            return found[0]
        if found:
            error = each.error(f'{len(found)} rules are called "{word}"', "refer to one of them by its id", steps)
        elif word in self.refused:
            error = each.error(f'it refers to "{word}", which cannot be used: {self.refused[word].fault}', None, steps)
        else:
            hint = did_you_mean(word, [*self._names, *self._ids]) or "refer to a rule by its id or name"
            error = each.error(f'no rule is called "{word}"', hint, steps)
        self._say(each, error)
        return None

    def _say(self, each: Waiting, error: RuleError) -> None:
        self.errors.append(error)
        head = each.draft.head
        for word in (str(head.id) if head.id else None, head.name, head.title):
            if word:
                self.refused.setdefault(word, error)

    def _refuse(self, left: list[Waiting], keys: Mapping[str, tuple[str, ...]]) -> None:
        """Say of what is left whether it goes round in a circle, or refers to something that cannot be used."""
        names = {each.key: each for each in left}
        for each in left:
            circle = _circle(each.key, {key: keys[key] for key in names})
            if circle:
                way = " → ".join(self._word(key) for key in circle)
                self._say(each, each.error(f"correlations refer to each other in a circle: {way}", "break it"))
        for each in left:
            if any(error.place and error.rule == each.title and error.place.path == each.path for error in self.errors):
                continue
            word = next(
                word for word, key in zip(each.draft.words, keys[each.key], strict=True) if key not in self.rules
            )
            why = self.refused.get(word)
            said = f": {why.fault}" if why else ""
            self._say(each, each.error(f'it refers to "{word}", which cannot be used{said}', None))

    def _word(self, key: str) -> str:
        head = self.waiting[key].draft.head
        return str(head.name or head.title)

    def _made(
        self, each: Waiting, keys: tuple[str, ...], done: Mapping[str, Correlation], renamed: Renamed | None
    ) -> Correlation | None:
        draft, head, value = each.draft, each.draft.head, each.document.value
        words = dict(zip(draft.words, keys, strict=True))
        aliases = {
            alias: {words[word]: field for word, field in fields.items()} for alias, fields in draft.aliases.items()
        }
        if renamed is not None:
            aliases = self._renamed(draft, [key for key in keys if key in self.rules], aliases, renamed)
        sources = {(self.rules.get(key) or done[key]).logsource for key in keys}
        made = Correlation(
            key=each.key, title=head.title, path=each.path, line=each.document.line, type=draft.type, rules=keys,
            names=draft.words, timespan=draft.timespan, group_by=draft.group_by, queries=draft.queries,
            aliases=aliases, options=draft.options, missing="drop" if draft.missing == "drop" else "null",
            generate=draft.generate, language=draft.language, id=str(head.id) if head.id else None, name=head.name,
            level=Level[head.level.name.lower()] if head.level else Level.medium,
            status=head.status.name.lower() if head.status else None, description=_line(head.description),
            author=_line(head.author), date=_line(value.get("date")), modified=_line(value.get("modified")),
            tags=tuple(map(str, head.tags)), references=_lines(head.references),
            falsepositives=_lines(head.falsepositives), fields=_lines(head.fields), alert_title=draft.alert_title,
            logsource=sources.pop() if len(sources) == 1 else LogSource(),
        )  # fmt: skip
        kind = find(draft.type)
        try:
            if kind is not None:
                kind(made)
        except ValueError as error:  # msgspec's faults are ValueErrors too
            self._say(each, each.error(str(error), "see docs/correlations.md", ("correlation",)))
            return None
        return made

    def _renamed(
        self, draft: Draft, rules: list[str], aliases: dict[str, dict[str, str]], renamed: Renamed
    ) -> dict[str, dict[str, str]]:
        """Aliases with fields as pipelines leave them, and new ones for names that pipelines change in some rules."""
        found = {
            alias: {key: renamed(key, field) if key in rules else field for key, field in fields.items()}
            for alias, fields in aliases.items()
        }
        for name in dict.fromkeys([*draft.group_by, *_measured(draft.options)]):
            if name not in aliases and name not in draft.queries:
                changed = {key: new for key in rules if (new := renamed(key, name)) != name}
                if changed:
                    found[name] = changed
        return found


def _measured(options: Mapping[str, Any]) -> Iterator[str]:
    """Names of fields in options."""
    for name, value in options.items():
        if name == "condition":
            yield from value.get("field", ())
        elif name in ("field", "latitude", "longitude", "address"):
            yield from [value] if isinstance(value, str) else value


def _circle(start: str, keys: Mapping[str, tuple[str, ...]]) -> list[str] | None:
    """A way from a correlation back to itself, the shortest; None where there is none."""
    ways = [[start]]
    seen: set[str] = set()
    for way in ways:
        for key in keys.get(way[-1], ()):
            if key == start:
                return [*way, start]
            if key in keys and key not in seen:
                seen.add(key)
                ways.append([*way, key])
    return None


def _line(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _lines(value: Any) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, list) else ()
