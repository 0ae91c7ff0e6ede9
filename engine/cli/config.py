"""detect config: check a configuration, and say what it comes to."""

from __future__ import annotations

import click

from engine.cli._config import configured, needed, warn
from engine.cli._sink import sink
from engine.cli._state import now
from engine.errors import ConfigError, UsageError
from engine.terminal import visible

__all__ = ["command"]

_EXAMPLES = """\b
Examples:
  detect config check
  detect config show -c detect.yml
  detect config options routes
  detect config schema > detect.schema.json
"""


@click.group(epilog=_EXAMPLES, short_help="Check a configuration, and say what it comes to.")
def command() -> None:
    """Check detect.yml, and say what it comes to."""


@command.command("check")
@configured
@click.option("--no-secrets", is_flag=True, help="Do not look whether secrets can be read, for instance in CI.")
def _check(config: str | None, no_secrets: bool) -> None:
    """Say everything that is wrong with a configuration, each with its place. Status 2 if anything is."""
    from engine.config.check import problems

    found = needed(config)
    faults, warnings = problems(found, now(), secrets=not no_secrets)
    warn(warnings)
    if faults:
        raise ConfigError(tuple(faults))
    with sink(None) as stream:
        stream.write(f"{visible(found.path or 'the environment')}: good\n".encode())


@command.command("show")
@configured
@click.option("--format", "-f", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def _show(config: str | None, form: str) -> None:
    """Show every value that counts, and where it is from: the file, a variable, or the default.

    The text is YAML again. Of secrets it shows where they are.
    """
    from engine.config.show import as_json, as_text

    found = needed(config)
    with sink(None) as stream:
        stream.write((as_json if form == "json" else as_text)(found).encode())


@command.command("schema")
def _schema() -> None:
    """Print the JSON Schema of detect.yml, for editors, with the options of every notifier there is."""
    import json

    from engine.config.schema import schema

    with sink(None) as stream:
        stream.write(json.dumps(schema(), indent=2).encode() + b"\n")


@command.command("options")
@click.argument("section", required=False, default="")
def _options(section: str) -> None:
    """List every option there is, or those of a SECTION: limits, routes, notifiers, email."""
    from engine.config.reference import reference

    text = reference(section)
    if not text:
        raise UsageError(f'there is no section "{section}"', hint="detect config options lists them all")
    with sink(None) as stream:
        stream.write(text.encode())
