"""The benchmarks run, on a corpus of a few hundred events and rules made up here; none of them asserts a speed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).resolve().parent
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="the benchmarks read memory from /proc")


def rule(number: int, source: str, name: str, **more: Any) -> str:
    """A rule for CloudTrail that asks for one call, and for more where given."""
    selection = {"eventSource": f"{source}.amazonaws.com", "eventName": name, **more}
    return yaml.safe_dump(
        {
            "title": f"Call {number}",
            "id": f"00000000-0000-4000-8000-{number:012}",
            "logsource": {"product": "aws", "service": "cloudtrail"},
            "detection": {"selection": selection, "condition": "selection"},
            "level": "low",
        }
    )


CALLS = [("sts", "AssumeRole"), ("s3", "GetObject"), ("s3", "PutObject"), ("iam", "GetUser"), ("ec2", "RunInstances")]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Shaped like the folder of shared data, with rules of our own in it."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "rules").mkdir()
    texts = [rule(number, *call) for number, call in enumerate(CALLS)]
    pack(folder / "rules" / "sigmahq.tar.gz", {f"rules/cloud/aws/{n}.yml": text for n, text in enumerate(texts)})
    suzaku = {"sigma/aws/cloudtrail/0.yml": texts[0], "suzaku/aws/cloudtrail/9.yml": rule(9, "kms", "Encrypt")}
    pack(folder / "rules" / "suzaku-rules.tar.gz", suzaku)
    return folder


def pack(target: Path, files: dict[str, str]) -> None:
    with tarfile.open(target, "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))


def script(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(HERE / name), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


def test_the_table_runs_and_judges_no_target_that_it_did_not_measure(data: Path, work: Path) -> None:
    pytest.importorskip("simdjson", reason="the floor needs pysimdjson")
    done = script(
        "table.py", "--data", data, "--work", work, "--events", 300, "--sizes", "60,850", "--pairs", 1,
        "--naive-events", 50, "--no-half", "--no-memory",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| quiet | 60 (6) |" in done.stdout
    assert "| quiet | 850 (7) |" in done.stdout, "the rule with the id of another is counted, too"
    assert "| quiet, 100 rules native | 850 (7) |" in done.stdout
    assert done.stdout.count("same hits") == 3
    targets = {line.split("|")[1].strip(): line.split("|")[-2].strip() for line in done.stdout.splitlines()[-7:]}
    assert targets["time with 10,000 rules by time with 850"] == "not measured"
    assert targets["memory, two workers, a million events"] == "not measured"
    assert targets["time with 20 correlations by time without"] in ("met", "NOT met", "too small a run to judge")
    assert targets["one core, 850 rules, of the floor: a must"] in ("met", "NOT met")


def test_the_stages_of_a_scan_are_timed_one_by_one(data: Path, work: Path) -> None:
    corpus, rules = work / "stages", work / "stages.yml"
    assert script("corpus.py", corpus, "--events", 300, "--seed", "stages").returncode == 0
    rules.write_text(rule(1, *CALLS[0]), encoding="utf-8")
    done = script("stages.py", corpus / "AWSLogs", rules, "--rounds", 1)
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()[:5]] == ["gunzip", "decode", "match", "rest", "all"]


def test_peers_are_compared_where_they_are_found(data: Path, work: Path) -> None:
    done = script("peers.py", "--data", data, "--work", work, "--events", 300, "--sizes", "60", "--quick")
    if "rsigma: not found" in done.stderr:
        assert "not measured" in done.stderr
        assert done.returncode == 1
    else:
        assert done.returncode == 0, done.stderr
        assert "60 rules: the same" in done.stdout


def test_recombined_rules_are_new_calls_of_the_same_shape_and_the_same_for_the_same_seed() -> None:
    """In a process of its own, as the scripts import each other by plain name."""
    code = (
        "import json, sys, yaml, rulesets\n"
        "real = [yaml.safe_load(text) for text in json.load(sys.stdin)]\n"
        "print(json.dumps([list(rulesets.recombined(real, 8, seed)) for seed in (1, 1, 2)]))"
    )
    real = [rule(number, *call, **{"errorCode|exists": True}) for number, call in enumerate(CALLS)]
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(real), cwd=HERE, capture_output=True, text=True, check=True
    )
    once, again, other = json.loads(done.stdout)
    assert once == again != other
    pairs = [
        (new["detection"]["selection"]["eventSource"][:-14], new["detection"]["selection"]["eventName"]) for new in once
    ]
    assert len(set(pairs)) == 8
    assert not set(pairs) & set(CALLS)
    assert {tuple(new["detection"]["selection"]) for new in once} == {("errorCode|exists", "eventName", "eventSource")}
    assert len({new["id"] for new in once}) == 8


def test_what_would_wake_somebody_is_counted_by_rule_and_actor(data: Path, tmp_path: Path):
    (tmp_path / "loud.yml").write_text(rule(1, "sts", "AssumeRole").replace("level: low", "level: high"))
    (tmp_path / "low.yml").write_text(rule(2, "kms", "Decrypt"))
    done = script("quiet.py", "--events", 3000, "--data", data, "--rules", tmp_path)
    assert done.returncode == 0, done.stderr
    [row] = [line for line in done.stdout.splitlines() if line.startswith("| made up | 3,000")]
    assert row.endswith("| no |")
    assert "| made up | high | Call 1 |" in done.stdout
    assert "Call 2" not in done.stdout
    assert "left out: the OpenSearch catalogue" in done.stdout
