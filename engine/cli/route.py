"""detect route: where alerts go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from engine.cli._config import configured, needed
from engine.cli._sink import sink
from engine.cli._state import kept
from engine.errors import UsageError
from engine.terminal import visible

if TYPE_CHECKING:
    from engine.alert import Alert
    from engine.alerts.routes import Routed

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect route test level=high tag=attack.t1078 account=111122223333
  detect route test -c detect.yml 'title=Root does something' level=critical
  detect route test --alert 3f0c5e8a71
"""
_SOURCE = ("product", "service", "category")


@click.group(epilog=_EXAMPLES, short_help="Say where alerts go, and why.")
def command() -> None:
    """Say where alerts go, and why."""


@command.command("test")
@click.argument("words", nargs=-1, metavar="[NAME=VALUE]...")
@configured
@click.option("--alert", metavar="ID", help="An alert that a run has kept, instead of NAME=VALUE.")
@click.option("--state", metavar="FILE", help="With --alert: the state file.  [default: that of ./detect.yml]")
def _test(words: tuple[str, ...], config: str | None, alert: str | None, state: str | None) -> None:
    """Say where an alert would go, and why.

    NAME is level, rule, title, tag (repeatable), product, service, category, or a field.
    """
    from engine.alerts.compiled import tree_of
    from engine.alerts.routes import route

    if bool(words) == (alert is not None):
        raise UsageError("say which alert: NAME=VALUE, or --alert ID", hint="detect route test level=high")
    settings = needed(config).settings
    tree = tree_of(settings.routes)
    if alert is None:
        asked = _made(words)
    else:
        from engine.alerts.records import find

        with kept(state or settings.state) as store:
            asked = find(store, alert).alert
    with sink(None) as stream:
        for line in _lines(route(tree, asked)):
            stream.write(f"{visible(line)}\n".encode())


def _made(words: tuple[str, ...]) -> Alert:
    from engine.alert import Alert
    from engine.model import Level, LogSource, RuleHead

    said: dict[str, list[str]] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f'cannot read "{word}"', hint="write NAME=VALUE, for instance level=high")
        said.setdefault(name, []).append(value)
    tags = tuple(said.pop("tag", []))
    one = {name: values[0] for name, values in said.items() if name in ("level", "rule", "title", *_SOURCE)}
    level = one.get("level", "medium")
    if level not in Level.__members__:
        raise UsageError(f'"{level}" is no level', hint=f"one of {', '.join(Level.__members__)}")
    fields: dict[str, Any] = {
        name: values[0] if len(values) == 1 else values for name, values in said.items() if name not in one
    }
    source = LogSource(*(one.get(name) for name in _SOURCE))
    rule, title = one.get("rule", ""), one.get("title", one.get("rule", ""))
    head = RuleHead(rule, rule or None, title, Level[level], tags, "", source)
    return Alert("", head, "", title, Level[level], 0, 0, None, 1, None, (), fields, ())


def _lines(routed: Routed) -> Iterator[str]:
    """Each route that was looked at, and why it was or was not taken; then where the alert goes."""
    for step in routed.steps:
        if step.failed is not None:
            why = f"no, it wants {step.failed}"
        else:
            why = "yes" if step.chosen else "yes, and one below it"
        yield f"{'  ' * step.depth}{step.route}: {why}"
    for target in routed.targets:
        yield f"-> {', '.join(target.to) or 'nobody'} (route {target.name})"
    if not routed.targets:
        yield "-> nobody: no route takes it"
