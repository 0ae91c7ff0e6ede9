"""Google Workspace: activities of the Reports API in its answer, and the same in Cloud Logging."""

from __future__ import annotations

import json
from typing import Any

from engine.model import LogSource
from tests.logs.case import Case, at


def activity(number: int, application: str, name: str, **parameters: str) -> dict[str, Any]:
    return {
        "kind": "admin#reports#activity",
        "id": {"time": at(number, ".123Z"), "uniqueQualifier": str(-number), "applicationName": application,
               "customerId": "C01"},
        "etag": '"x"',
        "actor": {"email": "ann@example.com", "profileId": "1001"},
        "ipAddress": "198.51.100.7",
        "events": [{"type": "SETTINGS", "name": name,
                    "parameters": [{"name": key, "value": value} for key, value in parameters.items()]}],
    }  # fmt: skip


def entry(number: int, service: str, name: str) -> dict[str, Any]:
    """The same event as a LogEntry of Cloud Logging."""
    return {
        "insertId": f"w{number}",
        "logName": "organizations/1/logs/cloudaudit.googleapis.com%2Fdata_access",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": {"principalEmail": "ann@example.com"},
            "metadata": {"event": [{"eventName": name, "eventType": "x", "parameter": [{"name": "A", "value": "b"}]}]},
            "methodName": f"google.login.LoginService.{name}",
            "requestMetadata": {"callerIp": "198.51.100.7"},
            "serviceName": service,
        },
        "timestamp": at(number),
        "resource": {"type": "audited_resource"},
    }


ACCESS = {"APPLICATION_EDITION": "business", "SETTING_NAME": "ContextAwareAccess"}
RECORDS = [
    activity(1, "admin", "CREATE_USER", USER_EMAIL="bob@example.com"),
    activity(2, "admin", "REMOVE_APPLICATION", APPLICATION_NAME="Wiki"),
    activity(3, "admin", "ADD_APPLICATION", APPLICATION_NAME="Wiki"),
    activity(4, "admin", "GRANT_ADMIN_PRIVILEGE", USER_EMAIL="bob@example.com"),
    activity(5, "admin", "REVOKE_ADMIN_PRIVILEGE", USER_EMAIL="bob@example.com"),
    activity(6, "admin", "CHANGE_APPLICATION_SETTING", **ACCESS, NEW_VALUE="ALLOWED"),
    activity(7, "admin", "ENFORCE_STRONG_AUTHENTICATION", NEW_VALUE="false"),
    activity(8, "admin", "ENFORCE_STRONG_AUTHENTICATION", NEW_VALUE="true"),
    activity(9, "admin", "DELETE_ROLE", ROLE_NAME="helpdesk"),
    activity(10, "admin", "AUTHORIZE_API_CLIENT_ACCESS", API_CLIENT_NAME="x"),
    activity(11, "login", "login_success", login_type="google_password"),
    activity(12, "login", "suspicious_login", affected_email_address="bob@example.com"),
    activity(13, "login", "gov_attack_warning"),
    activity(14, "login", "login_failure", login_type="google_password"),
    activity(15, "drive", "edit", doc_title="suspicious_login"),  # near: another application
    activity(16, "token", "authorize", app_name="wiki"),
    activity(17, "groups", "create_group"),
    entry(18, "login.googleapis.com", "login_success"),
    entry(19, "login.googleapis.com", "suspicious_programmatic_login"),
    entry(20, "admin.googleapis.com", "GRANT_ADMIN_PRIVILEGE"),
    entry(21, "login.googleapis.com", "email_forwarding_out_of_domain"),
]
ADMIN, LOGIN = LogSource("gcp", "google_workspace.admin"), LogSource("gcp", "google_workspace.login")
CASE = Case(
    text=json.dumps({"kind": "admin#reports#activities", "etag": "x", "items": RECORDS}).encode(),
    ref="workspace.json",
    kinds={ADMIN: 11, LOGIN: 7, LogSource("gcp", "google_workspace"): 3},
    glance={4: ("ann@example.com", "198.51.100.7", "GRANT_ADMIN_PRIVILEGE"),
            19: ("ann@example.com", "198.51.100.7", "suspicious_programmatic_login")},
    time="2024-05-01T10:00:01.123000Z",
    fires={
        "gcp_gworkspace_application_access_levels_modified": [6],
        "gcp_gworkspace_application_removed": [2],
        "gcp_gworkspace_govattack": [13],
        "gcp_gworkspace_granted_domain_api_access": [10],
        "gcp_gworkspace_mfa_disabled": [7],
        "gcp_gworkspace_out_of_domain_email_forwarding": [21],
        "gcp_gworkspace_role_modified_or_deleted": [9],
        "gcp_gworkspace_suspicious_login": [12, 19],
        "gcp_gworkspace_user_granted_admin_privileges": [4, 20],
    },
    own={"{eventService: login.googleapis.com, eventName|contains: suspicious}": [12, 19],
         "{data.protoPayload.serviceName: admin.googleapis.com}": [20]},
)  # fmt: skip
