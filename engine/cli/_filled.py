"""What a configuration says in place of options that the command line does not."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from engine.config import Config, Settings

__all__ = ["filled"]

_VALUES: Mapping[str, Callable[[Settings], Any]] = {
    "filters": lambda said: said.filters,
    "level": lambda said: said.select.level,
    "status": lambda said: said.select.status,
    "tag": lambda said: said.select.tags,
    "rule": lambda said: said.select.rules,
    "exclude": lambda said: said.select.exclude,
    "pipeline": lambda said: said.pipelines,
    "fields": lambda said: said.fields,
    "variables": lambda said: said.variables,
    "format_in": lambda said: said.reading.format,
    "logsource": lambda said: said.reading.logsource.said if said.reading.logsource else None,
    "all_logsources": lambda said: said.reading.all_logsources,
    "time_field": lambda said: said.reading.time_field,
    "year": lambda said: said.reading.year,
    "max_bytes": lambda said: int(said.limits.max_bytes),
    "workers": lambda said: said.limits.workers,
    "max_groups": lambda said: said.limits.groups,
    "max_hits": lambda said: said.limits.hits,
    "in_memory": lambda said: said.limits.in_memory,
    "state": lambda said: said.state,
    "lateness": lambda said: int(said.lateness),
}
"""Option of the command line -> what the settings say of it."""


def filled(ctx: click.Context, given: Mapping[str, Any], config: Config) -> dict[str, Any]:
    """The options, those that nobody typed as the configuration has them.

    What is typed takes the place of all that the configuration says of it; lists are not joined.
    """
    made = dict(given)
    values = {**{name: read(config.settings) for name, read in _VALUES.items()}, "rules": _rules(config)}
    for name, value in values.items():
        typed = ctx.get_parameter_source(name) not in (None, click.core.ParameterSource.DEFAULT)
        if name in made and not typed:
            made[name] = value
    return made


def _rules(config: Config) -> tuple[str, ...]:
    """The rules that are named, else those of the folder beside the file; none: those that come with the package."""
    beside = os.path.join(config.folder, "rules")
    return config.settings.rules or ((beside,) if os.path.isdir(beside) else ())
