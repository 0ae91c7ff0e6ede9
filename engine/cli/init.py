"""detect init: write a start that works."""

from __future__ import annotations

import os

import click

from engine.cli._report import say
from engine.cli._sink import sink
from engine.cli._state import now
from engine.terminal import visible

__all__ = ["command"]


@click.command(short_help="Write a configuration, a rule and a sample to start from.")
@click.argument("folder", default=".", required=False)
def command(folder: str) -> None:
    """Write detect.yml, a rule, logs in which it finds something, and a .gitignore into FOLDER (default: here).

    What is there already is not overwritten.
    """
    from engine.config.start import begin

    with sink(None) as stream:
        for path, what in begin(os.path.normpath(folder), now()):
            stream.write(f"{visible(path)}  {what}\n".encode())
    there = "" if folder == "." else f"cd {visible(folder)} && "
    say([f"now: {there}detect run -c detect.yml, then look into alerts.ndjson"])
