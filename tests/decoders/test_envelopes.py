"""What wraps the records of other logs than CloudTrail: opened, as their content tells."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from engine.model import LogSource
from tests.decoders.reading import lines, read, text
from tests.logs import gcp, github, kubernetes, m365, okta

OKTA, GCP, M365 = LogSource("okta", "okta"), LogSource("gcp", "gcp.audit"), LogSource("m365", "audit")
KUBERNETES, GITHUB = LogSource("kubernetes", "audit"), LogSource("github", "audit")


def packed(record: dict[str, Any]) -> str:
    return base64.b64encode(json.dumps(record).encode()).decode()


LOG = okta.RECORDS[:3]
WRAPPED: dict[str, tuple[bytes, LogSource, list[dict[str, Any]]]] = {
    "Okta's event hook": (text({"eventType": "com.okta.event_hook", "eventTypeVersion": "1.0", "eventTime": "x",
                                "data": {"events": LOG}}), OKTA, LOG),
    "EventBridge of a partner": (lines({"detail-type": "SystemLog", "source": "aws.partner/okta.com/x/y", "time": "x",
                                        "detail": one} for one in LOG), OKTA, LOG),
    "Elasticsearch": (text({"hits": {"hits": [{"_index": "x", "_source": one} for one in LOG]}}), OKTA, LOG),
    "Elastic's original": (lines({"@timestamp": "x", "event": {"original": json.dumps(one)}} for one in LOG),
                           OKTA, LOG),
    "a list under a name": (text({"value": LOG, "@odata.nextLink": "x"}), OKTA, LOG),
    "Pub/Sub, pushed": (lines({"message": {"data": packed(one), "messageId": "1"}, "subscription": "s"}
                              for one in gcp.RECORDS), GCP, gcp.RECORDS),
    "Pub/Sub, pulled": (text({"receivedMessages": [{"ackId": "a", "message": {"data": packed(one), "messageId": "1"}}
                                                   for one in gcp.RECORDS]}), GCP, gcp.RECORDS),
    "entries of Cloud Logging": (text({"entries": gcp.RECORDS}), GCP, gcp.RECORDS),
    "Search-UnifiedAuditLog": (text([{"CreationDate": "x", "UserIds": "y", "Operations": "z", "AuditData":
                                      json.dumps(one)} for one in m365.RECORDS], indent=1), M365, m365.RECORDS),
    "AKS": (text({"records": [{"category": "kube-audit", "operationName": "Microsoft.ContainerService/x", "time": "x",
                               "properties": {"log": json.dumps(one), "pod": "p"}} for one in kubernetes.RECORDS]}),
            KUBERNETES, kubernetes.RECORDS),
    "EKS in CloudWatch": (text({"messageType": "DATA_MESSAGE", "logGroup": "/aws/eks/x/cluster", "logEvents": [
        {"id": "1", "timestamp": 1, "message": json.dumps(one)} for one in kubernetes.RECORDS]}),
        KUBERNETES, kubernetes.RECORDS),
    "an array": (text(github.RECORDS), GITHUB, github.RECORDS),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_what_is_wrapped_is_found_and_told_by_its_content(name: str) -> None:
    data, logsource, records = WRAPPED[name]
    assert read(data, named=False) == (records, [], [logsource])


LIKE: dict[str, dict[str, Any]] = {
    "another hook": {"eventType": "x", "eventTypeVersion": "1", "data": {"events": LOG}, "time": "2024-05-01"},
    "a message that is no object": {"message": "hello", "messageId": "1", "time": "2024-05-01"},
    "a message with other data": {"message": {"data": "!", "messageId": "1"}, "time": "2024-05-01"},
    "a message in plain text": {"message": {"data": "aGVsbG8=", "messageId": "1"}, "time": "2024-05-01"},
    "a message of something else": {"message": {"data": packed({"a": 1})}, "time": "2024-05-01"},
    "data that is no record": {"AuditData": "see attachment", "time": "2024-05-01"},
    "a category of another log": {"category": "kube-apiserver", "properties": {"log": "{}"}, "time": "2024-05-01"},
    "an audit without its event": {"category": "kube-audit", "properties": {"log": "I0501"}, "time": "2024-05-01"},
    "an original of an unknown kind": {"@timestamp": "2024-05-01", "event": {"original": '{"a": 1}'}},
    "an original that is broken": {"@timestamp": "2024-05-01", "event": {"original": '{"uuid": '}},
}


@pytest.mark.parametrize("name", LIKE)
def test_what_only_looks_like_a_wrapper_stays_a_record(name: str) -> None:
    assert read(lines([LIKE[name]])) == ([LIKE[name]], [], [LogSource()])


def test_a_file_may_mix_logs_and_keeps_their_order() -> None:
    mixed = [LOG[0], gcp.RECORDS[0], {"timestamp": "2024-05-01T10:00:00Z", "a": 1}, LOG[1]]
    seen = read(lines(mixed), named=False)
    assert (seen.records, seen.logsources) == (mixed, [OKTA, GCP, LogSource()])
