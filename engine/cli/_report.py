"""What is said on stderr: errors, rejected rules, warnings, and how far a scan is."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import IO

from engine.errors import DetectError, Place, RuleError, rules_of
from engine.model import Summary
from engine.terminal import Paint, count, cut, visible

__all__ = ["MOST", "Progress", "colored", "complain", "left_out", "rejected", "say", "terminal_width"]

MOST = 20


def colored(choice: str, stream: IO[str] | None, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour what goes to a stream (None: a file): --color, NO_COLOR, FORCE_COLOR, TERM=dumb, a terminal."""
    if choice != "auto":
        return choice == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return environ.get("TERM") != "dumb" and stream is not None and stream.isatty()


def terminal_width(stream: IO[str] | None) -> int:
    """Columns: COLUMNS where set, else of the terminal, else 80."""
    with contextlib.suppress(ValueError):
        if (columns := int(os.environ.get("COLUMNS", ""))) > 0:
            return columns
    if stream is None or not stream.isatty():
        return 80
    with contextlib.suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or 80
    return shutil.get_terminal_size().columns


def say(lines: str | Iterable[str]) -> None:
    """Write lines to stderr as they are; a stderr that is gone is no reason to stop."""
    text = lines if isinstance(lines, str) else "".join(f"{line}\n" for line in lines)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(text.encode("utf-8", "backslashreplace").decode("utf-8"))
        sys.stderr.flush()


def complain(error: DetectError | str, color: bool | None = None) -> None:
    """Say an error: fault, place and hint, whatever characters they hold."""
    paint = Paint(colored("auto", sys.stderr) if color is None else color)
    first, *rest = str(error).split("\n")
    say([f"{paint('error:', 'bold', 'red')} {visible(first)}", *map(visible, rest)])


def rejected(
    errors: Sequence[RuleError], color: bool, *, quiet: bool = False, most: int = MOST, what: str = "cannot be used"
) -> None:
    """Say which rules cannot be used, all of them together; `what` is what is wrong with them."""
    if not errors:
        return
    paint = Paint(color)
    number = rules_of(errors)
    head = f"{count(number)} rule{'' if number == 1 else 's'} {what}"
    if quiet:
        say([f"{paint(head, 'bold', 'red')}; detect rules --rejected lists them"])
        return
    lines = [f"{paint(f'{head}:', 'bold', 'red')}"]
    for error in errors[:most]:
        first, *rest = str(error).split("\n")
        lines += [f"  {visible(first)}", *(f"  {paint(visible(line), 'dim')}" for line in rest)]
    if len(errors) > most:
        lines.append(f"  … and {count(len(errors) - most)} more: detect rules --rejected")
    say([*lines, ""])


def left_out(summary: Summary, color: bool, most: int = 0) -> None:
    """What nobody may miss where no summary is shown: one line each, and of problems at most so many places."""
    paint = Paint(color)
    if summary.problems_total:
        parts = f"{count(summary.problems_total)} part{'' if summary.problems_total == 1 else 's'}"
        say([f"{paint('WARNING', 'bold', 'yellow')}  {parts} of the logs could not be read"])
        named = summary.problems[:most]
        say([f"  {visible(f'{Place(ref, offset=offset)}: {fault}')}" for ref, offset, fault, _, _ in named])
        if named and summary.problems_total > len(named):
            say([f"  … and {count(summary.problems_total - len(named))} more"])
    say([f"{paint('WARNING', 'bold', 'yellow')}  {visible(warning)}" for warning in summary.warnings])
    if summary.interrupted:
        say([f"{paint('INTERRUPTED', 'bold', 'yellow')}  what was found until then is written"])


class Progress:
    """A bar on a terminal, drawn at most ten times a second and wiped by `clear`; silent when off."""

    def __init__(self, on: bool) -> None:
        self._on = on
        self._next = 0.0
        self._shown = False

    def __call__(self, done: int, total: int, events: int) -> None:
        """So many files of so many are read, with so many events."""
        now = time.monotonic()
        if not self._on or now < self._next:
            return
        self._next, self._shown = now + 0.1, True
        share = done / total if total else 0.0
        filled = int(share * 24)
        bar = "█" * filled + "░" * (24 - filled)
        line = f"  {bar} {share:4.0%}  {count(done)} of {count(total)} files, {count(events)} events"
        say(f"\r{cut(line, terminal_width(sys.stderr) - 1)}\x1b[K")

    def clear(self) -> None:
        """Take the bar away."""
        if self._shown:
            self._shown = False
            say("\r\x1b[K")
