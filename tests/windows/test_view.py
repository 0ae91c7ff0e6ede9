"""Single points of how a Windows record is read, as cases: what the log says, and what rules read of it."""

from __future__ import annotations

from typing import Any

import pytest

from engine.windows.view import view

SYSMON = "Microsoft-Windows-Sysmon/Operational"
DEFENDER = "Microsoft-Windows-Windows Defender/Operational"
MISSING = "(missing)"


def xml(**parts: Any) -> dict[str, Any]:
    return {"Event": {"System": {"Channel": "Own/Log", "EventID": 7}, **parts}}


CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "a field's own name comes first": ({"Computer": "a", "Hostname": "b"}, {"Computer": "a"}),
    "even where it is null": ({"Computer": None, "Hostname": "b"}, {"Computer": None}),
    "of other names the first": (
        {"SourceName": "a", "ProviderName": "b"},
        {"Provider_Name": "a", "ProviderName": "b"},
    ),
    "the names of 4688": (
        {"Channel": "Security", "EventID": 4688, "NewProcessName": "x", "ParentProcessName": "y"},
        {"Image": "x", "ParentImage": "y", "NewProcessName": "x"},
    ),
    "not of other events": ({"Channel": "Security", "EventID": 4689, "NewProcessName": "x"}, {"Image": MISSING}),
    "spaces go": (
        {"Channel": DEFENDER, "EventID": 1116, "Threat Name": "t", "Path": "p"},
        {"ThreatName": "t", "Threat_Name": "t", "Threat Name": "t", "Signature": "t", "Filename": "p"},
    ),
    "but not everywhere": ({"Channel": SYSMON, "EventID": 1, "Threat Name": "t"}, {"ThreatName": MISSING}),
    "Splunk's source": ({"source": "XmlWinEventLog:Security", "EventCode": "4624"}, {"Channel": "Security"}),
    "no other source": ({"source": "syslog:x", "EventCode": "4624"}, {"Channel": MISSING}),
    "an event id in the data is another thing": (
        xml(EventData={"EventID": 9, "Level": "data"}),
        {"EventID": 7, "Level": "data", "Channel": "Own/Log"},
    ),
    "what the collector wrote stays": (
        {"winlog": {"event_id": 1, "event_data": {"process": "x"}}, "process": {"pid": 1}, "host": {"name": "h"}},
        {"process": "x", "host": {"name": "h"}, "winlog": {"event_id": 1, "event_data": {"process": "x"}}},
    ),
    "values without a name, one": (xml(EventData={"Data": "a"}), {"Data": "a"}),
    "several": (xml(EventData={"Data": ["a", "b"]}), {"Data": ["a", "b"]}),
    "with attributes": (xml(EventData={"Data": {"#text": ["a", "b"]}}), {"Data": ["a", "b"]}),
    "mixed with named ones": (
        xml(EventData={"Data": [{"@Name": "n", "#text": "v"}, "a"], "Binary": "00"}),
        {"n": "v", "Data": "a", "Binary": "00"},
    ),
    "a list of data": (xml(EventData=[{"@Name": "n", "#text": "v"}]), {"n": "v"}),
    "a named value that is empty": (xml(EventData={"Data": [{"@Name": "n"}]}), {"n": None}),
    "user data without an element": (xml(UserData={"a": "b"}), {"a": "b"}),
    "user data with attributes": (
        xml(UserData={"x": {"#attributes": {"xmlns": "y"}, "a": {"#text": "b", "#attributes": {}}}}),
        {"a": "b", "#attributes": MISSING},
    ),
    "data that is no object": (xml(EventData="<Data/>", UserData=7), {"EventID": 7}),
    "the message": (xml(RenderingInfo={"Message": "m"}), {"Message": "m"}),
    "the code of an event of the Elastic agent": (
        {"winlog": {"channel": SYSMON}, "event": {"code": "1"}, "message": "m"},
        {"EventID": "1", "Message": "m", "Channel": SYSMON},
    ),
    "flat, with the data inside": (
        {"EventID": 1, "Channel": SYSMON, "EventData": {"Image": "x"}},
        {"Image": "x", "EventID": 1},
    ),
    "names that only look nested": (
        {"EventID": 1, "Channel": SYSMON, "Event": "x", "System": ["y"], "winlog": None, "EventData": "z"},
        {"Event": "x", "EventData": "z"},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_record_as_rules_read_it(name: str) -> None:
    record, expected = CASES[name]
    before = repr(record)
    fields, _ = view(record)
    assert {field: fields.get(field, MISSING) for field in expected} == expected
    assert repr(record) == before


def test_nothing_in_a_record_raises() -> None:
    odd: list[Any] = [None, 7, "x", [], {}, [None], {"Data": None}, {"#text": []}, {"Value": {}}]
    for value in odd:
        for name in (
            "Event",
            "System",
            "winlog",
            "event_data",
            "EventData",
            "UserData",
            "EventID",
            "Channel",
            "source",
        ):
            view({name: value})
            view({"Event": {"System": {name: value}, "EventData": {name: value}, "UserData": value}})
            view({"winlog": {"event_id": value, "channel": value, "event_data": value}, "event": value})
            view({"winlog.event_id": value, f"winlog.event_data.{name}": value})
