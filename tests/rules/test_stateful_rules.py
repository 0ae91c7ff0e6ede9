"""The correlations that come with the package: what each says about itself."""

from __future__ import annotations

import re
import uuid
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.load import load
from engine.rules import Ruleset
from engine.testing.found import is_test_file

CHECKOUT = Path(__file__).resolve().parents[2]
ROOTS = [CHECKOUT / "rules" / "aws" / "cloudtrail", CHECKOUT / "contrib" / "rules" / "aws" / "cloudtrail"]
DOCUMENTS = [
    document
    for root in ROOTS
    for path in sorted(root.rglob("*.yml"))
    if not is_test_file(path.name)
    for document in yaml.safe_load_all(path.read_text(encoding="utf-8"))
    if "correlation" in document
]


@cache
def ruleset() -> Ruleset:
    return load(ROOTS, cache=False)


def test_every_correlation_loads() -> None:
    assert ruleset().rejected == ()
    assert {each.name for each in ruleset().correlations} == {document["name"] for document in DOCUMENTS}
    assert len(DOCUMENTS) >= 25


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document["name"])
def test_a_correlation_says_all_that_its_reader_needs(document: dict[str, Any]) -> None:
    keys = [key for key in document if key not in ("language", "variables")]
    assert keys == [
        "title", "id", "name", "status", "description", "references", "author", "date", "tags", "correlation",
        "fields", "falsepositives", "level", *["alert_title"] * (document["level"] != "informational"),
    ]  # fmt: skip
    assert uuid.UUID(document["id"]).version == 4
    assert len(document["description"]) > 40
    assert {"sourceIPAddress", "userIdentity.arn"} <= set(document["fields"])
    tags = [tag.removeprefix("attack.") for tag in document["tags"]]
    techniques = [tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)]
    assert techniques
    links = {f"https://attack.mitre.org/techniques/{each.upper().replace('.', '/')}/" for each in techniques}
    assert links <= set(document["references"])


def test_the_page_names_every_variable_with_what_it_is_by_default(checkout: Path):
    page = (checkout / "docs" / "shipped-rules.md").read_text("utf-8")
    said = dict(re.findall(r"^\| `(\w+)` \| (\d+) \|", page, re.MULTILINE))
    there: dict[str, str] = {}
    for path in sorted((checkout / "rules").rglob("*.yml")):
        for document in yaml.safe_load_all(path.read_text("utf-8")):
            for name, value in document.get("variables", {}).items() if "correlation" in document else ():
                assert name not in there
                there[name] = str(value)
    assert said == there
    assert len(there) >= 20


def test_a_site_sets_how_many_are_many(checkout: Path):
    path = str(checkout / "rules/aws/cloudtrail/ssm/many_parameters_read.yml")
    conditions = [
        {one.name: one.options["condition"]["gte"] for one in load([path], variables=given, cache=False).correlations}
        for given in ({}, {"ssm_many_parameters_read": 40})
    ]
    assert [each["aws_ssm_many_parameters_read"] for each in conditions] == [15, 40]
    assert conditions[0].keys() == conditions[1].keys()
