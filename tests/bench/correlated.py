"""Twenty correlations over the rules that fire on a corpus, so that each of their hits feeds two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import yaml
from subject import Hit

COUNT = 20
SHARE = 0.05
"""Of the events, those that rules hit."""

KINDS: tuple[tuple[str, dict[str, object]], ...] = (
    ("event_count", {"gte": 50}),
    ("value_count", {"gte": 20, "field": "sourceIPAddress"}),
    ("temporal", {"gte": 2}),
    ("temporal_ordered", {"gte": 2}),
    ("value_sum", {"gte": 10**9, "field": "additionalEventData.bytesTransferredOut"}),
    ("value_avg", {"gte": 10**6, "field": "additionalEventData.bytesTransferredOut"}),
    ("value_percentile", {"gte": 10**6, "field": "additionalEventData.bytesTransferredOut", "percentile": 95}),
    ("value_median", {"gte": 10**6, "field": "additionalEventData.bytesTransferredOut"}),
)


def write(target: Path, hits: Iterable[Hit]) -> Path:
    """Write the correlations over what was hit to a file of rules.

    They `generate`, so that with them the same detections are written as without, and the difference is their cost.
    """
    fired = [rule for rule, _ in Counter(hit.rule for hit in hits).most_common()]
    documents = []
    for number in range(COUNT):
        kind, condition = KINDS[number % len(KINDS)]
        mine = [rule for at, rule in enumerate(fired) if number in (at % COUNT, (at + 7) % COUNT)]
        document = {
            "title": f"correlation {number}",
            "correlation": {
                "type": kind,
                "rules": mine,
                "group-by": ["userIdentity.arn"],
                "timespan": "1h" if number % 2 else "10m",
                "condition": condition,
                "generate": True,
            },
        }
        if mine:
            documents.append(document)
    target.write_text(yaml.safe_dump_all(documents, sort_keys=False), "utf-8")
    return target
