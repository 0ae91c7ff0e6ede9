"""The Windows sample: made again it is the same, and what happened in it is found, and nothing else."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from engine.decoders import decode
from engine.load import load
from engine.match import Detector
from engine.model import Batch, Blob, Reading

sys.path.insert(0, str(Path(__file__).resolve().parent))

import make_windows

CHECKOUT = Path(__file__).resolve().parents[2]


def test_made_again_the_sample_is_the_same() -> None:
    assert make_windows.text() == (CHECKOUT / make_windows.FILE).read_text("utf-8")


def test_the_shipped_rules_find_the_attack_and_nothing_else() -> None:
    rules = load([CHECKOUT / "rules"], cache=False)
    detector = Detector(rules)
    text = make_windows.text().encode()
    (batch,) = decode(Blob("files", "log", "log", True, len(text)), io.BytesIO(text), Reading(shapes=detector.shape))
    assert isinstance(batch, Batch)
    found = [
        (rules.rules[number].title, batch.records[index].get("CommandLine"))
        for index, numbers in detector.match(batch)
        for number in numbers
    ]
    assert found == [
        ("Shadow Copies Deleted or Squeezed Out", "vssadmin.exe  Delete Shadows /All /Quiet"),
        ("Shadow Copies Deleted or Squeezed Out", "wmic shadowcopy delete"),
        ("Audit Log Cleared", None),
    ]
