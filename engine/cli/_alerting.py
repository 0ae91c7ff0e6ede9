"""What a configuration file says of alerts and routes, read with the places of its faults."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from engine.errors import Place, UsageError

if TYPE_CHECKING:
    from engine.alerts.settings import AlertSettings, RouteSettings
    from engine.load.documents import Document

__all__ = ["Said", "said_in"]

_STEP = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[([0-9]+|\.\.\.)\]")

T = TypeVar("T")


class Said(NamedTuple):
    """The parts of a configuration that alerts are about; the names of its notifiers, not their options."""

    alerts: AlertSettings
    routes: tuple[RouteSettings, ...]
    notifiers: tuple[str, ...]


def said_in(path: str) -> Said:
    """Read `alerts:`, `routes:` and the names under `notifiers:`. Raises UsageError with every fault and its place."""
    from engine.alerts.compiled import faults_of
    from engine.alerts.settings import AlertSettings, RouteSettings
    from engine.load.documents import place_of

    document = _read(path)
    value, faults = document.value, []

    def fault(steps: tuple[str | int, ...], text: str, hint: str | None = None) -> None:
        faults.append((Place(path, *place_of(document.node, steps)), text, hint))

    def made(kind: type[T], said: Any, steps: tuple[str | int, ...]) -> T | None:
        try:
            return msgspec.convert(said, kind)
        except msgspec.ValidationError as error:
            text, _, at = str(error).partition(" - at `$")
            fault((*steps, *_steps(at.rstrip("`"))), text)
            return None

    alerts = made(AlertSettings, value.get("alerts") or {}, ("alerts",))
    listed = value.get("routes") or []
    if not isinstance(listed, list):
        fault(("routes",), "routes is a list", "- to: [NAME]")
        listed = []
    routes = [made(RouteSettings, one, ("routes", index)) for index, one in enumerate(listed)]
    notifiers = value.get("notifiers") or {}
    good = tuple(one for one in routes if one is not None)
    if len(good) == len(routes):  # else indexes are not those of the file
        for each in faults_of(good, tuple(notifiers)):
            fault(each.path, each.fault, each.hint)
    if faults or alerts is None:
        raise UsageError("\n".join(f"{place}: {text}{_hint(hint)}" for place, text, hint in faults))
    return Said(alerts, good, tuple(notifiers))


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


def _steps(path: str) -> tuple[str | int, ...]:
    """The keys and indexes of a path as msgspec writes it; what it does not name ("...") is left out."""
    return tuple(name or int(index) for name, index in _STEP.findall(path) if name or index != "...")


def _hint(hint: str | None) -> str:
    return f"\n  hint: {hint}" if hint else ""
