"""Azure's activity log: as diagnostic settings export it, as the management API answers, and as a table."""

from __future__ import annotations

import json
from typing import Any

from engine.model import LogSource
from tests.logs.case import Case, at

VM = "/subscriptions/s1/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web1"
CLAIMS = {"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn": "ann@example.com", "name": "Ann Example"}


def exported(number: int, operation: str, **changes: Any) -> dict[str, Any]:
    return {
        "time": at(number, ".1234567Z"),
        "resourceId": VM.upper(),
        "operationName": operation.upper(),
        "category": "Administrative",
        "resultType": "Success",
        "resultSignature": "Succeeded.",
        "durationMs": "12",
        "callerIpAddress": "198.51.100.7",
        "correlationId": f"c-{number}",
        "identity": {"authorization": {"scope": VM, "action": operation}, "claims": CLAIMS},
        "level": "Information",
        "properties": {"statusCode": "OK", "serviceRequestId": "r"},
        **changes,
    }


def answered(number: int, operation: str, shown: str, **changes: Any) -> dict[str, Any]:
    return {
        "authorization": {"action": operation, "scope": VM},
        "caller": "ann@example.com",
        "category": {"value": "Administrative", "localizedValue": "Administrative"},
        "eventDataId": f"e-{number}",
        "eventTimestamp": at(number, ".1234567Z"),
        "httpRequest": {"clientIpAddress": "198.51.100.7", "method": "DELETE"},
        "level": "Informational",
        "operationName": {"value": operation, "localizedValue": shown},
        "resourceId": VM,
        "resourceProviderName": {"value": operation.split("/")[0], "localizedValue": "x"},
        "status": {"value": "Succeeded", "localizedValue": "Succeeded"},
        **changes,
    }


def row(number: int, operation: str) -> dict[str, Any]:
    return {
        "TimeGenerated": at(number), "OperationNameValue": operation, "CategoryValue": "Administrative",
        "ResourceProviderValue": operation.split("/")[0], "_ResourceId": VM.lower(), "Caller": "ann@example.com",
        "CallerIpAddress": "198.51.100.7", "ActivityStatusValue": "Success", "Type": "AzureActivity",
    }  # fmt: skip


HEALTH = "Microsoft.ADHybridHealthService/services/delete"
FARM = "/providers/Microsoft.ADHybridHealthService/services/AdFederationService-sts.example.com"
RECORDS = [
    exported(1, "Microsoft.Compute/virtualMachines/start/action"),
    exported(2, "Microsoft.Network/vpnGateways/vpnConnections/delete"),
    exported(3, "Microsoft.Network/vpnGateways/vpnConnections/read"),  # near
    exported(4, "Microsoft.Kubernetes/connectedClusters/pods/delete"),
    exported(5, "Microsoft.Kubernetes/connectedClusters/pods/read"),
    exported(6, "Microsoft.Storage/storageAccounts/read"),
    exported(7, "Microsoft.Compute/virtualMachines/write"),
    exported(8, "Microsoft.Compute/disks/write"),
    exported(9, HEALTH, resourceId=FARM),
    answered(10, HEALTH, "Delete service", resourceId=FARM),
    answered(11, "Microsoft.Network/networkSecurityGroups/securityRules/delete", "Delete security rule"),
    answered(12, "Microsoft.Network/networkSecurityGroups/securityRules/read", "Read security rule"),  # near
    answered(13, "Microsoft.Network/firewallPolicies/delete", "Delete firewall policy"),
    answered(14, "Microsoft.Compute/virtualMachines/restart/action", "Restart virtual machine"),
    answered(15, "Microsoft.KeyVault/vaults/delete", "Delete key vault"),
    row(16, "Microsoft.Network/azureFirewalls/delete"),
    row(17, "Microsoft.Network/azureFirewalls/read"),  # near
    row(18, "Microsoft.Network/dnsZones/delete"),
    row(19, "Microsoft.Resources/tags/write"),
    row(20, "Microsoft.Network/virtualNetworks/delete"),
    row(21, "Microsoft.Web/sites/restart/action"),
]
CASE = Case(
    text=json.dumps({"records": RECORDS}).encode(),
    ref="insights-activity-logs.json",
    kinds={LogSource("azure", "activitylogs"): len(RECORDS)},
    glance={2: ("ann@example.com", "198.51.100.7", "MICROSOFT.NETWORK/VPNGATEWAYS/VPNCONNECTIONS/DELETE"),
            11: ("ann@example.com", "198.51.100.7", "Microsoft.Network/networkSecurityGroups/securityRules/delete"),
            18: ("ann@example.com", "198.51.100.7", "Microsoft.Network/dnsZones/delete")},
    time="2024-05-01T10:00:01.123456Z",
    fires={
        "azure_aadhybridhealth_adfs_service_delete": [10],
        "azure_creating_number_of_resources_detection": [7],
        "azure_dns_zone_modified_or_deleted": [18],
        "azure_firewall_modified_or_deleted": [16],
        "azure_keyvault_modified_or_deleted": [15],
        "azure_kubernetes_pods_deleted": [4],
        "azure_network_firewall_policy_modified_or_deleted": [13],
        "azure_network_security_modified_or_deleted": [11],
        "azure_virtual_network_modified_or_deleted": [20],
        "azure_vpn_connection_modified_or_deleted": [2],
    },
    own={"{CategoryValue: administrative, operationName|endswith: /dnszones/delete}": [18],
         "{status: Succeeded}": [10, 11, 12, 13, 14, 15],
         "{properties.message: Delete key vault}": [15]},
)  # fmt: skip
