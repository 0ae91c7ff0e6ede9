"""The Windows rules that come with the package: what each finds, and what it leaves alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.load import load
from engine.match import Detector
from engine.model import Event, Ref
from engine.windows.view import view

ROOT = Path(__file__).resolve().parents[2] / "rules" / "windows"
SYSMON = "Microsoft-Windows-Sysmon/Operational"


def sysmon(image: str, command: str, event_id: int = 1) -> dict[str, Any]:
    return {"Channel": SYSMON, "EventID": event_id, "Image": f"C:\\Windows\\{image}", "CommandLine": command}


def audited(image: str, command: str) -> dict[str, Any]:
    return {"Channel": "Security", "EventID": 4688, "NewProcessName": f"C:\\{image}", "CommandLine": command}


def cleared(
    channel: str = "Security", provider: str = "Microsoft-Windows-Eventlog", number: int = 1102
) -> dict[str, Any]:
    return {"Channel": channel, "Provider_Name": provider, "EventID": number}


CASES = {
    "process_creation/shadow_copies_deleted": (
        {
            "all at once": sysmon("vssadmin.exe", "vssadmin delete shadows /all"),
            "no room left": sysmon("VSSADMIN.EXE", "vssadmin resize shadowstorage /for=C: /on=C: /maxsize=401MB"),
            "by WMI": sysmon("wbem\\WMIC.exe", "wmic shadowcopy delete"),
            "by PowerShell": sysmon("powershell.exe", "gwmi Win32_ShadowCopy | % { $_.Delete() }"),
            "seen by the audit": audited("vssadmin.exe", "vssadmin delete shadows /all"),
        },
        {
            "they are listed": sysmon("vssadmin.exe", "vssadmin list shadows"),
            "a program that is called so": sysmon("notepad.exe", "notepad vssadmin delete shadows"),
            "the end of a process": sysmon("vssadmin.exe", "vssadmin delete shadows /all", 5),
        },
    ),
    "security/audit_log_cleared": (
        {"cleared": cleared(), "as text": cleared() | {"EventID": "1102"}},
        {
            "another log": cleared("Application"),
            "another provider": cleared(provider="AD FS Auditing"),
            "another event": cleared(number=1100),
        },
    ),
}


@cache
def detector() -> Detector:
    return Detector(load([ROOT], cache=False))


def found(record: dict[str, Any]) -> set[str]:
    fields, kind = view(record)
    hits = detector().detect([Event(None, kind, fields, Ref("test", 1))])
    return {Path(hit.rule.path).relative_to(ROOT).with_suffix("").as_posix() for hit in hits}


def cases(part: int) -> list[Any]:
    return [
        pytest.param(rule, record, id=f"{rule}: {what}")
        for rule, both in CASES.items()
        for what, record in both[part].items()
    ]


@pytest.mark.parametrize(("rule", "record"), cases(0))
def test_it_is_found(rule: str, record: dict[str, Any]) -> None:
    assert found(record) == {rule}


@pytest.mark.parametrize(("rule", "record"), cases(1))
def test_it_is_left_alone(rule: str, record: dict[str, Any]) -> None:
    assert found(record) == set()


def test_every_rule_has_its_cases() -> None:
    assert CASES.keys() == {path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.rglob("*.yml")}
    assert detector().ruleset.rejected == ()
