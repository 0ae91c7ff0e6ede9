# ruff: noqa: E501 - an event is a line of data
"""For every shipped correlation: events over time that it is to find, and near misses.

Near misses are one too few, a second too late, or somebody else.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from shipped_events import ACCOUNT, ADMIN, DENIED, ROLE, USER, call, login

__all__ = ["CASES", "Case"]

Timed = tuple[float, dict[str, Any]]
"""Seconds after the beginning, and the event."""

MINUTE, HOUR, DAY = 60, 3_600, 86_400

BOB = USER | {
    "arn": f"arn:aws:iam::{ACCOUNT}:user/bob",
    "userName": "bob",
    "principalId": "AIDABOB",
    "accessKeyId": "AKIABOB",
}
HERE, THERE = {"sourceIPAddress": "203.0.113.77"}, {"sourceIPAddress": "198.51.100.9"}
INSTANCE = ROLE | {
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web/i-0abc123def4567890",
    "principalId": "AROAEXAMPLE:i-0abc123def4567890",
}


class Case(NamedTuple):
    """hits, misses: what happens -> the events."""

    hits: dict[str, list[Timed]]
    misses: dict[str, list[Timed]]


def every(seconds: float, *events: dict[str, Any]) -> list[Timed]:
    """Events with so many seconds between them."""
    return [(number * seconds, event) for number, event in enumerate(events)]


def denied(role: str = "admin", who: dict[str, Any] = USER) -> dict[str, Any]:
    said = f"User: {who['arn']} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{ACCOUNT}:role/{role}"
    return call("sts", "AssumeRole", who=who) | DENIED | {"errorMessage": said}


def failed(user: str = "ana", **more: Any) -> dict[str, Any]:
    who = {"type": "IAMUser", "principalId": f"AIDA{user.upper()}", "accountId": ACCOUNT, "userName": user}
    return login(who, "Failure", "No") | {"errorMessage": "Failed authentication"} | more


def signed_in(who: dict[str, Any] = USER, **more: Any) -> dict[str, Any]:
    return login(who, "Success", "Yes") | more


def read(number: int, who: dict[str, Any] = USER, **more: Any) -> dict[str, Any]:
    return call("ec2", f"Describe{number}", who=who) | more


def refused(source: str = "ec2", who: dict[str, Any] = USER) -> dict[str, Any]:
    return call(source, "DescribeThings", who=who) | DENIED


def region(name: str, who: dict[str, Any] = USER, source: str = "ec2") -> dict[str, Any]:
    return call(source, "DescribeInstances", who=who, awsRegion=name)


def place(latitude: float, longitude: float, who: dict[str, Any] = USER) -> dict[str, Any]:
    return signed_in(who) | {"source_latitude": latitude, "source_longitude": longitude}


def made(who: dict[str, Any] = USER) -> dict[str, Any]:
    return call("iam", "CreateUser", {"userName": "eve"}, who=who)


def armed(user: str = "eve") -> dict[str, Any]:
    return call("iam", "CreateAccessKey", {"userName": user})


def promoted(user: str = "eve") -> dict[str, Any]:
    return call("iam", "AttachUserPolicy", {"userName": user, "policyArn": ADMIN})


def stopped(who: dict[str, Any] = USER) -> dict[str, Any]:
    return call("cloudtrail", "StopLogging", {"name": "t"}, who=who)


def changed(who: dict[str, Any] = USER) -> dict[str, Any]:
    return call("ec2", "RunInstances", {"instanceType": "m6i.large"}, who=who)


def secret(number: int, who: dict[str, Any] = USER) -> dict[str, Any]:
    return call("secretsmanager", "GetSecretValue", {"secretId": f"s{number}"}, who=who, readOnly=True)


def deleted(bucket: str = "b", who: dict[str, Any] = USER) -> dict[str, Any]:
    return call("s3", "DeleteObject", {"bucketName": bucket, "key": "k"}, who=who)


def versioning(status: str = "Suspended", bucket: str = "b") -> dict[str, Any]:
    return call("s3", "PutBucketVersioning", {"bucketName": bucket, "VersioningConfiguration": {"Status": status}})


def logging(bucket: str = "b", **more: Any) -> dict[str, Any]:
    return call("s3", "PutBucketLogging", {"bucketName": bucket, "BucketLoggingStatus": {"xmlns": "", **more}})


REGIONS = ["eu-west-1", "eu-central-1", "us-east-1", "ap-south-1"]

CASES: dict[str, Case] = {
    "aws_sts_assume_role_denied_often": Case(
        {"ten in ten minutes, both ends included": [*every(66, *[denied()] * 9), (600, denied())]},
        {
            "nine": every(10, *[denied()] * 9),
            "the tenth a second too late": [*every(66, *[denied()] * 9), (601, denied())],
            "two principals": [*every(10, *[denied()] * 9), (95, denied(who=BOB))],
        },
    ),
    "aws_sts_many_roles_tried": Case(
        {"five roles": every(100, *[denied(f"r{n}") for n in range(5)])},
        {
            "four roles": every(10, *[denied(f"r{n % 4}") for n in range(8)]),
            "the fifth a second too late": [*every(100, *[denied(f"r{n}") for n in range(4)]), (601, denied("r4"))],
            "another principal": [*every(10, *[denied(f"r{n}") for n in range(4)]), (50, denied("r4", BOB))],
        },
    ),
    "aws_signin_console_brute_force_address": Case(
        {"five users from one address": every(150, *[failed(f"u{n}") for n in range(5)])},
        {
            "four": every(10, *[failed(f"u{n}") for n in range(4)]),
            "the fifth a second too late": [*every(10, *[failed(f"u{n}") for n in range(4)]), (601, failed("u4"))],
            "another address": [*every(10, *[failed(f"u{n}") for n in range(4)]), (50, failed("u4", **THERE))],
        },
    ),
    "aws_signin_console_brute_force_user": Case(
        {
            "five of one user from many addresses": every(
                150, *[failed(sourceIPAddress=f"198.51.100.{n}") for n in range(5)]
            )
        },
        {
            "four": every(10, *[failed()] * 4),
            "the fifth a second too late": [*every(10, *[failed()] * 4), (601, failed())],
            "another user": [*every(10, *[failed()] * 4), (50, failed("bob"))],
        },
    ),
    "aws_signin_password_spray": Case(
        {"ten failures of five users": every(60, *[failed(f"u{n % 5}") for n in range(10)])},
        {
            "nine failures": every(60, *[failed(f"u{n % 5}") for n in range(9)]),
            "four users": every(60, *[failed(f"u{n % 4}") for n in range(10)]),
            "the tenth from another address": [
                *every(60, *[failed(f"u{n % 5}") for n in range(9)]),
                (600, failed("u4", **THERE)),
            ],
        },
    ),
    "aws_signin_password_spray_distributed": Case(
        {
            "ten users from ten addresses": every(
                360, *[failed(f"u{n}", sourceIPAddress=f"198.51.100.{n}") for n in range(10)]
            )
        },
        {
            "nine users": every(60, *[failed(f"u{n % 9}", sourceIPAddress=f"198.51.100.{n}") for n in range(20)]),
            "the tenth a second too late": [*every(60, *[failed(f"u{n}") for n in range(9)]), (HOUR + 1, failed("u9"))],
            "another account": [
                *every(60, *[failed(f"u{n}") for n in range(9)]),
                (600, failed("u9", recipientAccountId="444455556666")),
            ],
        },
    ),
    "aws_signin_failures_then_success": Case(
        {"three failures, then success": [*every(60, *[failed()] * 3), (120 + 15 * MINUTE, signed_in())]},
        {
            "two failures": [*every(60, *[failed()] * 2), (180, signed_in())],
            "success a second too late": [*every(60, *[failed()] * 3), (121 + 15 * MINUTE, signed_in())],
            "success comes first": [(0, signed_in()), *[(60 + s, e) for s, e in every(60, *[failed()] * 3)]],
            "success of another": [*every(60, *[failed()] * 3), (180, signed_in(BOB))],
        },
    ),
    "aws_any_discovery_burst": Case(
        {"fifteen different calls": every(20, *[read(n) for n in range(15)])},
        {
            "fourteen different calls": every(5, *[read(n % 14) for n in range(30)]),
            "the fifteenth a second too late": [*every(20, *[read(n) for n in range(14)]), (301, read(14))],
            "another principal": [*every(5, *[read(n) for n in range(14)]), (80, read(14, BOB))],
            "by the console": every(5, *[read(n, sessionCredentialFromConsole="true") for n in range(20)]),
            "by a service for somebody": every(
                5, *[read(n, USER | {"invokedBy": "config.amazonaws.com"}) for n in range(20)]
            ),
        },
    ),
    "aws_any_access_denied_burst": Case(
        {"fifteen in two services": every(40, *[refused(("ec2", "s3")[n % 2]) for n in range(15)])},
        {
            "fourteen": every(10, *[refused(("ec2", "s3")[n % 2]) for n in range(14)]),
            "one service": every(10, *[refused()] * 20),
            "another principal": [
                *every(10, *[refused(("ec2", "s3")[n % 2]) for n in range(14)]),
                (200, refused(who=BOB)),
            ],
        },
    ),
    "aws_any_many_regions": Case(
        {"four regions": every(200, *[region(name) for name in REGIONS])},
        {
            "three regions": every(10, *[region(name) for name in REGIONS[:3] * 4]),
            "the fourth a second too late": [
                *every(100, *[region(name) for name in REGIONS[:3]]),
                (601, region(REGIONS[3])),
            ],
            "another principal": [*every(10, *[region(name) for name in REGIONS[:3]]), (50, region(REGIONS[3], BOB))],
            "a global service": [
                *every(10, *[region(name) for name in REGIONS[:3]]),
                (50, region(REGIONS[3], source="iam")),
            ],
        },
    ),
    "aws_signin_impossible_travel": Case(
        {"Paris, and Tokyo an hour later": [(0, place(48.9, 2.4)), (HOUR, place(35.7, 139.7))]},
        {
            "Tokyo the next day": [(0, place(48.9, 2.4)), (DAY, place(35.7, 139.7))],
            "a suburb": [(0, place(48.9, 2.4)), (60, place(49.0, 2.5))],
            "somebody else": [(0, place(48.9, 2.4)), (HOUR, place(35.7, 139.7, BOB))],
            "no places": [(0, signed_in()), (HOUR, signed_in(**THERE))],
        },
    ),
    "aws_any_first_region_of_a_principal": Case(
        {
            "a new region after learning": [
                (0, region("eu-west-1")),
                (14 * DAY, region("eu-west-1")),
                (14 * DAY + 1, region("us-east-1")),
            ]
        },
        {
            "while learning": [(0, region("eu-west-1")), (14 * DAY - 1, region("us-east-1"))],
            "known since long": [
                (0, region("us-east-1")),
                (1, region("eu-west-1")),
                (15 * DAY, region("us-east-1")),
            ],
            "somebody new": [(0, region("eu-west-1")), (15 * DAY, region("us-east-1", BOB))],
        },
    ),
    "aws_iam_key_from_a_new_address": Case(
        {
            "a new address after learning": [
                (0, read(1, **HERE)),
                (14 * DAY, read(1, **HERE)),
                (15 * DAY, read(1, **THERE)),
            ]
        },
        {
            "the same address": [(0, read(1, **HERE)), (14 * DAY, read(1, **HERE)), (15 * DAY, read(1, **HERE))],
            "a service on behalf": [(0, read(1, **HERE)), (15 * DAY, read(1, sourceIPAddress="athena.amazonaws.com"))],
            "a session": [(0, read(1, ROLE, **HERE)), (15 * DAY, read(1, ROLE, **THERE))],
        },
    ),
    "aws_ec2_instance_credential_from_two_addresses": Case(
        {"two public addresses": [(0, read(1, INSTANCE, **HERE)), (HOUR, read(1, INSTANCE, **THERE))]},
        {
            "one address": [(0, read(1, INSTANCE, **HERE)), (60, read(1, INSTANCE, **HERE))],
            "a second too late": [(0, read(1, INSTANCE, **HERE)), (HOUR + 1, read(1, INSTANCE, **THERE))],
            "another credential": [
                (0, read(1, INSTANCE, **HERE)),
                (60, read(1, INSTANCE | {"accessKeyId": "ASIAOTHER"}, **THERE)),
            ],
            "a private address": [(0, read(1, INSTANCE, **HERE)), (60, read(1, INSTANCE, sourceIPAddress="10.1.2.3"))],
            "no instance": [(0, read(1, ROLE, **HERE)), (60, read(1, ROLE, **THERE))],
        },
    ),
    "aws_iam_user_made_and_armed": Case(
        {
            "all three": [(0, made()), (60, armed()), (HOUR, promoted())],
            "in any order, by two": [(0, armed()), (10, promoted()), (20, made(BOB))],
        },
        {
            "two of three": [(0, made()), (60, armed())],
            "a second too late": [(0, made()), (60, armed()), (HOUR + 1, promoted())],
            "another user": [(0, made()), (60, armed()), (120, promoted("mallory"))],
            "refused": [(0, made()), (60, armed()), (120, promoted() | DENIED)],
        },
    ),
    "aws_cloudtrail_logging_stopped_then_activity": Case(
        {"a change after it": [(0, stopped()), (HOUR, changed())]},
        {
            "a change before it": [(0, changed()), (60, stopped())],
            "a second too late": [(0, stopped()), (HOUR + 1, changed())],
            "somebody else": [(0, stopped()), (60, changed(BOB))],
            "only looked": [(0, stopped()), (60, changed() | {"readOnly": True})],
        },
    ),
    "aws_cloudtrail_account_fell_silent": Case(
        {
            "six hours without an event": [
                (0, changed()),
                (1, changed() | {"awsRegion": "us-east-1"}),
                (6 * HOUR + 2, changed() | {"awsRegion": "us-east-1"}),
            ]
        },
        {
            "an event in time": [(0, changed()), (6 * HOUR, changed()), (12 * HOUR, changed())],
            "no management events": [
                (0, changed() | {"eventCategory": "Data"}),
                (7 * HOUR, changed() | {"awsRegion": "us-east-1"}),
            ],
        },
    ),
    "aws_secretsmanager_many_secrets_read": Case(
        {"ten secrets": every(400, *[secret(n) for n in range(10)])},
        {
            "nine secrets": every(10, *[secret(n % 9) for n in range(30)]),
            "the tenth a second too late": [*every(60, *[secret(n) for n in range(9)]), (HOUR + 1, secret(9))],
            "another principal": [*every(60, *[secret(n) for n in range(9)]), (600, secret(9, BOB))],
        },
    ),
    "aws_s3_many_objects_deleted": Case(
        {"fifty in ten minutes": every(12, *[deleted()] * 50)},
        {
            "forty-nine": every(10, *[deleted()] * 49),
            "the fiftieth a second too late": [*every(1, *[deleted()] * 49), (601, deleted())],
            "two buckets": every(1, *[deleted("b"), deleted("c")] * 49),
            "another principal": [*every(1, *[deleted()] * 49), (60, deleted(who=BOB))],
        },
    ),
    "aws_s3_protections_taken_off": Case(
        {"versioning and logging": [(0, versioning()), (90 * MINUTE, logging())]},
        {
            "one of them twice": [(0, versioning()), (60, versioning())],
            "a second too late": [(0, versioning()), (90 * MINUTE + 1, logging())],
            "another bucket": [(0, versioning()), (60, logging("c"))],
            "logging is switched on": [(0, versioning()), (60, logging(LoggingEnabled={"TargetBucket": "l"}))],
            "versioning is switched on": [(0, versioning("Enabled")), (60, logging())],
        },
    ),
}
