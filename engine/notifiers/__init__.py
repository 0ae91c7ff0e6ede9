"""Notifiers: how somebody is told, one module a destination, found by its name.

A module here without a leading underscore has a class `Notifier`, a frozen Struct made from `NotifierOptions` (or from
`HttpOptions`, for whatever is called by HTTP):

    its docstring   is its page of help
    its fields      are its options, checked when the configuration is loaded; secrets are of type `Secret`
    parts           the texts that templates make for it, with their dialect and the most they may have
    rates           how much the destination takes
    actions         what it is told: not every destination can change or close what it was sent
    deliver(message)    sends a message once and gives an Outcome

Everything else is done outside: templates, escaping, cutting, retries, rate limits, and remembering what the
destination called a message (`Message.handle`). docs/adding-a-notifier.md does one step by step.

Others add a notifier by an entry point in the group "detect.notifiers" that names such a module.
"""

from __future__ import annotations

import importlib
import pkgutil
from importlib.resources import files
from pathlib import Path
from types import ModuleType

from engine.errors import UsageError
from engine.notifiers._calls import RETRIED, HttpOptions, good_timeout, good_url, revealed
from engine.notifiers._contract import ALL, NotifierOptions, Undelivered, secrets_of
from engine.notifiers._document import document, encoded
from engine.notifiers._fitted import fitted
from engine.notifiers._http import Answer

__all__ = [
    "ALL", "RETRIED", "Answer", "HttpOptions", "NotifierOptions", "Undelivered", "default_template", "document",
    "encoded", "fitted", "good_timeout", "good_url", "names", "notifier", "revealed", "secrets_of",
]  # fmt: skip


def names() -> tuple[str, ...]:
    """The notifiers there are, sorted: those of the package, imported by none of this, and those of others."""
    from importlib.metadata import entry_points

    return tuple(sorted({*_own(), *(point.name for point in entry_points(group="detect.notifiers"))}))


def notifier(name: str) -> type[NotifierOptions]:
    """The class of a notifier, imported now; a foreign one does not take the place of one of ours.

    Raises UsageError for a name that nobody offers.
    """
    found: type[NotifierOptions] = _module(name).Notifier
    return found


def default_template(name: str, part: str) -> Path | None:
    """The file of the template that comes for a part of a notifier: its own, else the one for all; None: there is none.

    Its own is templates/NAME/PART.j2 beside its module; `Part.default` takes another one than that of the part's name.
    """
    module = _module(name)
    beside = module.__file__
    declared = module.Notifier.parts.get(part)
    file = f"{(declared and declared.default) or part}.j2"
    for path in (
        *([Path(beside).parent / "templates" / name / file] if beside else []),
        Path(str(files(__name__))) / "templates" / file,
    ):
        if path.is_file():
            return path
    return None


def _own() -> list[str]:
    return [found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")]


def _module(name: str) -> ModuleType:
    if name in _own():
        return importlib.import_module(f"{__name__}.{name}")
    from importlib.metadata import entry_points  # 30 ms that no notifier of our own should cost

    for point in entry_points(group="detect.notifiers", name=name):
        module: ModuleType = point.load()
        return module
    raise UsageError(f'there is no notifier "{name}"', hint=f"one of {', '.join(names())}")
