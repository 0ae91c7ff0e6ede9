"""pytest collects x.test.yml beside x.yml: one item a test, whose failures point at the line of the YAML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from engine.testing.read import Suite
    from engine.testing.run import Bench, Wrong

__all__ = ["fired", "pytest_addoption", "pytest_collect_file"]

Fired = Callable[..., list[str]]
"""Rules, events as dicts, and what else `engine.scan` takes by name -> titles."""

_BENCH = pytest.StashKey["Bench"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options that `detect test` has too."""
    group = parser.getgroup("detect", "unit tests of detection rules")
    for name, what in (
        ("rules", "where rules find those that they refer to"),
        ("pipeline", "processing pipeline"),
        ("fields", "derived fields"),
        ("variables", "values of placeholders"),
    ):
        group.addoption(f"--detect-{name}", action="append", default=[], metavar="PATH", help=f"{what}; repeatable")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A file of tests, by its name; nothing else is looked at, and nothing heavy imported."""
    if file_path.name.endswith((".test.yml", ".test.yaml")):
        found: pytest.Collector = RuleTests.from_parent(parent, path=file_path)
        return found
    return None


@pytest.fixture
def fired() -> Fired:
    """A function for tests in Python: the titles of the rules that fire on some events, in order of time."""
    from engine.door import scan

    def titles(rules: Any, *events: Mapping[str, Any], **more: Any) -> list[str]:
        found = scan(events, rules, **more)
        return [one.rule.title for one in sorted(found, key=lambda one: (one.time or 0, one.positions))]

    return titles


class RuleTests(pytest.File):
    """A file of tests."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item a test."""
        from engine.errors import DetectError
        from engine.testing.read import load_suite

        try:
            file = load_suite(str(self.path))
        except DetectError as error:
            raise self.CollectError(str(error)) from None
        for number, case in enumerate(file.said.tests):
            yield RuleTest.from_parent(self, name=case.name, file=file, number=number)


class RuleTest(pytest.Item):
    """One test."""

    def __init__(self, *, file: Suite, number: int, **more: Any) -> None:
        super().__init__(**more)
        self.file = file
        self.number = number

    def runtest(self) -> None:
        """Run it. Raises Failed, with what is otherwise than expected."""
        case, line = self.file.said.tests[self.number], self.file.lines[self.number]
        outcome = _bench(self.config).one(self.file, case, line)
        if outcome.wrong:
            raise Failed(outcome.wrong)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is shown of a failure: its place, what and why."""
        from engine.errors import DetectError

        place = f"{self.file.path}:{self.file.lines[self.number]}"
        if isinstance(excinfo.value, Failed):
            return "\n".join([f"{place}: {self.name}", *excinfo.value.lines()])
        if isinstance(excinfo.value, DetectError):
            return f"{place}: {self.name}\n{excinfo.value}"
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands."""
        return self.path, self.file.lines[self.number] - 1, self.name


class Failed(AssertionError):
    """A test whose outcome is otherwise than expected."""

    def __init__(self, wrong: tuple[Wrong, ...]) -> None:
        super().__init__("; ".join(one.what for one in wrong))
        self.wrong = wrong

    def lines(self) -> list[str]:
        """For people."""
        return [line for one in self.wrong for line in (f"  {one.what}", *(f"    {why}" for why in one.why))]


def _bench(config: pytest.Config) -> Bench:
    """One for the whole run: rules are loaded once."""
    if _BENCH not in config.stash:
        from engine.testing.run import Bench

        given = {name: config.getoption(f"detect_{name}") for name in ("rules", "pipeline", "fields", "variables")}
        config.stash[_BENCH] = Bench(given["rules"], given["pipeline"], given["fields"], given["variables"])
    return config.stash[_BENCH]
