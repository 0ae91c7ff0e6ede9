"""Fuzz target: any text as a file of rules. Each rule is used or refused with its place; what is used can be run."""

from __future__ import annotations

from collections.abc import Iterator

from engine.load import requirements
from engine.match import Detector
from engine.model import Event, Ref
from engine.rules import Ruleset
from tests.fuzz.written import loaded, rule_texts

__all__ = ["WORDS", "check", "seeds"]

EVENT = Event(None, None, {"f": "a", "n": 7, "o": {"b": ["x", {"c": None}]}, "t": "2024-05-01T10:00:00Z"}, Ref("x", 1))
WORDS = (
    b'|contains', b'|startswith', b'|endswith', b'|all', b'|re', b'|re|i|m|s', b'|cidr', b'|base64', b'|base64offset',
    b'|wide', b'|utf16', b'|windash', b'|gt', b'|lte', b'|exists', b'|fieldref', b'|expand', b'|cased', b'|neq',
    b'|minute', b'|week', b'condition: ', b'1 of them', b'all of sel*', b' and not ', b' or (', b'detection:\n',
    b'logsource: ', b'title: ', b'---\n', b'&a ', b'*a', b'<<: *a', b'!!str ', b'!!int ', b'? ', b'- ', b'| \n',
    b'>\n', b'{', b'}', b'[', b']', b"'", b'"\\x00"', b'"\\ud800"', b'0x1f', b'.nan', b'.inf', b'1e999', b'null',
    b'~', b'action: global', b'action: repeat', b'correlation:', b'filter:', b'rules: any', b'language: jmespath',
    b'match: ', b'fields:', b'%a%', b'type: event_count', b'group-by:', b'timespan: 5m', b'gte: 2', b'level: high',
    b'id: ', b'#', b'\t', b'\r\n', b'\xff\xfe', b'\xef\xbb\xbf', b'variables:', b'selection: ',
)  # fmt: skip


def check(data: bytes) -> None:
    """Load the text; run what it gave; say the same of it once more."""
    ruleset = loaded(data)
    assert isinstance(ruleset, Ruleset)
    lines = len(data.decode("utf-8", "replace").splitlines()) + data.count(b"\n") + 1
    for error in ruleset.rejected:
        assert error.place is not None
        assert error.place.path == "fuzz.yml"
        assert error.place.line is None or 1 <= error.place.line <= lines, error.place
        assert error.fault.strip()
        str(error).encode("utf-8", "backslashreplace")
    for rule in ruleset.rules:
        requirements(rule)
        assert rule.key
    if ruleset.rules:
        list(Detector(ruleset, all_logsources=True).detect([EVENT]))
        assert loaded(data).rules == ruleset.rules, "loaded twice, it is another"


def seeds() -> Iterator[bytes]:
    """Rules that use everything there is to use."""
    yield from (text.encode() for text in rule_texts())
    yield b"- 1\n- [a, b]\n"
    yield b"a: &a [x]\nb: [*a, *a]\nc: {<<: {d: 1}}\n"
