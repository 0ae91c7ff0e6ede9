"""From the file and the environment to a `Config`, or to every fault at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from engine.alerts.compiled import faults_of
from engine.alerts.settings import RouteSettings
from engine.config.environment import overrides, plain, put
from engine.config.origins import Origins
from engine.config.settings import Settings
from engine.errors import ConfigError, Place, UsageError
from engine.load.documents import Document, Unreadable, documents
from engine.notifiers import names, notifier
from engine.options import Fault, Steps, did_you_mean, placed, read

if TYPE_CHECKING:
    from engine.redact import Redactor
    from engine.runners.destinations import Wanted

__all__ = ["NAME", "Config", "load", "located"]

NAME = "detect.yml"
"""The file that is looked for where none is named."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


class Config(NamedTuple):
    """A configuration without a fault in itself.

    path       of its file; None: environment variables alone
    settings   what it says; paths are as they are to be opened
    notifiers  those that it names, by name
    origins    where each value was written
    """

    path: str | None
    settings: Settings
    notifiers: dict[str, Wanted]
    origins: Origins

    @property
    def folder(self) -> str:
        """That relative paths count from; "" is the current one."""
        return os.path.dirname(self.path) if self.path else ""

    @property
    def templates(self) -> Path | None:
        """The folder of the user's own templates."""
        return Path(self.settings.templates) if self.settings.templates else None

    @property
    def tells(self) -> bool:
        """Whether a run raises alerts."""
        return bool(self.notifiers or self.settings.routes)

    def redactor(self) -> Redactor | None:
        """What hides what is not to be shown; None where there is nothing to hide. Raises ConfigError for its key."""
        redact = self.settings.redact
        try:
            return redact.redactor() if redact.drop or redact.mask or redact.pseudonym else None
        except ValueError as error:
            raise _alone(f"key: {error}", self.origins.place(("redact", "key")), None) from None


def located(given: str | None, environ: Mapping[str, str], *, look: bool = True) -> str | None:
    """The file that counts: the one named, else that of DETECT_CONFIG, else ./detect.yml if it is there (`look`)."""
    if given or environ.get("DETECT_CONFIG"):
        return os.path.expanduser(given or environ["DETECT_CONFIG"])
    return NAME if look and os.path.exists(NAME) else None


def load(path: str | None, environ: Mapping[str, str]) -> Config:
    """Read a configuration; of DETECT__ variables alone where there is no file. Raises ConfigError with every fault."""
    document = None if path is None else _document(path)
    data = plain(document.value) if document else {}
    found, wrong = overrides(environ)
    variables: dict[Steps, str] = {}
    for override in found:
        try:
            variables[put(data, override)] = override.variable
        except UsageError as error:
            wrong.append(error)
    origins = Origins(path, document, variables)
    loader = _Loader(data, os.path.dirname(path) if path else "", origins)
    faults = [
        *(Fault(each.steps, each.fault, each.hint, each.key) for each in (document.faults if document else ())),
        *loader.faults,
    ]
    if faults or wrong or loader.settings is None:
        raise ConfigError((*placed(faults, origins).errors, *wrong))
    return Config(path, loader.settings, loader.notifiers, origins)


