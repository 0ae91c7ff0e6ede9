"""Real rules over real logs, where there are some: an explanation is the detector's verdict there, with a reason."""

from __future__ import annotations

import random
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import sources
from engine.decoders import decode
from engine.explain import Explainer
from engine.load import load
from engine.match import Detector
from engine.model import Batch, Blob, Event, Reading, Ref
from engine.rules import Ruleset


@pytest.fixture
def rules(shared_data: Path, tmp_path: Path) -> Ruleset:
    with tarfile.open(shared_data / "rules" / "sigmahq.tar.gz") as packed:
        wanted = ("rules/cloud/aws/", "rules/windows/")
        packed.extractall(tmp_path, [one for one in packed if one.name.startswith(wanted)], filter="data")
    return load([tmp_path], cache=False)


def events(folder: Path) -> Iterator[Event]:
    for blob in sources.for_target(str(folder)).find(str(folder)):
        if isinstance(blob, Blob):
            with sources.source(blob.source).open(blob) as stream:
                for batch in decode(blob, stream, Reading()):
                    if isinstance(batch, Batch):
                        for index, kind in enumerate(batch.kinds()):
                            fields = batch.whole(index) if batch.whole else batch.records[index]
                            yield Event(None, kind, fields, Ref(blob.ref, batch.first + index))


@pytest.mark.full
@pytest.mark.parametrize("log", ["cloudtrail", "windows"])
def test_real_events_are_explained_as_they_are_matched(log: str, rules: Ruleset, shared_data: Path):
    drawn = random.Random(1)
    detector = Detector(rules)
    explainers: dict[str, Explainer] = {}
    matched = 0
    for event in drawn.sample(list(events(shared_data / log)), 1_000):
        found = {detection.rule.key for detection in detector.detect([event])}
        for rule in [*(one for one in rules.rules if one.key in found), *drawn.sample(rules.rules, 20)]:
            explainer = explainers.setdefault(rule.key, Explainer(rule))
            said = explainer.of(event)
            assert said.matched is (rule.key in found), (rule.title, event.ref)
            assert said.holds or said.changes, (rule.title, event.ref)
            matched += bool(said.matched)
    assert matched > 0
