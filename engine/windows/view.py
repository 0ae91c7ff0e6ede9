"""A Windows record as rules read it: the names that Sigma gives to the fields of an event, at its top.

Collectors nest the same event in different ways. All that they have is left where it is; beside it stand

    of the header   EventID, Channel, Provider_Name, Computer, EventRecordID, TimeCreated, Level, ... as in flat logs
    of the data     every field of EventData and UserData by its own name; what has no name, together in `Data`
    other names     those that rules use for what this log calls otherwise (taxonomy.yml)

A field of the data wins over one of the header (event 104 says in its data which channel was cleared), EventID
excepted; and both win over what the collector put there under that name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from engine.model import LogSource
from engine.windows.kinds import WINDOWS, Names, kind, names_of, spaced

__all__ = ["NESTED", "nested", "view"]

Fields = dict[str, Any]

NESTED = ("Event", "System", "winlog", "event_data", "EventData", "UserData", "user_data")
"""Names at the top of a record under which, where they hold objects, collectors nest the event."""

_WINLOG = {
    "EventID": "event_id", "Channel": "channel", "Provider_Name": "provider_name", "Provider_Guid": "provider_guid",
    "Computer": "computer_name", "EventRecordID": "record_id", "Task": "task", "Opcode": "opcode",
    "Keywords": "keywords", "Version": "version",
}  # fmt: skip
_OLD_WINLOG = {**_WINLOG, "Channel": "log_name", "Provider_Name": "source_name", "EventRecordID": "record_number"}
_PLAIN = ("Channel", "Computer", "EventRecordID", "Level", "Task", "Opcode", "Keywords", "Version")
_OF_ATTRIBUTES = {
    "Provider_Name": ("Provider", "Name"), "Provider_Guid": ("Provider", "Guid"),
    "TimeCreated": ("TimeCreated", "SystemTime"), "ProcessID": ("Execution", "ProcessID"),
    "ThreadID": ("Execution", "ThreadID"), "UserID": ("Security", "UserID"),
}  # fmt: skip
_DOTTED = "winlog."
_SPLUNK = ("wineventlog:", "xmlwineventlog:")


def view(record: Fields, told: LogSource = WINDOWS) -> tuple[Fields, LogSource]:
    """The record as rules read it, and its kind; the record itself where nothing is to be added.

    told  what the user calls the log: a service stands instead of the channel, a category is not looked behind
    """
    found = _unnested(record)
    header, data = found or ({}, {})
    fields = {**record, **header, **data} if found else record
    if "EventID" in header:
        fields["EventID"] = header["EventID"]
    fields = _named(fields, names_of(WINDOWS))
    source = header.get("Channel") or fields.get("Channel") or _splunk(record)
    if source and "Channel" not in fields:
        fields = {**fields, "Channel": source}
    its = _kind(source, fields, told)
    if spaced(its):
        fields = {**{other: fields[name] for name in fields if " " in name for other in _joined(name)}, **fields}
    return _named(fields, names_of(its)), its


def nested(record: Fields) -> bool:
    """Whether the event is inside the record, rather than the record itself."""
    return _unnested(record) is not None


def _kind(channel: Any, fields: Fields, told: LogSource) -> LogSource:
    if told.category:
        return told
    try:
        return kind(channel, fields.get("Provider_Name"), fields.get("EventID"), told.service)
    except TypeError:  # a list or an object where a name should be
        return told


def _named(fields: Fields, names: Names) -> Fields:
    """The same with what is there under another name only."""
    added = {
        name: fields[other]
        for name, others in names.items()
        if name not in fields
        for other in reversed(others)
        if other in fields
    }
    return {**fields, **added} if added else fields


def _joined(name: str) -> tuple[str, str]:
    return name.replace(" ", ""), name.replace(" ", "_")


def _splunk(record: Fields) -> str | None:
    """The channel, where Splunk says it: in `source`, "XmlWinEventLog:Security"."""
    source = record.get("source")
    if isinstance(source, str) and source.lower().startswith(_SPLUNK):
        return source.partition(":")[2] or None
    return None


def _unnested(record: Fields) -> tuple[Fields, Fields] | None:
    """(header, data) of an event that is nested; None for a flat one."""
    event = record.get("Event")
    if type(event) is dict and type(event.get("System")) is dict:
        return _of_xml(event)
    if type(record.get("System")) is dict and "EventID" in record["System"]:
        return _of_xml(record)
    winlog = record.get("winlog")
    if type(winlog) is dict:
        return _of_winlog(record, winlog, _WINLOG)
    if type(record.get("event_data")) is dict and "event_id" in record:
        return _of_winlog(record, record, _OLD_WINLOG)
    if f"{_DOTTED}event_id" in record or f"{_DOTTED}channel" in record:
        return _of_dotted(record)
    if type(record.get("EventData")) is dict or type(record.get("UserData")) is dict:
        return {}, _data(record)
    return None


def _of_xml(event: Fields) -> tuple[Fields, Fields]:
    """The event's XML, as any of the usual converters writes it in JSON."""
    system = event["System"]
    header: Fields = {name: system[name] for name in _PLAIN if name in system}
    if "EventID" in system:
        header["EventID"] = _text(system["EventID"])
    for name, (element, attribute) in _OF_ATTRIBUTES.items():
        value = _attribute(system, element, attribute)
        if value is not None:
            header[name] = value
    rendering = event.get("RenderingInfo")
    if type(rendering) is dict and "Message" in rendering:
        header["Message"] = rendering["Message"]
    return header, _data(event)