class _Loader:
    """Makes settings and notifiers of plain data, and notes all that is wrong."""

    def __init__(self, data: dict[str, Any], folder: str, origins: Origins) -> None:
        self.folder = folder
        self.notifiers: dict[str, Wanted] = {}
        self.settings, faults = read(Settings, data, folder=folder)
        self.faults = list(faults)
        said = data.get("notifiers")
        named = said if isinstance(said, dict) else {}
        self.kinds = names() if named else ()
        for name, one in named.items():
            self.notifier(str(name), one, origins)
        routes = read(tuple[RouteSettings, ...], data.get("routes") or ()).value
        if routes is not None:
            found = faults_of(routes, list(map(str, named)))
            above: Steps = () if data.get("routes") else ("notifiers",)
            self.faults += [Fault(above or each.path, each.fault, each.hint) for each in found]
        else:
            self.faults += _strangers_in(data.get("routes"), named, ("routes",))
        self.faults += _strangers(data.get("alerts"), named, ("alerts",), ("summary_to", "fallback"))
        if self.settings is not None:
            pipelines = tuple(self.pipeline(one) for one in self.settings.pipelines)
            self.settings = replace(self.settings, pipelines=pipelines, notifiers={})  # those stand beside it

    def notifier(self, name: str, said: Any, origins: Origins) -> None:
        """Read one notifier by the options of its module."""
        at: Steps = ("notifiers", name)
        if not _NAME.fullmatch(name):
            fault = f'"{name}" is no name for a notifier'
            self.faults.append(Fault(at, fault, "letters, digits, hyphens, dots and underscores", key=True))
        if not isinstance(said, dict):
            return  # which is said already
        kind = said.get("type")
        if not isinstance(kind, str) or kind not in self.kinds:
            self.faults.append(_no_type(kind, at, self.kinds))
            return
        try:
            options = notifier(kind)
        except Exception as error:  # noqa: BLE001 -- a notifier of others, or one whose library is missing
            self.faults.append(Fault((*at, "type"), f'the notifier "{kind}" cannot be used: {error}'))
            return
        from engine.runners.destinations import Wanted  # templates take a while to import

        rest = {key: value for key, value in said.items() if key != "type"}
        made, faults = read(options, rest, folder=self.folder, at=at)
        self.faults += faults
        if made is not None:
            self.notifiers[name] = Wanted(name, kind, made, origins.place(at))

    def pipeline(self, said: str) -> str:
        """A path from the folder of the file; what is no path is the name of an installed pipeline."""
        path = os.path.join(self.folder, os.path.expanduser(said))
        is_path = "/" in said or said.endswith((".yml", ".yaml")) or os.path.exists(path)
        return os.path.normpath(path) if is_path else said


def _no_type(kind: Any, at: Steps, kinds: Sequence[str]) -> Fault:
    known = f"one of {', '.join(kinds)}"
    if kind is None:
        return Fault(at, 'there is no "type"', known)
    if not isinstance(kind, str):
        return Fault((*at, "type"), "type is to be text", known)
    return Fault((*at, "type"), f'there is no notifier of type "{kind}"', did_you_mean(kind, kinds))


def _strangers(said: Any, named: dict[Any, Any], at: Steps, keys: tuple[str, ...]) -> Iterator[Fault]:
    """Notifiers that something names under some keys, and that are not there."""
    for key in keys:
        listed = said.get(key) if isinstance(said, dict) else None
        for index, name in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(name, str) and name not in named:
                hint = did_you_mean(name, map(str, named))
                yield Fault((*at, key, index), f'there is no notifier "{name}"', hint)


def _strangers_in(routes: Any, named: dict[Any, Any], at: Steps) -> Iterator[Fault]:
    """The same, of routes that cannot be read otherwise."""
    for index, one in enumerate(routes if isinstance(routes, list) else ()):
        yield from _strangers(one, named, (*at, index), ("to",))
        if isinstance(one, dict):
            yield from _strangers_in(one.get("routes"), named, (*at, index, "routes"))


def _document(path: str) -> Document | None:
    """The one YAML document of a file; None where the file is empty."""
    try:
        with open(path, "rb") as stream:
            found = list(documents(stream.read()))
    except OSError as error:
        hint = "detect init writes one; -c FILE names another" if isinstance(error, FileNotFoundError) else None
        raise _alone(f"cannot be read: {error.strerror or error}", Place(path), hint) from None
    except Unreadable as error:
        raise _alone(error.fault, Place(path, error.line, error.column, error.offset), error.hint) from None
    if len(found) > 1:
        raise _alone("a configuration is one document", Place(path, found[1].line), 'remove the line "---"')
    if found and not isinstance(found[0].value, dict):
        raise _alone("a configuration is keys with their values", Place(path, found[0].line), "rules: [./rules]")
    return found[0] if found else None


def _alone(fault: str, place: Place, hint: str | None) -> ConfigError:
    return ConfigError((UsageError(fault, place, hint),))
