"""What a configuration file says of alerts and routes, read with the places of its faults."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from engine.errors import Place, UsageError

if TYPE_CHECKING:
    from engine.alerts.settings import AlertSettings, RouteSettings
    from engine.load.documents import Document
    from engine.redact import RedactSettings
    from engine.runners.destinations import Wanted

__all__ = ["Said", "said_in"]

_KEYS = ("alerts", "routes", "notifiers", "templates", "redact")

T = TypeVar("T")


class Said(NamedTuple):
    """The parts of a configuration that alerts are about; `templates` is the folder of the user's own."""

    alerts: AlertSettings
    routes: tuple[RouteSettings, ...]
    notifiers: dict[str, Wanted]
    templates: Path | None
    redact: RedactSettings


def said_in(path: str) -> Said:
    """Read all of it but the rest of the file. Raises UsageError with every fault and its place."""
    from engine.alerts.compiled import faults_of
    from engine.alerts.settings import AlertSettings, RouteSettings
    from engine.alerts.templates import TemplateFault
    from engine.load.documents import place_of
    from engine.notifiers import notifier
    from engine.options import FilePath, read
    from engine.redact import RedactSettings
    from engine.runners.destinations import Wanted, templates

    document = _read(path)
    value = _plain(document.value)
    faults: list[tuple[Place | None, str, str | None]] = []

    def fault(steps: tuple[str | int, ...], text: str, hint: str | None = None) -> None:
        faults.append((Place(path, *place_of(document.node, steps)), text, hint))

    def made(kind: type[T], said: Any, steps: tuple[str | int, ...]) -> T | None:
        found = read(kind, said, folder=os.path.dirname(path), at=steps)
        for each in found.faults:
            faults.append((Place(path, *place_of(document.node, each.steps, key=each.key)), each.fault, each.hint))
        return found.value

    alerts = made(AlertSettings, value.get("alerts") or {}, ("alerts",))
    listed = value.get("routes") or []
    if not isinstance(listed, list):
        fault(("routes",), "routes is a list", "- to: [NAME]")
        listed = []
    routes = [made(RouteSettings, one, ("routes", index)) for index, one in enumerate(listed)]
    for name in value:
        if name not in _KEYS:
            fault((name,), f'"{name}" is not understood', f"one of {', '.join(_KEYS)}")
    notifiers = value.get("notifiers") or {}
    if not isinstance(notifiers, dict):
        fault(("notifiers",), "notifiers are named", "notifiers: {NAME: {type: webhook, url: ...}}")
        notifiers = {}
    wanted: dict[str, Wanted] = {}
    for name, said in notifiers.items():
        options = dict(said) if isinstance(said, dict) else {}
        kind, steps = options.pop("type", None), ("notifiers", name)
        try:
            found = notifier(str(kind))
        except UsageError as error:
            fault(steps, error.fault if kind else "a notifier has a `type`", error.hint)
            continue
        if (ready := made(found, options, steps)) is not None:
            wanted[name] = Wanted(name, str(kind), ready, Place(path, *place_of(document.node, steps)))
    redact = made(RedactSettings, value.get("redact") or {}, ("redact",))
    own = made(FilePath, value["templates"], ("templates",)) if value.get("templates") else None
    folder = Path(own) if own else None
    if folder and not folder.is_dir():
        fault(("templates",), f"there is no folder {own}")
    for one in wanted.values():
        try:
            faults += [(each.place, each.fault, each.hint) for each in templates(one, folder).check()]
        except TemplateFault as error:
            faults.append((error.place, error.fault, error.hint))
    good = tuple(one for one in routes if one is not None)
    if len(good) == len(routes):  # else indexes are not those of the file
        for each in faults_of(good, tuple(notifiers)):
            fault(each.path, each.fault, each.hint)
    if faults or alerts is None or redact is None:
        raise UsageError("\n".join(f"{place}: {text}{_hint(hint)}" for place, text, hint in faults))
    return Said(alerts, good, wanted, folder, redact)


def _plain(value: Any) -> Any:
    """What YAML gives, with plain numbers."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return float(value) if isinstance(value, float) else value


def _read(path: str) -> Document:
    from engine.load.documents import Unreadable, documents

    try:
        with open(path, "rb") as stream:
            found = list(documents(stream.read()))
    except OSError as error:
        raise UsageError(f"cannot be read: {error.strerror or error}", Place(path), "-c FILE names another") from None
    except Unreadable as error:
        raise UsageError(error.fault, Place(path, error.line, error.column, error.offset), error.hint) from None
    if len(found) != 1 or not isinstance(found[0].value, dict):
        raise UsageError("a configuration is one document of keys and values", Place(path))
    for each in found[0].faults:
        from engine.load.documents import place_of

        raise UsageError(each.fault, Place(path, *place_of(found[0].node, each.steps, key=each.key)), each.hint)
    return found[0]


def _hint(hint: str | None) -> str:
    return f"\n  hint: {hint}" if hint else ""
