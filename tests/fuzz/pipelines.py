"""Fuzz target: any text as a processing pipeline. It is refused whole, or the rules are used or refused one by one.

A pipeline is data: whatever it says, no file is opened for it and no command run.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.errors import UsageError
from engine.match import Detector
from engine.model import Event, Ref
from tests.fuzz.written import loaded

__all__ = ["WORDS", "check", "seeds"]

RULES = """\
title: one
logsource: {product: windows, category: process_creation}
detection:
  selection:
    CommandLine|contains|all: [' -a ', 'b*c']
    User|expand: 'x%admins%'
    Number: 4
    Text|re: 'a.*b'
  filter_main: {Image|endswith: ['\\\\cmd.exe', '\\\\sh.exe']}
  words: [alpha, beta]
  condition: (selection or words) and not 1 of filter_*
fields: [CommandLine, User]
---
title: two
logsource: {product: aws, service: cloudtrail}
detection: {selection: {eventName|cased: StopLogging, ip|cidr: 10.0.0.0/8, gone: null}, condition: selection}
"""
WORDS = (
    b"transformations:\n", b"- {type: ", b"field_name_mapping", b"mapping: {", b"field_name_prefix", b"prefix: ",
    b"add_condition", b"conditions: {", b"change_logsource", b"drop_detection_item", b"replace_string", b"regex: ",
    b"replacement: ", b"value_placeholders", b"wildcard_placeholders", b"query_expression_placeholders", b"map_string",
    b"set_state", b"set_field", b"add_field", b"remove_field", b"rule_failure", b"message: ", b"convert_type",
    b"target_type: str", b"case", b"method: lower", b"nest", b"items: [", b"hashes_fields", b"rule_conditions:",
    b"detection_item_conditions:", b"field_name_conditions:", b"rule_cond_op: or", b"rule_cond_not: true",
    b"rule_cond_expr: ", b"type: logsource", b"product: windows", b"type: include_fields", b"fields: [CommandLine]",
    b"type: match_string", b"cond: any", b"pattern: ", b"type: processing_item_applied", b"id: a", b"vars:\n",
    b"priority: 10", b"template: true", b"include: [", b"file_placeholders", b"strict_field_mapping_failure", b"regex",
)  # fmt: skip
EVENT = Event(None, None, {"CommandLine": "x -a b1c", "User": "root", "eventName": "StopLogging"}, Ref("x", 1))


def check(data: bytes) -> None:
    """Load two rules with it, and run them."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        ruleset = loaded(RULES.encode(), [f"{text}\n"])
    except UsageError as error:
        assert str(error).strip()  # noqa: PT017
        return
    assert len(ruleset.rules) + len(ruleset.rejected) == 2
    list(Detector(ruleset, all_logsources=True).detect([EVENT]))


def seeds() -> Iterator[bytes]:
    """One of each transformation that may change rules."""
    for item in (
        "{type: field_name_mapping, mapping: {CommandLine: [a, b.c], User: u}}",
        "{type: field_name_prefix, prefix: 'win.'}",
        "{type: field_name_suffix, suffix: '.x', rule_conditions: [{type: logsource, product: windows}]}",
        "{type: add_condition, conditions: {env: prod, n: 5}, negated: true}",
        "{type: add_condition, template: true, conditions: {p: $product}}",
        "{type: replace_string, regex: 'b(.)c', replacement: '\\\\1x'}",
        "{type: value_placeholders, include: [admins]}",
        "{type: wildcard_placeholders}",
        "{type: drop_detection_item, field_name_conditions: [{type: include_fields, fields: [User]}]}",
        "{type: map_string, mapping: {StopLogging: [a, b]}}",
        "{type: convert_type, target_type: str}",
        "{type: case, method: upper}",
        "{type: nest, items: [{type: field_name_prefix, prefix: a}]}",
        "{type: change_logsource, product: linux}",
        "{type: regex, method: plain}",
        "{type: rule_failure, message: no, rule_conditions: [{type: contains_field, field: User}]}",
        "{type: set_state, key: k, val: v, id: one}",
    ):
        yield f"name: x\npriority: 10\nvars: {{admins: [root, 'a*']}}\ntransformations:\n- {item}\n".encode()
