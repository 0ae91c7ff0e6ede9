"""Entra ID: sign-ins, audit events, risk detections and alerts of PIM, from Graph, diagnostic settings and tables."""

from __future__ import annotations

from typing import Any

from engine.model import LogSource
from tests.logs.case import Case, at, lines


def signin(number: int, **changes: Any) -> dict[str, Any]:
    """As Graph gives it."""
    return {
        "id": f"s-{number}",
        "createdDateTime": at(number),
        "userPrincipalName": "ann@example.com",
        "appDisplayName": "Azure Portal",
        "resourceDisplayName": "Windows Azure Service Management API",
        "ipAddress": "198.51.100.7",
        "clientAppUsed": "Browser",
        "userAgent": "Mozilla/5.0",
        "conditionalAccessStatus": "notApplied",
        "authenticationRequirement": "multiFactorAuthentication",
        "authenticationProtocol": "none",
        "riskState": "none",
        "status": {"errorCode": 0, "failureReason": "Other.", "additionalDetails": "MFA completed"},
        "deviceDetail": {"deviceId": "d-1", "isCompliant": True, "trustType": "AzureAd"},
        "location": {"city": "Berlin", "countryOrRegion": "DE"},
        **changes,
    }


def failed(code: int, reason: str) -> dict[str, Any]:
    return {"status": {"errorCode": code, "failureReason": reason}}


