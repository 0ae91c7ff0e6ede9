"""Who calls: a made-up organisation with accounts, roles, users and the services that act for them."""

# ruff: noqa: E501 - made-up data reads better on one line

from __future__ import annotations

import random
from typing import Any, NamedTuple

from trail import identity
from trail.shape import KEY, Dice, Shape

__all__ = ["ACCOUNTS", "REGIONS", "Caller", "callers", "words"]

ACCOUNTS = ("111122223333", "444455556666", "123456789012", "777788889999")
REGIONS = ("us-east-1", "eu-west-1", "us-west-2")
PARTNERS = ("210987654321", "333344445555", "555566667777")

_TEAMS = ["orders", "billing", "search", "checkout", "ledger", "catalog", "identity", "shipping", "media", "reports",
          "pricing", "fraud", "mailer", "ingest", "metrics", "archive", "partner", "support", "forecast", "gateway"]  # fmt: skip
_STAGES = ["prod", "prod", "prod", "stage", "dev", "qa"]
_PARTS = ["api", "worker", "etl", "sync", "cron", "web", "stream", "export", "batch", "indexer"]
_PEOPLE = ["amara.okafor", "bo.lindqvist", "carla.mendes", "deniz.aydin", "elif.kaya", "farid.haddad", "greta.nowak",
           "hiro.tanaka", "ines.duarte", "jonas.weber", "kavya.iyer", "lena.fischer", "mateo.rossi", "nadia.petrova",
           "omar.said", "priya.nair", "quinn.murphy", "rosa.garcia", "sven.olsen", "tariq.aziz"]  # fmt: skip


class Caller(NamedTuple):
    """One principal with its ways: a shape for userIdentity, where it calls from, with what, and what trails along.

    kind    "role", "user", "federated", "human", "via", "service" or "account"
    agents  user agents to draw from; origins likewise, None: a fresh address for every record
    tail    JSON text put after eventCategory, beginning with a comma, or ""
    """

    kind: str
    identity: Shape
    agents: list[str]
    origins: list[str] | None
    tail: str


def words(seed: str, company: str = "acme", month: str = "03") -> dict[str, list[str]]:
    """Names of things that calls are about, a few dozen to a few hundred of each."""
    rng = random.Random(f"words/{seed}")
    dice = Dice(f"things/{seed}", {})
    named = [f"{team}-{part}" for team in _TEAMS for part in _PARTS]
    staged = [f"{stage}-{name}" for stage in ("prod", "stage", "dev") for name in named]

    def some(of: list[str], n: int) -> list[str]:
        return rng.sample(of, min(n, len(of)))

    return {
        "team": _TEAMS,
        "month": [month],
        "day": [f"{day:02}" for day in range(1, 29)],
        "hour": [f"{hour:02}" for hour in range(24)],
        "stage": ["prod", "stage", "dev"],
        "person": _PEOPLE,
        "table": [f"{name.title().replace('-', '')}Table" for name in some(named, 60)],
        "function": some(staged, 120),
        "queue": some(named, 80),
        "topic": some(named, 40),
        "stream": some(named, 30),
        "cluster": some(staged, 20),
        "service": some(named, 60),
        "repository": [f"{name}" for name in some(named, 60)],
        "stack": some(staged, 80),
        "bucket": [f"{company}-{name}-{dice.hex(6)}" for name in some(staged, 120)],
        "secret": [f"{name.replace('-', '/')}-{dice.letters(b'abcdefghijkmnpqrstuvwxyzABCDEFGH', 6)}" for name in some(staged, 90)],
        "parameter": [f"/{name.replace('-', '/')}/{leaf}" for name in some(staged, 60) for leaf in ("url", "feature-flags", "pool-size")],
        "kmskey": [dice.uuid() for _ in range(60)],
        "instance": [f"i-0{dice.hex(16)}" for _ in range(300)],
        "vpc": [f"vpc-0{dice.hex(16)}" for _ in range(12)],
        "subnet": [f"subnet-0{dice.hex(16)}" for _ in range(40)],
        "sg": [f"sg-0{dice.hex(16)}" for _ in range(80)],
        "volume": [f"vol-0{dice.hex(16)}" for _ in range(200)],
        "targetgroup": [f"{name}/{dice.hex(16)}" for name in some(staged, 60)],
        "database": some(named, 30),
        "workgroup": some(_TEAMS, 8),
        "zone": [f"Z0{dice.letters(b'ABCDEFGHJKLMNPQRSTUVWXYZ01234567', 19)}" for _ in range(12)],
        "endpoint": [f"vpce-0{dice.hex(16)}" for _ in range(12)],
        "partner": list(PARTNERS),
        "folder": ["raw", "curated", "export", "incoming", "logs", "backup", "thumbnails", "models", "tmp", "reports"],
        "suffix": ["parquet", "json.gz", "csv", "avro", "jpg", "tar.zst", "bin", "log"],
        "metric": ["CPUUtilization", "RequestCount", "Latency", "NumberOfMessagesReceived", "ConsumedReadCapacityUnits"],
        "role": [f"{name}-role" for name in some(staged, 60)],
        "group": [f"/aws/lambda/{name}" for name in some(staged, 60)] + [f"/ecs/{name}" for name in some(staged, 30)],
    }  # fmt: skip


