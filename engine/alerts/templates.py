"""Templates of messages: found, checked when they are loaded, and rendered so that a message always goes out.

A part of a message has a template of the user's, of its notifier, or of all notifiers, in this order. What is too long
for its destination is rendered again with shorter values, fewer fields and fewer alerts, and says what it left out;
only what is too long even then is cut. A template that fails gives way to the next one, and what failed is said.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from jinja2 import BaseLoader, TemplateError, TemplateNotFound, TemplateSyntaxError

from engine.alert import Message
from engine.alerts.budget import LONGEST, LONGEST_SOURCE, Budget, Exceeded
from engine.alerts.filters import filters
from engine.alerts.samples import samples
from engine.alerts.sandbox import Sandbox
from engine.alerts.shrink import SIZES, Size, shrunk
from engine.destination import Part, size
from engine.dialects import DIALECTS, cut
from engine.errors import DetectError, Place

__all__ = ["Source", "TemplateFault", "Templates", "render"]


class Source(NamedTuple):
    """A template as it is written.

    place  its file; of one that stands in a configuration, where it begins there
    own    the user's: what it gives is checked when it is loaded, and it gives way when it fails
    inline it stands in another file, whose lines are not its own
    """

    text: str
    place: Place
    own: bool = True
    inline: bool = False


class TemplateFault(DetectError):
    """What is wrong in a template; `exceeded`: it takes too much time or memory."""

    def __init__(self, fault: str, place: Place | None = None, hint: str | None = None, exceeded: bool = False) -> None:
        super().__init__(fault, place, hint)
        self.exceeded = exceeded

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.fault, self.place, self.hint, self.exceeded)


class _Failed(Exception):
    """A template that cannot be used, with where and why."""

    def __init__(self, fault: TemplateFault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Templates:
    """The templates of one destination. One thread renders at a time.

    parts    what the notifier declares
    sources  part -> its templates in the order in which they are tried
    folder   where templates find what they include or import
    """

    def __init__(
        self, parts: Mapping[str, Part], sources: Mapping[str, tuple[Source, ...]], folder: Path | None = None
    ) -> None:
        self.parts = dict(parts)
        self._sources = {name: tuple(sources.get(name, ())) for name in parts}
        self._folder = folder
        self._now = 0
        self._rooms: dict[tuple[str, int, bool], Sandbox] = {}

    def check(self) -> list[TemplateFault]:
        """What is wrong with the user's templates, each with its place: they are compiled, and rendered for samples."""
        faults: list[TemplateFault] = []
        for name, part in self.parts.items():
            for at, source in enumerate(self._sources[name]):
                if not source.own:
                    continue
                try:
                    for message in samples():
                        self._rendered(name, part, at, message, SIZES[0], strict=True)
                except _Failed as failed:
                    faults.append(failed.fault)
        return faults

    def render(self, message: Message, say: Callable[[TemplateFault], None] | None = None) -> dict[str, str]:
        """The parts of a message, each within its limit. Never raises; what failed on the way is told to `say`."""
        made: dict[str, str] = {}
        for name, part in self.parts.items():
            for at in range(len(self._sources[name])):
                try:
                    made[name] = self._fitting(name, part, at, message)
                    break
                except _Failed as failed:
                    if say:
                        say(failed.fault)
            else:
                if not part.optional:
                    made[name] = _bare(part, message)
        return made

    def _fitting(self, name: str, part: Part, at: int, message: Message) -> str:
        """The part within its limit, as much of it as there is room for."""
        text = ""
        failed: _Failed | None = None
        for room in SIZES:
            try:
                text = self._rendered(name, part, at, message, room, strict=False)
                failed = None
            except _Failed as error:  # a template that takes too many steps for fifty alerts may do for five
                failed = error
                if not error.fault.exceeded:
                    raise
                continue
            if not part.longest or size(text, part.unit) <= part.longest:
                return text
        if failed is not None:
            raise failed
        if part.dialect == "json":
            source = self._sources[name][at]
            fault = f"it gives more than the {part.longest:,} {part.unit} that the destination takes"
            raise _Failed(TemplateFault(fault, source.place))
        return cut(text, part.longest, part.unit, DIALECTS[part.dialect])

    def _rendered(self, name: str, part: Part, at: int, message: Message, room: Size, *, strict: bool) -> str:
        sandbox = self._sandbox(name, part, at, strict)
        source = self._sources[name][at]
        self._now = message.time
        sandbox.budget = Budget()
        try:
            pieces = sandbox.get_template(name).generate(shrunk(message, room))
            text = _joined(pieces)
        except Exception as error:  # noqa: BLE001 -- a template raises whatever its operators raise
            raise _Failed(_fault(error, source, self._folder)) from None
        text = text.strip()
        if not DIALECTS[part.dialect].lines:
            text = " ".join(text.split())
        if part.dialect == "json" and not _is_json(text):
            raise _Failed(TemplateFault("it gives no JSON", source.place, "write values as {{ value | tojson }}"))
        return text

    def _sandbox(self, name: str, part: Part, at: int, strict: bool) -> Sandbox:
        key = (name, at, strict)
        if key not in self._rooms:
            dialect = DIALECTS[part.dialect]
            loader = _Loader(name, self._sources[name][at], self._folder)
            self._rooms[key] = made = Sandbox(loader, dialect.escape, strict)
            made.add(filters(dialect, lambda: made.budget, lambda: self._now))
        return self._rooms[key]


