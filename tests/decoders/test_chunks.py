"""Text may come in any pieces: the records, and what could not be read, are the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decoders import decoder
from engine.decompress import Fault
from engine.model import Batch, Blob, Problem, Reading
from tests.logs import auditd, keyvalue, syslog

FAULT = Fault(99, "ends in the middle", True, "truncated")
COUNTED = b"".join(
    b"%d %s" % (len(line), line)
    for line in (
        b"<34>1 2024-05-01T10:00:00Z a b - - - one\nline",
        b"<34>1 - a b - - - two",
        b"<34>May  1 10:00:00 a b: 3",
    )
)
WRONG = b"\n70 <34>1 - " + b"too short " * 20 + b"123456789 <34>1 - a b - - - 20 <34>1 - a b - - -\n"
TEXTS = {
    "auditd": auditd.CASE.text,
    "syslog": syslog.CASE.text,
    "syslog, counted": COUNTED + WRONG + COUNTED,
    "keyvalue": keyvalue.CASE.text,
}
BAD = b"\n\x00\xff rubbish\r\n\n <999>x\ntype=X msg=audit(1.1:1)\n" + "é=ü x='".encode()


def read(name: str, pieces: list[bytes], fault: bool) -> list[Any]:
    """Everything that is given, record by record."""
    chunks: Iterator[bytes | Fault] = iter([*pieces, FAULT] if fault else pieces)
    found: list[Any] = []
    for item in decoder(name.split(",")[0]).decode(chunks, Blob("x", "x-20240502", "x", True, None), Reading()):
        assert isinstance(item, Batch | Problem)
        found += [item] if isinstance(item, Problem) else [(item.logsource, record) for record in item.records]
    return found


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("size", [1, 7, 64, 4_096])
def test_pieces_of_one_size_give_what_the_whole_does(name: str, size: int) -> None:
    text = (TEXTS[name] + BAD)[:6_000]
    pieces = [text[start : start + size] for start in range(0, len(text), size)]
    assert read(name, pieces, False) == read(name, [text], False)


@given(
    st.sampled_from(sorted(TEXTS)), st.binary(max_size=20), st.lists(st.integers(0, 3_000), max_size=6), st.booleans()
)
def test_any_pieces_of_any_text_give_what_the_whole_does(name: str, odd: bytes, cuts: list[int], fault: bool) -> None:
    text = TEXTS[name][:1_500] + odd + BAD + odd + TEXTS[name][1_490:3_000]
    ends = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    pieces = [text[start:end] for start, end in pairwise(ends)]
    assert read(name, pieces, fault) == read(name, [text], fault)


@given(st.sampled_from(["auditd", "syslog", "keyvalue"]), st.binary(max_size=300))
def test_no_bytes_break_a_decoder(name: str, data: bytes) -> None:
    decoder(name).recognise(data, "x")
    read(name, [data], False)


@pytest.mark.parametrize("name", ["auditd", "syslog", "keyvalue"])
def test_a_line_without_end_is_given_up_at_flat_memory(name: str) -> None:
    good = TEXTS[name].split(b"\n")[0] + b"\n"
    (first, *_), (problem,) = read(name, [good], False), read(name, [b"x" * 700_000] * 3 + [b"\n"], False)
    assert (problem.offset, problem.kind, problem.lost) == (0, "too-large", True)
    assert read(name, [b"x" * 700_000] * 3 + [b"\n" + good], False)[-1][1].keys() == first[1].keys()
