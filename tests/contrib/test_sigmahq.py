"""contrib/sigmahq/: what ours find too is left out of SigmaHQ's, and nothing else."""

from __future__ import annotations

import copy
import itertools
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.config.load import load as load_config
from engine.load import load
from engine.load.ruleset import load_text
from engine.match import Detector
from engine.model import Event, Level, LogSource, Ref

CLOUDTRAIL = LogSource("aws", "cloudtrail")
EVENT: dict[str, Any] = {
    "eventVersion": "1.11", "eventTime": "2026-01-01T00:00:00Z", "eventID": "1", "awsRegion": "eu-west-1",
    "sourceIPAddress": "198.51.100.7", "userAgent": "aws-cli/2", "recipientAccountId": "111122223333",
    "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/eve", "userName": "eve"},
}  # fmt: skip


def listed(checkout: Path) -> dict[str, str]:
    """Id of SigmaHQ's rule -> name of ours."""
    text = (checkout / "contrib/sigmahq/detect.yml").read_text("utf-8")
    return dict(re.findall(r"- ([0-9a-f-]{36}) # (\w+)", text))


def test_it_is_a_configuration_that_leaves_out_what_a_shipped_rule_covers(checkout: Path):
    config = load_config(str(checkout / "contrib/sigmahq/detect.yml"), {})
    found = listed(checkout)
    assert len(found) >= 10
    assert set(config.settings.select.exclude) == found.keys()
    assert set(found.values()) <= {rule.name for rule in load([str(checkout / "rules")]).rules}


def test_with_the_pipeline_what_aws_does_by_itself_is_no_finding(checkout: Path):
    text = "title: x\nlogsource: {product: aws, service: cloudtrail}\ndetection: {a: {eventName: X}, condition: a}\n"
    rules = load_text(text, pipelines=[str(checkout / "contrib/sigmahq/pipeline.yml")])
    for kind, fires in (("IAMUser", True), ("AWSService", False)):
        assert fired(rules, {**EVENT, "eventName": "X", "userIdentity": {"type": kind}}) == ({"x"} if fires else set())


def fired(rules: Any, record: dict[str, Any]) -> set[str]:
    found = Detector(rules).detect([Event(0, CLOUDTRAIL, record, Ref("x", 1), "1")])
    return {each.rule.title for each in found if each.rule.level > Level.informational}


def events(detection: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Events for each selection of a rule alone and for all together; not all of them satisfy it."""
    positive = [each for name, each in detection.items() if name != "condition" and not name.startswith("filter")]
    choices = [
        [one for part in (each if isinstance(each, list) else [each]) for one in chosen(part)] for each in positive
    ]
    for some in itertools.chain(itertools.chain(*choices), map(merged, itertools.product(*choices))):
        record = copy.deepcopy(EVENT)
        for path, value in some.items():
            *above, last = path.split(".")
            at = record
            for name in above:
                at = at.setdefault(name, {})
            at[last] = value
        yield record


def merged(some: tuple[dict[str, Any], ...]) -> dict[str, Any]:
    return {path: value for each in some for path, value in each.items()}


def chosen(part: dict[str, Any]) -> list[dict[str, Any]]:
    """One value of each field, in all combinations."""
    paths = [key.split("|")[0] for key in part]
    values = [
        [" ".join(map(str, value))] if "|all" in key else value if isinstance(value, list) else [value]
        for key, value in part.items()
    ]
    shown = [[each.replace("*", "abc") if isinstance(each, str) else each for each in some] for some in values]
    return [dict(zip(paths, each, strict=True)) for each in itertools.islice(itertools.product(*shown), 100)]


@pytest.fixture(scope="module")
def theirs(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Their rules for CloudTrail by id."""
    folder = tmp_path_factory.mktemp("sigmahq")
    with tarfile.open(shared_data / "rules" / "sigmahq.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    found = folder.rglob("cloud/aws/**/*.yml")
    return {yaml.safe_load(path.read_text("utf-8"))["id"]: path for path in found}


def test_whatever_they_find_ours_finds(theirs: dict[str, Path], checkout: Path):
    ours = load([str(checkout / "rules")])
    titles = {rule.name: rule.title for rule in ours.rules}
    for id, name in listed(checkout).items():
        rule = load([str(theirs[id])], cache=False)
        detection = yaml.safe_load(theirs[id].read_text("utf-8"))["detection"]
        hits = [record for record in events(detection) if fired(rule, record)]
        assert hits, id
        assert all(titles[name] in fired(ours, record) for record in hits), (id, name)
