"""Flat events one a line: what is decoded narrowly equals what is read whole, whatever stands in the log."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.decoders import decode
from engine.door import load_rules
from engine.match import Detector
from engine.model import Batch, Blob, Problem, Reading
from tests.windows.made import EVENTS, SHAPES, lines

RULES = load_rules("""
title: image
logsource: {product: windows, category: process_creation}
detection: {any: {Image|endswith: ".exe", ParentImage|contains: cmd}, condition: any}
---
title: user
logsource: {product: windows, category: process_creation}
detection: {any: {User: erin}, none: {SubjectUserName: nobody}, condition: any and not none}
---
title: provider
logsource: {product: windows, service: security}
detection: {any: {Provider_Name: p}, none: {Computer: null}, condition: any and not none}
---
title: threat
logsource: {product: windows, service: windefend}
detection: {any: {ThreatName|exists: true}, condition: any}
---
title: everywhere
logsource: {product: windows}
detection: {any: {Computer: c}, words: [needle], condition: any or words}
""")


def found(text: bytes, reading: Reading, detector: Detector) -> list[tuple[int, tuple[int, ...], Any, Any]]:
    """(position, rules, kind, record) of every hit, in the order that they come in."""
    hits = []
    for batch in decode(Blob("files", "log", "log", True, len(text)), io.BytesIO(text), reading):
        if isinstance(batch, Batch):
            assert batch.original
            kinds = batch.kinds()
            for index, numbers in detector.match(batch):
                hits.append((batch.first + index, numbers, kinds[index], batch.original(index)))
    return hits


def values() -> st.SearchStrategy[Any]:
    texts = st.sampled_from(["p", "c", "erin", "needle", "C:\\cmd.exe", ""])
    return st.one_of(
        texts, texts, texts, st.none(), st.integers(0, 3), st.lists(texts, max_size=2), st.just({"a": "c"})
    )


NAMES = [
    "Provider_Name", "SourceName", "ProviderName", "Computer", "Hostname", "Image", "NewProcessName", "ParentImage",
    "ParentProcessName", "User", "SubjectUserName", "ThreatName", "Threat Name", "EventData", "UserData", "winlog",
    "EventCode", "System", "@timestamp", "winlog.channel",
]  # fmt: skip
CHANNELS = [
    "Security", "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Windows Defender/Operational", "Own/Log",
]  # fmt: skip


def records() -> st.SearchStrategy[dict[str, Any]]:
    plain = st.sampled_from(["p", "c", "erin", "needle", "C:\\cmd.exe"])
    quiet = st.dictionaries(st.sampled_from(NAMES[:13]), plain, max_size=5)
    odd = st.dictionaries(st.sampled_from(NAMES), values(), max_size=5)
    header = st.fixed_dictionaries(
        {"EventID": st.sampled_from([4688, "4688", 1, 1116, 5]), "Channel": st.sampled_from(CHANNELS)}
    )
    lost = st.fixed_dictionaries({}, optional={"EventID": values(), "Channel": values()})
    return st.builds(lambda first, rest: first | rest, header, quiet) | st.builds(
        lambda first, rest: first | rest, header | lost, odd
    )


@given(st.lists(records(), min_size=1, max_size=12))
def test_narrow_equals_whole(records: list[dict[str, Any]]) -> None:
    text = lines(SHAPES["flat"], EVENTS[:1]) + b"".join(json.dumps(record).encode() + b"\n" for record in records)
    detector = Detector(RULES)
    expected = found(text, Reading(format="windows"), detector)
    for _ in range(2):  # what is read narrowly is learnt
        assert found(text, Reading(format="windows", shapes=detector.shape), detector) == expected


SECURITY = {"EventID": 5, "Channel": "Security"}
STARTED = {"EventID": 4688, "Channel": "Security"}
SYSMON = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational"}

ODD = [  # a record among ordinary ones, and whether the rule of that title must see it
    (SECURITY | {"SourceName": "p", "Computer": "x"}, "provider", True),
    (SECURITY | {"Provider_Name": "q", "SourceName": "p", "Computer": "x"}, "provider", False),
    (SECURITY | {"Provider_Name": "p", "Hostname": "x"}, "provider", True),
    (SECURITY | {"Provider_Name": "p"}, "provider", False),
    (STARTED | {"NewProcessName": "x.exe", "ParentProcessName": "cmd"}, "image", True),
    (STARTED | {"Image": "x.dll", "NewProcessName": "x.exe", "ParentImage": "cmd"}, "image", False),
    (STARTED | {"SubjectUserName": "erin"}, "user", True),
    (STARTED | {"SubjectUserName": "nobody", "User": "erin"}, "user", False),
    (SYSMON | {"SubjectUserName": "erin"}, "user", False),
    (SYSMON | {"EventData": {"User": "erin"}}, "user", True),
    (SYSMON | {"UserData": {"User": "erin"}}, "user", True),
    (SYSMON | {"UserData": "User"}, "user", False),
    (SYSMON | {"winlog": {"channel": "Security"}, "User": "erin"}, "user", False),
]


@pytest.mark.parametrize(("record", "title", "seen"), ODD, ids=str)
@pytest.mark.parametrize("place", [0, 1, 40, 80])
def test_an_odd_record_among_ordinary_ones(record: dict[str, Any], title: str, seen: bool, place: int) -> None:
    other = {"Provider_Name": "q", "Computer": "y", "User": "bob", "Image": "a.dll", "ParentImage": "b"}
    records = [{**(SECURITY, STARTED, SYSMON)[number % 3], **other} for number in range(80)]
    records.insert(place, record)
    text = b"".join(json.dumps(one).encode() + b"\n" for one in records)
    detector = Detector(RULES)
    expected = found(text, Reading(format="windows"), detector)
    titles = [RULES.rules[number].title for position, numbers, *_ in expected for number in numbers]
    assert [position for position, *_ in expected] == ([place + 1] if titles else [])
    assert (title in titles) is seen
    for _ in range(2):
        assert found(text, Reading(format="windows", shapes=detector.shape), detector) == expected


def test_ordinary_flat_events_are_decoded_narrowly() -> None:
    detector = Detector(RULES)
    for name in ("flat", "nxlog"):
        (batch,) = decode(
            Blob("files", "log", "log", True, None), io.BytesIO(lines(SHAPES[name])), Reading(shapes=detector.shape)
        )
        assert isinstance(batch, Batch)
        assert batch.shape is not None
        assert batch.parts
        narrow = {part.logsource.service for _, part in batch.parts if part.shape is not None}
        assert narrow == {part.logsource.service for _, part in batch.parts} - {"windefend"}


def test_one_odd_event_costs_only_itself() -> None:
    odd = json.dumps({**SHAPES["flat"](EVENTS[0]), "SourceName": "x"}).encode() + b"\n"
    detector = Detector(RULES)
    (batch,) = decode(
        Blob("files", "log", "log", True, None),
        io.BytesIO(lines(SHAPES["flat"]) + odd),
        Reading(shapes=detector.shape),
    )
    assert isinstance(batch, Batch)
    assert batch.parts
    whole = [index for indexes, part in batch.parts if part.shape is None for index in indexes]
    assert set(whole) - {23, 24} <= {len(EVENTS)}  # Defender's are read whole anyway


def test_what_is_read_leniently_is_told_of_in_narrow_logs_too() -> None:
    text = lines(SHAPES["flat"]) + b'{"EventID": NaN, "Channel": "Security"}\n'
    detector = Detector(RULES)
    for shapes in (None, detector.shape):
        items = list(decode(Blob("files", "log", "log", True, None), io.BytesIO(text), Reading(shapes=shapes)))
        assert [item.kind for item in items if isinstance(item, Problem)] == ["odd-json"]
        assert sum(len(item.records) for item in items if isinstance(item, Batch)) == len(EVENTS) + 1


def test_hits_come_in_order_of_position() -> None:
    """Although each kind is matched by itself."""
    seen = {"User": "erin", "Image": "x.exe", "ParentImage": "cmd", "Provider_Name": "p", "Computer": "c"}
    text = b"".join(
        json.dumps({**(SECURITY, STARTED, SYSMON)[number % 3], **seen}).encode() + b"\n" for number in range(90)
    )
    detector = Detector(RULES)
    for shapes in (None, detector.shape):
        hits = found(text, Reading(format="windows", shapes=shapes), detector)
        assert [position for position, *_ in hits] == list(range(1, 91))


@pytest.mark.parametrize("place", [399, 400, 1_999, 2_000, 2_300])
def test_a_log_that_is_flat_for_a_while_only(place: int) -> None:
    """Its first lines are a batch of their own, and what follows an event that is not flat is read the plain way."""
    seen = json.dumps({**STARTED, "User": "erin", "Image": "x.exe"}).encode()
    nested = json.dumps({"winlog": {"channel": "Security", "event_id": 4688, "event_data": {"User": "erin"}}}).encode()
    damaged = b'{"EventID": 1, "Channel": }'
    rows = [seen, b""] * place + [nested, seen, damaged, seen]
    text = b"\n".join(rows) + b"\n"
    detector = Detector(RULES)
    plain = Reading(format="windows")
    expected = found(text, plain, detector)
    narrow = plain._replace(shapes=detector.shape)
    assert found(text, narrow, detector) == expected
    assert [position for position, *_ in expected][:place] == list(range(1, place + 1))
    for reading in (plain, narrow):
        items = decode(Blob("files", "log", "log", True, None), io.BytesIO(text), reading)
        assert [item.offset for item in items if isinstance(item, Problem)] == [text.index(damaged)]
