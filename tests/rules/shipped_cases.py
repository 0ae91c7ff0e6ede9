# fmt: off
# ruff: noqa: E501 - an event is a line of data
"""For every shipped rule: events that it is to find, and near misses that it is to leave alone."""

from __future__ import annotations

from typing import Any, NamedTuple

from shipped_events import (
    ACCOUNT,
    ACL,
    ADMIN,
    DENIED,
    HTTPS_ONLY,
    LOG_DELIVERY,
    OPEN,
    OWN,
    ROLE,
    ROOT,
    SDK,
    SERVICE,
    SHARE,
    SSE_C,
    STRANGER,
    USER,
    agent,
    block,
    bucket_policy,
    call,
    ingress,
    lifecycle,
    login,
    selectors,
    trust,
    written,
)

__all__ = ["CASES", "Case"]


class Case(NamedTuple):
    """hits, misses: what the event is -> the event."""

    hits: dict[str, dict[str, Any]]
    misses: dict[str, dict[str, Any]]


CASES: dict[str, Case] = {
    "any/attack_tool_user_agent": Case(
        {
            "the command line on Kali": agent("aws-cli/2.15.42 Python/3.11.8 Linux/6.6.9-kali1-amd64 exe/x86_64.kali.2024 prompt/off command/sts.get-caller-identity"),
            "an old SDK on Kali": agent("Boto3/1.26.165 Python/3.11.2 Linux/6.1.0-kali5-amd64 Botocore/1.29.165"),
            "Parrot": agent("aws-cli/2.9.19 Python/3.11.2 Linux/6.5.0-13parrot1-amd64 exe/x86_64.parrot.6"),
            "Pentoo": agent("aws-cli/2.15.0 Python/3.11.8 Linux/6.6.13-pentoo exe/x86_64.gentoo"),
            "TruffleHog": agent("TruffleHog"),
            "Stratus Red Team": agent("stratus-red-team_39f95f43-cd2f-4beb-b69e-be60b6fe1f57"),
            "S3 Browser": agent("[S3 Browser/11.6.7 (https://s3browser.com)]"),
            "a call that failed": agent("Pacu/1.5") | DENIED,
        },
        {
            "an SDK": agent(SDK),
            "a service whose name has kali in it": agent("kaliope-sync/1.4 aws-sdk-java/2.25.27"),
            "a program called parrot": agent("my-parrot-service/2.0 aws-sdk-go/1.51.0 (go1.21; linux; amd64)"),
            "a name that ends in pacu": agent("alpacu/3.1"),
        },
    ),
    "cloudtrail/logging_stopped": Case(
        {
            "stopped": call("cloudtrail", "StopLogging", {"name": "t"}),
            "deleted": call("cloudtrail", "DeleteTrail", {"name": "t"}),
            "an attempt": call("cloudtrail", "StopLogging") | DENIED,
        },
        {
            "started": call("cloudtrail", "StartLogging", {"name": "t"}),
            "looked at": call("cloudtrail", "GetTrailStatus", {"name": "t"}),
            "a call of that name of another service": call("medialive", "StopLogging", {"name": "t"}),
        },
    ),
    "cloudtrail/management_events_excluded": Case(
        {
            "no management events": selectors({"readWriteType": "All", "includeManagementEvents": False, "dataResources": []}),
            "reads only": selectors({"readWriteType": "ReadOnly", "includeManagementEvents": True, "dataResources": []}),
            "neither of two": selectors({"readWriteType": "All", "includeManagementEvents": False}, {"readWriteType": "WriteOnly", "includeManagementEvents": False}),
        },
        {
            "everything": selectors({"readWriteType": "All", "includeManagementEvents": True}),
            "data events beside": selectors({"readWriteType": "All", "includeManagementEvents": True}, {"readWriteType": "WriteOnly", "includeManagementEvents": False}),
            "advanced selectors": call("cloudtrail", "PutEventSelectors", {"trailName": "t", "advancedEventSelectors": [{"name": "all"}]}),
        },
    ),
    "ec2/admin_port_opened_to_the_world": Case(
        {
            "SSH": ingress("tcp", 22, "0.0.0.0/0"),
            "RDP over IPv6": ingress("tcp", 3389, v6="::/0"),
            "every port": ingress("tcp", 0, "0.0.0.0/0"),
            "every protocol": ingress("-1", None, "0.0.0.0/0"),
            "written flat": call("ec2", "AuthorizeSecurityGroupIngress", {"groupId": "sg-1", "cidrIp": "0.0.0.0/0", "fromPort": 22, "toPort": 22, "ipProtocol": "tcp"}),
        },
        {
            "a web port": ingress("tcp", 443, "0.0.0.0/0"),
            "SSH from the office": ingress("tcp", 22, "192.0.2.0/24"),
            "SSH from a network that ends alike": ingress("tcp", 22, "10.0.0.0/8"),
            "outgoing": ingress("tcp", 22, "0.0.0.0/0") | {"eventName": "AuthorizeSecurityGroupEgress"},
            "taken away": ingress("tcp", 22, "0.0.0.0/0") | {"eventName": "RevokeSecurityGroupIngress"},
        },
    ),
    "ec2/flow_logs_deleted": Case(
        {"deleted": call("ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": "fl-1"}}})},
        {"made": call("ec2", "CreateFlowLogs", {"CreateFlowLogsRequest": {}}), "looked at": call("ec2", "DescribeFlowLogs")},
    ),
    "ec2/gpu_instances_requested": Case(
        {
            "p4d": call("ec2", "RunInstances", {"instanceType": "p4d.24xlarge"}),
            "g5": call("ec2", "RunInstances", {"instanceType": "g5.12xlarge"}, who=ROLE),
            "trn1n": call("ec2", "RunInstances", {"instanceType": "trn1n.32xlarge"}),
            "p5en": call("ec2", "RunInstances", {"instanceType": "p5en.48xlarge"}),
            "refused for want of quota": call("ec2", "RunInstances", {"instanceType": "p2.xlarge"}, errorCode="Client.VcpuLimitExceeded"),
        },
        {
            "a common size": call("ec2", "RunInstances", {"instanceType": "m6i.large"}),
            "Graviton, which has a g too": call("ec2", "RunInstances", {"instanceType": "c7g.xlarge"}),
            "the first g, which has none": call("ec2", "RunInstances", {"instanceType": "g1.xlarge"}),
            "started by Auto Scaling": call("ec2", "RunInstances", {"instanceType": "g5.xlarge"}, who=ROLE | {"invokedBy": "autoscaling.amazonaws.com"}),
            "a dry look": call("ec2", "DescribeInstanceTypes", {"instanceType": "p4d.24xlarge"}),
        },
    ),
    "ec2/snapshot_shared": Case(
        {
            "a snapshot to an account": call("ec2", "ModifySnapshotAttribute", SHARE),
            "a snapshot to all": call("ec2", "ModifySnapshotAttribute", SHARE | {"createVolumePermission": {"add": {"items": [{"group": "all"}]}}}),
            "an image to an account": call("ec2", "ModifyImageAttribute", {"imageId": "ami-1", "launchPermission": {"add": {"items": [{"userId": "999988887777"}]}}}),
        },
        {
            "taken back": call("ec2", "ModifySnapshotAttribute", SHARE | {"createVolumePermission": {"remove": {"items": [{"userId": "999988887777"}]}}}),
            "an image described": call("ec2", "ModifyImageAttribute", {"imageId": "ami-1", "description": {"value": "add"}}),
            "by the lifecycle service": call("ec2", "ModifySnapshotAttribute", SHARE, who=ROLE | {"invokedBy": "dlm.amazonaws.com"}),
        },
    ),
    "guardduty/detector_disabled": Case(
        {
            "deleted": call("guardduty", "DeleteDetector", {"detectorId": "d"}),
            "suspended": call("guardduty", "UpdateDetector", {"detectorId": "d", "enable": False}),
            "suspended, as text": call("guardduty", "UpdateDetector", {"detectorId": "d", "enable": "false"}),
        },
        {
            "resumed": call("guardduty", "UpdateDetector", {"detectorId": "d", "enable": True}),
            "how often it publishes": call("guardduty", "UpdateDetector", {"detectorId": "d", "findingPublishingFrequency": "ONE_HOUR"}),
        },
    ),
    "iam/access_key_for_another_user": Case(
        {
            "a user for another": call("iam", "CreateAccessKey", {"userName": "bob"}),
            "a role for a user": call("iam", "CreateAccessKey", {"userName": "ana"}, who=ROLE),
            "a user whose name begins alike": call("iam", "CreateAccessKey", {"userName": "anabel"}),
            "denied": call("iam", "CreateAccessKey") | DENIED,
        },
        {
            "his own, named": call("iam", "CreateAccessKey", {"userName": "ana"}),
            "his own, not named": call("iam", "CreateAccessKey"),
            "listed": call("iam", "ListAccessKeys", {"userName": "bob"}),
        },
    ),
    "iam/administrator_policy_attached": Case(
        {
            "to a user": call("iam", "AttachUserPolicy", {"userName": "u", "policyArn": ADMIN}),
            "to a role": call("iam", "AttachRolePolicy", {"roleName": "r", "policyArn": ADMIN}),
            "to a group in China": call("iam", "AttachGroupPolicy", {"groupName": "g", "policyArn": "arn:aws-cn:iam::aws:policy/AdministratorAccess"}),
            "everything in IAM": call("iam", "AttachRolePolicy", {"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/IAMFullAccess"}),
        },
        {
            "a narrower one": call("iam", "AttachRolePolicy", {"roleName": "r", "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess-Amplify"}),
            "of the account's own making": call("iam", "AttachRolePolicy", {"roleName": "r", "policyArn": f"arn:aws:iam::{ACCOUNT}:policy/AdministratorAccess"}),
            "taken away": call("iam", "DetachUserPolicy", {"userName": "u", "policyArn": ADMIN}),
            "reading": call("iam", "AttachUserPolicy", {"userName": "u", "policyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        },
    ),
    "iam/key_quarantined_by_aws": Case(
        {
            "attached": call("iam", "AttachUserPolicy", {"userName": "u", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}, who={"type": "AWSService", "invokedBy": "iam.amazonaws.com"}),
            "the first version": call("iam", "AttachUserPolicy", {"userName": "u", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantine"}),
            "written inline": call("iam", "PutUserPolicy", {"userName": "u", "policyName": "AWSCompromisedKeyQuarantine", "policyDocument": "{}"}),
        },
        {
            "taken away": call("iam", "DetachUserPolicy", {"userName": "u", "policyArn": "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"}),
            "another": call("iam", "AttachUserPolicy", {"userName": "u", "policyArn": ADMIN}),
        },
    ),
    "iam/login_profile_for_another_user": Case(
        {
            "made": call("iam", "CreateLoginProfile", {"userName": "bob", "passwordResetRequired": False}),
            "changed by a role": call("iam", "UpdateLoginProfile", {"userName": "bob"}, who=ROLE),
            "denied": call("iam", "CreateLoginProfile") | DENIED,
        },
        {"his own": call("iam", "UpdateLoginProfile", {"userName": "ana"}), "his own password": call("iam", "ChangePassword")},
    ),
    "iam/mfa_device_removed": Case(
        {"deactivated": call("iam", "DeactivateMFADevice", {"userName": "bob", "serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/bob"})},
        {"enabled": call("iam", "EnableMFADevice", {"userName": "bob"}), "synchronised": call("iam", "ResyncMFADevice", {"userName": "bob"})},
    ),
    "iam/parameters_too_large": Case(
        {"left out": call("iam", "PutRolePolicy", {"omitted": True, "reason": "requestParameters too large", "originalSize": 131072})},
        {
            "of another service": call("glue", "UpdateTable", {"omitted": True, "reason": "requestParameters too large"}),
            "all there": call("iam", "PutRolePolicy", {"roleName": "r", "policyName": "p", "policyDocument": "{}"}),
        },
    ),
    "iam/root_changed_something": Case(
        {"a key": call("iam", "CreateAccessKey", who=ROOT), "a support plan": call("support", "CreateCase", {}, who=ROOT)},
        {
            "looking": call("iam", "GetAccountSummary", who=ROOT, readOnly=True),
            "a service in root's name": call("kms", "CreateGrant", who=ROOT | {"invokedBy": "rds.amazonaws.com"}),
            "what AWS does by itself": call("kms", "RotateKey", who=ROOT, eventType="AwsServiceEvent"),
            "signing in, which has its own rule": login(ROOT, "Success", "Yes"),
            "a user": call("iam", "CreateAccessKey"),
        },
    ),
    "iam/trust_policy_open_to_everyone": Case(
        {
            "a star": trust('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}]}'),
            "any account, with blanks": trust('{\n "Statement": {\n  "Action": "sts:AssumeRole",\n  "Principal": { "AWS": [ "*" ] },\n  "Effect": "Allow"\n }\n}'),
            "from the start": trust('{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}', "CreateRole"),
        },
        {
            "one account": trust('{"Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}'),
            "a service": trust('{"Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}', "CreateRole"),
            "everybody denied": trust('{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"},{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}'),
            "everybody of the organisation": trust('{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-exampleorgid"}}}]}'),
        },
    ),
    "iam/wildcard_policy_written": Case(
        {
            "inline": written('{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'),
            "in another order, with blanks": written('{ "Statement": { "Resource" : [ "*" ], "Action" : [ "*" ], "Effect" : "Allow" } }', "CreatePolicyVersion"),
            "second of two": written('{"Statement":[{"Effect":"Deny","Action":"s3:*","Resource":"*"},{"Sid":"x","Effect":"Allow","Action":"*:*","Resource":"*"}]}', "CreatePolicy"),
        },
        {
            "one service": written('{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'),
            "everything denied": written('{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'),
            "on one bucket": written('{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*"}]}'),
            "all but IAM": written('{"Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]}'),
            "with a condition": written('{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]}'),
        },
    ),
    "kms/key_deletion_scheduled": Case(
        {"scheduled": call("kms", "ScheduleKeyDeletion", {"keyId": "k", "pendingWindowInDays": 7}), "material gone": call("kms", "DeleteImportedKeyMaterial", {"keyId": "k"})},
        {"called off": call("kms", "CancelKeyDeletion", {"keyId": "k"}), "an alias": call("kms", "DeleteAlias", {"aliasName": "alias/a"})},
    ),
    "lambda/function_open_to_everyone": Case(
        {
            "invoke": call("lambda", "AddPermission20150331v2", STRANGER),
            "without a version in the name": call("lambda", "AddPermission", STRANGER),
            "by its address": call("lambda", "AddPermission20150331v2", STRANGER | {"action": "lambda:InvokeFunctionUrl", "functionUrlAuthType": "NONE"}),
        },
        {
            "a service": call("lambda", "AddPermission20150331v2", STRANGER | {"principal": "s3.amazonaws.com"}),
            "one account": call("lambda", "AddPermission20150331v2", STRANGER | {"principal": "444455556666"}),
            "everybody of the organisation": call("lambda", "AddPermission20150331v2", STRANGER | {"principalOrgID": "o-exampleorgid"}),
            "taken away": call("lambda", "RemovePermission20150331v2", STRANGER),
        },
    ),
    "organizations/account_leaves_organization": Case(
        {"gone": call("organizations", "LeaveOrganization"), "tried": call("organizations", "LeaveOrganization") | DENIED},
        {"looked at": call("organizations", "DescribeOrganization"), "another asked in": call("organizations", "InviteAccountToOrganization", {})},
    ),
    "rds/snapshot_shared": Case(
        {
            "to an account": call("rds", "ModifyDBSnapshotAttribute", {"dBSnapshotIdentifier": "s", "attributeName": "restore", "valuesToAdd": ["999988887777"]}),
            "a cluster to all": call("rds", "ModifyDBClusterSnapshotAttribute", {"dBClusterSnapshotIdentifier": "s", "attributeName": "restore", "valuesToAdd": ["all"]}),
        },
        {
            "taken back": call("rds", "ModifyDBSnapshotAttribute", {"dBSnapshotIdentifier": "s", "attributeName": "restore", "valuesToRemove": ["999988887777"]}),
            "copied": call("rds", "CopyDBSnapshot", {"sourceDBSnapshotIdentifier": "s"}),
        },
    ),
    "s3/bucket_made_public": Case(
        {
            "by policy": bucket_policy(OPEN),
            "any account, as a list": bucket_policy(HTTPS_ONLY, OPEN | {"Principal": {"AWS": ["*"]}}),
            "keys in another order": bucket_policy({"Resource": "arn:aws:s3:::b/*", "Principal": {"AWS": "*"}, "Action": ["s3:GetObject"], "Effect": "Allow", "Sid": "x"}),
            "one statement, not in a list": call("s3", "PutBucketPolicy", {"bucketName": "b", "bucketPolicy": {"Statement": OPEN}}),
            "by a canned ACL": call("s3", "PutBucketAcl", {"bucketName": "b", "acl": "", "x-amz-acl": "public-read-write"}),
            "by an ACL": call("s3", "PutBucketAcl", {"bucketName": "b", "acl": ""} | ACL),
            "from the start": call("s3", "CreateBucket", {"bucketName": "b", "x-amz-acl": "public-read"}),
        },
        {
            "everybody denied plain HTTP": bucket_policy(HTTPS_ONLY, OWN),
            "everybody of the organisation": bucket_policy(OPEN | {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}}),
            "a distribution": bucket_policy(OPEN | {"Principal": {"Service": "cloudfront.amazonaws.com"}}),
            "its own account": bucket_policy(OWN),
            "a private ACL": call("s3", "PutBucketAcl", {"bucketName": "b", "x-amz-acl": "private"}),
            "log delivery": call("s3", "PutBucketAcl", {"bucketName": "b"} | LOG_DELIVERY),
            "looked at": call("s3", "GetBucketPolicy", {"bucketName": "b"}),
        },
    ),
    "s3/object_encrypted_with_customer_key": Case(
        {
            "copied onto itself": call("s3", "CopyObject", SSE_C | {"x-amz-copy-source": "b/k"}),
            "written": call("s3", "PutObject", SSE_C),
            "written in parts": call("s3", "CreateMultipartUpload", SSE_C),
        },
        {
            "read": call("s3", "GetObject", SSE_C),
            "with a key of KMS": call("s3", "PutObject", {"bucketName": "b", "key": "k", "x-amz-server-side-encryption": "aws:kms", "x-amz-server-side-encryption-aws-kms-key-id": "arn"}),
        },
    ),
    "s3/objects_expire_within_days": Case(
        {
            "the whole bucket": lifecycle({"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}, "ID": "x"}),
            "a star": lifecycle({"Status": "Enabled", "Filter": {"Prefix": "*"}, "Expiration": {"Days": 7}}),
            "without a filter, by the newer name": lifecycle({"Status": "Enabled", "Expiration": {"Days": "3"}}, name="PutBucketLifecycleConfiguration"),
        },
        {
            "a folder of temporary files": lifecycle({"Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 1}}),
            "an old-style folder": lifecycle({"Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 1}}),
            "after a year": lifecycle({"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 365}}),
            "moved to the archive": lifecycle({"Status": "Enabled", "Filter": {"Prefix": ""}, "Transition": {"Days": 1, "StorageClass": "GLACIER"}}),
            "by tag": lifecycle({"Status": "Enabled", "Filter": {"Tag": {"Key": "temporary", "Value": "yes"}}, "Expiration": {"Days": 1}}),
        },
    ),
    "s3/public_access_block_removed": Case(
        {
            "deleted": call("s3", "DeleteBucketPublicAccessBlock", {"bucketName": "b", "publicAccessBlock": ""}),
            "deleted for the account": call("s3", "DeleteAccountPublicAccessBlock", {"accountId": ACCOUNT}),
            "one part off": block(BlockPublicPolicy=False),
            "for the account": block(RestrictPublicBuckets=False) | {"eventName": "PutAccountPublicAccessBlock"},
        },
        {"all on": block(), "looked at": call("s3", "GetBucketPublicAccessBlock", {"bucketName": "b"})},
    ),
    "s3/versioning_suspended": Case(
        {"suspended": call("s3", "PutBucketVersioning", {"bucketName": "b", "versioning": "", "VersioningConfiguration": {"Status": "Suspended"}})},
        {"enabled": call("s3", "PutBucketVersioning", {"bucketName": "b", "versioning": "", "VersioningConfiguration": {"Status": "Enabled", "MfaDelete": "Disabled"}})},
    ),
    "secretsmanager/secret_read_from_command_line": Case(
        {
            "read": call("secretsmanager", "GetSecretValue", {"secretId": "s"}, userAgent="aws-cli/2.15.42 Python/3.11.8 Linux/5.15.0"),
            "refused": call("secretsmanager", "GetSecretValue", userAgent="aws-cli/1.32.0", errorCode="AccessDenied"),
        },
        {
            "by a program": call("secretsmanager", "GetSecretValue", {"secretId": "s"}),
            "by a role": call("secretsmanager", "GetSecretValue", {"secretId": "s"}, who=ROLE, userAgent="aws-cli/2.15.42"),
            "with a session's key": call("secretsmanager", "GetSecretValue", {"secretId": "s"}, who=USER | {"accessKeyId": "ASIAEXAMPLE"}, userAgent="aws-cli/2.15.42"),
            "described": call("secretsmanager", "DescribeSecret", {"secretId": "s"}, userAgent="aws-cli/2.15.42"),
        },
    ),
    "secretsmanager/secrets_read_in_bulk": Case(
        {"by filter": call("secretsmanager", "BatchGetSecretValue", {"filters": [{"key": "name", "values": ["prod/"]}]}), "refused": call("secretsmanager", "BatchGetSecretValue") | DENIED},
        {
            "by name": call("secretsmanager", "BatchGetSecretValue", {"secretIdList": ["a", "b", "c"]}),
            "by a service": call("secretsmanager", "BatchGetSecretValue", {"filters": []}, who=ROLE | {"invokedBy": "ecs-tasks.amazonaws.com"}),
            "one": call("secretsmanager", "GetSecretValue", {"secretId": "s"}),
        },
    ),
    "signin/login_without_mfa": Case(
        {"a user": login(USER, "Success", "No")},
        {
            "with a second factor": login(USER, "Success", "Yes"),
            "a wrong password": login(USER, "Failure", "No"),
            "from the identity provider": login(ROLE, "Success", "No"),
            "root, which has its own rule": login(ROOT, "Success", "No"),
        },
    ),
    "signin/root_login": Case(
        {"with a second factor": login(ROOT, "Success", "Yes"), "without": login(ROOT, "Success", "No")},
        {"a wrong password": login(ROOT, "Failure", "No"), "a user": login(USER, "Success", "No"), "root at work": call("iam", "ListUsers", who=ROOT)},
    ),
    "sts/assume_role_denied": Case(
        {
            "a user": call("sts", "AssumeRole") | DENIED,
            "a role": call("sts", "AssumeRole", who=ROLE) | DENIED | {"errorCode": "AccessDeniedException"},
        },
        {
            "granted": call("sts", "AssumeRole", {"roleArn": "arn"}),
            "a service": call("sts", "AssumeRole", who=SERVICE) | DENIED,
            "another call denied": call("sts", "GetFederationToken") | DENIED,
            "another error": call("sts", "AssumeRole", errorCode="ExpiredTokenException"),
        },
    ),
}  # fmt: skip
