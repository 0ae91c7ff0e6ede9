"""The option --config, and the configuration that a command goes by."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from engine.cli._report import colored, say
from engine.errors import ConfigError, UsageError
from engine.terminal import Paint, visible

if TYPE_CHECKING:
    from engine.config import Config

__all__ = ["configuration", "configured", "needed", "usable", "warn"]

PREFIX = "DETECT__"
"""Of variables that stand over the file; as in engine.config, which is not imported for nothing."""

Command = TypeVar("Command", bound=Callable[..., Any])


def configured(command: Command) -> Command:
    """Give a command the option --config."""
    help_text = "Configuration.  [default: that of DETECT_CONFIG, else ./detect.yml]"
    return click.option("--config", "-c", metavar="FILE", help=help_text)(command)


def configuration(given: str | None, *, look: bool = True) -> Config | None:
    """The configuration that is named, or that of DETECT_CONFIG; None where there is none.

    look  else ./detect.yml, or what DETECT__ variables say alone

    Raises ConfigError with every fault.
    """
    idle = [name for name in sorted(os.environ) if name.startswith(PREFIX)]
    if not given and not look and not os.environ.get("DETECT_CONFIG"):
        if idle:
            say([f"note: {visible(', '.join(idle))}: not heeded, as no configuration is; -c FILE names one"])
        return None
    from engine.config import load, located

    path = located(given, os.environ, look=look)
    if path is None and not idle:
        return None
    return load(path, os.environ)


def needed(given: str | None) -> Config:
    """The configuration of a command that has nothing to do without one. Raises ConfigError, UsageError."""
    found = configuration(given)
    if found is None:
        raise UsageError("there is no configuration", hint="detect init writes one; -c FILE names one")
    return found


def usable(found: Config) -> Config:
    """The same, when the files that it names are there and its templates can be used. Raises ConfigError.

    Whether secrets can be read shows when they are used.
    """
    from engine.config.check import careless, problems

    faults, warnings = problems(found, time.time_ns() // 1_000, secrets=False)
    if faults:
        raise ConfigError(tuple(faults))
    warn([*warnings, *careless(found)])
    return found


def warn(warnings: Iterable[str]) -> None:
    """Say on stderr what is no fault and yet is to be known."""
    paint = Paint(colored("auto", sys.stderr))
    say([f"{paint('WARNING', 'bold', 'yellow')}  {visible(each)}" for each in warnings])
