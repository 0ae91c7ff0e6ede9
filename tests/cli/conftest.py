"""A small house to run commands in: rules, logs, and a cache that stays warm for the session."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from engine.cli import main

RULE = """\
title: {title}
id: {id}
level: {level}
status: test
tags: [attack.t1562.008]
logsource: {{product: aws, service: cloudtrail}}
detection:
    selection: {{eventName: {name}}}
    condition: selection
"""
STOPPED = RULE.format(
    title="Trail stopped", id="00000000-0000-4000-8000-000000000001", level="high", name="StopLogging"
)
LISTED = RULE.format(title="Buckets listed", id="00000000-0000-4000-8000-000000000002", level="low", name="ListBuckets")
BROKEN = STOPPED.replace("0001", "0003").replace("eventName:", "eventName|contian:")


def record(name: str, number: int) -> dict[str, Any]:
    return {
        "eventVersion": "1.08",
        "eventID": f"{name}-{number}",
        "eventTime": f"2023-07-10T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}Z",
        "eventSource": "cloudtrail.amazonaws.com",
        "eventName": name,
        "awsRegion": "eu-west-1",
        "sourceIPAddress": "198.51.100.7",
        "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/mallory"},
    }


def trail(*names: str) -> bytes:
    """A CloudTrail file with one record a name."""
    return gzip.compress(json.dumps({"Records": [record(name, at) for at, name in enumerate(names)]}).encode())


class Done(NamedTuple):
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Stdout as NDJSON."""
        return [json.loads(line) for line in self.out.splitlines()]


class House:
    """A folder with rules/ and logs/, and commands run in it."""

    def __init__(self, folder: Path, cache: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.logs = folder / "logs"
        self.rules = folder / "rules"
        self._capture = capture
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in ("COLUMNS", "FORCE_COLOR")},
            "DETECT_CACHE_DIR": str(cache),
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        }

    def detect(self, *args: str) -> Done:
        """Run a command in this process, one worker."""
        self._capture.readouterr()
        status = main([*args, *(["--workers", "1"] if args[:1] == ("run",) else [])])
        return Done(status, *self._capture.readouterr())

    def start(self, *args: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a command as a process of its own; its streams are pipes.

        It heeds Ctrl-C even where the tests do not: what a shell runs in the background inherits that it is ignored.
        """
        pipe = subprocess.PIPE
        settings = {"stdin": pipe, "stdout": pipe, "stderr": pipe, "env": self.environment} | options
        if os.name == "posix":
            settings.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        return subprocess.Popen([sys.executable, "-m", "engine.cli", *args], cwd=self.folder, **settings)

    def shell(self, script: str) -> Done:
        """Run a bash script in which `detect` is the command."""
        define = f'set -o pipefail; detect() {{ "{sys.executable}" -m engine.cli "$@"; }}\n'
        done = subprocess.run(
            ["bash", "-c", define + script], cwd=self.folder, env=self.environment, capture_output=True, check=False
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def house(tmp_path: Path, cache: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> House:
    """Two rules, and two files of which one is quiet."""
    made = House(tmp_path, cache, capfd)
    made.logs.mkdir()
    made.rules.mkdir()
    (made.rules / "stopped.yml").write_text(STOPPED)
    (made.rules / "listed.yml").write_text(LISTED)
    (made.logs / "1.json.gz").write_bytes(trail("ConsoleLogin", "StopLogging", "ListBuckets"))
    (made.logs / "2.json.gz").write_bytes(trail("DescribeInstances", "GetObject"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DETECT_CACHE_DIR", str(cache))
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return made
