"""YAML -> Ruleset: the only part that knows YAML, Sigma's syntax and pySigma.

Importing this imports neither PyYAML nor pySigma; both wait until rules have to be built.
"""

from __future__ import annotations

from engine.load.choose import Needs, called, requirements, select
from engine.load.ruleset import load, load_text

__all__ = ["Needs", "called", "load", "load_text", "requirements", "select"]
