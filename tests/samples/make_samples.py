"""Make samples/cloudtrail again: two quiet days of a small company, and the attack of story.py in them.

    python tests/samples/make_samples.py [FOLDER] [--quiet]

The same every time. With --quiet the attack is left out. What is fixed is the text of the records and the names of the
files; packed bytes may differ with the version of zlib.
"""

# fmt: off
# ruff: noqa: E501 - user agents and lists of calls

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).resolve().parent), str(CHECKOUT / "tests" / "bench")]

from everyday import everyday
from story import BROWSER, HOME, PROD, SECURITY, Step, steps
from trail import identity
from trail.calls import QUIET, WATCHED, shape
from trail.shape import ALNUM, KEY, Dice, Shape, dumps
from trail.world import Caller, words

GLOBAL, ORGANISATION = "us-east-1", "o-exampleorgid"
OFFICE, RUNNERS = ["192.0.2.10", "192.0.2.11"], [f"192.0.2.{n}" for n in range(64, 76)]
INSIDE = [f"10.20.{n}.{m}" for n in (1, 2, 3) for m in (17, 45, 88, 121, 203)]
DAYS = (datetime(2024, 5, 14, tzinfo=UTC), datetime(2024, 5, 15, tzinfo=UTC))
END = datetime(2024, 5, 15, 16, tzinfo=UTC)
JAVA = "aws-sdk-java/2.25.27 Linux/6.1.84-99.169.amzn2023.x86_64 OpenJDK_64-Bit_Server_VM/17.0.11+9-LTS Java/17.0.11 vendor/Amazon.com_Inc. io/sync http/Apache cfg/retry-mode/standard"
LAMBDA = "Boto3/1.34.42 md/Botocore#1.34.42 ua/2.0 os/linux#5.10.213-221.855.amzn2.x86_64 md/arch#x86_64 lang/python#3.12.2 md/pyimpl#CPython exec-env/AWS_Lambda_python3.12 Botocore/1.34.42"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.7.5 (+https://www.terraform.io) terraform-provider-aws/5.46.0 (+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.26.1 os/linux lang/go#1.22.2 md/GOOS#linux md/GOARCH#amd64"
CLI = "aws-cli/2.15.40 Python/3.11.8 Linux/6.5.0-1018-azure exe/x86_64.ubuntu.22 prompt/off command/ecs.update-service"


class Burst(NamedTuple):
    """Something that makes several calls within a few minutes.

    who    name of a caller in the cast
    calls  "kms.Decrypt*5": source, name, how often
    """

    when: datetime
    account: str
    region: str
    who: str
    calls: tuple[str, ...]


ETL = ("lambda.ListEventSourceMappings20150331", "s3.ListObjects*2", "s3.GetObject*4", "kms.Decrypt*4", "glue.GetPartitions*2",
       "athena.StartQueryExecution", "athena.GetQueryExecution*3", "s3.PutObject*2", "dynamodb.PutItem*2")  # fmt: skip
SERVING = ("dynamodb.GetItem*4", "dynamodb.UpdateItem*2", "sqs.ReceiveMessage*3", "secretsmanager.GetSecretValue", "ssm.GetParameter*2", "kms.Decrypt*2", "dynamodb.Query*2")
NODES = ("ssm.UpdateInstanceInformation*3", "ecr.GetAuthorizationToken", "ecr.BatchGetImage", "ecr.GetDownloadUrlForLayer*2", "ecs.SubmitTaskStateChange")
LOOKING = ("ec2.DescribeInstances*2", "ec2.DescribeSecurityGroups", "logs.DescribeLogStreams*2", "logs.FilterLogEvents*2", "cloudformation.DescribeStacks*2", "health.DescribeEventAggregates",
           "rds.DescribeDBInstances", "s3.ListBuckets", "ecs.DescribeServices*2", "logs.StartQuery")  # fmt: skip
DEPLOY = ("sts.GetCallerIdentity", "ecr.GetAuthorizationToken", "ecr.BatchCheckLayerAvailability*4", "cloudformation.DescribeStacks*2", "lambda.GetFunction20150331v2*2",
          "lambda.UpdateFunctionCode20150331v2*2", "ecs.DescribeServices*3", "ecs.DescribeTasks*2", "ec2.DescribeSubnets")  # fmt: skip
GUARDING = ("securityhub.BatchImportFindings*3", "config.DescribeConfigRules", "access-analyzer.ListFindings*2", "guardduty.GetMasterAccount", "inspector2.ListCoverage")
CALLS = {f"{call.source.removesuffix('.amazonaws.com')}.{call.name}": call for call in QUIET + WATCHED}


def cast(dice: Dice) -> dict[str, Caller]:
    """Who belongs here: name -> caller."""

    def new(prefix: str) -> str:
        return prefix + dice.letters(KEY, 16 if prefix in ("AKIA", "ASIA") else 17)

    def program(account: str, role: str, session: str, agent: str) -> Caller:
        return Caller("role", Shape(identity.role(account, role, new("AROA"), session)), [agent], INSIDE, "<tls>")

    def person(account: str, team: str, name: str) -> Caller:
        role = f"aws-reserved/sso.amazonaws.com/{HOME}/AWSReservedSSO_{team}_{dice.hex(16)}"
        who = identity.role(account, role, new("AROA"), f"{name}@harbour-finch.example", key=new("ASIA"))
        return Caller("role", Shape(who), [BROWSER], OFFICE, ',"sessionCredentialFromConsole":"true"')

    def service(name: str) -> Caller:
        return Caller("service", Shape({"type": "AWSService", "invokedBy": name}), [name], [name], "")

    ci = identity.user(PROD, "ci-deploy", new("AIDA"), new("AKIA"))
    people = {"amira": "DeveloperAccess", "jonas": "DeveloperAccess", "sofie": "DataEngineer", "pavel": "PlatformAdmin"}
    return {
        "etl": program(PROD, "hf-nightly-etl", "hf-nightly-etl", LAMBDA),
        "orders": program(PROD, "hf-orders-api-task", "<hex32>", JAVA),
        "web": program(PROD, "hf-web-task", "<hex32>", JAVA),
        "nodes": program(PROD, "hf-ecs-node", "i-0<hex16>", "aws-sdk-go/1.51.30 (go1.21.9; linux; amd64) amazon-ssm-agent/"),
        "archive": program(SECURITY, "hf-log-archive", "hf-log-archive", LAMBDA),
        "ci": Caller("user", Shape(ci), [TERRAFORM, CLI], RUNNERS, "<tls>"),
        **{name: person(PROD, team, name) for name, team in people.items()},
        "noor": person(SECURITY, "SecurityAnalyst", "noor"),
        **{name: service(f"{name}.amazonaws.com") for name in ("config", "cloudtrail", "lambda", "backup", "autoscaling", "securityhub", "ecs-tasks")},
    }  # fmt: skip


def bursts() -> Iterator[Burst]:
    """The ordinary life of two days."""
    for day in DAYS:
        for hour in range(24):
            at = day + timedelta(hours=hour)
            if at >= END:
                return
            yield from _round_the_clock(at, hour)
            if 8 <= hour <= 16:
                yield from _office_hours(at, hour)


def _round_the_clock(at: datetime, hour: int) -> Iterator[Burst]:
    if hour % 2 == 0:
        yield Burst(at + timedelta(minutes=4), PROD, HOME, "lambda", ("sts.AssumeRole", "logs.CreateLogStream*2"))
        yield Burst(at + timedelta(minutes=5), PROD, HOME, "etl", ETL)
    yield Burst(at + timedelta(minutes=6), PROD, HOME, "orders" if hour % 2 else "web", SERVING)
    if hour % 3 == 0:
        yield Burst(at + timedelta(minutes=7), PROD, HOME, "nodes", NODES)
        yield Burst(at + timedelta(minutes=8), PROD, HOME, "ecs-tasks", ("sts.AssumeRole*2",))
    if hour % 4 == 1:
        yield Burst(at + timedelta(minutes=31), PROD, HOME, "config", ("config.PutEvaluations*2", "s3.GetBucketAcl*2", "sts.AssumeRole"))
        yield Burst(at + timedelta(minutes=32), PROD, HOME, "cloudtrail", ("s3.GetBucketAcl", "kms.GenerateDataKey*2"))
        yield Burst(at + timedelta(minutes=42), SECURITY, HOME, "securityhub", ("securityhub.BatchImportFindings*3",))
        yield Burst(at + timedelta(minutes=43), SECURITY, HOME, "archive", ("s3.GetObject*3", "kms.Decrypt*3", "s3.PutObject*2"))
    if hour == 2:
        yield Burst(at + timedelta(minutes=15), PROD, HOME, "backup", ("backup.StartBackupJob*4", "ec2.CreateSnapshot*4", "backup.ListRecoveryPointsByBackupVault*2"))


def _office_hours(at: datetime, hour: int) -> Iterator[Burst]:
    who = ("amira", "jonas", "sofie", "pavel")[hour % 4]
    yield Burst(at + timedelta(minutes=21), PROD, HOME, who, LOOKING)
    yield Burst(at + timedelta(minutes=23), PROD, GLOBAL, who, ("iam.GetRole*2", "iam.ListPolicies", "iam.ListAttachedRolePolicies"))
    if hour in (9, 12, 15):
        yield Burst(at + timedelta(minutes=47), PROD, HOME, "ci", DEPLOY)
        yield Burst(at + timedelta(minutes=50), PROD, HOME, "autoscaling", ("ec2.RunInstances", "ec2.TerminateInstances"))
    if hour in (10, 14):
        yield Burst(at + timedelta(minutes=35), SECURITY, HOME, "noor", GUARDING)
        yield Burst(at + timedelta(minutes=37), SECURITY, GLOBAL, "noor", ("iam.GetRole", "iam.GetUser", "cloudtrail.LookupEvents"))


def background(dice: Dice, people: dict[str, Caller]) -> Iterator[tuple[datetime, str, str, str]]:
    """Time, account, region and text of every ordinary record."""
    writers = {name: shape(call).on(dice) for name, call in CALLS.items()}
    identities = {name: caller.identity.on(dice) for name, caller in people.items()}
    for burst in bursts():
        caller, here = people[burst.who], dice.here
        here["began"] = f"{burst.when - timedelta(minutes=dice.below(50)):%Y-%m-%dT%H:%M:%SZ}"
        here["identity"], here["account"], here["region"] = identities[burst.who](), burst.account, burst.region
        when = burst.when + timedelta(seconds=dice.below(60))
        for each in burst.calls:
            name, _, times = each.partition("*")
            for _ in range(int(times or 1)):
                when += timedelta(seconds=1 + dice.below(9))
                _set_place(here, caller, name.partition(".")[0], when, dice)
                yield when, burst.account, burst.region, writers[name]()


def _set_place(here: dict[str, str], caller: Caller, source: str, when: datetime, dice: Dice) -> None:
    origins = caller.origins or INSIDE
    here["origin"], here["agent"] = origins[dice.below(len(origins))], caller.agents[dice.below(len(caller.agents))]
    here["time"], here["private"] = f"{when:%Y-%m-%dT%H:%M:%SZ}", INSIDE[dice.below(len(INSIDE))]
    here["when"] = f"{when:%b} {when.day}, {when.year}, {when.hour % 12 or 12}:{when:%M:%S %p}"
    host = f'"clientProvidedHostHeader":"{source}.{here["region"]}.amazonaws.com"'
    tls = f',"tlsDetails":{{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256",{host}}}'
    here["tail"] = caller.tail.replace("<tls>", tls)


def attack(dice: Dice, people: dict[str, Caller]) -> Iterator[tuple[datetime, str, str, str]]:
    """Time, account, region and text of every record of the attack."""
    ci = _identity(people["ci"])
    yield from _told(steps(ci["principalId"], ci["accessKeyId"], dice), dice)


def near_misses(dice: Dice, people: dict[str, Caller]) -> Iterator[tuple[datetime, str, str, str]]:
    """Time, account, region and text of what only looks like an attack."""
    yield from _told(everyday(*(_identity(people[name]) for name in ("pavel", "jonas", "ci")), dice), dice)


def _told(story: Iterable[Step], dice: Dice) -> Iterator[tuple[datetime, str, str, str]]:
    for step in story:
        day, clock = step.when.split()
        when = datetime.fromisoformat(f"2024-05-{day}T{clock}+00:00")
        record = step.record | {"eventTime": f"{when:%Y-%m-%dT%H:%M:%SZ}", "requestID": dice.uuid(), "eventID": dice.uuid()}
        if record["eventSource"].startswith("s3."):
            record["requestID"] = dice.letters(KEY, 16)
        if record["eventSource"].startswith("signin."):
            del record["requestID"]
        yield when, record["recipientAccountId"], record["awsRegion"], dumps(record)


def _identity(caller: Caller) -> dict[str, Any]:
    """The caller's userIdentity as it stands in his records."""
    dice = Dice("samples/identity", {})
    dice.here["began"] = "2024-05-14T09:01:12Z"
    who: dict[str, Any] = json.loads(caller.identity.on(dice)())
    return who


def make(folder: Path, *, quiet: bool = False) -> list[Path]:
    """Write the sample logs under `folder`/AWSLogs; the files come back in order."""
    dice = Dice("samples/1", words("samples/1", "hf", "05"))
    people = cast(dice)
    dice.reseed("samples/background")
    found = list(background(dice, people))
    dice.reseed("samples/near misses")
    found += near_misses(dice, people)
    dice.reseed("samples/attack")
    found += [] if quiet else attack(dice, people)
    files: dict[tuple[str, str, datetime], list[tuple[datetime, str]]] = {}
    for when, account, region, text in found:
        files.setdefault((account, region, _delivered(when)), []).append((when, text))
    dice.reseed("samples/files")
    return [_write(folder, *key, records, dice) for key, records in sorted(files.items())]


def _delivered(when: datetime) -> datetime:
    """The next round five minutes, at least two after the event."""
    late = when + timedelta(minutes=2)
    return late + (datetime.min.replace(tzinfo=UTC) - late) % timedelta(minutes=5)


def _write(folder: Path, account: str, region: str, delivered: datetime, records: list[tuple[datetime, str]], dice: Dice) -> Path:
    dice.reseed(f"samples/{account}/{region}/{delivered}")
    texts = [text for _, text in sorted(records, key=lambda record: (record[0], record[1]))]
    for i in range(1, len(texts)):
        if dice.below(100) < 25:
            texts[i - 1], texts[i] = texts[i], texts[i - 1]
    name = f"{account}_CloudTrail_{region}_{delivered:%Y%m%dT%H%MZ}_{dice.letters(ALNUM, 16)}.json.gz"
    path = folder / "AWSLogs" / ORGANISATION / account / "CloudTrail" / region / f"{delivered:%Y/%m/%d}" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(('{"Records":[' + ",".join(texts) + "]}").encode(), 9, mtime=0))
    return path


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=CHECKOUT / "samples" / "cloudtrail")
    parser.add_argument("--quiet", action="store_true", help="leave the attack out")
    given = parser.parse_args(argv)
    written = make(given.folder, quiet=given.quiet)
    print(f"{len(written)} files, {sum(path.stat().st_size for path in written):,} bytes under {given.folder}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
