"""Which events are of which kind, and which rules see them."""

from __future__ import annotations

from typing import Any

import pytest

from engine.logsources import routed
from engine.model import LogSource
from engine.windows.kinds import WINDOWS, all_kinds, kind, routes, sees
from engine.windows.view import view

SYSMON = "Microsoft-Windows-Sysmon/Operational"

KINDS: list[tuple[tuple[Any, Any, Any], str | None, str | None]] = [
    # channel, provider, event id; service, category
    ((SYSMON, None, 1), "sysmon", "process_creation"),
    ((SYSMON.upper(), None, "1"), "sysmon", "process_creation"),
    ((SYSMON, None, " 22 "), "sysmon", "dns_query"),
    ((SYSMON, None, 1.0), "sysmon", "process_creation"),
    ((SYSMON, None, 77), "sysmon", None),
    ((SYSMON, None, None), "sysmon", None),
    ((SYSMON, None, "1;2"), "sysmon", None),
    ((SYSMON, None, "²"), "sysmon", None),
    ((SYSMON, None, float("inf")), "sysmon", None),
    ((SYSMON, None, 10**400), "sysmon", None),
    (("Security", None, 4688), "security", "process_creation"),
    (("Security", None, 1), "security", None),
    (("security", "Microsoft-Windows-Sysmon", 1), "security", None),
    ((None, "Microsoft-Windows-Sysmon", 1), "sysmon", "process_creation"),
    (("", "Microsoft-Windows-Kernel-File", 12), "kernel-file", "file_access"),
    (("PowerShellCore/Operational", None, 4104), "powershell", "ps_script"),
    (("Windows PowerShell", None, 800), "powershell-classic", "ps_classic_script"),
    (("Company-Agent/Admin", None, 1), "company-agent/admin", None),
    ((None, "Company-Agent", 1), None, None),
    ((None, None, 4688), None, None),
    ((7, None, 1), None, None),
]


@pytest.mark.parametrize(("said", "service", "category"), KINDS, ids=lambda value: repr(value)[:80])
def test_channel_and_event_id_tell_the_kind(said: tuple[Any, Any, Any], service: str, category: str) -> None:
    assert kind(*said) == LogSource("windows", service, category)


def test_what_the_user_says_stands_instead_of_the_channel() -> None:
    assert kind("Forwarded", None, 1, "Sysmon") == LogSource("windows", "sysmon", "process_creation")
    record = {"Channel": SYSMON, "EventID": 1}
    told = LogSource("windows", None, "image_load")
    assert view(record, told) == (record, told)


SEES = [
    # service and category of a rule; those of an event; whether it sees it
    ((None, "registry_event"), ("sysmon", "registry_set"), True),
    ((None, "registry_event"), ("sysmon", "registry_add"), True),
    ((None, "registry_delete"), ("sysmon", "registry_add"), True),
    ((None, "registry_add"), ("sysmon", "registry_set"), False),
    ((None, "process_creation"), ("security", "process_creation"), True),
    (("sysmon", "process_creation"), ("security", "process_creation"), False),
    (("sysmon", None), ("sysmon", "registry_set"), True),
    (("sysmon", "registry_event"), ("sysmon", "registry_set"), True),
    (("security", None), ("security", None), True),
    (("microsoft-servicebus-client", None), ("servicebus-client", None), True),
    ((None, None), ("sysmon", "registry_set"), True),
    ((None, None), (None, None), True),
    ((None, "process_creation"), (None, None), False),
]


@pytest.mark.parametrize(("rule", "event", "expected"), SEES, ids=str)
def test_a_rule_sees_its_kinds(rule: tuple[str, str], event: tuple[str, str], expected: bool) -> None:
    assert routed(LogSource("windows", *rule), LogSource("windows", *event)) is expected
    assert routed(LogSource("Windows", *rule), LogSource("WINDOWS", *event)) is expected


def test_rules_of_other_products_see_no_event_of_windows() -> None:
    assert not any(sees(LogSource("linux", None, "process_creation"), event) for event in all_kinds())
    assert routed(LogSource(None, None, "antivirus"), kind(None, "Microsoft-Windows-Windows Defender", 1116))


def test_two_events_that_are_called_the_same_are_seen_by_the_same_rules() -> None:
    """Else routing by the name of a kind would be wrong: every id is looked at, and the data says it for each."""
    from engine.windows.kinds import _taxonomy

    for service, number in _taxonomy().called:
        event = LogSource("windows", service, _taxonomy().called[service, number])
        assert sees(LogSource("windows", None, event.category), event)
        assert event in all_kinds()


def test_a_logsource_that_no_event_has_is_told() -> None:
    assert routes(LogSource("windows", None, "registry_delete"))
    assert routes(LogSource("windows", "bits-client"))
    assert not routes(LogSource("windows", None, "registry_deleted"))
    assert not routes(LogSource("windows", "sysmon", "ps_script"))


def test_an_event_without_a_channel_is_just_of_windows() -> None:
    assert view({"EventID": 1, "Channel": ["a"]})[1] == WINDOWS
    assert view({"EventID": {"a": 1}, "Channel": SYSMON})[1] == WINDOWS