def _agents(rng: random.Random) -> dict[str, list[str]]:
    """User agents by the kind of program, as the clients write them, a few hundred versions in all."""

    def r(a: int, b: int) -> int:
        return rng.randint(a, b)

    def kernel() -> str:
        return rng.choice([f"5.10.{r(150, 230)}-{r(180, 230)}.{r(700, 960)}.amzn2.x86_64", f"6.1.{r(40, 115)}-{r(60, 140)}.{r(150, 240)}.amzn2023.x86_64",
                           f"5.15.0-{r(1030, 1070)}-aws"])  # fmt: skip

    def boto() -> str:
        v, py = f"{r(26, 35)}.{r(0, 160)}", f"3.{r(9, 12)}.{r(1, 18)}"
        return rng.choice([
            f"Boto3/1.{v} md/Botocore#1.{v} ua/2.0 os/linux#{kernel()} md/arch#x86_64 lang/python#{py} md/pyimpl#CPython cfg/retry-mode#legacy Botocore/1.{v}",
            f"Boto3/1.{v} Python/{py} Linux/{kernel()} Botocore/1.{v}",
            f"Boto3/1.{v} Python/{py} Linux/{kernel()} exec-env/AWS_Lambda_python3.{r(9, 12)} Botocore/1.{v}",
        ])  # fmt: skip

    def java() -> str:
        return (f"aws-sdk-java/2.{r(17, 25)}.{r(0, 140)} Linux/{kernel()} OpenJDK_64-Bit_Server_VM/17.0.{r(4, 11)}+{r(6, 9)}-LTS Java/17.0.{r(4, 11)} "
                f"vendor/Amazon.com_Inc. io/sync http/{rng.choice(['Apache', 'UrlConnection', 'NettyNio'])} cfg/retry-mode/{rng.choice(['legacy', 'standard'])}")  # fmt: skip

    def go() -> str:
        return rng.choice([f"aws-sdk-go/1.{r(44, 51)}.{r(0, 330)} (go1.{r(19, 22)}.{r(0, 9)}; linux; amd64)",
                           f"aws-sdk-go-v2/1.{r(18, 26)}.{r(0, 5)} os/linux lang/go#1.{r(19, 22)}.{r(0, 9)} md/GOOS#linux md/GOARCH#amd64 api/{rng.choice(['s3', 'sqs', 'dynamodb', 'ec2'])}#1.{r(20, 50)}.{r(0, 4)}"])  # fmt: skip

    def node() -> str:
        return f"aws-sdk-js/3.{r(350, 540)}.0 ua/2.0 os/linux#{kernel()} lang/js md/nodejs#{r(16, 20)}.{r(1, 19)}.{r(0, 2)} api/{rng.choice(['sqs', 'dynamodb', 'lambda'])}#3.{r(350, 540)}.0 exec-env/AWS_Lambda_nodejs{r(16, 20)}.x"

    def cli() -> str:
        system = rng.choice(
            ["Darwin/22.6.0 source/arm64", f"Linux/{kernel()} exe/x86_64.amzn.2", "Windows/10 exe/AMD64"]
        )
        return f"aws-cli/2.{r(9, 15)}.{r(0, 60)} Python/3.11.{r(3, 8)} {system} prompt/off command/{rng.choice(['s3.ls', 's3.cp', 'ec2.describe-instances', 'sts.get-caller-identity', 'logs.tail', 'ecs.describe-services'])}"

    def terraform() -> str:
        return (f"APN/1.0 HashiCorp/1.0 Terraform/1.{r(3, 7)}.{r(0, 6)} (+https://www.terraform.io) terraform-provider-aws/{r(4, 5)}.{r(0, 60)}.0 "
                f"(+https://registry.terraform.io/providers/hashicorp/aws) aws-sdk-go-v2/1.{r(18, 26)}.{r(0, 5)} os/linux lang/go#1.{r(19, 22)}.{r(0, 5)} md/GOOS#linux md/GOARCH#amd64")  # fmt: skip

    def browser() -> str:
        v = r(108, 123)
        return rng.choice([f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
                           f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.{r(1000, 2400)}.{r(20, 90)}",
                           f"Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"])  # fmt: skip

    def many(make: Any, n: int) -> list[str]:
        return [make() for _ in range(n)]

    return {
        "program": many(boto, 90) + many(java, 60) + many(go, 50) + many(node, 40),
        "person": many(cli, 60) + many(browser, 40),
        "console": [*many(browser, 30), "console.amazonaws.com", "AWS Internal"],
        "deploy": many(terraform, 40),
    }


