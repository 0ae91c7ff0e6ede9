"""The configuration: one file `detect.yml`, environment variables over it, and every fault at once with its place.

located(...)   which file counts
load(...)      read it: a `Config`, or ConfigError
problems(...)  what only shows outside of it: files that are not there, secrets that cannot be read
shown(...)     what counts in the end, and where each value is from
schema()       JSON Schema, for editors
"""

from __future__ import annotations

from engine.config.environment import PREFIX, overrides
from engine.config.load import NAME, Config, load, located
from engine.config.settings import Settings

__all__ = ["NAME", "PREFIX", "Config", "Settings", "load", "located", "overrides"]