def _attribute(parent: Fields, element: str, attribute: str) -> Any:
    """An XML attribute: {"#attributes": {"Name": …}}, {"@Name": …}, {"Name": …}, or beside it in "…_attributes"."""
    for node in (parent.get(element), parent.get(f"{element}_attributes")):
        if type(node) is dict:
            inner = node.get("#attributes")
            for place, name in ((inner, attribute), (node, f"@{attribute}"), (node, attribute)):
                if type(place) is dict and name in place:
                    return place[name]
    return None


def _text(node: Any) -> Any:
    """The text of an XML element, which stands beside its attributes where it has some."""
    if type(node) is not dict:
        return node
    return next((node[name] for name in ("#text", "Value", "$") if name in node), None)


def _data(event: Fields) -> Fields:
    """The fields of EventData and UserData."""
    fields: Fields = {}
    user = event.get("UserData")
    if type(user) is dict:  # holds one element, whose name says nothing
        for name, value in user.items():
            fields.update(_elements(value) if type(value) is dict else _elements({name: value}))
    data = event.get("EventData")
    if type(data) is dict:
        fields.update(_elements(data))
    elif type(data) is list:
        fields.update(_elements({"Data": data}))
    return fields


def _elements(parent: Fields) -> Iterator[tuple[str, Any]]:
    for name, value in parent.items():
        if name == "Data":
            yield from _data_elements(value)
        elif name[:1] not in ("#", "@") and name != "xmlns" and not name.endswith("_attributes"):
            yield name, _text(value) if type(value) is dict and ("#attributes" in value or "#text" in value) else value


def _data_elements(value: Any) -> Iterator[tuple[str, Any]]:
    """The <Data> elements: by name those that have one; all others are values of `Data`."""
    if type(value) is dict and type(value.get("#text")) is list:
        value = value["#text"]
    unnamed: list[Any] = []
    for element in value if type(value) is list else [value]:
        name = _attribute({"Data": element}, "Data", "Name")
        if isinstance(name, str):
            yield name, _text(element)
        else:
            unnamed.append(_text(element))
    if unnamed:
        yield "Data", unnamed if len(unnamed) > 1 else unnamed[0]


def _of_winlog(record: Fields, winlog: Fields, names: dict[str, str]) -> tuple[Fields, Fields]:
    """What Winlogbeat and the Elastic agent write."""
    header: Fields = {name: winlog[other] for name, other in names.items() if winlog.get(other) is not None}
    if "EventID" not in header and type(event := record.get("event")) is dict and "code" in event:
        header["EventID"] = event["code"]
    if "message" in record:
        header["Message"] = record["message"]
    data: Fields = {}
    for part in ("user_data", "event_data"):
        if type(inner := winlog.get(part)) is dict:
            data.update(inner)
    return header, data


def _of_dotted(record: Fields) -> tuple[Fields, Fields]:
    """The same with dots in the names instead of objects."""
    winlog: Fields = {"event_data": {}, "user_data": {}}
    for name, value in record.items():
        if name.startswith(_DOTTED):
            part, _, rest = name[len(_DOTTED) :].partition(".")
            if part in ("event_data", "user_data") and rest:
                winlog[part][rest] = value
            elif not rest:
                winlog[part] = value
    return _of_winlog(record, winlog, _WINLOG)
