# fmt: off
# ruff: noqa: E501 - an event is a line of data
"""Cases of the rules about getting in: sign-ins, root, roles and sessions, instances, looking around."""

from __future__ import annotations

from typing import Any

from shipped_cases import Case
from shipped_events import ACCOUNT, ADMIN, DENIED, ROLE, ROOT, SDK, USER, call, login
from stateful_cases import BOB, DAY, HERE, HOUR, INSTANCE, MINUTE, THERE, Timed, every, failed, read, refused, signed_in
from stateful_cases import Case as Story

__all__ = ["CONTRIB", "HALVES", "SINGLE", "STATEFUL"]

OTHER = "444455556666"
ROOT_KEY = ROOT | {"accessKeyId": "AKIAEXAMPLEROOT"}
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
ALL = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}'
NARROW = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'


def root_mail(name: str, result: str = "Success") -> dict[str, Any]:
    return call("signin", name, who=ROOT | {"accessKeyId": ""}, responseElements={name: result}, eventType="AwsConsoleSignIn")


def session_of(name: str, role: str = "ops") -> dict[str, Any]:
    """A session of a role, as CloudTrail has it since there is a session context."""
    issuer = {"type": "Role", "principalId": "AROAEXAMPLE", "arn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "accountId": ACCOUNT, "userName": role}
    return ROLE | {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{name}", "sessionContext": {"sessionIssuer": issuer}}


def token(policy: str | None = None, arns: list[str] | None = None, **more: Any) -> dict[str, Any]:
    asked = {"name": "portal", "durationSeconds": 3600} | ({"policy": policy} if policy else {}) | ({"policyArns": [{"arn": arn} for arn in arns]} if arns else {})
    return call("sts", "GetFederationToken", asked, **more)


def root_session(account: str = OTHER, **more: Any) -> dict[str, Any]:
    return call("sts", "AssumeRoot", {"targetPrincipal": account, "taskPolicyArn": {"arn": "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy"}}, **more)


SINGLE: dict[str, Case] = {
    "signin/root_login_without_mfa": Case(
        {"a password alone": login(ROOT, "Success", "No")},
        {
            "with a second factor": login(ROOT, "Success", "Yes"),
            "a wrong password": login(ROOT, "Failure", "No"),
            "a user": login(USER, "Success", "No"),
            "another step": login(ROOT, "Success", "No") | {"eventName": "CheckMfa"},
            "of another service": login(ROOT, "Success", "No") | {"eventSource": "sso.amazonaws.com"},
        },
    ),
    "iam/root_access_key_made": Case(
        {"made": call("iam", "CreateAccessKey", who=ROOT), "refused by a policy of the organisation": call("iam", "CreateAccessKey", who=ROOT) | DENIED},
        {
            "for a user": call("iam", "CreateAccessKey", {"userName": "ana"}, who=ROOT),
            "by a user for himself": call("iam", "CreateAccessKey"),
            "taken away": call("iam", "DeleteAccessKey", {"accessKeyId": "AKIAEXAMPLEROOT"}, who=ROOT),
            "a call of that name of another service": call("transfer", "CreateAccessKey", who=ROOT),
        },
    ),
    "any/root_access_key_used": Case(
        {"a change": call("ec2", "RunInstances", who=ROOT_KEY), "a look": call("s3", "ListBuckets", who=ROOT_KEY, readOnly=True), "refused": call("s3", "ListBuckets", who=ROOT_KEY) | DENIED},
        {"root in the console": call("s3", "ListBuckets", who=ROOT), "a key of a user": call("s3", "ListBuckets"), "a session whose key has these letters": call("s3", "ListBuckets", who=ROOT | {"accessKeyId": "ASIAXAKIAEXAMPLE"}), "a sign-in, which has no key": login(ROOT | {"accessKeyId": ""}, "Success", "Yes")},
    ),
    "signin/root_password_recovery_requested": Case(
        {"asked for": root_mail("PasswordRecoveryRequested"), "asked for in vain": root_mail("PasswordRecoveryRequested", "Failure")},
        {"completed": root_mail("PasswordRecoveryCompleted"), "a sign-in": login(ROOT, "Success", "Yes"), "of another service": root_mail("PasswordRecoveryRequested") | {"eventSource": "cognito-idp.amazonaws.com"}},
    ),
    "signin/root_password_recovered": Case(
        {"completed": root_mail("PasswordRecoveryCompleted"), "without a result": root_mail("PasswordRecoveryCompleted") | {"responseElements": None}},
        {"failed": root_mail("PasswordRecoveryCompleted", "Failure"), "asked for only": root_mail("PasswordRecoveryRequested"), "of another service": root_mail("PasswordRecoveryCompleted") | {"eventSource": "cognito-idp.amazonaws.com"}},
    ),
    "signin/root_address_changed": Case(
        {
            "begun for a member": call("account", "StartPrimaryEmailUpdate", {"accountId": OTHER, "primaryEmail": "HIDDEN_DUE_TO_SECURITY_REASONS"}, who=ROLE),
            "done for a member": call("account", "AcceptPrimaryEmailUpdate", {"accountId": OTHER}),
            "by root": root_mail("EmailUpdated"),
            "refused": call("account", "StartPrimaryEmailUpdate") | DENIED,
        },
        {
            "a new password": root_mail("PasswordUpdated"),
            "looked at": call("account", "GetPrimaryEmail", {"accountId": OTHER}),
            "another contact": call("account", "PutAlternateContact", {"alternateContactType": "BILLING"}),
            "an address of another service": call("cognito-idp", "EmailUpdated"),
            "a start of another service": call("ses", "StartPrimaryEmailUpdate"),
        },
    ),
    "signin/console_session_from_keys": Case(
        {
            "by a script": call("signin", "GetSigninToken", who=ROLE, userAgent="python-requests/2.31.0"),
            "by a command line": call("signin", "GetSigninToken", who=USER | {"type": "FederatedUser"}, userAgent="Go-http-client/1.1"),
            "by a script that would be a browser": call("signin", "GetSigninToken", who=ROLE, userAgent="curl/8.5.0 (like Mozilla/5.0, Jersey/2)"),
        },
        {
            "from IAM Identity Center": call("signin", "GetSigninToken", who=ROLE, userAgent="Jersey/${project.version} (HttpUrlConnection 1.8.0_352)"),
            "from a browser": call("signin", "GetSigninToken", who=ROLE, userAgent=BROWSER),
            "the sign-in itself": login(ROLE, "Success", "No") | {"userAgent": "python-requests/2.31.0"},
            "of another service": call("sso", "GetSigninToken", who=ROLE),
        },
    ),
    "sts/root_session_in_member_account": Case(
        {"taken": root_session(who=ROLE), "refused": call("sts", "AssumeRoot") | DENIED},
        {"a role": call("sts", "AssumeRole", {"roleArn": "arn"}), "of another service": root_session() | {"eventSource": "iam.amazonaws.com"}},
    ),
    "sts/federation_token_made": Case(
        {"made": token(NARROW), "refused": call("sts", "GetFederationToken") | DENIED},
        {"a session of a user": call("sts", "GetSessionToken"), "on behalf": token(who=USER | {"invokedBy": "signin.amazonaws.com"}), "of another service": token() | {"eventSource": "lakeformation.amazonaws.com"}},
    ),
    "sts/federation_token_with_all_rights": Case(
        {
            "written": token(ALL),
            "in another order, with blanks": token('{ "Statement": [ { "Resource" : [ "*" ], "Action" : "*:*", "Effect" : "Allow" } ] }'),
            "named": token(arns=[ADMIN]),
            "one of two": token(arns=["arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws-cn:iam::aws:policy/IAMFullAccess"]),
            "all but IAM": token(arns=["arn:aws:iam::aws:policy/PowerUserAccess"]),
            "refused, with what was asked": token(ALL, errorCode="AccessDenied"),
        },
        {
            "narrow": token(NARROW),
            "one service": token('{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'),
            "one bucket": token('{"Statement":[{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*"}]}'),
            "everything denied": token('{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'),
            "a narrower one": token(arns=["arn:aws:iam::aws:policy/AdministratorAccess-Amplify"]),
            "to read": token(arns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]),
            "without a policy": token(),
            "a role with that policy": call("sts", "AssumeRole", {"roleArn": "arn", "policy": ALL, "policyArns": [{"arn": ADMIN}]}),
            "of another service": token(ALL, [ADMIN]) | {"eventSource": "lakeformation.amazonaws.com"},
        },
    ),
    "sts/session_token_without_mfa": Case(
        {"made": call("sts", "GetSessionToken", {"durationSeconds": 129600}), "without parameters": call("sts", "GetSessionToken"), "refused": call("sts", "GetSessionToken") | DENIED},
        {
            "with a second factor": call("sts", "GetSessionToken", {"serialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/ana", "tokenCode": "123456"}),
            "by root": call("sts", "GetSessionToken", who=ROOT_KEY),
            "from a session": call("sts", "GetSessionToken", who=USER | {"accessKeyId": "ASIAXAKIAEXAMPLE"}),
            "on behalf": call("sts", "GetSessionToken", who=USER | {"invokedBy": "cloud9.amazonaws.com"}),
            "a federated session": call("sts", "GetFederationToken"),
            "of another service": call("ecr", "GetSessionToken"),
        },
    ),
    "sts/access_key_looked_up": Case(
        {"looked up": call("sts", "GetAccessKeyInfo", {"accessKeyId": "AKIAFOUND"}), "refused": call("sts", "GetAccessKeyInfo", who=ROLE) | DENIED},
        {
            "by AWS": call("sts", "GetAccessKeyInfo", who={"type": "AWSService"}),
            "on behalf": call("sts", "GetAccessKeyInfo", who=ROLE | {"invokedBy": "access-analyzer.amazonaws.com"}),
            "whose key one has": call("sts", "GetCallerIdentity"),
            "when it was used last": call("iam", "GetAccessKeyLastUsed", {"accessKeyId": "AKIAFOUND"}),
            "of another service": call("iam", "GetAccessKeyInfo"),
        },
    ),
    "iam/all_permissions_read": Case(
        {"read": call("iam", "GetAccountAuthorizationDetails", {"maxItems": 1000}), "refused": call("iam", "GetAccountAuthorizationDetails", who=ROLE) | DENIED},
        {
            "by a service": call("iam", "GetAccountAuthorizationDetails", who={"type": "AWSService"}),
            "on behalf": call("iam", "GetAccountAuthorizationDetails", who=ROLE | {"invokedBy": "config.amazonaws.com"}),
            "figures only": call("iam", "GetAccountSummary"),
            "of another service": call("sso", "GetAccountAuthorizationDetails"),
        },
    ),
}


def root_failed(mfa: str = "No", **more: Any) -> dict[str, Any]:
    return login(ROOT | {"accessKeyId": ""}, "Failure", mfa) | {"errorMessage": "Failed authentication"} | more


def nobody(**more: Any) -> dict[str, Any]:
    return failed("HIDDEN_DUE_TO_SECURITY_REASONS") | {"errorMessage": "No username found in supplied account"} | more


def at_the_device(user: str = "ana") -> dict[str, Any]:
    extra = {"LoginTo": "https://console.aws.amazon.com/", "MFAUsed": "Yes"}
    return failed(user) | {"additionalEventData": extra}


def without_mfa(who: dict[str, Any] = USER) -> dict[str, Any]:
    return login(who, "Success", "No")


def assumed(role: str = "admin", who: dict[str, Any] = USER, **more: Any) -> dict[str, Any]:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    named = [{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": arn}]
    return call("sts", "AssumeRole", {"roleArn": arn, "roleSessionName": "s"}, who=who, resources=named) | more


def stranger(account: str = OTHER) -> dict[str, Any]:
    return {"type": "AWSAccount", "principalId": f"AROA{account}:deploy", "accountId": account}


def workload(subject: str, role: str = "pipeline", provider: str = "token.actions.githubusercontent.com", **more: Any) -> dict[str, Any]:
    arn = provider if "." in provider and provider.startswith("cognito") else f"arn:aws:iam::{ACCOUNT}:oidc-provider/{provider}"
    who = {"type": "WebIdentityUser", "principalId": f"{arn}:sts.amazonaws.com:{subject}", "userName": subject, "identityProvider": arn}
    asked = {"roleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "roleSessionName": "s"}
    named = [{"accountId": ACCOUNT, "type": "AWS::IAM::Role", "ARN": asked["roleArn"]}]
    return call("sts", "AssumeRoleWithWebIdentity", asked, who=who, readOnly=True, resources=named) | more


def code_refused(who: dict[str, Any] = USER, name: str = "GetSessionToken") -> dict[str, Any]:
    said = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
    said = f"Access denied: {said}" if name == "AssumeRole" else said
    return call("sts", name, who=who) | DENIED | {"errorMessage": said}


def who_am_i(who: dict[str, Any] = USER) -> dict[str, Any]:
    return call("sts", "GetCallerIdentity", who=who, readOnly=True)


def bad_trust(who: dict[str, Any] = USER, name: str = "UpdateAssumeRolePolicy", error: str = "MalformedPolicyDocumentException") -> dict[str, Any]:
    return call("iam", name, who=who, errorCode=error, errorMessage='Invalid principal in policy: "AWS":"arn:aws:iam::444455556666:role/x"')


IAM_READS = [
    "ListUsers", "ListRoles", "ListGroups", "ListPolicies", "ListAccessKeys", "ListAttachedUserPolicies", "ListUserPolicies", "GetUser", "GetRole", "GetPolicyVersion",
]  # fmt: skip


def iam_read(number: int, who: dict[str, Any] = USER, **more: Any) -> dict[str, Any]:
    return call("iam", IAM_READS[number], who=who, readOnly=True) | more


def posture(bucket: int, who: dict[str, Any] = USER, name: str = "GetBucketPolicy", **more: Any) -> dict[str, Any]:
    return call("s3", name, {"bucketName": f"b{bucket}"}, who=who, readOnly=True) | more


def refused_action(number: int, who: dict[str, Any] = USER) -> dict[str, Any]:
    return refused(who=who) | {"eventName": f"Describe{number}"}


def on_instance(number: int, who: dict[str, Any] = INSTANCE, source: str = "ec2", **more: Any) -> dict[str, Any]:
    return call(source, f"Describe{number}", who=who, readOnly=True) | more


def learnt(known: dict[str, Any], new: dict[str, Any]) -> list[Timed]:
    """What is usual for a fortnight, and then something else."""
    return [(0, known), (7 * DAY, known), (14 * DAY, known), (15 * DAY, new)]


INSTANCE_2 = INSTANCE | {"arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/web/i-0fff123def4567890", "principalId": "AROAEXAMPLE:i-0fff123def4567890"}
CONSOLE = {"sessionCredentialFromConsole": "true"}
BY_CONFIG = ROLE | {"invokedBy": "config.amazonaws.com"}
PLANNERS = [
    "APN/1.0 HashiCorp/1.0 Terraform/1.8.2 (+https://www.terraform.io)", "APN/1.0 OpenTofu/1.0 (+https://opentofu.org)", "APN/1.0 Pulumi/1.0 (+https://www.pulumi.com)",
    "Boto3/1.34.69 APN/1.0 Ansible/2.16 amazon_aws/7.5.0", "aws-sdk-go-v2/1.26 crossplane-provider-aws/0.47",
]  # fmt: skip
CONSOLES = ["console.amazonaws.com", "[iam console.amazonaws.com]", "aws-internal/3", "[aws-internal/3 aws-sdk-java/1.12]"]
POSTURE = [
    "GetBucketAcl", "GetBucketEncryption", "GetBucketLogging", "GetBucketPolicy", "GetBucketPolicyStatus", "GetBucketPublicAccessBlock", "GetBucketReplication",
    "GetBucketVersioning", "GetPublicAccessBlock",
]  # fmt: skip
REFUSALS = ["AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "UnauthorizedOperation", "AuthorizationError", "Client.UnauthorizedAccess"]
LOOKS = ["DescribeInstances", "DescribeVpcs", "DescribeImages", "DescribeVolumes", "GetAccountSummary", "GetBucketAcl", "GetCallerIdentity", "ListUsers"]
ECS = {"type": "AWSService", "invokedBy": "ecs-tasks.amazonaws.com"}


def portal(name: str, result: str = "Success", user: str = "ana", kind: str | None = "PASSWORD", **more: Any) -> dict[str, Any]:
    """What IAM Identity Center says of a sign-in, in the form that CloudTrail has had since 2025."""
    who = {"type": "IdentityCenterUser", "accountId": ACCOUNT, "onBehalfOf": {"userId": f"id-{user}", "identityStoreArn": f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-1"}}
    extra = {"AuthWorkflowID": "w", "UserName": user} | ({"CredentialType": kind} if kind else {})
    return call("signin", name, who=who, additionalEventData=extra, serviceEventDetails={name: result}, eventType="AwsServiceEvent") | more


def wrong(user: str = "ana", kind: str | None = "PASSWORD", **more: Any) -> dict[str, Any]:
    return portal("CredentialVerification", "Failure", user, kind, **more)


def wrong_before_2025(user: str = "ana") -> dict[str, Any]:
    return wrong(user) | {"userIdentity": {"type": "Unknown", "principalId": ACCOUNT, "arn": "", "accountId": ACCOUNT, "accessKeyId": "", "userName": user}}


CLI, BOTO = "aws-cli/2.15.42 Python/3.11.8 Linux/5.15.0", SDK
EKS = "oidc.eks.eu-west-1.amazonaws.com/id/A"


def held(source: str, agent: str, key: str = "ASIAEXAMPLE", **more: Any) -> dict[str, Any]:
    """A call with a session."""
    return call(source, "ListThings", who=ROLE | {"accessKeyId": key}, userAgent=agent, readOnly=True) | more


CONTRIB: dict[str, Case] = {
    "any/call_from_tor": Case(
        {"a call": read(1) | {"source_kind": "tor"}, "refused": refused() | {"source_kind": "tor"}},
        {"a VPN": read(1) | {"source_kind": "vpn"}, "not known": read(1)},
    ),
    "ec2/instance_credential_outside_aws": Case(
        {"from a provider": read(1, INSTANCE) | {"source_network": "Example Hosting"}, "refused": refused(who=INSTANCE) | {"source_network": "Lawson Hosting"}, "whatever has the letters in it": read(1, INSTANCE) | {"source_network": "Not Amazon"}},
        {
            "from AWS": read(1, INSTANCE) | {"source_network": "AMAZON-02"},
            "from AWS by another name": read(1, INSTANCE) | {"source_network": "AWS Europe"},
            "not known": read(1, INSTANCE),
            "no instance": read(1, ROLE) | {"source_network": "Example Hosting"},
            **{f"the agent, by {name}": call(name, "GetMessages", who=INSTANCE) | {"source_network": "Example Hosting"} for name in ("ssm", "ssmmessages", "ec2messages")},
            "a service on behalf": read(1, INSTANCE | {"invokedBy": "athena.amazonaws.com"}) | {"source_network": "Example Hosting"},
        },
    ),
    "sts/cluster_identity_outside_aws": Case(
        {"from a provider": workload("system:serviceaccount:web:app", provider=EKS, source_network="Lawson Hosting"), "refused": workload("x", provider=EKS, source_network="Example Hosting", errorCode="AccessDenied")},
        {
            "from AWS": workload("system:serviceaccount:web:app", provider=EKS, source_network="Amazon.com, Inc."),
            "from AWS by another name": workload("system:serviceaccount:web:app", provider=EKS, source_network="AWS"),
            "not known": workload("system:serviceaccount:web:app", provider=EKS),
            "a pipeline": workload("repo:ours/app:ref:refs/heads/main", source_network="Example Hosting"),
            "another call": workload("x", provider=EKS, source_network="Example Hosting", eventName="AssumeRoleWithSAML"),
            "of another service": workload("x", provider=EKS, source_network="Example Hosting", eventSource="eks.amazonaws.com"),
        },
    ),
}

HALVES = {
    "aws_signin_some_mfa_failures", "aws_signin_identity_center_some_failures",
    "aws_any_session_from_two_addresses", "aws_any_session_with_two_clients", "aws_any_session_in_two_services",
}  # fmt: skip
"""Correlations that only others refer to."""

STATEFUL: dict[str, Story] = {
    "aws_signin_root_login_failures": Story(
        {"five in an hour": [*every(60, *[root_failed()] * 4), (HOUR, root_failed("Yes", **THERE))]},
        {
            "four": every(10, *[root_failed()] * 4),
            "the fifth a second too late": [*every(10, *[root_failed()] * 4), (HOUR + 1, root_failed())],
            "another account": [*every(10, *[root_failed()] * 4), (50, root_failed(recipientAccountId=OTHER))],
            "a user": [*every(10, *[root_failed()] * 4), (50, failed())],
            "got in": [*every(10, *[root_failed()] * 4), (50, login(ROOT, "Success", "Yes"))],
        },
    ),
    "aws_signin_unknown_users_tried": Story(
        {
            "ten in ten minutes": [*every(10, *[nobody()] * 9), (600, nobody())],
            "as the message says": every(10, *[nobody(userIdentity={"type": "IAMUser", "accountId": ACCOUNT, "userName": "x"})] * 10),
            "as the hidden name says": every(10, *[nobody(errorMessage="Failed authentication")] * 10),
        },
        {
            "nine": every(10, *[nobody()] * 9),
            "the tenth a second too late": [*every(10, *[nobody()] * 9), (601, nobody())],
            "another address": [*every(10, *[nobody()] * 9), (95, nobody(**THERE))],
            "a user that is known": [*every(10, *[nobody()] * 9), (95, failed())],
            "a hidden name that got in": [*every(10, *[nobody()] * 9), (95, nobody(responseElements={"ConsoleLogin": "Success"}))],
            "another event": [*every(10, *[nobody()] * 9), (95, nobody(eventName="CheckMfa"))],
        },
    ),
    "aws_signin_mfa_no_longer_used": Story(
        {"with, then without": [(0, signed_in()), (30 * DAY, without_mfa())], "root": [(0, signed_in(ROOT)), (DAY, without_mfa(ROOT))]},
        {
            "without, then with": [(0, without_mfa()), (60, signed_in())],
            "a second too late": [(0, signed_in()), (30 * DAY + 1, without_mfa())],
            "somebody else": [(0, signed_in()), (60, without_mfa(BOB))],
            "a wrong password": [(0, signed_in()), (60, failed())],
            "with a wrong code before": [(0, at_the_device()), (60, without_mfa())],
            "federated": [(0, signed_in(ROLE)), (60, without_mfa(ROLE))],
            "federated at first": [(0, signed_in(USER | {"type": "FederatedUser"})), (60, without_mfa())],
            "federated after that": [(0, signed_in()), (60, without_mfa(USER | {"type": "FederatedUser"}))],
        },
    ),
    "aws_signin_mfa_failed_often": Story(
        {"three in a quarter of an hour": [(0, at_the_device()), (60, at_the_device()), (15 * MINUTE, at_the_device())]},
        {
            "two": every(10, *[at_the_device()] * 2),
            "the third a second too late": [(0, at_the_device()), (60, at_the_device()), (15 * MINUTE + 1, at_the_device())],
            "another user": [(0, at_the_device()), (60, at_the_device()), (120, at_the_device("bob"))],
            "wrong passwords": every(10, *[failed()] * 3),
            "got in": [(0, at_the_device()), (60, at_the_device()), (120, signed_in())],
        },
    ),
    "aws_signin_mfa_failures_then_success": Story(
        {
            "three failures, and in": [*every(60, *[at_the_device()] * 3), (120 + 15 * MINUTE, signed_in())],
            "three in a quarter of an hour": [(0, at_the_device()), (60, at_the_device()), (15 * MINUTE, at_the_device()), (20 * MINUTE, signed_in())],
        },
        {
            "the third failure a second too late": [(0, at_the_device()), (60, at_the_device()), (15 * MINUTE + 1, at_the_device()), (20 * MINUTE, signed_in())],
            "failures of two users": [*every(60, at_the_device("bob"), at_the_device(), at_the_device()), (180, signed_in())],
            "two failures, and in": [*every(60, *[at_the_device()] * 2), (180, signed_in())],
            "a second too late": [*every(60, *[at_the_device()] * 3), (121 + 15 * MINUTE, signed_in())],
            "in, and three failures": [(0, signed_in()), *[(60 + n, at_the_device()) for n in range(3)]],
            "somebody else": [*every(60, *[at_the_device()] * 3), (180, signed_in(BOB))],
        },
    ),
    "aws_signin_console_from_two_addresses": Story(
        {"two in five minutes": [(0, signed_in(**HERE)), (300, signed_in(**THERE))], "a federated person": [(0, signed_in(session_of("ana@example.com"), **HERE)), (60, signed_in(session_of("ana@example.com"), **THERE))]},
        {
            "one address": every(60, signed_in(), signed_in()),
            "a second too late": [(0, signed_in(**HERE)), (301, signed_in(**THERE))],
            "two people": [(0, signed_in(**HERE)), (60, signed_in(BOB, **THERE))],
            "one of them failed": [(0, signed_in(**HERE)), (60, failed(**THERE))],
        },
    ),
    "aws_signin_root_taken_over_by_mail": Story(
        {"asked, set, and in": [(0, root_mail("PasswordRecoveryRequested")), (60, root_mail("PasswordRecoveryCompleted")), (HOUR, login(ROOT, "Success", "Yes"))]},
        {
            "not in": [(0, root_mail("PasswordRecoveryRequested")), (60, root_mail("PasswordRecoveryCompleted")), (120, root_failed())],
            "not set": [(0, root_mail("PasswordRecoveryRequested")), (60, login(ROOT, "Success", "Yes"))],
            "a second too late": [(0, root_mail("PasswordRecoveryRequested")), (60, root_mail("PasswordRecoveryCompleted")), (HOUR + 1, login(ROOT, "Success", "Yes"))],
            "in before": [(0, login(ROOT, "Success", "Yes")), (60, root_mail("PasswordRecoveryRequested")), (120, root_mail("PasswordRecoveryCompleted"))],
            "another account": [(0, root_mail("PasswordRecoveryRequested")), (60, root_mail("PasswordRecoveryCompleted")), (120, login(ROOT, "Success", "Yes") | {"recipientAccountId": OTHER})],
        },
    ),
    "aws_sts_role_assumed_by_a_new_principal": Story(
        {
            "another user": learnt(assumed(), assumed(who=BOB)),
            "another role": learnt(assumed(who=session_of("a")), assumed(who=session_of("a", "build"))),
        },
        {
            "the same": learnt(assumed(), assumed()),
            "another session of the same role": learnt(assumed(who=session_of("a")), assumed(who=session_of("b"))),
            "while learning": [(0, assumed()), (14 * DAY - 1, assumed(who=BOB))],
            "a role of its first day": [(0, assumed("old")), (15 * DAY, assumed()), (16 * DAY - 1, assumed(who=BOB))],
            "refused": learnt(assumed(), assumed(who=BOB) | {"errorCode": "AccessDenied"}),
            "a service": learnt(assumed(), assumed(who=ECS)),
            "on behalf": learnt(assumed(), assumed(who=BOB | {"invokedBy": "athena.amazonaws.com"})),
            "a service that has a name": learnt(assumed(), assumed(who={"type": "AWSService", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/aws/x"})),
            "of another service": learnt(assumed(), assumed(who=BOB, eventSource="iam.amazonaws.com")),
        },
    ),
    "aws_sts_role_chained_first_time": Story(
        {
            "another role": learnt(assumed(who=session_of("a")), assumed("payroll", session_of("b"))),
            "a role that never went on": learnt(assumed(who=session_of("a")), assumed(who=session_of("a", "build"))),
        },
        {
            "the same role": learnt(assumed(who=session_of("a")), assumed(who=session_of("b"))),
            "while learning": [(0, assumed(who=session_of("a"))), (14 * DAY - 1, assumed("payroll", session_of("a")))],
            "a user": learnt(assumed(), assumed("payroll")),
            "refused": learnt(assumed(who=session_of("a")), assumed("payroll", session_of("b"), errorCode="AccessDenied")),
            "on behalf": learnt(assumed(who=session_of("a")), assumed("payroll", session_of("b") | {"invokedBy": "athena.amazonaws.com"})),
            "a federated user": learnt(assumed(who=session_of("a")), assumed("payroll", session_of("b") | {"type": "FederatedUser"})),
            "sessions without a context": learnt(assumed(who=ROLE), assumed("payroll", ROLE)),
            "a session without a context, which does not say of which role it is": learnt(assumed(who=session_of("a")), assumed("payroll", ROLE)),
        },
    ),
    "aws_sts_role_of_a_service_assumed_by_a_user": Story(
        {"a service, and a user": [(0, assumed("task", ECS)), (DAY, assumed("task"))], "a role, and a service": [(0, assumed("task", ROLE)), (60, assumed("task", ECS))]},
        {
            "the service alone": every(60, assumed("task", ECS), assumed("task", ECS)),
            "a service that does not say which": every(60, *[assumed("task", {"type": "AWSService"})] * 2),
            "a user alone": every(60, *[assumed("task")] * 2),
            "another role": [(0, assumed("task", ECS)), (60, assumed("admin"))],
            "a second too late": [(0, assumed("task", ECS)), (DAY + 1, assumed("task"))],
            "refused": [(0, assumed("task", ECS)), (60, assumed("task", errorCode="AccessDenied"))],
            "the service was refused": [(0, assumed("task", ECS, errorCode="AccessDenied")), (60, assumed("task"))],
        },
    ),
    "aws_sts_role_assumed_with_many_clients": Story(
        {"four in a day": [*every(60, *[assumed(userAgent=f"tool/{n}") for n in range(3)]), (DAY, assumed(userAgent=SDK))]},
        {
            "three": every(60, *[assumed(userAgent=f"tool/{n % 3}") for n in range(9)]),
            "the fourth a second too late": [*every(60, *[assumed(userAgent=f"tool/{n}") for n in range(3)]), (DAY + 1, assumed(userAgent=SDK))],
            "another principal": [*every(60, *[assumed(userAgent=f"tool/{n}") for n in range(3)]), (200, assumed(who=BOB, userAgent=SDK))],
            "another role": [*every(60, *[assumed(userAgent=f"tool/{n}") for n in range(3)]), (200, assumed("payroll", userAgent=SDK))],
        },
    ),
    "aws_sts_role_assumed_by_a_new_account": Story(
        {
            "another account": learnt(assumed(who=stranger()), assumed(who=stranger("999988887777"))),
            "a role that was just made": learnt(assumed(who=stranger()), assumed("backdoor", stranger())),
        },
        {
            "the same account": learnt(assumed(who=stranger()), assumed(who=stranger())),
            "while learning": [(0, assumed(who=stranger())), (14 * DAY - 1, assumed(who=stranger("999988887777")))],
            "refused": learnt(assumed(who=stranger()), assumed(who=stranger("999988887777"), errorCode="AccessDenied")),
            "a user of this account": learnt(assumed(who=stranger()), assumed()),
        },
    ),
    "aws_sts_root_session_first_time": Story(
        {
            "somebody else": learnt(root_session(), root_session(who=BOB)),
            "another account": learnt(root_session(), root_session("999988887777")),
            "from another account": learnt(root_session(), root_session(recipientAccountId="999988887777")),
        },
        {
            "the same": learnt(root_session(), root_session()),
            "while learning": [(0, root_session()), (14 * DAY - 1, root_session(who=BOB))],
            "a role": learnt(root_session(), assumed(who=BOB)),
        },
    ),
    "aws_sts_federation_token_first_time": Story(
        {
            "somebody else": learnt(token(), token(who=BOB)),
            "somebody else is refused": learnt(token(), token(who=BOB, errorCode="AccessDenied")),
            "in an account where nobody did": learnt(token(), token(recipientAccountId=OTHER)),
        },
        {
            "the same": learnt(token(), token()),
            "while learning": [(0, token()), (14 * DAY - 1, token(who=BOB))],
            "on behalf": learnt(token(), token(who=BOB | {"invokedBy": "signin.amazonaws.com"})),
        },
    ),
    "aws_sts_mfa_code_guessed": Story(
        {"five in a quarter of an hour": [*every(60, *[code_refused()] * 4), (15 * MINUTE, code_refused(name="AssumeRole"))]},
        {
            "four": every(10, *[code_refused()] * 4),
            "the fifth a second too late": [*every(60, *[code_refused()] * 4), (15 * MINUTE + 1, code_refused())],
            "another principal": [*every(10, *[code_refused()] * 4), (50, code_refused(BOB))],
            "refused for something else": [*every(10, *[code_refused()] * 4), (50, call("sts", "GetSessionToken") | DENIED)],
            "another call": [*every(10, *[code_refused()] * 4), (50, code_refused(name="GetFederationToken"))],
        },
    ),
    "aws_sts_web_identities_refused": Story(
        {
            "ten in ten minutes": [*every(10, *[workload("repo:evil/x:ref:y", errorCode="AccessDenied")] * 9), (600, workload("repo:evil/y:ref:y", errorCode="AccessDenied"))],
            "other refusals": every(10, *[workload("x", errorCode=("InvalidIdentityTokenException", "IDPRejectedClaim")[n % 2]) for n in range(10)]),
        },
        {
            "nine": every(10, *[workload("x", errorCode="AccessDenied")] * 9),
            "the tenth a second too late": [*every(10, *[workload("x", errorCode="AccessDenied")] * 9), (601, workload("x", errorCode="AccessDenied"))],
            "another address": [*every(10, *[workload("x", errorCode="AccessDenied")] * 9), (95, workload("x", errorCode="AccessDenied", **THERE))],
            "tokens that ran out": every(10, *[workload("x", errorCode="ExpiredTokenException")] * 10),
            "an error that only ends so": every(10, *[workload("x", errorCode="Client.AccessDenied")] * 10),
            "granted": every(10, *[workload("x")] * 10),
            "another call": every(10, *[assumed(errorCode="AccessDenied")] * 10),
        },
    ),
    "aws_sts_role_assumed_by_a_new_workload": Story(
        {
            "another repository": learnt(workload("repo:ours/app:ref:refs/heads/main"), workload("repo:evil/app:ref:refs/heads/main")),
            "another service account": learnt(workload("system:serviceaccount:web:app", provider="oidc.eks.eu-west-1.amazonaws.com/id/A"), workload("system:serviceaccount:dev:shell", provider="oidc.eks.eu-west-1.amazonaws.com/id/A")),
        },
        {
            "the same": learnt(workload("repo:ours/app:ref:refs/heads/main"), workload("repo:ours/app:ref:refs/heads/main")),
            "while learning": [(0, workload("a")), (14 * DAY - 1, workload("b"))],
            "refused": learnt(workload("a"), workload("b", errorCode="AccessDenied")),
            "people in an app": learnt(workload("a", provider="cognito-identity.amazonaws.com"), workload("b", provider="cognito-identity.amazonaws.com")),
            "another role, on its first day": learnt(workload("a"), workload("b", "other")),
            "another call": learnt(workload("a"), workload("b", eventName="AssumeRoleWithSAML")),
        },
    ),
    "aws_sts_caller_identity_first_time": Story(
        {"another user": learnt(who_am_i(), who_am_i(BOB))},
        {
            "the same user": learnt(who_am_i(), who_am_i()),
            "while learning": [(0, who_am_i()), (14 * DAY - 1, who_am_i(BOB))],
            "a role": learnt(who_am_i(), who_am_i(ROLE | {"accessKeyId": "AKIAODD"})),
            "a user in a session": learnt(who_am_i(), who_am_i(BOB | {"accessKeyId": "ASIAXAKIABOB"})),
            "another account, on its first day": learnt(who_am_i(), who_am_i(BOB) | {"recipientAccountId": OTHER}),
            "on behalf": learnt(who_am_i(), who_am_i(BOB | {"invokedBy": "cloudformation.amazonaws.com"})),
            "another call": learnt(who_am_i(), who_am_i(BOB) | {"eventName": "GetSessionToken"}),
        },
    ),
    "aws_iam_principals_guessed_by_trust_policy": Story(
        {"ten in ten minutes": [*every(10, *[bad_trust()] * 9), (600, bad_trust(name="CreateRole", error="MalformedPolicyDocument"))]},
        {
            "nine": every(10, *[bad_trust()] * 9),
            "the tenth a second too late": [*every(10, *[bad_trust()] * 9), (601, bad_trust())],
            "another principal": [*every(10, *[bad_trust()] * 9), (95, bad_trust(BOB))],
            "another error": [*every(10, *[bad_trust()] * 9), (95, bad_trust(error="NoSuchEntityException"))],
            "an error that only ends so": [*every(10, *[bad_trust()] * 9), (95, bad_trust(error="Client.MalformedPolicyDocument"))],
            "another kind of policy": [*every(10, *[bad_trust()] * 9), (95, bad_trust(name="PutRolePolicy"))],
        },
    ),
    "aws_iam_mapped": Story(
        {"ten calls in five minutes": [*every(10, *[iam_read(n) for n in range(9)]), (300, iam_read(9))], "all refused": every(30, *[iam_read(n, errorCode="AccessDenied") for n in range(10)])},
        {
            "nine": every(10, *[iam_read(n % 9) for n in range(20)]),
            "the tenth a second too late": [*every(10, *[iam_read(n) for n in range(9)]), (301, iam_read(9))],
            "another principal": [*every(10, *[iam_read(n) for n in range(9)]), (100, iam_read(9, BOB))],
            "through the console": every(10, *[iam_read(n, **CONSOLE) for n in range(10)]),
            **{f"through the console, as {name!r} says": every(10, *[iam_read(n, userAgent=name) for n in range(10)]) for name in CONSOLES},
            **{f"infrastructure code, {name}": every(10, *[iam_read(n, userAgent=name) for n in range(10)]) for name in PLANNERS},
            "a change with such a name": [*every(10, *[iam_read(n) for n in range(9)]), (100, call("iam", "ResetListGetter"))],
            "a service on behalf": every(10, *[iam_read(n, BY_CONFIG) for n in range(10)]),
            "a service": every(10, *[iam_read(n, {"type": "AWSService"}) for n in range(10)]),
            "a change among them": [*every(10, *[iam_read(n) for n in range(9)]), (100, call("iam", "TagUser"))],
            "another service": [*every(10, *[iam_read(n) for n in range(9)]), (100, call("sso", "ListInstances"))],
        },
    ),
    "aws_s3_buckets_swept": Story(
        {"ten buckets in a minute": [*every(1, *[posture(n) for n in range(9)]), (60, posture(9, name="GetBucketAcl"))], "all refused, each kind": every(1, *[posture(n, name=POSTURE[n % 9], errorCode="AccessDenied") for n in range(10)])},
        {
            "nine": every(1, *[posture(n % 9) for n in range(20)]),
            "the tenth a second too late": [*every(1, *[posture(n) for n in range(9)]), (61, posture(9))],
            "another principal": [*every(1, *[posture(n) for n in range(9)]), (30, posture(9, BOB))],
            "through the console": every(1, *[posture(n, **CONSOLE) for n in range(10)]),
            "through the console, as the client says": every(1, *[posture(n, userAgent="[S3Console/0.4, aws-internal/3]") for n in range(10)]),
            **{f"infrastructure code, {name}": every(1, *[posture(n, userAgent=name) for n in range(10)]) for name in PLANNERS},
            "a service on behalf": every(1, *[posture(n, BY_CONFIG) for n in range(10)]),
            "a service": every(1, *[posture(n, {"type": "AWSService"}) for n in range(10)]),
            "objects": every(1, *[posture(n, name="GetObject") for n in range(10)]),
        },
    ),
    "aws_any_many_actions_denied": Story(
        {
            "fifteen in an hour": [*every(240, *[refused_action(n) for n in range(14)]), (HOUR, refused_action(14))],
            "in every spelling": every(60, *[refused_action(n) | {"errorCode": REFUSALS[n % len(REFUSALS)]} for n in range(15)]),
        },
        {
            "fourteen": every(60, *[refused_action(n % 14) for n in range(40)]),
            "the fifteenth a second too late": [*every(240, *[refused_action(n) for n in range(14)]), (HOUR + 1, refused_action(14))],
            "another principal": [*every(60, *[refused_action(n) for n in range(14)]), (900, refused_action(14, BOB))],
            "granted": [*every(60, *[refused_action(n) for n in range(14)]), (900, read(14))],
            "another error": [*every(60, *[refused_action(n) for n in range(14)]), (900, read(14, errorCode="Client.InvalidInstanceID.NotFound"))],
        },
    ),
    "aws_ec2_instance_looks_around": Story(
        {"eight kinds in five minutes": [*every(10, *[on_instance(n) for n in range(7)]), (300, on_instance(7))], "of every kind": every(40, *[on_instance(n, eventName=name) for n, name in enumerate(LOOKS)]), "refused, in several services": every(30, *[on_instance(n, source=("iam", "ec2")[n % 2], errorCode="AccessDenied") for n in range(8)])},
        {
            "seven": every(10, *[on_instance(n % 7) for n in range(30)]),
            "the eighth a second too late": [*every(10, *[on_instance(n) for n in range(7)]), (301, on_instance(7))],
            "another instance": [*every(10, *[on_instance(n) for n in range(7)]), (100, on_instance(7, INSTANCE_2))],
            "no instance": every(10, *[on_instance(n, session_of("deploy")) for n in range(8)]),
            **{f"the agent, by {name}": every(10, *[on_instance(n, source=name) for n in range(8)]) for name in ("ssm", "ssmmessages", "ec2messages")},
            "a call with such a name": [*every(10, *[on_instance(n) for n in range(7)]), (100, on_instance(7, eventName="BatchDescribeListGetAccountGetBucket"))],
            "a service on behalf": every(10, *[on_instance(n, INSTANCE | {"invokedBy": "cloudformation.amazonaws.com"}) for n in range(8)]),
            "work": [*every(10, *[on_instance(n) for n in range(7)]), (100, call("s3", "GetObject", who=INSTANCE))],
        },
    ),
    "aws_ec2_instance_credential_from_a_new_address": Story(
        {"another address": learnt(read(1, INSTANCE, **HERE), read(1, INSTANCE, **THERE))},
        {
            "the same address": learnt(read(1, INSTANCE, **HERE), read(1, INSTANCE, **HERE)),
            "while learning": [(0, read(1, INSTANCE, **HERE)), (14 * DAY - 1, read(1, INSTANCE, **THERE))],
            "a new instance": learnt(read(1, INSTANCE, **HERE), read(1, INSTANCE_2, **THERE)),
            "a private address": learnt(read(1, INSTANCE, **HERE), read(1, INSTANCE, sourceIPAddress="10.1.2.3")),
            "a service on behalf": learnt(read(1, INSTANCE, **HERE), read(1, INSTANCE, sourceIPAddress="athena.amazonaws.com")),
        },
    ),
    "aws_signin_identity_center_brute_force": Story(
        {
            "five in ten minutes": [*every(10, *[wrong()] * 4), (600, wrong())],
            "five in the older form": every(10, *[wrong_before_2025()] * 5),
            "without a name beside": every(10, *[wrong_before_2025() | {"additionalEventData": {}}] * 5),
        },
        {
            "four": every(10, *[wrong()] * 4),
            "the fifth a second too late": [*every(10, *[wrong()] * 4), (601, wrong())],
            "another person": [*every(10, *[wrong()] * 4), (50, wrong("bob"))],
            "another person, in the older form": [*every(10, *[wrong_before_2025()] * 4), (50, wrong_before_2025("bob"))],
            "right": [*every(10, *[wrong()] * 4), (50, portal("CredentialVerification"))],
        },
    ),
    "aws_signin_identity_center_password_spray": Story(
        {"five people in an hour": [*every(10, *[wrong(f"u{n}") for n in range(4)]), (HOUR, wrong("u4"))], "in the older form": every(10, *[wrong_before_2025(f"u{n}") for n in range(5)])},
        {
            "four people": every(10, *[wrong(f"u{n % 4}") for n in range(12)]),
            "the fifth a second too late": [*every(10, *[wrong(f"u{n}") for n in range(4)]), (HOUR + 1, wrong("u4"))],
            "another address": [*every(10, *[wrong(f"u{n}") for n in range(4)]), (60, wrong("u4", **THERE))],
        },
    ),
    "aws_signin_identity_center_mfa_failed_often": Story(
        {"three in a quarter of an hour": [(0, wrong(kind="TOTP")), (60, wrong(kind="WEBAUTHN")), (15 * MINUTE, wrong(kind="TOTP"))]},
        {
            "two": every(10, *[wrong(kind="TOTP")] * 2),
            "the third a second too late": [(0, wrong(kind="TOTP")), (60, wrong(kind="TOTP")), (15 * MINUTE + 1, wrong(kind="TOTP"))],
            "another person": [*every(10, *[wrong(kind="TOTP")] * 2), (60, wrong("bob", "TOTP"))],
            "passwords": every(10, *[wrong()] * 3),
            "of the identity provider elsewhere": every(10, *[wrong(kind="EXTERNAL_IDP")] * 3),
            "of no kind": every(10, *[wrong(kind=None)] * 3),
            "right": [*every(10, *[wrong(kind="TOTP")] * 2), (60, portal("CredentialVerification", kind="TOTP"))],
        },
    ),
    "aws_signin_identity_center_failures_then_success": Story(
        {
            "five failures, and in": [*every(60, *[wrong()] * 5), (240 + 15 * MINUTE, portal("UserAuthentication"))],
            "five in a quarter of an hour": [*every(60, *[wrong()] * 4), (15 * MINUTE, wrong()), (20 * MINUTE, portal("UserAuthentication"))],
        },
        {
            "four failures, and in": [*every(60, *[wrong()] * 4), (300, portal("UserAuthentication"))],
            "the fifth failure a second too late": [*every(60, *[wrong()] * 4), (15 * MINUTE + 1, wrong()), (20 * MINUTE, portal("UserAuthentication"))],
            "a second too late": [*every(60, *[wrong()] * 5), (241 + 15 * MINUTE, portal("UserAuthentication"))],
            "in, and five failures": [(0, portal("UserAuthentication")), *[(60 + n, wrong()) for n in range(5)]],
            "somebody else": [*every(60, *[wrong()] * 5), (300, portal("UserAuthentication", user="bob"))],
            "failures of two": [*every(60, wrong("bob"), *[wrong()] * 4), (300, portal("UserAuthentication"))],
            "not in": [*every(60, *[wrong()] * 5), (300, portal("UserAuthentication", "Failure"))],
        },
    ),
    "aws_signin_first_country_of_a_user": Story(
        {"another country": learnt(signed_in(source_country="FR"), signed_in(source_country="JP"))},
        {
            "the same country": learnt(signed_in(source_country="FR"), signed_in(source_country="FR")),
            "while learning": [(0, signed_in(source_country="FR")), (14 * DAY - 1, signed_in(source_country="JP"))],
            "somebody new": learnt(signed_in(source_country="FR"), signed_in(BOB, source_country="JP")),
            "failed": learnt(signed_in(source_country="FR"), failed(source_country="JP")),
            "not known": learnt(signed_in(source_country="FR"), signed_in()),
        },
    ),
    "aws_any_two_countries_within_an_hour": Story(
        {
            "two sign-ins": [(0, signed_in(session_of("ana"), source_country="FR")), (HOUR, signed_in(session_of("ana"), source_country="JP"))],
            "a key twice": [(0, read(1, source_country="FR")), (60, read(1, source_country="JP"))],
            "a sign-in and a key": [(0, signed_in(source_country="FR")), (60, read(1, source_country="JP"))],
        },
        {
            "a second too late": [(0, signed_in(source_country="FR")), (HOUR + 1, signed_in(source_country="JP"))],
            "one country": [(0, signed_in(source_country="FR")), (60, read(1, source_country="FR"))],
            "two people": [(0, signed_in(source_country="FR")), (60, signed_in(BOB, source_country="JP"))],
            "not known": [(0, signed_in(source_country="FR")), (60, signed_in(**THERE))],
        },
    ),
    "aws_iam_key_from_a_new_network": Story(
        {"another network": learnt(read(1, source_network="Office"), read(1, source_network="Example Hosting"))},
        {
            "another address of the same": learnt(read(1, source_network="Office", **HERE), read(1, source_network="Office", **THERE)),
            "while learning": [(0, read(1, source_network="Office")), (14 * DAY - 1, read(1, source_network="Example Hosting"))],
            "another key, on its first day": learnt(read(1, source_network="Office"), read(1, BOB, source_network="Example Hosting")),
            "not known": learnt(read(1, source_network="Office"), read(1)),
        },
    ),
    "aws_iam_key_with_a_new_client": Story(
        {"the command line": learnt(read(1, userAgent=BOTO), read(1, userAgent=CLI)), "a browser of buckets": learnt(read(1, userAgent=BOTO), read(1, userAgent="[S3 Browser/11.6.7 (https://s3browser.com)]"))},
        {
            "another version": learnt(read(1, userAgent=BOTO), read(1, userAgent="Boto3/1.35.0 md/Botocore#1.35.0")),
            "while learning": [(0, read(1, userAgent=BOTO)), (14 * DAY - 1, read(1, userAgent=CLI))],
            "another key, on its first day": learnt(read(1, userAgent=BOTO), read(1, BOB, userAgent=CLI)),
        },
    ),
    "aws_any_session_in_two_places": Story(
        {
            "two addresses, clients and services": [(0, held("ec2", BOTO, **HERE)), (30 * MINUTE, held("s3", CLI, **THERE))],
            "the client half an hour after the others": [(0, held("ec2", BOTO, **HERE)), (1, held("s3", BOTO, **THERE)), (30 * MINUTE + 1, held("s3", CLI, **THERE))],
            "a client that only has such a word in it": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", "x/1 aws-internal/3 awslambda-worker/1.0", **THERE))],
            "over IPv6": [(0, held("ec2", BOTO, sourceIPAddress="2001:db8::1")), (60, held("s3", CLI, **THERE))],
        },
        {
            "the client a second later": [(0, held("ec2", BOTO, **HERE)), (1, held("s3", BOTO, **THERE)), (30 * MINUTE + 2, held("s3", BOTO, **THERE)), (30 * MINUTE + 2, held("s3", CLI, **THERE))],
            "the other address a second too late": [(0, held("ec2", BOTO, **HERE)), (30 * MINUTE + 1, held("s3", CLI, **THERE)), (30 * MINUTE + 1, held("ec2", BOTO, **THERE))],
            "the other client a second too late": [(0, held("ec2", CLI, **HERE)), (30 * MINUTE + 1, held("s3", BOTO, **THERE)), (30 * MINUTE + 1, held("ec2", BOTO, **HERE))],
            "the other service a second too late": [(0, held("s3", BOTO, **HERE)), (30 * MINUTE + 1, held("ec2", CLI, **THERE)), (30 * MINUTE + 1, held("ec2", BOTO, **HERE))],
            "the other address is another session's": [(0, held("ec2", BOTO, "ASIAOTHER", **THERE)), (1, held("ec2", BOTO, **HERE)), (2, held("s3", CLI, **HERE))],
            "the other client is another session's": [(0, held("ec2", CLI, "ASIAOTHER", **HERE)), (1, held("ec2", BOTO, **HERE)), (2, held("s3", BOTO, **THERE))],
            "the other service is another session's": [(0, held("s3", BOTO, "ASIAOTHER", **HERE)), (1, held("ec2", BOTO, **HERE)), (2, held("ec2", CLI, **THERE))],
            "each in another session": [
                (0, held("ec2", BOTO, "ASIA1", **HERE)), (1, held("ec2", BOTO, "ASIA1", **THERE)), (2, held("ec2", BOTO, "ASIA2", **HERE)), (3, held("ec2", CLI, "ASIA2", **HERE)),
                (4, held("ec2", BOTO, "ASIA3", **HERE)), (5, held("s3", BOTO, "ASIA3", **HERE)),
            ],
            **{f"by {agent}, which runs functions": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", agent, **THERE))] for agent in ("aws-internal/3 aws-sdk-java/1.12.101", "awslambda-worker/1.0 rusoto/0.47.0")},
            "AWS itself": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", CLI, userIdentity={"type": "AWSService", "accessKeyId": "ASIAEXAMPLE"}, **THERE))],
            "on behalf, with an address": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", CLI, userIdentity=ROLE | {"invokedBy": "athena.amazonaws.com"}, **THERE))],
            "a second too late": [(0, held("ec2", BOTO, **HERE)), (30 * MINUTE + 1, held("s3", CLI, **THERE))],
            "one address": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", CLI, **HERE))],
            "one client": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", BOTO, **THERE))],
            "one service": [(0, held("s3", BOTO, **HERE)), (60, held("s3", CLI, **THERE))],
            "another session": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", CLI, "ASIAOTHER", **THERE))],
            "a long-lived key": [(0, held("ec2", BOTO, "AKIAXASIAEXAMPLE", **HERE)), (60, held("s3", CLI, "AKIAXASIAEXAMPLE", **THERE))],
            "a service on behalf": [(0, held("ec2", BOTO, **HERE)), (60, held("s3", "athena.amazonaws.com", sourceIPAddress="athena.amazonaws.com"))],
        },
    ),
    "aws_any_first_vpn_of_a_principal": Story(
        {
            "somebody else": learnt(read(1, source_kind="vpn", source_network="V1"), read(1, BOB, source_kind="vpn", source_network="V1")),
            "another network": learnt(read(1, source_kind="vpn", source_network="V1"), read(1, source_kind="vpn", source_network="V2")),
            "another account": learnt(read(1, source_kind="vpn", source_network="V1"), read(1, source_kind="vpn", source_network="V1", recipientAccountId=OTHER)),
        },
        {
            "the same": learnt(read(1, source_kind="vpn", source_network="V1"), read(1, source_kind="vpn", source_network="V1")),
            "while learning": [(0, read(1, source_kind="vpn", source_network="V1")), (14 * DAY - 1, read(1, BOB, source_kind="vpn", source_network="V1"))],
            "no VPN": learnt(read(1, source_kind="vpn", source_network="V1"), read(1, BOB, source_network="V1")),
        },
    ),
}  # fmt: skip

ANY_SERVICE = {"aws_any_many_actions_denied", "aws_ec2_instance_looks_around", "aws_ec2_instance_credential_from_a_new_address"}
FIRST_TIMES = {name for name, case in STATEFUL.items() if "while learning" in case.misses}
CONTRIBUTED = {name for name in STATEFUL if name.startswith("aws_any_") or "_key_" in name} - ANY_SERVICE

for name, case in STATEFUL.items():
    story = next(iter(case.hits.values()))
    (_, usual), (_, last) = story[0], story[-1]
    if name in FIRST_TIMES:
        case.hits["what was seen thirty days and a second ago"] = [(0, last), (10 * DAY, usual), (20 * DAY, usual), (30 * DAY + 1, last)]
        case.misses["what was seen thirty days ago"] = [(0, last), (10 * DAY, usual), (20 * DAY, usual), (30 * DAY, last)]
    if name not in ANY_SERVICE | CONTRIBUTED:
        case.misses["the last one is of another service"] = [*story[:-1], (story[-1][0], last | {"eventSource": "example.amazonaws.com"})]
        case.misses["the last one is another call"] = [*story[:-1], (story[-1][0], last | {"eventName": "Other"})]
    if name not in ANY_SERVICE | CONTRIBUTED | FIRST_TIMES:
        case.misses["the first one is of another service"] = [(0, usual | {"eventSource": "example.amazonaws.com"}), *story[1:]]
        case.misses["the first one is another call"] = [(0, usual | {"eventName": "Other"}), *story[1:]]
