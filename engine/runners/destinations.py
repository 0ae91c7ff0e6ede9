"""From the notifiers that are configured to what the outbox sends to: templates, links and limits put to each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from engine.alert import Message, Outcome
from engine.alerts.outbox import Limits
from engine.alerts.sender import Destination
from engine.alerts.templates import Source, TemplateFault, Templates, render
from engine.errors import Place
from engine.links import links_of
from engine.notifiers import NotifierOptions, default_template

__all__ = ["Wanted", "destinations", "ready", "templates"]


class Wanted(NamedTuple):
    """One notifier of a configuration.

    name     by which routes call it
    kind     name of its module
    options  an instance of the module's `Notifier`
    place    where it stands
    """

    name: str
    kind: str
    options: NotifierOptions
    place: Place


def destinations(
    wanted: Mapping[str, Wanted], folder: Path | None, say: Callable[[str, TemplateFault], None]
) -> dict[str, Destination]:
    """Somebody to send to for each notifier.

    folder  of the user's templates
    say     is told, with the name of the notifier, of a template that failed and gave way to another one
    """
    return {name: _destination(one, templates(one, folder), say) for name, one in wanted.items()}


def templates(wanted: Wanted, folder: Path | None) -> Templates:
    """The templates of one notifier; `check()` says what is wrong with those of the user.

    For a part, in this order: what its options say, NAME/PART.j2, KIND/PART.j2 and PART.j2 in the folder, and what
    comes with the notifier. Raises TemplateFault for a file that cannot be read.
    """
    parts = wanted.options.parts
    return Templates(parts, {part: tuple(_sources(wanted, part, folder)) for part in parts}, folder)


def ready(wanted: Wanted, made: Templates, message: Message, say: Callable[[TemplateFault], None]) -> Message:
    """The message as the notifier gets it: with its texts and links."""
    return render(made, message._replace(links=links_of(message.alerts)), say)


def _destination(wanted: Wanted, made: Templates, say: Callable[[str, TemplateFault], None]) -> Destination:
    def send(message: Message) -> Outcome:
        return wanted.options.send(ready(wanted, made, message, lambda fault: say(wanted.name, fault)))

    limits = Limits(tuple((rate.calls, round(rate.seconds * 1_000_000)) for rate in wanted.options.rates))
    return Destination(wanted.name, send, limits)


def _sources(wanted: Wanted, part: str, folder: Path | None) -> Iterator[Source]:
    if part in wanted.options.templates:
        yield Source(wanted.options.templates[part], wanted.place, inline=True)
    if folder is not None:
        for path in (folder / wanted.name / f"{part}.j2", folder / wanted.kind / f"{part}.j2", folder / f"{part}.j2"):
            if path.is_file():
                yield Source(_read(path), Place(str(path)))
    default = default_template(wanted.kind, part)
    if default is not None and not wanted.options.parts[part].optional:
        yield Source(_read(default), Place(str(default)), own=False)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise TemplateFault(f"the template cannot be read: {said}", Place(str(path))) from None
