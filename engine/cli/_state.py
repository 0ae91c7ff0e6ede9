"""The option --state, for commands that look into what runs have kept."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.cli._config import configuration
from engine.errors import Place, UsageError

if TYPE_CHECKING:
    from engine.alerts.matchers import Matcher
    from engine.stores import Store

__all__ = ["MATCHER", "kept", "named", "now", "stateful", "user"]

Command = TypeVar("Command", bound=Callable[..., Any])


def stateful(command: Command) -> Command:
    """Give a command the option --state."""
    default = "[default: that of ./detect.yml, else the user's own]"
    help_text = f"State file of the runs, or postgresql://USER@HOST/DATABASE.  {default}"
    return click.option("--state", metavar="FILE|URL", help=help_text)(command)


@contextmanager
def kept(path: str | None, *, new: bool = False) -> Iterator[Store]:
    """Open a state file; None: that of the configuration, of DETECT_CONFIG or ./detect.yml, else the user's own.

    Raises UsageError where there is none, unless it may be `new`; ConfigError where the configuration has a fault.
    """
    from engine.stores import is_server, open_store

    path = named(path)
    if not new and not is_server(path) and not os.path.exists(path):
        hint = "detect run that notifies keeps one; --state names another"
        raise UsageError("there is no state file yet", Place(path), hint)
    with open_store(path) as store:
        yield store


def named(path: str | None) -> str:
    """The state file that is meant, as `kept` has it, whether it is there or not."""
    if path is None:
        config = configuration(None)
        path = config.settings.state if config else None
    if path is not None:
        return os.path.expanduser(path)
    from engine.runners.home import state_file

    return state_file()


def user() -> str:
    """Who types this."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"


def now() -> int:
    """The clock, in microseconds."""
    import time

    return time.time_ns() // 1_000


if TYPE_CHECKING:
    _Word = click.ParamType[Any]
else:
    _Word = click.ParamType  # generic in newer click only


class _MatcherType(_Word):
    """A condition on a label: level=high+, rule=~"aws.*"."""

    name = "matcher"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Matcher:
        from engine.alerts.matchers import matcher

        try:
            return matcher(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


MATCHER = _MatcherType()
