"""Options: plain data becomes frozen Structs, with all faults at once, each with its place.

A Struct of `msgspec` says what may be said: its fields are the options, its docstring describes them, its
`__post_init__` raises ValueError ("option: what is wrong") for what cannot be meant. `read` makes one of plain data,
`schema` says as JSON Schema what it takes, `described` and `fields_of` what its documentation shows.
"""

from __future__ import annotations

from engine.options.described import Described, Option, described, fields_of, plain, plain_default
from engine.options.faults import Fault, Key, Placing, Steps, did_you_mean, placed
from engine.options.read import Read, info, read
from engine.options.schema import schema, schema_of_type
from engine.options.words import Duration, FilePath, Length, LevelName, Size, is_path, word_of

__all__ = [
    "Described", "Duration", "Fault", "FilePath", "Key", "Length", "LevelName", "Option", "Placing", "Read", "Size",
    "Steps", "described", "did_you_mean", "fields_of", "info", "is_path", "placed", "plain", "plain_default", "read",
    "schema", "schema_of_type", "word_of",
]  # fmt: skip
