"""Outputs: how detections and the summary of a run are written, one module a format, found by its name.

A module here without a leading underscore has a class `Output`:

    extension           usual ending of a file of this format, without the dot
    person              it is read by people: takes colour, a width and a time zone, and holds the summary as text
    lines               what was written is complete as it stands, whatever comes of the run; may be left out: it is not
    Output(stream, **options)   options: color, tz, width, summary, problems; ignored where they mean nothing
    row(detection)      static and pure; runs in the worker: reduces a detection to what `write` needs, picklable
    start()             before the first row
    write(row)          in order of file and position
    tell(correlation, episode, new)
                        what a correlation says, after all rows, in order of time; `new` is false for an episode that
                        an earlier run has told of. May be left out: then it is written like a detection
    close(summary)      after the last row; the stream stays open

Others add a format by an entry point in the group "detect.outputs" that names such a module.
"""

from __future__ import annotations

import importlib
import pkgutil
from datetime import tzinfo
from types import ModuleType
from typing import Any, BinaryIO, Protocol

from engine.errors import UsageError
from engine.hit import Episode
from engine.model import Detection, RuleHead, Summary

__all__ = ["Output", "known", "names", "output", "summary_text", "tell"]


class Output(Protocol):
    """What every format's class offers."""

    extension: str
    person: bool

    def __init__(
        self,
        stream: BinaryIO,
        *,
        color: bool = False,
        tz: tzinfo | None = None,
        width: int = 80,
        summary: bool = True,
        problems: int = 10,
    ) -> None: ...

    @staticmethod
    def row(detection: Detection) -> Any: ...

    def start(self) -> None: ...

    def write(self, row: Any) -> None: ...

    def close(self, summary: Summary) -> None: ...


def tell(output: Output, correlation: RuleHead, episode: Episode, new: bool) -> None:
    """Write what a correlation says, by any output: one that knows nothing of episodes gets a detection."""
    if hasattr(output, "tell"):
        output.tell(correlation, episode, new)
    else:
        from engine.outputs._episodes import detection_of

        output.write(output.row(detection_of(correlation, episode)))


def names() -> tuple[str, ...]:
    """The formats that come with the package, sorted; imports none of them."""
    return tuple(sorted(found.name for found in pkgutil.iter_modules(__path__) if not found.name.startswith("_")))


def known(name: str) -> bool:
    """Whether there is a format of this name, ours or another package's."""
    return name in names() or bool(_foreign(name))


def output(name: str) -> type[Output]:
    """The class of a format, imported now.

    Raises UsageError for a name that nobody offers.
    """
    module = importlib.import_module(f"{__name__}.{name}") if name in names() else _foreign(name)
    if module is None:
        raise UsageError(f'unknown format "{name}"', hint=f"one of {', '.join(names())}")
    found: type[Output] = module.Output
    return found


def _foreign(name: str) -> ModuleType | None:
    """The module that another package offers under this name."""
    from importlib.metadata import entry_points  # 30 ms that no format of our own should cost

    for point in entry_points(group="detect.outputs", name=name):
        module: ModuleType = point.load()
        return module
    return None


def summary_text(
    summary: Summary, *, color: bool = False, tz: tzinfo | None = None, width: int = 80, problems: int = 10
) -> str:
    """The summary of a run for people; at most `problems` of what could not be read are named."""
    from engine.outputs._summary import text

    return text(summary, color=color, tz=tz, width=width, problems=problems)
