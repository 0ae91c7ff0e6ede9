"""Labels: the names by which routes, silences and exceptions ask about an alert."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import UNSET, json

from engine.alert import Alert
from engine.fields import flatten, resolve
from engine.values import text_of

__all__ = ["FIELDS_OF", "labels", "names_of_fields"]

FIELDS_OF = {
    "account": ("account", "recipientAccountId", "userIdentity.accountId", "cloud.account.id"),
    "actor": ("actor", "who"),
    "team": ("team",),
}
"""Labels that stand for the first of several fields that an alert has."""

_WORDS: dict[str, Callable[[Alert], Iterable[str | None]]] = {
    "alert": lambda alert: (alert.id,),
    "rule": lambda alert: (alert.rule.key, alert.rule.id, alert.rule.title),
    "title": lambda alert: (alert.title,),
    "level": lambda alert: (alert.level.name,),
    "tag": lambda alert: alert.rule.tags,
    "product": lambda alert: (alert.rule.logsource.product,),
    "service": lambda alert: (alert.rule.logsource.service,),
    "category": lambda alert: (alert.rule.logsource.category,),
    "path": lambda alert: (alert.rule.path,),
    "key": lambda alert: (alert.key,),
}


def labels(alert: Alert, name: str) -> tuple[str, ...]:
    """The texts that an alert has under a name, without repetition; none where it has nothing there.

    alert, rule, title, level, tag, product, service, category, path, key  of the alert and its rule; `rule` is any of
                   key, id and title
    account, actor the first of the fields in `FIELDS_OF` that is there; `team` also a tag "team.NAME"
    anything else  a name of its group, else a field, with dots into objects; a list is any of its members
    """
    words = _WORDS.get(name)
    if words is not None:
        found = [word for word in words(alert) if word]
    else:
        found = [text for path in FIELDS_OF.get(name, (name,)) for text in _field(alert, path)]
        if name == "team":
            found += [tag.removeprefix("team.") for tag in alert.rule.tags if tag.startswith("team.")]
        elif name in FIELDS_OF:
            found = found[:1]
    return tuple(dict.fromkeys(found))


def names_of_fields(names: Iterable[str]) -> tuple[str, ...]:
    """Of label names, the fields that an alert must carry so that they can be answered."""
    found: dict[str, None] = {}
    for name in names:
        if name not in _WORDS:
            found.update(dict.fromkeys(FIELDS_OF.get(name, (name,))))
    return tuple(found)


def _field(alert: Alert, path: str) -> list[str]:
    for name, text in alert.group:
        if name == path:
            return [] if text is None else [text]
    value = resolve(alert.fields, tuple(path.split(".")))
    if value is UNSET:
        return []
    return [text for member in flatten(value) if (text := _text(member))]


def _text(value: Any) -> str | None:
    return json.encode(value).decode() if type(value) is dict else text_of(value)
