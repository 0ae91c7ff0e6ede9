"""JSON Schema (2020-12) of a Struct, for editors: what may be written, and what each option means."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import inspect

from engine.options.described import described, plain_default
from engine.options.read import info
from engine.options.words import Word, is_path

__all__ = ["schema", "schema_of_type"]


def schema(cls: type) -> dict[str, Any]:
    """The schema of a Struct, whole: what it refers to stands under `$defs`."""
    definitions: dict[str, Any] = {}
    own = schema_of_type(cls, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **own,
        **({"$defs": definitions} if definitions else {}),
    }


def schema_of_type(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a Struct or of what a field may be; Structs are put into `definitions` and referred to."""
    return _Maker(definitions).type(info(kind))


class _Maker:
    def __init__(self, definitions: dict[str, Any]) -> None:
        self.definitions = definitions

    def type(self, type: inspect.Type) -> dict[str, Any]:
        if isinstance(type, inspect.Metadata):
            more = {"format": "path"} if is_path(type.extra) else type.extra_json_schema or {}
            return self.type(type.type) | more
        if isinstance(type, inspect.UnionType):
            return self.union(type)
        if isinstance(type, inspect.StructType):
            return self.struct(type)
        if isinstance(type, inspect.DictType):
            return {"type": "object", "additionalProperties": self.type(type.value_type)}
        if isinstance(type, (inspect.VarTupleType, inspect.ListType)):
            return {"type": "array", "items": self.type(type.item_type)}
        if isinstance(type, (inspect.SetType, inspect.FrozenSetType)):
            return {"type": "array", "items": self.type(type.item_type), "uniqueItems": True}
        return _scalar(type)

    def union(self, type: inspect.UnionType) -> dict[str, Any]:
        """One of several; null, which says nothing, is left out."""
        parts = [self.type(one) for one in type.types if not isinstance(one, inspect.NoneType)]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}

    def struct(self, type: inspect.StructType) -> dict[str, Any]:
        name = _name(type.cls)
        if name not in self.definitions:
            self.definitions[name] = {}  # it may refer to itself
            said = described(type.cls)
            self.definitions[name] = {
                "type": "object",
                "description": said.summary,
                "properties": {
                    field.encode_name: self.field(field, said.options.get(field.encode_name)) for field in type.fields
                },
                "additionalProperties": False,
            }
            if required := [field.encode_name for field in type.fields if field.required]:
                self.definitions[name]["required"] = required
        return {"$ref": f"#/$defs/{name}"}

    def field(self, field: inspect.Field, description: str | None) -> dict[str, Any]:
        found = self.type(field.type)
        if not field.required:
            default = plain_default(field)
            found = {"anyOf": [found, {"type": "null"}]}
            if default is not None and not isinstance(default, dict):
                found["default"] = default
        return found | ({"description": description} if description else {})


def _scalar(type: inspect.Type) -> dict[str, Any]:
    if isinstance(type, inspect.BoolType):
        return {"type": "boolean"}
    if isinstance(type, inspect.IntType):
        return {"type": "integer"} | _bounds(type)
    if isinstance(type, inspect.FloatType):
        return {"type": "number"} | _bounds(type)
    if isinstance(type, inspect.LiteralType):
        return {"enum": list(type.values)}
    if isinstance(type, inspect.EnumType):
        return {"enum": list(type.cls.__members__)}
    if isinstance(type, inspect.CustomType) and isinstance(type.cls, Word):
        return {"type": "string", "pattern": type.cls.pattern, "examples": [type.cls.example]}
    if isinstance(type, inspect.StrType):
        given = {"minLength": type.min_length, "maxLength": type.max_length, "pattern": type.pattern}
        return {"type": "string"} | {name: value for name, value in given.items() if value is not None}
    return {}


def _bounds(type: inspect.IntType | inspect.FloatType) -> dict[str, Any]:
    given = {
        "minimum": type.ge, "exclusiveMinimum": type.gt, "maximum": type.le, "exclusiveMaximum": type.lt,
    }  # fmt: skip
    return {name: value for name, value in given.items() if value is not None}


def _name(cls: type) -> str:
    """A name for a class that is no other's: notifiers all call theirs `Notifier`."""
    if issubclass(cls, msgspec.Struct) and cls.__name__ in ("Notifier", "Options"):
        return f"{cls.__module__.rpartition('.')[2]}-{cls.__name__.lower()}"
    return cls.__name__
