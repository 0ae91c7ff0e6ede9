"""Docstrings say what options are, to people and to editors."""

from __future__ import annotations

from typing import Annotated

import msgspec

from engine.model import Level
from engine.options import Duration, FilePath, described, fields_of, schema
from engine.secret import Secret


class Above(msgspec.Struct, frozen=True, kw_only=True):
    """What all have.

    wait  how long
    """

    wait: Duration = Duration.parse("1m")


class Below(Above, frozen=True, kw_only=True, rename={"sort": "class"}):
    """One thing. In two sentences,
    over two lines.

    More about it, which is: no option.

    to, cc    addresses, and what
              goes on here
    class  what it is

    Even more.
    """

    to: str
    cc: tuple[str, ...] = ()
    sort: Annotated[int, msgspec.Meta(ge=1)] | None = None
    level: Level = Level.high
    key: Secret | None = None
    file: FilePath | None = None


def test_a_docstring_is_taken_apart():
    said = described(Below)
    assert said.summary == "One thing. In two sentences, over two lines."
    assert said.text == "More about it, which is: no option.\n\nEven more."
    assert said.options == {
        "wait": "how long", "to": "addresses, and what goes on here", "cc": "addresses, and what goes on here",
        "class": "what it is",
    }  # fmt: skip


def test_what_must_be_said_comes_first_and_what_others_have_last():
    found = [(option.name, option.required, option.default) for option in fields_of(Below)]
    assert found == [
        ("to", True, None), ("cc", False, []), ("class", False, None), ("level", False, "high"), ("key", False, None),
        ("file", False, None), ("wait", False, "1m"),
    ]  # fmt: skip


def test_a_schema_says_types_bounds_defaults_and_descriptions():
    found = schema(Below)
    own = found["$defs"]["Below"]
    assert found["$ref"] == "#/$defs/Below"
    assert own["required"] == ["to"]
    assert own["additionalProperties"] is False
    assert own["properties"]["to"] == {"type": "string", "description": "addresses, and what goes on here"}
    assert own["properties"]["class"]["anyOf"] == [{"type": "integer", "minimum": 1}, {"type": "null"}]
    assert own["properties"]["level"] == {
        "anyOf": [{"enum": list(Level.__members__)}, {"type": "null"}],
        "default": "high",
    }
    assert own["properties"]["wait"]["default"] == "1m"
    assert own["properties"]["file"]["anyOf"][0] == {"type": "string", "format": "path"}
    assert own["properties"]["key"]["anyOf"][0] == {"$ref": "#/$defs/Secret"}
