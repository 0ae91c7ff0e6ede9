# fmt: off
# ruff: noqa: E501 - a step is a line of data
"""Ordinary things in samples/cloudtrail that look like an attack and are none: what the rules must keep quiet about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from story import BROWSER, GLOBAL, HOME, PROD, SECURITY, Actor, Step
from trail import identity
from trail.attacks import record
from trail.shape import KEY, Dice

__all__ = ["everyday"]

OFFICE = "192.0.2.10"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.46.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.26.1 os/linux lang/go#1.22.2 md/GOOS#linux md/GOARCH#amd64"


def everyday(admin: dict[str, Any], developer: dict[str, Any], ci: dict[str, Any], dice: Dice) -> Iterator[Step]:
    """Every such record, in order; the identities are those of the company's people and its deployment user."""
    yield from _administration(Actor(admin, OFFICE, BROWSER, dice), Actor(ci, "192.0.2.66", TERRAFORM, dice), dice)
    yield from _sign_ins(dice)
    yield from _mistakes(Actor(developer, OFFICE, BROWSER, dice))
    yield from _rotation(dice)
    yield from _lifecycle(dice)
    yield from _response(Actor(admin, OFFICE, BROWSER, dice))


def _administration(admin: Actor, terraform: Actor, dice: Dice) -> Iterator[Step]:
    """A trail gets data events beside its management events, a bucket refuses plain HTTP, a web port opens."""
    trail = f"arn:aws:cloudtrail:{HOME}:{PROD}:trail/hf-prod-trail"
    selectors = [
        {"readWriteType": "All", "includeManagementEvents": True, "dataResources": [], "excludeManagementEventSources": []},
        {
            "readWriteType": "WriteOnly",
            "includeManagementEvents": False,
            "dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3:::hf-customer-exports/"]}],
            "excludeManagementEventSources": [],
        },
    ]
    yield admin(
        "14 09:14:22", "cloudtrail", "PutEventSelectors", {"trailName": trail, "eventSelectors": selectors}, {"trailARN": trail, "eventSelectors": selectors}, sessionCredentialFromConsole="true"
    )
    bucket = "hf-invoices"
    policy = {"Version": "2012-10-17", "Statement": [
        {"Sid": "DenyPlainHttp", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "Organisation", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-exampleorgid"}}},
    ]}  # fmt: skip
    yield terraform("14 09:48:31", "s3", "PutBucketPolicy", {"bucketName": bucket, "Host": f"{bucket}.s3.{HOME}.amazonaws.com", "bucketPolicy": policy, "policy": ""})
    web = {"ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "groups": {}, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0", "description": "web"}]}, "ipv6Ranges": {}, "prefixListIds": {}}
    yield terraform("14 09:48:58", "ec2", "AuthorizeSecurityGroupIngress", {"groupId": f"sg-0{dice.hex(16)}", "ipPermissions": {"items": [web]}}, {"requestId": dice.uuid(), "_return": True})
    yield admin("14 13:06:40", "iam", "AttachRolePolicy", {"roleName": "hf-nightly-etl", "policyArn": "arn:aws:iam::aws:policy/AmazonAthenaFullAccess"}, sessionCredentialFromConsole="true")


def _sign_ins(dice: Dice) -> Iterator[Step]:
    """Somebody from the identity provider, and the auditor, who has a second factor."""
    tls = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": "signin.aws.amazon.com"}
    to = {"LoginTo": "https://console.aws.amazon.com/console/home", "MobileVersion": "No"}
    auditor = {"type": "IAMUser", "principalId": f"AIDA{dice.letters(KEY, 17)}", "arn": f"arn:aws:iam::{PROD}:user/auditor", "accountId": PROD, "userName": "auditor"}
    federated = identity.role(PROD, "saml-finance", f"AROA{dice.letters(KEY, 17)}", "lotte@harbour-finch.example", key="", began="2024-05-14T10:02:03Z")
    for when, who, mfa in (("14 10:02:04", federated, "No"), ("15 11:20:37", auditor, "Yes")):
        yield Step(
            when,
            record(who, "signin", "ConsoleLogin", GLOBAL, OFFICE, BROWSER, None, {"ConsoleLogin": "Success"}, additionalEventData=to | {"MFAUsed": mfa}, eventType="AwsConsoleSignIn", tlsDetails=tls),
        )
    yield Step("15 11:19:58", record(auditor | {"accessKeyId": ""}, "signin", "ConsoleLogin", GLOBAL, OFFICE, BROWSER, None, {"ConsoleLogin": "Failure"}, errorMessage="Failed authentication",
                                     additionalEventData=to | {"MFAUsed": "No"}, eventType="AwsConsoleSignIn", tlsDetails=tls))  # fmt: skip


