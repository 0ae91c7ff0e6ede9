"""What detect fields writes: a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from engine.runners.census import Census, Use
from engine.terminal import Paint, columns, cut, fill, visible
from engine.terminal import count as counted

__all__ = ["made"]

_COLUMNS = ("logsource", "field", "rules", "records", "present", "hint", "examples")


def made(listed: Sequence[Use], census: Census | None, form: str, paint: Paint, width: int) -> bytes:
    """The fields in a form; `width` is the table's, in columns."""
    if form == "json":
        return _json(listed, census)
    if form == "csv":
        return _csv(listed)
    lines = _table(listed, census is not None, paint, width)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace")


def _table(listed: Sequence[Use], logs: bool, paint: Paint, width: int) -> Iterator[str]:
    """A head for each logsource, and below it one line a field: how often it is there, how many rules, which."""
    name = min(max((columns(visible(use.field)) for use in listed), default=0), width - 37)
    before = None
    for use in listed:
        if use.logsource != before:
            before = use.logsource
            records = f"  {counted(use.records or 0)} records" if logs else ""
            yield f"{paint(visible(str(use.logsource)), 'bold', 'cyan')}{paint(records, 'dim')}"
        share = f"{_share(use):>8}  " if logs else ""
        if logs and use.records and not use.present:
            share = paint(share, "bold", "yellow")
        rules = f"{counted(use.rules)} rule{'' if use.rules == 1 else 's'}"
        said = f"did you mean {use.hint}?" if use.hint else "; ".join(use.examples)
        start = f"  {share}{fill(_middle(visible(use.field), name), name)}  {rules:<9}  "
        room = width - (10 if logs else 0) - name - 15
        text = cut(said, max(room, 12))
        yield f"{start}{paint(text, *(('yellow',) if use.hint else ('dim',)))}".rstrip()
    never = sum(bool(use.records) and not use.present for use in listed)
    total = f"{counted(len(listed))} field{'' if len(listed) == 1 else 's'}"
    yield paint(f"{total}, {counted(never)} of them never there" if logs else total, "bold")


def _middle(text: str, width: int) -> str:
    """Cut in the middle, as dotted names are told apart by their ends."""
    if columns(text) <= width:
        return text
    return f"{cut(text, width // 3 + 1)}{text[-(width - width // 3 - 1) :]}"


def _share(use: Use) -> str:
    """How often a field is there: a count of nothing is a word, as it must not be overlooked."""
    if not use.records:
        return "no logs"
    if not use.present:
        return "never"
    share = use.present / use.records
    return "always" if use.present == use.records else f"{share:.1%}" if share >= 0.001 else counted(use.present)


def _csv(listed: Sequence[Use]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for use in listed:
        cells = (str(use.logsource), use.field, use.rules, use.records, use.present, use.hint, "; ".join(use.examples))
        writer.writerow(["" if cell is None else _cell(str(cell)) for cell in cells])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _json(listed: Sequence[Use], census: Census | None) -> bytes:
    import msgspec

    fields = [
        {
            "logsource": use.logsource._asdict(),
            "field": use.field,
            "rules": use.rules,
            "examples": use.examples,
            "records": use.records,
            "present": use.present,
            "hint": use.hint,
        }
        for use in listed
    ]
    document: dict[str, Any] = {"version": 1, "fields": fields}
    if census is not None:
        document["records"] = [
            {"logsource": kind._asdict(), "records": number} for kind, number in census.records.most_common()
        ]
        document["problems"] = [
            {"file": one.ref, "offset": one.offset, "fault": one.fault} for one in census.problems if one.lost
        ]
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
