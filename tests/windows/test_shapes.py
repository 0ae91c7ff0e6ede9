"""The same events in every shape: rules see the same in all of them, and people what their log says."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from engine.decoders import decode
from engine.door import load_rules
from engine.load import load
from engine.match import Detector
from engine.model import Batch, Blob, LogSource, Reading
from engine.rules import Ruleset
from tests.windows import made
from tests.windows.made import EVENTS, FLAT, SHAPES, Made

LOGS = {**{name: made.lines(shape) for name, shape in SHAPES.items()}, "evtx": made.evtx()}
BLOBS = {
    **LOGS,
    "a list": json.dumps([SHAPES["winlogbeat"](event) for event in EVENTS]).encode(),
    "of a search": json.dumps(
        {"hits": {"hits": [{"_source": SHAPES["winlogbeat"](event)} for event in EVENTS]}}
    ).encode(),
    "mixed": b"".join(made.lines(list(SHAPES.values())[event.number % len(SHAPES)], (event,)) for event in EVENTS),
}


def batches(data: bytes, reading: Reading) -> list[Batch]:
    found = list(decode(Blob("files", "log", "log", False, len(data)), io.BytesIO(data), reading))
    assert all(isinstance(item, Batch) for item in found), found
    return found  # type: ignore[return-value]


def detections(rules: Ruleset, data: bytes, narrow: bool) -> set[tuple[int, str]]:
    """(number of the event, title of the rule)."""
    detector = Detector(rules)
    return {
        (batch.first + index, rules.rules[number].title)
        for batch in batches(data, Reading(shapes=detector.shape if narrow else None))
        for index, numbers in detector.match(batch)
        for number in numbers
    }


CHOSEN = {  # unmodified rules of SigmaHQ, and the events that each must find
    "proc_creation_win_certutil_download.yml": {1},
    "proc_creation_win_susp_shadow_copies_deletion.yml": {2, 14},
    "create_remote_thread_win_powershell_susp_targets.yml": {7},
    "file_event_win_lsass_default_dump_file_names.yml": {9},
    "registry_set_windows_defender_tamper.yml": {11},
    "win_security_user_creation.yml": {16},
    "win_security_audit_log_cleared.yml": {18},
    "win_system_service_install_sysinternals_psexec.yml": {20},
    "posh_ps_malicious_commandlets.yml": {21},
    "posh_pc_downgrade_attack.yml": {23},
    "av_hacktool.yml": {24},
    "win_defender_threat.yml": {24},
    "win_defender_real_time_protection_disabled.yml": {25},
    "win_bits_client_new_transfer_via_ip_address.yml": {27},
}


@pytest.fixture(scope="module")
def sigmahq(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    place = tmp_path_factory.mktemp("rules")
    with tarfile.open(shared_data / "rules" / "sigmahq.tar.gz") as packed:
        packed.extractall(place, [one for one in packed if one.name.rpartition("/")[2] in CHOSEN], filter="data")
    rules = load([place], cache=False)
    assert len(rules.rules) == len(CHOSEN)
    return rules


@pytest.mark.parametrize("narrow", [False, True], ids=["whole", "narrow"])
@pytest.mark.parametrize("name", BLOBS)
def test_rules_of_sigmahq_fire_on_every_shape(sigmahq: Ruleset, name: str, narrow: bool) -> None:
    titles = {Path(rule.path).name: rule.title for rule in sigmahq.rules}
    expected = {(number, titles[rule]) for rule, numbers in CHOSEN.items() for number in numbers}
    assert detections(sigmahq, BLOBS[name], narrow) == expected


OWN = """
title: "{category}"
logsource: {{product: windows, {place}}}
detection: {{any: {{Computer: ws01.example.org}}, condition: any}}
"""

SEEN = {  # what a rule names -> the events that it sees
    "category: process_creation": {1, 2, 3, 14},
    "category: network_connection": {4},
    "category: registry_event": {10, 11},
    "category: registry_delete": {10},
    "category: registry_set": {11},
    "category: pipe_created": {12},
    "category: ps_script": {21},
    "category: ps_classic_start": {23},
    "service: sysmon": set(range(1, 14)),
    "service: security": {14, 15, 16, 17, 18},
    "service: system": {19, 20},
    "service: powershell": {21, 22},
    "service: windefend": {24, 25},
    "service: sysmon, category: process_creation": {1, 2, 3},
    "service: security, category: process_creation": {14},
    "service: application": set[int](),
}


@pytest.mark.parametrize("name", LOGS)
def test_a_rule_sees_the_events_of_its_service_and_category(name: str) -> None:
    rules = load_rules([OWN.format(category=place, place=place) for place in SEEN])
    found = detections(rules, LOGS[name], True)
    assert {place: {number for number, title in found if title == place} for place in SEEN} == SEEN


@pytest.mark.parametrize("name", SHAPES)
def test_a_record_is_shown_as_its_log_has_it(name: str) -> None:
    for narrow in (False, True):
        shapes = Detector(load_rules(OWN.format(category="x", place="service: sysmon"))).shape if narrow else None
        (batch,) = batches(LOGS[name], Reading(shapes=shapes))
        assert batch.original is not None
        assert [batch.original(index) for index in range(len(EVENTS))] == list(map(SHAPES[name], EVENTS))


@pytest.mark.parametrize("name", LOGS)
def test_fields_have_the_names_that_rules_use(name: str) -> None:
    (batch,) = batches(LOGS[name], Reading())
    for event, fields in zip(EVENTS, batch.records, strict=True):
        header = {"Provider_Name": event.provider, "Computer": "ws01.example.org"} | event.data | event.user
        if name in FLAT:
            header["Channel"] = event.channel
        assert int(fields["EventID"]) == event.event_id
        assert int(fields["EventRecordID"]) == event.number
        assert {key: _plain(fields[key]) for key in header} == header


def _plain(value: Any) -> Any:
    return value[0] if isinstance(value, list) else value


def test_a_log_that_was_cleared_is_named_by_the_event_and_not_by_where_it_stands() -> None:
    """Event 104 is in the channel System, and says in its data which channel was cleared."""
    cleared = next(event for event in EVENTS if event.event_id == 104)
    for name in LOGS.keys() - FLAT:
        (batch,) = batches(LOGS[name], Reading())
        assert batch.records[cleared.number - 1]["Channel"] == "Windows PowerShell"
        assert batch.kinds()[cleared.number - 1] == LogSource("windows", "system")


def test_there_are_enough_events_to_mean_something() -> None:
    assert len(EVENTS) >= 20
    assert all(isinstance(event, Made) for event in EVENTS)