def framed(number: int, category: str, properties: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """As diagnostic settings export it."""
    return {
        "time": at(number), "resourceId": "/tenants/t/providers/Microsoft.aadiam", "operationName": "Sign-in activity",
        "category": category, "resultType": "0", "callerIpAddress": "198.51.100.7", "identity": "Ann Example",
        "properties": properties, **changes,
    }  # fmt: skip


def audit(number: int, activity: str, category: str, **changes: Any) -> dict[str, Any]:
    """As Graph gives it."""
    return {
        "id": f"a-{number}",
        "activityDateTime": at(number),
        "activityDisplayName": activity,
        "category": category,
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "result": "success",
        "resultReason": "",
        "initiatedBy": {"user": {"userPrincipalName": "ann@example.com", "ipAddress": "198.51.100.7"}, "app": None},
        "targetResources": [{"type": "User", "displayName": "bob", "modifiedProperties": []}],
        "additionalDetails": [],
        **changes,
    }


def changed(name: str, new: str, kind: str = "User") -> dict[str, Any]:
    return {"targetResources": [{"type": kind, "modifiedProperties": [{"displayName": name, "newValue": new}]}]}


def risk(number: int, kind: str) -> dict[str, Any]:
    return {
        "id": f"r-{number}", "riskEventType": kind, "riskLevel": "medium", "activityDateTime": at(number),
        "userPrincipalName": "ann@example.com", "ipAddress": "198.51.100.7",
    }  # fmt: skip


ONE = {"authenticationRequirement": "singleFactorAuthentication"}
RECORDS = [
    signin(1),
    signin(2, **ONE),
    signin(3, **ONE, **failed(50126, "Invalid username or password.")),  # near: no success
    signin(4, **failed(50053, "Account is locked.")),
    signin(5, **failed(53003, "Blocked by Conditional Access")),
    signin(6, authenticationProtocol="deviceCode"),
    signin(7, authenticationProtocol="ropc"),
    signin(8, userAgent="azurehound/v2.1.8"),
    signin(9, userAgent="azurehound/v2.1.8", **failed(50126, "Invalid username or password.")),  # near
    signin(10, deviceDetail={"deviceId": "d-2", "isCompliant": False, "trustType": ""}),
    framed(11, "SignInLogs", signin(11, **ONE)),
    framed(12, "NonInteractiveUserSignInLogs", signin(12, **failed(50053, "Account is locked.")), resultType="50053"),
    {"TimeGenerated": at(13), "Type": "SigninLogs", "UserPrincipalName": "ann@example.com", "ResultType": "50053",
     "IPAddress": "198.51.100.7", "AppDisplayName": "Azure Portal", "ConditionalAccessStatus": "success"},
    audit(14, "Update user", "UserManagement", **changed("StrongAuthenticationRequirement", '[{"State":0}]')),
    audit(15, "Update user", "UserManagement", **changed("StrongAuthenticationRequirement", '[{"State":1}]')),  # near
    audit(16, "Add member to role", "RoleManagement",
          targetResources=[{"displayName": "x", "modifiedProperties": [{"newValue": '"Company Administrator"'}]}]),
    audit(17, "Add member to role", "RoleManagement"),  # near: no administrator
    audit(18, "Consent to application", "ApplicationManagement", **changed("ConsentContext.IsAdminConsent", '"False"')),
    audit(19, "Consent to application", "ApplicationManagement", **changed("ConsentContext.IsAdminConsent", '"True"')),
    framed(20, "AuditLogs", audit(20, "Delete conditional access policy", "Policy"),
           operationName="Delete conditional access policy"),
    {"TimeGenerated": at(21), "Type": "AuditLogs", "OperationName": "Delete application", "Category": "x",
     "ActivityDisplayName": "Delete application", "LoggedByService": "Core Directory", "Result": "success"},
    audit(22, "Recover device local administrator password", "Device", additionalDetails=[
          {"key": "AdditionalInfo", "value": "Successfully recovered local credential by device id"}]),
    risk(23, "leakedCredentials"),
    risk(24, "somethingNew"),
    framed(25, "UserRiskEvents", risk(25, "passwordSpray"), operationName="User Risk Detection"),
    {"@odata.type": "#microsoft.graph.noMfaOnRoleActivationAlertIncident", "id": "p-26", "roleDisplayName": "x"},
]  # fmt: skip
CASE = Case(
    text=lines(RECORDS),
    ref="entra.json",
    kinds={LogSource("azure", "signinlogs"): 13, LogSource("azure", "auditlogs"): 9,
           LogSource("azure", "riskdetection"): 3, LogSource("azure", "pim"): 1},
    glance={1: ("ann@example.com", "198.51.100.7", "Azure Portal"),
            11: ("ann@example.com", "198.51.100.7", "Azure Portal"),
            16: ("ann@example.com", "198.51.100.7", "Add member to role"),
            25: ("ann@example.com", "198.51.100.7", "passwordSpray")},
    time="2024-05-01T10:00:01Z",
    fires={
        "azure_aad_secops_ca_policy_removedby_bad_actor": [20],
        "azure_account_lockout": [4, 12, 13],
        "azure_ad_azurehound_discovery": [8],
        "azure_ad_only_single_factor_auth_required": [2, 11],
        "azure_ad_sign_ins_from_noncompliant_devices": [10],
        "azure_ad_user_added_to_admin_role": [16],
        "azure_app_device_code_authentication": [6],
        "azure_app_end_user_consent": [18],
        "azure_app_ropc_authentication": [7],
        "azure_application_deleted": [21],
        "azure_auditlogs_laps_credential_dumping": [22],
        "azure_conditional_access_failure": [5],
        "azure_identity_protection_leaked_credentials": [23],
        "azure_identity_protection_password_spray": [25],
        "azure_pim_role_no_mfa_required": [26],
        "azure_user_account_mfa_disable": [14],
        "azure_user_login_blocked_by_conditional_access": [5],
    },
    own={"{ResultType: 50053}": [4, 12, 13],
         "{Status: Success, AuthenticationRequirement: singleFactorAuthentication}": [2, 11],
         "{Username: ann@example.com, ClientApp: Browser, DeviceDetail.isCompliant: 'false'}": [10],
         "{properties.deviceDetail.deviceId: d-1, location: DE, ResultType: 53003}": [5],
         "{OperationName: Delete application}": [21],
         "{Category: Policy, properties.message|startswith: Delete}": [20]},
)  # fmt: skip