SERVICES = ["secretsmanager", "ssm", "s3", "lambda", "dynamodb", "rds", "sqs", "logs", "cloudformation", "autoscaling", "elasticloadbalancing", "config", "backup",
            "ecs", "eks", "eks-nodegroup", "cloudtrail", "athena", "glue", "ec2", "delivery.logs", "access-analyzer", "resource-explorer-2", "tagging", "securityhub",
            "guardduty", "inspector2", "trustedadvisor", "codepipeline", "ecr", "health", "kinesis", "servicediscovery", "replicator.lambda", "ebs", "fas.s3", "batch",
            "ecs-tasks", "states", "events", "edgelambda", "ops.apigateway"]  # fmt: skip
_TLS = (
    ',"tlsDetails":{"tlsVersion":"TLSv1.3","cipherSuite":"TLS_AES_128_GCM_SHA256","clientProvidedHostHeader":"<host>"}'
)
_CONSOLE = ',"sessionCredentialFromConsole":"true"'


def callers(account: str, seed: str) -> dict[str, list[Caller]]:
    """Everybody who calls in one account, by kind; services by the key "service:<name>" and "via:<name>"."""
    rng = random.Random(f"callers/{seed}/{account}")
    dice = Dice(f"ids/{seed}/{account}", {})
    agents = _agents(rng)
    found: dict[str, list[Caller]] = {kind: [] for kind in ("role", "user", "federated", "human", "account")}

    def new(prefix: str) -> str:
        return prefix + dice.letters(KEY, 16 + (prefix != "AKIA"))

    def add(kind: str, who: dict[str, Any], tools: list[str], tail: str = _TLS) -> None:
        found[kind].append(Caller(kind, Shape(who), tools, None, tail))

    for _ in range(60):
        role = f"{rng.choice(_STAGES)}-{rng.choice(_TEAMS)}-{rng.choice(_PARTS)}-role"
        program = role.removesuffix("-role")
        session = rng.choice(["i-0<hex16>", program, "<hex32>", "botocore-session-17<digits8>", "<digits19>"])
        add("role", identity.role(account, role, new("AROA"), session), rng.sample(agents["program"], 5))
    for team in _TEAMS[:8]:
        sso = f"aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_{team.title()}Developer_{dice.hex(16)}"
        add("role", identity.role(account, sso, new("AROA"), "<person>@example.com"), agents["console"], _CONSOLE)
        add("role", identity.role(account, f"gha-{team}-deploy", new("AROA"), "GitHubActions"), agents["deploy"])
    for team in _TEAMS:
        name, user_id = f"svc-{team}", new("AIDA")
        add("user", identity.user(account, name, user_id, new("AKIA")), rng.sample(agents["program"], 6))
        temporary = identity.user(account, name, user_id, "ASIA<key16>", mfa="false")
        add("user", temporary, rng.sample(agents["program"], 6))
        add("federated", identity.federated(account, f"{team}-<person>", name, user_id), agents["program"])
    for person in _PEOPLE:
        user_id = new("AIDA")
        session_user = identity.user(account, person, user_id, "ASIA<key16>", mfa="true")
        add("human", session_user, agents["console"], _CONSOLE)
        add("human", identity.user(account, person, user_id, new("AKIA")), rng.sample(agents["person"], 3))
    for partner in PARTNERS:
        stranger = {"type": "AWSAccount", "principalId": f"{new('AROA')}:<uuid>", "accountId": partner}
        add("account", stranger, agents["program"])
    for service in SERVICES:
        name = f"{service}.amazonaws.com"
        itself = Caller("service", Shape({"type": "AWSService", "invokedBy": name}), [name], [name], "")
        found[f"service:{service}"] = [itself]
        for _ in range(6):
            who = identity.user(account, f"svc-{rng.choice(_TEAMS)}", new("AIDA"), new("AKIA"), mfa="false")
            through = Caller("via", Shape(who | {"invokedBy": name}), [name], [name], "")
            found.setdefault(f"via:{service}", []).append(through)
    return found
