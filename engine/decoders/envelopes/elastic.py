"""Elasticsearch and OpenSearch: search answers, exports, and CloudTrail as their shippers store it.

    {"hits": {"hits": [{"_source": {...}}]}}     a search's answer
    {"_index": ..., "_source": {...}}            one document, as dumps have them, one a line
    {"aws": {"cloudtrail": {<record>}}}          the record kept whole below other names
    {"event": {"original": "<record>"}}          the record kept as text

A document whose CloudTrail record was taken apart for good (Elastic's snake_case fields) stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Text, is_cloudtrail

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"_source", "hits", "aws", "event"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    if isinstance(value.get("_source"), dict):
        return [value["_source"]]
    hits = value.get("hits")
    if isinstance(hits, dict) and isinstance(hits.get("hits"), list):
        return list(hits["hits"])
    aws = value.get("aws")
    record = aws.get("cloudtrail") if isinstance(aws, dict) else None
    if isinstance(record, dict) and is_cloudtrail(record):
        return [record]
    event = value.get("event")
    original = event.get("original") if isinstance(event, dict) else None
    if isinstance(original, str) and original.startswith("{") and '"eventSource"' in original:
        return [Text(original)]
    return None
