"""Damaged text: what salvage promises, held with damage at random.

Records outside the damage are found. All that is not read is reported. Nothing raises.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.decoders import envelopes
from engine.decompress import Fault
from engine.jsontext import Damage, Found, values
from tests.decoders.reading import event, events, lines, read, text

COUNT = 5
RECORDS = events(COUNT)
WRAPPED = [{"version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": record} for record in RECORDS]
SHAPES: dict[str, bytes] = {
    "as delivered": text({"Records": RECORDS}),
    "pretty": text({"Records": RECORDS}, indent=1),
    "list": text(RECORDS),
    "one a line": lines(RECORDS),
    "one after the other": b"".join(map(text, RECORDS)),
    "two files in one": text({"Records": RECORDS[:2]}) + text({"Records": RECORDS[2:]}),
    "EventBridge": lines(WRAPPED),
}
ENDS = {name for name in SHAPES if name in ("as delivered", "pretty", "list", "two files in one")}  # say where they end


def extents(shape: str) -> list[tuple[int, int]]:
    """Where each record begins and ends, its wrapper included."""
    data = SHAPES[shape]
    found = values(iter([data]), lambda value: True, True)
    if shape not in ("as delivered", "pretty", "two files in one"):
        starts = [item.offset for item in found if isinstance(item, Found)]
    else:
        starts = [data.rindex(b"{", 0, at + 1) for at in _all(data, b'"eventVersion"')]
    ends = [data.index(b"}", data.index(b"AwsApiCall", start)) + 1 for start in starts]
    return list(zip(starts, ends, strict=True))


def _all(data: bytes, part: bytes) -> Iterator[int]:
    at = data.find(part)
    while at >= 0:
        yield at
        at = data.find(part, at + 1)


def outside(shape: str, start: int, end: int) -> list[dict[str, Any]]:
    """The records of which no byte lies in the damage."""
    return [
        record for record, (first, last) in zip(RECORDS, extents(shape), strict=True) if last < start or first > end
    ]


shapes = st.sampled_from(sorted(SHAPES))


@given(shape=shapes, data=st.data())
def test_one_bent_byte_costs_at_most_its_record(shape: str, data: st.DataObject) -> None:
    whole = SHAPES[shape]
    at = data.draw(st.integers(0, len(whole) - 1))
    byte = data.draw(st.sampled_from(b'{}[]",:\\ \n\0x7') | st.integers(0, 255))
    bent = whole[:at] + bytes([byte]) + whole[at + 1 :]
    seen = read(bent, ref="x.json")
    assert [record for record in outside(shape, at, at) if record not in seen.records] == []


@given(shape=shapes, data=st.data())
def test_bytes_put_in_or_taken_out_cost_at_most_their_records(shape: str, data: st.DataObject) -> None:
    whole = SHAPES[shape]
    start = data.draw(st.integers(0, len(whole) - 1))
    end = start + data.draw(st.integers(0, 400))
    put = data.draw(
        st.binary(max_size=20) | st.sampled_from([b'"', b"{", b"}", b"[", b"]", b'"}', b'{"', b"\\", b"}\n{"])
    )
    assume(start > 0)  # there, what is put in may be the mark of another format
    seen = read(whole[:start] + put + whole[end:], ref="x.json")
    assert [record for record in outside(shape, start, end) if record not in seen.records] == []


@given(shape=shapes, data=st.data())
def test_a_cut_off_text_gives_the_records_before_the_cut_and_says_so(shape: str, data: st.DataObject) -> None:
    whole = SHAPES[shape]
    cut = data.draw(st.integers(1, len(whole) - 1))
    seen = read(whole[:cut], ref="x.json")
    before = [record for record, (_, end) in zip(RECORDS, extents(shape), strict=True) if end <= cut]
    assert seen.records[: len(before)] == before
    between = all(not start < cut < end for start, end in extents(shape)) and shape not in ENDS
    assert seen.problems or between or shape == "two files in one"


@given(shape=shapes, cut=st.integers(30, 400))
def test_a_cut_off_gzip_gives_a_beginning_and_says_so_once(shape: str, cut: int) -> None:
    seen = read(gzip.compress(SHAPES[shape], mtime=0)[:cut], ref="x.json")
    assert seen.records == RECORDS[: len(seen.records)]
    assert seen.kinds == [("truncated", True)]


@given(
    shape=shapes, sizes=st.lists(st.integers(1, 700), min_size=1, max_size=8), bent=st.none() | st.integers(0, 5_000)
)
def test_any_chunking_gives_the_same(shape: str, sizes: list[int], bent: int | None) -> None:
    data = bytearray(SHAPES[shape])
    if bent is not None and bent < len(data):
        data[bent] ^= 0x10
    assert list(found(bytes(data), sizes)) == list(found(bytes(data), [len(data)]))


def found(data: bytes, sizes: list[int]) -> Iterator[Found | Damage | Fault]:
    def chunks() -> Iterator[bytes | Fault]:
        at = turn = 0
        while at < len(data):
            size = sizes[turn % len(sizes)]
            yield data[at : at + size]
            at += size
            turn += 1

    for item in values(chunks(), envelopes.recordlike, True):
        if isinstance(item, Found) and type(item.value) is dict and not envelopes.is_cloudtrail(item.value):
            for inner in envelopes.opened(item.value) or [item.value]:  # a wrapper may be entered or come whole
                yield Found(0, inner)
        else:
            yield Found(0, item.value) if isinstance(item, Found) else item


@given(st.binary(max_size=300) | st.text(alphabet='{}[]":,\\ \n1aeE.-tfn', max_size=300).map(str.encode))
def test_no_bytes_make_it_raise(data: bytes) -> None:
    for prefix in (b"", b"{", b'{"Records":[', b'[{"time":1},', b'{"eventSource":'):
        read(prefix + data, ref="x.json")


PLACES = [
    # what is damaged, offset reported, kind
    (b'{"time":1}\n{"time" 2}\n{"time":3}\n', 11, "broken-json"),
    (b'[{"time":1},{"time":2},{"ti', 23, "truncated"),
    (b'[{"time":1},{"time":2},', 23, "truncated"),
    (b'{"time":1}\nGARBAGE\n{"time":2}\n', 11, "broken-json"),
    (b'{"time":1}\n{"a":"\n{"time":2}\n', 11, "broken-json"),
    (b'[{"time":1}}},{"time":2}]', 11, "broken-json"),
]


@pytest.mark.parametrize(("data", "offset", "kind"), PLACES)
def test_damage_is_reported_once_with_where_it_begins(data: bytes, offset: int, kind: str) -> None:
    seen = read(data)
    assert [(problem.offset, problem.kind) for problem in seen.problems] == [(offset, kind)]
    assert len(seen.records) == data.count(b'{"time":')


def test_a_comma_that_became_a_bracket_costs_no_record() -> None:
    bent = SHAPES["as delivered"].replace(b'},{"eventVersion"', b'}]{"eventVersion"', 1)
    seen = read(bent)
    assert seen.records == RECORDS
    assert seen.kinds == [("broken-json", True)]


def test_a_lost_bracket_is_noticed_where_the_next_record_begins() -> None:
    bent = SHAPES["as delivered"].replace(b'"},{"eventVersion"', b'",{"eventVersion"', 1)
    seen = read(bent)
    assert seen.records == RECORDS[1:]
    at = bent.index(b',{"eventVersion"') + 1
    assert [problem.fault for problem in seen.problems] == [f"broken JSON: unexpected '{{' at byte {at}"]


@given(shape=shapes, data=st.data())
def test_parts_of_a_damaged_record_are_not_taken_for_events(shape: str, data: st.DataObject) -> None:
    whole = SHAPES[shape]
    key = data.draw(st.sampled_from(list(_all(whole, b'"userIdentity"'))))
    seen = read(whole[:key] + whole[key + 1 :], ref="x.json")
    assert all("eventID" in record or "detail" in record for record in seen.records)


def test_many_broken_lines_side_by_side_are_one_problem() -> None:
    seen = read(lines(RECORDS[:1]) + b'{"broken\n' * 1_000 + lines(RECORDS[1:]))
    assert seen.records == RECORDS
    assert seen.kinds == [("broken-json", True)]


def test_offsets_count_from_the_byte_order_mark() -> None:
    assert read(b'\xef\xbb\xbf{"time":1}\nGARBAGE\n{"time":2}').problems[0].offset == 14


HOSTILE = {
    "opening brackets": b'{"a":[' * 30_000,
    "objects that never end": b'[{"a":' * 30_000,
    "quotes": b'{"a":"' + b'\\"' * 60_000,
    "a string that never ends": b'{"a":"' + b"x" * 400_000,
    "closing brackets": b"[" + b"}" * 100_000,
    "candidates": b"x" + b'{"' * 60_000,
    "commas": b"[" + b"," * 400_000,
    "numbers": b"[" + b"1 " * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_no_more_than_its_length(name: str) -> None:
    data = HOSTILE[name]
    seen = read(data + b"\n" + text(event(0)) + b"\n", ref="x.json")
    assert seen.problems
    assert seen.ids[-1:] in (["id-0"], [])