def _mistakes(developer: Actor) -> Iterator[Step]:
    """A developer picks the wrong role, once."""
    yield developer("14 14:31:09", "sts", "AssumeRole", denied=f"arn:aws:iam::{PROD}:role/hf-terraform")


def _rotation(dice: Dice) -> Iterator[Step]:
    """A user changes his own key, as he should."""
    user = identity.user(PROD, "backup-operator", f"AIDA{dice.letters(KEY, 17)}", f"AKIA{dice.letters(KEY, 16)}")
    operator = Actor(user, "192.0.2.30", "aws-cli/2.15.30 Python/3.11.8 Linux/6.1.79-99.167.amzn2023.x86_64 exe/x86_64.amzn.2023 prompt/off command/{}", dice)
    key = {"accessKeyId": f"AKIA{dice.letters(KEY, 16)}", "status": "Active", "userName": "backup-operator", "createDate": "May 14, 2024 6:40:12 AM"}
    yield operator("14 06:40:12", "iam", "CreateAccessKey", {"userName": "backup-operator"}, {"accessKey": key})
    yield operator("14 06:41:30", "iam", "UpdateAccessKey", {"userName": "backup-operator", "status": "Inactive", "accessKeyId": user["accessKeyId"]})


def _lifecycle(dice: Dice) -> Iterator[Step]:
    """The lifecycle service hands a nightly snapshot to the company's other account, as its policy says."""
    role = identity.role(PROD, "AWSDataLifecycleManagerDefaultRole", f"AROA{dice.letters(KEY, 17)}", "aws-dlm", key=f"ASIA{dice.letters(KEY, 16)}", began="2024-05-15T03:00:05Z")
    service = Actor(role | {"invokedBy": "dlm.amazonaws.com"}, "dlm.amazonaws.com", "dlm.amazonaws.com", dice)
    request = {"snapshotId": f"snap-0{dice.hex(16)}", "createVolumePermission": {"add": {"items": [{"userId": SECURITY}]}}, "attributeType": "CREATE_VOLUME_PERMISSION"}
    yield service("15 03:00:41", "ec2", "ModifySnapshotAttribute", request, {"requestId": dice.uuid(), "_return": True})


def _response(admin: Actor) -> Iterator[Step]:
    """The morning after: the administrator takes away what the thief made."""
    seen: dict[str, Any] = {"sessionCredentialFromConsole": "true"}
    backdoor = {"userName": "svc-metrics-export"}
    yield admin("15 07:52:16", "iam", "DeleteLoginProfile", backdoor, **seen)
    yield admin("15 07:52:49", "iam", "DetachUserPolicy", backdoor | {"policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}, **seen)
    yield admin("15 07:56:20", "iam", "UpdateAssumeRolePolicy", {"roleName": "legacy-maintenance", "policyDocument": _closed()}, **seen)
    yield admin("15 08:03:11", "cloudtrail", "CreateTrail", {"name": "hf-prod-trail", "s3BucketName": "hf-trail-archive", "isMultiRegionTrail": True, "includeGlobalServiceEvents": True}, **seen)
    yield admin("15 08:03:40", "cloudtrail", "StartLogging", {"name": f"arn:aws:cloudtrail:{HOME}:{PROD}:trail/hf-prod-trail"}, **seen)


def _closed() -> str:
    return '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}'
