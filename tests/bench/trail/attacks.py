"""Attacks to hide in a corpus: each a few records with a beginning, and the shipped rule that should find it."""

# fmt: off
# ruff: noqa: E501 - made-up data reads better on one line

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from trail import identity
from trail.shape import KEY, Dice

__all__ = ["SCENARIOS", "Scenario", "Scene", "mean_events", "record"]

_AGENTS = {
    "cli": "aws-cli/2.13.5 Python/3.11.4 Linux/6.1.0-kali9-amd64 exe/x86_64.kali.2023 prompt/off command/{}",
    "boto": "Boto3/1.28.57 md/Botocore#1.31.57 ua/2.0 os/linux#5.15.0-84-generic md/arch#x86_64 lang/python#3.10.12 md/pyimpl#CPython Botocore/1.31.57",
    "browser": "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0",
}


class Scene(NamedTuple):
    """Where and when an attack happens; `dice` makes its ids and names."""

    account: str
    region: str
    dice: Dice

    def pick(self, *of: str) -> str:
        return of[self.dice.below(len(of))]


class Scenario(NamedTuple):
    """One kind of attack.

    rule    path of the shipped rule under rules/aws/cloudtrail, without suffix
    found   how many of its records, counted from its end, that rule is to match
    make    the records in order, without time and ids of their own
    """

    name: str
    rule: str
    found: int
    make: Callable[[Scene], list[dict[str, Any]]]

    @property
    def everywhere(self) -> bool:
        """It calls global services, which are logged in the first region only."""
        return self.rule.startswith(("iam/", "signin/"))


def record(who: dict[str, Any], source: str, name: str, region: str, origin: str, agent: str, request: Any = None,
           response: Any = None, *, error: tuple[str, str] | None = None, read: bool = False, data: bool = False,
           event_time: str = "", ids: tuple[str, str] = ("", ""), account: str = "", **more: Any) -> dict[str, Any]:  # fmt: skip
    """A whole record in CloudTrail's own order of keys; `more` goes where AWS puts it."""
    found: dict[str, Any] = {
        "eventVersion": "1.08", "userIdentity": who, "eventTime": event_time, "eventSource": f"{source}.amazonaws.com",
        "eventName": name, "awsRegion": region, "sourceIPAddress": origin, "userAgent": agent,
    }  # fmt: skip
    if error:
        found |= {"errorCode": error[0], "errorMessage": error[1]}
    if "errorMessage" in more:
        found["errorMessage"] = more.pop("errorMessage")
    found |= {"requestParameters": request, "responseElements": response}
    if "additionalEventData" in more:
        found["additionalEventData"] = more.pop("additionalEventData")
    found |= {"requestID": ids[0], "eventID": ids[1], "readOnly": read}
    if "resources" in more:
        found["resources"] = more.pop("resources")
    found |= {"eventType": more.pop("eventType", "AwsApiCall"), "managementEvent": not data, "recipientAccountId": account or who.get("accountId", "")}
    tail = {key: more.pop(key) for key in ("tlsDetails", "sessionCredentialFromConsole") if key in more}
    return found | more | {"eventCategory": "Data" if data else "Management"} | tail


def _thief(scene: Scene) -> tuple[dict[str, Any], str, str, str]:
    """A user whose key was stolen: identity, address, region, user name."""
    name = f"ci-{scene.pick('deploy', 'build', 'release', 'publish')}-{scene.dice.hex(4)}"
    who = identity.user(scene.account, name, f"AIDA{scene.dice.letters(KEY, 17)}", f"AKIA{scene.dice.letters(KEY, 16)}")
    return who, f"198.51.100.{scene.dice.below(254) + 1}", scene.region, name


def _by(scene: Scene, source: str, name: str, request: Any = None, response: Any = None, *, agent: str = "boto", **more: Any) -> dict[str, Any]:
    who, origin, region, _ = _thief(scene)
    return record(who, source, name, region, origin, _AGENTS[agent], request, response, **more)