def render(templates: Templates, message: Message, say: Callable[[TemplateFault], None] | None = None) -> Message:
    """The message with its parts. Never raises; what failed on the way is told to `say`."""
    return message._replace(parts=templates.render(message, say))


class _Loader(BaseLoader):
    """Gives the template of a part under its name, and what it includes or imports from the user's folder alone."""

    def __init__(self, part: str, source: Source, folder: Path | None) -> None:
        self._part = part
        self._source = source
        self._folder = folder

    def get_source(self, environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:
        if template == self._part:
            return self._source.text, _named(self._source), lambda: True
        if self._folder is None or not self._source.own:
            raise TemplateNotFound(template)
        path = self._folder / template
        try:
            inside = path.resolve().is_relative_to(self._folder.resolve())
            if not inside or path.stat().st_size > 4 * LONGEST_SOURCE:
                raise TemplateNotFound(template)
            return path.read_text("utf-8"), str(path), lambda: True
        except (OSError, ValueError):
            raise TemplateNotFound(template) from None


def _named(source: Source) -> str:
    """By what frames of a traceback show that they are of this template."""
    return f"<template {source.place}>" if source.inline else str(source.place.path)


def _joined(pieces: Iterator[str]) -> str:
    made, length = [], 0
    for piece in pieces:
        length += len(piece)
        if length > 4 * LONGEST:
            raise Exceeded(f"the template gives more than {4 * LONGEST:,} characters")
        made.append(piece)
    return "".join(made)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return False
    return True


def _fault(error: Exception, source: Source, folder: Path | None) -> TemplateFault:
    """What went wrong in a template, by its file and line; of one within another file, the line counts from its own."""
    name, line = _named(source), None
    if isinstance(error, TemplateSyntaxError):
        name, line = error.filename or name, error.lineno
        said = error.message or "it cannot be read"
    elif isinstance(error, RecursionError):
        said = "it calls or includes itself without end"
    elif isinstance(error, TemplateNotFound):
        where = f" in {folder}" if folder else ": there is no folder of templates"
        said = f'there is no template "{error.name}"{where}'
    else:
        said = str(error) if isinstance(error, (TemplateError, Exceeded)) else f"{type(error).__name__}: {error}"
    if line is None:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == name or (folder and frame.filename.startswith(str(folder))):
                name, line = frame.filename, frame.lineno
    if name != _named(source):
        place = Place(name, line)
    elif source.inline:
        place, said = source.place, f"line {line} of the template: {said}" if line else said
    else:
        place = Place(source.place.path, line)
    return TemplateFault(said, place, exceeded=isinstance(error, Exceeded))


def _bare(part: Part, message: Message) -> str:
    """What is sent when no template can be used: the level and the title of the worst alert."""
    dialect = DIALECTS[part.dialect]
    title = message.alerts[0].title if message.alerts else "no alert"
    text = dialect.escape(f"[{message.level.name}] {title}")
    if part.dialect == "json":
        text = f'{{"text": "{text}"}}'
    return cut(text, part.longest, part.unit, dialect)
