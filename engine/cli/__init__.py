"""The command `detect`: one file a command.

A module here without a leading underscore has a click command named `command`; it is imported when it is used, or when
the list of commands is shown. Exit status: 0 finished, 1 `--fail-on` was met, 2 wrong usage or nothing could be run,
3 finished but something was left out, 130 interrupted.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line (default: this process's) and return the exit status; prints, never raises for the user."""
    try:
        from engine.cli._commands import run  # not before: outside of this `try`, Ctrl-C is a traceback

        return run(sys.argv[1:] if args is None else list(args))
    except KeyboardInterrupt:
        with contextlib.suppress(OSError, ValueError, AttributeError):  # a stderr that is gone is no reason to stop
            sys.stderr.write("error: interrupted\n")
            sys.stderr.flush()
        return 130
