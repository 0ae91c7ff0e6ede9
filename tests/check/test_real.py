"""SigmaHQ's rules, which work: nothing is said of them that would annoy their authors."""

from __future__ import annotations

import tarfile
from collections import Counter
from pathlib import Path

import pytest

from engine.check import Report, Severity, check

pytestmark = pytest.mark.full

KNOWN = {"no-effect": 20, "sigma-specific-instead-of-generic-logsource": 6}
"""Warnings that were looked at one by one and are right, and how many there may be of each."""


@pytest.fixture(scope="module")
def report(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Report:
    packed = shared_data / "rules" / "sigmahq.tar.gz"
    if not packed.is_file():
        pytest.skip("needs SigmaHQ's rules in DETECT_SHARED_DATA")
    folder = tmp_path_factory.mktemp("sigmahq")
    with tarfile.open(packed) as archive:
        archive.extractall(folder, filter="data")
    return check([folder / "rules"], cache=False)


def test_rules_that_work_have_no_errors_and_few_warnings(report: Report):
    assert report.rules > 3_000
    found = Counter(one.check for one in report.findings if one.severity >= Severity.warning)
    assert {name: number for name, number in found.items() if number > KNOWN.get(name, 0)} == {}


def test_notes_are_few(report: Report):
    assert report.count(Severity.note) < report.rules / 8
