"""The derived fields of CloudTrail that come with the package, for every kind of identity."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.derived import Fields, applying
from engine.load import load_text
from engine.model import LogSource

CASES = yaml.safe_load(Path(__file__).with_name("aws_cloudtrail.yml").read_text("utf-8"))
CLOUDTRAIL = LogSource("aws", "cloudtrail")
SHIPPED = load_text("").derived
FIELDS = Fields(applying(SHIPPED, CLOUDTRAIL))
NAMES = [definition.name for definition in SHIPPED]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_what_follows_from_a_record(case: dict[str, Any]) -> None:
    assert FIELDS.values(NAMES, case["record"]) == case["derived"]


def test_every_type_of_identity_that_cloudtrail_documents_has_a_case() -> None:
    documented = {
        *{"Root", "IAMUser", "AssumedRole", "Role", "FederatedUser", "Directory", "AWSAccount", "AWSService"},
        *{"IdentityCenterUser", "SAMLUser", "WebIdentityUser"},
    }
    cased = [(case["record"].get("userIdentity") or {}).get("type") for case in CASES]
    assert documented <= {kind for kind in cased if isinstance(kind, str)}


def test_what_ships_is_listed() -> None:
    assert set(NAMES) == {"actor", "actor_type", "session_name", "target_role", "is_aws_service"}
    assert all(definition.description for definition in SHIPPED)
    assert {definition.logsource for definition in SHIPPED} == {CLOUDTRAIL}


def records(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.json")):
        yield from json.loads(path.read_text("utf-8"))["Records"]


def test_real_records_all_have_an_actor(shared_data: Path) -> None:
    seen = [
        (record, FIELDS.values(NAMES, record)) for record in records(shared_data / "cloudtrail/invictus/CloudTrail")
    ]
    assert len(seen) > 1_000
    assert [record for record, found in seen if not isinstance(found["actor"], str) or not found["actor_type"]] == []
    denied = [found for record, found in seen if record["eventName"] == "AssumeRole" and record.get("errorCode")]
    assert denied
    assert all(found["target_role"].startswith("arn:aws:iam::") for found in denied)
