"""A batch of Windows records, told apart by kind, so that each meets only the rules that look at its kind."""

from __future__ import annotations

from engine.model import Batch, LogSource
from engine.windows.view import view

__all__ = ["grouped", "is_windows"]


def is_windows(logsource: LogSource) -> bool:
    """Whether events of a logsource are told apart here."""
    return logsource.product is not None and logsource.product.lower() == "windows"


def grouped(batch: Batch) -> Batch:
    """The same records as rules read them, in parts of one kind each; what the user told of the log holds for all."""
    fields = []
    kinds: dict[LogSource, list[int]] = {}
    for index, record in enumerate(batch.records):
        seen, its = view(record, batch.logsource)
        fields.append(seen)
        kinds.setdefault(its, []).append(index)
    parts = tuple((indexes, Batch(its, [fields[i] for i in indexes], batch.first)) for its, indexes in kinds.items())
    return batch._replace(records=fields, raw=None, original=batch.records.__getitem__, parts=parts)
