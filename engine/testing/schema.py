"""JSON Schema of test files, for editors."""

from __future__ import annotations

from typing import Any

from engine.options import schema_of_type
from engine.testing.settings import SuiteSettings

__all__ = ["schema"]


def schema() -> dict[str, Any]:
    """The schema of a whole file."""
    definitions: dict[str, Any] = {}
    schema_of_type(SuiteSettings, definitions)
    root = definitions.pop("SuiteSettings")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tests of rules",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }
