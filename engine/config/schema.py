"""JSON Schema of detect.yml, with the options of every notifier there is."""

from __future__ import annotations

from typing import Any

from engine.config.settings import Settings
from engine.notifiers import names, notifier
from engine.options import described, schema_of_type

__all__ = ["schema"]


def schema() -> dict[str, Any]:
    """The schema for editors. A notifier whose library is missing is left open."""
    definitions: dict[str, Any] = {}
    schema_of_type(Settings, definitions)
    root = definitions.pop("Settings")
    kinds = list(names())
    root["properties"]["notifiers"] = {
        "type": ["object", "null"],
        "description": described(Settings).options["notifiers"],
        "additionalProperties": {
            "type": "object",
            "properties": {"type": {"enum": kinds}},
            "required": ["type"],
            "allOf": [_when(kind, definitions) for kind in kinds],
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "detect.yml",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _when(kind: str, definitions: dict[str, Any]) -> dict[str, Any]:
    """What holds for one type of notifier."""
    chosen = {"properties": {"type": {"const": kind}}, "required": ["type"]}
    try:
        options = notifier(kind)
    except Exception:  # noqa: BLE001 -- one of others may need what is not installed
        return {"if": chosen, "then": {}}
    reference = schema_of_type(options, definitions)
    name = reference["$ref"].rpartition("/")[2]
    own = definitions[name]
    about = described(options)
    own["description"] = about.summary
    own["properties"] = {"type": {"const": kind}, **own["properties"]}
    return {"if": chosen, "then": reference}
