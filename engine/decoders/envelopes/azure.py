"""Azure's diagnostic settings for AKS: an audit event of Kubernetes as text in "log".

{"category": "kube-audit", "operationName": ..., "properties": {"log": "<record>", "pod": ...}}
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from engine.decoders.envelopes import Text

__all__ = ["SIGNS", "open"]

SIGNS = frozenset({"category"})


def open(value: dict[str, Any]) -> Iterable[Any] | None:
    if value.get("category") not in ("kube-audit", "kube-audit-admin"):
        return None
    properties = value.get("properties")
    log = properties.get("log") if isinstance(properties, dict) else None
    return [Text(log)] if isinstance(log, str) and log.lstrip().startswith("{") else None
