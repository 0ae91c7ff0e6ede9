"""Whatever fuzzing found stays mended, and every target holds for what it starts from. Needs no atheris."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from tests.fuzz.registry import TARGETS

FINDINGS = Path(__file__).parent / "findings"
KEPT = sorted(path for path in FINDINGS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_of_a_target_hold(target: str):
    module = import_module(f"tests.fuzz.{target}")
    count = 0
    for seed in module.seeds():
        module.check(seed)
        count += 1
    assert count > 10


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_was_found_once_is_mended(path: Path):
    import_module(f"tests.fuzz.{path.parent.name}").check(path.read_bytes())


def test_each_folder_of_findings_is_that_of_a_target():
    assert {path.parent.name for path in KEPT} <= set(TARGETS)
