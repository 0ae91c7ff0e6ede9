"""SigmaHQ's Windows rules over real Windows events, where they are at hand."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from engine.decoders import decode
from engine.load import load
from engine.match import Detector
from engine.model import Batch, Blob, Reading
from engine.rules import Ruleset
from tests import oracle
from tests.windows import naive

BLOCKS = 16


@pytest.fixture(scope="module")
def log(shared_data: Path) -> bytes:
    return gzip.decompress((shared_data / "windows" / "otrf-windows.ndjson.gz").read_bytes())


@pytest.fixture(scope="module")
def rules(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Ruleset:
    place = tmp_path_factory.mktemp("rules")
    with tarfile.open(shared_data / "rules" / "sigmahq.tar.gz") as packed:
        members = [one for one in packed if one.name.startswith(("rules/windows/", "rules/category/"))]
        packed.extractall(place, members, filter="data")
    rules = load([place], cache=False)
    assert len(rules.rules) > 2_000
    return rules


Found = dict[int, tuple[int, ...]]


def scanned(rules: Ruleset, text: bytes) -> Found:
    """Position, from 0 -> numbers of the rules, as a scan finds them."""
    detector = Detector(rules)
    found: Found = {}
    for batch in decode(Blob("files", "log", "log", True, None), io.BytesIO(text), Reading(shapes=detector.shape)):
        assert isinstance(batch, Batch)
        found |= {batch.first - 1 + index: numbers for index, numbers in detector.match(batch)}
    return found


@pytest.fixture(scope="module")
def found(rules: Ruleset, log: bytes) -> Found:
    return scanned(rules, log)


@pytest.mark.full
@pytest.mark.parametrize("block", range(BLOCKS))
def test_routed_and_narrow_equals_naive(
    rules: Ruleset, log: bytes, found: Found, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule for rule, event for event; in blocks, because the oracle takes its time."""
    monkeypatch.setattr(oracle, "wild", naive.wild)
    lines = log.splitlines()
    wrong: list[Any] = []
    for index in range(block, len(lines), BLOCKS):
        record = json.loads(lines[index])
        expected = naive.matching(rules.rules, record)
        if found.get(index, ()) != expected:
            wrong.append((index, found.get(index), expected))
    assert not wrong


ATTACKS = {  # what the data sets are named for -> a rule that everybody expects to fire
    "cmd_bitsadmin_download": "File Download Via Bitsadmin To A Suspicious Target Folder",
    "cmd_mshta_vbscript": "Suspicious MSHTA Child Process",
    "cmd_seatbelt": "PUA - Seatbelt Execution",
    "cmd_userinitmprlogonscript": "Potential Persistence Via Logon Scripts - Registry",
    "cobaltstrike": "CobaltStrike Named Pipe",
    "covenant_lolbin_wuauclt": "Proxy Execution Via Wuauclt.EXE",
    "empire_launcher": "HackTool - Empire PowerShell Launch Parameters",
    "empire_launcher_sct_regsvr32": "Potentially Suspicious Regsvr32 HTTP IP Pattern",
    "empire_persistence_run_keys": "Suspicious PowerShell In Registry Run Keys",
    "empire_schtasks_creation": "Suspicious Command Patterns In Scheduled Task Creation",
    "empire_shell_net_localgroup": "Suspicious Group And Account Reconnaissance Activity Using Net.EXE",
    "psh_control_panel_execution": "Control Panel Items",
    "psh_hh_local_html_payload": "HTML Help HH.EXE Suspicious Child Process",
    "psh_stop_event_logging_minint": "Disable Security Events Logging Adding Reg Key MiniNt",
    "purplesharp": "HackTool - PurpleSharp Execution",
    "wmic_remote_xsl_jscript": "Potential Remote SquiblyTwo Technique Execution",
}


@pytest.mark.full
def test_attacks_that_are_in_the_data_are_found(rules: Ruleset, found: Found) -> None:
    titles = {rules.rules[number].title for numbers in found.values() for number in numbers}
    assert {name: title for name, title in ATTACKS.items() if title not in titles} == {}
