"""The generator of benchmark logs: what it promises about them."""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from engine.load import load
from engine.match import Detector
from engine.model import Event, Level, LogSource, Ref

sys.path.insert(0, str(Path(__file__).resolve().parent))

import corpus

RULES = Path(__file__).resolve().parents[2] / "rules"
_FOLDER = r"AWSLogs/(\d{12})/CloudTrail/([a-z0-9-]+)/(\d{4})/(\d\d)/(\d\d)"
NAME = re.compile(_FOLDER + r"/\1_CloudTrail_\2_(\3\4\5T\d{4})Z_[A-Za-z0-9]{16}\.json\.gz")
ORDER = """
    eventVersion userIdentity eventTime eventSource eventName awsRegion sourceIPAddress userAgent errorCode errorMessage
    requestParameters responseElements additionalEventData requestID eventID readOnly resources eventType apiVersion
    managementEvent recipientAccountId sharedEventID vpcEndpointId eventCategory tlsDetails sessionCredentialFromConsole
""".split()  # noqa: SIM905 - words in the order of the documentation


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(p for p in folder.rglob("*.json.gz"))
    return {p.relative_to(folder).as_posix(): gzip.decompress(p.read_bytes()) for p in found}


def records(folder: Path) -> list[dict[str, Any]]:
    return [record for text in files(folder).values() for record in json.loads(text)["Records"]]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small")
    corpus.write(corpus.Plan(out, 6000, "7", attacks=22))
    return out


def test_the_same_seed_writes_the_same_records(small: Path, tmp_path: Path):
    corpus.write(corpus.Plan(tmp_path, 6000, "7", attacks=22))
    assert files(tmp_path) == files(small)
    assert (tmp_path / "truth.json").read_bytes() == (small / "truth.json").read_bytes()


def test_another_seed_writes_others(small: Path, tmp_path: Path):
    corpus.write(corpus.Plan(tmp_path, 600, "8"))
    ids = {record["eventID"] for record in records(small)}
    assert ids.isdisjoint(record["eventID"] for record in records(tmp_path))


def test_files_lie_where_cloudtrail_puts_them(small: Path):
    assert all(NAME.fullmatch(name) for name in files(small))
    assert all(text.startswith(b'{"Records":[{') and text.endswith(b"}]}") for text in files(small).values())


def test_records_look_like_cloudtrail(small: Path):
    for record in records(small):
        known = [key for key in record if key in ORDER]
        assert known == sorted(known, key=ORDER.index)
        assert {"eventVersion", "userIdentity", "eventTime", "eventID", "recipientAccountId"} <= set(record)
    text = b"".join(files(small).values())
    assert not re.search(rb"<[@#a-z][^>]{0,30}>", text), "a slot was left unfilled"


def test_records_have_the_size_and_variety_of_real_ones(small: Path):
    every = records(small)
    text = sum(map(len, files(small).values()))
    packed = sum(p.stat().st_size for p in small.rglob("*.json.gz"))
    assert 1250 < text / len(every) < 1550
    assert 6 < text / packed < 12
    assert len({(record["eventSource"], record["eventName"]) for record in every}) > 100
    assert 0.02 < sum("errorCode" in record for record in every) / len(every) < 0.06


def test_times_are_late_and_out_of_order_like_the_real_ones(small: Path):
    backwards = pairs = 0
    for name, text in files(small).items():
        delivered = datetime.strptime(NAME.fullmatch(name)[6], "%Y%m%dT%H%M")  # type: ignore[index]
        times = [datetime.strptime(r["eventTime"], "%Y-%m-%dT%H:%M:%SZ") for r in json.loads(text)["Records"]]
        assert all(timedelta(0) < delivered - time <= timedelta(seconds=620) for time in times)
        backwards += sum(b < a for a, b in pairwise(times))
        pairs += len(times) - 1
    assert 0.15 < backwards / pairs < 0.3


def test_ids_are_unique_unless_duplicates_are_asked_for(small: Path, tmp_path: Path):
    assert max(Counter(record["eventID"] for record in records(small)).values()) == 1
    corpus.write(corpus.Plan(tmp_path, 20000, "7", duplicates=0.3, accounts=1, regions=1))
    counted = Counter(json.dumps(record) for record in records(tmp_path))
    assert set(counted.values()) == {1, 2}
    assert 0.2 < sum(n == 2 for n in counted.values()) / len(counted) < 0.35


def test_the_truth_names_every_planted_attack(small: Path):
    truth = json.loads((small / "truth.json").read_text())
    by_id = {record["eventID"]: record for record in records(small)}
    assert Counter(attack["scenario"] for attack in truth["attacks"]) == {s.name: 2 for s in corpus.SCENARIOS}
    for attack in truth["attacks"]:
        planted = [by_id[event] for event in attack["events"]]
        assert planted[0]["eventTime"] == attack["first"]
        assert planted[-1]["eventTime"] == attack["last"]
        assert set(attack["found"]) <= set(attack["events"])
        assert {record["userIdentity"]["arn"] for record in planted} == {attack["principal"]}
        assert (small / attack["file"]).is_file()


def test_the_shipped_rules_find_every_planted_attack_and_nothing_else(small: Path):
    detector, source = Detector(load([str(RULES)], cache=False)), LogSource("aws", "cloudtrail")
    events = [Event(None, source, record, Ref("corpus", n)) for n, record in enumerate(records(small), 1)]
    # Informational rules are the parts that correlations count: every sign-in, every role assumed.
    hits = [hit for hit in detector.detect(events) if hit.rule.level > Level.informational]
    found = {(hit.rule.id, hit.events[0].fields["eventID"]) for hit in hits}
    attacks = json.loads((small / "truth.json").read_text())["attacks"]
    assert {(attack["rule"], event) for attack in attacks for event in attack["found"]} <= found
    assert {event for _, event in found} <= {event for attack in attacks for event in attack["events"]}


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_the_share_of_watched_calls_is_the_one_asked_for(share: float, tmp_path: Path):
    corpus.write(corpus.Plan(tmp_path, 4000, "7", match_share=share, attacks=0))
    watched = {(call.source, call.name) for call in corpus.WATCHED}
    every = records(tmp_path)
    assert abs(sum((r["eventSource"], r["eventName"]) in watched for r in every) / len(every) - share) < 0.05


def test_real_records_are_replayed_with_new_ids_and_times(shared_data: Path, tmp_path: Path):
    real = shared_data / "cloudtrail" / "invictus"
    corpus.write(corpus.Plan(tmp_path, 1000, "7", attacks=0, records=real))
    ids = {r["eventID"] for p in real.rglob("*.json") for r in json.loads(p.read_bytes())["Records"]}
    replayed = records(tmp_path)
    assert ids.isdisjoint(r["eventID"] for r in replayed)
    assert {r["eventTime"][:4] for r in replayed} == {"2024"}
