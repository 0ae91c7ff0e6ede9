"""Microsoft 365's unified audit log: Purview's CSV, whose AuditData column holds the record."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from engine.model import LogSource
from tests.logs.case import Case, at


def record(number: int, workload: str, operation: str, **more: Any) -> dict[str, Any]:
    return {
        "CreationTime": at(number, ""),
        "Id": f"5f3e0000-0000-4000-8000-{number:012}",
        "Operation": operation,
        "OrganizationId": "11111111-2222-3333-4444-555555555555",
        "RecordType": 1,
        "ResultStatus": "True",
        "UserKey": "1003",
        "UserType": 0,
        "Version": 1,
        "Workload": workload,
        "ClientIP": "198.51.100.7",
        "UserId": "ann@example.com",
        **more,
    }


def alert(number: int, name: str, **more: Any) -> dict[str, Any]:
    """An alert has no result and no address."""
    made = record(number, "SecurityComplianceCenter", "AlertTriggered", Name=name, Severity="Medium", **more)
    return {key: value for key, value in made.items() if key not in ("ResultStatus", "ClientIP")}


def named(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


INTUNE = {"ApplicationId": "9ba1a5c7-f17a-4de9-a1f1-6178c8d51223", "ObjectId": "00000003-0000-0000-c000-000000000000"}
RECORDS = [
    record(1, "AzureActiveDirectory", "UserLoggedIn", ResultStatus="Success"),
    record(2, "AzureActiveDirectory", "UserLoggedIn", ResultStatus="Success", **INTUNE,
           ExtendedProperties=named(RequestType="Cmsi:Cmsi")),
    record(3, "AzureActiveDirectory", "UserLoggedIn", ResultStatus="Success", **INTUNE,
           ExtendedProperties=named(RequestType="OAuth2:Authorize")),  # near
    record(4, "Exchange", "Set-InboxRule", Parameters=named(ForwardTo="eve@example.net", Name="x")),
    record(5, "Exchange", "New-InboxRule", Parameters=named(MoveToFolder="News")),
    record(6, "Exchange", "Add-FederatedDomain", Parameters=named(DomainName="example.net")),
    record(7, "Exchange", "Add-FederatedDomain", ResultStatus="False"),
    record(8, "Exchange", "MailItemsAccessed"),
    record(9, "SharePoint", "FileDownloaded", ObjectId="https://example.sharepoint.com/a.docx"),
    record(10, "OneDrive", "FileAccessed"),
    alert(11, "Impossible travel activity"),
    alert(12, "Potential ransomware activity"),
    alert(13, "Messages have been delayed"),  # near: another alert
    record(14, "AzureActiveDirectory", "Disable Strong Authentication."),
    record(15, "AzureActiveDirectory", "Update user."),
    record(16, "ThreatIntelligence", "TIMailData", Directionality="Inbound", DeliveryAction="Delivered"),
    record(17, "ThreatIntelligence", "TIMailData", Directionality="Inbound", DeliveryAction="Blocked"),  # near
    record(18, "MicrosoftTeams", "MemberAdded"),
    alert(19, "eDiscovery search started or exported", Data=json.dumps({"op": "New-ComplianceSearchAction", "a": "x"})),
    record(20, "PowerBI", "ViewReport"),
    record(21, "SecurityComplianceCenter", "SearchCreated", Name="Impossible travel"),  # near: not the whole name
]  # fmt: skip


def text() -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData"])
    for one in RECORDS:
        row = [one["Id"], one["CreationTime"], one["RecordType"], one["Operation"], one["UserId"], json.dumps(one)]
        writer.writerow(row)
    return out.getvalue().encode()


CASE = Case(
    text=text(),
    ref="audit.csv",
    kinds={LogSource("m365", "audit"): len(RECORDS)},
    glance={4: ("ann@example.com", "198.51.100.7", "Set-InboxRule")},
    time="2024-05-01T10:00:01Z",
    fires={
        "microsoft365_bypass_conditional_access": [2],
        "microsoft365_disabling_mfa": [14],
        "microsoft365_impossible_travel_activity": [11],
        "microsoft365_new_federated_domain_added_audit": [6, 7],
        "microsoft365_new_federated_domain_added_exchange": [6],
        "microsoft365_potential_ransomware_activity": [12],
        "microsoft365_pst_export_alert": [19],
        "microsoft365_susp_email_forwarding_activity": [4],
        "microsoft365_susp_inbox_rule_creation_or_update_activity": [5],
        "microsoft365_suspicious_email_delivered": [16],
    },
    own={
        "{eventSource: Exchange, status: failure}": [7],
        "{eventName: AlertTriggered}": [],
        "{Operation: AlertTriggered, status: success}": [11, 12, 13, 19],
        "{Payload|contains: ComplianceSearchAction}": [19],
        "{Parameters|contains: ForwardTo}": [4],
    },
)