def _same(first: dict[str, Any], *others: dict[str, Any]) -> list[dict[str, Any]]:
    """Records of one principal at one address: the first one's."""
    return [first, *(other | {"userIdentity": first["userIdentity"], "sourceIPAddress": first["sourceIPAddress"]} for other in others)]


def _trail(scene: Scene) -> str:
    return f"arn:aws:cloudtrail:{scene.region}:{scene.account}:trail/organisation-{scene.dice.hex(4)}"


def stop_logging(scene: Scene) -> list[dict[str, Any]]:
    trail = _trail(scene)
    return _same(_by(scene, "cloudtrail", "DescribeTrails", None, read=True), _by(scene, "cloudtrail", "StopLogging", {"name": trail}), _by(scene, "cloudtrail", "DeleteTrail", {"name": trail}))


def blind_selectors(scene: Scene) -> list[dict[str, Any]]:
    selectors = [{"readWriteType": "All", "includeManagementEvents": False, "dataResources": [], "excludeManagementEventSources": []}]
    return [_by(scene, "cloudtrail", "PutEventSelectors", {"trailName": _trail(scene), "eventSelectors": selectors}, {"trailARN": _trail(scene), "eventSelectors": selectors})]


def root_login(scene: Scene) -> list[dict[str, Any]]:
    who = {"type": "Root", "principalId": scene.account, "arn": f"arn:aws:iam::{scene.account}:root", "accountId": scene.account, "accessKeyId": ""}
    extra = {"LoginTo": "https://console.aws.amazon.com/console/home?state=hashArgs%23&isauthcode=true", "MobileVersion": "No", "MFAUsed": "No"}
    return [record(who, "signin", "ConsoleLogin", "us-east-1", f"203.0.113.{scene.dice.below(254) + 1}", _AGENTS["browser"], None,
                   {"ConsoleLogin": "Success"}, additionalEventData=extra, eventType="AwsConsoleSignIn")]  # fmt: skip


def key_for_another(scene: Scene) -> list[dict[str, Any]]:
    victim = f"backup-operator-{scene.dice.hex(4)}"
    key = {"accessKeyId": f"AKIA{scene.dice.letters(KEY, 16)}", "status": "Active", "userName": victim, "createDate": "Mar 4, 2024, 9:12:44 AM"}
    return _same(_by(scene, "iam", "ListUsers", None, read=True), _by(scene, "iam", "CreateAccessKey", {"userName": victim}, {"accessKey": key}))


