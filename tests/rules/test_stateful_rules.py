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
    keys = [key for key in document if key != "language"]
    assert keys == [
        "title", "id", "name", "status", "description", "references", "author", "date", "tags", "correlation",
        "fields", "falsepositives", "level",
    ]  # fmt: skip
    assert uuid.UUID(document["id"]).version == 4
    assert len(document["description"]) > 40
    assert {"sourceIPAddress", "userIdentity.arn"} <= set(document["fields"])
    tags = [tag.removeprefix("attack.") for tag in document["tags"]]
    techniques = [tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)]
    assert techniques
    links = {f"https://attack.mitre.org/techniques/{each.upper().replace('.', '/')}/" for each in techniques}
    assert links <= set(document["references"])
