"""Microsoft 365: the record as text in "AuditData", as Purview's export and Search-UnifiedAuditLog have it.

{"CreationDate": ..., "UserIds": ..., "Operations": ..., "AuditData": "<record>"}
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"AuditData"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    record = value["AuditData"]
    if isinstance(record, str) and record.lstrip().startswith("{"):
        return [Text(record)]
    return [record] if isinstance(record, dict) else None
