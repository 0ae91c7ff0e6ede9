"""Writes samples/windows: an evening on two computers of a made-up shop, as Winlogbeat ships it.

    python tests/samples/make_windows.py

The same bytes each time. Names are made up, addresses are those set aside for documentation.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

__all__ = ["FILE", "text"]

FILE = Path("samples", "windows", "winlogbeat-2024.05.14.ndjson")
START = datetime(2024, 5, 14, 17, 0, tzinfo=UTC)
SYSMON = "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-Sysmon"
SECURITY = "Security", "Microsoft-Windows-Security-Auditing"
EVENTLOG = "Security", "Microsoft-Windows-Eventlog"
SYSTEM32 = "C:\\Windows\\System32\\"
EXPLORER = "C:\\Windows\\explorer.exe"

Log = tuple[str, str]
Happened = tuple[int, str, Log, int, dict[str, str]]
"""(minutes after the start, computer, log, event id, data)"""


def process(image: str, command: str, parent: str, user: str) -> dict[str, str]:
    name = image.rpartition("\\")[2]
    return {
        "Image": image, "OriginalFileName": name, "CommandLine": command, "User": f"HARBOUR\\{user}",
        "IntegrityLevel": "High" if user == "adm-jonas" else "Medium", "ParentImage": parent,
        "ParentCommandLine": parent,
    }  # fmt: skip


def work() -> Iterator[Happened]:
    """What happens on any evening."""
    programs = ["notepad.exe", "mspaint.exe", "calc.exe", "msinfo32.exe"]
    for number, (host, user) in enumerate([("ws-amira", "amira"), ("fs-01", "svc-backup")] * 8):
        minute = 3 + 10 * number
        logon = {"TargetUserName": user, "LogonType": "3", "IpAddress": f"192.0.2.{20 + number}"}
        yield minute, host, SECURITY, 4624, logon
        image = SYSTEM32 + programs[number % len(programs)]
        yield minute + 1, host, SYSMON, 1, process(image, image, EXPLORER, user)
        yield minute + 2, host, SYSMON, 5, {"Image": image}
    yield 62, "fs-01", SYSMON, 1, process(f"{SYSTEM32}vssadmin.exe", "vssadmin list shadows", EXPLORER, "svc-backup")


def attack() -> Iterator[Happened]:
    """What does not: somebody with the password of an administrator."""
    host, cmd = "fs-01", f"{SYSTEM32}cmd.exe"
    yield 95, host, SECURITY, 4624, {"TargetUserName": "adm-jonas", "LogonType": "10", "IpAddress": "203.0.113.77"}
    yield 97, host, SYSMON, 1, process(cmd, "cmd.exe", EXPLORER, "adm-jonas")
    delete = "vssadmin.exe  Delete Shadows /All /Quiet"
    yield 98, host, SYSMON, 1, process(f"{SYSTEM32}vssadmin.exe", delete, cmd, "adm-jonas")
    yield 99, host, SYSMON, 1, process(f"{SYSTEM32}wbem\\WMIC.exe", "wmic shadowcopy delete", cmd, "adm-jonas")
    clear = process(f"{SYSTEM32}wevtutil.exe", "wevtutil cl Security", cmd, "adm-jonas")
    yield 101, host, SYSMON, 1, clear
    yield 101, host, EVENTLOG, 1102, {"SubjectUserName": "adm-jonas", "SubjectDomainName": "HARBOUR"}


def shipped(number: int, happened: Happened) -> dict[str, Any]:
    """A document of Winlogbeat."""
    minutes, host, (channel, provider), event_id, data = happened
    time = START + timedelta(minutes=minutes, milliseconds=37 * number)
    part = "user_data" if provider == EVENTLOG[1] else "event_data"
    return {
        "@timestamp": time.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z",
        "agent": {"type": "winlogbeat", "version": "8.13.2"},
        "event": {"code": str(event_id), "kind": "event", "provider": provider},
        "host": {"name": host},
        "winlog": {
            "channel": channel, "provider_name": provider, "event_id": str(event_id), "api": "wineventlog",
            "computer_name": f"{host}.harbour.example", "record_id": 70_000 + number, part: data,
        },
    }  # fmt: skip


def text() -> str:
    """The file, in order of time."""
    happened = sorted([*work(), *attack()], key=lambda one: one[0])
    return "".join(json.dumps(shipped(number, one)) + "\n" for number, one in enumerate(happened))


if __name__ == "__main__":
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(text(), "utf-8")