def admin_policy(scene: Scene) -> list[dict[str, Any]]:
    name = f"support-{scene.dice.hex(6)}"
    made = {"user": {"path": "/", "userName": name, "userId": f"AIDA{scene.dice.letters(KEY, 17)}", "arn": f"arn:aws:iam::{scene.account}:user/{name}", "createDate": "Mar 4, 2024, 9:12:41 AM"}}
    policy = {"userName": name, "policyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}
    return _same(_by(scene, "iam", "CreateUser", {"userName": name}, made), _by(scene, "iam", "AttachUserPolicy", policy))


def public_bucket(scene: Scene) -> list[dict[str, Any]]:
    bucket = f"acme-exports-{scene.dice.hex(6)}"
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "open", "Effect": "Allow", "Principal": "*", "Action": ["s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}/*"]}]}
    request = {"bucketPolicy": policy, "bucketName": bucket, "Host": f"{bucket}.s3.{scene.region}.amazonaws.com", "policy": ""}
    resources = [{"accountId": scene.account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"}]
    return [_by(scene, "s3", "PutBucketPolicy", request, resources=resources)]


def snapshot_share(scene: Scene) -> list[dict[str, Any]]:
    snapshot = f"snap-0{scene.dice.hex(16)}"
    request = {"snapshotId": snapshot, "createVolumePermission": {"add": {"items": [{"userId": "999999999999"}]}}, "attributeType": "CREATE_VOLUME_PERMISSION"}
    return _same(_by(scene, "ec2", "DescribeSnapshots", {"snapshotSet": {}, "ownersSet": {"items": [{"owner": "self"}]}, "sharedUsersSet": {}, "filterSet": {}}, read=True),
                 _by(scene, "ec2", "ModifySnapshotAttribute", request, {"requestId": scene.dice.uuid(), "_return": True}))  # fmt: skip


def secrets_burst(scene: Scene) -> list[dict[str, Any]]:
    arn = f"arn:aws:secretsmanager:{scene.region}:{scene.account}:secret:prod/"
    reads = [_by(scene, "secretsmanager", "GetSecretValue", {"secretId": f"{arn}{scene.pick('db', 'api', 'oauth')}-{scene.dice.hex(6)}"}, agent="cli", read=True) for _ in range(12)]
    return _same(_by(scene, "secretsmanager", "ListSecrets", {"maxResults": 100}, agent="cli", read=True), *reads)


def failed_assume_role(scene: Scene) -> list[dict[str, Any]]:
    tries = []
    for role in ("Admin", "Administrator", "OrganizationAccountAccessRole", "DevOps", "deploy", "terraform", "SecurityAudit", "ReadOnly", "ops", "support"):
        who, origin, region, name = _thief(scene)
        text = f"User: {who['arn']} is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::{scene.account}:role/{role}"
        tries.append(record(who, "sts", "AssumeRole", region, origin, _AGENTS["boto"], error=("AccessDenied", text), read=True))
    first = tries[0]
    name = first["userIdentity"]["arn"]
    return _same(first, *(t | {"errorMessage": t["errorMessage"].replace(t["userIdentity"]["arn"], name)} for t in tries[1:]))


def gpu_instances(scene: Scene) -> list[dict[str, Any]]:
    request = {"instancesSet": {"items": [{"imageId": f"ami-0{scene.dice.hex(16)}", "minCount": 1, "maxCount": 8}]}, "instanceType": scene.pick("p4d.24xlarge", "g5.48xlarge", "p3.16xlarge"),
               "blockDeviceMapping": {}, "monitoring": {"enabled": False}, "disableApiTermination": True, "clientToken": scene.dice.uuid()}  # fmt: skip
    text = "You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit."
    return [_by(scene, "ec2", "RunInstances", request, error=("Client.VcpuLimitExceeded", text))]


def detector_off(scene: Scene) -> list[dict[str, Any]]:
    return [_by(scene, "guardduty", "DeleteDetector", {"detectorId": scene.dice.hex(32)})]


SCENARIOS: tuple[Scenario, ...] = (
    Scenario("logging stopped, trail deleted", "cloudtrail/logging_stopped", 2, stop_logging),
    Scenario("root signs in", "signin/root_login", 1, root_login),
    Scenario("access key made for another user", "iam/access_key_for_another_user", 1, key_for_another),
    Scenario("administrator policy for a new user", "iam/administrator_policy_attached", 1, admin_policy),
    Scenario("bucket opened to the world", "s3/bucket_made_public", 1, public_bucket),
    Scenario("snapshot shared with a stranger", "ec2/snapshot_shared", 1, snapshot_share),
    Scenario("secrets read in a burst", "secretsmanager/secret_read_from_command_line", 12, secrets_burst),
    Scenario("roles tried one after another", "sts/assume_role_denied", 10, failed_assume_role),
    Scenario("GPU instances asked for", "ec2/gpu_instances_requested", 1, gpu_instances),
    Scenario("GuardDuty switched off", "guardduty/detector_disabled", 1, detector_off),
    Scenario("trail made blind", "cloudtrail/management_events_excluded", 1, blind_selectors),
)


def mean_events() -> float:
    """How many records an attack has, on average."""
    scene = Scene("111122223333", "us-east-1", Dice("mean", {}))
    return sum(len(scenario.make(scene)) for scenario in SCENARIOS) / len(SCENARIOS)
