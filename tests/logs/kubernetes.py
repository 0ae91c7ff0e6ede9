"""Kubernetes' audit log: an EventList, as the API server sends it to a webhook."""

from __future__ import annotations

import json
from typing import Any

from engine.model import LogSource
from tests.logs.case import Case, at


def event(number: int, verb: str, resource: str, **changes: Any) -> dict[str, Any]:
    group = changes.pop("group", None)
    sub = changes.pop("sub", None)
    namespace = changes.pop("namespace", "shop")
    code = changes.pop("code", 200)
    reference = {"resource": resource, "namespace": namespace, "name": "x", "apiGroup": group, "subresource": sub}
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "auditID": f"0f3c-{number}",
        "stage": "ResponseComplete",
        "requestURI": f"/api/v1/namespaces/{namespace}/{resource}",
        "verb": verb,
        "user": {"username": "ann", "groups": ["system:authenticated"]},
        "sourceIPs": ["198.51.100.7", "10.0.0.1"],
        "userAgent": "kubectl/v1.30.0",
        "objectRef": {key: value for key, value in reference.items() if value},
        "responseStatus": {"metadata": {}, "code": code},
        "requestReceivedTimestamp": at(number, ".000001Z"),
        "stageTimestamp": at(number, ".100001Z"),
        **changes,
    }


HOST = {"requestObject": {"kind": "Pod", "spec": {"volumes": [{"name": "h", "hostPath": {"path": "/etc"}}]}}}
EMPTY = {"requestObject": {"kind": "Pod", "spec": {"volumes": [{"name": "h", "emptyDir": {}}]}}}
POWER = {"securityContext": {"capabilities": {"add": ["SYS_ADMIN"]}}}
RBAC, APPS, BATCH = "rbac.authorization.k8s.io", "apps", "batch"
RECORDS = [
    event(1, "get", "pods"),
    event(2, "list", "secrets"),
    event(3, "get", "secrets"),  # near
    event(4, "create", "secrets"),
    event(5, "create", "pods", sub="exec"),
    event(6, "create", "pods", sub="log"),  # near
    event(7, "create", "pods", **HOST),
    event(8, "create", "pods", **EMPTY),  # near: no path of the host
    event(9, "create", "pods", requestObject={"spec": {"containers": [{"name": "a"}, POWER]}}),
    event(10, "create", "pods", namespace="kube-system"),
    event(11, "delete", "deployments", group=APPS),
    event(12, "update", "deployments", group=APPS),  # near
    event(13, "patch", "deployments", group=APPS),
    event(14, "delete", "events"),
    event(15, "create", "clusterrolebindings", group=RBAC),
    event(16, "get", "clusterrolebindings", group=RBAC),  # near
    event(17, "create", "cronjobs", group=BATCH),
    event(18, "create", "serviceaccounts"),
    event(19, "create", "selfsubjectrulesreviews", group="authorization.k8s.io"),
    event(20, "list", "pods", code=403),
    event(21, "list", "pods", code=404),  # near
]
CASE = Case(
    text=json.dumps({"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "metadata": {}, "items": RECORDS}).encode(),
    ref="kubernetes.json",
    kinds={LogSource("kubernetes", "audit"): len(RECORDS)},
    glance={2: ("ann", "198.51.100.7", "list")},
    time="2024-05-01T10:00:01.000001Z",
    fires={
        "kubernetes_audit_cronjob_modification": [17],
        "kubernetes_audit_deployment_deleted": [11],
        "kubernetes_audit_events_deleted": [14],
        "kubernetes_audit_exec_into_container": [5],
        "kubernetes_audit_hostpath_mount": [7],
        "kubernetes_audit_pod_in_system_namespace": [10],
        "kubernetes_audit_privileged_pod_creation": [9],
        "kubernetes_audit_rbac_permisions_listing": [19],
        "kubernetes_audit_rolebinding_modification": [15],
        "kubernetes_audit_secrets_enumeration": [2],
        "kubernetes_audit_secrets_modified_or_deleted": [4],
        "kubernetes_audit_serviceaccount_creation": [18],
        "kubernetes_audit_sidecar_injection": [13],
        "kubernetes_audit_unauthorized_unauthenticated_actions": [20],
    },
    own={
        "{hostPath: /etc}": [7],
        "{capabilities: SYS_ADMIN}": [9],
        "{apiGroup: apps, verb: [patch, delete]}": [11, 13],
        "{namespace: kube-system}": [10],
    },
)
