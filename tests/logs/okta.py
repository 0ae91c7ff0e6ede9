"""Okta's System Log, as its API gives it."""

from __future__ import annotations

from typing import Any

from engine.model import LogSource
from tests.logs.case import Case, at, lines


def event(number: int, kind: str, message: str, **changes: Any) -> dict[str, Any]:
    return {
        "uuid": f"7f1b2c3d-0000-11ef-9f5c-{number:012}",
        "published": at(number, ".381Z"),
        "eventType": kind,
        "version": "0",
        "severity": "INFO",
        "displayMessage": message,
        "actor": {"id": "00u1", "type": "User", "alternateId": "ann@example.com", "displayName": "Ann Example"},
        "client": {"userAgent": {"rawUserAgent": "Mozilla/5.0", "os": "Linux"}, "ipAddress": "198.51.100.7"},
        "outcome": {"result": "SUCCESS", "reason": None},
        "target": [{"id": "0oa1", "type": "AppInstance", "displayName": "Wiki"}],
        "securityContext": {"asNumber": 64500, "isProxy": False, "isp": "example"},
        "debugContext": {"debugData": {"requestUri": "/api/v1/authn", "behaviors": "{New IP=NEGATIVE}"}},
        "legacyEventType": f"core.{kind}",
        **changes,
    }


PROXY = {"securityContext": {"isProxy": True}}
CONSOLE = {"target": [{"displayName": "Ann Example"}, {"displayName": "Okta Admin Console"}]}
NEW = {"debugContext": {"debugData": {"behaviors": "{New Device=POSITIVE, New IP=NEGATIVE}"}}}
KINDS: list[tuple[str, str, dict[str, Any]]] = [
    ("user.session.start", "User login to Okta", {}),
    ("user.authentication.sso", "User single sign on to app", {}),
    ("user.authentication.auth_via_mfa", "Authentication of user via MFA", {}),
    ("system.api_token.create", "Create API token", {}),
    ("system.api_token.revoke", "Revoke API token", {}),
    ("system.api_token.update", "Update API token", {}),  # near: neither created nor revoked
    ("policy.evaluate_sign_on", "Evaluation of sign-on policy", CONSOLE | NEW),
    ("policy.evaluate_sign_on", "Evaluation of sign-on policy", CONSOLE),  # near: nothing new
    ("policy.evaluate_sign_on", "Evaluation of sign-on policy", NEW),  # near: another app
    ("user.session.start", "User login to Okta", PROXY),
    ("user.session.end", "User logout from Okta", PROXY),  # near: the end
    ("user.authentication.auth_via_mfa", "Authentication of user via MFA",
     {"outcome": {"result": "FAILURE", "reason": "FastPass declined phishing attempt"}}),
    ("user.authentication.auth_via_mfa", "Authentication of user via MFA",
     {"outcome": {"result": "FAILURE", "reason": "INVALID_CREDENTIALS"}}),
    ("group.privilege.grant", "Grant group privilege", {}),
    ("group.user_membership.add", "Add user to group membership", {}),
    ("user.mfa.factor.reset_all", "Reset all factors for user", {}),
    ("user.mfa.factor.activate", "Activate factor for user", {}),
    ("user.session.start", "User login to Okta", {"legacyEventType": "core.user_auth.login_failed",
     "actor": {"id": "unknown", "alternateId": "Correct horse battery"}}),
    ("user.session.start", "User login to Okta", {"legacyEventType": "core.user_auth.login_failed"}),
    ("application.lifecycle.update", "Update application", {}),
    ("user.account.lock", "Max sign in attempts exceeded", {}),
]  # fmt: skip
RECORDS = [event(number, kind, message, **changes) for number, (kind, message, changes) in enumerate(KINDS, 1)]
CASE = Case(
    text=lines(RECORDS),
    ref="okta.json",
    kinds={LogSource("okta", "okta"): len(RECORDS)},
    glance={1: ("ann@example.com", "198.51.100.7", "user.session.start")},
    time="2024-05-01T10:00:01.381000Z",
    fires={
        "okta_admin_role_assigned_to_user_or_group": [14],
        "okta_api_token_created": [4],
        "okta_api_token_revoked": [5],
        "okta_application_modified_or_deleted": [20],
        "okta_fastpass_phishing_detection": [12],
        "okta_mfa_reset_or_deactivated": [16],
        "okta_new_behaviours_admin_console": [7],
        "okta_password_in_alternateid_field": [18],
        "okta_user_account_locked_out": [21],
        "okta_user_session_start_via_anonymised_proxy": [10],
    },
    own={"{eventtype: system.api_token.create}": [4], "{securitycontext.isproxy: true}": [10, 11]},
)
