"""A plain reading of correlation documents, without a check, to which the loader is held."""

from __future__ import annotations

import re
from typing import Any

from engine.load.documents import documents
from engine.rules import Correlation, Rule
from tests.cases.read import plain

__all__ = ["correlations"]

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
OWN = {"type", "rules", "group-by", "timespan", "aliases", "missing", "generate"}
DROPPING = {"absence", "first_seen", "change", "travel", "risk"}


def correlations(text: str, rules: tuple[Rule, ...]) -> tuple[Correlation, ...]:
    """The correlations of a text, each after all that it refers to, as they stand."""
    keys = {rule.name or rule.key: rule.key for rule in rules}
    found = []
    for document in documents(text.encode()):
        if "correlation" in document.value:
            head, body = plain(document.value), plain(document.value["correlation"])
            key = head.get("name") or head["title"]
            keys[key] = key
            found.append(correlation(key, head, body, keys))
    return tuple(found)


def correlation(key: str, head: dict[str, Any], body: dict[str, Any], keys: dict[str, str]) -> Correlation:
    names = tuple(body["rules"])
    return Correlation(
        key=key,
        title=head["title"],
        path="case.yml",
        line=1,
        type=body["type"],
        rules=tuple(keys[name] for name in names),
        names=names,
        timespan=microseconds(body["timespan"]),
        group_by=tuple(body.get("group-by", ())),
        aliases={
            name: {keys[rule]: field for rule, field in fields.items()}
            for name, fields in body.get("aliases", {}).items()
        },
        options={name: option(name, value, body["type"], names) for name, value in options(body).items()},
        missing=body.get("missing", "drop" if body["type"] in DROPPING else "null"),
        language=head.get("language"),
    )


def options(body: dict[str, Any]) -> dict[str, Any]:
    """What only the type knows; without a condition the temporal types ask for all of their rules."""
    own = {name: value for name, value in body.items() if name not in OWN}
    return {"condition": {"gte": len(body["rules"])}} | own if body["type"].startswith("temporal") else own


def option(name: str, value: Any, kind: str, names: tuple[str, ...]) -> Any:
    """Plain data of what is written: microseconds of a length of time, indexes of words of `rules`."""
    if name in ("history", "learning", "group-learning", "forget"):
        return microseconds(value)
    if name in ("after", "part"):
        return [names.index(word) for word in listed(value)]
    if name == "scores":
        return [value.get(word) for word in names]
    if name == "field" and kind != "spike":
        return listed(value)
    if name == "condition" and isinstance(value, str):
        return {"expression": Expression(value, names).whole()}
    if name == "condition" and "field" in value:
        return value | {"field": listed(value["field"])}
    return value


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def microseconds(written: str) -> int:
    return int(written[:-1]) * SECONDS[written[-1]] * 1_000_000


class Expression:
    """Words joined by `and`, `or`, `not` and parentheses, `not` before `and` before `or`."""

    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        self.left = re.findall(r"[()]|\w+", text)
        self.names = names

    def whole(self) -> list[Any]:
        return self.joined("or", lambda: self.joined("and", self.single))

    def joined(self, word: str, part: Any) -> list[Any]:
        parts = [part()]
        while self.left[:1] == [word]:
            self.left.pop(0)
            parts.append(part())
        return parts[0] if len(parts) == 1 else [word, *parts]

    def single(self) -> list[Any]:
        word = self.left.pop(0)
        if word == "not":
            return ["not", self.single()]
        if word == "(":
            inner = self.whole()
            self.left.pop(0)
            return inner
        return ["rule", self.names.index(word)]
