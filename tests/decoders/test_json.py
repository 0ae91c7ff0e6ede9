"""JSON of any kind: its shapes, odd values that must not hide an event, and what is a log at all."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from engine.decoders import names
from engine.decoders._narrow import identified
from engine.decoders._unicode import Oddities
from engine.errors import UsageError
from engine.model import LogSource, Reading
from tests.decoders.reading import UNKNOWN, event, lines, read, text

OKTA = LogSource("okta", "okta")
AS_OKTA = Reading(logsource=OKTA)
LOG = [
    {"published": f"2024-05-01T10:00:0{number}Z", "eventType": "user.session.start", "n": number} for number in range(3)
]

SHAPES = {
    "one a line": lines(LOG),
    "list": text(LOG),
    "pretty list": text(LOG, indent=2),
    "one after the other": b"".join(map(text, LOG)),
    "one after the other, pretty": b"".join(text(record, indent=1) for record in LOG),
    "exported list": text({"value": LOG, "@odata.nextLink": "x"}),
    "list and single objects": text(LOG[:1]) + b"\n" + lines(LOG[1:]),
    "UTF-16, one a line": lines(LOG).decode().encode("utf-16"),
    "gzip": gzip.compress(lines(LOG)),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_records(shape: str) -> None:
    assert read(SHAPES[shape], AS_OKTA, named=False) == (LOG, [], [OKTA])


@pytest.mark.parametrize("shape", SHAPES)
def test_without_a_word_they_are_events_of_unknown_kind(shape: str) -> None:
    assert read(SHAPES[shape], named=False) == (LOG, [], [UNKNOWN])


def test_a_record_with_a_time_and_a_list_in_it_stays_whole() -> None:
    record = {"id": {"time": "2024-05-01T10:00:00Z"}, "items": [{"a": 1}, {"a": 2}]}
    assert read(lines([record])).records == [record]


def test_the_line_decoder_handles_many_records() -> None:
    many = [{"timestamp": number} for number in range(2_500)]
    assert read(lines(many)).records == read(text(many)).records == many


ODD: list[tuple[str, bytes, Any]] = [
    ("bytes that are no UTF-8", b'"caf\xe9"', "caf\ufffd"),
    ("lone surrogate", b'"a\\ud800b"', "a\ufffdb"),
    ("lone surrogate as bytes", b'"a\xed\xa0\x80b"', "a\ufffd\ufffd\ufffdb"),
    ("surrogates in the wrong order", b'"\\udc00\\ud800"', "\ufffd\ufffd"),
    ("surrogate pair", b'"\\ud83d\\ude00\\ud800"', "\U0001f600\ufffd"),
    ("NaN", b"NaN", "NaN"),
    ("infinities", b"[Infinity,-Infinity]", ["Infinity", "-Infinity"]),
    ("a number no float holds", b"1e400", "1e400"),
    ("a large integer", b"18446744073709551616123", 18446744073709551616123),
    ("a huge integer", b"1" * 5_000, "1" * 5_000),
    ("a line break in a string", b'"a\nb"', "a\nb"),
    ("a zero in a string", b'"a\0b"', "a\0b"),
    ("an escaped zero", b'"a\\u0000b"', "a\0b"),
]


@pytest.mark.parametrize(("value", "meant"), [odd[1:] for odd in ODD], ids=[odd[0] for odd in ODD])
@pytest.mark.parametrize("shape", ["line", "list", "Records"])
def test_odd_values_hide_no_event(value: bytes, meant: Any, shape: str) -> None:
    odd = text(event(1))[:-1] + b',"odd":' + value + b"}"
    before, after = text(event(0)), text(event(2))
    data = {
        "line": before + b"\n" + odd + b"\n" + after + b"\n",
        "list": b"[" + before + b"," + odd + b"," + after + b"]",
        "Records": b'{"Records":[' + before + b"," + odd + b"," + after + b"]}",
    }[shape]
    seen = read(data)
    broken = "\ufffd" in value.decode("utf-8", "replace")
    refused = not broken and not identified(b"[" + odd + b"]")  # 1e400 in a CloudTrail record is not looked at
    assert [(problem.kind, problem.offset) for problem in seen.problems] == (
        [("no-utf8", data.index(value) + value.index(max(value)))]
        if broken
        else [("odd-json", data.index(odd))] * refused
    )
    assert seen.records == [event(0), event(1) | {"odd": meant}, event(2)]


@pytest.mark.parametrize("value", ["1e400", "1" * 5_000])
def test_numbers_no_json_reader_takes_are_told_of_in_other_logs(value: str) -> None:
    seen = read(b'{"time":"2024-05-01T10:00:00Z","odd":' + value.encode() + b"}\n")
    assert (seen.records[0]["odd"], seen.kinds) == (value, [("odd-json", True)])


@pytest.mark.parametrize("wrap", [b"%s", b"[%s]", b'{"Records":[%s]}'])
def test_records_read_leniently_are_counted_in_one_problem(wrap: bytes) -> None:
    odd = [text(event(number))[:-1] + b',"odd":NaN}' for number in (1, 2)]
    whole = [text(event(0)), odd[0], text(event(3)), odd[1]]
    data = wrap % (b"\n" if wrap == b"%s" else b",").join(whole)
    (problem,) = read(data).problems
    assert (problem.kind, problem.lost, problem.offset) == ("odd-json", True, data.index(odd[0]))
    assert problem.fault.startswith("2 records")


def test_bytes_that_are_no_utf8_are_told_of_wherever_a_chunk_ends() -> None:
    for cut in range(1, 12):
        good, bad, short = Oddities(), Oddities(), Oddities()
        for odd, data in (
            (good, "aé€😀b".encode()),
            (bad, "aé€😀".encode() + b"\xffb"),
            (short, "aé€😀".encode()[:-1]),
        ):
            assert b"".join(odd.watched([data[:cut], data[cut:]])) == data  # type: ignore[arg-type]
        assert (good.first, bad.first, short.first) == (None, 10, 6)


def test_bytes_that_are_no_utf8_in_what_is_no_log_are_not_told_of() -> None:
    assert read(b'{"name": "\xff"}', named=False).kinds == [("no-log", False)]


@pytest.mark.parametrize("depth", [300, 10_000, 100_000])
@pytest.mark.parametrize("shape", ["line", "list", "Records"])
def test_nesting_however_deep_hides_no_event(depth: int, shape: str) -> None:
    deep = text(event(1))[:-1] + b',"deep":' + b'{"a":[' * depth + b'"x"' + b"]}" * depth + b"}"
    around = {"line": (b"", b"\n", b""), "list": (b"[", b",", b"]"), "Records": (b'{"Records":[', b",", b"]}")}[shape]
    seen = read(around[0] + around[1].join([text(event(0)), deep, text(event(2))]) + around[2])
    assert seen.ids == ["id-0", "id-1", "id-2"]
    assert seen.kinds == ([("odd-json", True)] if depth > 300 else [])


def test_zeros_that_fill_up_a_file_are_no_fault() -> None:
    assert read(lines(LOG) + bytes(4_096)) == (LOG, [], [UNKNOWN])


def test_values_that_are_no_objects_are_counted_with_their_place() -> None:
    seen = read(b'[{"time":1},7,"x",null,{"time":2}]')
    assert seen.records == [{"time": 1}, {"time": 2}]
    assert [problem.fault for problem in seen.problems] == ["3 values where an object was expected"]
    assert seen.kinds == [("no-object", True)]


@pytest.mark.parametrize(("named", "lost"), [(True, True), (False, False)])
def test_a_list_without_any_object_is_lost_only_when_named(named: bool, lost: bool) -> None:
    seen = read(b'["a", 2]', named=named)
    assert seen.records == []
    assert seen.kinds == [("no-object", lost)]


CONFIGURATION = [
    text({"compilerOptions": {"strict": True}}, indent=2),
    text([{"name": "a"}, {"name": "b"}]),
    lines([{"name": "a"}, {"name": "b"}]),
    b"{}",
]


@pytest.mark.parametrize("data", CONFIGURATION)
def test_json_without_a_time_in_a_folder_is_no_log(data: bytes) -> None:
    assert read(data, named=False) == ([], read(data, named=False).problems, [])
    assert read(data, named=False).kinds == [("no-log", False)]


@pytest.mark.parametrize("data", CONFIGURATION)
@pytest.mark.parametrize("reading", [Reading(logsource=OKTA), Reading(format="json")])
def test_the_same_json_is_a_log_when_the_user_says_so(data: bytes, reading: Reading) -> None:
    assert read(data, reading, named=False).records
    assert read(data, named=True).records


def test_the_field_that_the_user_says_holds_the_time_makes_it_a_log() -> None:
    data = lines([{"when": {"at": "2024-05-01"}}])
    assert read(data, Reading(time_field="when.at"), named=False).records
    assert not read(data, Reading(time_field="when.not"), named=False).records


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"x", b"# README\n", b"a: 1\nb: 2\n", b"\x89PNG\r\n\x1a\n\0\0", b"PK\3\4zip", b"PAR1"]
)
@pytest.mark.parametrize("named", [True, False])
def test_what_is_no_log_at_all_is_lost_only_when_named(data: bytes, named: bool) -> None:
    seen = read(data, ref="some.file", named=named)
    assert seen.records == []
    assert [lost for _, lost in seen.kinds] == [named]


@pytest.mark.parametrize("data", [b"x", b"{", b"not json", b'{"a": 1,, "time": 2}', b"\x89PNG\r\n\x1a\n\0\0"])
def test_a_file_that_is_named_like_json_and_holds_none_is_broken(data: bytes) -> None:
    seen = read(data, ref="log.json.gz", named=False)
    assert seen.records == []
    assert [lost for _, lost in seen.kinds] == [True]


def test_a_format_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(UsageError, match="no format") as error:
        read(b"{}", Reading(format="xml"))
    assert error.value.hint == f"one of: {', '.join(names())}"
    assert {"auditd", "cloudtrail", "csv", "json", "keyvalue", "syslog"} <= set(names())


def test_a_format_that_is_said_is_used_whatever_the_content() -> None:
    seen = read(b"time,what\n2024-05-01,x\n", Reading(format="csv"))
    assert seen.records == [{"time": "2024-05-01", "what": "x"}]


def test_what_splitting_overlooks_is_reported_with_its_place() -> None:
    data = b'[{"time":1},{"time":-},{"time":1..2},7,{"time":3}]'
    seen = read(data)
    assert seen.records == [{"time": 1}, {"time": 3}]
    assert {problem.offset for problem in seen.problems} <= {12, 23, 37}
    assert seen.problems


def test_a_bulk_file_is_its_documents() -> None:
    action = b'{"index": {"_index": "trail", "_id": "1"}}'
    seen = read(b"\n".join([action, text(event(0)), b'{"create": {}}', text(event(1)), b'{"index": {"name": "mine"}}']))
    assert seen.records == [event(0), event(1), {"index": {"name": "mine"}}]
    assert seen.kinds == [("bulk-action", False)]
