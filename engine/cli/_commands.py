"""Words to calls: finds the command, runs it, and turns how it ended into an exit status."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import click

from engine.cli._report import complain
from engine.errors import DetectError
from engine.version import __version__

__all__ = ["run"]

_FOLDER = os.path.dirname(__file__)
_PACKAGE = __name__.rpartition(".")[0]

_EXAMPLES = """\b
Examples:
  detect run --source ./logs
  detect run --source ./logs --rules ./rules --level high+
  detect run --source ./logs --format ndjson -o hits.ndjson
  detect rules --tag 'attack.t1078*'

\b
Exit status:
  0  finished
  1  finished, and --fail-on was met
  2  wrong usage, or nothing could be run
  3  finished, but something was left out
"""


class Commands(click.Group):
    """Commands found by the names of the modules beside this one."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(found.name for found in pkgutil.iter_modules([_FOLDER]) if not found.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        found: click.Command = importlib.import_module(f"{_PACKAGE}.{cmd_name}").command
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the command that was probably meant, with any click 8."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], self.list_commands(ctx), 1)
            hint = f'did you mean "{near[0]}"?' if near else f"commands: {', '.join(self.list_commands(ctx))}"
            raise click.UsageError(f'no such command "{args[0]}"; {hint}', ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="detect", message="%(prog)s %(version)s")
def _detect() -> None:
    """Find in security logs what Sigma rules describe: AWS CloudTrail first, any log after that."""


def run(words: list[str]) -> int:
    """Run a command line and return the exit status; of what a user can cause, only Ctrl-C is raised."""
    try:
        status = _invoke(words)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except click.ClickException as error:
        error.show()
        return 2
    except DetectError as error:
        complain(error)
        return 2
    except BrokenPipeError:  # the reader has seen enough
        _forget_stdout()
        return 0
    except MemoryError:
        complain("out of memory; --workers 1 needs least of it")
        return 2
    except OSError as error:  # help or a version that could not be printed; a scan names its output itself
        _forget_stdout()
        complain(f"standard output: {error.strerror or error}")
        return 2


def _invoke(words: list[str]) -> int:
    """Run a command; not through click's own main, which gives status 1 where the reader of a pipe has seen enough."""
    if wanted := os.environ.get("_DETECT_COMPLETE"):
        from click.shell_completion import shell_complete

        return shell_complete(_detect, {}, "detect", "_DETECT_COMPLETE", wanted)
    try:
        with _detect.make_context("detect", words) as context:
            _detect.invoke(context)
    except click.exceptions.Exit as end:
        return end.exit_code
    return 0


def _forget_stdout() -> None:
    """What is still buffered must not raise again when the interpreter ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
