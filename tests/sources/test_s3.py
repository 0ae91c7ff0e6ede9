"""S3: what is listed, from where on, what is read, and what becomes of all that can go wrong; against a real server."""

from __future__ import annotations

import re

import pytest

from engine import sources
from engine.errors import UsageError
from engine.model import Blob, Delivered, Problem
from engine.sources import s3
from engine.times import parse_time
from tests.sources.cloud import ACCOUNT, Cloud, cloud, trail, whole_cloud

__all__ = ["cloud", "whole_cloud"]


def time(text: str) -> int:
    found = parse_time(text)
    assert found is not None
    return found


def refs(target: str, **more: int) -> list[str]:
    return [item.ref for item in s3.find(target, **more) if isinstance(item, Blob)]


def blob(target: str) -> Blob:
    [found] = [item for item in s3.find(target) if isinstance(item, Blob)]
    return found


def listed_from(cloud: Cloud) -> list[str]:
    return re.findall(r"start-after=([^& ]*)", "\n".join(cloud.asked))


def test_all_objects_are_found_in_order_of_the_parts_of_their_keys(cloud: Cloud):
    cloud.bucket()
    keys = [trail("1005"), trail("1000"), trail("1000", "us-east-1"), f"AWSLogs/{ACCOUNT}/Config/x/a.json", "a-1.json"]
    for key in keys:
        cloud.put(key)
    assert refs(cloud.s3("logs")) == sorted(keys, key=lambda key: key.split("/"))


@pytest.mark.parametrize(
    ("prefix", "ref"),
    [
        ("AWSLogs", trail("1000").removeprefix("AWSLogs/")),
        ("AWSLogs/", trail("1000").removeprefix("AWSLogs/")),
        (f"AWSLogs/{ACCOUNT}/CloudTrail/eu-west-1/2026/01/", trail("1000").partition("/2026/01/")[2]),
        (trail("1000"), trail("1000").rpartition("/")[2]),
    ],
)
def test_refs_are_relative_to_what_was_named(cloud: Cloud, prefix: str, ref: str):
    cloud.bucket()
    cloud.put(trail("1000"))
    cloud.put("AWSLogs2/other.json")
    assert refs(cloud.s3(f"logs/{prefix}")) == [ref]


def test_digests_are_listed_only_where_they_are_named(cloud: Cloud):
    cloud.bucket()
    digest = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/eu-west-1/2026/01/31/d.json.gz"
    cloud.put(digest)
    cloud.put(trail("1000"))
    assert refs(cloud.s3("logs")) == [trail("1000")]
    assert refs(cloud.s3(f"logs/AWSLogs/{ACCOUNT}/CloudTrail-Digest/")) == ["eu-west-1/2026/01/31/d.json.gz"]


def test_an_organisation_has_one_more_level(cloud: Cloud):
    cloud.bucket()
    key = trail("1000").replace("AWSLogs/", "AWSLogs/o-abc123/")
    cloud.put(key)
    assert refs(cloud.s3("logs/AWSLogs/"), after=time("2026-01-31T10:30:00Z")) == [key.removeprefix("AWSLogs/")]
    assert listed_from(cloud)


def test_a_later_listing_begins_at_what_can_be_new(cloud: Cloud):
    cloud.bucket()
    for clock in ("0100", "0359", "0400", "1000"):
        cloud.put(trail(clock))
    cloud.put(trail("2300", day="2026/01/30"))
    found = refs(cloud.s3("logs", look_back="6h"), after=time("2026-01-31T10:00:00Z"))
    assert found == [trail("0400"), trail("1000")]


def test_an_object_that_appears_late_under_an_old_name_is_found_within_the_look_back(cloud: Cloud):
    cloud.bucket()
    cloud.put(trail("0500"))
    after = time("2026-01-31T12:00:00Z")
    assert refs(cloud.s3("logs", look_back="6h"), after=after) == []
    assert refs(cloud.s3("logs", look_back="8h"), after=after) == [trail("0500")]


def test_what_was_delivered_outside_the_wanted_time_is_passed_over_and_said(cloud: Cloud):
    cloud.bucket()
    for day in ("2026/01/01", "2026/01/15", "2026/01/31"):
        cloud.put(trail("1000", day=day))
    found = list(s3.find(cloud.s3("logs"), since=time("2026-01-14T00:00:00Z"), until=time("2026-01-16T00:00:00Z")))
    assert [item.ref for item in found if isinstance(item, Blob)] == [trail("1000", day="2026/01/15")]
    assert {item.kind for item in found if isinstance(item, Problem)} <= {"out-of-range"}


