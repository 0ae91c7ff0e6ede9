"""Elasticsearch and OpenSearch: search answers, exports, and CloudTrail as their shippers store it.

    {"hits": {"hits": [{"_source": {...}}]}}     a search's answer
    {"_index": ..., "_source": {...}}            one document, as dumps have them, one a line
    {"index": {"_index": ...}}                   the line before a document in a bulk file; it holds nothing
    {"aws": {"cloudtrail": {<record>}}}          the record kept whole below other names
    {"event": {"original": "<record>"}}          the record kept as text, of any log that is known

A document whose CloudTrail record was taken apart for good (Elastic's snake_case fields) stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Skip, Text, is_cloudtrail
from engine.jsontext import parse
from engine.logsources.signs import recognised

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"_source", "hits", "index", "create", "aws", "event"})

_ACTION = frozenset({"_index", "_id", "_type", "routing", "op_type", "version", "version_type", "pipeline"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    if isinstance(value.get("_source"), dict):
        return [value["_source"]]
    hits = value.get("hits")
    if isinstance(hits, dict) and isinstance(hits.get("hits"), list):
        return list(hits["hits"])
    if len(value) == 1 and isinstance(action := value.get("index", value.get("create")), dict):
        return [Skip("bulk-action", "line of a bulk file")] if action.keys() <= _ACTION else None
    aws = value.get("aws")
    record = aws.get("cloudtrail") if isinstance(aws, dict) else None
    if isinstance(record, dict) and is_cloudtrail(record):
        return [record]
    event = value.get("event")
    original = event.get("original") if isinstance(event, dict) else None
    if not isinstance(original, str) or not original.startswith("{"):
        return None
    return [Text(original)] if '"eventSource"' in original or _known(original) else None


def _known(original: str) -> bool:
    try:
        record = parse(original.encode("utf-8", "surrogatepass"))
    except ValueError:
        return False
    return type(record) is dict and recognised(record) is not None
