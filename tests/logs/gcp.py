"""Google Cloud's audit log: an array of LogEntry, as `gcloud logging read --format json` gives it."""

from __future__ import annotations

import json
from typing import Any

from engine.model import LogSource
from tests.logs.case import Case, at


def entry(number: int, service: str, method: str, **payload: Any) -> dict[str, Any]:
    log = payload.pop("log", "activity")
    resource = payload.pop("resource", "project")
    return {
        "insertId": f"1x2y3z{number}",
        "logName": f"projects/demo/logs/cloudaudit.googleapis.com%2F{log}",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": {"principalEmail": "ann@example.com"},
            "authorizationInfo": [{"granted": True, "permission": method, "resource": "projects/demo"}],
            "methodName": method,
            "requestMetadata": {"callerIp": "198.51.100.7", "callerSuppliedUserAgent": "google-cloud-sdk gcloud/470.0"},
            "resourceName": "projects/demo",
            "serviceName": service,
            "status": {},
            **payload,
        },
        "receiveTimestamp": at(number, ".912345678Z"),
        "resource": {"type": resource, "labels": {"project_id": "demo"}},
        "severity": "NOTICE",
        "timestamp": at(number, ".412345678Z"),
    }


DELETED = [
    {"granted": True, "permission": "accesscontextmanager.policies.get"},
    {"granted": True, "permission": "accesscontextmanager.accessPolicies.delete"},
]
BREAKGLASS = {"metadata": {"annotations": {"alpha.image-policy.k8s.io/break-glass": "true"}}}
METHODS: list[tuple[str, str, dict[str, Any]]] = [
    ("compute.googleapis.com", "v1.compute.instances.list", {}),
    ("compute.googleapis.com", "v1.compute.firewalls.insert", {}),
    ("compute.googleapis.com", "v1.compute.firewalls.get", {}),  # near
    ("storage.googleapis.com", "storage.buckets.delete", {}),
    ("storage.googleapis.com", "storage.buckets.get", {}),  # near
    ("storage.googleapis.com", "storage.buckets.list", {"log": "data_access"}),
    ("storage.googleapis.com", "storage.objects.list", {"log": "data_access"}),  # near
    ("cloudsql.googleapis.com", "cloudsql.instances.delete", {}),
    ("cloudsql.googleapis.com", "cloudsql.instances.restart", {}),
    ("dns.googleapis.com", "dns.managedZones.delete", {}),
    ("dns.googleapis.com", "dns.changes.create", {}),
    ("accesscontextmanager.googleapis.com", "DeleteAccessPolicy", {"authorizationInfo": DELETED}),
    ("accesscontextmanager.googleapis.com", "GetAccessPolicy", {"authorizationInfo": DELETED[:1]}),
    ("k8s.io", "io.k8s.core.v1.pods.create", {"request": BREAKGLASS, "resource": "k8s_cluster"}),
    (
        "k8s.io",
        "io.k8s.core.v1.pods.create",
        {"response": {"message": "image-policy.k8s.io/break-glass"}, "resource": "k8s_cluster"},
    ),
    ("k8s.io", "io.k8s.core.v1.secrets.create", {"resource": "k8s_cluster"}),
    ("k8s.io", "io.k8s.core.v1.secrets.get", {"resource": "k8s_cluster"}),
    ("iam.googleapis.com", "google.iam.admin.v1.CreateServiceAccount", {}),
    ("iam.googleapis.com", "google.iam.admin.v1.SetIamPolicy", {}),
    ("dlp.googleapis.com", "projects.content.reidentify", {}),
    ("compute.googleapis.com", "compute.vpnTunnels.delete", {}),
]
RECORDS = [entry(number, service, method, **more) for number, (service, method, more) in enumerate(METHODS, 1)]
CASE = Case(
    text=json.dumps(RECORDS, indent=2).encode(),
    ref="gcp.json",
    kinds={LogSource("gcp", "gcp.audit"): len(RECORDS)},
    glance={4: ("ann@example.com", "198.51.100.7", "storage.buckets.delete")},
    time="2024-05-01T10:00:01.412345Z",
    fires={
        "gcp_access_policy_deleted": [12],
        "gcp_breakglass_container_workload_deployed": [15],  # 14 says it in a name, which is no value
        "gcp_bucket_enumeration": [6],
        "gcp_bucket_modified_or_deleted": [4],
        "gcp_dlp_re_identifies_sensitive_information": [20],
        "gcp_dns_zone_modified_or_deleted": [10],
        "gcp_firewall_rule_modified_or_deleted": [2],
        "gcp_kubernetes_secrets_modified_or_deleted": [16],
        "gcp_sql_database_modified_or_deleted": [8],
        "gcp_vpn_tunnel_modified_or_deleted": [21],
    },
    own={
        "{data.logName|endswith: data_access}": [6, 7],
        "{data.protoPayload.logName: cloudaudit.googleapis.com%2Fdata_access}": [6, 7],
        "{data.resource.type: k8s_cluster, data.protoPayload.request.metadata.annotations|exists: true}": [14],
        "{gcp.audit.service_name: dlp.googleapis.com}": [20],
    },
)