def test_a_listing_of_many_pages_is_whole(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    cloud.bucket()
    monkeypatch.setattr(s3, "PAGE", 2)
    for number in range(5):
        cloud.put(f"x/{number}")
        cloud.put(trail("1000", f"eu-west-{number}"))
    assert len(refs(cloud.s3("logs/x"))) == 5
    assert len(refs(cloud.s3("logs"))) == 10


def test_a_listing_says_how_far_all_is_delivered_unless_a_part_of_it_failed(cloud: Cloud):
    cloud.bucket()
    cloud.put(trail("1000"))
    cloud.put(trail("1000", "us-east-1"))
    assert isinstance(list(s3.find(cloud.s3("logs")))[-1], Delivered)
    cloud.fail("prefix=.*us-east-1", 403, "AccessDenied")
    found = list(s3.find(cloud.s3("logs")))
    assert [item.ref for item in found if isinstance(item, Blob)] == [trail("1000")]
    [problem] = [item for item in found if isinstance(item, Problem)]
    assert (problem.kind, problem.lost) == ("source", True)
    assert "us-east-1" in problem.fault
    assert "AccessDenied" in problem.fault
    assert not any(isinstance(item, Delivered) for item in found)


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError")])
def test_what_is_throttled_is_asked_for_again(cloud: Cloud, status: int, code: str):
    cloud.bucket()
    cloud.put("a.json")
    cloud.fail("GET /logs", status, code, 2)
    assert refs(cloud.s3("logs")) == ["a.json"]


@pytest.mark.parametrize("key", ["a b+c.json", "100%?.json", "\u00e4/\u2603.json", "a&b=c;d.json"])
def test_any_key_can_be_read(cloud: Cloud, key: str):
    cloud.bucket()
    cloud.put(key, body=b"content")
    assert s3.open(blob(cloud.s3("logs"))).read() == b"content"


def test_a_body_that_breaks_off_is_begun_again(cloud: Cloud):
    cloud.bucket()
    cloud.put("a.json", body=b"x" * 100_000)
    found = blob(cloud.s3("logs"))
    cloud.fail("GET /logs/a.json", 200, "", 2)
    assert s3.open(found).read() == b"x" * 100_000


def test_a_body_that_always_breaks_off_is_a_fault(cloud: Cloud):
    cloud.bucket()
    cloud.put("a.json", body=b"x" * 100_000)
    found = blob(cloud.s3("logs"))
    cloud.fail("GET /logs/a.json", 200, "", s3.TRIES)
    with pytest.raises(OSError):
        s3.open(found)


def test_a_large_object_is_read_as_it_comes_and_a_break_is_a_fault(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    cloud.bucket()
    cloud.put("a.json", body=bytes(range(256)) * 4_000)
    monkeypatch.setattr(s3, "AT_ONCE", 1_000)
    assert s3.open(blob(cloud.s3("logs"))).read() == bytes(range(256)) * 4_000
    found = blob(cloud.s3("logs"))
    cloud.fail("GET /logs/a.json", 200, "")
    with s3.open(found) as stream, pytest.raises(OSError):
        stream.read()


def test_an_object_that_is_denied_gone_or_replaced_is_a_fault_that_says_so(cloud: Cloud):
    cloud.bucket()
    cloud.put("a.json", body=b"one")
    found = blob(cloud.s3("logs"))
    cloud.fail("GET /logs/a.json", 403, "AccessDenied")
    with pytest.raises(OSError, match="AccessDenied"):
        s3.open(found)
    cloud.put("a.json", body=b"another")
    with pytest.raises(OSError, match="replaced"):
        s3.open(found)
    cloud.client("s3").delete_object(Bucket="logs", Key="a.json")
    with pytest.raises(FileNotFoundError):
        s3.open(found)


def test_objects_that_are_fetched_ahead_are_the_same(cloud: Cloud):
    cloud.bucket()
    for number in range(20):
        cloud.put(f"{number:02}", body=str(number).encode())
    blobs = [item for item in s3.find(cloud.s3("logs")) if isinstance(item, Blob)]
    sources.fetch(blobs)
    assert [s3.open(each).read() for each in blobs[::-1]] == [str(number).encode() for number in range(20)][::-1]
    assert s3.open(blobs[3]).read() == b"3"


def test_content_is_another_after_it_was_replaced_and_under_another_name(cloud: Cloud):
    cloud.bucket()
    cloud.put("a.json", body=b"one")
    first = blob(cloud.s3("logs/a.json"))
    assert blob(cloud.s3("logs/a.json")).content == first.content
    cloud.put("b.json", body=b"one")
    assert blob(cloud.s3("logs/b.json")).content != first.content
    cloud.put("a.json", body=b"two")
    assert blob(cloud.s3("logs/a.json")).content != first.content


def test_who_reads_can_pay_and_assume_a_role(cloud: Cloud):
    cloud.bucket()
    cloud.put("a.json", body=b"one")
    role = f"arn:aws:iam::{ACCOUNT}:role/reader"
    target = cloud.s3("logs", requester_pays="true", role=role, external_id="example", region="eu-central-1")
    assert s3.open(blob(target)).read() == b"one"
    assert any(asked.startswith("POST / ") for asked in cloud.asked)  # AssumeRole


def test_an_encrypted_object_needs_nothing_more(cloud: Cloud):
    cloud.bucket()
    client = cloud.client("s3")
    client.put_object(Bucket="logs", Key="a.json", Body=b"one", ServerSideEncryption="aws:kms", SSEKMSKeyId="k")
    assert s3.open(blob(cloud.s3("logs"))).read() == b"one"


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("s3://nowhere", "NoSuchBucket"),
        ("s3://logs?regin=x", 'did you mean "region"'),
        ("s3://logs?look_back=soon", "length of time"),
        ("s3://logs?most=many", "most"),
        ("s3://", "names nothing"),
        ("gs://logs", "no kind that is known"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_a_hint(cloud: Cloud, target: str, said: str):
    mark = "&" if "?" in target else "?"
    if target != "s3://":
        target += f"{mark}endpoint={cloud.endpoint}"
    with pytest.raises(UsageError) as refused:
        list(sources.for_target(target).find(target))
    assert said in str(refused.value)


def test_where_nobody_answers_that_is_said(monkeypatch: pytest.MonkeyPatch, cloud: Cloud):
    with pytest.raises(UsageError, match="endpoint"):
        list(s3.find("s3://logs?endpoint=http://127.0.0.1:9"))


def test_without_credentials_that_is_said(cloud: Cloud, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(UsageError, match="redentials"):
        list(s3.find(cloud.s3("logs", region="eu-west-2")))


def test_it_is_remembered_by_its_address_without_options():
    assert sources.place("s3://logs/AWSLogs?region=eu-west-1") == "s3://logs/AWSLogs"
