"""detect notify: try out notifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from engine.cli._config import configured, needed
from engine.cli._report import say
from engine.cli._sink import sink
from engine.cli._state import now
from engine.errors import ConfigError, UsageError
from engine.terminal import visible

if TYPE_CHECKING:
    from pathlib import Path

    from engine.alert import Action
    from engine.alerts.templates import TemplateFault
    from engine.runners.destinations import Wanted

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect notify list
  detect notify list webhook
  detect notify test
  detect notify test pager --resolve
  detect notify test pager --render-only

\b
Exit status:
  0  finished
  2  wrong usage, or a configuration that cannot be used
  3  a message was not delivered
"""


@click.group(epilog=_EXAMPLES, short_help="Try out the notifiers that a configuration names.")
def command() -> None:
    """Try out the notifiers that a configuration names, and say what there are."""


@command.command("test")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@configured
@click.option("--render-only", is_flag=True, help="Show what would be sent, of samples, and send nothing.")
@click.option("--resolve", is_flag=True, help="After the test message, send that it is over.")
@click.pass_context
def _test(ctx: click.Context, names: tuple[str, ...], config: str | None, render_only: bool, resolve: bool) -> None:
    """Send a message that says it is a test, by every notifier or those named."""
    wanted, folder = _wanted(names, config)
    with sink(None) as stream:

        def write(line: str) -> None:
            stream.write(f"{line}\n".encode())
            stream.flush()

        if render_only:
            for one in wanted:
                for line in _shown(one, folder):
                    write(line)
            return
        actions: tuple[Action, ...] = ("trigger", "resolve") if resolve else ("trigger",)
        fine = [_tried(one, folder, actions, write) for one in wanted]
    ctx.exit(0 if all(fine) else 3)


@command.command("list")
@click.argument("kind", required=False)
def _list(kind: str | None) -> None:
    """List the types of notifiers, or tell what one of them takes."""
    from engine.notifiers import names, notifier

    with sink(None) as stream:
        lines = names() if kind is None else _page(notifier(kind))
        stream.write("".join(f"{visible(line)}\n" for line in lines).encode())


def _wanted(names: Sequence[str], given: str | None) -> tuple[list[Wanted], Path | None]:
    """The notifiers that are asked for, and the folder of the user's templates, in which there is no fault."""
    from engine.runners.destinations import templates

    config = needed(given)
    wanted = [_chosen(name, config.notifiers) for name in names or config.notifiers]
    if not wanted:
        raise UsageError(f"{config.path} names no notifiers", hint="notifiers: {NAME: {type: webhook, url: ...}}")
    folder = config.templates
    faults = [fault for one in wanted for fault in templates(one, folder).check()]
    if faults:
        raise ConfigError(tuple(UsageError(each.fault, each.place, each.hint) for each in faults))
    return wanted, folder


def _chosen(name: str, known: dict[str, Wanted]) -> Wanted:
    from engine.options import did_you_mean

    if name not in known:
        raise UsageError(f'there is no notifier "{name}"', hint=did_you_mean(name, known))
    return known[name]


def _tried(wanted: Wanted, folder: Path | None, actions: Sequence[Action], write: Callable[[str], None]) -> bool:
    """Send to one; whether all of it was delivered."""
    from engine.alert import Delivered, Retry
    from engine.alerts.samples import trial
    from engine.runners.destinations import destinations

    send = destinations({wanted.name: wanted}, folder, _complain)[wanted.name].send
    at = now()
    handle: str | None = None
    for number, action in enumerate(actions):
        if action not in wanted.options.actions:
            write(visible(f"{wanted.name} ({wanted.kind}): {action} is nothing that it tells"))
            continue
        outcome = send(trial(at, wanted.name, action)._replace(sequence=number, handle=handle))
        if not isinstance(outcome, Delivered):
            again = "; a run would try again" if isinstance(outcome, Retry) else ""
            write(visible(f"{wanted.name} ({wanted.kind}): {action} was not delivered{again}: {outcome.reason}"))
            return False
        handle = outcome.handle or handle
        write(visible(f"{wanted.name} ({wanted.kind}): {action} was delivered"))
    return True


def _shown(wanted: Wanted, folder: Path | None) -> Iterator[str]:
    """The parts as the destination would get them, for each of the samples; safe for a terminal."""
    from engine.alerts.samples import samples
    from engine.runners.destinations import ready, templates

    made = templates(wanted, folder)
    for message in samples():
        if message.action not in wanted.options.actions:
            continue
        yield f"== {visible(wanted.name)} ({wanted.kind}), {message.action} =="
        rendered = ready(wanted, made, message, lambda fault: _complain(wanted.name, fault))
        if not rendered.parts:
            yield "the whole message as JSON; it has no templates"
        for name, text in rendered.parts.items():
            yield f"-- {name}"
            yield from map(visible, text.split("\n"))


def _page(found: type) -> Iterator[str]:
    """The page of help of a type: what it does, then its options."""
    from engine.options import described, fields_of

    about = described(found)
    yield about.summary
    if about.text:
        yield from ("", *about.text.splitlines())
    yield ""
    options = list(fields_of(found))
    width = max(len(one.name) for one in options)
    for one in options:
        default = "required" if one.required else "" if one.default in (None, (), [], {}, "") else f"{one.default}"
        yield f"  {one.name.ljust(width)}  {one.description}" + (f"  [{default}]" if default else "")


def _complain(name: str, fault: TemplateFault) -> None:
    say([f"note: {visible(name)}: {fault}"])
