"""What people would read of an alert: its parts as templates render them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.alert import Alert, Message
from engine.alerts.lifecycle import of_episode
from engine.alerts.raised import Raising, provisional
from engine.alerts.templates import Source, TemplateFault, Templates
from engine.destination import Part
from engine.door import Finding
from engine.errors import Place
from engine.links import links_of
from engine.model import Detection, Event, LogSource, Ref
from engine.notifiers import default_template, notifier
from engine.rules import Ruleset

__all__ = ["alert_of", "rendered"]

USUAL = "file"
"""A notifier without templates of its own: it has those that come for all."""

PLAIN = {"title": Part("header"), "text": Part("plain"), "html": Part("html")}
"""The parts of most notifiers, as what understands nothing special gets them."""


def alert_of(found: Finding, record: Mapping[str, Any], ruleset: Ruleset, logsource: LogSource) -> Alert:
    """The alert that something found would be, before settings change its level."""
    if found.episode is not None:
        return of_episode(found.episode, found.rule)
    event = Event(found.time, logsource, dict(record), Ref("test", found.positions[-1] + 1))
    rules = [(rule, "") for rule in ruleset.rules if rule.key == found.rule.key]
    detection = Detection(found.rule, found.time, logsource, found.group, (), (), (event,))
    raised = Raising(rules, ruleset.derived)(detection)
    if raised is None:
        raise LookupError(found.rule.key)  # what was found is of a rule of this rule set
    return provisional(raised, found.rule)


def rendered(alert: Alert, kind: str | None, folder: str | None) -> dict[str, str]:
    """The parts of the message that tells of an alert, by their names.

    kind    of notifier, whose templates count and whose escapes are put; None: title, text and html as they are plain
    folder  of the user's templates

    Raises DetectError for a notifier that is not there, and for a template that fails.
    """
    parts = notifier(kind).parts if kind else PLAIN
    inside = Path(folder) if folder else None
    sources = {part: tuple(_sources(kind, part, inside)) for part in parts}
    made = Templates(parts, {part: found for part, found in sources.items() if found}, inside)
    message = Message("trigger", "test-0", "test", None, 0, alert.level, alert.last, (alert,), {}, links_of((alert,)))
    failed: list[TemplateFault] = made.check()
    found = {} if failed else made.render(message, failed.append)
    if failed:
        raise failed[0]
    return found


def _sources(kind: str | None, part: str, folder: Path | None) -> Iterator[Source]:
    """The templates of a part in the order in which they are tried."""
    own = [folder / kind / f"{part}.j2", folder / f"{part}.j2"] if folder and kind else []
    own += [folder / f"{part}.j2"] if folder and not kind else []
    for path in own:
        if path.is_file():
            yield Source(_read(path), Place(str(path)))
    default = default_template(kind or USUAL, part)
    if default is not None and not (kind and notifier(kind).parts[part].optional):
        yield Source(_read(default), Place(str(default)), own=False)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise TemplateFault(f"the template cannot be read: {said}", Place(str(path))) from None
