# fmt: off
# ruff: noqa: E501 - an event is a line of data
"""Events of which the cases of the shipped rules are made: a record with what every record has, and the usual parts."""

from __future__ import annotations

from typing import Any

__all__ = [
    "ACCOUNT", "ACL", "ADMIN", "DENIED", "HTTPS_ONLY", "LOG_DELIVERY", "OPEN", "OWN", "ROLE", "ROOT", "SDK", "SERVICE", "SHARE", "SSE_C", "STRANGER", "USER", "agent", "block", "bucket_policy", "call", "ingress", "lifecycle", "login", "selectors", "trust", "written",
]

ACCOUNT = "111122223333"
USER = {"type": "IAMUser", "principalId": "AIDAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:user/ana", "accountId": ACCOUNT, "accessKeyId": "AKIAEXAMPLE", "userName": "ana"}
ROLE = {"type": "AssumedRole", "principalId": "AROAEXAMPLE:deploy", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/deploy", "accountId": ACCOUNT, "accessKeyId": "ASIAEXAMPLE"}
ROOT = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT, "accessKeyId": "ASIAEXAMPLE"}
SERVICE = {"type": "AWSService", "invokedBy": "config.amazonaws.com"}
SDK = "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.1.0 md/arch#x86_64 lang/python#3.11.8 Botocore/1.34.69"
DENIED = {"errorCode": "AccessDenied", "errorMessage": "User is not authorized", "requestParameters": None}


def call(source: str, name: str, request: Any = None, *, who: dict[str, Any] = USER, **more: Any) -> dict[str, Any]:
    """A record with what every record has."""
    found = {
        "eventVersion": "1.08", "userIdentity": who, "eventTime": "2024-05-14T22:00:00Z", "eventSource": f"{source}.amazonaws.com", "eventName": name, "awsRegion": "eu-west-1",
        "sourceIPAddress": "203.0.113.77", "userAgent": SDK, "requestParameters": request, "responseElements": None, "eventID": "8f5a1c3e-0000-4000-8000-000000000001",
        "readOnly": False, "eventType": "AwsApiCall", "managementEvent": True, "recipientAccountId": ACCOUNT, "eventCategory": "Management",
    }  # fmt: skip
    return found | more


def login(who: dict[str, Any], result: str, mfa: str) -> dict[str, Any]:
    extra = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No", "MFAUsed": mfa}
    return call("signin", "ConsoleLogin", who=who, responseElements={"ConsoleLogin": result}, additionalEventData=extra, eventType="AwsConsoleSignIn")


def selectors(*given: dict[str, Any]) -> dict[str, Any]:
    return call("cloudtrail", "PutEventSelectors", {"trailName": "t", "eventSelectors": list(given)})


def ingress(protocol: str, port: int | None, v4: str | None = None, v6: str | None = None) -> dict[str, Any]:
    item = {
        "ipProtocol": protocol, "groups": {}, "prefixListIds": {},
        "ipRanges": {"items": [{"cidrIp": v4}]} if v4 else {}, "ipv6Ranges": {"items": [{"cidrIpv6": v6}]} if v6 else {},
    } | ({} if port is None else {"fromPort": port, "toPort": port})  # fmt: skip
    return call("ec2", "AuthorizeSecurityGroupIngress", {"groupId": "sg-1", "ipPermissions": {"items": [item]}})


def bucket_policy(*statements: Any) -> dict[str, Any]:
    policy = {"Version": "2012-10-17", "Statement": statements[0] if len(statements) == 1 and isinstance(statements[0], str) else list(statements)}
    return call("s3", "PutBucketPolicy", {"bucketName": "b", "policy": "", "bucketPolicy": policy})


def trust(document: str, name: str = "UpdateAssumeRolePolicy") -> dict[str, Any]:
    field = "policyDocument" if name == "UpdateAssumeRolePolicy" else "assumeRolePolicyDocument"
    return call("iam", name, {"roleName": "r", field: document})


def written(document: str, name: str = "PutUserPolicy") -> dict[str, Any]:
    return call("iam", name, {"userName": "u", "policyName": "p", "policyDocument": document})


def block(**parts: bool) -> dict[str, Any]:
    every = {"BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    return call("s3", "PutBucketPublicAccessBlock", {"bucketName": "b", "publicAccessBlock": "", "PublicAccessBlockConfiguration": every | parts})


def lifecycle(*rules: dict[str, Any], name: str = "PutBucketLifecycle") -> dict[str, Any]:
    return call("s3", name, {"bucketName": "b", "lifecycle": "", "LifecycleConfiguration": {"Rule": rules[0] if len(rules) == 1 else list(rules)}})


def agent(text: str) -> dict[str, Any]:
    return call("sts", "GetCallerIdentity", userAgent=text)


ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
OPEN = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"}
HTTPS_ONLY = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::b/*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
OWN = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}
SHARE = {"snapshotId": "snap-1", "createVolumePermission": {"add": {"items": [{"userId": "999988887777"}]}}, "attributeType": "CREATE_VOLUME_PERMISSION"}
ACL = {
    "AccessControlPolicy": {
        "AccessControlList": {
            "Grant": [{"Grantee": {"ID": "abc"}, "Permission": "FULL_CONTROL"}, {"Grantee": {"URI": "http://acs.amazonaws.com/groups/global/AllUsers", "xsi:type": "Group"}, "Permission": "READ"}]
        }
    }
}
LOG_DELIVERY = {"AccessControlPolicy": {"AccessControlList": {"Grant": {"Grantee": {"URI": "http://acs.amazonaws.com/groups/s3/LogDelivery", "xsi:type": "Group"}, "Permission": "WRITE"}}}}
SSE_C = {"bucketName": "b", "key": "k", "x-amz-server-side-encryption-customer-algorithm": "AES256"}
STRANGER = {"functionName": "f", "statementId": "s", "action": "lambda:InvokeFunction", "principal": "*"}
