"""Fields and values that the log does not have, as far as its catalogue goes."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from engine.catalogue import Catalogue
from engine.check.finding import Found, Severity, check
from engine.check.subject import Item, Subject
from engine.glance import Glance
from engine.logsources import all_known, known
from engine.titles import title

_SUFFIX = ".amazonaws.com"
_ALIKE = 0.88
_LABELS = frozenset((*Glance._fields, "account", "actor", "team"))
"""What an alert has under names of its own."""


@check(Severity.warning)
def field_name(subject: Subject) -> Iterator[Found]:
    """A field that the logsource does not have, but one of nearly that name: `useragent` for `userAgent`.

    The names of fields count letter by letter, also in their case.
    """
    for item, catalogue in _catalogued(subject):
        meant = catalogue.suggest(item.field or "")
        if meant is not None:
            fault = f'{catalogue.logsource} has no field "{item.field}"'
            yield Found(fault, f'did you mean "{meant}"?', item.steps, key=True)


@check(Severity.warning)
def title_field(subject: Subject) -> Iterator[Found]:
    """A field in `alert_title` that the logsource does not have, but one of nearly that name.

    Alerts would be called by a question mark.
    """
    text, catalogue = subject.text("alert_title"), subject.catalogue
    if text is None or catalogue is None:
        return
    try:
        names = title(text).names
    except ValueError:  # which the loader remarks
        return
    for name in names:
        if name not in _LABELS and name not in subject.derived and (meant := catalogue.suggest(name)):
            fault = f'{catalogue.logsource} has no field "{name}"'
            yield Found(fault, f'did you mean "{meant}"?', ("alert_title",))


@check(Severity.note)
def unknown_field(subject: Subject) -> Iterator[Found]:
    """A field that is not in the catalogue of its logsource; it may be new, or never there.

    `detect fields --source LOGS` says how often it is in your logs.
    """
    told = set()
    for item, catalogue in _catalogued(subject):
        name = item.field or ""
        if name not in told and not catalogue.has(name) and catalogue.suggest(name) is None:
            told.add(name)
            fault = f'"{name}" is no known field of {catalogue.logsource}'
            yield Found(fault, "see with detect fields --source LOGS whether it is there", item.steps, key=True)


@check(Severity.warning)
def field_value(subject: Subject) -> Iterator[Found]:
    """A value that a field of the logsource never has: `eventType: AwsApiCal`."""
    for item, catalogue in _catalogued(subject):
        known_values = catalogue.values.get(item.field or "")
        if known_values is None or any(name not in ("cased", "neq") for name in item.modifiers):
            continue
        folded = {value.lower(): value for value in known_values}
        for steps, value in item.values:
            if isinstance(value, str) and value and value.lower() not in folded and not set("*?").intersection(value):
                near = get_close_matches(value.lower(), folded, n=1, cutoff=0.6)
                hint = f'did you mean "{folded[near[0]]}"?' if near else f"it has {', '.join(sorted(known_values))}"
                yield Found(f'{item.field} is never "{value}"', hint, steps)


@check(Severity.warning)
def event_source(subject: Subject) -> Iterator[Found]:
    """An eventSource of CloudTrail that no service has, but one of nearly that name, or one without its ending."""
    catalogue = subject.catalogue
    if catalogue is None or not catalogue.calls:
        return
    for item in subject.items:
        if item.field != "eventSource" or item.modifiers not in ((), ("neq",)):
            continue
        for steps, value in item.values:
            if isinstance(value, str) and (meant := _source(value.lower(), catalogue)):
                yield Found(f'no eventSource is "{value}"', f'did you mean "{meant}"?', steps)


@check(Severity.warning)
def event_name(subject: Subject) -> Iterator[Found]:
    """An eventName of CloudTrail that its service is not known to give, but one of nearly that name.

    Told only where the rule names the service beside it. Services gain calls every week, so a name that is like no
    other is not told.
    """
    catalogue = subject.catalogue
    if catalogue is None or not catalogue.calls:
        return
    for selection in subject.selections:
        items = [item for item in subject.items if item.selection == selection]
        sources = [str(value).lower() for item in items if item.field == "eventSource" for _, value in item.values]
        names = {name for source in sources for name in catalogue.calls.get(source.removesuffix(_SUFFIX), ())}
        if not names or any(source.removesuffix(_SUFFIX) not in catalogue.calls for source in sources):
            continue
        folded = {name.lower(): name for name in names}
        for item in items:
            if item.field == "eventName" and all(name in ("neq", "cased") for name in item.modifiers):
                yield from _names(item, folded)


def _names(item: Item, folded: dict[str, str]) -> Iterator[Found]:
    listed = {str(value).lower() for _, value in item.values}
    for steps, value in item.values:
        if not isinstance(value, str) or value.lower() in folded or set("*?").intersection(value):
            continue
        near = [one for one in get_close_matches(value.lower(), folded, n=3, cutoff=0.93) if one not in listed]
        slips = [one for one in near if _slip(value.lower(), one)]
        if slips:
            yield Found(f'no call of this service is "{value}"', f'did you mean "{folded[slips[0]]}"?', steps)


def _slip(word: str, meant: str) -> bool:
    """Whether two names differ as slips of the pen do, not as names do: of Get and Put, or one and many."""
    if word.rstrip("s") == meant.rstrip("s") or any(letter.isdigit() for letter in word + meant):
        return False
    return abs(len(word) - len(meant)) <= 1 and word[:3] == meant[:3]


@check(Severity.warning)
def logsource_word(subject: Subject) -> Iterator[Found]:
    """A service of a logsource that is nearly one that is known: `service: cloudtrial`."""
    wanted = subject.logsource
    if not wanted.product or not wanted.service:
        return
    product = wanted.product.lower()
    services = {
        word for entry in all_known() for source in (entry.logsource, *entry.routes)
        if source.product == product and (word := source.service)
    }  # fmt: skip
    if services and wanted.service.lower() not in services:
        near = get_close_matches(wanted.service.lower(), services, n=1, cutoff=0.8)
        if near:
            hint = f'did you mean "{near[0]}"?'
            yield Found(f'{product} has no service "{wanted.service}"', hint, ("logsource", "service"))


def _catalogued(subject: Subject) -> Iterator[tuple[Item, Catalogue]]:
    """The items on fields, with the catalogue; not those that are found elsewhere by their name."""
    catalogue = subject.catalogue
    if catalogue is None:
        return
    aliases = known(subject.logsource).aliases
    for item in subject.items:
        if item.field is not None and item.field not in subject.derived and not aliases.has(item.field):
            yield item, catalogue


def _source(value: str, catalogue: Catalogue) -> str | None:
    if set("*?").intersection(value):
        return None
    name = value.removesuffix(_SUFFIX)
    if name in catalogue.calls:
        return None if value.endswith(_SUFFIX) else f"{name}{_SUFFIX}"
    near = get_close_matches(name, catalogue.calls, n=1, cutoff=_ALIKE)
    if near and len(name) > 3:
        return f"{near[0]}{_SUFFIX}"
    return None
