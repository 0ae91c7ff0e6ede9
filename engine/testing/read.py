"""A test file to Structs, with every mistake at its place."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from engine.errors import ConfigError, Place, UsageError
from engine.load.documents import Document, Real, Unreadable, documents, place_of
from engine.options import Fault, Steps, did_you_mean, placed, plain, read
from engine.testing.found import rule_beside
from engine.testing.settings import CaseSettings, SuiteSettings

__all__ = ["Suite", "load_suite"]


class Suite(NamedTuple):
    """A file of tests.

    path   of the file
    rule   path of the rules that it tests
    lines  of each test: where it begins
    """

    path: str
    rule: str
    said: SuiteSettings
    lines: tuple[int, ...]

    def name(self, case: CaseSettings) -> str:
        """By which a test is known: "FILE::NAME"."""
        return f"{self.path}::{case.name}"


def load_suite(path: str) -> Suite:
    """Read a test file. Raises ConfigError with every fault."""
    document = _document(path)
    data = _as_logs(plain(document.value))
    made = read(SuiteSettings, data, folder=os.path.dirname(path))
    faults = [Fault(each.steps, each.fault, each.hint, each.key) for each in document.faults]
    faults += [*made.faults, *_strangers(data), *_twice(data), *_gone(data, os.path.dirname(path))]
    if faults or made.value is None:
        raise ConfigError(placed(faults, _Places(path, document)).errors, "the test file")
    lines = tuple(place_of(document.node, ("tests", number))[0] or 0 for number in range(len(made.value.tests)))
    return Suite(path, made.value.rule or rule_beside(path), made.value, lines)


def _as_logs(value: Any) -> Any:
    """Plain data with the numbers that JSON has: those of YAML remember how they were written."""
    if isinstance(value, Real):
        return float(value)
    if isinstance(value, dict):
        return {name: _as_logs(one) for name, one in value.items()}
    return [_as_logs(one) for one in value] if isinstance(value, list) else value


class _Places(NamedTuple):
    path: str
    document: Document

    def place(self, steps: Steps, *, key: bool = False) -> Place:
        return Place(self.path, *place_of(self.document.node, steps, key=key))


def _document(path: str) -> Document:
    try:
        with open(path, "rb") as stream:
            found = list(documents(stream.read()))
    except OSError as error:
        raise _alone(f"cannot be read: {error.strerror or error}", Place(path)) from None
    except Unreadable as error:
        raise _alone(error.fault, Place(path, error.line, error.column, error.offset), error.hint) from None
    if len(found) != 1 or not isinstance(found[0].value, dict):
        raise _alone("a test file is one document of keys with their values", Place(path, 1), "tests: [...]")
    return found[0]


def _alone(fault: str, place: Place, hint: str | None = None) -> ConfigError:
    return ConfigError((UsageError(fault, place, hint),))


def _tests(data: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    tests = data.get("tests")
    return [
        (number, one) for number, one in enumerate(tests if isinstance(tests, list) else ()) if isinstance(one, dict)
    ]


def _strangers(data: dict[str, Any]) -> list[Fault]:
    """Bases that tests name and that are not there."""
    bases = data.get("bases")
    known = list(bases) if isinstance(bases, dict) else []
    found = []
    for number, test in _tests(data):
        events = test.get("events")
        for index, event in enumerate(events if isinstance(events, list) else ()):
            name = event.get("base") if isinstance(event, dict) else None
            if isinstance(name, str) and name not in known:
                fault = f'there is no event "{name}" under bases'
                found.append(
                    Fault(("tests", number, "events", index, "base"), fault, did_you_mean(name, map(str, known)))
                )
    return found


def _gone(data: dict[str, Any], folder: str) -> list[Fault]:
    """Files of events that are not there."""
    found = []
    for number, test in _tests(data):
        events = test.get("events")
        for index, event in enumerate(events if isinstance(events, list) else ()):
            name = event.get("file") if isinstance(event, dict) else None
            if not isinstance(name, str) or "://" in name:
                continue
            path = os.path.join(folder, os.path.expanduser(name))
            if not os.path.exists(path) and not os.path.exists(path.rpartition("#")[0] or path):
                fault = f'there is no file of events "{name}"'
                found.append(
                    Fault(("tests", number, "events", index, "file"), fault, "it counts from the test file's folder")
                )
    return found


def _twice(data: dict[str, Any]) -> list[Fault]:
    """Names that two tests have: -k and reports know a test by its name."""
    seen: set[str] = set()
    found = []
    for number, test in _tests(data):
        name = test.get("name")
        if isinstance(name, str):
            if name in seen:
                found.append(
                    Fault(("tests", number, "name"), f'another test is named "{name}"', "say what is different")
                )
            seen.add(name)
    return found
