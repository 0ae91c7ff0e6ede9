"""What is wrong with a configuration beyond what it says: files that are not there, secrets that cannot be read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from engine.alerts.settings import time_of
from engine.config.load import Config
from engine.errors import DetectError, Place, UsageError
from engine.options import Steps, did_you_mean
from engine.secret import Secret

__all__ = ["Problems", "careless", "problems", "secrets_in"]

_PATHS = ("rules", "filters", "pipelines", "fields", "variables")


class Problems(NamedTuple):
    """Faults keep a configuration from being used, warnings do not."""

    faults: list[UsageError]
    warnings: list[str]


def problems(config: Config, now: int, *, secrets: bool = True) -> Problems:
    """Look at everything that a configuration names.

    now      microseconds
    secrets  look at these too; whoever checks a configuration elsewhere does not have them
    """
    faults = [*_missing(config), *_unknown_format(config), *_templates(config)]
    if secrets:
        faults += _unreadable(config)
        faults += _redaction(config)
    return Problems(faults, [*(careless(config) if secrets else ()), *_expired(config, now)])


def secrets_in(value: Any, at: Steps = ()) -> Iterator[tuple[Steps, Secret]]:
    """The secrets among options, each with the keys that lead to it."""
    if isinstance(value, Secret):
        yield at, value
    elif isinstance(value, msgspec.Struct):
        for name, written in zip(value.__struct_fields__, value.__struct_encode_fields__, strict=True):
            yield from secrets_in(getattr(value, name), (*at, written))
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from secrets_in(one, (*at, str(key)))
    elif isinstance(value, (list, tuple)):
        for index, one in enumerate(value):
            yield from secrets_in(one, (*at, index))


def careless(config: Config) -> Iterator[str]:
    """Secrets that lie open."""
    for at, secret in _secrets(config):
        if said := secret.loose():
            yield f"{config.origins.place(at)}: {said}"


def _secrets(config: Config) -> Iterator[tuple[Steps, Secret]]:
    yield from secrets_in(config.settings)
    for name, wanted in config.notifiers.items():
        yield from secrets_in(wanted.options, ("notifiers", name))


def _unreadable(config: Config) -> Iterator[UsageError]:
    for at, secret in _secrets(config):
        try:
            secret.reveal()
        except ValueError as error:
            yield UsageError(f"{at[-1]}: {error}", config.origins.place(at))


def _redaction(config: Config) -> Iterator[UsageError]:
    redact = config.settings.redact
    if redact.key is not None and redact.pseudonym:
        try:
            redact.key.reveal()
        except ValueError:
            return  # which is said already
        try:
            redact.redactor()
        except ValueError as error:
            yield UsageError(str(error), config.origins.place(("redact", "key")))


def _missing(config: Config) -> Iterator[UsageError]:
    """Files and folders that are not there; sources may come later."""
    for key in _PATHS:
        for index, path in enumerate(getattr(config.settings, key)):
            is_name = key == "pipelines" and "/" not in path and not path.endswith((".yml", ".yaml"))
            if not is_name and not os.path.exists(path):
                place = config.origins.place((key, index))
                yield UsageError(f'there is no file or folder "{path}"', place, "paths count from the file's folder")
    folder = config.settings.templates
    if folder is not None and not os.path.isdir(folder):
        yield UsageError(f'there is no folder "{folder}"', config.origins.place(("templates",)))


def _unknown_format(config: Config) -> Iterator[UsageError]:
    said = config.settings.reading.format
    if said is not None:
        from engine.decoders import names

        if said not in names():
            place = config.origins.place(("reading", "format"))
            yield UsageError(f'there is no format "{said}"', place, did_you_mean(said, names()))


def _templates(config: Config) -> Iterator[UsageError]:
    if not config.notifiers:
        return
    from engine.runners.destinations import templates

    for name, wanted in config.notifiers.items():
        try:
            found: list[DetectError] = list(templates(wanted, config.templates).check())
        except DetectError as error:
            found = [error]
        for fault in found:
            yield UsageError(f"template of {name}: {fault.fault}", fault.place, fault.hint)


def _expired(config: Config, now: int) -> Iterator[str]:
    """Exceptions and silences that hold no longer: nobody should believe that they do."""
    for index, exception in enumerate(config.settings.alerts.exceptions):
        if time_of(exception.expires) <= now:
            place: Place = config.origins.place(("alerts", "exceptions", index))
            yield f"{place}: the exception of {exception.owner} has expired ({exception.expires})"
    for index, silence in enumerate(config.settings.silences):
        if time_of(silence.ends) <= now:
            place = config.origins.place(("silences", index))
            yield f"{place}: the silence of {silence.author} is over ({silence.ends})"
